"""Which findings block is a body's choice within the country's: at once, and never behind."""

import pytest

from ckan import model

from ckanext.opengov.shared import audit

BROKEN = "station,day\n001,2026-01-01\n002,2026-01-02,x\n"
SCHEMA = {"fields": [{"name": "station", "type": "string"}, {"name": "rain", "type": "integer"}]}
ODD = "station,rain\n001,4\n002,much\n"


@pytest.fixture
def body(portal):
    portal.user("root", sysadmin=True)
    portal.user("outsider")
    return portal.body(amel="editor", sami="admin")


def update(portal, user, **weights):
    return portal.call(user, "opengov_policy_update", id="meteo", weights=weights)


def verdict(portal):
    (file,) = portal.ok("amel", "opengov_review_show", id="rainfall")["files"]
    return file["verdict"]


def test_a_policy_counts_at_once_for_reports_that_are_there(portal, body):
    dataset = portal.draft("amel", body, BROKEN)
    portal.work()
    resource_id = dataset["resources"][0]["id"]
    refused = portal.call("amel", "opengov_dataset_submit", id="rainfall")[0]
    before = verdict(portal)

    portal.ok("sami", "opengov_policy_update", id="meteo", weights={"extra-cell": "warn"})
    report = portal.ok("amel", "opengov_validation_show", resource_id=resource_id)
    listed = portal.ok("amel", "opengov_validation_finding_list", resource_id=resource_id)
    tasks = portal.ok("amel", "opengov_dataset_tasks", id="rainfall")["tasks"]

    assert (refused, before, verdict(portal)) == (409, "blocked", "warned")
    assert [each["severity"] for each in report["counts"]] == ["warning"]
    assert [each["severity"] for each in listed["results"]] == ["warning"]
    assert {each["name"]: each["progress"] for each in tasks}["check"] == "done"
    assert portal.call("amel", "opengov_dataset_submit", id="rainfall")[0] == 200


def test_a_harder_policy_stops_what_waits_and_leaves_what_is_published(portal, body):
    portal.ok("sami", "opengov_policy_update", id="meteo", weights={"extra-cell": "warn"})
    portal.published("amel", "sami", body, text=BROKEN)
    portal.submitted("amel", body, text=BROKEN, name="other")
    portal.ok("sami", "opengov_policy_update", id="meteo", weights={"extra-cell": ""})

    status, error = portal.call("sami", "opengov_dataset_publish", id="other")
    shown = portal.ok(None, "package_show", id="rainfall")

    assert (status, error["__codes"]) == (409, {"resources": ["findings-block"]})
    assert (shown["publication_state"], shown["resources"][0]["validation_status"]) == (
        "published",
        "warned",
    )


def test_cells_of_another_type_that_a_body_lets_pass_are_not_lost(portal, body):
    portal.ok("sami", "opengov_policy_update", id="meteo", weights={"type-error": "warn"})
    dataset = portal.draft("amel", body, ODD)
    resource_id = dataset["resources"][0]["id"]
    portal.ok("amel", "resource_patch", id=resource_id, schema=SCHEMA)
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    portal.ok("sami", "opengov_dataset_publish", id="rainfall")
    portal.work()

    rows = portal.ok(None, "datastore_search", resource_id=resource_id)["records"]
    assert [row["rain"] for row in rows] == ["4", "much"]


def test_what_the_country_asks_no_body_softens(portal, body):
    portal.ok("sami", "opengov_policy_update", id="meteo", weights={"extra-cell": "ignore"})
    portal.draft("amel", body, BROKEN)
    portal.work()
    soft = verdict(portal)
    portal.ok("root", "opengov_policy_update", weights={"extra-cell": "block"})

    status, error = update(portal, "sami", **{"extra-cell": "warn", "blank-row": "ignore"})

    assert (soft, verdict(portal)) == ("clean", "blocked")
    assert (status, error["__codes"]) == (409, {"extra-cell": ["below-minimum"]})
    found = portal.ok("sami", "opengov_policy_show", id="meteo")["results"]
    rows = {each["code"]: each for each in found}
    assert (rows["extra-cell"]["least"], rows["extra-cell"]["weight"]) == ("block", "block")
    # Nothing of a form with an error is stored.
    assert rows["blank-row"]["wish"] is None


@pytest.mark.parametrize(
    ("weights", "codes"),
    [
        (None, {"weights": ["no-weights"]}),
        ([], {"weights": ["no-weights"]}),
        ("{", {"weights": ["no-weights"]}),
        ({"nonsense": "warn"}, {"nonsense": ["unknown-code"]}),
        ({"blank-row": "maybe"}, {"blank-row": ["unknown-weight"]}),
        ({"blank-row": ["warn"]}, {"blank-row": ["unknown-weight"]}),
        ({"program": "warn"}, {"program": ["below-minimum"]}),
        ({"encoding-error": "ignore"}, {"encoding-error": ["below-minimum"]}),
    ],
)
def test_a_wrong_weight_is_named(portal, body, weights, codes):
    status, error = portal.call("sami", "opengov_policy_update", id="meteo", weights=weights)

    assert (status, error["__codes"]) == (409, codes)


def test_who_may_see_and_change_what(portal, body):
    asked = {"weights": {"blank-row": "warn"}}
    people = ("amel", "sami", "root", "outsider", None)
    seen = [portal.call(each, "opengov_policy_show", id="meteo")[0] for each in people]
    changed = [
        portal.call(each, "opengov_policy_update", id="meteo", **asked)[0] for each in people
    ]
    country = [portal.call(each, "opengov_policy_update", **asked)[0] for each in people]
    seen_of_all = [portal.call(each, "opengov_policy_show")[0] for each in people]

    assert seen == [200, 200, 200, 403, 403]
    assert changed == [403, 200, 403, 403, 403]
    assert country == [403, 403, 200, 403, 403]
    assert seen_of_all == [200, 200, 200, 200, 403]
    assert portal.call("sami", "opengov_policy_show", id="none")[0] == 404


def test_each_change_is_in_the_audit_log(portal, body):
    for weight in ("warn", "warn", ""):
        update(portal, "sami", **{"blank-row": weight})
    query, _number = audit.of_subject(f"policy:{body['id']}")
    rows = [row[0] for row in model.Session.execute(query)]

    assert [row.details for row in rows] == [
        {"weights": {"blank-row": "warn"}},
        {"weights": {"blank-row": ""}},
    ]
    assert {row.actor_id for row in rows} == {model.User.get("sami").id}


def send(portal, user, path, **fields):
    client = portal.client.flask_app.test_client()
    headers = {"Authorization": portal.tokens[user]}
    answer = client.post(path, data=fields, headers=headers)
    model.Session.remove()
    return answer


def test_the_page_keeps_what_was_chosen_wrongly(portal, body):
    portal.ok("root", "opengov_policy_update", weights={"extra-cell": "block"})
    path = "/en/organization/policy/meteo"
    shown = portal.client.get(path, headers={"Authorization": portal.tokens["sami"]}).text
    bad = send(portal, "sami", path, **{"extra-cell": "warn", "blank-row": "ignore"})
    good = send(portal, "sami", path, **{"extra-cell": "", "blank-row": "ignore"})

    assert "Empty rows" in shown
    assert (bad.status_code, good.status_code) == (422, 302)
    assert "This may not weigh less" in bad.text
    assert '<option value="ignore" selected>' in bad.text
    stored = portal.ok("sami", "opengov_policy_show", id="meteo")["results"]
    assert {each["code"]: each["wish"] for each in stored}["blank-row"] == "ignore"


def test_editors_read_the_page_and_outsiders_do_not(portal, body):
    path = "/en/organization/policy/meteo"
    for user, status in (("amel", 200), ("outsider", 403)):
        answer = portal.client.get(path, headers={"Authorization": portal.tokens[user]})
        assert answer.status_code == status
        assert "Store the policy" not in answer.text
    assert send(portal, "amel", path, **{"blank-row": "warn"}).status_code == 403
    country = portal.client.get(
        "/en/ckan-admin/policy", headers={"Authorization": portal.tokens["root"]}
    )
    assert "the least for all bodies" in country.text
    missing = portal.client.get(
        "/en/organization/policy/none", headers={"Authorization": portal.tokens["sami"]}
    )
    assert missing.status_code == 404
