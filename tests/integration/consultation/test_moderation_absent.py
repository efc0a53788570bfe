"""What is not public is in no answer: for every state, every channel and every kind of reader."""

import json
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.integration.consultation.test_comments import said
from tests.integration.consultation.test_moderation import (
    SECRET,
    WORDS,
    decided,
    hidden,
    opened,
    queue,
)

from ckan import model

from ckanext.consultation.logic import action as actions

OTHERS = (None, "ali", "amel", "karim", "chief")
"""A visitor, a participant, an author of the consultation, another body's moderator, a sysadmin."""


def change_row(comment, **values):
    """Bring a comment into a state that another part of the suite leads to."""
    pairs = ", ".join(f"{name} = :{name}" for name in values)
    update = f"UPDATE consultation_comment SET {pairs} WHERE id = :id"
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text(update), {**values, "id": comment["id"]})


def brought_to(portal, state, made):
    """Take a public comment to a state."""
    if state == "pending":
        changed = portal.ok(
            "rim", "consultation_comment_update", id=made["id"], body=f"{WORDS} Really."
        )
        assert changed["state"] == "pending"
    elif state == "hidden":
        hidden(portal, made)
    elif state == "rejected":
        brought_to(portal, "pending", made)
        decided(portal, queue(portal)[0], "reject", reason_code="abuse")
    elif state == "withdrawn":
        portal.ok("rim", "consultation_comment_withdraw", id=made["id"])
    else:
        empty = {"body": "", "search_text": "", "norm_sha256": None}
        change_row(made, state="erased", **empty)


@pytest.fixture
def public(portal, body):
    """A public comment with an answer and a vote, in a consultation that reads each first."""
    other = portal.body("other", karim="admin")
    portal.ok(
        "karim", "consultation_create", name="elsewhere", owner_org=other["id"], kind="law",
        title_translated={"fr": "Ailleurs"},
    )  # fmt: skip
    portal.user("chief", sysadmin=True)
    opened(portal, body, appeal_days=10)
    made = said(portal, body=WORDS)
    decided(portal, queue(portal)[0], "publish")
    answer = said(portal, "ali", body="An answer", parent_id=made["id"])
    decided(portal, queue(portal)[0], "publish")
    portal.ok("ali", "consultation_comment_vote", id=made["id"], value=1)
    theme = portal.ok(
        "sami", "consultation_theme_create", consultation_id="transport",
        title_translated={"fr": "Bus"},
    )  # fmt: skip
    gathered = {"id": theme["id"], "comment_ids": [made["id"], answer["id"]]}
    portal.ok("sami", "consultation_theme_comment_add", **gathered)
    for target in ({"theme_id": theme["id"]}, {"comment_id": made["id"]}):
        reply = portal.ok(
            "sami", "consultation_reply_create", consultation_id="transport", decision="noted",
            text_translated={"fr": "Entendu."}, **target,
        )  # fmt: skip
        portal.ok("sami", "consultation_reply_publish", id=reply["id"])
    return made, answer


def answers(portal, who, made, answer):
    """Ask every action that could tell of a comment; yield what each answers."""
    here = {"consultation_id": "transport"}
    themes = [each["id"] for each in portal.ok(None, "consultation_theme_list", **here)]
    asked = [
        ("consultation_comment_show", {"id": made["id"]}),
        ("consultation_comment_show", {**here, "seq": made["seq"]}),
        ("consultation_comment_show", {"id": answer["id"]}),
        ("consultation_comment_list", here),
        ("consultation_comment_list", {**here, "sort": "top"}),
        ("consultation_comment_list", {**here, "sort": "oldest"}),
        ("consultation_comment_list", {**here, "parent_id": made["id"]}),
        ("consultation_comment_list", {**here, "q": SECRET}),
        ("consultation_comment_list", {**here, "q": "buses"}),
        ("consultation_comment_mine_list", here),
        ("consultation_moderation_log_list", here),
        ("consultation_transparency_show", here),
        ("consultation_review_list", here),
        ("consultation_review_list", {}),
        ("consultation_appeal_list", {}),
        ("consultation_show", {"id": "transport"}),
        ("consultation_list", {"q": SECRET}),
        ("consultation_body_list", {}),
        ("consultation_work_list", {}),
        ("consultation_comment_vote", {"id": made["id"], "value": 1}),
        ("consultation_comment_report", {"id": made["id"], "reason": "spam"}),
        ("consultation_comment_update", {"id": made["id"], "body": "Mine now"}),
        ("consultation_comment_withdraw", {"id": made["id"]}),
        ("consultation_appeal_create", {"id": made["id"], "text": "Show me"}),
        (
            "consultation_comment_create",
            {
                **here,
                "body": "And why?",
                "parent_id": made["id"],
                "client_token": str(uuid.uuid4()),
            },
        ),
        ("consultation_theme_list", here),
        ("consultation_theme_comment_list", here),
        *(("consultation_theme_comment_list", {**here, "theme_id": each}) for each in themes),
        ("consultation_reply_list", here),
        ("consultation_reply_list", {**here, "comment_id": made["id"]}),
        ("consultation_results_show", {"id": "transport"}),
        ("consultation_stats", {"id": "transport"}),
        ("consultation_participant_export", here),
        ("consultation_participant_show", here),
        ("consultation_dataset_show", {"id": "transport"}),
        ("consultation_export_preview", {"id": "transport"}),
        ("consultation_export_show", {"id": "transport"}),
        ("consultation_source_show", {"id": made["id"]}),
        ("consultation_participation_list", {}),
        ("consultation_event_list", {}),
        ("consultation_event_list", here),
        ("consultation_comment_latest_list", here),
        ("consultation_calendar_list", {}),
        ("consultation_follow_show", here),
        ("consultation_follow_list", {}),
        ("consultation_calendar_list", here),
        ("consultation_orphan_list", here),
        ("consultation_text_show", here),
        ("opengov_search", {"q": SECRET}),
        ("opengov_notice_list", {}),
    ]
    for action, given in asked:
        yield action, given, portal.call(who, action, **given)
    for path in (
        "/consultation/transport",
        f"/consultation/transport/c/{made['seq']}",
        "/consultation/transport/transparency",
        "/consultation/transport/mine",
        "/consultation/transport/results",
        "/consultation/transport/heard",
        *(f"/consultation/transport/theme/{each}" for each in themes),
        "/consultation/feed.atom",
        "/consultation/transport/feed.atom",
        "/consultation/transport/comments.atom",
        "/consultation/calendar.ics",
        "/consultation/transport/calendar.ics",
        "/search?q=buses",
        "/consultation/transport?q=buses",
    ):
        page = portal.client.flask_app.test_client().get(path)
        # A calendar folds its lines.
        yield path, {}, (page.status_code, page.text.replace("\r\n ", ""))
        model.Session.remove()


@pytest.mark.parametrize("state", ["pending", "hidden", "rejected", "withdrawn", "erased"])
def test_words_that_are_not_public_are_in_no_answer_to_others(portal, public, state):
    made, answer = public
    brought_to(portal, state, made)

    for who in OTHERS:
        for action, given, (status, content) in answers(portal, who, made, answer):
            told = json.dumps(content) if not isinstance(content, str) else content
            assert status < 500, (who, action, given, content)
            assert "thinks that the buses" not in told, (who, action, given)
            assert SECRET not in told, (who, action, given)


@pytest.mark.parametrize("state", ["withdrawn", "erased"])
def test_what_was_taken_back_is_read_by_nobody(portal, public, state):
    made, answer = public
    brought_to(portal, state, made)

    for who in ("rim", "sami", "nour"):
        for action, _given, (_status, content) in answers(portal, who, made, answer):
            # Who asks what is held about them is told the truth.
            is_held = (who, state) == ("rim", "withdrawn") and action.endswith("_export")
            assert (SECRET in json.dumps(content)) is is_held, action


@pytest.mark.parametrize("state", ["pending", "hidden", "rejected"])
def test_the_author_alone_reads_what_waits_or_was_hidden(portal, public, state):
    made, _answer = public
    brought_to(portal, state, made)

    shown = portal.ok("rim", "consultation_comment_show", id=made["id"])
    assert (shown["view"], SECRET in shown["body"]) == ("marked", True)
    own = portal.ok("rim", "consultation_comment_mine_list", consultation_id="transport")
    assert [each["state"] for each in own["results"]] == [state]
    stone = portal.ok("ali", "consultation_comment_show", id=made["id"])
    assert (stone["view"], stone["body"], stone["reply_count"]) == ("stone", None, 1)


def test_copies_tell_nobody_of_what_was_taken_back(portal, public):
    made, _answer = public
    brought_to(portal, "withdrawn", made)
    said(portal, "zied", body=WORDS)

    [item] = queue(portal)

    assert (item["copies"], item["near"]) == (0, [])


def test_what_never_was_public_has_no_place(portal, public):
    made = said(portal, "zied", body=f"{WORDS} Once more.")

    for state in ("pending", "rejected"):
        if state == "rejected":
            decided(portal, queue(portal)[0], "reject", reason_code="spam")
        assert portal.call("ali", "consultation_comment_show", id=made["id"])[0] == 404
        listed = portal.ok("ali", "consultation_comment_list", consultation_id="transport")
        assert [each["id"] for each in listed["results"]] == [public[0]["id"]]


def test_the_list_of_actions_above_is_whole():
    """A new action that tells of comments belongs into ``answers``."""
    text = Path(__file__).read_text()
    others = {
        *("consultation_archive", "consultation_cancel", "consultation_create"),
        *("consultation_delete", "consultation_extend", "consultation_publish"),
        *("consultation_results_publish", "consultation_return", "consultation_submit_review"),
        *("consultation_update", "consultation_member_add", "consultation_member_list"),
        *("consultation_member_remove", "consultation_review_claim"),
        *("consultation_review_decide", "consultation_review_release"),
        "consultation_review_bulk_decide",
        *("consultation_review_show", "consultation_appeal_decide"),
        # Texts, which say nothing of what people said.
        *("consultation_document_create", "consultation_document_delete"),
        *("consultation_document_diff", "consultation_document_show"),
        *("consultation_document_update", "consultation_document_version_create"),
        *("consultation_document_version_discard", "consultation_document_version_publish"),
        *("consultation_document_version_show", "consultation_misfit_list"),
        *("consultation_node_create", "consultation_node_delete", "consultation_node_join"),
        *("consultation_node_list", "consultation_node_move", "consultation_node_pair"),
        *("consultation_node_show", "consultation_node_split", "consultation_node_update"),
        # Work of the body's people on what is public.
        *("consultation_node_remap", "consultation_question_list"),
        *("consultation_change_link_create", "consultation_change_link_delete"),
        *("consultation_change_link_list", "consultation_reply_delete"),
        *("consultation_reply_show", "consultation_reply_update"),
        *("consultation_theme_comment_remove", "consultation_theme_delete"),
        *("consultation_theme_update", "consultation_participant_erase"),
        *("consultation_participant_update", "consultation_export_create"),
        # Of guests: what they wrote themselves, by a secret of theirs.
        *("consultation_guest_ask", "consultation_guest_confirm", "consultation_guest_discard"),
        *("consultation_guest_leave", "consultation_guest_show"),
        *("consultation_follow_create", "consultation_follow_delete"),
    }
    assert [
        name for name in actions.__all__ if name not in others and f'"{name}"' not in text
    ] == []
