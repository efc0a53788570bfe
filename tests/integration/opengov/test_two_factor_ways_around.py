"""Every way around the second step that an attacker may think of, and guessing."""

import re
from datetime import UTC, datetime

import pytest
from flask_login import encode_cookie
from tests.common.people import PASSWORD, Person, thief_of, told

from ckan import model
from ckan.lib import mailer

from ckanext.opengov.shared import second_factor
from ckanext.opengov.shared.second_factor import attempts, steps

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def test_a_session_from_before_is_worth_nothing_without_the_code(portal, clock):
    amel = Person(portal, clock, "amel")
    thief = thief_of(amel)
    amel.sign_in()
    thief.sign_in()

    amel.enrol()

    assert amel.is_in()
    assert not thief.is_in()


@pytest.mark.parametrize("mark", [{}, {"opengov_second_factor": ["{id}", ""]}])
def test_no_other_way_into_a_session_goes_around_the_code(portal, amel, mark):
    """A plugin, a registration page or a cookie that signs in by itself finds nobody there."""
    thief = thief_of(amel)
    with thief.client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = amel.id, True
        for key, value in mark.items():
            session[key] = [amel.id, *value[1:]]
    rima = Person(portal, amel.clock, "rima")
    with rima.client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = rima.id, True

    assert not thief.is_in()
    assert rima.is_in()


def test_a_cookie_to_be_remembered_goes_not_around_the_code(portal, amel):
    with portal.client.flask_app.test_request_context():
        value = encode_cookie(amel.id)
    thief = thief_of(amel)
    thief.client.set_cookie("remember_token", value)
    rima = Person(portal, amel.clock, "rima")
    with portal.client.flask_app.test_request_context():
        rima.client.set_cookie("remember_token", encode_cookie(rima.id))

    assert not thief.is_in()
    assert rima.is_in()


def test_the_mark_of_one_person_is_worth_nothing_to_another(portal, amel):
    sami = Person(portal, amel.clock, "sami").get_ready()
    with sami.client.session_transaction() as session:
        session["_user_id"] = amel.id

    assert not sami.is_in()


def test_half_way_in_for_one_is_half_way_in_for_nobody_else(portal, amel):
    sami = Person(portal, amel.clock, "sami").get_ready()
    thief = thief_of(amel)
    thief.give_password()

    answer = thief.give_code(sami.code())

    assert answer.status_code == 422
    assert not thief.is_in()


def test_half_way_in_lasts_minutes(portal, amel, monkeypatch):
    thief = thief_of(amel)
    thief.give_password()
    with thief.client.session_transaction() as session:
        session["opengov_halfway"][1] -= 601
        session.modified = True

    answer = thief.get("/user/login/code")

    assert answer.location.endswith("/user/login")


@pytest.mark.parametrize("step", ["begin", "confirm", "recovery", "off", "trust"])
def test_half_way_in_nothing_can_be_changed(portal, amel, step):
    before = amel.row()
    thief = thief_of(amel)
    thief.give_password()

    answer = thief.send(
        "/user/login/code", f"/user/two-factor/{step}", password=PASSWORD, code="", candidate=""
    )

    assert answer.location.endswith("/user/login/code")
    assert amel.row() == before


def test_a_new_password_is_not_enough(portal, amel):
    with portal.client.flask_app.test_request_context():
        user = model.User.get("amel")
        mailer.create_reset_key(user)
        key = user.reset_key
    thief = thief_of(amel)
    new = {"password1": "a-thiefs-own-words", "password2": "a-thiefs-own-words"}

    done = thief.send(f"/user/reset/{amel.id}?key={key}", **new)
    signed_in = thief.give_password("a-thiefs-own-words")

    assert done.status_code == 302
    assert signed_in.location.endswith("/user/login/code")
    assert not thief.is_in()


def test_a_sysadmin_who_sets_the_password_does_not_get_in(portal, amel):
    portal.user("root", sysadmin=True)
    change = {"id": "amel", "password": "a-sysadmins-words", "email": "root2@example.org"}
    portal.ok("root", "user_patch", **change)
    thief = thief_of(amel)

    thief.give_password("a-sysadmins-words")

    assert not thief.is_in()
    assert thief.give_code("123456").status_code == 422


def test_tokens_are_made_in_verified_sessions_alone(portal, amel):
    portal.user("root", sysadmin=True)
    new = {"user": "amel", "name": "another"}

    by_token, _ = portal.call("amel", "api_token_create", **new)
    by_sysadmin, _ = portal.call("root", "api_token_create", **new)
    page = amel.send("/user/amel/api-tokens", name="mine")

    assert by_token == 403
    assert by_sysadmin == 403
    assert "Copy this token now" in page.text
    token = re.search(r'id="created-token"[^>]*>([^<]+)<', page.text).group(1)
    own = portal.client.get("/user/edit", headers={"Authorization": token})
    assert own.status_code == 200


def test_who_has_no_second_factor_makes_tokens_as_before(portal, clock):
    portal.user("amel")
    portal.user("root", sysadmin=True)

    assert portal.ok("amel", "api_token_create", user="amel", name="second")["token"]
    assert portal.ok("root", "api_token_create", user="amel", name="third")["token"]


def test_staff_who_have_not_set_it_up_make_no_tokens(portal, clock, policy):
    portal.body(amel="editor")
    policy("staff")

    status, _ = portal.call("amel", "api_token_create", user="amel", name="second")

    assert status == 403


def test_a_stolen_token_changes_nothing(portal, amel):
    before = amel.row()

    for action in ("begin", "confirm", "recovery", "disable", "trust"):
        values = {"code": "000000", "candidate": "00", "bodies": []}
        status, error = portal.call("amel", f"opengov_two_factor_{action}", **values)
        assert status == 409, action
        assert error["__codes"]

    after = amel.row()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"failures", "generation", "mac"}
    shown = portal.ok("amel", "opengov_two_factor_show")
    assert shown["state"] == "on"
    assert shown["is_verified"] is False


def test_a_token_counts_by_itself_and_a_false_one_opens_no_session(portal, amel):
    thief = thief_of(amel)
    with thief.client.session_transaction() as session:
        session["_user_id"] = amel.id

    answers = [
        thief.client.get("/en/user/edit", headers={"Authorization": token}).status_code
        for token in (portal.tokens["amel"], "nonsense", "")
    ]

    assert answers == [200, 400, 400]


def test_only_a_browser_that_passed_is_verified(portal, amel):
    app = portal.client.flask_app
    seen = []

    def look():
        seen.append(second_factor.is_verified(model.Session, amel.id))

    app.before_request_funcs.setdefault(None, []).append(look)
    try:
        amel.get("/about")
        app.test_client().get("/about")
        app.test_client().get("/about", headers={"Authorization": portal.tokens["amel"]})
        thief = thief_of(amel)
        thief.give_password()
        thief.get("/about")
    finally:
        app.before_request_funcs[None].pop()

    assert seen[0] is True
    assert set(seen[1:]) == {False}
    assert not second_factor.is_verified(model.Session, amel.id)


def test_guessing_ends_and_the_owner_is_told_and_gets_in(portal, amel):
    thief = thief_of(amel)
    thief.give_password()

    answers = [thief.give_code("000000").status_code for _ in range(7)]
    amel.clock.tick()
    right = thief.give_code(amel.code())

    assert answers == [422] * 5 + [429] * 2
    assert right.status_code == 429
    assert told(amel).count("two-factor-guessed") == 1
    amel.get("/user/_logout")
    amel.sign_in()


def test_many_machines_that_guess_do_not_shut_the_owner_out(portal, amel, monkeypatch):
    few = attempts.Limit("few-codes", 3, attempts.ACCOUNT.span)
    monkeypatch.setattr(attempts, "ACCOUNT", few)
    amel.get("/user/_logout")
    amel.sign_in()

    answers = []
    for number in range(5):
        thief = amel.elsewhere(f"203.0.113.{number}")
        thief.give_password()
        answers.append(thief.give_code("000000").status_code)
    amel.get("/user/_logout")

    assert answers == [422] * 3 + [429] * 2
    amel.sign_in()


def test_whoever_empties_the_table_of_limits_does_not_guess_for_ever(portal, amel, monkeypatch):
    monkeypatch.setattr(steps, "MOST_FAILURES", 12)
    thief = thief_of(amel)
    thief.give_password()
    for _ in range(12):
        amel.sql("DELETE FROM opengov_limit WHERE :id != ''")
        assert thief.give_code("000000").status_code == 422
    amel.sql("DELETE FROM opengov_limit WHERE :id != ''")
    amel.clock.tick()

    right = thief.give_code(amel.code())

    assert right.status_code == 422
    assert "use a recovery code" in right.text
    assert not thief.is_in()
    owner = amel.elsewhere("192.0.2.1")
    owner.give_password()
    owner.give_code(amel.recovery[0])
    assert owner.is_in()
    assert amel.row()["failures"] == 0
