"""Pages on paper, and in the few colours that a reader forces on all pages."""

import pytest
from playwright.sync_api import expect

NOT_ON_PAPER = (".masthead", ".site-footer", ".toolbar", ".btn", "[role=search]")
WITHOUT_EDGE = """() => [...document.querySelectorAll('.btn, .form-control, .form-select, .og-tag')]
  .filter(e => e.checkVisibility() && !e.closest('.og-search'))
  .filter(e => getComputedStyle(e).borderTopStyle === 'none' ||
    getComputedStyle(e).borderTopWidth === '0px')
  .map(e => e.outerHTML.slice(0, 160))"""
PAGES = ("/", "/dataset/", "/organization/demo-ministry", "/developers")


@pytest.mark.parametrize("path", PAGES)
def test_paper_shows_black_text_and_nothing_to_press(portal, path):
    page = portal.visit(path)

    page.emulate_media(media="print", color_scheme="dark")

    for selector in NOT_ON_PAPER:
        for element in page.locator(selector).all():
            expect(element).to_be_hidden()
    for element in page.locator("h1, h2, main p").all():
        if element.is_visible():
            light = element.evaluate("e => getComputedStyle(e).color.match(/\\d+/g).slice(0, 3)")
            assert max(map(int, light)) < 128, (path, element)


@pytest.mark.parametrize("path", [*PAGES, "/user/login", "/user/reset"])
def test_forced_colours_leave_an_edge_around_what_is_pressed_or_filled(portal, path):
    page = portal.visit(path)

    page.emulate_media(forced_colors="active")

    assert page.evaluate(WITHOUT_EDGE) == []
