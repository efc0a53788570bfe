"""What pages say, and how it is laid out for those who cannot see it."""

import re

import pytest
from tests.common.people import Person

import ckan.plugins.toolkit as tk

DESCRIPTIONS = {"ar": "أرصاد الجوّ", "fr": "La météo", "en": "The weather"}


@pytest.fixture
def body(portal):
    made = portal.body("meteo", amel="editor", sami="admin")
    return portal.ok(
        "operator", "organization_patch", id=made["id"], description_translated=DESCRIPTIONS
    )


@pytest.fixture
def dataset(portal, body):
    return portal.published("amel", "sami", body)


def page(portal, user, path):
    return portal.client.get(path, headers={"Authorization": portal.tokens[user]}).text


def test_the_first_of_a_month_is_an_ordinal_in_french(portal):
    with portal.client.flask_app.test_request_context("/fr/"):
        assert tk.h.render_datetime("2026-01-01") == "1er janvier 2026"
        assert tk.h.render_datetime("2026-01-11") == "11 janvier 2026"


@pytest.mark.parametrize("path", ["/fr/organization/meteo", "/fr/dataset/", "/fr/organization/"])
def test_a_page_has_one_heading_of_the_first_level(portal, dataset, path):
    assert portal.client.get(path).text.count("<h1") == 1


def test_the_page_of_members_says_of_which_body(portal, dataset):
    shown = page(portal, "sami", "/en/organization/members/meteo")

    assert re.findall(r"<h1[^>]*>\s*(.*?)\s*</h1>", shown) == ["meteo"]


def test_what_a_licence_asks_is_not_among_what_one_may_do(portal, dataset):
    shown = portal.client.get("/en/dataset/rainfall").text

    may, must = shown.split("What you may do")[1].split("What you must do")
    assert "Name the producer" not in may
    assert "Name the producer" in must.split("Citation")[0]


def test_bodies_on_the_dashboard_are_described_in_the_readers_language(portal, body):
    shown = page(portal, "amel", "/ar/dashboard/organizations")

    assert "أرصاد الجوّ" in shown
    assert "La météo" not in shown


@pytest.mark.parametrize("path", ["/dashboard/", "/dashboard/data", "/dashboard/organizations"])
def test_the_dashboard_has_no_style_that_the_policy_forbids(
    portal, dataset, clock, path, monkeypatch
):
    monkeypatch.setitem(tk.config, "ckan.activity_list_limit", 1)
    sami = Person(portal, clock, "sami")
    sami.sign_in()

    assert " style=" not in sami.get(path).text


def test_the_dashboard_is_in_the_menu_of_a_phone(portal, body):
    menu = re.search(r'<nav class="og-nav".*?</nav>', page(portal, "amel", "/en/"), re.DOTALL)

    assert "/en/dashboard/start" in menu.group()
    assert (
        "dashboard"
        not in re.search(
            r'<nav class="og-nav".*?</nav>', portal.client.get("/en/").text, re.DOTALL
        ).group()
    )


def test_days_in_a_table_stay_whole(portal, body):
    table = "station,day\nTunis,2026-01-02\n"
    portal.published("amel", "sami", body, text=table)

    assert (
        '<td class="og-day" dir="auto">2026-01-02' in portal.client.get("/fr/dataset/rainfall").text
    )


def test_every_example_for_developers_can_be_copied(portal):
    shown = portal.client.get("/fr/developers").text

    ids = re.findall(r'<pre[^>]*data-program="\w+" id="([\w-]+)"', shown)
    assert ids
    assert re.findall(r'data-og-copy="#([\w-]+)"', shown) == ids
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("language", "said"), [("fr", "ralentis"), ("ar", "تُبطَّأ")])
def test_developers_read_what_the_terms_say(portal, language, said):
    shown = portal.client.get(f"/{language}/developers").text

    assert said in shown
    assert "# Take the id" not in shown


def test_arabic_says_of_none_that_there_is_none(portal, body):
    shown = portal.client.get("/ar/organization/").text

    assert "لا توجد مجموعات بيانات" in shown


@pytest.mark.parametrize("path", ["/ar/dataset/rainfall/review"])
def test_arabic_lists_have_arabic_commas(portal, body, path):
    portal.submitted("amel", body)

    shown = page(portal, "sami", path)
    assert not re.search(r"[\u0621-\u064a]\)?</?\w*>?,\s", shown)
