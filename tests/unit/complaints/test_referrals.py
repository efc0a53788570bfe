"""Referrals: nobody sends a case away, and none goes round in circles."""

from datetime import date, timedelta
from itertools import product

import pytest

from ckanext.complaints.domain import referrals
from ckanext.complaints.domain.referrals import (
    Facts,
    Holding,
    Mode,
    Next,
    Referral,
    Role,
    State,
    Step,
    check_proposal,
    choices,
    next_step,
)
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import NotPermitted, StepNotAllowed
from ckanext.opengov.shared.domain.lifecycle import advance

TODAY = date(2026, 11, 27)
DAY = timedelta(days=1)
ALL = Actor("nour", frozenset(Role))


def referral(to, state=State.PROPOSED, mode=Mode.TRANSFER, *, sender="a", by=False, expires=TODAY):
    return Referral(sender, to, mode, state, expires, by)


def nobody(_unit):
    return False


def step(state, name, actor=ALL, of=None, **facts):
    facts = {"today": TODAY, "reason": "Not our pipes: the company's.", **facts}
    return advance(
        referrals.TRANSITIONS, state, name, actor, Facts(referral=of or referral("b"), **facts)
    )


LEADS = {
    Step.ACCEPT: (State.PROPOSED, State.ACCEPTED, {}, {Role.RECEIVER, Role.SYSTEM}),
    Step.REFUSE: (State.PROPOSED, State.REFUSED, {}, {Role.RECEIVER}),
    Step.EXPIRE: (State.PROPOSED, State.EXPIRED, {"today": TODAY + DAY}, {Role.SYSTEM}),
    Step.WITHDRAW: (State.PROPOSED, State.WITHDRAWN, {}, {Role.SENDER}),
    Step.END: (
        State.ACCEPTED,
        State.ENDED,
        {"of": referral("b", State.ACCEPTED, Mode.JOINT)},
        {Role.SENDER, Role.RECEIVER},
    ),
}


@pytest.mark.parametrize(("state", "name"), list(product(State, Step)))
def test_every_step_leads_where_the_table_says_or_nowhere(state, name):
    before, after, facts, _who = LEADS[name]
    if state is before:
        assert step(state, name, **facts) is after
    else:
        with pytest.raises(StepNotAllowed):
            step(state, name)


@pytest.mark.parametrize(("name", "role"), list(product(Step, Role)))
def test_a_step_is_taken_by_its_roles_alone(name, role):
    before, after, facts, who = LEADS[name]
    actor = Actor("nour", frozenset({role}))
    if role in who:
        assert step(before, name, actor, **facts) is after
    else:
        with pytest.raises(NotPermitted):
            step(before, name, actor, **facts)


@pytest.mark.parametrize("mode", [Mode.TRANSFER, Mode.OPINION])
def test_only_joint_work_is_ended(mode):
    with pytest.raises(referrals.NothingToEnd):
        step(State.ACCEPTED, Step.END, of=referral("b", State.ACCEPTED, mode))


@pytest.mark.parametrize("name", [Step.ACCEPT, Step.REFUSE])
def test_after_the_last_day_nobody_answers_it(name):
    assert step(State.PROPOSED, name)
    with pytest.raises(referrals.Expired):
        step(State.PROPOSED, name, today=TODAY + DAY)


def test_it_does_not_expire_before():
    with pytest.raises(referrals.NotExpired):
        step(State.PROPOSED, Step.EXPIRE)


def test_a_refusal_says_why():
    with pytest.raises(referrals.ReasonNeeded):
        step(State.PROPOSED, Step.REFUSE, reason=" ")


@pytest.mark.parametrize("mode", Mode)
def test_the_coordinators_transfer_is_not_refused(mode):
    decided = referral("b", mode=mode, by=True)
    if mode is Mode.TRANSFER:
        with pytest.raises(referrals.CoordinatorDecided):
            step(State.PROPOSED, Step.REFUSE, of=decided)
    else:
        assert step(State.PROPOSED, Step.REFUSE, of=decided) is State.REFUSED


@pytest.mark.parametrize(("state", "days"), list(product(State, [0, 1])))
def test_it_expires_whether_or_not_anyone_writes_it_down(state, days):
    expired = State.EXPIRED if state is State.PROPOSED and days else state
    assert referral("b", state).state_on(TODAY + days * DAY) is expired


# Where a case may go.


def check(to, *history, mode=Mode.TRANSFER, owner="a", coordinator="c", is_excluded=nobody):
    check_proposal(Holding(owner, coordinator, history), to, mode, TODAY, is_excluded)


@pytest.mark.parametrize("mode", Mode)
def test_a_case_is_referred_to_another_unit(mode):
    check("b", mode=mode)
    with pytest.raises(referrals.OwnUnit):
        check("a", mode=mode)


@pytest.mark.parametrize("mode", Mode)
def test_who_is_excluded_is_never_asked_not_even_as_the_coordinator(mode):
    for unit in ("b", "c"):
        with pytest.raises(referrals.UnitNotAvailable):
            check(unit, mode=mode, is_excluded={"b", "c"}.__contains__)


def test_one_transfer_at_a_time():
    with pytest.raises(referrals.TransferOpen):
        check("d", referral("b"))
    check("d", referral("b", mode=Mode.OPINION))
    check("d", referral("b", State.WITHDRAWN))
    check("d", referral("b", expires=TODAY - DAY))


@pytest.mark.parametrize("mode", [Mode.JOINT, Mode.OPINION])
@pytest.mark.parametrize("state", State)
def test_a_unit_that_was_asked_or_takes_part_is_not_asked_again(mode, state):
    if state in {State.PROPOSED, State.ACCEPTED}:
        with pytest.raises(referrals.AskedAlready):
            check("b", referral("b", state, mode), mode=mode)
    else:
        check("b", referral("b", state, mode), mode=mode)


@pytest.mark.parametrize("state", State)
def test_a_unit_that_did_not_take_it_is_asked_again_by_the_coordinator_alone(state):
    history = [referral("b", state)]
    if state in referrals.UNWILLING:
        with pytest.raises(referrals.BeenThere):
            check("b", *history)
        check("b", *history, owner="c")
    elif state is not State.PROPOSED:
        check("b", *history)


def test_a_unit_that_passed_it_on_does_not_get_it_back_but_by_the_coordinator():
    history = [referral("b", State.ACCEPTED)]
    with pytest.raises(referrals.BeenThere):
        check("a", *history, owner="b")
    check("a", *history, owner="c")
    # Its opinion may be asked.
    check("a", *history, owner="b", mode=Mode.OPINION)


REFUSED_TWICE = (referral("b", State.REFUSED), referral("d", State.EXPIRED))


def test_after_two_refusals_the_coordinator_decides():
    assert next_step(Holding("a", "c", REFUSED_TWICE), TODAY) is Next.TO_COORDINATOR
    with pytest.raises(referrals.OnlyCoordinator):
        check("e", *REFUSED_TWICE)
    check("c", *REFUSED_TWICE)
    check("e", *REFUSED_TWICE, mode=Mode.JOINT)


@pytest.mark.parametrize(
    "history",
    [
        (),
        (referral("b", State.REFUSED),),
        (referral("b", State.REFUSED), referral("d", State.WITHDRAWN)),
        (referral("b", State.REFUSED), referral("d", State.REFUSED, Mode.OPINION)),
        (referral("b", State.REFUSED), referral("d")),
    ],
)
def test_fewer_refusals_of_a_transfer_change_nothing(history):
    assert next_step(Holding("a", "c", history), TODAY) is Next.GO_ON


def test_refusals_of_all_the_units_that_had_it_count_together():
    history = (
        referral("b", State.REFUSED),
        referral("d", State.ACCEPTED),
        referral("e", sender="d", expires=TODAY - DAY),
    )
    assert next_step(Holding("d", "c", history), TODAY) is Next.TO_COORDINATOR


def test_with_the_coordinator_or_without_one_it_stays():
    assert next_step(Holding("c", "c", REFUSED_TWICE), TODAY) is Next.GO_ON
    assert next_step(Holding("a", None, REFUSED_TWICE), TODAY) is Next.GO_ON


def test_who_got_it_from_the_coordinator_handles_it_and_one_more_refusal_brings_it_back():
    given = (*REFUSED_TWICE, referral("e", State.ACCEPTED, sender="c", by=True))
    assert next_step(Holding("e", "c", given), TODAY) is Next.GO_ON

    refused = (*given, referral("f", State.REFUSED, sender="e"))
    assert next_step(Holding("e", "c", refused), TODAY) is Next.TO_COORDINATOR


def test_a_form_offers_what_can_be_chosen():
    history = [referral("b", State.REFUSED)]
    holding = Holding("a", "c", history)
    offered = choices(holding, list("abcdx"), Mode.TRANSFER, TODAY, {"x"}.__contains__)
    assert offered == ["c", "d"]


def test_no_case_wanders_without_end():
    """Whatever units do, after few transfers the coordinator has it or nobody may pass it on."""
    units = ["a", "b", "d", "e", "f", "g"]
    history, owner = [], "a"
    for _ in range(50):
        possible = choices(Holding(owner, "c", history), units, Mode.TRANSFER, TODAY, nobody)
        if not possible:
            break
        history.append(referral(possible[0], State.ACCEPTED, sender=owner))
        owner = possible[0]
    assert len(history) == len(units) - 1
