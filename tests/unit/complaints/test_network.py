"""Who can be what in which unit, and what a unit is left with when somebody goes."""

from __future__ import annotations

import itertools

import pytest

from ckanext.complaints.domain.network import (
    LED,
    ROLES_IN,
    Departure,
    Kind,
    LastLead,
    NobodyTakesOver,
    Role,
    RoleNotThere,
    StewardsAtTheTop,
    check_departure,
    check_role,
)

ALLOWED = {(kind, role) for kind, roles in ROLES_IN.items() for role in roles}


@pytest.mark.parametrize(("kind", "role"), sorted(ALLOWED))
def test_a_unit_has_the_roles_of_its_kind(kind, role):
    check_role(kind, role, is_top=True)


@pytest.mark.parametrize(("kind", "role"), sorted(set(itertools.product(Kind, Role)) - ALLOWED))
def test_a_unit_has_no_other_role(kind, role):
    with pytest.raises(RoleNotThere):
        check_role(kind, role, is_top=True)


def test_stewards_are_at_the_top_alone():
    with pytest.raises(StewardsAtTheTop):
        check_role(Kind.OVERSIGHT, Role.STEWARD, is_top=False)
    check_role(Kind.OVERSIGHT, Role.SUPERVISOR, is_top=False)


def test_who_reads_cases_runs_no_network():
    reading = {Role.HANDLER, Role.LEAD, Role.CLERK}
    for roles in ROLES_IN.values():
        assert set(roles) <= reading or not set(roles) & reading


def test_a_lead_makes_no_other_lead():
    assert frozenset({Role.HANDLER, Role.CLERK}) == LED


@pytest.mark.parametrize(
    ("open_cases", "leads_left", "is_taken_over", "can_be_taken_over"),
    list(itertools.product((0, 3), (0, 1), (False, True), (False, True))),
)
def test_no_open_case_is_left_with_nobody(open_cases, leads_left, is_taken_over, can_be_taken_over):
    departure = Departure(open_cases, leads_left, is_taken_over, can_be_taken_over)
    if not open_cases or leads_left:
        assert check_departure(departure) is False
    elif not is_taken_over:
        with pytest.raises(LastLead):
            check_departure(departure)
    elif not can_be_taken_over:
        with pytest.raises(NobodyTakesOver):
            check_departure(departure)
    else:
        assert check_departure(departure) is True
