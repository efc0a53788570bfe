"""Reports of readers, appeals of authors, and what everyone may know of both."""

import pytest
import sqlalchemy as sa
from tests.integration.consultation.test_comments import listed, said
from tests.integration.consultation.test_moderation import (
    SECRET,
    WORDS,
    decided,
    hidden,
    opened,
    queue,
    taken_up,
)

from ckan import model


def appeal(portal, made, who="rim", text="It names nobody at all."):
    return portal.call(who, "consultation_appeal_create", id=made["id"], text=text)


def appealed(portal, made, **more):
    status, answer = appeal(portal, made, **more)
    assert status == 200, answer
    return answer


def judge(portal, found, decision, who="nour", **more):
    return portal.call(who, "consultation_appeal_decide", id=found["id"], decision=decision, **more)


def report(portal, made, who="ali", reason="spam"):
    return portal.call(who, "consultation_comment_report", id=made["id"], reason=reason)


def test_a_report_brings_a_moderator_and_hides_nothing(portal, is_open):
    made = said(portal, body=WORDS)
    for number in range(12):
        portal.user(f"bomber{number}")
        assert report(portal, made, f"bomber{number}")[1]["is_new"]
    assert not report(portal, made, "bomber0", "hate")[1]["is_new"]

    [shown] = listed(portal)["results"]
    assert (shown["state"], shown["body"]) == ("published", WORDS)
    [item] = queue(portal)
    assert (item["causes"], item["reports"]) == (["reported"], {"spam": 12})
    assert item["decisions"] == ["hide", "keep"]
    assert "bomber" not in str(item)
    assert portal.ok(None, "consultation_transparency_show", consultation_id="transport")[
        "reports"
    ] == {"spam": 12}
    decided(portal, item, "keep")
    assert queue(portal) == []
    report(portal, made, "ali", "personal-data")
    assert queue(portal)[0]["reports"] == {"personal-data": 1}


def test_two_urgent_reports_weigh_more_than_a_crowd_of_new_accounts(portal, is_open):
    crowded, urgent = said(portal, body="The crowd dislikes this"), said(portal, body="A number")
    for number in range(8):
        portal.user(f"bomber{number}")
        report(portal, crowded, f"bomber{number}")
    portal.user("zied")
    old = "UPDATE \"user\" SET created = now() - interval '90 days' WHERE name IN ('ali', 'zied')"
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text(old))
    for who in ("ali", "zied"):
        report(portal, urgent, who, "personal-data")

    assert [each["comment"]["id"] for each in queue(portal)] == [urgent["id"], crowded["id"]]


def test_reports_are_of_others_words_in_codes(portal, is_open):
    made = said(portal)

    status, error = report(portal, made, "rim")
    assert (status, error["__codes"]) == (409, {"__all__": ["own-report"]})
    for reason in ("duplicate", "other", "", "no-such"):
        assert report(portal, made, "ali", reason)[1]["__codes"] == {"reason": ["unknown-reason"]}
    assert report(portal, made, None)[0] == 403
    hidden(portal, made)
    assert report(portal, made)[0] == 404


def test_another_moderator_decides_on_an_appeal(portal, body):
    opened(portal, body)
    made = said(portal, body=WORDS)
    decided(portal, queue(portal)[0], "reject", reason_code="abuse")
    found = appealed(portal, made)

    assert portal.ok("sami", "consultation_appeal_list")["results"] == []
    assert portal.ok("sami", "consultation_appeal_list")["elsewhere"] == 1
    status, error = judge(portal, found, "uphold", "sami")
    assert (status, error["__codes"]) == (409, {"__all__": ["own-decision"]})
    [waiting] = portal.ok("nour", "consultation_appeal_list")["results"]
    assert (waiting["comment"]["body"], waiting["text"]) == (WORDS, "It names nobody at all.")
    status, done = judge(portal, found, "overturn", public_note="You are right.")
    assert (status, done["state"]) == (200, "overturned")
    assert [each["body"] for each in listed(portal)["results"]] == [WORDS]
    status, error = judge(portal, found, "uphold")
    assert (status, error["__codes"]) == (409, {"version": ["decided-meanwhile"]})
    numbers = portal.ok(None, "consultation_transparency_show", consultation_id="transport")
    assert numbers["appeals"] == {"overturned": 1}
    assert numbers["reasons"] == {"abuse": 1}


def test_an_overturned_answer_is_counted_once(portal, body):
    opened(portal, body)
    root = said(portal, body="The first one")
    decided(portal, queue(portal)[0], "publish")
    made = said(portal, body=WORDS, parent_id=root["id"])
    decided(portal, queue(portal)[0], "reject", reason_code="abuse")
    assert listed(portal)["results"][0]["reply_count"] == 0

    judge(portal, appealed(portal, made), "overturn")
    hidden(portal, made)

    assert listed(portal)["results"][0]["reply_count"] == 1


def test_nobody_decides_on_their_own_appeal(portal, is_open):
    made = said(portal, "nour", body=WORDS)
    hidden(portal, made, "sami")
    found = appealed(portal, made, who="nour")

    assert portal.ok("nour", "consultation_appeal_list")["results"] == []
    status, error = judge(portal, found, "overturn", "nour")
    assert (status, error["__codes"]) == (409, {"__all__": ["own-appeal"]})


def test_an_appeal_is_made_once_in_time_by_the_author(portal, is_open):
    made = said(portal, body=WORDS)
    assert appeal(portal, made)[1]["__codes"] == {"__all__": ["nothing-to-appeal"]}
    hidden(portal, made)

    assert appeal(portal, made, "ali")[0] == 403
    assert appeal(portal, made, None)[0] == 403
    assert appeal(portal, made, text=" ")[1]["__codes"] == {"text": ["required"]}
    with model.ensure_engine().begin() as connection:
        late = "UPDATE consultation_decision SET decided_at = decided_at - interval '16 days'"
        connection.execute(sa.text(late))
    assert appeal(portal, made)[1]["__codes"] == {"__all__": ["appeal-too-late"]}
    with model.ensure_engine().begin() as connection:
        soon = "UPDATE consultation_decision SET decided_at = decided_at + interval '10 days'"
        connection.execute(sa.text(soon))
    appealed(portal, made)
    assert appeal(portal, made)[1]["__codes"] == {"__all__": ["appealed-already"]}


def test_moderators_give_right_without_the_appeal_too(portal, is_open):
    made = said(portal, body=WORDS)
    hidden(portal, made)
    found = appealed(portal, made)
    decided(portal, taken_up(portal, made, "sami"), "restore")

    assert portal.ok("nour", "consultation_appeal_list")["results"] == []
    assert judge(portal, found, "uphold")[1]["__codes"] == {"version": ["decided-meanwhile"]}
    [own] = portal.ok("rim", "consultation_comment_mine_list", consultation_id="transport")[
        "results"
    ]
    assert (own["state"], own["decision"]["appeal"]["state"]) == ("published", "overturned")


def test_authors_and_moderators_are_told_of_appeals(portal, is_open, mails):
    made = said(portal, body=WORDS)
    hidden(portal, made)
    found = appealed(portal, made, text=f"My {SECRET} is no person")
    judge(portal, found, "uphold")
    portal.work()

    def kinds(who):
        return {each["kind"] for each in portal.ok(who, "opengov_notice_list")["results"]}

    assert kinds("nour") == {"consultation-appeal-created"}
    assert kinds("sami") == set()
    assert kinds("rim") == {"consultation-comment-hidden", "consultation-appeal-upheld"}
    assert SECRET not in "".join(map(str, mails()))


def test_the_public_log_has_no_names_and_nothing_of_what_never_was_public(portal, body):
    opened(portal, body)
    said(portal, body=WORDS)
    decided(portal, queue(portal)[0], "reject", reason_code="abuse", public_note=SECRET)
    made = said(portal, body="Another one")
    decided(portal, queue(portal)[0], "publish")
    hidden(portal, made, public_note="It is off topic")

    lines = portal.ok(None, "consultation_moderation_log_list", consultation_id="transport")
    assert [(each["decision"], each["seq"]) for each in lines["results"]] == [
        ("hide", made["seq"]),
        ("publish", made["seq"]),
        ("reject", None),
    ]
    numbers = portal.ok(None, "consultation_transparency_show", consultation_id="transport")
    for name in (SECRET, "sami", "rim"):
        assert name not in str(lines) + str(numbers)
    assert numbers["comments"] == {"hidden": 1, "rejected": 1}
    assert numbers["median_minutes"] == 0


def test_of_a_draft_nobody_learns_how_it_is_moderated(portal, draft):
    for action in ("consultation_moderation_log_list", "consultation_transparency_show"):
        assert portal.call(None, action, consultation_id="transport")[0] == 404


@pytest.mark.parametrize("who", ["amel", "rim", None])
def test_who_runs_the_consultation_names_its_people(portal, is_open, who):
    given = {"id": "transport", "user": "rim", "role": "moderator"}
    for verb in ("add", "remove"):
        assert portal.call(who, f"consultation_member_{verb}", **given)[0] == 403
    assert portal.call(who, "consultation_member_list", id="transport")[0] == 403

    people = portal.ok("sami", "consultation_member_add", **given)["results"]
    assert [(each["name"], each["roles"]) for each in people] == [("rim", ["moderator"])]
    wrong = {**given, "role": "author"}
    assert portal.call("sami", "consultation_member_add", **wrong)[1]["__codes"] == {
        "role": ["unknown-choice"]
    }
    wrong = {**given, "user": "nobody"}
    assert portal.call("sami", "consultation_member_add", **wrong)[1]["__codes"] == {
        "user": ["user-not-found"]
    }
    assert portal.ok("sami", "consultation_member_remove", **given)["results"] == []
    steps = model.Session.execute(sa.text("SELECT step FROM opengov_audit ORDER BY at"))
    assert list(steps.scalars())[-2:] == ["member-add", "member-remove"]
