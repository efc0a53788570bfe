"""Following a consultation on a small phone, in Arabic, without a script."""

import os
import subprocess
import sys

import pytest
from tests.browser.conftest import Portal
from tests.common.access import AXE, SETTINGS, look, told
from tests.common.keyboard import keyboard_faults
from tests.common.running import running_portal

HERE = "/consultation/maftuha"
FILL = (sys.executable, "-W", "ignore", "-m", "tests.common.consult_running")


@pytest.fixture(scope="module")
def portal(browser):
    """A portal of its own: others expect one public body in theirs."""
    with running_portal() as (folder, address):
        yield Portal(folder, address, browser)


@pytest.fixture(scope="module")
def filled(portal):
    """A portal with consultations, and the end of a link that leaves one."""
    environment = {**os.environ, "CKAN_INI": str(portal.folder / "ckan.ini")}
    done = subprocess.run(
        FILL, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return portal, done.stdout


@pytest.fixture
def consulted(filled):
    return filled[0]


@pytest.fixture
def token(filled):
    return filled[1]


def signed_in(portal, name):
    page = portal.visit("/user/login", language="ar", width=320, has_script=False)
    page.fill("[name=login]", name)
    page.fill("[name=password]", portal.passwords[name])
    page.locator("form:has([name=password]) [type=submit]").click()
    page.wait_for_url("**/dashboard**")
    return page


def width_of(page):
    return page.evaluate("document.documentElement.scrollWidth")


def test_one_follows_and_leaves_on_a_small_phone_without_a_script(consulted):
    page = signed_in(consulted, "amel")
    page.goto(f"{consulted.address}/ar{HERE}")
    assert width_of(page) <= 320

    # The author of the sample said something there, and follows it by that.
    page.get_by_role("button", name="إيقاف المتابعة").click()
    page.get_by_text("لم تعودوا تتابعون هذه الاستشارة").wait_for()
    button = page.get_by_role("button", name="متابعة", exact=True)
    assert button.bounding_box()["height"] >= 44
    button.click()
    page.get_by_text("تصلكم مستجدّاتها").wait_for()

    page.goto(f"{consulted.address}/ar/dashboard/following")
    assert width_of(page) <= 320
    page.get_by_role("link", name="مشروع أمر يتعلّق بالنقل العمومي").wait_for()
    page.get_by_role("button", name="إيقاف المتابعة").click()
    page.get_by_text("لا تتابعون أيّ استشارة").wait_for()
    assert consulted.complaints == []


def test_a_visitor_finds_calendar_and_feeds(consulted):
    page = consulted.visit(HERE, language="ar", width=320, has_script=False)
    page.get_by_role("link", name="تابعوا بالبريد أو الروزنامة").click()

    assert width_of(page) <= 320
    webcal = page.get_by_role("link", name="الاشتراك في روزنامتي").get_attribute("href")
    address = consulted.address.partition("://")[2]
    assert webcal == f"webcal://{address}/ar{HERE}/calendar.ics"
    page.get_by_role("link", name="سجّلوا الدخول وتابعوا").wait_for()
    for name in ("مستجدّاتها", "ما يقوله المشاركون"):
        link = page.get_by_role("link", name=name).get_attribute("href")
        answer = page.request.get(f"{consulted.address}{link}")
        assert "application/atom+xml" in answer.headers["content-type"]


def test_the_link_of_a_mail_works_without_a_script(consulted, token):
    page = consulted.visit(f"/unsubscribe/{token}", language="ar", width=320, has_script=False)
    assert width_of(page) <= 320

    page.get_by_role("button", name="أوقفوا هذه الرسائل").click()

    page.get_by_text("لن تصلكم رسائل أخرى في هذا الشأن").wait_for()
    assert page.context.cookies() == []


@pytest.mark.parametrize("who", [None, "operator"])
def test_everyone_can_use_the_pages(consulted, token, who):
    page = consulted.sign_in(who) if who else consulted.visit()
    page.context.add_init_script(AXE)
    paths = [HERE, f"{HERE}/follow", "/consultation/", f"/unsubscribe/{token}"]
    for path in [*paths, "/dashboard/following"] if who else paths:
        page.goto(f"{consulted.address}/ar{path}")
        faults = [*look(page, path, SETTINGS), *keyboard_faults(page, path)]
        assert faults == [], told(faults)
