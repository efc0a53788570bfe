"""A consultation from its draft to the archive, by its people."""

import json
import threading

import pytest
import sqlalchemy as sa
from tests.integration.consultation.conftest import TITLES, at, fields, published, shift

from ckan import model

from ckanext.opengov.shared import audit


def test_it_is_drafted_reviewed_published_and_cancelled(portal, body, draft):
    assert (draft["state"], draft["phase"], draft["primary_lang"]) == ("draft", None, "fr")
    assert draft["steps"] == {"edit": None, "submit": None, "cancel": "required"}

    shown = published(portal, draft)
    assert (shown["state"], shown["phase"]) == ("published", "scheduled")
    assert portal.call(None, "consultation_show", id="transport")[1]["title_translated"] == TITLES

    portal.ok("sami", "consultation_cancel", id="transport", reason="The draft is void.")
    gone = portal.call(None, "consultation_show", id="transport")[1]
    assert (gone["state"], gone["phase"], gone["reason"]) == (
        "cancelled",
        None,
        "The draft is void.",
    )


@pytest.mark.parametrize("who", [None, "rim"])
@pytest.mark.parametrize(
    "action", ["consultation_show", "consultation_update", "consultation_publish"]
)
def test_what_is_not_public_is_not_there(portal, draft, who, action):
    portal.body("other", rim="admin")

    status, error = portal.call(who, action, id="transport")

    assert status in (403, 404) if who is None else status == 404
    assert "transport" not in json.dumps(error)
    assert portal.call(who, "consultation_list")[1]["results"] == []


def test_nobody_of_another_body_changes_what_is_public(portal, draft):
    published(portal, draft)
    portal.body("other", rim="admin")

    for action in ("consultation_extend", "consultation_cancel", "consultation_update"):
        status, _error = portal.call("rim", action, id="transport", reason="No.", closes_at=at(90))
        assert status == 403


def test_who_wrote_it_does_not_approve_it(portal, body):
    draft = portal.ok("sami", "consultation_create", **fields(body))
    portal.ok("sami", "consultation_submit_review", id=draft["id"])

    status, error = portal.call("sami", "consultation_publish", id=draft["id"])

    assert (status, error["__codes"]) == (409, {"__all__": ["second-person-needed"]})
    assert portal.ok("nour", "consultation_publish", id=draft["id"])["state"] == "published"


def test_all_that_is_wrong_is_said_at_once(portal, body):
    wrong = {
        "name": "É", "kind": "song", "title_translated": {}, "opens_at": "tomorrow",
        "settings": {"edit_minutes": "many"}, "primary_lang": "xx",
    }  # fmt: skip

    status, error = portal.call("amel", "consultation_create", **fields(body, **wrong))

    assert status == 409
    assert error["__codes"] == {
        "name": ["not-a-name"],
        "kind": ["unknown-choice"],
        "title_translated": ["required"],
        "opens_at": ["not-a-time"],
        "settings": ["out-of-range"],
    }


def test_a_name_belongs_to_one(portal, body, draft):
    status, error = portal.call("amel", "consultation_create", **fields(body))

    assert (status, error["__codes"]) == (409, {"name": ["name-taken"]})


def test_once_published_its_words_stay(portal, draft):
    published(portal, draft)

    status, error = portal.call("amel", "consultation_update", id="transport", kind="law")

    assert (status, error["__codes"]) == (409, {"__all__": ["frozen"]})


def test_two_tabs_do_not_overwrite_each_other(portal, draft):
    portal.ok("amel", "consultation_update", id="transport", version=1, kind="law")

    status, error = portal.call(
        "amel", "consultation_update", id="transport", version=1, kind="plan"
    )

    assert (status, error["__codes"]) == (409, {"version": ["changed-meanwhile"]})


def test_the_end_is_put_off_with_the_answer_and_never_brought_forward(portal, draft):
    before = published(portal, draft)

    after = portal.ok("sami", "consultation_extend", id="transport", closes_at=at(41))
    assert after["closes_at"] > before["closes_at"]
    assert after["response_due_at"] > before["response_due_at"]

    status, error = portal.call("sami", "consultation_extend", id="transport", closes_at=at(35))
    assert (status, error["__codes"]) == (409, {"closes_at": ["never-shortened"]})
    shift(draft, opens_at=-40, closes_at=-1)
    status, error = portal.call("sami", "consultation_extend", id="transport", closes_at=at(50))
    assert (status, error["__codes"]) == (409, {"__all__": ["over"]})


def test_lists_follow_the_clock_and_name_who_owes_an_answer(portal, draft):
    published(portal, draft)

    def listed(**wish):
        found = portal.call(None, "consultation_list", **wish)[1]["results"]
        return [each["name"] for each in found]

    assert listed(phase="scheduled") == ["transport"]
    assert listed(phase="open") == []
    shift(draft, opens_at=-1)
    assert listed(phase="open") == ["transport"]
    assert listed(phase="open", q="النقل") == ["transport"]
    assert listed(phase="open", q="budget") == []
    shift(draft, opens_at=-40, closes_at=-30)
    assert listed(phase="closed") == ["transport"]
    assert listed(overdue=True) == []
    shift(draft, response_due_at=-1)
    assert listed(overdue=True) == ["transport"]


def test_its_steps_are_in_the_log_without_a_word(portal, draft):
    published(portal, draft)
    rows = model.Session.scalars(
        sa.select(audit.AuditRow)
        .where(audit.AuditRow.subject == f"consultation:{draft['id']}")
        .order_by(audit.AuditRow.seq)
    ).all()

    assert [row.step for row in rows] == ["create", "submit", "publish"]
    assert list(audit.breaks(rows)) == []
    assert not any("transport" in json.dumps(row.details) for row in rows)


def test_a_draft_is_deleted_and_nothing_else(portal, body, draft):
    portal.ok("amel", "consultation_delete", id="transport")
    assert portal.call("amel", "consultation_show", id="transport")[0] == 404

    again = portal.ok("amel", "consultation_create", **fields(body))
    published(portal, again)
    status, error = portal.call("sami", "consultation_delete", id="transport")
    assert (status, error["__codes"]) == (409, {"__all__": ["frozen"]})


def test_two_extensions_at_once_end_with_the_later(portal, draft):
    published(portal, draft)
    ends = [at(days) for days in (40, 50, 45, 60)]

    def extend(end):
        portal.client.flask_app.test_client().post(
            "/api/3/action/consultation_extend",
            json={"id": "transport", "closes_at": end},
            headers={"Authorization": portal.tokens["sami"]},
        )

    threads = [threading.Thread(target=extend, args=(end,)) for end in ends]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert portal.ok("sami", "consultation_show", id="transport")["closes_at"] == ends[-1]
