"""Bad files from upload to the public by accepted repairs alone: in Arabic, on a phone."""

# ruff: noqa: RUF001 - Arabic

import os
import re
from pathlib import Path

import pandas as pd
from ckanapi import RemoteCKAN
from playwright.sync_api import expect
from tests.common.access import assert_usable

BAD = (
    "وزارة التجهيز : مشاريع الطرقات;;;;\n;;;;\nالولاية;التاريخ;الطول (كم);الكلفة;\n"
    "تونس;13/01/2024;12,5;1 234,50;\nصفاقس ;25/02/2024;7,25;12 000,00;\n;;;;\n"
    "قابس;01/03/2024;3,1;900,75;\nالمجموع;;22,85;14 135,25;\n"
).encode("cp1256")
DIGITS = "الولاية,السنة,العدد\nتونس,٢٠٢٤,١٢٫٥\nقابس,٢٠٢٥,١٬٢٣٤\n".encode()
"""windows-1256 has no such digits."""


def take_picture(page, name):
    """Keep what is seen, where somebody wants to look at it."""
    folder = os.environ.get("OPENGOV_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def look(page, name):
    """See that everybody can use the page, at any width."""
    page.evaluate("document.fonts.ready")
    take_picture(page, name)
    assert_usable(page, name)
    page.set_viewport_size({"width": 360, "height": 800})
    page.emulate_media(color_scheme="light")


def settled(page):
    """Wait until repairs and check are done."""
    page.locator("progress").first.wait_for(state="detached", timeout=60_000)
    expect(page.locator(".og-verdict")).to_be_visible()


def send(portal, page, name, file_name, content):
    page.goto(f"{portal.address}/ar/dataset/{name}/publish/file")
    file = {"name": file_name, "mimeType": "text/csv", "buffer": content}
    page.set_input_files("[name=upload]", file)
    page.fill("[name=name_translated-ar]", file_name)
    page.locator("[data-og-once]").click()
    page.wait_for_url(re.compile("/review/check/"))
    settled(page)


def begin(portal, page):
    """Begin and describe a dataset; return its name."""
    page.goto(f"{portal.address}/ar/dataset/new")
    page.fill("[name=title_translated-ar]", "مشاريع الطرقات")
    if page.locator("select[name=owner_org]").count():
        page.select_option("[name=owner_org]", index=1)
    page.locator("[data-og-once]").click()
    page.wait_for_url("**/publish")
    name = page.url.rsplit("/", 2)[-2]
    page.goto(f"{portal.address}/ar/dataset/{name}/publish/describe")
    page.fill("[name=notes_translated-ar]", "حسب الولاية.")
    page.locator("[data-og-once]").click()
    page.wait_for_url("**/publish")
    return name


def repair_the_roads(page):
    """Accept what is safe, then that the last row is a total."""
    look(page, "1-found")
    found = page.url
    page.goto(f"{found}/reading?encoding=mac-roman")
    look(page, "0-reading")
    page.goto(found)
    page.locator("button[name=repairs][value=safe]").click()
    settled(page)
    expect(page.locator(".og-fix")).to_have_count(1)
    take_picture(page, "2-safe")
    page.locator(".og-fix button").click()
    settled(page)
    expect(page.locator(".og-verdict--ok")).to_be_visible()
    look(page, "3-clean")


def repair_the_counts(page):
    """Accept one repair after the other."""
    take_picture(page, "4-digits")
    while page.locator(".og-fix").count():
        page.locator(".og-fix button").first.click()
        settled(page)


def test_bad_files_are_published_by_accepted_repairs(portal):
    amel = portal.sign_in("amel", language="ar", width=360)
    name = begin(portal, amel)
    send(portal, amel, name, "roads.csv", BAD)
    repair_the_roads(amel)
    send(portal, amel, name, "counts.csv", DIGITS)
    repair_the_counts(amel)
    amel.goto(f"{portal.address}/ar/dataset/{name}/publish/submit")
    amel.locator("[data-og-once]").click()
    amel.wait_for_url("**/publish/done")
    sami = portal.sign_in("sami", language="ar", width=360)
    sami.goto(f"{portal.address}/ar/dataset/{name}/review")
    sami.locator("#decision-publish").check()
    sami.locator(".og-decide .btn-primary").click()
    expect(sami.locator(".og-flash, .og-tag--ok").first).to_be_visible()

    roads, counts = RemoteCKAN(portal.address).action.package_show(id=name)["resources"]
    table = pd.read_csv(roads["url"])
    assert list(table.columns) == ["الولاية", "التاريخ", "الطول (كم)", "الكلفة"]
    assert list(table["الكلفة"]) == [1234.5, 12000, 900.75]
    assert list(pd.read_csv(counts["url"])["العدد"]) == [12.5, 1234]
    assert portal.complaints == []
