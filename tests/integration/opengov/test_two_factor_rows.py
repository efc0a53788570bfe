"""Whoever writes to the database turns no second factor off, and into nobody's hands."""

from datetime import UTC, datetime

import pytest
from tests.common.people import PASSWORD, Person, standing, thief_of

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.opengov.shared import keyring
from ckanext.opengov.shared.domain import totp
from ckanext.opengov.shared.domain.second_factor import State
from ckanext.opengov.shared.second_factor import rows, steps

NOW = datetime(2026, 11, 26, tzinfo=UTC)


TAMPERING = {
    "says it is off": {"state": "off"},
    "says it is reset": {"state": "reset"},
    "says nonsense": {"state": "whatever"},
    "forgets used codes": {"last_step": 0},
    "puts in recovery codes": {"recovery": '["00"]'},
    "puts in a hand-over code": {"handover": "00"},
    "forgets wrong codes": {"failures": -1},
    "takes the signature away": {"mac": ""},
    "names another key": {"key_id": "00000000"},
    "moves the generation": {"generation": 99},
    "swaps the secret": {"secret": b"\0" * 48},
    "takes the secret away": {"secret": None},
    "names another enrolment": {"enrolment": ""},
}


@pytest.mark.parametrize("columns", TAMPERING.values(), ids=TAMPERING)
def test_a_row_that_was_tampered_with_opens_nothing(portal, amel, columns):
    amel.write(**columns)
    thief = thief_of(amel)

    thief.give_password()
    page = thief.get("/user/login/code")
    answer = thief.give_code()
    set_up = thief.get("/user/two-factor/begin")

    assert standing(amel).state is State.BROKEN
    assert "You cannot sign in now" in page.text
    assert answer.status_code == 422
    assert set_up.location.endswith("/user/login/code")
    assert not thief.is_in()
    # Whoever was in is out, too: nothing says any more that it is them.
    assert not amel.is_in()


def test_a_deleted_row_does_not_turn_it_off(portal, amel):
    amel.sql("DELETE FROM opengov_second_factor WHERE user_id = :id")
    thief = thief_of(amel)

    thief.give_password()
    set_up = thief.get("/user/two-factor/begin")

    assert standing(amel).state is State.BROKEN
    assert set_up.location.endswith("/user/login/code")
    assert not thief.is_in()
    status, error = portal.call("amel", "opengov_two_factor_begin", password=PASSWORD)
    assert status == 409
    assert error["__codes"] == {"__all__": ["two-factor-broken"]}


def test_a_row_of_someone_else_opens_nothing(portal, amel):
    sami = Person(portal, amel.clock, "sami").get_ready()
    amel.put_back({**sami.row(), "user_id": amel.id})
    thief = thief_of(amel)
    thief.secret = sami.secret

    thief.give_password()

    assert thief.give_code().status_code == 422
    assert not thief.is_in()
    assert standing(amel).state is State.BROKEN


def test_an_earlier_row_of_ones_own_opens_nothing(portal, amel):
    before_recovery = amel.row()
    browser = amel.elsewhere()
    browser.give_password()
    browser.give_code(amel.recovery[0])
    assert browser.is_in()
    amel.put_back(before_recovery)
    thief = thief_of(amel)

    thief.give_password()

    assert thief.give_code(amel.recovery[0]).status_code == 422
    assert standing(amel).state is State.BROKEN


def test_a_row_from_when_it_was_off_does_not_turn_it_off_again(portal, amel):
    amel.clock.tick()
    amel.send("/user/two-factor", "/user/two-factor/off", code=amel.code())
    off = amel.row()
    amel.secret = None
    amel.enrol()
    amel.put_back(off)
    thief = thief_of(amel)

    thief.give_password()

    assert not thief.is_in()
    assert standing(amel).state is State.BROKEN


def test_the_rule_is_not_read_from_the_database(portal, amel):
    portal.user("root", sysadmin=True)
    for key, value in {"ckanext.opengov.two_factor": "off", "ckan.config_update": "9e9"}.items():
        amel.sql(
            "INSERT INTO system_info (key, value, state) VALUES (:key, :value, 'active')"
            " ON CONFLICT (key) DO UPDATE SET value = :value WHERE :id != ''",
            key=key,
            value=value,
        )
    change = {"ckanext.opengov.two_factor": "off"}
    status, _ = portal.call("root", "config_option_update", **change)
    thief = thief_of(amel)

    thief.give_password()

    assert status == 409
    assert not thief.is_in()


def test_without_the_keys_nothing_opens(portal, amel, tmp_path, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.opengov.second_factor_folder", str(tmp_path / "gone"))
    rima = Person(portal, amel.clock, "rima")

    assert standing(amel).state is State.BROKEN
    assert not amel.is_in()
    # An empty folder says nothing about people without a row: theirs may have been deleted.
    assert standing(rima).state is State.BROKEN
    assert not (tmp_path / "gone").exists()


def test_other_keys_open_nothing(portal, amel, monkeypatch):
    path = rows.folder() / "keys"
    before = path.read_text()
    path.unlink()
    keyring.make(path)
    try:
        assert standing(amel).state is State.BROKEN
    finally:
        path.write_text(before)
    assert standing(amel).state is State.ON


def test_a_crash_in_the_first_setting_up_shuts_nobody_out(portal, clock, monkeypatch):
    rima = Person(portal, clock, "rima")

    def crash():
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(model.Session, "commit", crash)
        with pytest.raises(ConnectionError):
            rima.get_ready()
    model.Session.remove()

    assert standing(rima).state is State.OFF
    rima.get_ready()
    assert rima.is_in()
    rima.sql("DELETE FROM opengov_second_factor WHERE user_id = :id")
    assert standing(rima).state is State.BROKEN


def test_a_crash_between_register_and_commit_shuts_nobody_out(portal, amel, monkeypatch):
    amel.clock.tick()
    code = amel.code()

    def crash():
        raise ConnectionError

    with portal.client.flask_app.test_request_context(), monkeypatch.context() as patch:
        patch.setattr(model.Session, "commit", crash)
        with pytest.raises(ConnectionError):
            steps.use(model.Session, amel.id, code, NOW)
        model.Session.remove()

    assert standing(amel).state is State.ON
    browser = amel.elsewhere()
    browser.give_password()
    browser.send("/user/login/code", code=code)
    assert browser.is_in()


def test_a_new_key_writes_every_row_anew(portal, amel):
    before, path = amel.row(), rows.folder() / "keys"
    with portal.client.flask_app.test_request_context():
        assert rows.rotate(model.Session) == 1
    model.Session.remove()
    after, kept = amel.row(), path.read_text()
    assert after["key_id"] != before["key_id"]

    path.write_text(kept.splitlines()[-1] + "\n")
    try:
        assert standing(amel).state is State.ON
        amel.get("/user/_logout")
        amel.sign_in()
    finally:
        path.write_text(kept)


def test_a_restored_database_is_accepted_by_the_operator_alone(portal, amel):
    kept = amel.row()
    amel.get("/user/_logout")
    amel.sign_in()
    amel.put_back(kept)
    assert standing(amel).state is State.BROKEN

    assert rows.accept_restored(model.Session) == (1, 0)
    model.Session.remove()

    assert standing(amel).state is State.ON
    amel.write(state="off")
    assert rows.accept_restored(model.Session) == (0, 1)
    model.Session.remove()
    assert standing(amel).state is State.BROKEN


def test_the_secret_is_nowhere_to_be_read(portal, amel):
    row = amel.row()
    stored = str(row) + bytes(row["secret"]).hex()

    assert amel.secret.hex() not in stored
    assert totp.as_text(amel.secret).replace(" ", "") not in stored
    page = amel.get("/user/two-factor").text
    assert totp.as_text(amel.secret) not in page
    with amel.client.session_transaction() as session:
        assert amel.secret.hex() not in str(dict(session))
