"""The rules of ckanext.opengov.domain.membership."""

import pytest

from ckanext.opengov.domain.membership import (
    RoleGiven,
    VouchedRole,
    beholden,
    is_colleague,
)

AUTHORS = frozenset({"amel"})


def given(user, maker, *, by_operator=False):
    return RoleGiven(user, maker, by_operator=by_operator)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        # An author's own choice is barred.
        ([given("sami", "amel")], {"sami"}),
        # So is the choice of that person.
        ([given("sami", "amel"), given("nour", "sami")], {"sami", "nour"}),
        # The order in which the roles were given does not matter.
        ([given("nour", "sami"), given("sami", "amel")], {"sami", "nour"}),
        # The operator's choice is free, and clears what was given before.
        ([given("sami", "root", by_operator=True)], set()),
        ([given("sami", "amel"), given("sami", "root", by_operator=True)], set()),
        # An author who gives the role again afterwards bars again.
        ([given("sami", "root", by_operator=True), given("sami", "amel")], {"sami"}),
        # An operator who is an author is an author still.
        ([given("sami", "amel", by_operator=True)], {"sami"}),
        # Giving oneself the role once more frees nobody.
        ([given("sami", "amel"), given("sami", "sami")], {"sami"}),
        # Someone else's choice is free; a circle ends.
        ([given("sami", "nour"), given("nour", "sami")], set()),
    ],
)
def test_who_owes_a_role_to_an_author(events, expected):
    assert beholden(events, AUTHORS) == expected


@pytest.mark.parametrize(
    ("vouched", "expected"),
    [
        (VouchedRole("admin", "nour"), True),
        (VouchedRole("admin", None), True),
        # Nobody makes themselves a colleague, nor does who writes past the site.
        (VouchedRole("admin", "sami"), False),
        (None, False),
        (VouchedRole("editor", "nour"), False),
        (VouchedRole("member", "nour"), False),
    ],
)
def test_a_colleague_is_whom_others_made_administrator(vouched, expected):
    assert is_colleague("sami", vouched) is expected
