"""Feeds, sitemap and JSON-LD: what other machines read of the portal."""

import itertools
import json
import re
import sys

import pytest
from lxml import etree

import ckan.plugins.toolkit as tk

ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
TITLES = {"ar": "الأمطار", "fr": "Pluies", "en": "Rainfall"}
FEEDS = (
    "dataset.atom",
    "organization/meteo.atom",
    "theme/ENVI.atom",
    "tag/rain.atom",
    "custom.atom?q=rainfall",
    "custom.atom?organization=meteo&theme=ENVI&tags=rain&res_format=CSV&license_id=cc-by",
)


@pytest.fixture
def body(portal):
    return portal.body(amel="editor", sami="admin")


@pytest.fixture
def dataset(portal, body):
    """A published dataset, beside others that are not public."""
    found = portal.published(
        "amel",
        "sami",
        body,
        title_translated=TITLES,
        notes_translated={"ar": "مليمترات </script>", "fr": "En millimètres"},
        theme="ENVI",
        tags=[{"name": "rain"}],
        spatial_name="Tunis",
        temporal_start="2026-01-01",
        contact_email="climate@example.org",
    )
    more = {"tags": [{"name": "rain"}], "theme": "ENVI", "title": "Secret rainfall"}
    portal.draft("amel", body, name="secret-draft", **more)
    gone = portal.published("amel", "sami", body, name="secret-gone", **more)
    portal.ok("sami", "opengov_dataset_withdraw", id=gone["id"], reason="Wrong")
    portal.work()
    return found


def fetched(portal, path, **headers):
    answer = portal.client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def feed(portal, path):
    answer = fetched(portal, path)
    assert answer.mimetype == "application/atom+xml"
    return etree.fromstring(answer.data)


def faults(found):
    """Yield what RFC 4287 has against a feed."""
    for element in (found, *found.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            texts = [each.text for each in element.findall(ATOM + name)]
            if len(texts) != 1 or not texts[0]:
                yield element.tag, name, texts
        if not TIME.fullmatch(element.findtext(f"{ATOM}updated")):
            yield element.tag, "updated"
        plain = [
            (link.get("type"), link.get("hreflang"))
            for link in element.findall(f"{ATOM}link")
            if link.get("rel") == "alternate"
        ]
        if not plain or len(set(plain)) != len(plain):
            yield element.tag, "alternates", plain
    yield from faults_of_ids(found)


def faults_of_ids(found):
    if not found.findtext(f"{ATOM}author/{ATOM}name"):
        yield "author"
    ids = [each.text for each in found.iter(f"{ATOM}id")]
    if len(set(ids)) != len(ids) or not all(re.match("https?://", each) for each in ids):
        yield "id", ids


def test_every_feed_is_valid_and_in_the_readers_language(portal, dataset):
    for language, path in itertools.product(TITLES, FEEDS):
        found = feed(portal, f"/{language}/feeds/{path}")
        titles = [each.text for each in found.findall(f"{ATOM}entry/{ATOM}title")]

        assert list(faults(found)) == []
        assert found.get(LANG) == language
        assert titles == [TITLES[language]], path
        assert "ecret" not in etree.tostring(found, encoding="unicode")


def test_the_person_who_may_see_drafts_gets_the_same_feed(portal, dataset):
    mine = fetched(portal, "/feeds/dataset.atom", Authorization=portal.tokens["amel"])

    assert b"ecret" not in mine.data


def test_the_id_of_an_entry_stays(portal, dataset):
    ids = {
        feed(portal, f"/{language}/feeds/dataset.atom").findtext(f"{ATOM}entry/{ATOM}id")
        for language in TITLES
    }

    assert ids == {f"http://test.ckan.net/dataset/{dataset['id']}"}


def test_an_empty_feed_is_valid(portal, body):
    assert list(faults(feed(portal, "/ar/feeds/organization/meteo.atom"))) == []


ODD = {
    "organization/nothing.atom": 404,
    "theme/NONE.atom": 404,
    "dataset.atom?page=0": 404,
    "dataset.atom?page=x": 404,
    "dataset.atom?page=51": 404,
    "tag/%00.atom": 404,
    "custom.atom?q=%00": 404,
    'custom.atom?q="': 400,
    'custom.atom?tags="%20OR%20name:*': 200,
    "custom.atom?fq=capacity:private&include_drafts=true": 200,
}


def test_odd_calls_of_a_feed_break_nothing(portal, dataset):
    for path, status in ODD.items():
        answer = portal.client.get(f"/feeds/{path}")

        assert answer.status_code == status, path
        assert "ecret" not in answer.text


def test_a_feed_leads_to_its_older_pages(portal, dataset, body, monkeypatch):
    monkeypatch.setitem(tk.config, "ckan.feeds.limit", 1)
    portal.published("amel", "sami", body, name="newer", title="Newer")

    first = feed(portal, "/en/feeds/dataset.atom")
    [following] = [
        link.get("href") for link in first.iter(f"{ATOM}link") if link.get("rel") == "next"
    ]
    second = feed(portal, following.removeprefix("http://test.ckan.net"))

    titles = [each.findtext(f"{ATOM}entry/{ATOM}title") for each in (first, second)]
    assert titles == ["Newer", "Rainfall"]


def test_who_has_it_need_not_load_it_again(portal, dataset):
    for path in ("/fr/feeds/dataset.atom", "/sitemap.xml"):
        etag = fetched(portal, path).headers["ETag"]

        assert portal.client.get(path, headers={"If-None-Match": etag}).status_code == 304


def sitemap(portal):
    """Return all parts of the sitemap."""
    found = etree.fromstring(fetched(portal, "/sitemap.xml").data)
    places = [each.text for each in found.iter(f"{SITEMAP}loc")]
    return [
        etree.fromstring(fetched(portal, place.removeprefix("http://test.ckan.net")).data)
        for place in places
    ]


def test_the_sitemap_has_every_public_page_in_every_language(portal, dataset):
    parts = sitemap(portal)
    addresses = [each.text for part in parts for each in part.iter(f"{SITEMAP}loc")]
    others = [url.findall(f"{XHTML}link") for part in parts for url in part]

    for language in TITLES:
        for page in ("", "dataset/rainfall", "organization/meteo", "developers"):
            assert f"http://test.ckan.net/{language}/{page}" in addresses
    assert not [each for each in addresses if "secret" in each]
    assert all([link.get("hreflang") for link in each] == ["fr", "ar", "en"] for each in others)


def test_the_sitemap_comes_in_parts(portal, dataset, body, monkeypatch):
    for name in ("b", "c"):
        portal.published("amel", "sami", body, name=f"rain-{name}", title=name)
    monkeypatch.setattr("ckanext.opengov.logic.action.catalogue.PART", 2)
    monkeypatch.setattr(sys.modules["ckanext.opengov.views.sitemap"], "PART", 2)
    monkeypatch.setattr(sys.modules["ckanext.opengov.views.sitemap"], "AT_ONCE", 1)

    _pages, *datasets, consultations, _complaints = sitemap(portal)

    assert len(consultations) // 3 == 1
    assert [len(part) // 3 for part in datasets] == [2, 1]
    addresses = {each.text for part in datasets for each in part.iter(f"{SITEMAP}loc")}
    assert len(addresses) == 9


def test_robots_are_told_where_the_sitemap_is(portal):
    text = fetched(portal, "/robots.txt").text

    assert "Sitemap: http://test.ckan.net/sitemap.xml" in text.splitlines()
    assert "Disallow: /api/" in text


def structured(portal, path):
    page = fetched(portal, path).text
    [text] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    return json.loads(text)


def test_search_engines_read_a_dataset(portal, dataset):
    for language, title in TITLES.items():
        found = structured(portal, f"/{language}/dataset/rainfall")
        [file] = found["distribution"]

        assert (found["@context"], found["@type"]) == ("https://schema.org", "Dataset")
        assert found["name"] == title
        assert found["description"]
        assert found["license"] == "https://creativecommons.org/licenses/by/4.0/"
        assert found["creator"]["@type"] == "GovernmentOrganization"
        assert found["temporalCoverage"] == "2026-01-01/.."
        assert found["includedInDataCatalog"]["@type"] == "DataCatalog"
        assert file["contentUrl"] == dataset["resources"][0]["url"]
        assert file["encodingFormat"] == "text/csv"


def test_search_engines_read_the_portal_and_its_bodies(portal, dataset):
    assert structured(portal, "/ar/")["@type"] == "DataCatalog"
    assert structured(portal, "/ar/organization/meteo")["name"] == "meteo"


def test_the_page_of_a_draft_tells_search_engines_nothing(portal, dataset):
    token = {"Authorization": portal.tokens["amel"]}
    page = portal.client.get("/en/dataset/secret-draft", headers=token).text

    assert "Secret rainfall" in page
    assert 'application/ld+json">{' not in page
    assert 'hreflang="x-default"' not in page


CATALOGUE = ["text/turtle", "application/ld+json", "application/rdf+xml"]
FORMS = {
    "/fr/": ["application/atom+xml", *CATALOGUE],
    "/fr/dataset/rainfall": ["application/atom+xml", *CATALOGUE],
    "/fr/organization/meteo": ["application/atom+xml"],
}


def test_a_page_names_its_other_forms(portal, dataset):
    for path, kinds in FORMS.items():
        page = fetched(portal, path).text
        links = [link for link in re.findall("<link [^>]*>", page) if 'rel="alternate"' in link]
        languages = {
            language for link in links for language in re.findall('hreflang="(.+?)"', link)
        }

        for kind in kinds:
            [link] = [link for link in links if f'type="{kind}"' in link]
            address = re.search('href="([^"]+)"', link).group(1)
            fetched(portal, address.removeprefix("http://test.ckan.net"))
        assert languages == {"ar", "fr", "en", "x-default"}


def test_all_public_datasets_are_listed_in_pages(portal, dataset, body):
    portal.published("amel", "sami", body, name="other", title="Other")
    first = portal.ok(None, "opengov_dataset_list", limit=1)
    second = portal.ok(None, "opengov_dataset_list", limit=1, cursor=first["next_cursor"])

    names = {each["name"] for page in (first, second) for each in page["results"]}
    assert names == {"rainfall", "other"}
    assert second["next_cursor"] is None
    assert portal.call(None, "opengov_dataset_list", cursor="x")[0] == 409
