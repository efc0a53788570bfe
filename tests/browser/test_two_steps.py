"""Two-step sign-in at a browser: by the keyboard, in Arabic, and to a colleague who helps.

Comes after the other tests of the browser: from here on sami and nour sign in with a code.
"""

import base64
import re
import time
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from tests.common.access import assert_usable

from ckanext.opengov.shared.domain import totp

ARABIC = {ord(str(digit)): 0x660 + digit for digit in range(10)}


class App:
    """The authenticator app on a phone: it never shows a code twice."""

    def __init__(self, page):
        # Waits for the page that has it.
        key = page.locator("#two-factor-key").inner_text()
        self.secret, self.last = base64.b32decode(key.replace(" ", "")), 0

    def code(self):
        while (step := totp.step_at(datetime.now(UTC))) <= self.last:
            time.sleep(0.5)
        self.last = step
        return totp.code_at(self.secret, step)


def type_in(page, *keys):
    """Type with the keyboard alone: a text, or the name of a key."""
    for key in keys:
        if key in ("Tab", "Enter", "Space"):
            page.keyboard.press(key)
        else:
            page.keyboard.type(key)


@pytest.fixture
def nour(portal):
    """A reviewer who sets up two-step sign-in by the keyboard, in Arabic: the page and the app."""
    page = portal.sign_in("nour", language="ar", width=360)
    page.goto(f"{portal.address}/ar/user/two-factor")
    page.locator("[name=password]").focus()
    type_in(page, portal.passwords["nour"], "Enter")
    expect(page.locator("#two-factor-key")).to_be_visible()
    assert_usable(page, "the key of two-step sign-in")
    app = App(page)
    page.locator("[name=code]").focus()
    type_in(page, app.code().translate(ARABIC), "Enter")
    expect(page.locator("#recovery-codes li")).to_have_count(10)
    assert_usable(page, "the recovery codes")
    return page, app


def sign_in_again(portal, app):
    """Sign nour in with both steps at another browser, by the keyboard."""
    page = portal.visit("/user/login", language="fr")
    page.locator("[name=login]").focus()
    type_in(page, "nour", "Tab", portal.passwords["nour"], "Enter")
    page.wait_for_url(re.compile("/user/login/code$"))
    page.locator("[name=code]").focus()
    type_in(page, "000000", "Enter")
    # The summary has the focus, and leads to the field.
    expect(page.locator(".og-error")).to_be_focused()
    assert_usable(page, "a wrong code")
    type_in(page, "Tab", "Enter")
    expect(page.locator("[name=code]")).to_be_focused()
    type_in(page, app.code(), "Enter")
    page.wait_for_url(re.compile("/dashboard"))
    return page


def reset_by_colleague(portal):
    """Let sami set up two-step sign-in and reset nour's; return the code to hand over."""
    page = portal.sign_in("sami")
    page.goto(f"{portal.address}/en/user/two-factor")
    page.fill("[name=password]", portal.passwords["sami"])
    page.get_by_role("button", name="Set up two-step sign-in").click()
    phone = App(page)
    page.fill("[name=code]", phone.code())
    page.get_by_role("button", name="Turn on").click()
    page.goto(f"{portal.address}/en/organization/manage_members/demo-ministry")
    page.get_by_role("link", name="Reset nour").click()
    page.fill("[name=code]", phone.code())
    page.get_by_role("button", name="Reset").click()
    return "-".join(page.locator("#handover span").all_inner_texts())


def test_two_steps_and_a_colleague(portal, nour):
    page, app = nour
    page.locator("#kept").focus()
    type_in(page, "Space", "Tab", "Enter")
    page.wait_for_url(re.compile(r"/user/two-factor\??$"))
    other = sign_in_again(portal, app)

    handed_over = reset_by_colleague(portal)

    other.goto(f"{portal.address}/fr/user/two-factor")
    other.wait_for_url(re.compile("/user/login"))
    other.fill("[name=login]", "nour")
    other.fill("[name=password]", portal.passwords["nour"])
    other.keyboard.press("Enter")
    other.fill("[name=code]", handed_over)
    other.keyboard.press("Enter")
    other.fill("[name=code]", App(other).code())
    other.keyboard.press("Enter")
    expect(other.locator("#recovery-codes li")).to_have_count(10)
    assert portal.complaints == []
