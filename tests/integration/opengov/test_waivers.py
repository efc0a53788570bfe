"""Data about people blocks publication until a second person lets it pass, with a reason."""

import io

import pytest

from ckan import model

from ckanext.opengov.shared import audit

PEOPLE = "prénom,GSM\nAmel,98123456\nSami,22333444\nNour,55123456\n"
CLEAN = "quartier,n\nNord,1\nSud,2\n"
REASON = "Published by the decree on elected officials."


@pytest.fixture
def body(portal):
    return portal.body("meteo", amel="editor", sami="admin", nour="admin")


@pytest.fixture
def dataset(portal, body):
    """A dataset with people's telephones, which its author submitted."""
    made = portal.draft("amel", body, PEOPLE)
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id=made["id"])
    return made


@pytest.fixture
def resource_id(dataset):
    return dataset["resources"][0]["id"]


def waive(portal, user, resource_id, **changed):
    values = {"code": "personal-data", "field": "GSM", "reason": REASON, **changed}
    return portal.call(user, "opengov_validation_waive", resource_id=resource_id, **values)


def codes(answer):
    return (
        answer[0],
        sorted(code for each in answer[1].get("__codes", {}).values() for code in each),
    )


def publish(portal, dataset, user="sami"):
    return portal.call(user, "opengov_dataset_publish", id=dataset["id"])


def test_it_is_published_once_a_second_person_lets_it_pass(portal, dataset, resource_id):
    refused = codes(publish(portal, dataset))
    status, waiver = waive(portal, "sami", resource_id)
    report = portal.ok("amel", "opengov_validation_show", resource_id=resource_id)
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])

    assert refused == (409, ["waiver-needed"])
    assert (status, waiver["is_in_force"], waiver["by"]["name"]) == (200, True, "sami")
    assert report["verdict"] == "warned"
    assert [(each["field"], each["reason"]) for each in report["waived"]] == [("GSM", REASON)]
    resource = portal.ok(None, "resource_show", id=resource_id)
    assert resource["validation_status"] == "warned"


def test_the_history_names_it_without_peoples_words(portal, dataset, resource_id):
    _status, waiver = waive(portal, "sami", resource_id)
    portal.ok("sami", "opengov_validation_waiver_revoke", id=waiver["id"])

    history = portal.ok("amel", "opengov_dataset_history", id=dataset["id"])["results"]

    steps = [each for each in history if each["step"] in ("waive", "unwaive")]
    assert [(each["step"], each["actor"]["name"]) for each in steps] == [
        ("waive", "sami"),
        ("unwaive", "sami"),
    ]
    assert steps[0]["waiver"] == waiver["id"]
    assert REASON not in str(history)
    assert list(audit.verify(model.Session)) == []


@pytest.mark.parametrize(
    ("user", "status"), [("amel", 403), (None, 404), ("omar", 404), ("root", 403)]
)
def test_others_cannot_let_it_pass(portal, dataset, resource_id, user, status):
    portal.body("finance", omar="admin")
    portal.user("root", sysadmin=True)

    assert waive(portal, user, resource_id)[0] == status
    assert codes(publish(portal, dataset)) == (409, ["waiver-needed"])


def test_a_reviewer_who_wrote_in_it_cannot(portal, body):
    made = portal.draft("sami", body, PEOPLE)
    portal.work()
    resource_id = made["resources"][0]["id"]

    assert codes(waive(portal, "sami", resource_id)) == (409, ["second-person-needed"])
    assert waive(portal, "nour", resource_id)[0] == 200


def test_a_waiver_ends_when_its_giver_becomes_an_author(portal, body):
    made = portal.draft("amel", body, PEOPLE)
    portal.work()
    assert waive(portal, "sami", made["resources"][0]["id"])[0] == 200
    portal.ok("sami", "package_patch", id=made["id"], notes="Mine.")
    portal.ok("amel", "opengov_dataset_submit", id=made["id"])

    assert codes(publish(portal, made, "nour")) == (409, ["waiver-needed"])


def test_nobody_ever_lets_pass_what_they_sent(portal, body):
    made = portal.published("amel", "sami", body, text=CLEAN)
    resource_id = made["resources"][0]["id"]
    change = {"upload": (io.BytesIO(PEOPLE.encode()), "x.csv")}
    portal.ok("sami", "opengov_revision_create", change, id=made["id"], resource_id=resource_id)
    portal.work()
    portal.ok("sami", "opengov_dataset_submit", id=made["id"])
    waiver = waive(portal, "nour", resource_id)[1]
    assert publish(portal, made, "nour")[0] == 200
    portal.work()
    portal.ok("nour", "opengov_validation_waiver_revoke", id=waiver["id"])
    by_author = codes(waive(portal, "sami", resource_id))
    portal.ok("amel", "opengov_revision_create", id=made["id"], title="Other")
    portal.ok("amel", "opengov_dataset_submit", id=made["id"])

    assert by_author == (409, ["second-person-needed"])
    assert codes(waive(portal, "sami", resource_id)) == (409, ["second-person-needed"])
    assert codes(publish(portal, made, "nour")) == (409, ["waiver-needed"])


def test_nobody_counts_the_waivers_of_others(portal, dataset, resource_id):
    waiver = waive(portal, "sami", resource_id)[1]
    portal.user("outsider")
    answers = [
        portal.call(user, "opengov_validation_waiver_revoke", id=number)
        for user in (None, "outsider")
        for number in (waiver["id"], waiver["id"] + 1, 10**30, float("inf"))
    ]

    assert {status for status, _ in answers} == {404}
    assert len({str(answer) for _, answer in answers}) == 1


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"reason": " "}, (409, ["required"])),
        ({"reason": "x" * 2001}, (409, ["too-long"])),
        ({"code": "type-error"}, (409, ["not-waivable"])),
        ({"field": "prénom"}, (404, [])),
    ],
)
def test_it_needs_a_reason_and_a_finding(portal, resource_id, changed, expected):
    assert codes(waive(portal, "sami", resource_id, **changed)) == expected


def test_a_waiver_can_be_taken_back_and_given_again(portal, dataset, resource_id):
    _status, waiver = waive(portal, "sami", resource_id)
    portal.ok("nour", "opengov_validation_waiver_revoke", id=waiver["id"])
    refused = codes(publish(portal, dataset))
    waive(portal, "nour", resource_id)
    waive(portal, "nour", resource_id, reason="Said better.")

    listed = portal.ok("amel", "opengov_validation_waiver_list", resource_id=resource_id)
    first = portal.ok("amel", "opengov_validation_waiver_list", resource_id=resource_id, limit=1)

    assert refused == (409, ["waiver-needed"])
    assert [each["is_in_force"] for each in listed["results"]] == [True, False, False]
    assert (len(first["results"]), first["results"][0]["reason"]) == (1, "Said better.")
    assert first["next_cursor"]
    assert publish(portal, dataset, "nour")[0] == 200


def test_a_waiver_is_revoked_by_reviewers_alone(portal, dataset, resource_id):
    _status, waiver = waive(portal, "sami", resource_id)
    portal.body("finance", omar="admin")

    for user, status in ((None, 404), ("omar", 404), ("amel", 403)):
        assert portal.call(user, "opengov_validation_waiver_revoke", id=waiver["id"])[0] == status
    for made_up in (0, "x", None):
        assert portal.call("sami", "opengov_validation_waiver_revoke", id=made_up)[0] in (404, 409)
    assert publish(portal, dataset)[0] == 200


def test_a_waiver_ends_with_the_file(portal, dataset, resource_id):
    waive(portal, "sami", resource_id)
    portal.ok("sami", "opengov_dataset_return", id=dataset["id"], reason="One row is missing.")
    files = portal.upload(PEOPLE + "Rim,50123456\n")
    portal.ok("amel", "resource_update", files, id=resource_id, format="CSV")
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])

    assert codes(publish(portal, dataset)) == (409, ["waiver-needed"])
    listed = portal.ok("amel", "opengov_validation_waiver_list", resource_id=resource_id)
    assert [each["is_in_force"] for each in listed["results"]] == [False]


def test_other_faults_still_block_the_author(portal, body):
    made = portal.draft("amel", body, PEOPLE + "Rim,50123456,9\n")
    portal.work()

    assert codes(portal.call("amel", "opengov_dataset_submit", id=made["id"])) == (
        409,
        ["findings-block"],
    )


def page(portal, user, path="/en/dataset/rainfall/review"):
    return portal.client.get(path, headers={"Authorization": portal.tokens[user]}).text


def send(portal, user, **fields):
    headers = {"Authorization": portal.tokens[user]}
    path = "/en/dataset/rainfall/review/waive"
    answer = portal.client.post(path, data=fields, headers=headers, follow_redirects=False)
    model.Session.remove()
    return answer


def test_the_page_of_the_review_has_the_button_for_the_second_person(portal, dataset, resource_id):
    asked = {"resource_id": resource_id, "code": "personal-data", "field": "GSM"}

    assert "Let it pass" in page(portal, "sami")
    assert "Let it pass" not in page(portal, "amel")
    empty = send(portal, "sami", **asked)
    assert empty.status_code == 422
    assert "Say why." in empty.text
    assert send(portal, "amel", **asked, waiver_reason=REASON).status_code == 403
    assert send(portal, "sami", **asked, waiver_reason=REASON).status_code == 302
    after = page(portal, "sami")
    assert REASON in after
    assert "Take this back" in after
    assert "Personal data let pass" in after
    findings = page(portal, "amel", f"/en/dataset/rainfall/review/check/{resource_id}")
    assert "Let pass by a second person" in findings
    waiver = after.split('name="waiver" value="')[1].split('"')[0]
    assert send(portal, "sami", waiver=waiver).status_code == 302
    assert "Let it pass" in page(portal, "sami")
