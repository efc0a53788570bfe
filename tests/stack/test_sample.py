"""A new portal begins with a sample: bodies, and datasets in every state."""

import collections
import os
import subprocess
import sys

import pytest
import requests
from opengov_stack import installation, settings, site
from tests.common.running import running_portal
from tests.stack.test_kill import Site

STATES = {
    "draft": 1,
    "submitted": 1,
    "returned": 1,
    "scheduled": 1,
    "published": 21,
    "withdrawn": 1,
}
BODY, DATASET = "national-institute-of-statistics", "population-maghreb"
BODIES = {
    "ar": "المعهد الوطني للإحصاء",
    "fr": "Institut national de la statistique",
    "en": "National Institute of Statistics",
}
DATASETS = {
    "ar": "عدد سكّان البلدان المغاربية منذ 1960",
    "fr": "Population des pays du Maghreb depuis 1960",
    "en": "Population of the Maghreb countries since 1960",
}
PAGE = 100


@pytest.fixture(scope="module")
def portal():
    """A running portal with its sample."""
    with running_portal(sample=True) as (folder, address):
        yield Site(folder, address)


def datasets(portal, user=None, **asked):
    status, found = portal.call(user, "package_search", rows=1000, **asked)
    assert status == 200
    return found["results"]


def set_up_again(portal):
    """Prepare the databases once more, as each start does."""
    here = installation.load(portal.folder)
    given = {
        "CKAN_INI": str(here.ini),
        "OPENGOV_POSTGRES": settings.database_url(
            "postgres", here.secrets.postgres, here.ports, "postgres"
        ),
        "OPENGOV_ACCOUNTS": str(here.accounts),
        "OPENGOV_SAMPLE": str(here.sample),
    }
    command = [sys.executable, "-W", "ignore", "-m", "opengov_stack.site"]
    subprocess.run(command, env={**os.environ, **given}, check=True, capture_output=True)


def test_datasets_stand_in_every_state_and_a_change_waits(portal):
    found = datasets(portal, "amel", include_drafts=True)

    shown = [portal.call("amel", "package_show", id=each["id"])[1] for each in found]
    assert collections.Counter(each["publication_state"] for each in shown) == STATES
    waiting = portal.call("sami", "opengov_review_list")[1]["results"]
    assert [each["name"] for each in waiting if each["revision"] > 1] == ["ogp-commitments"]
    for reasoned in ("access-to-information-deadlines", "dialling-codes"):
        assert portal.call("amel", "opengov_review_show", id=reasoned)[1]["reason"]


def test_bodies_stand_under_one_another(portal):
    asked = {"all_fields": True, "include_extras": True, "include_groups": True}
    bodies = portal.call(None, "organization_list", **asked)[1]

    assert len(bodies) >= 8
    assert all(set(each["title_translated"]) == set(BODIES) for each in bodies)
    parents = {each["name"]: [group["name"] for group in each["groups"]] for each in bodies}
    assert parents[BODY] == ["ministry-of-economy"]
    assert sum(map(len, parents.values())) >= 4


def test_every_file_is_checked_and_every_published_table_is_read(portal):
    for dataset in datasets(portal):
        for resource in dataset["resources"]:
            is_table = resource["format"] in ("CSV", "XLSX")
            verdict = "clean" if is_table else "warned"
            assert resource["validation_status"] == verdict, (dataset["name"], resource["name"])
            assert bool(resource.get("datastore_active")) == is_table
            if is_table:
                status, rows = portal.call(None, "datastore_search", resource_id=resource["id"])
                assert (status, bool(rows["records"])) == (200, True)


def test_a_long_table_is_read_page_by_page(portal):
    dataset = portal.call(None, "package_show", id=DATASET)[1]
    asked = {"resource_id": dataset["resources"][0]["id"], "limit": PAGE, "sort": "_id"}

    pages = [
        portal.call(None, "datastore_search", offset=offset, **asked)[1]
        for offset in range(0, 4 * PAGE, PAGE)
    ]

    assert pages[0]["total"] >= 3 * PAGE
    rows = [row["_id"] for page in pages for row in page["records"]]
    assert len(set(rows)) == len(rows) == pages[0]["total"]


@pytest.mark.parametrize("language", BODIES)
def test_pages_show_the_names_in_the_readers_language(portal, language):
    for path in ("organization", f"organization/{BODY}", f"dataset/{DATASET}", "dataset/"):
        page = requests.get(f"{portal.address}/{language}/{path}", timeout=30)
        assert page.status_code == 200
        assert BODIES[language] in page.text, path
    assert (
        DATASETS[language]
        in requests.get(f"{portal.address}/{language}/dataset/{DATASET}", timeout=30).text
    )


def test_a_second_start_brings_nothing_back(portal):
    status, _ = portal.call("amel", "package_delete", id="months-and-days")
    assert status == 200
    left = {each["name"] for each in datasets(portal, "amel", include_drafts=True)}
    set_up_again(portal)
    assert {each["name"] for each in datasets(portal, "amel", include_drafts=True)} == left

    # A portal that somebody has without a sample gets none.
    marker = installation.load(portal.folder).sample
    assert marker.read_text() == site.DONE
    marker.unlink()
    set_up_again(portal)
    assert not marker.exists()
    assert {each["name"] for each in datasets(portal, "amel", include_drafts=True)} == left
