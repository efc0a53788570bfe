"""The sign-in in two steps: who sets it up, who must, and how codes are taken."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from tests.common.people import PASSWORD, Person, audited, in_app, standing, told

from ckan import model

from ckanext.opengov.shared.domain import totp
from ckanext.opengov.shared.domain.second_factor import State, WrongCode
from ckanext.opengov.shared.second_factor import steps

NOW = datetime(2026, 11, 26, tzinfo=UTC)


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
