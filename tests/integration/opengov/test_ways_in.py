"""Whoever follows a link without being signed in, or in another language, gets where it leads."""

import re
from urllib.parse import urlsplit

import pytest
from tests.common.people import PASSWORD

import ckan.plugins.toolkit as tk


@pytest.fixture
def body(portal):
    return portal.body("meteo", amel="editor", sami="admin")


def login_link(page):
    found = re.search(
        r'<a class="btn btn-secondary" href="([^"]*/user/login\?came_from=[^"]*)"', page
    )
    return found.group(1) if found else None


@pytest.mark.parametrize(
    "path", ["/fr/dataset/{}/publish", "/fr/dataset/{}/review", "/fr/dataset/{}", "/fr/{}/no/page"]
)
def test_a_missing_page_lets_visitors_sign_in_and_tells_nothing(portal, body, path):
    portal.draft("amel", body)

    there, made_up = (portal.client.get(path.format(name)) for name in ("rainfall", "nowhere"))

    assert there.status_code == made_up.status_code == 404
    assert there.text.replace("rainfall", "nowhere") == made_up.text
    assert login_link(there.text).endswith("came_from=" + path.format("rainfall"))


def signed_in_from(portal, link):
    parts = urlsplit(link)
    path = f"{parts.path}?{parts.query}"
    return portal.fill_in(path, login="amel", password=PASSWORD)


def test_who_signs_in_on_a_missing_page_comes_to_it(portal, body):
    portal.draft("amel", body)
    link = login_link(portal.client.get("/ar/dataset/rainfall/publish").text)

    answer = signed_in_from(portal, link)

    assert answer.location.endswith("/ar/dataset/rainfall/publish")


def test_who_is_signed_in_is_not_asked_to(portal, body):
    page = portal.client.get("/en/nothing", headers={"Authorization": portal.tokens["amel"]}).text

    assert login_link(page) is None


@pytest.mark.parametrize(
    "path",
    [
        "/ar/dashboard/data?state=draft",
        "/ar/dashboard/inbox/",
        "/ar/dashboard/review",
        "/ar/dashboard/organizations",
        "/ar/dashboard/",
        "/ar/user/amel/api-tokens",
    ],
)
def test_signing_in_keeps_the_language_and_what_was_asked_for(portal, body, path):
    asked = portal.client.get(path, follow_redirects=False)
    answer = signed_in_from(portal, asked.location)

    assert asked.status_code == 302
    assert "/ar/user/login" in asked.location
    assert answer.location.endswith(path)


def test_an_address_without_its_last_slash_keeps_the_language(portal):
    answer = portal.client.get("/ar/dashboard/inbox?unread=1", follow_redirects=False)

    assert answer.status_code == 308
    assert answer.location.endswith("/ar/dashboard/inbox/?unread=1")


def test_a_withdrawn_dataset_is_not_said_to_be_missing(portal, body):
    dataset = portal.published("amel", "sami", body)
    portal.ok("sami", "opengov_dataset_withdraw", id=dataset["id"], reason="Wrong station")
    portal.work()

    page = portal.client.get("/en/dataset/rainfall").text

    assert "Wrong station" in page
    assert "alert-danger" not in page
    assert "not found" not in page


@pytest.mark.parametrize("action", ["package_create", "resource_create", "package_patch"])
def test_the_api_asks_nobody_by_an_empty_name_to_log_in(portal, body, action):
    answer = portal.client.post(f"/api/3/action/{action}?lang=fr", json={"id": "x", "name": "x"})

    assert answer.status_code in (403, 404, 409)
    if answer.status_code == 403:
        assert "jeton" in answer.json["error"]["message"]
        assert "  " not in answer.json["error"]["message"]


def test_the_api_says_in_every_language_that_there_is_no_table(portal):
    answer = portal.client.get("/api/3/action/datastore_search?resource_id=nope&lang=fr")

    assert answer.status_code == 404
    assert "was not found" not in answer.text


def test_a_page_that_is_not_for_visitors_names_no_one(portal, body):
    page = portal.client.get("/fr/organization/manage_members/meteo").text

    assert "&#39;&#39;" not in page
    assert "''" not in re.search(r'id="error-content">.*?</div>', page, re.DOTALL).group()


@pytest.fixture
def names(portal, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.opengov.name_ar", "البيانات المفتوحة")
    monkeypatch.setitem(tk.config, "ckanext.opengov.name_fr", "Données ouvertes")
    portal.forget_pages()


@pytest.mark.parametrize(
    "path",
    ["/fr/", "/fr/dataset/", "/fr/dataset/rainfall", "/fr/feeds/dataset.atom", "/fr/developers"],
)
def test_the_portal_has_its_name_in_the_readers_language(portal, body, names, path):
    portal.published("amel", "sami", body)

    page = portal.client.get(path).text

    assert re.search(r"<title>[^<]*Données ouvertes", page)
    assert tk.config["ckan.site_title"] not in page


def test_the_catalogue_has_its_name_in_each_language(portal, names):
    catalogue = portal.client.get("/catalog.ttl").text

    assert '"Données ouvertes"@fr' in catalogue
    assert '"البيانات المفتوحة"@ar' in catalogue
    assert f'"{tk.config["ckan.site_title"]}"@en' in catalogue


def test_mail_comes_from_the_portal_by_its_name_in_the_readers_language(portal, body, names, mails):
    portal.submitted("amel", body)
    portal.work()

    assert {mail["From"].addresses[0].display_name for mail in mails()} == {"Données ouvertes"}


def test_the_mail_to_set_a_password_has_it_too(portal, body, names, mails):
    portal.fill_in("/ar/user/reset", user="amel")

    assert "البيانات المفتوحة" in mails()[-1]["Subject"]


def test_the_home_page_counts_the_bodies_that_its_link_lists(portal, body):
    portal.body("roads")
    portal.published("amel", "sami", body)

    assert "2 public bodies" in portal.client.get("/en/").text
