"""Somebody without an account, on a phone, in Arabic, without a script; and axe on their pages."""

import email
import os
import re
import subprocess
import sys
from email.policy import default

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Portal
from tests.common.access import AXE, SETTINGS, look_before_and_after, told
from tests.common.running import running_portal, wait_until

FILL = (sys.executable, "-W", "ignore", "-m", "tests.common.fill_running", "guests")
HERE = "/consultation/maftuha"
WORDS = "الحافلة تتأخّر كلّ صباح في الخطّ 12."
PHONE = 360
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LANGUAGES = ("ar", "fr", "en")


@pytest.fixture(scope="module")
def portal(browser):
    """A running portal with a consultation that is open to guests."""
    with running_portal() as (folder, address):
        environment = {**os.environ, "CKAN_INI": str(folder / "ckan.ini")}
        done = subprocess.run(FILL, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        yield Portal(folder, address, browser)


def mailed(portal, address):
    """Return the newest link that this address got."""
    found = []

    def arrived():
        for path in sorted((portal.folder / "mail").glob("*.eml")):
            mail = email.message_from_bytes(path.read_bytes(), policy=default)
            text = mail.get_body(("plain",)).get_content()
            link = re.search(r"https?://\S+token=[\w-]+", text)
            if mail["To"].addresses[0].addr_spec == address and link:
                found.append(link[0])
        return found

    wait_until(arrived, 60)
    return found[-1]


def press(page, name):
    page.get_by_role("button", name=name, exact=True).first.click()


def fits(page):
    assert page.evaluate(WIDER) <= 0, page.url


def test_a_citizen_writes_confirms_reads_and_votes_on_a_phone(portal):
    address = "leila@example.org"
    page = portal.visit(HERE, language="ar", width=PHONE, has_script=False)
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.get_by_role("link", name="كتابة رأيي").click()
    page.wait_for_url("**/respond")
    page.locator("label:has([name=position][value='-1'])").click()
    page.locator("[name=body]").fill(WORDS)
    page.locator("[name=email]").fill(address)
    page.locator("summary", has_text="كيف يراكم الآخرون").click()
    page.locator("[name=kind][value=organization]").check()
    page.locator("[name=org_name]").fill("جمعية المسافرين")
    page.wait_for_timeout(3_500)  # Who is faster is a program.
    press(page, "إرسال رأيي")
    expect(page).to_have_url(re.compile("/ar/consultation/maftuha/guest/sent"))
    expect(page.locator("h1")).to_have_text("تفقّدوا بريدكم")

    page.goto(mailed(portal, address))

    expect(page.locator("blockquote")).to_contain_text(WORDS)
    fits_without_script(portal, page)
    press(page, "تأكيد")
    expect(page).to_have_url(re.compile("/ar/consultation/maftuha/c/2"))
    said = page.locator("#comment article")
    expect(said).to_contain_text(WORDS)
    expect(said).to_contain_text("جمعية المسافرين")
    expect(said).to_contain_text("منظّمة")
    page.goto(f"{portal.address}/ar{HERE}/c/1")
    page.locator("#comment .og-vote button").first.click()
    expect(page.locator("#comment .og-vote button").first).to_have_attribute("aria-pressed", "true")
    press(page, "لستم أنتم؟ مغادرة")
    expect(page.get_by_role("link", name="كتابة رأيي")).to_be_visible()
    page.context.close()


def fits_without_script(portal, page):
    """Nothing is wider than the phone; measured where scripts run."""
    same = portal.visit("/", language="ar", width=PHONE)
    same.goto(page.url)
    fits(same)
    same.context.close()


def test_a_visitor_votes_and_comes_back_on_another_device(portal):
    address = "huda@example.org"
    page = portal.visit(f"{HERE}/c/1/vote", language="ar", width=PHONE)
    page.locator("label:has([name=value][value='1'])").click()
    page.locator("[name=email]").fill(address)
    page.wait_for_timeout(3_500)
    press(page, "إرسال تصويتي")
    expect(page.locator("h1")).to_have_text("تفقّدوا بريدكم")
    desk = portal.visit("/", language="fr")
    desk.goto(mailed(portal, address))
    press(desk, "تأكيد")
    expect(desk.locator("[role=status]").first).to_contain_text("احتُسب تصويتكم")
    desk.goto(f"{portal.address}/fr{HERE}")
    expect(desk.get_by_text("Vous participez sans compte")).to_be_visible()
    page.goto(f"{portal.address}/ar{HERE}")
    expect(page.get_by_text("تشاركون دون حساب")).to_have_count(0)
    for each in (page, desk):
        each.context.close()


PAGES = (
    HERE,
    f"{HERE}/respond",
    f"{HERE}/c/1",
    f"{HERE}/c/1/reply",
    f"{HERE}/c/1/vote",
    f"{HERE}/guest/sent",
    f"{HERE}/guest/return",
    f"{HERE}/guest/confirm?token=none",
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everyone_can_use_the_pages_of_visitors(portal, language):
    page = portal.visit("/", language=language)
    page.context.add_init_script(AXE)
    faults = []
    for number, path in enumerate(PAGES):
        page.goto(f"{portal.address}/{language}{path}")
        first, second = (SETTINGS[(2 * number + step) % len(SETTINGS)] for step in (0, 1))
        faults += look_before_and_after(page, f"{language} {path}", (first,), (second,))
    page.context.close()
    assert faults == [], told(faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everyone_can_use_the_pages_of_guests(portal, language):
    address = f"guest-{language}@example.org"
    page = portal.visit(f"{HERE}/respond", language=language)
    page.context.add_init_script(AXE)
    page.locator("[name=body]").fill(f"{WORDS} {language}")
    page.locator("[name=email]").fill(address)
    page.wait_for_timeout(3_500)
    page.locator("form:has([name=body]) [type=submit]").click()
    page.wait_for_url("**/guest/sent")
    page.goto(mailed(portal, address))
    faults = [*look_before_and_after(page, f"{language} confirm", SETTINGS[:1], SETTINGS[1:2])]
    page.locator("[name=choice][value=confirm]").click()
    page.wait_for_url("**/c/**")
    for number, path in enumerate((HERE, f"{HERE}/mine", f"{HERE}/mine/name", f"{HERE}/c/1")):
        page.goto(f"{portal.address}/{language}{path}")
        first, second = (SETTINGS[(2 * number + step) % len(SETTINGS)] for step in (0, 1))
        faults += look_before_and_after(page, f"{language} {path}", (first,), (second,))
    page.context.close()
    assert faults == [], told(faults)
