"""The look of the portal: CKAN's pages in the suite's clothes."""

import re
from urllib.parse import urlsplit

import pytest


@pytest.fixture
def dataset(portal):
    body = portal.body(amel="editor", sami="admin")
    return portal.published("amel", "sami", body, spatial_name="Tunis")


def read(portal, path):
    return portal.client.get(path).text


@pytest.mark.parametrize("path", ["/ar/", "/fr/dataset/", "/en/dataset/rainfall", "/ar/nothing"])
def test_every_page_wears_the_theme_and_asks_no_other_site(portal, dataset, path):
    page = read(portal, path)

    loaded = re.findall(r'<(?:script|img)[^>]+src="([^"]+)"|<link[^>]+href="([^"]+)"', page)
    hosts = {urlsplit(address).netloc for pair in loaded for address in pair}
    assert re.search(r"/opengov/[^\"]*theme\.css", page)
    assert hosts <= {"", "test.ckan.net"}
    assert 'class="og-lang"' in page


def test_the_site_serves_its_own_fonts(portal):
    sheet = re.search(r'href="([^"]+/opengov/[^"]*theme\.css[^"]*)"', read(portal, "/ar/")).group(1)
    fonts = set(re.findall(r"url\(\"?'?([^)\"']+\.woff2)", read(portal, sheet)))

    assert len(fonts) == 4
    for font in fonts:
        path = "/" + font.lstrip("./") if font.startswith(".") else font
        answer = portal.client.get(path)
        assert answer.status_code == 200, path
        assert answer.data.startswith(b"wOF2")


@pytest.mark.parametrize(
    ("language", "count", "bodies"),
    [
        ("ar", "مجموعة بيانات واحدة", "هيكل عمومي واحد"),
        ("fr", "1 jeu de données", "1 organisme public"),
        ("en", "1 dataset", "1 public body"),
    ],
)
def test_the_home_page_counts_and_shows_what_is_new(portal, dataset, language, count, bodies):
    page = read(portal, f"/{language}/")

    assert count in page
    assert bodies in page
    assert f'href="/{language}/dataset/rainfall"' in page


def test_a_file_is_downloaded_from_the_page_of_its_dataset(portal, dataset):
    url = dataset["resources"][0]["url"]

    assert f'href="{url}" download>' in read(portal, "/en/dataset/rainfall")


def test_a_dataset_shows_no_row_without_a_value(portal, dataset):
    facts = re.findall(
        r"<dt>[^<]*</dt>\s*<dd[^>]*>(.*?)</dd>", read(portal, "/dataset/rainfall"), re.S
    )

    assert len(facts) == 3
    assert all(fact.strip() for fact in facts)
    assert "Tunis" in facts[1]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ar", "هذه الصفحة غير موجودة"),
        ("fr", "existe pas</h1>"),
        ("en", "This page does not exist"),
    ],
)
@pytest.mark.parametrize("path", ["nothing", "dataset/nothing", "organization/nothing"])
def test_what_does_not_exist_is_said_in_words(portal, language, sentence, path):
    answer = portal.client.get(f"/{language}/{path}")

    assert answer.status_code == 404
    assert sentence in answer.text
    assert 'role="search"' in answer.text


def test_a_page_that_breaks_says_so_in_words(portal, monkeypatch):
    app = portal.client.flask_app
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, "home.about", lambda: 1 / 0)

    answer = app.test_client().get("/ar/about")

    assert answer.status_code == 500
    assert "حدث خطأ من جانبنا" in answer.text
    assert "ZeroDivisionError" not in answer.text
