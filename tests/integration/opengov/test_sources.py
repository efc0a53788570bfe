"""A dataset made of the data of others: its sources, and what their licences allow."""

import pytest
import rdflib
from rdflib import DCTERMS, PROV, URIRef
from tests.integration.opengov.test_dcat import faults, graph
from tests.integration.opengov.test_review_pages import decide, get

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.search import rebuild

from ckanext.opengov.logic.sources import Used, candidates, verdict
from ckanext.opengov.shared.domain.moments import utc_now

STATIONS = {
    "title": "Stations",
    "url": "https://example.org/stations",
    "license_id": "cc-by",
    "producer": "INM",
    "date": "2026-03-31",
}
UNCLEAR = {"title": "Wells", "license_id": "On request"}


@pytest.fixture
def body(portal):
    return portal.body("meteo", amel="editor", sami="admin")


def check(portal, user=None, **asked):
    return portal.ok(user, "opengov_licence_check", **asked)


def step(portal, user, name, dataset, **more):
    return portal.call(user, f"opengov_dataset_{name}", id=dataset["id"], **more)


def test_sources_come_back_as_they_were_given(portal, body):
    dataset = portal.draft("amel", body, sources=[STATIONS, UNCLEAR])

    assert dataset["sources"] == [STATIONS, UNCLEAR]
    patched = portal.ok("amel", "package_patch", id=dataset["id"], notes="Daily.")
    assert patched["sources"] == [STATIONS, UNCLEAR]
    emptied = portal.ok("amel", "package_patch", id=dataset["id"], sources=[])
    assert not emptied.get("sources")


def test_a_licence_is_known_by_its_name_at_spdx(portal, body):
    dataset = portal.draft("amel", body, sources=[{"title": "S", "license_id": "cc-by-sa-4.0"}])

    assert dataset["sources"] == [{"title": "S", "license_id": "cc-by-sa"}]


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        ({"title": ""}, {"title": ["source-says-nothing"]}),
        ({"producer": "INM"}, {"title": ["source-says-nothing"]}),
        ({"title": "S", "url": "javascript:alert(1)"}, {"url": ["no-address"]}),
        ({"title": "S", "url": ["x"]}, {"url": ["no-text"]}),
        ({"title": "x" * 301}, {"title": ["too-long"]}),
        ({"title": "S", "license_id": {"a": 1}}, {"license_id": ["no-text"]}),
        ({"title": "S", "date": "yesterday"}, {"date": ["invalid"]}),
        ({"dataset_id": "none-such"}, {"dataset_id": ["no-such-dataset"]}),
    ],
)
def test_a_source_that_nobody_could_find_is_refused(portal, body, source, codes):
    portal_answer = portal.call(
        "amel",
        "package_create",
        title="R",
        owner_org=body["id"],
        license_id="cc-by",
        sources=[source],
    )

    assert portal_answer[0] == 409, portal_answer
    assert portal_answer[1]["__codes"]["sources"] == [codes]


@pytest.mark.parametrize("sources", ["cc-by", ["cc-by"], {"title": "S"}, [[STATIONS]], 7])
def test_sources_of_another_shape_are_refused(portal, body, sources):
    status, error = portal.call(
        "amel",
        "package_create",
        title="R",
        owner_org=body["id"],
        license_id="cc-by",
        sources=sources,
    )

    assert (status, bool(error["__codes"])) == (409, True)


def test_more_sources_than_anyone_reads_are_refused(portal, body):
    status, error = portal.call(
        "amel",
        "package_create",
        title="R",
        owner_org=body["id"],
        license_id="cc-by",
        sources=[STATIONS] * 51,
    )

    assert status == 409
    assert error["__codes"]["sources"][-1] == {"title": ["too-many-sources"]}


def test_what_the_public_cannot_see_is_no_source(portal, body):
    hidden = portal.draft("amel", body)
    status, error = portal.call(
        "amel",
        "package_create",
        title="R",
        owner_org=body["id"],
        license_id="cc-by",
        sources=[{"dataset_id": hidden["id"]}],
    )

    assert (status, error["__codes"]["sources"]) == (409, [{"dataset_id": ["no-such-dataset"]}])


@pytest.mark.parametrize(
    ("sources", "candidate", "answer", "codes"),
    [
        (["cc-by", "cc-zero"], "cc-by", "yes", []),
        ([STATIONS], "cc-by-sa", "yes", []),
        (["etalab-2.0"], "cc-by", "yes", []),
        (["cc-by"], "odc-odbl", "not-sure", ["not-stated"]),
        (["tn-open-data"], "cc-by", "not-sure", ["terms-unknown"]),
        ([UNCLEAR, "cc-by-sa"], "cc-by", "no", ["unknown-licence", "share-alike"]),
    ],
)
def test_the_answer_is_yes_no_or_not_sure(portal, sources, candidate, answer, codes):
    found = check(portal, sources=sources, candidate=candidate)

    assert (found["answer"], found["compatible"]) == (answer, answer == "yes")
    assert [reason["code"] for reason in found["reasons"]] == codes
    assert (found["ask"] is None) is ("not-sure" not in {r["answer"] for r in found["reasons"]})


@pytest.mark.parametrize("sources", [[7], {"a": 1}, [["cc-by"]], ["cc-by"] * 51])
def test_a_check_of_something_else_is_refused(portal, sources):
    status, error = portal.call(None, "opengov_licence_check", sources=sources, candidate="cc-by")

    assert status == 409
    assert "sources" in error


def test_whom_to_ask_is_said(portal, body, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.opengov.contact", "data@example.org")

    found = check(portal, sources=[UNCLEAR], candidate="cc-by")

    assert "Wells" in found["ask"]
    assert "data@example.org" in found["ask"]


def test_a_source_is_named_by_producer_and_date(portal):
    named, unclear = check(portal, sources=[STATIONS, UNCLEAR], candidate="cc-by")["attribution"]

    assert named.startswith("INM, «\xa0Stations\xa0», ")
    assert "2026" in named
    assert "https://example.org/stations" in named
    assert "[" in unclear


def test_nobody_has_to_be_named_where_no_licence_asks(portal):
    assert check(portal, sources=["cc-zero"], candidate="cc-by")["attribution"] == []


def test_a_dataset_of_this_portal_brings_its_licences_and_its_contact(portal, body):
    fields = {"contact_name": "Climate unit", "license_id": "cc-by-sa"}
    source = portal.published("amel", "sami", body, **fields)
    named = [{"dataset_id": source["name"]}]

    found = check(portal, sources=named, candidate="cc-by")
    assert [each["code"] for each in found["reasons"]] == ["share-alike"]
    assert found["reasons"][0]["title"] == "Rainfall"
    assert found["attribution"][0].startswith("meteo, «\xa0Rainfall\xa0», ")

    resource = source["resources"][0]["id"]
    files = [{"id": resource, "license_id": "tn-open-data"}]
    portal.ok("amel", "opengov_revision_create", id=source["id"], resources=files)
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id=source["id"])
    portal.ok("sami", "opengov_dataset_publish", id=source["id"])
    found = check(portal, sources=named, candidate="cc-by")
    assert found["answer"] == "not-sure"
    assert "Climate unit" in found["ask"]

    portal.ok("sami", "opengov_dataset_withdraw", id=source["id"], reason="Wrong.")
    found = check(portal, sources=named, candidate="cc-by")
    assert [each["code"] for each in found["reasons"]] == ["unknown-licence"]
    assert "Rainfall" not in str(found)


def test_a_licence_that_the_sources_forbid_is_not_submitted(portal, body):
    source = {"title": "Maps", "license_id": "cc-by-sa"}
    dataset = portal.draft("amel", body, sources=[source])
    portal.work()

    status, error = step(portal, "amel", "submit", dataset)
    assert (status, error["__codes"]) == (409, {"license_id": ["sources-forbid"]})

    portal.ok("amel", "package_patch", id=dataset["id"], license_id="cc-by-sa")
    assert step(portal, "amel", "submit", dataset)[0] == 200


def test_the_licence_of_a_file_is_checked_too(portal, body):
    dataset = portal.draft("amel", body, sources=[STATIONS])
    file = dataset["resources"][0]["id"]
    portal.ok("amel", "resource_patch", id=file, license_id="cc-zero")
    portal.work()

    status, error = step(portal, "amel", "submit", dataset)

    assert (status, error["__codes"]) == (409, {"license_id": ["sources-forbid"]})
    reasons = check(portal, "amel", id=dataset["id"])["reasons"]
    assert [(each["candidate"], each["code"]) for each in reasons] == [("cc-zero", "attribution")]


def test_what_is_not_sure_needs_a_reviewers_word(portal, body):
    dataset = portal.submitted("amel", body, sources=[UNCLEAR])
    place = portal.ok("sami", "opengov_review_show", id=dataset["id"])
    assert place["licence"]["answer"] == "not-sure"

    status, error = step(portal, "sami", "publish", dataset)
    assert (status, error["__codes"]) == (409, {"licence_word": ["licence-word-needed"]})

    word = "The producer agreed by letter."
    assert step(portal, "sami", "publish", dataset, licence_word=word)[0] == 200
    last = portal.ok("sami", "opengov_dataset_history", id=dataset["id"])["results"][-1]
    assert (last["step"], last["licence"]) == ("publish", "not-sure")
    assert word not in str(last)
    assert portal.ok("sami", "opengov_review_show", id=dataset["id"])["reason"] == word
    public = portal.ok(None, "package_show", id=dataset["id"])
    assert public["sources"] == [UNCLEAR]
    assert word not in str(public)


def test_a_word_given_with_a_time_holds_when_the_time_comes(portal, body):
    dataset = portal.submitted("amel", body, sources=[UNCLEAR])
    later = "2099-01-01T00:00:00Z"
    word = {"publish_at": later, "licence_word": "By letter."}
    assert step(portal, "sami", "publish", dataset, **word)[0] == 200

    assert portal.sweep(utc_now().replace(year=2099, month=6)) == 1

    place = portal.ok("sami", "opengov_review_show", id=dataset["id"])
    assert (place["state"], place["reason"]) == ("published", "By letter.")


def test_a_change_of_the_sources_is_checked_before_it_is_submitted(portal, body):
    dataset = portal.published("amel", "sami", body)
    maps = {"title": "Maps", "license_id": "CC-BY-SA-4.0"}
    portal.ok("amel", "opengov_revision_create", id=dataset["id"], sources=[maps])

    status, error = step(portal, "amel", "submit", dataset)
    assert (status, error["__codes"]) == (409, {"license_id": ["sources-forbid"]})

    portal.ok("amel", "opengov_revision_create", id=dataset["id"], sources=[STATIONS])
    assert step(portal, "amel", "submit", dataset)[0] == 200
    diff = portal.ok("sami", "opengov_revision_diff", id=dataset["id"])["fields"]
    assert [(each["field"], "INM" in each["after_text"]) for each in diff] == [("sources", True)]
    assert step(portal, "sami", "publish", dataset)[0] == 200
    assert portal.ok(None, "package_show", id=dataset["id"])["sources"] == [STATIONS]


def test_a_source_that_was_withdrawn_later_stands_in_nobodys_way(portal, body):
    other = portal.published("amel", "sami", body, name="wells", title="Old wells")
    named = [{"dataset_id": other["id"]}]
    citing = portal.published("amel", "sami", body, sources=named)
    draft = portal.draft("amel", body, name="snow", sources=named)
    portal.ok("sami", "opengov_dataset_withdraw", id=other["id"], reason="Wrong.")

    patched = portal.ok("amel", "package_patch", id=draft["id"], notes="Daily.")
    assert patched["sources"] == named
    portal.ok("sami", "opengov_dataset_withdraw", id=citing["id"], reason="Wrong too.")


def test_strangers_may_not_ask_about_a_draft(portal, body):
    dataset = portal.draft("amel", body)

    assert portal.call(None, "opengov_licence_check", id=dataset["id"])[0] in (403, 404)


def test_a_register_of_the_operators_own_is_never_sure(portal, monkeypatch):
    theirs = [{"id": "ours", "title": "Ours", "url": "https://example.org"}]
    for each in theirs:
        each["status"] = "active"
    register = model.Package.get_license_register()
    register.licenses.append(type(register.licenses[0])(theirs[0]))
    try:
        for pair in (("ours", "ours"), ("ours", "cc-by"), ("cc-by", "ours")):
            found = check(portal, sources=[pair[0]], candidate=pair[1])
            assert (pair, found["answer"]) == (pair, "not-sure")
    finally:
        register.licenses.pop()


def test_the_register_says_its_version_and_what_flows_where(portal):
    found = portal.ok(None, "opengov_licence_list")

    assert found["register"]["version"] == found["register"]["changes"][0]["version"]
    open_licence = next(each for each in found["results"] if each["id"] == "etalab-2.0")
    assert "cc-by" in open_licence["flows_into"]
    assert open_licence["flows_into_source"]


@pytest.mark.parametrize(
    ("own", "files", "expected"),
    [
        (None, [], [""]),
        ("", [{"license_id": "cc-by"}], ["", "cc-by"]),
        ("CC-BY-SA-3.0", [{}, {"license_id": None}, {"license_id": ""}], ["CC-BY-SA-3.0"]),
        ("cc-by", [{"license_id": "old"}, {"license_id": "cc-by"}], ["cc-by", "old"]),
    ],
)
def test_the_licences_of_a_dataset_stay_whatever_the_register_knows(own, files, expected):
    assert candidates(own, files) == expected


@pytest.mark.parametrize("own", [None, "CC-BY-SA-3.0"])
def test_a_licence_that_nobody_knows_fits_no_source_for_sure(portal, own):
    used = Used([{"license_id": "cc-by-nc-nd"}, {"license_id": "cc-zero"}], candidates(own, []))

    assert [(reason.candidate, reason.code) for _source, reason in used.reasons()] == [
        (own or "", "terms-unknown")
    ] * 2
    assert verdict(used)["answer"] == "not-sure"
    assert verdict(Used([], candidates(own, [])))["answer"] == "yes"


def test_an_old_dataset_whose_licence_nobody_knows_needs_a_word_and_goes_on(portal, body):
    dataset = portal.draft("amel", body, sources=[{"title": "Maps", "license_id": "cc-by-nc-nd"}])
    portal.work()
    model.Session.get_one(model.Package, dataset["id"]).license_id = "CC-BY-SA-3.0"
    model.Session.commit()
    assert check(portal, "amel", id=dataset["id"])["answer"] == "not-sure"

    assert step(portal, "amel", "submit", dataset)[0] == 200
    page = get(portal, "sami", "/en/dataset/rainfall/review")
    assert "Not sure" in page
    assert 'name="licence_word"' in page
    status, error = step(portal, "sami", "publish", dataset)
    assert (status, error["__codes"]) == (409, {"licence_word": ["licence-word-needed"]})
    assert step(portal, "sami", "publish", dataset, licence_word="By letter.")[0] == 200


def test_an_old_dataset_without_sources_is_published_whatever_its_licence(portal, body):
    dataset = portal.draft("amel", body)
    portal.work()
    model.Session.get_one(model.Package, dataset["id"]).license_id = "CC-BY-SA-3.0"
    model.Session.commit()

    assert check(portal, "amel", id=dataset["id"])["answer"] == "yes"
    assert step(portal, "amel", "submit", dataset)[0] == 200
    assert step(portal, "sami", "publish", dataset)[0] == 200


WORD_OF = {"en": "Sources", "fr": "Sources", "ar": "المصادر"}
LICENCE_PAGE = "/dataset/rainfall/publish/licence"
WORDS = {
    "en": ("Fits the sources", "Does not fit the sources", "Not sure", "Sources and licence"),
    "fr": (
        "Compatible avec les sources",
        "Incompatible avec les sources",
        "Pas sûr",
        "Sources et licence",
    ),
    "ar": ("تناسب المصادر", "لا تناسب المصادر", "غير مؤكّد", "المصادر والرخصة"),
}


@pytest.fixture
def amel(portal, body):
    """The author's browser, signed in."""
    client = portal.client.flask_app.test_client()
    form = {"login": "amel", "password": "correct-horse-battery"}
    assert portal.fill_in("/user/login", client, **form).status_code == 302
    return client


def send(portal, client, language="en", **fields):
    """Open the question of the licence and answer it."""
    path = f"/{language}{LICENCE_PAGE}"
    fields.setdefault("seen", client.get(path).text.split('name="seen" value="')[1].split('"')[0])
    return portal.fill_in(path, client, **fields)


def source(place, **fields):
    return {f"sources__{place}__{name}": text for name, text in fields.items()}


@pytest.mark.parametrize("language", WORDS)
def test_the_question_of_the_licence_says_what_fits_the_sources(portal, amel, body, language):
    portal.draft("amel", body, sources=[STATIONS, {"title": "Maps", "license_id": "cc-by-sa"}])
    fits, fits_not, unsure, _heading = WORDS[language]

    page = amel.get(f"/{language}{LICENCE_PAGE}").text

    assert fits in page
    assert fits_not in page
    assert "INM" in page
    portal.ok("amel", "package_patch", id="rainfall", sources=[UNCLEAR])
    assert unsure in amel.get(f"/{language}{LICENCE_PAGE}").text


def test_sources_are_checked_while_one_chooses_and_nothing_is_stored(portal, amel, body):
    portal.draft("amel", body)
    typed = source(0, title="Maps", license_id="cc-by-sa", producer="INM")

    answer = send(portal, amel, license_id="cc-by", do="check", **typed)

    assert answer.status_code == 200
    assert "passed on under its own licence" in answer.text
    assert 'value="Maps"' in answer.text
    assert 'name="sources__1__title"' in answer.text
    assert not portal.ok("amel", "package_show", id="rainfall").get("sources")


def test_sources_are_stored_by_the_page_and_taken_away(portal, amel, body):
    portal.draft("amel", body)
    rows = source(0, **STATIONS) | source(1, title="Wells", license_other="On request")
    rows |= source(2, title="", url="", license_id="")

    answer = send(portal, amel, license_id="cc-by", **rows)

    assert answer.status_code == 302, answer.text
    assert portal.ok("amel", "package_show", id="rainfall")["sources"] == [STATIONS, UNCLEAR]
    send(portal, amel, license_id="cc-by", **source(0, title=""))
    assert not portal.ok("amel", "package_show", id="rainfall").get("sources")


def test_a_form_without_sources_leaves_them(portal, amel, body):
    portal.draft("amel", body, sources=[STATIONS])

    assert send(portal, amel, license_id="cc-by-sa").status_code == 302
    assert portal.ok("amel", "package_show", id="rainfall")["sources"] == [STATIONS]


def test_what_is_wrong_with_a_source_stands_beside_it(portal, amel, body):
    portal.draft("amel", body)
    rows = source(0, title="Maps", license_id="cc-by") | source(1, title="S", url="nowhere")

    answer = send(portal, amel, license_id="cc-by", **rows)

    assert answer.status_code == 422
    assert 'id="error-source-1-url"' in answer.text
    assert 'value="nowhere"' in answer.text


@pytest.mark.parametrize(
    "rows", [{"sources": "cc-by"}, {"sources__x__title": "S"}, {"sources__0__a__b__c": "S"}]
)
def test_a_form_of_another_shape_is_no_fault_of_the_site(portal, amel, body, rows):
    portal.draft("amel", body)

    assert send(portal, amel, license_id="cc-by", **rows).status_code in (302, 400, 409, 422)


def test_a_file_with_another_licence_is_named_where_one_chooses(portal, amel, body):
    dataset = portal.draft("amel", body, sources=[STATIONS])
    file = dataset["resources"][0]["id"]
    portal.ok("amel", "resource_patch", id=file, license_id="cc-zero")
    portal.work()

    page = amel.get(f"/en{LICENCE_PAGE}").text

    assert "The file “rainfall.csv” has another licence" in page
    tasks = portal.ok("amel", "opengov_dataset_tasks", id="rainfall")["tasks"]
    assert {"name": "licence", "progress": "problem"} in tasks


def test_the_question_shows_a_doubt_where_the_licence_of_a_file_is_unknown(portal, amel, body):
    dataset = portal.draft("amel", body, sources=[STATIONS])
    resource = model.Session.get_one(model.Resource, dataset["resources"][0]["id"])
    resource.extras = {**resource.extras, "license_id": "CC-BY-SA-3.0"}
    model.Session.commit()
    rebuild(dataset["id"])

    page = amel.get(f"/en{LICENCE_PAGE}").text

    assert "The file “rainfall.csv” has another licence" in page
    assert "Not sure" in page


@pytest.mark.parametrize("language", WORDS)
def test_authors_and_reviewers_read_what_the_check_says(portal, amel, body, language):
    portal.draft("amel", body, sources=[UNCLEAR])
    portal.work()
    _fits, _not, unsure, heading = WORDS[language]

    assert unsure in amel.get(f"/{language}/dataset/rainfall/publish/submit").text
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    page = get(portal, "sami", f"/{language}/dataset/rainfall/review")
    assert heading in page
    assert unsure in page
    assert 'name="licence_word"' in page


def test_a_reviewer_ticks_and_says_why(portal, body):
    portal.submitted("amel", body, sources=[UNCLEAR])

    unticked = decide(portal, "sami", "publish", licence_word="By letter.")
    silent = decide(portal, "sami", "publish", licence_approved="yes")
    assert (unticked.status_code, silent.status_code) == (422, 422)
    assert "By letter." in unticked.text
    assert 'href="#field-licence-word"' in silent.text

    said = {"licence_approved": "yes", "licence_word": "By letter."}
    assert decide(portal, "sami", "publish", **said).status_code == 302
    page = get(portal, "sami", "/en/dataset/rainfall/review")
    assert "Why the licence was approved" in page
    assert "the reviewer said why it may be used" in page


@pytest.mark.parametrize(("language", "word"), WORD_OF.items())
def test_the_page_of_the_dataset_names_its_sources(portal, body, language, word):
    other = portal.published("amel", "sami", body, name="wells", title="Old wells")
    named = [{**STATIONS, "title": "<b>Stations"}, {"dataset_id": other["id"]}]
    portal.published("amel", "sami", body, sources=named)

    page = portal.client.get(f"/{language}/dataset/rainfall").body

    assert f'id="h-sources">{word}<' in page
    assert "&lt;b&gt;Stations" in page
    assert 'href="https://example.org/stations"' in page
    assert "Old wells" in page
    assert f'href="/{language}/dataset/wells"' in page or 'href="/dataset/wells"' in page
    portal.ok("sami", "opengov_dataset_withdraw", id="wells", reason="Wrong.")
    assert "Old wells" not in portal.client.get(f"/{language}/dataset/rainfall").body


def test_sources_stand_in_dcat(portal, body):
    other = portal.published("amel", "sami", body, name="wells", title="Old wells")
    named = [STATIONS, {"title": "Wells", "license_id": "etalab-2.0"}, {"dataset_id": other["id"]}]
    portal.published("amel", "sami", body, sources=named)

    found = graph(portal)

    assert faults(found) == ""
    assert faults(graph(portal, "/catalog")) == ""
    nodes = {str(node) for node in found.objects(None, PROV.wasDerivedFrom)}
    assert STATIONS["url"] in nodes
    assert f"http://test.ckan.net/dataset/{other['id']}" in nodes
    assert len(nodes) == len(named)
    licence = URIRef("http://publications.europa.eu/resource/authority/licence/CC_BY_4_0")
    assert (URIRef(STATIONS["url"]), DCTERMS.license, licence) in found
    assert (None, DCTERMS.title, rdflib.Literal("Wells")) in found
