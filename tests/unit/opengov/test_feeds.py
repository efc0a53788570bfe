"""Atom feeds and sitemaps as their standards want them; JSON-LD that stays in its element."""

import json

import pytest
from lxml import etree

from ckanext.opengov.domain import sitemaps
from ckanext.opengov.domain.structured import as_script, period, thing
from ckanext.opengov.shared.domain.feeds import ATOM, NEVER, Entry, Feed, atom

LINKS = {"self": "https://example.org/feed", "alternate": "https://example.org/"}


def feed(*entries):
    return etree.fromstring(
        atom(Feed("https://example.org/feed", "Data", "ar", "Portal", LINKS, entries))
    )


def entry(**values):
    return Entry(**{"id": "urn:1", "title": "T", "updated": "2026-01-01T00:00:00Z"} | values)


def test_a_feed_is_as_new_as_its_newest_entry():
    older = entry(page="https://example.org/1")
    newer = entry(page="https://example.org/2", updated="2026-02-01T00:00:00Z")

    assert feed(older, newer).findtext(f"{{{ATOM}}}updated") == "2026-02-01T00:00:00Z"
    assert feed().findtext(f"{{{ATOM}}}updated") == NEVER


@pytest.mark.parametrize("text", ["a\x0bb", "a\x00b", "a\ufffeb"])
def test_what_xml_cannot_hold_is_left_out(text):
    found = feed(entry(page="https://example.org/1", title=text, categories=[{"term": text}]))

    assert found.find(f"{{{ATOM}}}entry").findtext(f"{{{ATOM}}}title") == "ab"


def test_markup_in_a_title_is_text():
    found = feed(entry(page="https://example.org/1", title="<b>&"))

    assert found.find(f"{{{ATOM}}}entry").findtext(f"{{{ATOM}}}title") == "<b>&"


def test_a_sitemap_gives_each_address_with_all_its_languages():
    pages = [({"ar": "https://example.org/ar?a&b", "fr": "https://example.org/fr"}, None)]
    found = etree.fromstring("".join(sitemaps.addresses(pages)).encode())

    assert [url[0].text for url in found] == [
        "https://example.org/ar?a&b",
        "https://example.org/fr",
    ]
    assert all(len(url) == 3 for url in found)


@pytest.mark.parametrize("text", ["</script><script>alert(1)</script>", "<!--", "\u2028", "&lt;"])
def test_no_text_leaves_the_element_of_the_data(text):
    written = as_script(thing("Dataset", name=text))

    assert not set(written) & set("<>&\u2028")
    assert json.loads(written)["name"] == text


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-01-01", None, "2026-01-01/.."),
        (None, "2026-01-01", "../2026-01-01"),
        (None, None, None),
    ],
)
def test_a_period_may_be_open(start, end, expected):
    assert period(start, end) == expected
