"""One search over everything that is public."""

import re

import pytest

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError


@pytest.fixture
def body(portal):
    titles = {"ar": "وزارة المناخ", "fr": "Ministère du Climat", "en": "Ministry of Climate"}
    made = portal.body("climate", amel="editor", sami="admin")
    return portal.ok("operator", "organization_patch", id=made["id"], title_translated=titles)


@pytest.fixture
def dataset(portal, body):
    return portal.published("amel", "sami", body, theme="ENVI")


def ask(portal, **wish):
    answer = portal.client.get("/api/3/action/opengov_search", query_string=wish)
    return answer.json["result"]


def counts(found):
    return {each["kind"]: each["count"] for each in found["kinds"]}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("rainfall", {"dataset": 1, "organization": 0}),
        ("climat ministère", {"dataset": 1, "organization": 1}),
        ("المناخ", {"dataset": 1, "organization": 1}),
        ("", {"dataset": 1, "organization": 1}),
        ("nothing-has-this", {"dataset": 0, "organization": 0}),
        ("Rainfall: (rainfall", {"dataset": 1, "organization": 0}),
    ],
)
def test_each_kind_is_found_by_its_words(portal, dataset, words, expected):
    # Other plugins add kinds of their own.
    assert counts(ask(portal, q=words)) | expected == counts(ask(portal, q=words))


def test_what_is_not_public_is_not_found(portal, body):
    portal.draft("amel", body, name="hidden")

    assert counts(ask(portal, q="rainfall"))["dataset"] == 0


@pytest.mark.parametrize("limit", ["0", "21", "many", "-1"])
def test_a_limit_out_of_range_is_refused(portal, limit):
    answer = portal.client.get(f"/api/3/action/opengov_search?limit={limit}")

    assert answer.status_code == 409
    assert answer.json["error"]["__codes"]["limit"][0] in ("invalid-limit", "unreadable-value")


@pytest.mark.parametrize(
    ("language", "title", "kinds"),
    [
        ("ar", "وزارة المناخ", ["البيانات", "الهياكل العمومية"]),
        ("fr", "Ministère du Climat", ["Données", "Organismes publics"]),
        ("en", "Ministry of Climate", ["Data", "Public bodies"]),
    ],
)
def test_the_page_shows_all_kinds(portal, dataset, language, title, kinds):
    page = portal.client.get(f"/{language}/search?q=climat").text

    assert [name.strip() for name in re.findall(r'<h2 id="\w+">([^<]*)</h2>', page)] == kinds
    assert f'href="/{language}/organization/climate">{title}</a>' in page
    assert f'href="/{language}/dataset/rainfall"' in page


def test_a_search_for_nothing_that_exists_says_what_to_do(portal, dataset):
    page = portal.client.get("/en/search?q=<script>alert(1)</script>").text

    assert "Use fewer or wider ones" in page
    assert "<script>alert" not in page


def test_a_body_is_found_while_the_index_is_away(portal, dataset, monkeypatch):
    real = tk.get_action

    def without_index(name):
        def fail(*_ignored):
            raise SearchError("away")

        return fail if name == "package_search" else real(name)

    monkeypatch.setattr(tk, "get_action", without_index)
    page = portal.client.get("/en/search?q=climate").text

    assert "cannot be searched just now" in page
    assert "Ministry of Climate" in page


def test_a_colon_in_the_search_of_datasets_is_no_order_to_the_engine(portal, dataset):
    page = portal.client.get("/en/dataset/?q=Rainfall: rainfall").text

    assert 'href="/en/dataset/rainfall"' in page
    found = portal.client.get("/api/3/action/package_search?q=name:rainfall").json["result"]
    assert found["count"] == 1


def test_the_home_page_leads_to_the_search_and_to_the_themes(portal, dataset):
    page = portal.client.get("/fr/").text

    assert 'action="/fr/search"' in page
    assert re.search(r'href="/fr/dataset/\?theme=\w+"', page)


TITLES = {
    "ar": "المبادئ التوجيهية لجودة الهواء في المطارات والولايات ورموزها",
    "fr": "Qualité de l\u2019air",
    "en": "Air quality",
}
OTHERS = {"ar": "كميات الأمطار", "fr": "Pluie de l'année d'avant", "en": "Rain of the year before"}


@pytest.fixture
def pair(portal, body):
    portal.published("amel", "sami", body, name="air", title_translated=TITLES)
    portal.published("amel", "sami", body, name="rain", title_translated=OTHERS)


@pytest.mark.parametrize("address", ["/fr/dataset/", "/fr/search"])
@pytest.mark.parametrize(
    "words",
    [
        "l'air", "L\u2019air", "qualite", "QUALITÉ DE L'AIR", "qualite AND", "-pluie air",
        "جودة الهواء", "هواء", "مطار", "رموز الولايات", "ولاية", "الجودة",
    ],
)  # fmt: skip
def test_words_find_what_has_them_and_nothing_else(portal, pair, address, words):
    page = portal.client.get(address, query_string={"q": words}).text

    assert 'href="/fr/dataset/air"' in page
    assert 'href="/fr/dataset/rain"' not in page


def test_words_that_are_orders_to_the_engine_are_words(portal, pair):
    page = portal.client.get("/en/dataset/?q=quality AND").text

    assert "does not work just now" not in page


def test_the_api_says_shortly_that_it_cannot_read_a_query(portal, dataset):
    answer = portal.client.get('/api/3/action/package_search?q="&lang=fr')

    assert answer.status_code == 409
    assert answer.json["error"]["__codes"] == {"q": ["unreadable-query"]}
    assert "SOLR" not in answer.text


@pytest.mark.parametrize("words", ["ministère de l'climat", "الوزارات المناخ", "MINISTERE"])
def test_a_body_is_found_however_its_name_is_written(portal, body, words):
    assert counts(ask(portal, q=words))["organization"] == 1
