"""Who holds a role: the signed rows that the register names, and no others."""

from __future__ import annotations

import pytest
from tests.common.complaints import (
    Officer,
    answering,
    appoint,
    dismiss,
    officer,
    put_row,
    row_of,
    sql,
)

from ckan import model

from ckanext.complaints.model import members


def roles(person):
    found = [(each.unit_id, each.role) for each in members.held_by(model.Session, person.id)]
    model.Session.remove()
    return found


@pytest.fixture
def general(portal):
    _org_id, units = answering(portal)
    return units["general"]


def test_who_was_appointed_holds_the_role(portal, clock, general):
    amel = officer(portal, clock, "amel", (general, "handler"))

    assert roles(amel) == [(general, "handler")]


def test_a_role_that_was_taken_is_gone(portal, clock, general):
    amel = officer(portal, clock, "amel", (general, "handler"), (general, "clerk"))

    dismiss(amel.id, general, "clerk")
    assert roles(amel) == [(general, "handler")]
    dismiss(amel.id, general)
    assert roles(amel) == []


def test_an_old_row_put_back_grants_nothing(portal, clock, general):
    amel = officer(portal, clock, "amel", (general, "lead"))
    old = row_of("complaints_member", user_id=amel.id)
    dismiss(amel.id, general)

    put_row("complaints_member", old)

    assert roles(amel) == []


def test_an_old_row_put_back_grants_nothing_beside_a_new_one(portal, clock, general):
    amel = officer(portal, clock, "amel", (general, "lead"))
    old = row_of("complaints_member", user_id=amel.id)
    dismiss(amel.id, general)
    appoint(amel.id, general, "handler")

    put_row("complaints_member", old)

    assert roles(amel) == [(general, "handler")]


def test_a_row_that_is_not_trusted_gives_way_to_a_new_one(portal, clock, general):
    amel = officer(portal, clock, "amel", (general, "lead"))
    old = row_of("complaints_member", user_id=amel.id)
    dismiss(amel.id, general)
    put_row("complaints_member", old)

    appoint(amel.id, general, "lead")

    assert roles(amel) == [(general, "lead")]
    assert row_of("complaints_member", user_id=amel.id)["serial"] != old["serial"]


@pytest.mark.parametrize(
    "change",
    [
        "role = 'lead'",
        "user_id = :thief",
        "since = since + interval '1 day'",
        "mac = repeat('0', 64)",
        "key_id = '00000000'",
        "serial = serial + 1",
        "unit_id = :other",
    ],
)
def test_an_altered_row_grants_nothing(portal, clock, general, change):
    _org_id, others = answering(portal, "other")
    amel = officer(portal, clock, "amel", (general, "handler"))
    thief = Officer(portal, clock, "thief")

    sql(
        f"UPDATE complaints_member SET {change}",
        thief=thief.id,
        other=others["general"],
    )

    assert roles(amel) == roles(thief) == []


@pytest.mark.parametrize("change", ["kind = 'oversight'", "org_id = :other"])
def test_a_unit_made_another_gives_its_people_nothing(portal, clock, general, change):
    other, _units = answering(portal, "other", "appeal")
    amel = officer(portal, clock, "amel", (general, "handler"))

    sql(f"UPDATE complaints_unit SET {change} WHERE id = :id", id=general, other=other)

    assert roles(amel) == []


def test_nobody_holds_a_role_in_a_unit_that_is_closed(portal, clock, general):
    amel = officer(portal, clock, "amel", (general, "handler"))

    sql("UPDATE complaints_unit SET active = false")

    assert roles(amel) == []


def test_a_deleted_account_holds_nothing(portal, clock, general):
    amel = officer(portal, clock, "amel", (general, "handler"))

    portal.inside("user_delete", "operator", id=amel.id)
    assert roles(amel) == []
    sql("DELETE FROM api_token WHERE user_id = :id", id=amel.id)
    sql('DELETE FROM "user" WHERE id = :id', id=amel.id)
    assert roles(amel) == []


def test_without_the_register_nobody_has_power(portal, clock, general, tmp_path, monkeypatch):
    amel = officer(portal, clock, "amel", (general, "handler"))

    monkeypatch.setattr(members, "_folder", lambda: tmp_path)

    assert roles(amel) == []
