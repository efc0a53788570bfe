"""How participants are called, and which change of it is none of history."""

import itertools

import pytest

from ckanext.consultation.domain.names import Flag, NameRequired, NameReserved
from ckanext.consultation.domain.participants import (
    Appearance,
    Kind,
    NameStands,
    appearance,
    check_change,
)
from ckanext.opengov.shared.domain.fields import NoSuchChoice

NUMBER = Appearance(Kind.ACCOUNT)
KEPT = Appearance(Kind.ACCOUNT, "Rim")
RIM = Appearance(Kind.ACCOUNT, "Rim", None, may_be_named=True)
ALI = Appearance(Kind.ACCOUNT, "Ali", None, may_be_named=True)
CLUB = Appearance(Kind.ORGANIZATION, None, "Club", may_be_named=True)
UNION = Appearance(Kind.ORGANIZATION, None, "Union", may_be_named=True)
ALL = (NUMBER, KEPT, RIM, ALI, CLUB, UNION)

ALWAYS = {
    *((each, each) for each in ALL),
    *itertools.product((RIM, ALI), (NUMBER, KEPT)),
    *itertools.product((NUMBER, KEPT), repeat=2),
}
"""To stay as one is, and to stop being named."""
AFTER_REACTIONS = ALWAYS | set(itertools.product((NUMBER, KEPT), (RIM, ALI)))
"""Also to begin to be named: that takes nothing away from what others know."""


def is_allowed(before, after, **when):
    try:
        check_change(before, after, **when)
    except NameStands:
        return False
    return True


@pytest.mark.parametrize("change", list(itertools.product(ALL, ALL)))
def test_each_change_is_possible_as_long_as_it_is_no_others_history(change):
    assert is_allowed(*change, is_open=True, has_reactions=False)
    assert is_allowed(*change, is_open=True, has_reactions=True) == (change in AFTER_REACTIONS)
    for has_reactions in (False, True):
        over = {"is_open": False, "has_reactions": has_reactions}
        assert is_allowed(*change, **over) == (change in ALWAYS)


def test_a_person_is_a_number_unless_they_say_otherwise():
    assert appearance(Kind.GUEST, "", "", "", may_be_named=False).shown == (False, None)
    assert appearance(Kind.GUEST, "", "Rim", "", may_be_named=False).shown == (False, None)
    assert appearance(Kind.GUEST, "guest", "Rim", "", may_be_named=True).shown == (False, "Rim")


def test_an_organisation_is_always_named():
    found = appearance(Kind.GUEST, "organization", "Rim", " The  Club ", may_be_named=False)
    assert found.shown == (True, "The Club")
    assert found.display_name is None


@pytest.mark.parametrize(
    ("given", "error", "field"),
    [
        (("account", "", ""), NoSuchChoice, "kind"),
        (("organization", "Rim", ""), NameRequired, "org_name"),
        (("organization", "", "Ministry of X"), NameReserved, "org_name"),
        (("guest", "", ""), NameRequired, "display_name"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(given, error, field):
    with pytest.raises(error) as refused:
        appearance(Kind.GUEST, *given, may_be_named=True)
    assert refused.value.field == field


def test_what_may_deceive_is_flagged():
    found = appearance(Kind.ACCOUNT, "", "R\u0456m", "", may_be_named=True)
    assert found.flags == {Flag.MIXED_ALPHABETS}
