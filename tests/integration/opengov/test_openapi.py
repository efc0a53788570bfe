"""The description of the public API says what the API does."""

import os
import re

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ckanext.opengov.logic.openapi import registry

CHECKS = (
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
EXAMPLES = int(os.environ.get("OPENGOV_EXAMPLES", "30"))
"""Calls to make of each action; thousands to look for what is rare."""
NAMES = [action.name for action in registry.ACTIONS]


@pytest.fixture
def filled(portal):
    """A portal with something of everything; the values that lead to it, by parameter."""
    body = portal.body(amel="editor", sami="admin")
    dataset = portal.published(
        "amel", "sami", body, theme="ENVI", frequency="DAILY", tags=[{"name": "rain"}]
    )
    portal.published("amel", "sami", body, name="bare", title="Bare", license_id="other-open")
    portal.draft("amel", body, name="hidden", title="Hidden")
    file_id = dataset["resources"][0]["id"]
    return {
        ("package_show", "id"): [dataset["id"], "rainfall", "bare"],
        ("resource_show", "id"): [file_id],
        ("datastore_search", "resource_id"): [file_id],
        ("datastore_info", "resource_id"): [file_id],
        ("organization_show", "id"): [body["id"], "meteo"],
        ("opengov_licence_check", "candidate"): ["cc-by"],
        ("opengov_schema_show", "name"): ["budget-execution"],
        ("opengov_schema_show", "version"): ["1.0.0"],
    }


def described(portal, language="en"):
    answer = portal.client.get("/api/openapi.json", headers={"Accept-Language": language})
    assert answer.status_code == 200
    return answer.json


def ask(portal, document, name, mode):
    """Call an action in many ways; return the statuses that came."""
    schema = schemathesis.openapi.from_dict(document)
    schema.app = portal.client.flask_app
    operation = schema.find_operation_by_id(name)
    statuses = []

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def calls(case):
        answer = case.call(base_url="http://test.ckan.net", app=portal.client.flask_app)
        statuses.append(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    calls()
    return statuses


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_call_breaks_the_server_or_the_description(portal, filled, mode):
    for name in NAMES:
        assert ask(portal, described(portal), name, mode)


def test_what_exists_is_answered_as_described(portal, filled):
    for name in NAMES:
        document = described(portal)
        operation = document["paths"][f"/api/3/action/{name}"]["get"]
        for parameter in operation["parameters"]:
            known = filled.get((name, parameter.get("name")))
            if known:
                parameter["schema"]["enum"] = known
            elif name == "datastore_search" and not parameter.get("schema", {}).get("default"):
                parameter["schema"] = {"enum": [""]}

        assert 200 in ask(portal, document, name, GenerationMode.POSITIVE), name


def test_the_description_is_in_the_callers_language(portal):
    titles = {
        language: described(portal, language)["paths"]["/api/3/action/package_search"]["get"]
        for language in ("ar", "fr", "en")
    }

    assert {each["summary"] for each in titles.values()} == {
        "البحث في مجموعات البيانات",
        "Chercher des jeux de données",
        "Search the datasets",
    }
    by_address = portal.client.get("/api/openapi.json?lang=ar").json
    assert by_address["tags"] == described(portal, "ar")["tags"]


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_nothing_in_the_description_stays_english(portal, language):
    def sentences(value, name=""):
        if isinstance(value, dict):
            for key, each in value.items():
                yield from sentences(each, key)
        elif isinstance(value, list):
            for each in value:
                yield from sentences(each, name)
        elif name in ("description", "summary") and " " in value:
            yield value

    english = set(sentences(described(portal)))

    assert english & set(sentences(described(portal, language))) == set()


def test_our_own_actions_are_described_by_their_documentation(portal):
    [sources, candidate, _dataset, _language] = described(portal)["paths"][
        "/api/3/action/opengov_licence_check"
    ]["get"]["parameters"]

    assert (sources["name"], sources["schema"]["type"]) == ("sources", "array")
    assert sources["description"].startswith("the licence ids of the sources")
    # The id of a dataset alone is enough.
    assert not candidate["required"]


def test_who_has_the_description_need_not_load_it_again(portal):
    first = portal.client.get("/api/openapi.json")
    etag = {"If-None-Match": first.headers["ETag"]}

    assert portal.client.get("/api/openapi.json", headers=etag).status_code == 304
    arabic = portal.client.get("/api/openapi.json", headers={**etag, "Accept-Language": "ar"})
    assert arabic.status_code == 200
    assert "Accept-Language" in first.headers["Vary"]


@pytest.mark.parametrize(
    ("name", "query", "field"),
    [
        ("package_show", "id=a&id=b", "id"),
        ("package_show", "id=%00", "id"),
        ("package_search", "rows=many", "rows"),
        ("package_search", "start=99999999999", "start"),
        ("package_search", "rows=-1", "rows"),
        ("organization_list", "all_fields=perhaps", "all_fields"),
        ("datastore_search", "resource_id=x&records_format=doc", "records_format"),
        ("datastore_search", "resource_id=x&filters=[]", "filters"),
        ("package_search", "facet.field={}", "facet.field"),
        ("organization_list", "sort=,&limit=", "sort"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_code(portal, name, query, field):
    answer = portal.client.get(f"/api/3/action/{name}?{query}")

    assert answer.status_code == 409
    assert answer.json["success"] is False
    assert answer.json["error"]["__codes"] == {field: ["unreadable-value"]}
    posted = portal.client.post(f"/api/3/action/{name}", json={field: {"a": "\0"}})
    assert posted.status_code == 409


def test_callers_may_go_on_as_before(portal, filled):
    [file_id] = filled["resource_show", "id"]
    calls = [
        ("package_search", {"facet.field": ["organization"], "facet.limit": -1, "rows": "3"}),
        ("package_search", {"facet.field": '["organization"]', "q": ""}),
        ("datastore_search", {"resource_id": file_id, "fields": ["day"], "sort": "day desc"}),
        ("datastore_search", {"resource_id": file_id, "q": {"station": "001"}, "limit": 1}),
        ("datastore_search", {"id": file_id, "filters": {"station": ["001", "002"]}}),
        ("organization_list", {"all_fields": True, "sort": "package_count desc"}),
        ("opengov_licence_check", {"sources": ["cc-by", "odc-odbl"], "candidate": "cc-by"}),
        ("opengov_schema_match", {"labels": ["السنة", "Year"]}),
        ("opengov_schema_list", {"limit": 1, "q": "budget"}),
    ]

    for name, given in calls:
        answer = portal.client.post(f"/api/3/action/{name}", json=given)
        assert answer.status_code == 200, (name, answer.text)
    for query in (f"datastore_search?resource_id={file_id}", "package_search?rows=1"):
        assert portal.client.get(f"/api/3/action/{query}&lang=fr").status_code == 200


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_the_page_shows_every_call_and_asks_no_other_site(portal, language):
    page = portal.client.get(f"/{language}/developers").text
    body = page.split("<body")[1]

    for name in NAMES:
        assert f'id="call-{name}"' in body
    links = set(re.findall(r'href="#([^"]+)"', body))
    assert links <= set(re.findall(r'id="([^"]+)"', body))
    assert not re.search(r'(?:src|href)="(?:https?:)?//(?!test\.ckan\.net)', page)
