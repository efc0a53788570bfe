"""The pages of the review: who sees them, what they say when something is in the way."""

import csv
import importlib
import io
import json

import pytest


@pytest.fixture
def body(portal):
    return portal.body("meteo", amel="editor", sami="admin")


def page(portal, user, path):
    return portal.client.get(path, headers={"Authorization": portal.tokens[user]})


def test_the_queue_names_what_waits(portal, body):
    portal.submitted("amel", body)

    answer = page(portal, "sami", "/dashboard/review")

    assert answer.status_code == 200
    assert "Rainfall" in answer.text


def test_the_queue_asks_a_visitor_to_sign_in(portal):
    answer = portal.client.get("/dashboard/review", follow_redirects=False)

    assert answer.status_code == 302
    assert "/user/login" in answer.headers["Location"]


@pytest.mark.parametrize(
    "path",
    [
        "/dataset/rainfall/review",
        "/dataset/rainfall/publish",
        "/dataset/rainfall/publish/describe",
        "/dataset/rainfall/publish/file",
        "/dataset/rainfall/publish/file/{resource}",
        "/dataset/rainfall/publish/file/{resource}/remove",
        "/dataset/rainfall/publish/licence",
        "/dataset/rainfall/publish/submit",
        "/dataset/rainfall/publish/done",
        "/dataset/rainfall/review/file/{resource}",
        "/dataset/rainfall/review/check/{resource}",
        "/dataset/rainfall/review/check/{resource}/reading",
    ],
)
@pytest.mark.parametrize("is_public", [True, False])
def test_only_the_bodys_people_see_the_review(portal, body, path, is_public):
    portal.body("finance", omar="admin")
    make = portal.published if is_public else portal.submitted
    people = ("amel", "sami", body) if is_public else ("amel", body)
    dataset = make(*people)
    path = path.format(resource=dataset["resources"][0]["id"])

    answers = [portal.client.get(path), page(portal, "omar", path)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert page(portal, "amel", path).status_code in (200, 302)


BROKEN = "a,b\n" + "1,2,3\n" * 150


@pytest.fixture
def check_page(portal, body):
    """The address of the page about a file with 150 rows that are too long."""
    dataset = portal.draft("amel", body, BROKEN)
    return f"/dataset/rainfall/review/check/{dataset['resources'][0]['id']}"


def test_the_page_of_a_check_asks_again_until_it_is_done(portal, check_page):
    before = page(portal, "amel", check_page).text
    portal.work()
    after = page(portal, "amel", check_page).text

    for again in ("hx-trigger", 'http-equiv="refresh"', "<progress"):
        assert again in before
        assert again not in after


def test_the_page_of_a_file_leads_to_its_findings(portal, check_page):
    resource_id = check_page.rpartition("/")[2]
    path = f"/dataset/rainfall/resource/{resource_id}"
    assert check_page in page(portal, "amel", path).text


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("ar", "هذا السطر أطول"), ("fr", "Cette ligne est plus longue"), ("en", "This row is longer")],
)
def test_findings_stand_at_their_rows_in_the_readers_language(
    portal, check_page, language, sentence
):
    portal.work()

    first = page(portal, "amel", f"/{language}{check_page}").text
    rows = page(portal, "amel", f"/{language}{check_page}?code=extra-cell").text

    assert first.count(f">{sentence}") == 5
    assert rows.count(f">{sentence}") == 50
    assert 'id="row-2"' in rows
    assert "150" in first


def test_all_rows_of_a_kind_are_read_page_by_page(portal, check_page):
    portal.work()

    first = page(portal, "amel", f"/en{check_page}?code=extra-cell").text
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = page(portal, "amel", following).text

    assert 'id="row-51"' in first
    assert 'id="row-52"' in second
    assert 'rel="next"' not in second


def test_findings_are_downloaded_whole(portal, check_page):
    portal.work()

    rows = page(portal, "amel", f"/en{check_page}/findings.csv")
    objects = page(portal, "amel", f"/en{check_page}/findings.json?code=extra-cell")
    none = page(portal, "amel", f"/en{check_page}/findings.json?code=blank-row")

    lines = list(csv.DictReader(io.StringIO(rows.get_data().decode("utf-8-sig"))))
    assert [line["row"] for line in lines] == [str(n) for n in range(2, 102)]
    assert "attachment" in rows.headers["Content-Disposition"]
    assert [each["row"] for each in json.loads(objects.data)] == list(range(2, 102))
    assert json.loads(none.data) == []


def test_findings_are_sent_in_chunks_by_one_reading_of_the_report(portal, body, monkeypatch):
    lines = "".join("1,2,3\n" for _ in range(120))
    dataset = portal.draft("amel", body, f"a,b\n{lines}")
    portal.work()
    # The package has the blueprint under the name of the module.
    module = importlib.import_module("ckanext.opengov.views.findings")
    monkeypatch.setattr(module, "LINES_OF_A_CHUNK", 40)
    path = f"/dataset/rainfall/review/check/{dataset['resources'][0]['id']}/findings.csv"
    headers = {"Authorization": portal.tokens["amel"]}

    answer = portal.client.flask_app.test_client().get(path, headers=headers, buffered=False)
    chunks = list(answer.iter_encoded())

    assert answer.status_code == 200
    assert [chunk.count(b"\r\n") for chunk in chunks] == [40, 40, 21]


def test_no_spreadsheet_runs_a_finding(portal, body):
    dataset = portal.draft("amel", body, "a,b\n1,=HYPERLINK(1)\n")
    portal.work()
    path = f"/dataset/rainfall/review/check/{dataset['resources'][0]['id']}/findings.csv"

    assert ",'=HYPERLINK(1)," in page(portal, "amel", path).text


def test_outsiders_download_no_findings(portal, check_page):
    portal.work()
    portal.body("finance", omar="admin")

    assert portal.client.get(f"{check_page}/findings.csv").status_code == 404
    assert page(portal, "omar", f"{check_page}/findings.json").status_code == 404


def test_a_check_is_started_again(portal, check_page):
    portal.work()
    headers = {"Authorization": portal.tokens["amel"]}

    answer = portal.client.post(check_page, headers=headers, follow_redirects=False)

    assert answer.status_code == 302
    assert "<progress" in page(portal, "amel", check_page).text


@pytest.mark.parametrize("query", ["?cursor=zz", "?code=none", "?field=%00", "?code=extra-cell"])
def test_whatever_is_asked_of_the_findings_there_is_a_page(portal, check_page, query):
    portal.work()

    answer = page(portal, "amel", check_page + query)

    assert (answer.status_code, "<progress" in answer.text) == (200, False)


def test_a_place_that_the_findings_do_not_have_is_named(portal, check_page):
    portal.work()

    answer = page(portal, "amel", f"/en{check_page}?code=extra-cell&cursor=WzJd")

    assert answer.status_code == 400
    assert "This list has no such place. Start again from its first page." in answer.text


def test_a_file_under_review_is_not_taken_out_and_the_page_says_why(portal, body):
    dataset = portal.published("amel", "sami", body)
    portal.ok("amel", "opengov_revision_create", id=dataset["id"], title="Changed")
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    path = f"/en/dataset/rainfall/publish/file/{dataset['resources'][0]['id']}/remove"
    headers = {"Authorization": portal.tokens["amel"]}

    answer = portal.client.post(path, headers=headers, data={"save": ""}, follow_redirects=False)

    assert answer.status_code == 422
    assert "under review" in answer.text
    revision = portal.ok("amel", "opengov_revision_show", id=dataset["id"])
    assert "resources" not in revision["changes"]
