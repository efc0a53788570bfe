"""From a draft to a download, by three people: with a mouse, by keyboard alone, without script."""

import re

import pytest
from ckanapi import RemoteCKAN
from playwright.sync_api import expect
from tests.common.hands import HANDS, Keyboard
from tests.common.running import wait_until

SNOW = b"station,day,millimetres\n001,2026-01-02,4.5\n002,2026-01-02,0\n"


@pytest.fixture(params=HANDS, ids=lambda kind: kind.name)
def kind(request):
    return request.param


def sign_in(portal, kind, name):
    """Open the portal as one of its people, who sign in by their own hand; return it."""
    hand = kind(portal.visit("/user/login", has_script=kind.has_script))
    page = hand.page
    hand.write(page.locator("[name=login]"), name)
    hand.write(page.locator("[name=password]"), portal.passwords[name])
    hand.press(page.locator("form:has([name=password]) [type=submit]"))
    page.wait_for_url("**/dashboard**")
    return hand


def link(hand, name):
    hand.press(hand.page.get_by_role("link", name=name).first)


def save(hand):
    hand.press(hand.page.locator("[data-og-once]"))


def describe(portal, hand, name, title):
    """Answer the questions about a new dataset."""
    page = hand.page
    page.goto(f"{portal.address}/en/dataset/new")
    hand.write(page.locator("[name=title_translated-en]"), title)
    save(hand)
    link(hand, "Describe the data")
    hand.write(page.locator("[name=notes_translated-en]"), "Daily, by station.")
    hand.press(page.locator("summary", has_text="For specialists"))
    hand.write(page.locator("[name=name]"), name)
    save(hand)


def add_file(hand):
    """Add a file, and wait until it is checked."""
    page = hand.page
    link(hand, "Add the files")
    file = {"name": "snow.csv", "mimeType": "text/csv", "buffer": SNOW}
    hand.attach(page.locator("[name=upload]"), file)
    hand.write(page.locator("[name=name_translated-en]"), "Snow")
    save(hand)
    page.wait_for_url(re.compile("/review/check/"))
    page.locator("progress").wait_for(state="detached")


def licence_and_submit(portal, hand, name):
    """Choose a licence and hand the dataset over."""
    page = hand.page
    page.goto(f"{portal.address}/en/dataset/{name}/publish")
    link(hand, "Choose a licence")
    hand.press(page.locator("[name=license_id]").nth(1))
    save(hand)
    link(hand, "Check everything and submit")
    hand.press(page.get_by_role("button", name="Submit for review"))
    expect(page.get_by_role("heading", name="It is submitted", level=1)).to_be_visible()


def approve(portal, hand, title):
    """Publish what waits in the queue."""
    page = hand.page
    page.goto(f"{portal.address}/en/dashboard/review")
    link(hand, title)
    hand.press(page.get_by_label("Approve and publish now"))
    hand.press(page.get_by_role("button", name="Record the decision"))
    expect(page.locator(".og-tag", has_text=re.compile("^Published$")).first).to_be_visible()


def find_and_download(portal, kind, word, title):
    """Return the file that a visitor finds from the home page."""
    hand = kind(portal.visit("/", has_script=kind.has_script))
    page = hand.page
    hand.write(page.get_by_role("searchbox").first, word)
    hand.press(page.get_by_role("search").get_by_role("button", name="Search").first)
    link(hand, title)
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    with page.expect_download() as download:
        hand.press(page.get_by_role("link", name=re.compile("Download CSV")).first)
    return download.value.path().read_bytes()


def test_a_dataset_is_published_found_and_downloaded(portal, kind):
    name, title = f"snow-{kind.name}", f"Snow by {kind.name} at every station"
    author = sign_in(portal, kind, "amel")
    describe(portal, author, name, title)
    add_file(author)
    licence_and_submit(portal, author, name)
    approve(portal, sign_in(portal, kind, "sami"), title)
    search = RemoteCKAN(portal.address).action.package_search
    wait_until(lambda: search(q=f"name:{name}")["count"] == 1, 30)

    assert find_and_download(portal, kind, title, title) == SNOW
    assert portal.complaints == []


def test_menus_open_with_enter_and_close_with_escape(portal):
    """A disclosure keeps the focus, so that nobody loses the place."""
    hand = Keyboard(portal.visit("/developers"))
    summary = hand.page.locator("main details:not([open]) > summary").first
    hand.press(summary)

    expect(hand.page.locator("main details[open] > summary:focus")).to_have_count(1)
    hand.page.keyboard.press("Enter")
    expect(hand.page.locator("main details:not([open]) > summary:focus")).to_have_count(1)
