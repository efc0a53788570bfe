"""A new portal begins with a sample: datasets, consultations and complaints in every state."""

import collections
import os
import re
import subprocess
import sys
import time

import pytest
import requests
from opengov_stack import accounts, codes, installation, settings, site
from tests.common.running import opengov
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
CONSULTATIONS = {
    "cycling-strategy": ("draft", None, False),
    "taxi-fares": ("draft", None, False),
    "old-town-facades": ("in-review", None, False),
    "forest-fires": ("published", "scheduled", False),
    "public-transport-access": ("published", "open", False),
    "library-hours": ("published", "open", False),
    "city-air": ("published", "closed", False),
    "quiet-nights": ("published", "closed", True),
    "single-use-bags": ("results", "closed", False),
    "museums-on-sundays": ("archived", "closed", False),
    "one-ticket": ("cancelled", None, False),
}
"""By name: state, phase, and whether the body owes a reply since long."""
RICH, ANSWERED = "public-transport-access", "single-use-bags"
ARTICLES = {"ar": "الفصل 3", "fr": "Article 3", "en": "الفصل 3"}
"""The text is in Arabic and French; who reads English is shown the one that counts."""
WORKLISTS = {
    "dorra": {"registered": 1, "in-progress": 6, "waiting-citizen": 1, "answered": 1},
    "mehdi": {"in-progress": 3, "appealed": 1, "answered": 1},
    "basma": {"registered": 1, "in-progress": 2, "appealed": 1},
    "fares": {"registered": 1},
    "olfa": {"appealed": 2},
}
"""By who reads it: how many complaints stand where."""
CODES_TRIED = 4
CSRF = re.compile(r'name="_csrf_token" value="([^"]+)"')


@pytest.fixture(scope="module")
def portal(sample_portal):
    """A running portal with its sample."""
    return Site(*sample_portal)


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
            is_table = resource["format"] in ("CSV", "GeoJSON", "JSON", "XLSX")
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


def consultations(portal):
    asked = {name: portal.call("amel", "consultation_show", id=name) for name in CONSULTATIONS}
    return {name: found for name, (status, found) in asked.items() if status == 200}


def test_consultations_stand_in_every_state(portal):
    found = consultations(portal)

    shown = {
        name: (each["state"], each["phase"], each["is_overdue"]) for name, each in found.items()
    }
    assert shown == CONSULTATIONS
    assert all(set(each["title_translated"]) == set(BODIES) for each in found.values())
    assert found["taxi-fares"]["reason"]
    assert found["one-ticket"]["reason"]


@pytest.mark.parametrize("language", BODIES)
def test_texts_and_results_of_consultations_open_in_each_language(portal, language):
    for path, words in (
        (f"{RICH}/text/2", ARTICLES[language]),
        (f"{RICH}/text/2/chp_2__art_3__p_1", "2028"),
        (f"{RICH}/diff/1..2", "2028"),
        (f"{ANSWERED}/results", "art_2__p_1"),
        (f"{ANSWERED}/heard", ""),
    ):
        page = requests.get(f"{portal.address}/{language}/consultation/{path}", timeout=30)
        assert (page.status_code, words in page.text) == (200, True), path


def test_what_was_said_is_carried_over_and_some_waits_for_a_person(portal):
    asked = {"consultation_id": RICH, "limit": 100}
    said = portal.call(None, "consultation_comment_list", sort="oldest", **asked)[1]["results"]
    places = collections.Counter(each["paragraph"]["state"] for each in said if each["paragraph"])
    states = collections.Counter(each["state"] for each in said)
    moments = [each["created_at"] for each in said]
    opened = portal.call(None, "consultation_show", id=RICH)[1]["opens_at"]

    assert places.keys() == {"same", "edited", "orphaned", "ambiguous"}
    assert (states["withdrawn"], states["hidden"]) == (1, 2)
    assert moments == sorted(moments)
    assert moments[0] > opened
    best = portal.call(None, "consultation_comment_list", sort="top", **asked)[1]["results"]
    assert best[0]["votes"]["for"] == max(each["votes"]["for"] for each in said)


def test_moderators_find_work(portal):
    asked = {"consultation_id": RICH}
    queue = portal.call("sami", "consultation_review_list", **asked)[1]

    causes = {cause for each in queue["results"] for cause in each["causes"]}
    assert causes == {"new", "reported", "personal"}
    assert any(each["near"] for each in queue["results"])
    assert queue["appeals"] == 1


def test_each_decision_was_taken_in_the_results(portal):
    results = portal.call(None, "consultation_results_show", id=ANSWERED)[1]

    assert all(results["decisions"][each] for each in ("accepted", "in-part", "refused", "noted"))
    changed = [reply["changes"] for theme in results["themes"] for reply in theme["replies"]]
    assert sum(map(len, changed)) >= 4


@pytest.fixture(scope="module")
def officers(portal):
    """The staff of complaints at their browsers, signed in with ``opengov code``."""
    return {name: sign_in(portal, name) for name in WORKLISTS}


def sign_in(portal, name):
    """Sign somebody in; each code opens once, and the set-up may have used this moment's."""
    known = accounts.named(accounts.read(portal.folder / "accounts.json"), name)
    for _ in range(CODES_TRIED):
        browser = requests.Session()
        send(portal, browser, "user/login", login=name, password=known["password"])
        code, printed = opengov("code", name, "--folder", str(portal.folder))
        assert code == 0, printed
        answer = send(portal, browser, "user/login/code", code=printed.split()[0])
        if answer.status_code == 200:
            return browser
        time.sleep(codes.seconds_left())
    raise AssertionError(f"{name}: {answer.status_code}")


def send(portal, browser, path, **fields):
    address = f"{portal.address}/en/{path}"
    token = CSRF.search(browser.get(address, timeout=30).text).group(1)
    return browser.post(address, data={**fields, "_csrf_token": token}, timeout=30)


def worklist(portal, browser):
    """Return what somebody has to do, with what they have answered besides."""
    address = f"{portal.address}/api/3/action/complaint_list?limit=100"
    found = browser.get(address, timeout=30).json()["result"]
    known = {each["number"] for each in found["results"]}
    for state in ("answered", "appealed"):
        more = browser.get(f"{address}&state={state}", timeout=30).json()["result"]["results"]
        found["results"] += [each for each in more if each["number"] not in known]
    return found


def test_complaints_stand_in_every_state(portal, officers):
    found = {name: worklist(portal, browser) for name, browser in officers.items()}

    assert {
        name: dict(collections.Counter(each["state"] for each in listed["results"]))
        for name, listed in found.items()
    } == WORKLISTS
    assert found["dorra"]["counts"]["late"] == 1
    assert found["basma"]["asked"] == 1
    days = [each["days_left"] for each in found["dorra"]["results"]]
    # Due tomorrow, or on the first day after it on which people work.
    assert any(1 <= left <= 5 for left in days)


@pytest.mark.parametrize("language", BODIES)
def test_staff_open_every_complaint_before_them(portal, officers, language):
    for browser in (officers["dorra"], officers["olfa"]):
        for each in worklist(portal, browser)["results"]:
            path = f"{language}/dashboard/complaints/{each['number']}"
            assert browser.get(f"{portal.address}/{path}", timeout=30).status_code == 200


def test_receipts_open_three_complaints(portal):
    receipts = accounts.read(portal.folder / "accounts.json")["receipts"]

    states = []
    for each in receipts:
        given = {"reference": each["reference"], "secret": each["secret"]}
        answer = requests.post(f"{portal.address}/complaints/api/track", json=given, timeout=30)
        states.append(answer.json()["result"]["state"])
    assert sorted(states) == ["answered", "appealed", "waiting-citizen"]


def test_everyone_can_complain(portal):
    offered = requests.get(f"{portal.address}/complaints/api/choices", timeout=30).json()["result"]

    assert len(offered["bodies"]) == 4
    page = requests.get(f"{portal.address}/fr/complaints/new", timeout=30, allow_redirects=False)
    assert page.status_code == 200


AUTHORITY = {
    "ar": "الهيئة الوطنية للنزاهة",
    "fr": "Autorité nationale de l&#39;intégrité",
    "en": "National Integrity Authority",
}


@pytest.mark.parametrize("language", AUTHORITY)
def test_who_would_report_corruption_is_told_where(portal, language):
    page = requests.get(f"{portal.address}/{language}/complaints/corruption", timeout=30).text
    assert AUTHORITY[language] in page
    assert settings.TELEPHONE in page


def test_a_second_start_brings_nothing_back(portal, officers):
    waiting = worklist(portal, officers["dorra"])
    assert portal.call("amel", "consultation_delete", id="cycling-strategy")[0] == 200
    status, _ = portal.call("amel", "package_delete", id="months-and-days")
    assert status == 200
    left = {each["name"] for each in datasets(portal, "amel", include_drafts=True)}
    set_up_again(portal)
    assert {each["name"] for each in datasets(portal, "amel", include_drafts=True)} == left
    assert consultations(portal).keys() == CONSULTATIONS.keys() - {"cycling-strategy"}
    assert worklist(portal, officers["dorra"]) == waiting

    # A portal that somebody has without a sample gets none.
    marker = installation.load(portal.folder).sample
    assert marker.read_text() == site.DONE
    marker.unlink()
    set_up_again(portal)
    assert not marker.exists()
    assert {each["name"] for each in datasets(portal, "amel", include_drafts=True)} == left
