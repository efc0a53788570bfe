"""The whole sign-in in two steps, and every way around it that an attacker may think of."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask_login import encode_cookie
from tests.common.people import PASSWORD, Person

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import mailer

from ckanext.opengov.shared import audit, keyring, outbox, second_factor
from ckanext.opengov.shared.domain import totp
from ckanext.opengov.shared.domain.second_factor import State, WrongCode
from ckanext.opengov.shared.second_factor import attempts, rows, steps

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def standing(person):
    found = second_factor.standing(model.Session, person.id)
    model.Session.remove()
    return found


def audited(person):
    query = sa.select(audit.AuditRow.step).where(audit.AuditRow.subject == f"account:{person.id}")
    return list(model.Session.execute(query.order_by(audit.AuditRow.seq)).scalars())


def told(person):
    query = sa.select(outbox.Message.kind).where(outbox.Message.recipient_id == person.id)
    return list(model.Session.execute(query.order_by(outbox.Message.created_at)).scalars())


# ── The way in ─────────────────────────────────────────────────────────────


def test_who_has_no_second_factor_signs_in_as_before(portal, clock):
    amel = Person(portal, clock, "amel")

    answer = amel.give_password(path="/user/login?came_from=/about")

    assert answer.location.endswith("/about")
    assert amel.is_in()
    assert amel.row() is None


def test_setting_up_takes_the_password_and_a_first_code(portal, clock):
    amel = Person(portal, clock, "amel")
    amel.sign_in()

    refused = amel.send("/user/two-factor", "/user/two-factor/begin", password="x" * 9)
    page = amel.send("/user/two-factor", "/user/two-factor/begin", password=PASSWORD)
    amel.read_key(page.text)
    wrong = amel.send(
        "/user/two-factor", "/user/two-factor/confirm", candidate=amel.candidate, code="000000"
    )

    assert refused.status_code == 422
    assert "This is not the password" in refused.text
    assert "<svg" in page.text
    assert wrong.status_code == 422
    assert amel.candidate in wrong.text
    assert amel.row() is None

    kept = amel.confirm("/user/two-factor")

    assert len(set(amel.recovery)) == 10
    assert kept.headers["Cache-Control"].count("no-store") == 1
    assert standing(amel).state is State.ON
    assert amel.is_in()
    assert audited(amel) == told(amel) == ["two-factor-on"]


def test_after_the_password_nobody_is_in_until_the_code(portal, amel):
    at_work = amel.elsewhere()

    halfway = at_work.give_password(path="/user/login?came_from=/about")

    assert halfway.location.endswith("/user/login/code")
    assert not at_work.is_in()
    for path in ("/dashboard/", "/user/edit", "/user/two-factor", "/user/amel/api-tokens"):
        assert at_work.get(path).status_code in (302, 400, 403), path
    page = at_work.get("/user/login/code").text
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page

    inside = at_work.give_code()

    assert inside.location.endswith("/about")
    assert at_work.is_in()


@pytest.mark.parametrize("code", ["", "000000", "12345", "abc", "0000000000000000"])
def test_a_wrong_code_is_refused_at_the_field_and_in_the_summary(portal, amel, code):
    thief = amel.elsewhere()
    thief.give_password()

    answer = thief.give_code(code)

    assert answer.status_code == 422
    assert answer.text.count("This code is not right") == 2
    assert 'href="#field-code"' in answer.text
    assert re.search(r"<title>\s*Error:", answer.text)
    assert not thief.is_in()


def test_codes_are_taken_as_people_type_them(portal, amel):
    arabic = {ord(str(digit)): 0x660 + digit for digit in range(10)}
    for write in (lambda c: f"{c[:3]} {c[3:]}", lambda c: c.translate(arabic)):
        browser = amel.elsewhere()
        browser.give_password()
        amel.clock.tick()
        browser.send("/user/login/code", code=write(amel.code()))
        assert browser.is_in()


@pytest.mark.parametrize(("drift", "is_taken"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_phone_may_be_half_a_minute_off(portal, amel, drift, is_taken):
    amel.clock.tick(5)
    browser = amel.elsewhere()
    browser.give_password()

    browser.send("/user/login/code", code=amel.code(drift))

    assert browser.is_in() is is_taken


def test_a_code_opens_once(portal, amel):
    first, second = amel.elsewhere(), amel.elsewhere()
    first.give_password()
    second.give_password()
    amel.clock.tick()
    code = amel.code()

    first.send("/user/login/code", code=code)
    again = second.send("/user/login/code", code=code)

    assert first.is_in()
    assert again.status_code == 422
    assert not second.is_in()


def test_of_many_who_send_one_code_at_once_one_gets_in(portal, amel):
    amel.clock.tick()
    code = amel.code()

    def attempt(_):
        try:
            return bool(steps.use(model.Session, amel.id, code, NOW))
        except WrongCode:
            return False
        finally:
            model.Session.remove()

    # Outside of a request, each thread has a session of its own.
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(in_app(portal, attempt), range(8)))

    assert taken.count(True) == 1
    assert standing(amel).state is State.ON


def test_many_who_try_at_once_do_not_confuse_the_register(portal, amel):
    def attempt(_):
        try:
            steps.use(model.Session, amel.id, "000000", NOW)
        except WrongCode:
            return 1
        finally:
            model.Session.remove()

    with ThreadPoolExecutor(4) as pool:
        refused = sum(pool.map(in_app(portal, attempt), range(32)))

    assert refused == 32
    assert standing(amel).state is State.ON
    assert amel.row()["failures"] == 32


def in_app(portal, function):
    """Let a function run in another thread as in a request."""

    def run(argument):
        with portal.client.flask_app.test_request_context():
            return function(argument)

    return run


def test_a_recovery_code_opens_once_and_the_owner_is_told(portal, amel):
    first, second = amel.elsewhere(), amel.elsewhere()
    first.give_password()
    second.give_password()
    code = amel.recovery[3].lower().replace("-", " ")

    page = first.get("/user/login/code?recovery=1").text
    first.send("/user/login/code?recovery=1", code=code)
    again = second.send("/user/login/code", code=amel.recovery[3])

    assert "inputmode" not in page
    assert first.is_in()
    assert again.status_code == 422
    assert told(amel)[-1] == "two-factor-recovery-used"
    assert len(amel.row()["recovery"]) == 9
    assert amel.recovery[0] not in str(amel.row())


def test_new_recovery_codes_replace_the_old(portal, amel):
    old = amel.recovery
    amel.clock.tick()

    page = amel.send("/user/two-factor", "/user/two-factor/recovery", code=amel.code())

    new = re.findall(r'<code class="og-code">([0-9A-Z-]{19})</code>', page.text)
    assert len(new) == 10
    assert not set(new) & set(old)
    browser = amel.elsewhere()
    browser.give_password()
    assert browser.give_code(old[0]).status_code == 422
    browser.give_code(new[0])
    assert browser.is_in()


def test_turning_off_takes_a_code(portal, amel):
    refused = amel.send("/user/two-factor", "/user/two-factor/off", code="000000")
    amel.clock.tick()
    amel.send("/user/two-factor", "/user/two-factor/off", code=amel.code())

    assert refused.status_code == 422
    assert standing(amel).state is State.OFF
    browser = amel.elsewhere()
    browser.give_password()
    assert browser.is_in()
    assert told(amel) == ["two-factor-on", "two-factor-off"]


def test_another_phone_takes_the_place_of_the_first(portal, amel):
    old = amel.secret
    other = amel.elsewhere()
    other.sign_in()

    amel.enrol()

    assert amel.secret != old
    assert amel.is_in()
    # What another browser passed was the phone of before.
    assert not other.is_in()
    other.give_password()
    assert other.give_code(totp.code_at(old, amel.clock.step + 1)).status_code == 422


def test_who_signs_out_goes_both_steps_again(portal, amel):
    amel.get("/user/_logout")

    amel.give_password()

    assert not amel.is_in()
    amel.give_code()
    assert amel.is_in()


# ── Who must ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("staff", ["member", "sysadmin"])
def test_staff_set_it_up_at_their_next_sign_in(portal, clock, policy, staff):
    if staff == "member":
        portal.body(amel="editor")
    else:
        portal.user("amel", sysadmin=True)
    amel = Person(portal, clock, "amel")
    amel.sign_in()
    policy("staff")
    assert not amel.is_in()

    halfway = amel.give_password(path="/user/login?came_from=/about%3Fpage%3D2")
    page = amel.get("/user/two-factor/begin")
    amel.read_key(page.text)

    assert halfway.location.endswith("/user/two-factor/begin")
    assert not amel.is_in()
    done = amel.confirm()
    assert amel.is_in()
    assert 'action="/about"' in done.text
    assert '<input type="hidden" name="page" value="2">' in done.text
    amel.clock.tick()
    refused = amel.send("/user/two-factor", "/user/two-factor/off", code=amel.code())
    assert refused.status_code == 422
    assert amel.is_in()
    assert "it cannot be turned off" in amel.get("/user/two-factor").text


def test_who_works_nowhere_needs_none(portal, clock, policy):
    policy("staff")
    rima = Person(portal, clock, "rima")

    rima.give_password()

    assert rima.is_in()


def test_a_site_may_do_without(portal, amel, policy):
    policy("off")
    browser = amel.elsewhere()

    browser.give_password()

    assert browser.is_in()
    assert browser.get("/user/two-factor").status_code == 404
    for path in ("/user/amel/api-tokens", "/user/amel", "/user/edit"):
        assert "/user/two-factor" not in browser.get(path).text, path


# ── Ways around ────────────────────────────────────────────────────────────


def thief_of(amel):
    """Someone who knows the password, and nothing else."""
    return amel.elsewhere("203.0.113.66")


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


# ── Guessing ───────────────────────────────────────────────────────────────


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


# ── Whoever writes to the database ─────────────────────────────────────────


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
