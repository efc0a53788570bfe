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
from ckanext.opengov.logic import schemas
from ckanext.opengov.model import schemas as kept
from ckanext.opengov.shared import audit

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
def folder(portal, tmp_path, monkeypatch):
    """A folder of the operator with one schema, which is published."""
    portal.user("root", sysadmin=True)
    put(tmp_path, RAIN)
    monkeypatch.setitem(tk.config, "ckanext.opengov.schemas_folder", str(tmp_path))
    portal.ok("root", "opengov_schema_publish", ref="rain@1.0.0")
    return tmp_path


def put(folder, descriptor):
    place = folder / "tables" / "rain" / descriptor["version"]
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


@pytest.mark.parametrize(
    ("name", "status"),
    [(None, 404), (3, 409), (["budget-execution"], 409), ({"a": 1}, 409), ("\0", 409), ("x", 404)],
)
def test_a_wrong_name_is_not_found(portal, name, status):
    assert portal.call(None, "opengov_schema_show", name=name)[0] == status


@pytest.mark.parametrize(
    ("labels", "code"),
    [
        (None, "no-labels"),
        ([], "no-labels"),
        (["x"] * 2001, "no-labels"),
        ([1], "unreadable-value"),
        ({"a": 1}, "unreadable-value"),
        (3, "unreadable-value"),
    ],
)
def test_wrong_labels_are_refused(portal, labels, code):
    status, error = portal.call(None, "opengov_schema_match", labels=labels)

    assert (status, error["__codes"]) == (409, {"labels": [code]})


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


def test_no_repair_changes_a_schema_of_the_catalogue(portal, body):
    dataset = published(portal)
    resource = dataset["resources"][0]
    of_type = {"kind": "type", "field": GOOD.split(",", 1)[0], "params": {"type": "string"}}
    asked = {"resource_id": resource["id"], "steps": [of_type]}
    status, error = portal.call("amel", "opengov_repair_apply", **asked)
    portal.ok("amel", "opengov_repair_apply", **{**asked, "steps": [{"kind": "trim"}]})
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])
    portal.work()
    after = portal.ok(None, "resource_show", id=resource["id"])

    assert (status, error["__codes"]) == (409, {"steps": ["schema-declared"]})
    assert (after["schema"], after["conforms_to"]) == (resource["schema"], REF)


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
    assert "rain@1.0.0: it was changed after it was published" in bad.output
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


def step(portal, user, name, ref, **given):
    return portal.call(user, f"opengov_schema_{name}", ref=ref, **given)


def refs(portal, **asked):
    found = portal.ok("root", "opengov_schema_list", q="rain", **asked)
    return [each["ref"] for each in found["results"]]


def test_a_draft_is_nobodys_until_an_operator_publishes_it(portal, body, folder):
    put(folder, {**RAIN, "version": "2.0.0"})
    schemas.read_anew()
    dataset = portal.draft("amel", body, "station,rain\n001,4\n")
    file = {"id": dataset["resources"][0]["id"], "schema_ref": "rain@2.0.0"}
    shown = {"name": "rain", "version": "2.0.0"}
    hidden = [portal.call(user, "opengov_schema_show", **shown)[0] for user in (None, "sami")]
    early = portal.call("amel", "resource_patch", **file)[0]
    drafts = portal.call("amel", "opengov_schema_list", drafts=True)[0], refs(portal, drafts=True)
    refused = [step(portal, user, "publish", "rain@2.0.0")[0] for user in (None, "amel", "sami")]
    # What is published is what stands in the folder now.
    put(folder, {**RAIN, "version": "2.0.0", "title_translated": {"fr": "Pluies"}})
    _status, published = step(portal, "root", "publish", "rain@2.0.0")
    again = step(portal, "root", "publish", "rain@2.0.0")

    assert (hidden, early, drafts) == ([404, 404], 409, (403, ["rain@2.0.0"]))
    assert refused == [403, 403, 403]
    assert (published["state"], published["title_translated"]) == ("published", {"fr": "Pluies"})
    assert published["versions"] == ["2.0.0", "1.0.0"]
    assert (again[0], again[1]["__codes"]) == (409, {"step": ["step-not-allowed"]})
    assert portal.ok("amel", "resource_patch", **file)["schema"]["version"] == "2.0.0"
    query, _number = audit.of_subject("schema:rain@2.0.0")
    log = [row[0] for row in model.Session.execute(query)]
    root = model.User.get("root").id
    assert [(row.step, row.actor_id) for row in log] == [("publish", root)]
    assert log[0].details["sha256"] == published["sha256"]


def test_a_deprecated_version_is_not_proposed_and_its_files_are_told_of_the_newer(
    portal, body, folder
):
    dataset = portal.draft("amel", body, "station,rain\n001,4\n")
    resource_id = dataset["resources"][0]["id"]
    portal.ok("amel", "resource_patch", id=resource_id, schema_ref="rain@1.0.0")
    portal.work()
    put(folder, {**RAIN, "version": "2.0.0"})
    step(portal, "root", "publish", "rain@2.0.0")
    check = f"/en/dataset/rainfall/review/check/{resource_id}"
    newer = page(portal, check, "amel").text
    wrong = [
        step(portal, "root", "deprecate", "rain@2.0.0", successor=each)[1]["__codes"]
        for each in ("rain@2.0.0", "rain@3.0.0", "\0")
    ]
    step(portal, "root", "deprecate", "rain@2.0.0")
    client = portal.client.flask_app.test_client()
    headers = {"Authorization": portal.tokens["root"]}
    path, form = "/en/schema/rain/1.0.0/deprecate", {"successor": REF}
    done = client.post(path, data=form, headers=headers)
    refused = client.post(path, data=form, headers={"Authorization": portal.tokens["amel"]})
    model.Session.remove()
    proposed = portal.ok(None, "opengov_schema_match", labels=["station", "rain"])["results"]
    told, shown = page(portal, check, "amel").text, page(portal, "/en/schema/rain/1.0.0").text

    assert "There is a newer version." in newer
    assert 'name="schema_ref" value="rain@2.0.0"' in newer
    assert wrong == [{"successor": ["wrong-successor"]}] * 3
    assert (done.status_code, refused.status_code) == (302, 403)
    assert "rain" not in {each["name"] for each in proposed}
    assert "The version that this file declares is deprecated." in told
    assert f'name="schema_ref" value="{REF}"' in told
    assert "This version is deprecated" in shown.partition("Deprecate this version")[0]
    listed = portal.ok(None, "opengov_schema_list", q="rain")["results"]
    assert [(each["ref"], each["state"]) for each in listed] == [("rain@2.0.0", "deprecated")]
    assert step(portal, "root", "restore", "rain@1.0.0")[1]["newer"] is None
    assert refs(portal) == ["rain@1.0.0"]


def test_editors_are_told_once_that_the_schema_of_published_data_is_deprecated(portal, body):
    portal.user("root", sysadmin=True)
    dataset = published(portal)
    for name in ("deprecate", "restore", "deprecate"):
        assert step(portal, "root", name, REF)[0] == 200
        portal.work()

    notices = portal.ok("amel", "opengov_notice_list")["results"]
    told = [each for each in notices if each["kind"] == "dataset-schema-old"]
    assert len(told) == 1
    assert "Rainfall" in json.dumps(told[0], ensure_ascii=False)
    assert not [
        each
        for each in portal.ok("sami", "opengov_notice_list")["results"]
        if each["kind"] == "dataset-schema-old"
    ]
    assert portal.ok(None, "package_show", id=dataset["id"])["resources"][0]["conforms_to"] == REF
