"""One complaint from the first word to the decision on the appeal: on phones, in Arabic.

Three bodies have a part in it; one asks another that refuses, and the next accepts. Whoever has
no part sees nothing of it at any moment.
"""

import json
import os
import re
import subprocess
import sys
import time

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Portal
from tests.browser.test_complaints import PHONE, STORY, WIDER, WISH, Walk, open_case
from tests.browser.test_two_steps import App
from tests.common.photographs import CANARY, photograph, place_in
from tests.common.running import running_portal, wait_until

FILL = (sys.executable, "-W", "ignore", "-m", "tests.common.fill_running", "offices")
PASSWORD = "correct-horse-battery"
FILED = (
    {"category": "roads"},
    {"body": "unknown"},
    {"happened": STORY},
    {"wanted": WISH},
    {},
    {"day": "12/11/2026"},
    {"mode": "anonymous"},
    {},
    {"files": {"name": "صورة.jpg", "mimeType": "image/jpeg", "buffer": photograph()}},
    {"form-means": "road"},
)
SKETCH = {"name": "رسم.txt", "mimeType": "text/plain", "buffer": "من جهة الصيدلية".encode()}
WHY = "الطريق بلدية بعد المفترق، وليست من أنظارنا."
WHY_NOT = "المفترق من أنظار البلدية لا من أنظار المياه."
QUESTION = "هل الحفرة من جهة المدرسة أم من جهة الصيدلية؟"
REPLY = "من جهة الصيدلية، وهذا رسم المكان."
NOTE = "الفريق في العمل يوم الثلاثاء."
ANSWER = "ردمنا الحفرة بالحصى، والتعبيد مبرمج في السنة القادمة."
AGAIN = "الحصى زال مع أوّل مطر."
SECOND = "أعدنا الردم، ولا يمكن التعبيد قبل السنة القادمة."
APPEAL = "لم تُعلَّق علامة التحذير التي طلبناها."
DECISION = "على البلدية تعليق العلامة في ظرف 7 أيام."
WORDS = (STORY, WISH, WHY, WHY_NOT, QUESTION, REPLY, NOTE, ANSWER, AGAIN, SECOND, APPEAL, DECISION)


@pytest.fixture(scope="module")
def offices(browser):
    """A running portal with four offices, and the keys on their people's phones."""
    with running_portal() as (folder, address):
        environment = {**os.environ, "CKAN_INI": str(folder / "ckan.ini")}
        done = subprocess.run(FILL, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        keys = json.loads(done.stdout)
        portal = Portal(folder, address, browser)
        portal.passwords |= dict.fromkeys(keys, PASSWORD)
        yield portal, keys


class Phone(App):
    """The authenticator app of somebody whose key is known."""

    def __init__(self, key):
        self.secret, self.last = bytes.fromhex(key), 0


class Officer:
    """Somebody on the staff, on a phone, in Arabic, past the second step."""

    def __init__(self, offices, name):
        portal, keys = offices
        self.base = f"{portal.address}/ar/dashboard/complaints"
        self.page = portal.visit("/user/login", language="ar", width=PHONE)
        self.page.fill("[name=login]", name)
        self.page.fill("[name=password]", portal.passwords[name])
        self.page.locator("form:has([name=password]) [type=submit]").click()
        if name in keys:
            self.page.fill("[name=code]", Phone(keys[name]).code())
            self.page.locator("form:has([name=code]) [type=submit]").first.click()
        self.page.wait_for_url("**/dashboard**")

    def go(self, path="/"):
        """Open a page of the staff; return its status."""
        status = self.page.goto(self.base + path).status
        assert self.page.evaluate(WIDER) <= 0, path
        return status

    def press(self, button):
        with self.page.expect_navigation():
            self.page.locator(button).first.click()
        assert self.page.evaluate(WIDER) <= 0, self.page.url

    def do(self, step, **fields):
        """Open the form of a step, fill it in, and send it."""
        self.page.locator(f"#{step} > summary").click()
        for name, value in fields.items():
            field = self.page.locator(f"#{step} [name={name}]")
            if field.first.get_attribute("type") == "radio":
                self.page.check(f"#{step} [name={name}][value={value}]")
            elif field.first.evaluate("each => each.tagName") == "SELECT":
                offered = field.locator("option", has_text=value).first
                field.select_option(offered.get_attribute("value"))
            else:
                field.fill(value)
        self.press(f"#{step} form > .btn")
        expect(self.page.locator(".og-error")).to_have_count(0)

    def sees_nothing(self, number):
        """Fail if anything tells that the case is there."""
        request, shown = self.page.request, f"{number[:4]} {number[4:8]}"
        assert request.get(f"{self.base}/{number}").status == 404
        for path in ("/", "/requests/"):
            text = request.get(self.base + path).text()
            assert number not in text, path
            assert shown not in text, path

    def file(self, name, *, original=False):
        """Return the bytes of a file of the case, once its safe copy is there."""
        link = "a[href$='original=1']" if original else "a:not([href$='original=1'])"
        links = self.page.locator(".og-talk .og-files li", has_text=name).locator(link)
        wait_until(lambda: links.count() or (self.page.reload() and links.count()), 60)
        address = links.first.get_attribute("href")
        answer = self.page.request.get(self.base.partition("/ar/")[0] + address)
        assert answer.status == 200
        return answer.body()


class Citizen(Walk):
    """Somebody without an account, without a script, who is never made to wait."""

    LONGEST = 5
    """Seconds, on a machine that does much else: filing derives a key on purpose."""

    def __init__(self, portal):
        super().__init__(portal, "ar", has_script=False)
        self.slowest = (0, "")

    def look(self):
        """Without a script nothing can be measured."""

    def send(self, form="main form"):
        began = time.monotonic()
        super().send(form)
        self.slowest = max(self.slowest, (time.monotonic() - began, self.page.url))

    def answer(self, **fields):
        files = fields.pop("files", None)
        if files:
            self.page.locator("[name=files]").set_input_files(files)
        super().answer(**fields)

    def say(self, step, text):
        """Reopen the case, or appeal."""
        self.page.locator(f"#{step} summary").click()
        self.page.fill(f"#f-{step}", text)
        self.send(f"#{step} form")
        expect(self.page.locator(".og-talk")).to_contain_text(text)

    def reads(self, *texts, never=()):
        self.go("/complaints/case")
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text)
        for text in never:
            expect(self.page.locator("main")).not_to_contain_text(text)


def file_with_photograph(citizen):
    """File a complaint; return its two numbers."""
    citizen.go("/complaints/new")
    with citizen.page.expect_navigation():
        citizen.page.locator("main form button[type=submit]").first.click()
    for given in FILED:
        citizen.answer(**given)
    expect(citizen.page.locator("main")).to_contain_text("طريق أو رصيف")
    citizen.send()
    codes = citizen.page.locator(".og-secret__code")
    expect(codes).to_have_count(2)
    return [re.sub(r"\D", "", codes.nth(at).inner_text()) for at in (0, 1)]


def pass_on(number, first, unwilling, second):
    """Ask a body that refuses, then one that accepts."""
    first.do("refer", mode="transfer", unit_id="water", text=WHY)
    assert unwilling.go(f"/{number}") == 404
    unwilling.go("/requests/")
    unwilling.press(f"main a:has-text('{number[:4]}')")
    expect(unwilling.page.locator("main")).to_contain_text(WHY)
    expect(unwilling.page.locator("main")).not_to_contain_text(STORY)
    unwilling.do("refuse", reason=WHY_NOT)
    second.sees_nothing(number)
    first.go(f"/{number}")
    expect(first.page.locator("main")).to_contain_text(WHY_NOT)
    first.do("refer", mode="transfer", unit_id="town", text=WHY)
    second.go("/requests/")
    second.press(f"main a:has-text('{number[:4]}')")
    second.press("form[action$='/accept'] button")
    for nobody in (first, unwilling):
        nobody.sees_nothing(number)


def nothing_lies_about(folder, secret):
    """Fail if a word of the case lies in what the portal logs, mails, stores or queues."""
    needles = [each.encode() for each in (*WORDS, CANARY, secret)]
    for name in ("logs", "mail", "storage", "redis"):
        for path in (folder / name).rglob("*"):
            content = path.read_bytes() if path.is_file() else b""
            assert [each.decode() for each in needles if each in content] == [], path


def read_the_photograph(office, number):
    """Open the case: its answers in words, and a photograph that does not say where it is from."""
    assert office.go(f"/{number}") == 200
    expect(office.page.locator(".og-talk")).to_contain_text("طريق أو رصيف")
    copy = office.file("صورة")
    assert (place_in(copy), CANARY.encode() in copy) == ({}, False)
    assert place_in(office.file("صورة", original=True)) != {}


def ask_and_answer(numbers, citizen, office):
    """Ask the citizen, who replies with a file; answer, reopen, and answer again."""
    address = f"/{numbers[0]}"
    office.go(address)
    office.press("form[action$='/claim'] button")
    office.do("note", text=NOTE)
    office.do("ask", text=QUESTION)
    open_case(citizen, numbers)
    citizen.reads(STORY, QUESTION, never=(NOTE, WHY, WHY_NOT))
    citizen.page.locator("#reply [name=files]").set_input_files(SKETCH)
    citizen.page.fill("#f-reply", REPLY)
    citizen.send("#reply")
    office.go(address)
    expect(office.page.locator(".og-talk")).to_contain_text(REPLY)
    assert office.file("رسم.txt") == SKETCH["buffer"]
    office.do("answer", outcome="مقبولة جزئيا", text=ANSWER)
    citizen.reads(ANSWER, never=(NOTE,))
    citizen.say("reopen", AGAIN)
    office.go(address)
    expect(office.page.locator(".og-talk")).to_contain_text(AGAIN)
    office.do("answer", outcome="مرفوضة", text=SECOND)
    citizen.reads(SECOND)


def decide(judge, number):
    """Read the appeal, and decide on it."""
    judge.go(f"/{number}")
    expect(judge.page.locator(".og-talk")).to_contain_text(APPEAL)
    expect(judge.page.locator("main")).not_to_contain_text(NOTE)
    judge.do("decide", outcome="مقبولة", text=DECISION)


def test_a_complaint_is_passed_on_answered_contested_and_decided(offices):
    portal, _keys = offices
    citizen = Citizen(portal)
    number, secret = numbers = file_with_photograph(citizen)
    roads, water, town = (Officer(offices, name) for name in ("dorra", "mehdi", "basma"))
    sysadmin = Officer(offices, "operator")
    for nobody in (water, town, sysadmin):
        nobody.sees_nothing(number)
    read_the_photograph(roads, number)
    roads.press("form[action$='/claim'] button")
    pass_on(number, roads, water, town)
    ask_and_answer(numbers, citizen, town)
    citizen.say("appeal", APPEAL)
    judge = Officer(offices, "olfa")
    decide(judge, number)
    citizen.reads(DECISION)
    for nobody in (roads, water, sysadmin, judge):
        nobody.sees_nothing(number)
    nothing_lies_about(portal.folder, secret)
    assert citizen.slowest[0] < Citizen.LONGEST, citizen.slowest
    assert portal.complaints == []
