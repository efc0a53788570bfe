"""Every write action of CKAN, in each state and by everyone, answers or refuses in words."""

import pytest
from tests.common.portal import CSV

from ckan import model

PEOPLE = (None, "nour", "amel", "sami", "root")
STATES = ("draft", "submitted", "scheduled", "published", "revised", "withdrawn")


@pytest.fixture
def body(portal):
    portal.user("root", sysadmin=True)
    return portal.body("meteo", amel="editor", sami="admin", nour="member")


def dataset_in(portal, body, state):
    """Take a dataset with one file and one view to a state."""
    dataset = portal.draft("amel", body)
    view = {"resource_id": dataset["resources"][0]["id"], "title": "V", "view_type": "text_view"}
    dataset["view"] = portal.ok("amel", "resource_view_create", **view)
    portal.work()
    id_ = {"id": dataset["id"]}
    if state not in ("draft", "deleted"):
        portal.ok("amel", "opengov_dataset_submit", **id_)
    if state == "scheduled":
        portal.ok("sami", "opengov_dataset_publish", **id_, publish_at="2100-01-01T00:00:00Z")
    elif state in ("published", "revised", "withdrawn"):
        portal.ok("sami", "opengov_dataset_publish", **id_)
        portal.work()
    if state == "revised":
        portal.ok("amel", "opengov_revision_create", **id_, title="Rain")
    elif state == "deleted":
        portal.ok("amel", "package_delete", **id_)
    elif state == "withdrawn":
        portal.ok("sami", "opengov_dataset_withdraw", **id_, reason="Wrong figures.")
    return dataset


def calls(portal, dataset, body):
    """List calls that change something: action, fields, files; what erases comes last."""
    id_, resource, view = dataset["id"], dataset["resources"][0], dataset["view"]
    change = {"match": {"id": id_}, "update": {"title": "Changed"}}
    new = {"package_id": id_, "name": "x", "format": "CSV"}
    shown = {key: value for key, value in dataset.items() if key != "view"}
    return [
        ("package_update", {**shown, "title": "Changed"}, None),
        ("package_update", {"id": id_, "title": "Changed"}, None),
        ("package_update", {"id": id_, "resources": "x"}, None),
        ("package_patch", {"id": id_, "title": "Changed"}, None),
        ("package_patch", {"id": id_, "state": "active"}, None),
        ("package_revise", change, None),
        ("package_revise", {"match": {"name": dataset["name"]}, "update__resources__0": 1}, None),
        ("package_owner_org_update", {"id": id_, "organization_id": body["id"]}, None),
        ("package_owner_org_update", {"id": id_, "organization_id": "other"}, None),
        ("package_owner_org_update", {"id": id_, "organization_id": None}, None),
        ("package_resource_reorder", {"id": id_, "order": [resource["id"]]}, None),
        ("package_resource_reorder", {"id": id_, "order": ["x", "y"]}, None),
        ("package_resource_reorder", {"id": id_, "order": "x"}, None),
        ("resource_create", {**new, "url": "http://example.org/a"}, None),
        ("resource_create", new, portal.upload(CSV)),
        ("resource_create", {**new, "schema": "["}, None),
        ("resource_create", {"package_id": id_}, None),
        ("resource_update", {**resource, "name": "Changed"}, None),
        ("resource_update", {"id": resource["id"], "name": "Changed"}, portal.upload(CSV)),
        ("resource_update", {"id": resource["id"], "schema": "["}, None),
        ("resource_patch", {"id": resource["id"], "name": "Changed"}, portal.upload(CSV)),
        ("resource_patch", {"id": resource["id"], "license_id": "none-such"}, None),
        ("resource_view_create", {"resource_id": resource["id"], "view_type": "text_view"}, None),
        (
            "resource_view_create",
            {"resource_id": resource["id"], "title": "Y", "view_type": "text_view"},
            None,
        ),
        ("resource_view_update", {"id": view["id"], "title": "Changed"}, None),
        ("resource_view_update", {**view, "title": "Changed"}, None),
        ("resource_view_reorder", {"id": resource["id"], "order": [view["id"]]}, None),
        ("resource_view_clear", {}, None),
        ("resource_create_default_resource_views", {"resource": resource}, None),
        ("package_create_default_resource_views", {"package": shown}, None),
        ("package_collaborator_create", {"id": id_, "user_id": "nour", "capacity": "editor"}, None),
        ("bulk_update_private", {"datasets": [id_], "org_id": body["id"]}, None),
        ("bulk_update_public", {"datasets": [id_], "org_id": body["id"]}, None),
        ("member_create", {**member(body, id_), "capacity": "public"}, None),
        ("member_delete", member(body, id_), None),
        ("resource_view_delete", {"id": view["id"]}, None),
        ("resource_delete", {"id": resource["id"]}, None),
        ("bulk_update_delete", {"datasets": [id_], "org_id": body["id"]}, None),
        ("package_delete", {"id": id_}, None),
        ("dataset_purge", {"id": id_}, None),
    ]


def member(body, id_):
    return {"id": body["id"], "object": id_, "object_type": "package"}


@pytest.mark.parametrize("state", STATES)
def test_no_write_action_stumbles(portal, body, state):
    portal.body("other", amel="editor")
    dataset = dataset_in(portal, body, state)
    answers = {}

    for number, (action, *_rest) in enumerate(calls(portal, dataset, body)):
        for person in PEOPLE:
            _action, fields, files = calls(portal, dataset, body)[number]
            answers[action, number, person] = portal.call(person, action, files, **fields)

    assert {call: each for call, each in answers.items() if each[0] >= 500} == {}
    refused = {call: error for call, (status, error) in answers.items() if status == 409}
    assert [call for call, error in refused.items() if "__codes" not in error] == []


@pytest.mark.parametrize("files", [False, True])
def test_a_file_beside_what_is_published_is_refused_with_the_way_to_go(portal, body, files):
    dataset = portal.published("amel", "sami", body)
    new = {"package_id": dataset["id"], "name": "x", "format": "CSV"}

    sent = portal.upload() if files else None
    status, error = portal.call("amel", "resource_create", sent, **new)

    assert status == 409
    assert error["__codes"] == {"__all__": ["published-is-frozen"]}
    assert "opengov_revision_create" in error["__all__"][0]


def test_a_list_in_a_form_with_a_file_is_refused(portal, body):
    dataset = portal.published("amel", "sami", body)
    wrong = {"id": dataset["id"], "tags": [{"name": "rain"}]}
    wrong["resource_id"] = dataset["resources"][0]["id"]

    status, error = portal.call("amel", "opengov_revision_create", portal.upload(), **wrong)

    assert (status, error["__codes"]) == (409, {"__all__": ["wrong-shape"]})


def test_a_view_stays_on_its_file(portal, body):
    published = portal.published("amel", "sami", body)["resources"][0]
    draft = portal.draft("amel", body, name="snow")["resources"][0]
    given = {"resource_id": draft["id"], "title": "V", "view_type": "text_view"}
    view = portal.ok("amel", "resource_view_create", **given)

    portal.ok(
        "amel", "resource_view_update", **{**view, "resource_id": published["id"], "title": "Mine"}
    )

    assert portal.ok(None, "resource_view_list", id=published["id"]) == []
    assert portal.ok("amel", "resource_view_show", id=view["id"])["title"] == "Mine"


PAGES = {
    "save": "",
    "id": "",
    "title": "Changed",
    "name": "rainfall",
    "url": "https://example.org/x.csv",
    "license_id": "cc-by",
    "view_type": "text_view",
    "username": "amel",
    "capacity": "editor",
}


@pytest.mark.parametrize("state", ["draft", "submitted", "published", "withdrawn", "deleted"])
def test_no_page_stumbles(portal, body, state, monkeypatch):
    monkeypatch.setitem(portal.client.flask_app.config, "PROPAGATE_EXCEPTIONS", False)
    dataset = dataset_in(portal, body, state)
    values = {"id": dataset["name"], "resource_id": dataset["resources"][0]["id"]}
    values |= {"view_id": dataset["view"]["id"], "user_id": "amel"}
    answers = {}

    for rule in portal.client.flask_app.url_map.iter_rules():
        needed = rule.arguments - set(rule.defaults or ())
        # The form of an account is of no dataset, and CKAN's stumbles over a part of it.
        is_other = (rule.endpoint or "").startswith(("api.", "user.edit"))
        if "POST" not in rule.methods or is_other or not needed <= values.keys():
            continue
        path = rule.build({name: values[name] for name in needed})[1]
        for person in ("amel", "sami"):
            headers = {"Authorization": portal.tokens[person]}
            answer = portal.client.post(path, data={**PAGES, "id": dataset["id"]}, headers=headers)
            model.Session.remove()
            answers[path, person] = answer.status_code

    assert len(answers) > 50
    assert {call: status for call, status in answers.items() if status >= 500} == {}


def test_a_page_says_why_a_published_dataset_is_not_deleted(portal, body):
    dataset = portal.published("amel", "sami", body)
    headers = {"Authorization": portal.tokens["amel"]}
    path = f"/fr/dataset/delete/{dataset['name']}"

    answer = portal.client.post(path, data={"delete": "x"}, headers=headers)

    assert answer.status_code == 409
    assert "révision relue" in answer.text
    assert f'href="/fr/dataset/{dataset["name"]}/review"' in answer.text
    assert portal.ok(None, "package_show", id=dataset["id"])["state"] == "active"
