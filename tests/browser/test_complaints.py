"""A citizen complains on a phone, an office answers; and axe on all their pages."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Portal
from tests.browser.test_two_steps import App
from tests.common.access import AXE, SETTINGS, look_before_and_after, told
from tests.common.running import running_portal

FILL = (sys.executable, "-W", "ignore", "-m", "tests.common.fill_running", "complaints")
LANGUAGES = ("ar", "fr", "en")
OFFICER = "sami"
PHONE = 360
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
STORY = "انقطع الماء كلّ مساء منذ شهر في حيّنا، ولم يجب أحد على ثلاث مكالمات."
WISH = "نطلب رزنامة للإصلاح."
WRONG = {"reference": "12", "secret": "34"}
ORDER = "TPI Tunis 4312/2026"
ANSWER = "أصلحنا القناة يوم 3 ديسمبر، وهذه أسباب التأخير."


@pytest.fixture(scope="module")
def portal(browser):
    """A running portal whose bodies take complaints."""
    with running_portal() as (folder, address):
        environment = {**os.environ, "CKAN_INI": str(folder / "ckan.ini")}
        done = subprocess.run(FILL, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        yield Portal(folder, address, browser)


class Walk:
    """Somebody who goes from page to page; at each, axe looks before and after use, if it is on."""

    def __init__(self, portal, language, *, has_script=True, looks=False):
        self.page = portal.visit(language=language, width=PHONE, has_script=has_script)
        self.base, self.looks, self.faults, self.number = portal.address, looks, [], 0
        self.language = language
        if looks:
            self.page.context.add_init_script(AXE)

    def go(self, path):
        self.page.goto(f"{self.base}/{self.language}{path}")
        self.look()

    def look(self):
        if self.looks:
            first, second = (SETTINGS[(self.number + step) % len(SETTINGS)] for step in (0, 1))
            self.number += 2
            place = f"{self.page.url} ({self.language})"
            self.faults += look_before_and_after(self.page, place, (first,), (second,))
            self.page.set_viewport_size({"width": PHONE, "height": 800})
            # What was opened in the looking may have been filled in or pressed.
            self.page.reload()
        else:
            assert self.page.evaluate(WIDER) <= 0, self.page.url

    def send(self, form="main form"):
        with self.page.expect_navigation():
            self.page.locator(form).first.locator(".btn-primary").first.click()

    def answer(self, **fields):
        for name, value in fields.items():
            field = self.page.locator(f"[name={name}]")
            if field.first.get_attribute("type") == "radio":
                self.page.check(f"[name={name}][value={value}]")
            elif field.first.evaluate("each => each.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        self.send()


def file_complaint(walk):
    """File a complaint page by page; return its two numbers."""
    walk.go("/complaints/new")
    with walk.page.expect_navigation():
        walk.page.locator("main form button[type=submit]").first.click()
    for given in (
        {"category": "roads"},
        {"body": "unknown"},
        {"happened": STORY},
        {"wanted": WISH},
        {},
        {},
        {"mode": "anonymous"},
        {},
        {},
    ):
        walk.look()
        walk.answer(**given)
    walk.look()
    walk.send()
    codes = walk.page.locator(".og-secret__code")
    expect(codes).to_have_count(2)
    numbers = [re.sub(r"\D", "", codes.nth(at).inner_text()) for at in (0, 1)]
    walk.look()
    return numbers


def open_case(walk, numbers):
    walk.go("/complaints/track")
    walk.answer(reference=numbers[0], secret=numbers[1])
    walk.page.wait_for_url("**/complaints/case")


def test_a_complaint_without_a_script_on_a_phone(portal):
    walk = Walk(portal, "ar", has_script=False)
    # Without a script nothing can be measured.
    walk.look = lambda: None
    numbers = file_complaint(walk)
    walk.page.reload()
    expect(walk.page.locator("main")).not_to_contain_text(numbers[1][:4])
    open_case(walk, numbers)
    expect(walk.page.locator(".og-talk")).to_contain_text(STORY)


@pytest.fixture(scope="module")
def officer(portal):
    """The browser of somebody who leads a unit, past the second step."""
    page = portal.sign_in(OFFICER, language="fr", width=PHONE)
    page.goto(f"{portal.address}/fr/user/two-factor")
    page.fill("[name=password]", portal.passwords[OFFICER])
    page.locator("form:has([name=password]) [type=submit]").click()
    app = App(page)
    page.fill("[name=code]", app.code())
    page.locator("form:has([name=code]) [type=submit]").first.click()
    expect(page.locator("#recovery-codes li")).to_have_count(10)
    return page


def test_an_office_answers_and_the_citizen_accepts(portal, officer):
    walk = Walk(portal, "ar")
    numbers = file_complaint(walk)
    officer.goto(f"{portal.address}/fr/dashboard/complaints/")
    case = officer.get_by_role("link", name=re.compile(numbers[0][:4]))
    while not case.count():
        # The unit has more cases than one page, and those that are due sooner come first.
        officer.locator(".og-pager [rel=next]").click()
    case.click()
    expect(officer.locator(".og-talk")).to_contain_text(STORY)
    officer.locator("form[action$='/claim'] button").click()
    officer.locator("#answer summary").click()
    officer.select_option("#answer-outcome", "granted")
    officer.fill("#answer-text", ANSWER)
    officer.locator("#answer .btn-primary").click()
    open_case(walk, numbers)
    expect(walk.page.locator(".og-talk")).to_contain_text(ANSWER)
    walk.send("#do form")
    walk.send()
    expect(walk.page.locator(".og-tag").first).to_be_visible()
    assert walk.page.url.endswith("/complaints/case")
    expect(walk.page.locator("#reply")).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figures_shut_nobody_out(portal, officer, language):
    walk = Walk(portal, language, looks=True)
    walk.go("/complaints/statistics")
    expect(walk.page.locator(".og-chart")).to_be_visible()
    officer.context.add_init_script(AXE)
    board, both = "/dashboard/complaints/overview/", (SETTINGS[:1], SETTINGS[1:2])
    for path in (board, "/dashboard/complaints/templates/", "/dashboard/complaints/templates/new"):
        officer.goto(f"{portal.address}/{language}{path}")
        walk.faults += look_before_and_after(officer, f"{path} ({language})", *both)
    officer.goto(f"{portal.address}/{language}{board}")
    with officer.expect_navigation():
        officer.locator("main table a").first.click()
    for which in ("late", "closed"):
        officer.goto(f"{officer.url.partition('?')[0]}?which={which}")
        place = f"{board}BODY?which={which} ({language})"
        walk.faults += look_before_and_after(officer, place, *both)
    with officer.expect_navigation():
        officer.locator("main tbody a[href$='/reopen']").first.click()
    walk.faults += look_before_and_after(officer, f"reopen ({language})", *both)
    assert walk.faults == [], told(walk.faults)


def test_a_template_and_a_rating(portal, officer):
    """An officer begins an answer with a template, and the citizen rates it: without a script."""
    officer.goto(f"{portal.address}/fr/dashboard/complaints/templates/new")
    officer.fill("[name=title]", "Demande transmise")
    officer.fill("[name=text_translated-ar]", ANSWER)
    officer.locator("main form .btn-primary").click()
    walk = Walk(portal, "ar", has_script=False)
    walk.look = lambda: None
    numbers = file_complaint(walk)
    officer.goto(f"{portal.address}/fr/dashboard/complaints/{numbers[0]}")
    officer.locator("form[action$='/claim'] button").click()
    officer.locator("#answer summary").click()
    officer.select_option("#answer-outcome", "granted")
    officer.fill("#answer-text", "١٢٣")
    officer.select_option("#answer-template", label="Demande transmise")
    officer.locator("#answer [name=fill]").click()
    expect(officer.locator("#answer-text")).to_have_value(f"١٢٣\n\n{ANSWER}")
    expect(officer.locator("#answer-outcome")).to_have_value("granted")
    officer.locator("#answer .btn-primary").click()
    open_case(walk, numbers)
    walk.page.check("[name=score][value='4']")
    with walk.page.expect_navigation():
        walk.page.locator("section[aria-labelledby=h-rate] button").click()
    expect(walk.page.locator("[name=score][value='4']")).to_be_checked()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_shut_nobody_out(portal, officer, language):
    walk = Walk(portal, language, looks=True)
    numbers = file_complaint(walk)
    open_case(walk, numbers)
    walk.look()
    for path in ("case/withdraw/confirm", "case/accept/confirm", "case/secret"):
        walk.go(f"/complaints/{path}")
    walk.page.goto(f"{portal.address}/{language}/complaints/track")
    walk.answer(**WRONG)
    first, second = SETTINGS[:2]
    walk.faults += look_before_and_after(walk.page, "a wrong pair", (first,), (second,))
    officer.goto(f"{portal.address}/{language}/dashboard/complaints/holds/")
    officer.fill("#f-reference", numbers[0])
    officer.fill("#f-reason", ORDER)
    officer.locator("form[action$='/set'] .btn-primary").click()
    expect(officer.locator("main table")).to_contain_text(ORDER)
    officer.context.add_init_script(AXE)
    desk = "/dashboard/complaints/"
    for path in (desk, f"{desk}{numbers[0]}", f"{desk}holds/"):
        officer.goto(f"{portal.address}/{language}{path}")
        place = f"{path} ({language})"
        walk.faults += look_before_and_after(officer, place, (first,), (second,))
    assert walk.faults == [], told(walk.faults)


def press(page, button):
    """Press a button; go on once the next page is all there."""
    with page.expect_navigation():
        page.locator(button).click()


def take_one(portal, officer, language):
    """Take a complaint as a clerk does, a mistake first; look at each page, return the faults."""
    first, second = SETTINGS[:2]
    faults = []

    def look(place):
        return look_before_and_after(officer, f"{place} ({language})", (first,), (second,))

    officer.goto(f"{portal.address}/{language}/dashboard/complaints/intake/")
    faults += look("the form of clerks")
    press(officer, "button[name=send]")
    faults += look("its mistakes")
    officer.check("[name=channel][value=phone]")
    officer.check("[name=mode][value=anonymous]")
    officer.select_option("[name=language]", "ar")
    officer.select_option("[name=category]", "roads")
    officer.fill("[name=happened]", STORY)
    officer.fill("[name=wanted]", WISH)
    officer.check("[name=consent]")
    press(officer, "button[name=send]")
    expect(officer.locator(".og-secret__code")).to_have_count(2)
    faults += look("the slip")
    return faults


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_clerks_and_leads_shut_nobody_out(portal, officer, language):
    officer.context.add_init_script(AXE)
    faults = take_one(portal, officer, language)
    first, second = SETTINGS[:2]
    officer.goto(f"{portal.address}/{language}/dashboard/complaints/programs/")
    officer.fill("[name=name]", "Registre")
    officer.fill("[name=ends_on]", (datetime.now(UTC) + timedelta(days=30)).date().isoformat())
    press(officer, "main form .btn-primary")
    expect(officer.locator("#token")).to_contain_text("ogcp_")
    faults += look_before_and_after(officer, f"a token ({language})", (first,), (second,))
    officer.goto(f"{portal.address}/{language}/dashboard/complaints/slow/")
    faults += look_before_and_after(officer, f"the slow queue ({language})", (first,), (second,))
    walk = Walk(portal, language, looks=True)
    walk.go("/complaints/verify")
    walk.page.fill("[name=document]", "{}")
    walk.send()
    walk.faults += look_before_and_after(walk.page, "not genuine", (first,), (second,))
    assert faults + walk.faults == [], told(faults + walk.faults)
