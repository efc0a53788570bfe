"""The catalogue of schemas: read by everyone, declared by a file, shown while it is kept to."""

import json

import pytest
import rdflib
from click.testing import CliRunner
from rdflib import DCTERMS, URIRef

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.opengov import cli
from ckanext.opengov.domain.schemas import SHIPPED
from ckanext.opengov.model import schemas as kept

REF = "budget-execution@1.0.0"
FOLDER = SHIPPED / "tables" / "budget-execution" / "1.0.0"
GOOD = (FOLDER / "valid.csv").read_text()
BAD = (FOLDER / "broken.csv").read_text()
RAIN = {
    "name": "rain",
    "version": "1.0.0",
    "title_translated": {"ar": "الأمطار", "fr": "Pluie", "en": "Rain"},
    "fields": [{"name": "station", "type": "string"}, {"name": "rain", "type": "number"}],
}


@pytest.fixture
def body(portal):
    return portal.body(amel="editor", sami="admin")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of the operator with one schema."""
    put(tmp_path, RAIN)
    monkeypatch.setitem(tk.config, "ckanext.opengov.schemas_folder", str(tmp_path))
    return tmp_path


def put(folder, descriptor):
    place = folder / "tables" / "rain" / "1.0.0"
    place.mkdir(parents=True, exist_ok=True)
    (place / "schema.json").write_text(json.dumps(descriptor))


def page(portal, path, user=None):
    headers = {"Authorization": portal.tokens[user]} if user else {}
    return portal.client.get(path, headers=headers)


def declared(portal, text=GOOD, **fields):
    """Return a draft whose file declares the schema, checked."""
    dataset = portal.draft("amel", {"id": model.Group.get("meteo").id}, text, **fields)
    resource_id = dataset["resources"][0]["id"]
    portal.ok("amel", "resource_patch", id=resource_id, schema_ref=REF)
    portal.work()
    return portal.ok("amel", "package_show", id=dataset["id"])


def published(portal, text=GOOD):
    dataset = declared(portal, text)
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])
    portal.work()
    return portal.ok(None, "package_show", id=dataset["id"])


def test_everyone_lists_and_finds_the_schemas(portal):
    first = portal.ok(None, "opengov_schema_list", limit=4)
    second = portal.ok(None, "opengov_schema_list", limit=4, cursor=first["next_cursor"])

    names = [each["name"] for each in first["results"] + second["results"]]
    assert names == sorted(names)
    assert (len(names), second["next_cursor"]) == (6, None)
    found = portal.ok(None, "opengov_schema_list", q="تنفيذ الميزانية")["results"]
    assert [each["name"] for each in found] == ["budget-execution"]
    assert portal.call(None, "opengov_schema_list", cursor="x")[0] == 409
    assert page(portal, "/en/schema?cursor=x&q=a").status_code in (200, 302)


@pytest.mark.parametrize(
    ("language", "title", "column"),
    [
        ("ar", "تنفيذ الميزانية", "السنة المالية"),
        ("fr", "Exécution du budget", "Exercice"),
        ("en", "Budget execution", "Fiscal year"),
    ],
)
def test_a_schema_has_a_page_in_the_readers_language(portal, language, title, column):
    text = page(portal, f"/{language}/schema/budget-execution").text

    assert f'<h1 dir="auto">{title}</h1>' in text
    assert column in text
    assert title in page(portal, f"/{language}/schema").text


def test_a_schema_and_its_sample_are_files(portal):
    shown = portal.ok(None, "opengov_schema_show", name="budget-execution")
    answer = page(portal, "/schema/budget-execution/1.0.0/schema.json")
    sample = page(portal, "/schema/budget-execution/1.0.0/valid.csv")

    assert answer.json == shown["schema"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert sample.text == GOOD


@pytest.mark.parametrize(
    "path",
    [
        "/schema/none",
        "/schema/budget-execution/9.9.9",
        "/schema/none/1.0.0/schema.json",
        "/schema/none/1.0.0/valid.csv",
    ],
)
def test_what_is_not_there_is_not_found(portal, path):
    assert page(portal, path).status_code == 404


@pytest.mark.parametrize("name", [None, 3, ["budget-execution"], {"a": 1}, "\0", "x" * 5000])
def test_a_wrong_name_is_not_found(portal, name):
    assert portal.call(None, "opengov_schema_show", name=name)[0] == 404


@pytest.mark.parametrize("labels", [None, [], [1], {"a": 1}, 3, ["x"] * 2001])
def test_wrong_labels_are_refused(portal, labels):
    status, error = portal.call(None, "opengov_schema_match", labels=labels)

    assert (status, error["__codes"]) == (409, {"labels": ["no-labels"]})


def test_labels_are_matched_for_everyone_and_files_for_their_people(portal, body):
    labels = ["Exercice", "Organisme", "Montant voté", "Payé ou recouvré", "Devise", "Remarque"]
    (found, *_) = portal.ok(None, "opengov_schema_match", labels=labels)["results"]
    dataset = portal.draft("amel", body, GOOD)
    portal.work()
    resource_id = dataset["resources"][0]["id"]
    (of_file, *_) = portal.ok("amel", "opengov_schema_match", resource_id=resource_id)["results"]

    assert (found["name"], found["found"], found["extra"]) == ("budget-execution", 5, ["Remarque"])
    assert found["mapping"]["Montant voté"] == "approved"
    assert (of_file["ref"], of_file["found"], of_file["score"]) == (REF, 17, 1.0)
    assert portal.call(None, "opengov_schema_match", resource_id=resource_id)[0] == 404
    assert portal.call("amel", "opengov_schema_match", resource_id="none")[0] == 404


def test_the_page_of_the_check_proposes_a_schema_and_one_click_declares_it(portal, body):
    dataset = portal.draft("amel", body, GOOD)
    portal.work()
    resource_id = dataset["resources"][0]["id"]
    check = f"/en/dataset/rainfall/review/check/{resource_id}"
    proposal = page(portal, check, "amel").text
    client = portal.client.flask_app.test_client()
    headers = {"Authorization": portal.tokens["amel"]}
    path = f"/en/dataset/rainfall/publish/file/{resource_id}/declare"

    done = client.post(path, data={"schema_ref": REF}, headers=headers)
    model.Session.remove()
    portal.work()
    (resource,) = portal.ok("amel", "package_show", id="rainfall")["resources"]
    after = page(portal, check, "amel").text

    assert "17 of 17 columns of the schema “Budget execution”, version 1.0.0" in proposal
    assert (done.status_code, resource["schema_ref"]) == (302, REF)
    assert resource["schema"]["name"] == "budget-execution"
    assert "This file declares that it keeps to a schema." in after
    assert "Keeps to the schema “Budget execution” 1.0.0" in after

    client.post(path, data={"schema_ref": ""}, headers=headers)
    model.Session.remove()
    (resource,) = portal.ok("amel", "package_show", id="rainfall")["resources"]
    assert not resource.get("schema_ref")
    assert not resource.get("schema")


def test_a_file_that_keeps_to_its_schema_says_so_until_it_is_another(portal, body):
    dataset = published(portal)
    (resource,) = dataset["resources"]
    places = (f"/en/dataset/{dataset['name']}", f"/en/dataset/rainfall/resource/{resource['id']}")

    assert resource["conforms_to"] == REF
    for path in places:
        assert "Keeps to the schema “Budget execution” 1.0.0" in page(portal, path).text
    assert "Rainfall" in page(portal, "/en/schema/budget-execution").text
    graph = rdflib.Graph().parse(data=page(portal, "/dataset/rainfall.ttl").data, format="turtle")
    standards = {str(each) for each in graph.objects(None, DCTERMS.conformsTo)}
    assert any(each.endswith("/schema/budget-execution/1.0.0") for each in standards)
    assert all((URIRef(each), None, None) in graph for each in standards)

    # A new file is checked before it comes: what breaks the schema says nothing of it.
    softened = ("type-error", "constraint-error", "row-constraint", "primary-key")
    weights = dict.fromkeys(softened, "warn")
    portal.ok("sami", "opengov_policy_update", id="meteo", weights=weights)
    upload = portal.upload(BAD)
    portal.ok("amel", "opengov_revision_create", upload, id="rainfall", resource_id=resource["id"])
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    portal.ok("sami", "opengov_dataset_publish", id="rainfall", without_comparison=True)
    portal.work()
    (resource,) = portal.ok(None, "package_show", id="rainfall")["resources"]

    assert (resource["schema_ref"], resource.get("conforms_to")) == (REF, None)
    assert "Keeps to the schema" not in page(portal, places[0]).text


def test_a_published_file_declares_a_schema_through_a_revision(portal, body):
    dataset = portal.published("amel", "sami", body, text=GOOD)
    resource_id = dataset["resources"][0]["id"]
    client = portal.client.flask_app.test_client()
    headers = {"Authorization": portal.tokens["amel"]}
    path = f"/en/dataset/rainfall/publish/file/{resource_id}/declare"

    done = client.post(path, data={"schema_ref": REF}, headers=headers)
    wrong = client.post(path, data={"schema_ref": "none@1.0.0"}, headers=headers)
    model.Session.remove()
    portal.work()
    revision = portal.ok("amel", "opengov_revision_show", id="rainfall")
    (before,) = portal.ok(None, "package_show", id="rainfall")["resources"]
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    portal.ok("sami", "opengov_dataset_publish", id="rainfall", without_comparison=True)
    portal.work()
    (after,) = portal.ok(None, "package_show", id="rainfall")["resources"]

    assert (done.status_code, wrong.status_code) == (302, 422)
    assert revision["files"][0]["conforms_to"] == REF
    assert not before.get("schema_ref")
    assert (after["schema_ref"], after["conforms_to"]) == (REF, REF)
    assert after["schema"]["name"] == "budget-execution"


def test_a_file_that_breaks_its_schema_is_blocked(portal, body):
    dataset = declared(portal, BAD)
    report = portal.ok("amel", "opengov_validation_show", resource_id=dataset["resources"][0]["id"])

    codes = {each["code"] for each in report["counts"]}
    assert report["verdict"] == "blocked"
    assert codes == {"row-constraint", "constraint-error", "type-error", "primary-key"}


@pytest.mark.parametrize("ref", ["none@1.0.0", "budget-execution", "budget-execution@9.0.0"])
def test_what_is_not_in_the_catalogue_cannot_be_declared(portal, body, ref):
    dataset = portal.draft("amel", body)
    resource_id = dataset["resources"][0]["id"]
    status, error = portal.call("amel", "resource_patch", id=resource_id, schema_ref=ref)

    assert status == 409, error
    assert "schema_ref" in error


@pytest.mark.parametrize("ref", [["x"], {"a": 1}, "\0@", "x" * 200])
def test_what_is_no_reference_cannot_be_declared(portal, body, ref):
    dataset = portal.draft("amel", body)
    resource_id = dataset["resources"][0]["id"]

    assert portal.call("amel", "resource_patch", id=resource_id, schema_ref=ref)[0] == 409


def test_nobody_says_of_their_file_that_it_conforms(portal, body):
    dataset = portal.draft("amel", body)
    resource_id = dataset["resources"][0]["id"]
    portal.ok("amel", "resource_patch", id=resource_id, conforms_to=REF)

    assert not portal.ok("amel", "resource_show", id=resource_id).get("conforms_to")


def test_a_version_that_changed_is_refused_and_its_files_stay(portal, body, folder):
    dataset = portal.draft("amel", body, "station,rain\n001,4\n")
    resource_id = dataset["resources"][0]["id"]
    portal.ok("amel", "resource_patch", id=resource_id, schema_ref="rain@1.0.0")
    other = folder / "other"
    put(other, {**RAIN, "title_translated": {"fr": "Pluies"}})
    runner = CliRunner()
    with portal.client.flask_app.test_request_context():
        good = runner.invoke(cli.opengov, ["schemas", "check"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(tk.config, "ckanext.opengov.schemas_folder", str(other))
        with portal.client.flask_app.test_request_context():
            bad = runner.invoke(cli.opengov, ["schemas", "check"])
        missing = portal.call(None, "opengov_schema_show", name="rain")[0]
        # Its own copy is what was declared: the file can still be described.
        portal.ok("amel", "resource_patch", id=resource_id, name="Rain", schema_ref="rain@1.0.0")

    assert "rain@1.0.0: holds, 2 columns" in good.output
    assert (good.exit_code, bad.exit_code, missing) == (0, 1, 404)
    assert "rain@1.0.0: it was changed after it was first used" in bad.output
    assert len(kept.known(model.Session)) == 7


def test_a_copy_that_was_changed_is_not_what_was_declared(portal, body, folder, monkeypatch):
    dataset = portal.draft("amel", body, "station,rain\n001,4\n")
    resource_id = dataset["resources"][0]["id"]
    portal.ok("amel", "resource_patch", id=resource_id, schema_ref="rain@1.0.0")
    monkeypatch.setitem(tk.config, "ckanext.opengov.schemas_folder", "")
    forged = {**RAIN, "fields": [{"name": "anything"}]}

    status, error = portal.call(
        "amel", "resource_patch", id=resource_id, schema=forged, schema_ref="rain@1.0.0"
    )

    assert (status, error["__codes"]["schema_ref"]) == (409, ["unknown-schema"])
