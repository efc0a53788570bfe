"""A dataset from the first form to the public, by two people at their browsers."""

import re

import pandas as pd
import pytest
from ckanapi import RemoteCKAN
from playwright.sync_api import expect
from tests.common.running import wait_until

RAIN = "station,day,millimetres\n001,2026-01-02,4.5\n002,2026-01-02,0\n"
MORE = RAIN + "003,2026-01-02,1\n"


def attach(page, text, name="rainfall.csv"):
    page.set_input_files(
        "[name=upload]", {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )


def wait_for_check(page):
    """Wait on the page of the check until it shows what was found."""
    page.wait_for_url(re.compile("/review/check/"))
    page.locator("progress").wait_for(state="detached")


def save(page):
    """Send the form of the page."""
    page.locator("[data-og-once]").click()


def draft(portal, page, name, title):
    """Answer the questions about a new dataset with one file; end on its page of review."""
    portal.begin(page, title)
    page.get_by_role("link", name="Describe the data").click()
    page.fill("[name=notes_translated-en]", "Daily, by station.")
    page.get_by_text("For specialists").click()
    page.fill("[name=name]", name)
    save(page)
    page.get_by_role("link", name="Add the files").click()
    attach(page, RAIN)
    page.fill("[name=name_translated-en]", "Rainfall")
    save(page)
    wait_for_check(page)


def submit(portal, page, name):
    """Hand the dataset over for review."""
    page.goto(f"{portal.address}/en/dataset/{name}/publish")
    page.get_by_role("link", name="Check everything and submit").click()
    page.get_by_role("button", name="Submit for review").click()
    heading(page, "It is submitted").to_be_visible()


@pytest.fixture
def people(portal):
    """The author, the reviewer and a visitor; the author's dataset is published."""
    amel, sami = portal.sign_in("amel"), portal.sign_in("sami")
    draft(portal, amel, "rainfall", "Rainfall by station")
    submit(portal, amel, "rainfall")
    sami.goto(f"{portal.address}/en/dashboard/review")
    sami.get_by_role("link", name="Rainfall by station").click()
    approve(sami)
    return amel, sami, portal.visit("/dataset/rainfall")


def take(page, button, state):
    """Press a button of the page of publication, and see the state it leads to."""
    page.get_by_role("button", name=button).click()
    expect(page.locator(".og-tag", has_text=re.compile(f"^{state}$")).first).to_be_visible()


def approve(page):
    """Choose to publish, and see that it is published."""
    page.get_by_label("Approve and publish now").check()
    take(page, "Record the decision", "Published")


def heading(page, text):
    return expect(page.get_by_role("heading", name=text, level=1))


def test_two_people_publish_and_change_a_dataset(portal, people):
    amel, sami, visitor = people
    heading(visitor, "Rainfall by station").to_be_visible()
    assert visitor.get_by_role("link", name="Publication").count() == 0

    amel.goto(f"{portal.address}/en/dataset/edit/rainfall")
    amel.fill("[name=title_translated-en]", "Rainfall of all stations")
    save(amel)
    amel.get_by_role("link", name="Replace or describe").click()
    attach(amel, MORE)
    save(amel)
    wait_for_check(amel)
    submit(portal, amel, "rainfall")
    visitor.reload()
    heading(visitor, "Rainfall by station").to_be_visible()

    sami.goto(f"{portal.address}/en/dataset/rainfall/review")
    expect(sami.locator("ins").first).to_contain_text("of all stations")
    expect(sami.get_by_text("1 row added", exact=True)).to_be_visible()
    approve(sami)
    visitor.reload()
    heading(visitor, "Rainfall of all stations").to_be_visible()
    assert read_as_a_developer(portal, "rainfall") == ["001", "002", "003"]
    assert portal.complaints == []


def read_as_a_developer(portal, name):
    """Return the stations of the published table, the same through every door."""
    remote = RemoteCKAN(portal.address)
    resource = remote.action.package_show(id=name)["resources"][0]
    published = pd.read_csv(resource["url"])

    def rows():
        return remote.action.datastore_search(resource_id=resource["id"], sort="_id")["records"]

    # The table follows the file by a job.
    wait_until(lambda: len(rows()) == len(published), 30)
    stations = [row["station"] for row in rows()]
    for address in (resource["url"], f"{portal.address}/datastore/dump/{resource['id']}"):
        table = pd.read_csv(address, dtype={"station": str}, parse_dates=["day"])
        assert list(table["station"]) == stations
    return stations
