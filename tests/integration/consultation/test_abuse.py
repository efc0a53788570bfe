"""Programs, crowds and copies: what is held back, what is counted, and who is not shut out."""

import contextlib
import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from tests.integration.consultation.test_comments import listed, said, say
from tests.integration.consultation.test_moderation import WORDS, decided, opened, queue

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.consultation.domain import abuse, form_tokens
from ckanext.consultation.domain.form_tokens import Form, Purpose
from ckanext.consultation.logic import guarding

CAMPAIGN = (
    "We ask the ministry to keep the last train of line twelve at night because nurses and cooks"
    " who work late have no other way to come home to their families in the far suburbs"
)


@pytest.fixture
def few(monkeypatch):
    """Limits that a test reaches."""
    hour = abuse.HOUR

    def lower(act, participant, network, target=0):
        rows = abuse._allowances(act, participant, network, hour, target)
        monkeypatch.setitem(abuse.LIMITS, act, rows)

    return lower


def sent(portal, user, action, address="198.51.100.7", **data):
    answer = portal.client.flask_app.test_client().post(
        f"/api/3/action/{action}",
        json=data,
        headers={"Authorization": portal.tokens[user]},
        environ_overrides={"REMOTE_ADDR": address},
    )
    model.Session.remove()
    content = answer.json
    return answer.status_code, content.get("result") or content.get("error")


def test_a_participant_who_says_too_much_is_told_to_wait(portal, is_open, few):
    few(abuse.Act.COMMENT, 2, 100)
    for number in range(2):
        said(portal, body=f"Comment {number}")

    status, error = say(portal, body="One too many")

    assert (status, error["__codes"]) == (409, {"__all__": ["too-many"]})
    said(portal, "ali", body="Somebody else")


def test_people_behind_one_address_are_many(portal, is_open, few):
    few(abuse.Act.COMMENT, 2, 6)
    people = [f"reader{number}" for number in range(8)]
    for name in people:
        portal.user(name)
    comment = {"consultation_id": is_open["id"], "body": "From the library"}
    create = "consultation_comment_create"

    answers = [sent(portal, name, create, **comment)[0] for name in people]

    assert answers == [200] * 6 + [409] * 2
    assert sent(portal, people[-1], create, address="203.0.113.9", **comment)[0] == 200


def test_a_forged_header_changes_no_address(portal, is_open, few):
    few(abuse.Act.COMMENT, 50, 1)
    for name, status in (("rim", 200), ("ali", 409)):
        answer = portal.client.flask_app.test_client().post(
            "/api/3/action/consultation_comment_create",
            json={"consultation_id": is_open["id"], "body": "Hello there"},
            headers={"Authorization": portal.tokens[name], "X-Forwarded-For": f"192.0.2.{status}"},
        )
        assert answer.status_code == status


@pytest.mark.parametrize("act", ["vote", "edit", "report", "appeal"])
def test_each_act_has_its_limit(portal, is_open, few, act):
    made = said(portal, "rim", body="A comment to act on")
    few(abuse.Act(act), 1, 100)
    calls = {
        "vote": ("ali", "consultation_comment_vote", {"value": 1}),
        "edit": ("rim", "consultation_comment_update", {"body": "Another wording of it"}),
        "report": ("ali", "consultation_comment_report", {"reason": "spam"}),
        "appeal": ("rim", "consultation_appeal_create", {"text": "It was right."}),
    }
    if act == "appeal":
        item = portal.ok("sami", "consultation_review_claim", comment_id=made["id"])
        decided(portal, item, "hide", reason_code="spam")
        few(abuse.Act.APPEAL, 1, 1)
        # What is refused for another reason is not counted.
        portal.call("rim", "consultation_appeal_create", id=made["id"], text="")
    who, action, given = calls[act]

    assert portal.call(who, action, id=made["id"], **given)[0] == 200
    status, error = portal.call(who, action, id=made["id"], **given)

    expected = "appealed-already" if act == "appeal" else "too-many"
    assert (status, error["__codes"]["__all__"]) == (409, [expected])


def test_limits_hold_while_redis_is_away(portal, is_open, few, monkeypatch):
    few(abuse.Act.COMMENT, 1, 100)
    monkeypatch.setitem(tk.config, "ckan.redis.url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr("ckan.lib.redis._connection_pool", None)

    said(portal, body="The first")
    assert say(portal, body="The second")[1]["__codes"] == {"__all__": ["too-many"]}
    monkeypatch.undo()
    assert len(listed(portal)["results"]) == 1


@contextlib.contextmanager
def web(portal, user):
    """Act as a page does: an action with ``for_view``, in a request of its own."""
    with portal.client.flask_app.test_request_context():
        row = model.User.get(user)
        context = {"user": row.name, "auth_user_obj": row, "for_view": True}

        def create(**data):
            return tk.get_action("consultation_comment_create")(dict(context), data)

        yield create, row.id
    model.Session.remove()


def token(consultation_id, user_id, seconds, purpose=Purpose.COMMENT):
    shown = datetime.now(UTC) - timedelta(seconds=seconds)
    return form_tokens.issued(guarding._key(), Form(purpose, consultation_id, user_id), shown)


@pytest.mark.parametrize(
    ("seconds", "purpose", "code"),
    [
        (0, "comment", "sent-too-fast"),
        (25 * 3600, "comment", "form-too-old"),
        (10, "report", "form-not-ours"),
        (None, "", "form-not-ours"),
        (10, "comment", None),
    ],
)
def test_a_form_of_the_web_was_shown_to_a_person(
    portal, is_open, seconds, purpose, code, monkeypatch
):
    monkeypatch.setitem(tk.config, "ckanext.consultation.form_seconds", 3)
    with web(portal, "rim") as (create, user_id):
        carried = (
            "" if seconds is None else token(is_open["id"], user_id, seconds, Purpose(purpose))
        )
        given = {"consultation_id": is_open["id"], "body": WORDS, "form_token": carried}
        if code is None:
            assert create(**given)["state"] == "published"
            return
        with pytest.raises(tk.ValidationError) as refused:
            create(**given)
        assert refused.value.error_dict["__codes"] == {"__all__": [code]}


def test_a_filled_trap_makes_a_comment_wait_and_loses_nothing(portal, is_open):
    with web(portal, "rim") as (create, user_id):
        made = create(
            consultation_id=is_open["id"],
            body=WORDS,
            form_token=token(is_open["id"], user_id, 10),
            website="https://spam.example",
        )

    assert made["state"] == "pending"
    assert listed(portal)["results"] == []
    [item] = queue(portal)
    assert (item["causes"], item["comment"]["body"]) == (["new", "trapped"], WORDS)


def test_the_form_carries_both_fields(portal, is_open):
    with portal.client.flask_app.test_request_context():
        source = (
            '{% from "consultation/snippets/form_guard.html" import guard with context %}'
            '{{ guard("comment", "x") }}'
        )
        page = portal.client.flask_app.jinja_env.from_string(source).render(h=tk.h, _=tk._)
    assert re.search(r'name="form_token" value="[\w-]{44}"', page)
    assert 'name="website" value="" tabindex="-1"' in page


def test_personal_data_waits_where_trust_decides_and_is_shown_where_it_does_not(portal, body):
    number = "Call the station master at 98 765 432 and tell him yourself, please do it."
    opened(portal, body, "hybrid", trusted_after=0)
    assert said(portal, body="The buses are late")["state"] == "published"
    assert said(portal, body=number)["state"] == "pending"
    [item] = queue(portal)
    assert item["causes"] == ["new", "personal"]
    assert [each["signal"] for each in item["signals"]] == ["number"]

    opened(portal, body, "post", name="elsewhere")
    made = portal.ok("rim", "consultation_comment_create", consultation_id="elsewhere", body=number)
    assert made["state"] == "published"
    [item] = queue(portal, consultation_id="elsewhere")
    assert (item["causes"], item["decisions"]) == (["personal"], ["hide", "keep"])


def test_the_same_words_of_one_participant_wait_and_of_many_count(portal, is_open):
    for number in range(3):
        portal.user(f"signer{number}")
        assert said(portal, f"signer{number}", body=CAMPAIGN)["state"] == "published"
    assert said(portal, "signer0", body=f"  {CAMPAIGN.upper()} ")["state"] == "pending"

    [item] = queue(portal)
    assert (item["causes"], item["copies"]) == (["new", "repeated"], 3)
    assert {each["per_cent"] for each in item["near"]} == {100}
    assert [each["is_same_participant"] for each in item["near"]].count(True) == 1
    assert len(listed(portal)["results"]) == 3


def test_near_copies_are_shown_and_follow_a_change(portal, body):
    opened(portal, body)
    first = said(portal, "ali", body=CAMPAIGN)
    made = said(portal, "rim", body=CAMPAIGN.replace("nurses", "bakers"))

    def near():
        found = {each["comment"]["id"]: each["near"] for each in queue(portal)}
        return found[made["id"]]

    assert [(each["id"], each["per_cent"] > 70) for each in near()] == [(first["id"], True)]
    portal.ok("rim", "consultation_comment_update", id=made["id"], body="Something else entirely.")
    assert near() == []


def test_a_campaign_of_copies_costs_a_moderator_no_time(portal, body):
    draft = opened(portal, body)
    for number in range(3):
        portal.user(f"signer{number}")
        said(portal, f"signer{number}", body=CAMPAIGN)
    copy = sa.text(
        """WITH one AS (SELECT * FROM consultation_comment LIMIT 1), made AS (
        INSERT INTO consultation_comment (id, consultation_id, participant_id, root_id, depth,
            lang, body, search_text, state, channel, client_token, norm_sha256, created_at,
            published_at)
        SELECT 'copy' || n, consultation_id, participant_id, 'copy' || n, 0, lang, body,
            search_text, 'published', 'api', gen_random_uuid(), norm_sha256, now(), now()
        FROM one, generate_series(1, 20000) n RETURNING id, consultation_id)
        INSERT INTO consultation_minhash_band (consultation_id, band, key, comment_id)
        SELECT made.consultation_id, b.band, b.key, made.id FROM made,
            (SELECT DISTINCT band, key FROM consultation_minhash_band) b"""
    )
    with model.ensure_engine().begin() as connection:
        connection.execute(copy)
        connection.execute(sa.text("ANALYZE consultation_comment, consultation_minhash_band"))
    start = datetime.now(UTC)

    found = queue(portal, consultation_id=draft["id"])

    assert datetime.now(UTC) - start < timedelta(seconds=2)
    assert {each["copies"] for each in found} == {1001}
    assert {len(each["near"]) for each in found} == {5}
