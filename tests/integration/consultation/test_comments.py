"""What people say in a consultation, and how they vote."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from tests.integration.consultation.conftest import fields, published, shift

from ckan import model

from ckanext.consultation.model import comments as stored


def say(portal, who="rim", body="The buses are late on line 12.", **more):
    return portal.call(
        who, "consultation_comment_create", consultation_id="transport", body=body, **more
    )


def said(portal, *arguments, **more):
    status, answer = say(portal, *arguments, **more)
    assert status == 200, answer
    return answer


def listed(portal, who=None, **wish):
    return portal.ok(who, "consultation_comment_list", consultation_id="transport", **wish)


def test_a_comment_is_read_by_everyone_under_a_number(portal, is_open):
    made = said(portal, body="**Late** buses: <script>", position=-1)

    [read] = listed(portal)["results"]
    assert (read["seq"], read["state"], read["position"]) == (made["seq"], "published", -1)
    assert "<strong>Late</strong>" in read["html"]
    assert "<script" not in read["html"]
    assert read["participant"]["name"] is None
    assert "rim" not in str(read)


@pytest.mark.parametrize(
    ("opens_at", "closes_at", "code"), [(1, 2, "not-open-yet"), (-2, -0.00001, "over")]
)
def test_nobody_comments_before_or_after(portal, is_open, opens_at, closes_at, code):
    shift(is_open, closes_at=31)
    shift(is_open, opens_at=opens_at)
    shift(is_open, closes_at=closes_at)

    status, error = say(portal)

    assert (status, error["__codes"]) == (409, {"__all__": [code]})


def test_nobody_comments_on_a_draft(portal, body):
    portal.ok("amel", "consultation_create", **fields(body))
    portal.user("rim")

    assert say(portal)[0] == 404


def test_visitors_read_and_do_not_write(portal, is_open):
    made = said(portal)

    assert say(portal, None)[0] == 403
    changes = {"update": {"body": "Mine."}, "vote": {"value": 1}, "withdraw": {}}
    for action, fields_ in changes.items():
        status, _error = portal.call(
            None, f"consultation_comment_{action}", id=made["id"], **fields_
        )
        assert status == 403
    assert len(listed(portal)["results"]) == 1


def test_a_double_submit_makes_one_comment(portal, is_open):
    token = str(uuid.uuid4())

    assert said(portal, client_token=token)["id"] == said(portal, client_token=token)["id"]
    assert len(listed(portal)["results"]) == 1


def test_answers_go_four_deep_and_no_deeper(portal, is_open):
    parent = said(portal)
    for depth in range(1, 5):
        parent = said(portal, "ali", body=f"Answer {depth}", parent_id=parent["id"])
        assert parent["depth"] == depth

    status, error = say(portal, "ali", body="Too deep", parent_id=parent["id"])
    assert (status, error["__codes"]) == (409, {"parent_id": ["too-deep"]})
    shown = portal.ok(None, "consultation_comment_show", id=parent["id"])
    assert [each["depth"] for each in shown["ancestors"]] == [0, 1, 2, 3]


def test_three_answers_are_shown_and_all_are_counted(portal, is_open):
    root = said(portal)
    for number in range(5):
        said(portal, "ali", body=f"Answer number {number}", parent_id=root["id"])

    [shown] = listed(portal)["results"]

    assert (len(shown["replies"]), shown["reply_count"]) == (3, 5)
    answers = listed(portal, parent_id=root["id"], sort="oldest", limit=2)
    assert [each["body"][-1] for each in answers["results"]] == ["0", "1"]
    more = listed(
        portal, parent_id=root["id"], sort="oldest", limit=2, cursor=answers["next_cursor"]
    )
    assert [each["body"][-1] for each in more["results"]] == ["2", "3"]


def test_an_answer_stays_in_its_consultation(portal, body, is_open):
    other = portal.ok("amel", "consultation_create", **fields(body, name="other"))
    published(portal, other)
    shift(other, opens_at=-1)
    foreign = said(portal)

    status, _error = portal.call(
        "rim", "consultation_comment_create", consultation_id="other", body="x y",
        parent_id=foreign["id"],
    )  # fmt: skip

    assert status == 404


def test_words_are_found_however_they_are_written(portal, is_open):
    said(portal, body="المدرسة بعيدة عن المحطّة")
    said(portal, body="Rien à voir")

    assert len(listed(portal, q="المحطة")["results"]) == 1
    assert listed(portal, q="nothing")["results"] == []


def test_an_author_changes_a_comment_in_time_and_nobody_else_does(portal, is_open):
    made = said(portal)

    changed = portal.ok("rim", "consultation_comment_update", id=made["id"], body="Better said.")
    assert (changed["body"], changed["version"]) == ("Better said.", 2)
    assert portal.call("ali", "consultation_comment_update", id=made["id"], body="Mine.")[0] == 403
    with model.ensure_engine().begin() as connection:
        connection.execute(
            sa.text("UPDATE consultation_comment SET created_at = now() - interval '1 hour'")
        )
    status, error = portal.call(
        "rim", "consultation_comment_update", id=made["id"], body="Too late."
    )
    assert (status, error["__codes"]) == (409, {"__all__": ["too-late-to-edit"]})


def test_a_withdrawn_comment_leaves_a_stone_without_a_word(portal, is_open):
    root = said(portal, body="My secret words")
    said(portal, "ali", body="An answer", parent_id=root["id"])
    portal.ok("rim", "consultation_comment_withdraw", id=root["id"])

    [stone] = listed(portal)["results"]

    assert (stone["state"], stone["body"], stone["html"]) == ("withdrawn", None, None)
    assert [each["body"] for each in stone["replies"]] == ["An answer"]
    assert listed(portal, q="secret")["results"] == []
    status, error = say(portal, "ali", body="Answer to a stone", parent_id=root["id"])
    assert (status, error["__codes"]) == (409, {"parent_id": ["no-answers-here"]})


def test_what_waits_is_seen_by_its_author_alone(portal, body):
    settings = {"moderation": "pre"}
    draft = portal.ok("amel", "consultation_create", **fields(body, settings=settings))
    published(portal, draft)
    shift(draft, opens_at=-1)
    for name in ("rim", "ali"):
        portal.user(name)

    made = said(portal)

    assert made["state"] == "pending"
    assert portal.call("rim", "consultation_comment_show", id=made["id"])[0] == 200
    assert portal.call("ali", "consultation_comment_show", id=made["id"])[0] == 404
    assert listed(portal, "ali")["results"] == []
    vote = {"id": made["id"], "value": 1}
    assert portal.call("ali", "consultation_comment_vote", **vote)[0] == 404
    assert say(portal, "ali", body="An answer", parent_id=made["id"])[0] == 404


def test_each_has_one_vote_with_a_history(portal, is_open):
    made = said(portal)

    for value, counts in ((1, (1, 0, 0)), (-1, (0, 0, 1)), (-1, (0, 0, 1)), (0, (0, 1, 0))):
        tally = portal.ok("ali", "consultation_comment_vote", id=made["id"], value=value)
        assert (tally["for"], tally["neutral"], tally["against"]) == counts
    events = model.Session.scalars(sa.select(stored.VoteEvent.value).order_by(stored.VoteEvent.id))
    assert list(events) == [1, -1, 0]


def test_many_voters_at_once_leave_what_a_recount_gives(portal, is_open):
    made = said(portal)
    names = [f"voter{number}" for number in range(12)]
    for name in names:
        portal.user(name)

    def vote(name, value):
        portal.client.flask_app.test_client().post(
            "/api/3/action/consultation_comment_vote",
            json={"id": made["id"], "value": value},
            headers={"Authorization": portal.tokens[name]},
        )

    flips = [(name, value) for value in (1, -1, 1) for name in names]
    # Each request needs two connections, of which this one process has fifteen.
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda flip: vote(*flip), flips))

    [shown] = listed(portal)["results"]
    assert shown["votes"]["for"] + shown["votes"]["against"] == len(names)
    with portal.client.flask_app.test_request_context():
        assert stored.recounted(model.Session, is_open["id"]) == []
        model.Session.rollback()


@pytest.mark.parametrize("number", [1, 40])
def test_a_thread_costs_the_same_however_long_it_is(portal, is_open, number, monkeypatch):
    monkeypatch.setattr("ckanext.consultation.logic.limiting.count", lambda *_: None)
    for each in range(number):
        root = said(portal, body=f"Comment number {each}")
        said(portal, "ali", body=f"Answer number {each}", parent_id=root["id"])
    statements = []

    def note(_connection, _cursor, statement, *_more):
        statements.append(statement)

    sa.event.listen(model.ensure_engine(), "before_cursor_execute", note)
    try:
        assert len(listed(portal, limit=20)["results"]) == min(number, 20)
    finally:
        sa.event.remove(model.ensure_engine(), "before_cursor_execute", note)

    assert len(statements) <= 10, statements
