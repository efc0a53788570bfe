"""The queue of moderators: who sees it, who decides, and what becomes of a comment."""

import threading

import pytest
import sqlalchemy as sa
from tests.integration.consultation.conftest import fields, published, shift
from tests.integration.consultation.test_comments import listed, said, say

from ckan import model

from ckanext.consultation.model import comments as stored
from ckanext.opengov.shared import audit

SECRET = "ornithorynque"
WORDS = f"My {SECRET} thinks that the buses on line twelve are late every single day."


def opened(portal, body, mode="pre", name="transport", **settings):
    """Make a consultation that is open."""
    settings = {"moderation": mode, **settings}
    draft = portal.ok("amel", "consultation_create", **fields(body, name=name, settings=settings))
    published(portal, draft)
    shift(draft, opens_at=-1)
    for user in ("rim", "ali", "zied"):
        if model.User.get(user) is None:
            portal.user(user)
    model.Session.remove()
    return draft


@pytest.fixture
def pre(portal, body):
    """An open consultation whose comments wait for a moderator."""
    return opened(portal, body)


def queue(portal, who="sami", **wish):
    return portal.ok(who, "consultation_review_list", **wish)["results"]


def decide(portal, item, decision, who="sami", **more):
    given = {"id": item["id"], "version": item["version"], "decision": decision, **more}
    return portal.call(who, "consultation_review_decide", **given)


def decided(portal, item, decision, who="sami", **more):
    status, answer = decide(portal, item, decision, who, **more)
    assert status == 200, answer
    return answer


def taken_up(portal, comment, who="sami"):
    return portal.ok(who, "consultation_review_claim", comment_id=comment["id"])


def hidden(portal, comment, who="sami", reason="abuse", **more):
    item = taken_up(portal, comment, who)
    return decided(portal, item, "hide", who, reason_code=reason, **more)


def test_what_waits_is_in_the_queue_and_a_decision_publishes_it(portal, pre):
    root = said(portal, body=WORDS)
    [item] = queue(portal)
    assert (item["comment"]["body"], item["causes"]) == (WORDS, ["new"])
    assert item["decisions"] == ["publish", "reject"]

    after = decided(portal, item, "publish")

    assert (after["state"], after["comment"]["state"]) == ("decided", "published")
    assert queue(portal) == []
    assert [each["body"] for each in listed(portal)["results"]] == [WORDS]
    answer = said(portal, "ali", body="An answer", parent_id=root["id"])
    assert listed(portal)["results"][0]["reply_count"] == 0
    [item] = queue(portal)
    assert item["parent"]["body"] == WORDS
    decided(portal, item, "publish")
    assert listed(portal)["results"][0]["reply_count"] == 1
    assert listed(portal)["results"][0]["replies"][0]["id"] == answer["id"]


def test_who_decides_against_a_comment_says_why(portal, pre):
    said(portal)
    [item] = queue(portal)

    for given, wrong in (
        ({"decision": "reject"}, {"reason_code": ["required"]}),
        ({"decision": "reject", "reason_code": "dull"}, {"reason_code": ["unknown-reason"]}),
        ({"decision": "reject", "reason_code": "other"}, {"public_note": ["required"]}),
        ({"decision": "burn"}, {"decision": ["unknown-decision"]}),
        ({"decision": "hide", "reason_code": "spam"}, {"step": ["step-not-allowed"]}),
        ({"decision": "publish", "version": ""}, {"version": ["required"]}),
    ):
        status, error = portal.call(
            "sami",
            "consultation_review_decide",
            **{"id": item["id"], "version": item["version"], **given},
        )
        assert (status, error["__codes"]) == (409, wrong)
    assert len(queue(portal)) == 1


def test_a_stone_says_why_and_nothing_of_the_words(portal, is_open):
    root = said(portal, body=WORDS)
    said(portal, "ali", body="An answer", parent_id=root["id"])

    hidden(portal, root, public_note="It names a person.")

    [stone] = listed(portal)["results"]
    assert (stone["view"], stone["body"]) == ("stone", None)
    assert (stone["decision"]["reason"], stone["decision"]["note"]) == (
        "abuse",
        "It names a person.",
    )
    assert (stone["reply_count"], stone["replies"][0]["body"]) == (1, "An answer")
    restored = taken_up(portal, root, "nour")
    assert restored["decisions"] == ["restore"]
    decided(portal, restored, "restore", "nour")
    [shown] = listed(portal)["results"]
    assert (shown["body"], shown["decision"], shown["reply_count"]) == (WORDS, None, 1)


@pytest.mark.parametrize("who", [None, "rim", "amel", "karim", "chief"])
def test_nobody_else_learns_of_a_queue(portal, pre, who):
    other = portal.body("other", karim="admin")
    portal.ok("karim", "consultation_create", **fields(other, name="elsewhere"))
    portal.user("chief", sysadmin=True)
    made = said(portal, body=WORDS)
    [item] = queue(portal)
    foreign = who == "karim"

    asked = [
        ("consultation_review_list", {"consultation_id": "transport"}),
        ("consultation_review_show", {"id": item["id"]}),
        ("consultation_review_claim", {"id": item["id"]}),
        ("consultation_review_claim", {"comment_id": made["id"]}),
        ("consultation_review_release", {"id": item["id"]}),
        (
            "consultation_review_decide",
            {"id": item["id"], "version": item["version"], "decision": "publish"},
        ),
        ("consultation_appeal_list", {"consultation_id": "transport"}),
        ("consultation_appeal_decide", {"id": item["id"], "decision": "uphold"}),
    ]
    for action, given in asked:
        status, error = portal.call(who, action, **given)
        assert status == (404 if foreign else 403), action
        assert SECRET not in str(error)
    if foreign:
        assert queue(portal, "karim") == []
    assert len(queue(portal)) == 1


def test_who_lost_the_role_decides_no_more(portal, body, pre):
    said(portal)
    [item] = queue(portal)
    member = {"id": body["id"], "username": "sami"}
    portal.inside("organization_member_create", "operator", **member, role="member")

    assert decide(portal, item, "publish")[0] == 403
    portal.ok("nour", "consultation_member_add", id="transport", user="sami", role="moderator")
    assert len(queue(portal)) == 1
    portal.ok("nour", "consultation_member_remove", id="transport", user="sami", role="moderator")
    assert decide(portal, item, "publish")[0] == 403
    assert [each["state"] for each in queue(portal, "nour")] == ["pending"]


def test_nobody_decides_on_their_own_words(portal, pre):
    made = said(portal, "sami", body=WORDS)
    [item] = queue(portal, "nour")

    assert queue(portal) == []
    for action, given in (
        ("claim", {"id": item["id"]}),
        ("claim", {"comment_id": made["id"]}),
        ("decide", {"id": item["id"], "version": item["version"], "decision": "publish"}),
    ):
        status, error = portal.call("sami", f"consultation_review_{action}", **given)
        assert (status, error["__codes"]) == (409, {"__all__": ["own-comment"]})
    assert portal.call("sami", "consultation_review_show", id=item["id"])[0] == 404
    decided(portal, item, "publish", "nour")


def test_a_claim_keeps_colleagues_away_and_ends_by_itself(portal, pre):
    said(portal)
    [item] = queue(portal)
    claimed = portal.ok("sami", "consultation_review_claim", id=item["id"])
    assert claimed["claim"]["is_mine"]

    status, error = portal.call("nour", "consultation_review_claim", id=item["id"])
    assert (status, error["__codes"]) == (409, {"__all__": ["claimed"]})
    assert decide(portal, claimed, "publish", "nour")[1]["__codes"] == {"__all__": ["claimed"]}
    assert queue(portal, "nour")[0]["claim"]["by"] == "sami"

    with model.ensure_engine().begin() as connection:
        late = "UPDATE consultation_review_item SET claimed_at = now() - interval '15 minutes'"
        connection.execute(sa.text(late))
    assert queue(portal, "nour")[0]["claim"] is None
    portal.ok("nour", "consultation_review_claim", id=item["id"])
    portal.ok("nour", "consultation_review_release", id=item["id"])
    assert decided(portal, claimed, "publish")["comment"]["state"] == "published"


def test_words_that_changed_are_read_again(portal, pre):
    made = said(portal)
    [item] = queue(portal)
    portal.ok("rim", "consultation_comment_update", id=made["id"], body="Something else.")

    status, error = decide(portal, item, "publish")

    assert (status, error["__codes"]) == (409, {"version": ["decided-meanwhile"]})
    [item] = queue(portal)
    decided(portal, item, "publish")
    changed = portal.ok("rim", "consultation_comment_update", id=made["id"], body="A third one.")
    assert changed["state"] == "pending"
    [item] = queue(portal)
    assert item["causes"] == ["edited"]
    [stone] = listed(portal)["results"]
    assert (stone["view"], stone["body"]) == ("stone", None)
    decided(portal, item, "reject", reason_code="off-topic")
    assert listed(portal)["results"][0]["decision"]["reason"] == "off-topic"


def test_of_two_moderators_one_decides(portal, pre):
    for _round in range(4):
        said(portal, body=f"Comment of the round {_round}")
        [item] = queue(portal)
        answers = {}
        start = threading.Barrier(2)

        def act(who, decision, item=item, answers=answers, start=start):
            given = {"id": item["id"], "version": item["version"], "decision": decision}
            start.wait()
            answer = portal.client.flask_app.test_client().post(
                "/api/3/action/consultation_review_decide",
                json={**given, "reason_code": "spam"},
                headers={"Authorization": portal.tokens[who]},
            )
            answers[who] = (answer.status_code, answer.json)
            model.Session.remove()

        both = (("sami", "publish"), ("nour", "reject"))
        threads = [threading.Thread(target=act, args=each) for each in both]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

        assert sorted(status for status, _answer in answers.values()) == [200, 409]
        [late] = [answer for status, answer in answers.values() if status == 409]
        assert late["error"]["__codes"] == {"version": ["decided-meanwhile"]}
    decisions = model.Session.execute(sa.text("SELECT count(*) FROM consultation_decision"))
    assert decisions.scalar() == 4


def test_a_vote_and_a_hiding_at_once_leave_right_counts(portal, is_open):
    made = said(portal)
    item = taken_up(portal, made)
    names = [f"voter{number}" for number in range(6)]
    for name in names:
        portal.user(name)
    start = threading.Barrier(len(names) + 1)

    def post(who, action, **given):
        start.wait()
        portal.client.flask_app.test_client().post(
            f"/api/3/action/{action}", json=given, headers={"Authorization": portal.tokens[who]}
        )
        model.Session.remove()

    threads = [
        threading.Thread(
            target=post, args=(name, "consultation_comment_vote"),
            kwargs={"id": made["id"], "value": 1},
        )
        for name in names
    ]  # fmt: skip
    decision = {"decision": "hide", "reason_code": "spam"}
    threads.append(
        threading.Thread(
            target=post, args=("sami", "consultation_review_decide"),
            kwargs={"id": item["id"], "version": item["version"], **decision},
        )
    )  # fmt: skip
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    vote = {"id": made["id"], "value": 1}
    assert portal.call("ali", "consultation_comment_vote", **vote)[0] == 404
    with portal.client.flask_app.test_request_context():
        assert stored.recounted(model.Session, is_open["id"]) == []
        model.Session.rollback()


def test_the_history_holds_ids_and_codes_and_shows_what_was_altered(portal, pre):
    said(portal, body=WORDS)
    [item] = queue(portal)
    decided(portal, item, "reject", reason_code="abuse", public_note=f"No {SECRET}")
    chain = sa.select(audit.AuditRow).where(audit.AuditRow.subject == f"consultation:{pre['id']}")
    rows = model.Session.scalars(chain.order_by(audit.AuditRow.seq)).all()

    last = rows[-1]
    assert (last.step, last.details["reason"]) == ("comment-reject", "abuse")
    assert SECRET not in str([row.details for row in rows])
    assert list(audit.verify(model.Session)) == []
    model.Session.remove()
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text("ALTER TABLE opengov_audit DISABLE TRIGGER USER"))
        lie = "UPDATE opengov_audit SET actor_id = NULL WHERE step = 'comment-reject'"
        connection.execute(sa.text(lie))
        connection.execute(sa.text("ALTER TABLE opengov_audit ENABLE TRIGGER USER"))
    assert [each.seq for each in audit.verify(model.Session)] == [last.seq]


def test_the_author_is_told_in_their_language_without_their_words(portal, pre, mails):
    portal.ok("rim", "opengov_notice_settings_update", language="fr", frequency="at-once")
    said(portal, body=WORDS)
    [item] = queue(portal)
    decided(portal, item, "reject", reason_code="abuse", public_note=f"Pas de {SECRET}")
    portal.work()

    [mail] = [each for each in mails() if "rim" in each["To"]]
    text = mail.get_body(("plain",)).get_content()
    assert SECRET not in str(mail)
    assert "Projet de décret" in mail["Subject"]
    assert "/fr/consultation/transport/mine" in text
    [notice] = portal.ok("rim", "opengov_notice_list")["results"]
    assert notice["quote"] == f"Pas de {SECRET}"
    assert portal.ok("ali", "opengov_notice_list")["results"] == []


def test_a_withdrawn_comment_waits_for_nobody_and_leaves_no_stone(portal, pre):
    made = said(portal, body=WORDS)
    [item] = queue(portal)
    portal.ok("rim", "consultation_comment_withdraw", id=made["id"])

    assert queue(portal) == []
    assert listed(portal)["results"] == []
    assert portal.call("ali", "consultation_comment_show", id=made["id"])[0] == 404
    assert decide(portal, item, "publish")[1]["__codes"] == {"version": ["decided-meanwhile"]}
    shown = portal.ok("sami", "consultation_review_show", id=item["id"])
    assert SECRET not in str(shown)
    assert portal.call("sami", "consultation_review_claim", comment_id=made["id"])[0] == 404


def test_trust_is_earned_and_lost(portal, body):
    opened(portal, body, "hybrid", trusted_after=2)
    for number in range(2):
        assert say(portal, body=f"Comment {number}")[1]["state"] == "pending"
        decided(portal, queue(portal)[0], "publish")
    trusted = said(portal, body="Now I am known")
    assert trusted["state"] == "published"

    hidden(portal, trusted)
    assert said(portal, body="Known no more")["state"] == "pending"


@pytest.mark.parametrize("number", [1, 12])
def test_a_queue_costs_the_same_however_long_it_is(portal, pre, number):
    for each in range(number):
        said(portal, body=f"{WORDS} Number {each}")
    statements = []

    def note(_connection, _cursor, statement, *_more):
        statements.append(statement)

    sa.event.listen(model.ensure_engine(), "before_cursor_execute", note)
    try:
        found = portal.ok("sami", "consultation_review_list", limit=10)
    finally:
        sa.event.remove(model.ensure_engine(), "before_cursor_execute", note)

    assert len(found["results"]) == min(number, 10)
    assert len(statements) <= 22, statements


def test_the_queue_has_pages_in_the_order_of_urgency(portal, pre):
    for number in range(5):
        said(portal, body=f"Comment {number}")
    first = portal.ok("sami", "consultation_review_list", limit=3)
    rest = portal.ok("sami", "consultation_review_list", limit=3, cursor=first["next_cursor"])

    bodies = [each["comment"]["body"] for each in (*first["results"], *rest["results"])]
    assert bodies == [f"Comment {number}" for number in range(5)]
    assert [each["waiting"] for each in first["consultations"]] == [5]
