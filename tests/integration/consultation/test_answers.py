"""What the body replies: to a comment, a theme, everyone; and what everyone reads of it."""

import pytest
import sqlalchemy as sa
from tests.integration.consultation.conftest import fields, published, shift
from tests.integration.consultation.test_comments import listed, said

from ckan import model

from ckanext.opengov.shared.outbox import Message

TEXT = {"fr": "La ligne 12 est doublée dès mars.", "ar": "تضاعف الخطّ 12 منذ مارس."}
TITLE = {"fr": "Bus en retard", "ar": "تأخّر الحافلات"}


@pytest.fixture
def comment(portal, is_open):
    return said(portal, body="The bus of line 12 is late.", position=-1)


def theme(portal, who="amel", **more):
    given = {"consultation_id": "transport", "title_translated": TITLE, **more}
    return portal.call(who, "consultation_theme_create", **given)


def reply(portal, who="amel", **more):
    given = {"consultation_id": "transport", "decision": "accepted", "text_translated": TEXT}
    return portal.call(who, "consultation_reply_create", **{**given, **more})


def replied(portal, **more):
    """Draft a reply and publish it."""
    status, draft = reply(portal, **more)
    assert status == 200, draft
    return portal.ok("sami", "consultation_reply_publish", id=draft["id"])


def test_a_reply_is_read_at_its_comment_once_it_is_published(portal, comment):
    _status, draft = reply(portal, comment_id=comment["id"])
    assert listed(portal)["results"][0]["official_replies"] == []
    drafts = {"consultation_id": "transport", "drafts": True}
    assert len(portal.ok("amel", "consultation_reply_list", **drafts)["results"]) == 1
    assert portal.call("rim", "consultation_reply_list", **drafts)[0] == 403

    portal.ok("sami", "consultation_reply_publish", id=draft["id"], version=1)

    [told] = listed(portal)["results"][0]["official_replies"]
    assert (told["decision"], told["text_translated"]) == ("accepted", TEXT)
    public = portal.ok(None, "consultation_reply_list", consultation_id="transport")["results"]
    assert [each["id"] for each in public] == [draft["id"]]
    portal.work()
    kinds = model.Session.execute(sa.select(Message.kind, Message.recipient_id)).all()
    rim = model.User.get("rim").id
    assert [each.recipient_id for each in kinds if each.kind == "consultation-reply"] == [rim]


def test_a_theme_gathers_comments_and_one_reply_answers_them_all(portal, comment):
    other = said(portal, "ali", body="Line 9 comes late as well.", position=1)
    _status, made = theme(portal)
    assert portal.ok(None, "consultation_theme_list", consultation_id="transport") == []
    ids = [comment["id"], other["id"], "no-such-comment"]
    added = portal.ok("amel", "consultation_theme_comment_add", id=made["id"], comment_ids=ids)

    told = replied(portal, theme_id=made["id"], decision="in-part")

    [shown] = portal.ok(None, "consultation_theme_list", consultation_id="transport")
    counts = {"comments": 2, "participants": 2, "for": 1, "neutral": 0, "against": 1}
    assert (added["added"], shown["counts"]) == (2, counts)
    assert [each["id"] for each in shown["replies"]] == [told["id"]]
    assert all(
        each["official_replies"][0]["id"] == told["id"] for each in listed(portal)["results"]
    )
    asked = {"consultation_id": "transport", "theme_id": made["id"]}
    page = portal.ok(None, "consultation_theme_comment_list", **asked, limit=1)
    assert page["results"][0]["id"] == other["id"]
    asked["cursor"] = page["next_cursor"]
    following = portal.ok(None, "consultation_theme_comment_list", **asked, limit=1)
    assert [each["id"] for each in following["results"]] == [comment["id"]]


def test_what_is_hidden_later_leaves_theme_counts_and_replies(portal, comment):
    _status, made = theme(portal)
    portal.ok("amel", "consultation_theme_comment_add", id=made["id"], comment_ids=[comment["id"]])
    replied(portal, theme_id=made["id"])
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text("UPDATE consultation_comment SET state = 'hidden'"))

    [shown] = portal.ok(None, "consultation_theme_list", consultation_id="transport")
    asked = {"consultation_id": "transport", "theme_id": made["id"]}

    assert shown["counts"]["comments"] == 0
    assert portal.ok(None, "consultation_theme_comment_list", **asked)["results"] == []
    assert listed(portal)["results"][0]["official_replies"] == []
    assert portal.ok(None, "consultation_stats", id="transport")["counts"]["comments"] == 0


def test_a_published_reply_stands(portal, comment):
    told = replied(portal, comment_id=comment["id"])

    for action in ("update", "delete", "publish"):
        name = f"consultation_reply_{action}"
        who = "sami" if action == "publish" else "amel"
        status, error = portal.call(who, name, id=told["id"], decision="refused")
        assert (status, error["__codes"]) == (409, {"__all__": ["reply-stands"]})


def test_an_editor_drafts_and_does_not_publish(portal, comment):
    _status, draft = reply(portal)

    assert portal.call("amel", "consultation_reply_publish", id=draft["id"])[0] == 403


@pytest.mark.parametrize("who", ["rim", None, "olfa"])
def test_nobody_else_writes_themes_and_replies(portal, comment, who):
    portal.body("other", olfa="admin")
    _status, draft = reply(portal)
    _status, made = theme(portal)

    calls = {
        "consultation_theme_create": {"consultation_id": "transport", "title_translated": TITLE},
        "consultation_theme_update": {"id": made["id"]},
        "consultation_theme_delete": {"id": made["id"]},
        "consultation_theme_comment_add": {"id": made["id"], "comment_ids": [comment["id"]]},
        "consultation_theme_comment_remove": {"id": made["id"], "comment_ids": [comment["id"]]},
        "consultation_theme_comment_list": {"consultation_id": "transport"},
        "consultation_reply_create": {"consultation_id": "transport"},
        "consultation_reply_update": {"id": draft["id"]},
        "consultation_reply_delete": {"id": draft["id"]},
        "consultation_reply_publish": {"id": draft["id"]},
        "consultation_change_link_create": {
            "reply_id": draft["id"], "version_id": "x", "eid": "art_1",
        },
        "consultation_change_link_delete": {
            "reply_id": draft["id"], "version_id": "x", "eid": "art_1",
        },
    }  # fmt: skip
    for action, asked in calls.items():
        assert portal.call(who, action, **asked)[0] == 403, action


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({"decision": "maybe"}, {"decision": ["unknown-choice"]}),
        ({"text_translated": {"fr": " "}}, {"text_translated": ["required"]}),
        ({"text_translated": {"de": "Ja"}}, {"text_translated": ["no-texts"]}),
        ({"text_translated": {"fr": "x" * 20_001}}, {"text_translated": ["too-long"]}),
        ({"theme_id": "a", "comment_id": "b"}, {"__all__": ["one-target"]}),
    ],
)
def test_what_is_wrong_with_a_reply_is_told(portal, comment, given, codes):
    status, error = reply(portal, **given)

    assert (status, error["__codes"]) == (409, codes)


def test_a_reply_answers_what_is_here_and_public(portal, body, comment):
    other = portal.ok("amel", "consultation_create", **fields(body, name="other"))
    published(portal, other)
    _status, foreign = theme(portal, consultation_id="other")

    assert reply(portal, theme_id=foreign["id"])[0] == 404
    assert reply(portal, comment_id="no-such-comment")[0] == 404
    assert reply(portal, consultation_id="other", comment_id=comment["id"])[0] == 404


def test_drafts_have_no_themes_and_replies(portal, body):
    portal.ok("amel", "consultation_create", **fields(body))

    assert theme(portal)[1]["__codes"] == {"__all__": ["not-answering-now"]}
    assert reply(portal)[1]["__codes"] == {"__all__": ["not-answering-now"]}


def test_a_reasoned_refusal_is_an_answer(portal, is_open):
    shift(is_open, opens_at=-40, closes_at=-10)
    status, error = portal.call("sami", "consultation_results_publish", id="transport")
    assert (status, error["__codes"]) == (409, {"__all__": ["nothing-answered"]})

    replied(portal, decision="refused")

    shown = portal.ok("sami", "consultation_results_publish", id="transport")
    results = portal.ok(None, "consultation_results_show", id="transport")
    assert shown["state"] == "results"
    assert results["decisions"] == {"refused": 1}
    assert [each["decision"] for each in results["replies"]] == ["refused"]


def test_an_answered_theme_stays(portal, comment):
    _status, made = theme(portal)
    _status, empty = theme(portal)
    replied(portal, theme_id=made["id"])

    portal.ok("amel", "consultation_theme_delete", id=empty["id"])
    status, error = portal.call("amel", "consultation_theme_delete", id=made["id"])

    assert (status, error["__codes"]) == (409, {"__all__": ["theme-answered"]})
    assert portal.call("amel", "consultation_theme_update", id=empty["id"])[0] == 404


def test_two_analysts_do_not_write_over_each_other(portal, comment):
    _status, made = theme(portal)
    portal.ok("amel", "consultation_theme_update", id=made["id"], version=1, summary_translated={})

    status, error = portal.call("sami", "consultation_theme_update", id=made["id"], version=1)

    assert (status, error["__codes"]) == (409, {"version": ["changed-meanwhile"]})


def test_short_texts_differ_where_their_letters_do(portal, is_open):
    for who, body in (("rim", "Too long"), ("ali", "Too short"), ("sami", "Too long")):
        portal.ok(who, "consultation_comment_create", consultation_id="transport", body=body)

    counts = portal.ok(None, "consultation_stats", id="transport")["counts"]

    assert (counts["comments"], counts["distinct_texts"]) == (3, 2)


def test_figures_count_what_is_public(portal, comment):
    said(portal, "ali", body="The bus of line 12 is late.", position=-1)
    portal.ok("ali", "consultation_comment_vote", id=comment["id"], value=1)

    stats = portal.ok(None, "consultation_stats", id="transport")

    counts = {"comments": 2, "distinct_texts": 1, "participants": 2, "votes": 1}
    assert stats["counts"] == counts
    assert [each["comments"] for each in stats["by_day"]] == [2]
    assert (stats["by_position"], stats["by_channel"]) == ({"against": 2}, {"api": 2})
