"""Two act in the same instant: one wins, the other is told why not, and nothing is torn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from tests.common import complaints as net
from tests.common.racing import (
    DRAFT,
    TOLD,
    WORDS,
    Citizens,
    World,
    check_sound,
    logged,
    one_after_the_other,
    together,
)

from ckan import model

from ckanext.complaints.logic import clock_changes
from ckanext.complaints.model import cases, catalogue
from ckanext.complaints.model.cases import Case

WRITTEN = "SELECT 1 FROM complaints_message FOR UPDATE"
"""Where a purge that holds its case is held up."""
ASSIGNED = "SELECT 1 FROM complaints_assignment FOR UPDATE"
"""Where a claim is held up that has looked at who claims."""


@pytest.fixture(scope="module")
def town(shared_portal, shared_clock):
    return World(shared_portal, shared_clock)


@pytest.fixture
def world(town):
    return town.begin()


def count_of(world, table):
    """Return how many rows the case has in a table."""
    query = sa.text(f"SELECT count(*) FROM {table} WHERE case_id = :id")
    with model.ensure_engine().connect() as connection:
        return connection.execute(query, {"id": world.state().id}).scalar()


def test_two_colleagues_accept_the_same_transfer(world):
    asked = world.asked()
    calls = [
        lambda who=who: who.act("complaint_referral_accept", id=asked)
        for who in (world.hedi, world.wafa)
    ]
    assert sorted(together(*calls)) == ["done", "step-not-allowed"]
    assert world.state().owner_unit_id == world.units["roads"]
    assert logged(world.reference).count("hand-over") == 1
    check_sound(world.reference)


def test_one_accepts_a_transfer_while_the_colleague_refuses(world):
    asked = world.asked()
    found = one_after_the_other(
        lambda: world.hedi.act("complaint_referral_refuse", id=asked, reason="Pas nous."),
        lambda: world.wafa.act("complaint_referral_accept", id=asked),
    )
    # What was refused stands no more, for anyone.
    assert found == ["done", "not-found"]
    assert world.state().owner_unit_id == world.units["water"]
    check_sound(world.reference)


def test_two_colleagues_answer(world):
    world.act(world.amel, "complaint_claim")()
    calls = [world.act(who, "complaint_answer", **WORDS) for who in (world.amel, world.ines)]
    assert sorted(together(*calls)) == ["done", "step-not-allowed"]
    assert logged(world.reference).count("answer") == 1
    check_sound(world.reference)


def test_two_colleagues_answer_what_both_have_read(world):
    world.act(world.amel, "complaint_claim")()
    seen = world.state().version
    calls = [
        world.act(who, "complaint_answer", version=seen, **WORDS)
        for who in (world.amel, world.ines)
    ]
    assert sorted(together(*calls)) == ["changed-meanwhile", "done"]
    check_sound(world.reference)


@pytest.mark.parametrize("is_answer_first", [True, False])
def test_an_answer_meets_the_acceptance_of_a_transfer(world, is_answer_first):
    world.act(world.amel, "complaint_claim")()
    asked = world.asked()
    answer = world.act(world.amel, "complaint_answer", **WORDS)

    def accept():
        world.hedi.act("complaint_referral_accept", id=asked)

    order = (answer, accept) if is_answer_first else (accept, answer)
    # The one is over with the answer; of the other's case the former unit knows nothing.
    assert one_after_the_other(*order) == ["done", "not-found"]
    unit = "water" if is_answer_first else "roads"
    assert world.state().owner_unit_id == world.units[unit]
    assert logged(world.reference).count("answer") == int(is_answer_first)
    check_sound(world.reference)


@pytest.mark.parametrize("is_claim_first", [True, False])
def test_somebody_claims_a_case_and_steps_back_from_it(world, is_claim_first):
    claim = world.act(world.amel, "complaint_claim")
    recuse = world.act(world.amel, "complaint_recuse")
    order = (claim, recuse) if is_claim_first else (recuse, claim)
    expected = ["done", "done"] if is_claim_first else ["done", "not-found"]
    assert one_after_the_other(*order) == expected
    assert cases.assigned_to(model.Session, world.state().id) is None
    check_sound(world.reference)


def assigned(world):
    row = cases.assigned_to(model.Session, world.state().id)
    found = row and row.user_id
    model.Session.remove()
    return found


def removed(world, who):
    """Return a call by which a steward takes all their roles from somebody."""
    given = {"unit_id": world.units["water"], "user": who.name}
    return lambda: world.yara.act("complaint_member_remove", **given)


def test_who_is_removed_before_they_claim_gets_nothing(world):
    leaver = world.leaver()
    claim = world.act(leaver, "complaint_claim")
    assert one_after_the_other(claim, removed(world, leaver)) == ["not-found", "done"]
    assert assigned(world) is None
    check_sound(world.reference)


def test_what_somebody_claims_while_they_are_removed_is_taken_from_them(world):
    leaver = world.leaver()
    world.act(world.amel, "complaint_claim")()
    claim = world.act(leaver, "complaint_claim")
    assert one_after_the_other(claim, removed(world, leaver), at=ASSIGNED) == ["done", "done"]
    assert assigned(world) is None
    check_sound(world.reference)


def test_nothing_is_given_to_who_is_removed_meanwhile(world):
    leaver = world.leaver()
    assign = world.act(world.ines, "complaint_assign", user=leaver.name)
    assert one_after_the_other(assign, removed(world, leaver)) == ["not-in-unit", "done"]
    assert assigned(world) is None
    check_sound(world.reference)


def test_a_program_ends_with_its_maker_though_it_is_on_its_way(world):
    leaver = world.leaver("lead")
    ends_on = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    given = {"unit_id": world.units["water"], "name": "Registre", "ends_on": ends_on}
    token = leaver.act("complaint_program_create", **given)["token"]
    sent = {"token": token, "call": "claim", "given": {"reference": world.reference}}
    found = one_after_the_other(
        lambda: world.citizen.asked("complaint_program_call", **sent), removed(world, leaver)
    )
    assert found == ["not-found", "done"]
    assert assigned(world) is None
    check_sound(world.reference)


def test_two_supervisors_open_a_case_again(world):
    world.closed()
    calls = [
        world.act(who, "complaint_oversight_reopen", reason="À revoir.")
        for who in (world.mona, world.lina)
    ]
    assert sorted(together(*calls)) == ["done", "step-not-allowed"]
    assert logged(world.reference).count("reopen") == 1
    check_sound(world.reference)


def rows_due(reference):
    return net.row_of("complaints_case", reference=reference)["answer_due"]


def close_for_all(world, day):
    """Let a day be a holiday in the whole country, and carry that through the open cases."""
    session, labels = model.Session, net.TEXTS
    values = {"labels": labels, "source": "", "added_by": "x", "added_at": cases.now(session)}
    catalogue.add_holiday(session, org_id=None, day=day, **values)
    clock_changes.calendar_changed(session, None, [day])
    session.commit()
    session.remove()


def test_a_case_filed_while_the_calendar_changes_has_its_dates_by_the_new_one(world):
    due, filed = world.state().answer_due, []

    def change():
        close_for_all(world, due)
        world.portal.work()

    def file():
        filed.append(Citizens(world.portal).reference)

    # It has counted its dates, and is not there yet for anyone else.
    found = one_after_the_other(file, change, at="LOCK TABLE complaints_access IN SHARE MODE")
    assert found == ["done", "done"]
    assert [rows_due(each) > due for each in (world.reference, *filed)] == [True, True]


def test_a_case_opened_again_while_the_calendar_changes_has_its_dates_by_the_new_one(world):
    both, again = [], []
    for _ in range(2):
        world.begin().closed()
        both.append(world.reference)
        again.append(world.act(world.mona, "complaint_oversight_reopen", reason="À revoir."))
    # What its new date will be, one tells that is opened again just before.
    again[0]()
    due = rows_due(both[0])

    def change():
        close_for_all(world, due)
        world.portal.work()

    found = one_after_the_other(again[1], change, at="LOCK TABLE opengov_audit IN SHARE MODE")
    assert found == ["done", "done"]
    assert [rows_due(each) > due for each in both] == [True, True]


def test_a_citizen_withdraws_what_is_answered(world):
    world.act(world.amel, "complaint_claim")()
    withdraw = world.citizen.tab("complaint_withdraw")
    answer = world.act(world.amel, "complaint_answer", **WORDS)
    found = together(withdraw, answer)
    assert sorted(found) == ["done", "step-not-allowed"]
    assert world.state().state == ("closed" if found[0] == "done" else "answered")
    check_sound(world.reference)


@pytest.mark.parametrize("is_withdrawn_first", [True, False])
def test_a_citizen_withdraws_what_is_decided(world, is_withdrawn_first):
    world.appealed()
    withdraw = world.citizen.tab("complaint_withdraw")
    decide = world.act(world.rim, "complaint_appeal_decide", outcome="granted", text="Oui.")
    if is_withdrawn_first:
        assert one_after_the_other(withdraw, decide) == ["done", "not-found"]
    else:
        assert one_after_the_other(decide, withdraw) == ["done", "step-not-allowed"]
    assert world.state().outcome == ("withdrawn" if is_withdrawn_first else "granted")
    check_sound(world.reference)


@pytest.mark.parametrize("action", ["complaint_reopen", "complaint_appeal"])
def test_a_citizen_sends_the_same_form_from_two_browsers(world, action):
    world.answered()
    calls = [world.citizen.tab(action, text="Non.") for _ in range(2)]
    assert sorted(together(*calls)) == ["done", "step-not-allowed"]
    assert logged(world.reference).count(action.removeprefix("complaint_")) == 1
    check_sound(world.reference)


def test_a_citizen_rates_from_two_browsers(world):
    world.answered()
    calls = [world.citizen.tab("complaint_survey", score=score) for score in (1, 5)]
    # A rating may be changed: both are taken, and one is kept.
    assert together(*calls) == ["done", "done"]
    assert count_of(world, "complaints_survey") == 1
    check_sound(world.reference)


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("complaint_survey", {"score": 1}),
        ("complaint_withdraw", {}),
        ("complaint_reply", {"text": "?"}),
    ],
)
def test_a_secret_that_was_changed_meanwhile_opens_nothing(world, action, given):
    world.answered()
    change = world.citizen.tab("complaint_secret_change")
    found = one_after_the_other(change, world.citizen.tab(action, **given))
    assert found == ["done", "visit-over"]
    assert count_of(world, "complaints_survey") == 0
    assert world.state().state == "answered"
    check_sound(world.reference)


def test_a_citizen_changes_the_secret_in_two_browsers(world):
    calls = [world.citizen.tab("complaint_secret_change") for _ in range(2)]
    assert sorted(together(*calls)) == ["done", "visit-over"]
    check_sound(world.reference)


@pytest.mark.parametrize("action", ["complaint_reply", "complaint_survey", "complaint_case_show"])
def test_a_case_is_deleted_while_its_citizen_acts(world, action):
    world.closed()
    given = {"complaint_reply": {"text": "?"}, "complaint_survey": {"score": 2}}.get(action, {})
    found = one_after_the_other(world.purge, world.citizen.tab(action, **given), at=WRITTEN)
    assert found[0] == "done"
    # Who only looks may have looked before.
    assert found[1] in (("visit-over",) if given else ("visit-over", "done"))
    assert world.state().state == "purged"
    assert (count_of(world, "complaints_message"), count_of(world, "complaints_survey")) == (0, 0)
    check_sound(world.reference)


def test_a_case_in_which_a_citizen_acts_is_deleted_afterwards(world):
    world.closed()
    reply = world.citizen.tab("complaint_reply", text="?")
    assert one_after_the_other(reply, world.purge) == ["step-not-allowed", "done"]
    world.purge()
    assert world.state().state == "purged"
    check_sound(world.reference)


def test_an_order_that_comes_too_late_is_told_so(world):
    world.closed()
    hold = world.act(world.mona, "complaint_hold_set", reason="Tribunal, no 7")
    assert one_after_the_other(world.purge, hold, at=WRITTEN) == ["done", "not-found"]
    assert count_of(world, "complaints_hold") == 0
    check_sound(world.reference)


def test_an_order_that_comes_in_time_holds(world):
    world.closed()
    hold = world.act(world.mona, "complaint_hold_set", reason="Tribunal, no 7")
    assert one_after_the_other(hold, world.purge) == ["done", "done"]
    world.purge()
    assert world.state().state == "closed"
    check_sound(world.reference)


def filed():
    found = model.Session.query(Case).count()
    model.Session.remove()
    return found


def test_a_clerk_who_sends_twice_files_once(world):
    draft = world.sonia.act("complaint_intake_begin")["draft"]
    told = {**TOLD, "draft": draft, "channel": "phone", "consent": "yes"}
    calls = [lambda: world.sonia.act("complaint_intake_record", **told) for _ in range(2)]
    before = filed()
    assert together(*calls, at=DRAFT) == ["done", "done"]
    assert filed() == before + 1
