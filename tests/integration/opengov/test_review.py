"""What a reviewer sees of a change, and decides on nothing else."""

import io
import json
import re

import pytest
from tests.common.portal import CSV

KEYED = json.dumps(
    {
        "fields": [{"name": "station"}, {"name": "day"}, {"name": "millimetres"}],
        "primaryKey": "station",
    }
)
NEW = "station,day,millimetres\n001,2026-01-02,4.5\n002,2026-01-02,7\n003,2026-01-02,1\n"


@pytest.fixture
def body(portal):
    return portal.body("meteo", amel="editor", sami="admin", nour="admin")


@pytest.fixture
def dataset(portal, body):
    return portal.published("amel", "sami", body)


def revise(portal, dataset, text=NEW, **fields):
    """Prepare a change that brings a new file, do what the workers do, and submit it."""
    portal.ok(
        "amel",
        "opengov_revision_create",
        portal.upload(text),
        id=dataset["id"],
        resource_id=dataset["resources"][0]["id"],
        **fields,
    )
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])


def diff(portal, dataset, user="sami", **options):
    return portal.ok(user, "opengov_revision_diff", id=dataset["id"], **options)


def by_field(found):
    return {(each["field"], each["language"]): (each["before"], each["after"]) for each in found}


def test_a_change_is_told_field_by_field_and_row_by_row(portal, dataset):
    revise(portal, dataset, title="Rain", license_id="odc-by")

    found = diff(portal, dataset)

    (file,) = found["files"]
    fields = by_field(found["fields"])
    language = next(key[1] for key in fields if key[0] == "title_translated")
    assert fields["title_translated", language] == ("Rainfall", "Rain")
    assert fields["license_id", None] == ("cc-by", "odc-by")
    assert (file["status"], file["by"], file["comparison"]["status"]) == (
        "replaced",
        "content",
        "done",
    )
    assert (file["rows_added"], file["rows_removed"], file["rows_changed"]) == (2, 1, 0)
    assert (file["before"]["rows"], file["after"]["rows"]) == (2, 3)
    assert [each["row"] for each in file["sample"]["added"]["rows"]] == [3, 4]


def test_rows_are_compared_by_the_key_of_the_schema(portal, body):
    dataset = portal.published("amel", "sami", body)
    resource = {"id": dataset["resources"][0]["id"], "schema": KEYED}
    portal.ok("amel", "opengov_revision_create", id=dataset["id"], resources=[resource])
    revise(portal, dataset)

    (file,) = diff(portal, dataset)["files"]

    assert (file["by"], file["key"]) == ("key", ["station"])
    assert (file["rows_added"], file["rows_removed"], file["rows_changed"]) == (1, 0, 1)
    cells = file["sample"]["changed"]["rows"][0]["cells"]
    assert cells == ["002", "2026-01-02", {"before": "0", "after": "7"}]


def test_before_the_comparison_is_done_the_change_says_how_far_it_is(portal, dataset):
    files, place = portal.upload(NEW), dataset["resources"][0]["id"]
    portal.ok("amel", "opengov_revision_create", files, id=dataset["id"], resource_id=place)

    (file,) = diff(portal, dataset)["files"]

    assert (file["comparison"]["status"], file["rows_added"]) == ("waiting", None)


def test_a_comparison_is_made_again_on_request(portal, dataset):
    revise(portal, dataset)

    portal.ok("sami", "opengov_revision_compare", id=dataset["id"])
    kinds = [portal.job(job_id).kind for job_id in portal.due()]
    portal.work()

    assert kinds.count("opengov.compare") == 1
    assert diff(portal, dataset)["files"][0]["rows_added"] == 2


def test_an_interrupted_comparison_is_made_by_the_next_attempt(portal, dataset):
    revise(portal, dataset)
    portal.inside_job("opengov.compare", dataset["resources"][0]["id"])
    portal.inside_job("opengov.compare", dataset["resources"][0]["id"])

    assert diff(portal, dataset)["files"][0]["rows_added"] == 2


def test_files_that_are_no_tables_are_told_by_size_and_hash(portal, dataset):
    portal.ok(
        "amel",
        "opengov_revision_create",
        {"upload": (io.BytesIO(b"%PDF-1.4 text"), "rainfall.pdf")},
        id=dataset["id"],
        resource_id=dataset["resources"][0]["id"],
    )
    portal.work()

    (file,) = diff(portal, dataset)["files"]

    assert (file["comparison"], file["rows_added"]) == (None, None)
    assert file["before"]["sha256"] != file["after"]["sha256"]
    assert file["after"]["size"] == len(b"%PDF-1.4 text")


def test_files_that_come_and_go_are_named(portal, dataset):
    portal.ok(
        "amel",
        "opengov_revision_create",
        {"resources__-1__upload": (io.BytesIO(NEW.encode()), "new.csv")},
        id=dataset["id"],
        resources__extend=json.dumps([{"name": "new.csv", "format": "CSV"}]),
    )
    kept = portal.ok("amel", "opengov_revision_show", id=dataset["id"])["changes"]["resources"]
    added = [(each["name"], each["status"]) for each in diff(portal, dataset)["files"]]
    portal.ok("amel", "opengov_revision_create", id=dataset["id"], resources=kept[1:])
    swapped = [(each["name"], each["status"]) for each in diff(portal, dataset)["files"]]

    assert added == [("rainfall.csv", "unchanged"), ("new.csv", "added")]
    assert swapped == [("new.csv", "added"), ("rainfall.csv", "removed")]


def test_what_was_published_can_be_read_again(portal, dataset):
    revise(portal, dataset, title="Rain")
    before = diff(portal, dataset)
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])

    after = diff(portal, dataset, number=2)

    assert by_field(after["fields"]) == by_field(before["fields"])
    assert after["files"][0]["rows_added"] == before["files"][0]["rows_added"] == 2
    assert after["files"][0]["sample"] == before["files"][0]["sample"]
    assert portal.call("sami", "opengov_revision_diff", id=dataset["id"])[0] == 404


def test_only_the_newest_version_keeps_its_rows(portal, dataset):
    revise(portal, dataset)
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])
    portal.work()
    revise(portal, dataset, text=CSV)
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])

    older, newest = (diff(portal, dataset, number=n)["files"][0] for n in (2, 3))

    assert (older["rows_added"], older["sample"]) == (2, None)
    assert newest["sample"]["removed"]["rows"]


def test_a_change_that_is_given_up_leaves_no_rows(portal, dataset):
    revise(portal, dataset)
    portal.ok("sami", "opengov_dataset_return", id=dataset["id"], reasons=["wrong-file"])
    portal.ok("amel", "opengov_revision_discard", id=dataset["id"])

    (file,) = diff(portal, dataset, number=2)["files"]

    assert (file["status"], file["rows_added"], file["sample"]) == ("replaced", None, None)


def test_a_draft_is_all_new(portal, body):
    dataset = portal.submitted("amel", body)

    found = diff(portal, dataset)

    assert {each["before"] for each in found["fields"]} == {None}
    assert found["files"][0]["status"] == "added"


@pytest.mark.parametrize("action", ["opengov_revision_diff", "opengov_revision_compare"])
def test_outsiders_learn_nothing_of_a_change(portal, body, dataset, action):
    portal.body("finance", omar="admin")
    revise(portal, dataset)
    hidden = portal.submitted("amel", body, name="snow", title="Snow")

    for user in (None, "omar"):
        assert portal.call(user, action, id=dataset["id"])[0] == 403
        assert portal.call(user, action, id=hidden["id"])[0] == 404


def seen(portal, dataset, user="sami"):
    return portal.ok(user, "opengov_review_show", id=dataset["id"])["seen"]


def test_what_was_seen_is_approved(portal, dataset):
    revise(portal, dataset, title="Rain")

    token = seen(portal, dataset)
    shown = portal.ok("sami", "opengov_dataset_publish", id=dataset["id"], seen=token)

    assert shown["title"] == "Rain"


@pytest.mark.parametrize(
    ("change", "named"),
    [({"title": "Snow"}, "Titre"), ({"notes": "New."}, "Description"), ({}, "rainfall.csv")],
)
def test_nobody_approves_what_they_did_not_see(portal, dataset, change, named):
    revise(portal, dataset, title="Rain")
    token = seen(portal, dataset)
    portal.ok("nour", "opengov_dataset_return", id=dataset["id"], reason="Mend it.")
    if change:
        portal.ok("amel", "opengov_revision_create", id=dataset["id"], **change)
        portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    else:
        revise(portal, dataset, text=NEW + "004,2026-01-02,2\n")

    status, error = portal.call("sami", "opengov_dataset_publish", id=dataset["id"], seen=token)

    assert (status, error["__codes"]) == (409, {"seen": ["changed-since-seen"]})
    assert named in error["seen"][0]
    assert portal.ok(None, "package_show", id=dataset["id"])["title"] == "Rainfall"


def test_a_colleagues_decision_is_not_taken_twice(portal, body):
    dataset = portal.submitted("amel", body)
    token = seen(portal, dataset)
    portal.ok("nour", "opengov_dataset_return", id=dataset["id"], reason="Mend it.")

    status, error = portal.call(
        "sami", "opengov_dataset_return", id=dataset["id"], reason="Again.", seen=token
    )

    assert (status, error["__codes"]) == (409, {"seen": ["changed-since-seen"]})
    assert "son état" in error["seen"][0]


@pytest.mark.parametrize("step", ["publish", "return", "withdraw", "submit"])
@pytest.mark.parametrize("token", ["-", "W10", [1]])
def test_a_made_up_token_is_refused(portal, dataset, step, token):
    revise(portal, dataset)

    status, error = portal.call(
        "sami", f"opengov_dataset_{step}", id=dataset["id"], reason="Why.", seen=token
    )

    assert (status, error["__codes"]) == (409, {"seen": ["changed-since-seen"]})


def test_reasons_are_kept_as_codes_beside_the_words(portal, body):
    dataset = portal.submitted("amel", body)

    portal.ok(
        "sami",
        "opengov_dataset_return",
        id=dataset["id"],
        reasons=["personal-data", "licence"],
        reason="Column 3.",
    )

    place = portal.ok("amel", "opengov_review_show", id=dataset["id"])
    last = portal.ok("amel", "opengov_dataset_history", id=dataset["id"])["results"][-1]
    assert (place["reasons"], place["reason"]) == (["licence", "personal-data"], "Column 3.")
    assert last["reasons"] == ["licence", "personal-data"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, {"reason": ["required"]}),
        ({"reasons": ["other"]}, {"reason": ["required"]}),
        ({"reasons": ["because"], "reason": "x"}, {"reasons": ["unknown-reason"]}),
    ],
)
def test_authors_are_told_why(portal, body, given, code):
    dataset = portal.submitted("amel", body)

    status, error = portal.call("sami", "opengov_dataset_return", id=dataset["id"], **given)

    assert (status, error["__codes"]) == (409, code)


def test_the_history_names_people_and_what_they_are_to_the_body(portal, dataset):
    steps = portal.ok("amel", "opengov_dataset_history", id=dataset["id"])["results"]

    named = {(each["step"], each["actor"]["name"], each["actor"]["role"]) for each in steps}
    assert ("submit", "amel", "author") in named
    assert ("publish", "sami", "reviewer") in named


def test_the_queue_says_who_asks_since_when_and_how_large_it_is(portal, dataset):
    revise(portal, dataset, title="Rain")

    found = portal.ok("sami", "opengov_review_list")

    (row,) = found["results"]
    assert (row["kind"], row["body"], row["submitted_by"]["name"]) == ("change", "meteo", "amel")
    assert row["size"]["files"] == 1
    assert (row["size"]["fields"], row["size"]["rows_added"]) == (1, 2)
    assert (found["count"], found["previous_cursor"]) == (1, None)
    assert [each["name"] for each in found["bodies"]] == ["meteo"]


def test_the_queue_says_the_same_size_as_the_page_of_each_dataset(portal, dataset, body):
    other = portal.published("amel", "sami", body, name="wind", title="Wind")
    fields = {
        "tags": [{"name": "wind"}],
        "notes": "",
        "extras": [{"key": "station", "value": "all"}],
        "title_translated": {"fr": "Vent", "ar": "رياح"},
        "resources__extend": [{"url": "https://example.org/a", "name": "More"}],
    }
    portal.ok("amel", "opengov_revision_create", id=other["id"], **fields)
    portal.ok("amel", "opengov_dataset_submit", id=other["id"])
    portal.ok("amel", "opengov_revision_create", id=dataset["id"], tags=[{"name": "rain"}])
    revise(portal, dataset, name="rain", theme="ENVI")
    portal.submitted("amel", body, name="snow", title="Snow", tags=[{"name": "snow"}], theme="ENVI")

    found = portal.ok("sami", "opengov_review_list")["results"]

    sizes = {row["name"]: row["size"] for row in found}
    assert len(sizes) == 3
    assert sizes == {row["name"]: diff(portal, row)["size"] for row in found}
    assert sizes["snow"]["is_known"] is True


def test_the_queue_knows_what_was_compared_under_a_schema(portal, dataset):
    # As people type it: with blanks, and in no order.
    schema = '{"primaryKey": "station", "fields": [{"name": "station", "type": "string"}, \
{"name": "day", "type": "date"}, {"name": "millimetres", "type": "number"}]}'
    revise(portal, dataset, **{f"resources__{dataset['resources'][0]['id']}__schema": schema})

    (row,) = portal.ok("sami", "opengov_review_list")["results"]

    assert row["size"] == diff(portal, dataset)["size"]
    assert row["size"]["is_known"] is True


@pytest.fixture
def uncompared(portal, dataset):
    """A change whose new file is checked, and not compared with the published one yet."""
    file = {"resource_id": dataset["resources"][0]["id"]}
    portal.ok("amel", "opengov_revision_create", portal.upload(NEW), id=dataset["id"], **file)
    for job in portal.due():
        portal.run(job)
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    return dataset


@pytest.mark.parametrize("when", [{}, {"publish_at": "2100-01-01T00:00:00Z"}])
def test_nobody_approves_rows_that_are_still_being_compared(portal, uncompared, when):
    id_ = {"id": uncompared["id"], **when}

    status, error = portal.call("sami", "opengov_dataset_publish", **id_)
    place = portal.ok("sami", "opengov_review_show", id=uncompared["id"])

    assert (status, error["__codes"]) == (409, {"without_comparison": ["rows-uncompared"]})
    assert place["uncompared"] == 1
    assert {"step": "publish", "obstacle": None} in place["steps"]
    portal.work()
    assert portal.ok("sami", "opengov_review_show", id=uncompared["id"])["uncompared"] == 0
    portal.ok("sami", "opengov_dataset_publish", **id_)


def test_a_reviewer_may_decide_without_the_comparison(portal, uncompared):
    portal.ok("sami", "opengov_dataset_publish", id=uncompared["id"], without_comparison=True)

    assert portal.ok(None, "package_show", id=uncompared["id"])["resources"][0]["rows"] == 3


def test_the_page_asks_for_a_tick_before_rows_are_compared(portal, uncompared):
    path = f"/en/dataset/{uncompared['name']}/review"
    headers = {"Authorization": portal.tokens["sami"]}
    shown = portal.client.get(path, headers=headers).text
    seen = re.search('name="seen" value="([^"]+)"', shown).group(1)
    form = {"decision": "publish", "seen": seen}
    refused = portal.client.post(f"{path}/decide", data=form, headers=headers)
    form["without_comparison"] = "yes"
    taken = portal.client.post(f"{path}/decide", data=form, headers=headers)

    assert "The rows of 1 file are not compared" in shown
    assert refused.status_code == 422
    assert 'href="#field-without-comparison"' in refused.text
    assert "Approved and published." in taken.text


def test_the_queue_says_that_rows_are_being_compared(portal, uncompared):
    dataset = uncompared

    (row,) = portal.ok("sami", "opengov_review_list")["results"]

    assert row["size"] == diff(portal, dataset)["size"]
    assert row["size"]["is_known"] is False


def test_the_queue_is_read_forwards_and_back(portal, body):
    for name in ("one", "two", "three"):
        portal.submitted("amel", body, name=name, title=name)

    first = portal.ok("sami", "opengov_review_list", limit=2)
    second = portal.ok("sami", "opengov_review_list", limit=2, cursor=first["next_cursor"])
    back = portal.ok("sami", "opengov_review_list", limit=2, cursor=second["previous_cursor"])

    assert [row["name"] for row in second["results"]] == ["three"]
    assert [row["name"] for row in back["results"]] == ["one", "two"]
    assert (second["next_cursor"], back["previous_cursor"]) == (None, None)


def test_what_is_scheduled_is_told_apart_from_what_is_to_decide(portal, body):
    dataset = portal.submitted("amel", body)
    portal.ok(
        "sami", "opengov_dataset_publish", id=dataset["id"], publish_at="2099-01-01T00:00:00Z"
    )

    assert portal.ok("sami", "opengov_review_list", state="submitted")["results"] == []
    assert len(portal.ok("sami", "opengov_review_list", state="scheduled")["results"]) == 1


def test_a_reviewer_sees_rows_before_the_first_publication(portal, body):
    lines = "".join(f"{number},=1+1,{'x' * 300}\n" for number in range(1, 31))
    dataset = portal.draft("amel", body, f"number,formula,text\n{lines}")
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])

    (file,) = diff(portal, dataset)["files"]
    headers = {"Authorization": portal.tokens["sami"]}
    page = portal.client.get(f"/en/dataset/{dataset['name']}/review", headers=headers).text

    assert file["first"]["columns"] == ["number", "formula", "text"]
    assert [row["row"] for row in file["first"]["rows"]] == list(range(2, 12))
    assert file["first"]["rows"][0]["cells"] == ["1", "=1+1", "x" * 200]
    assert "first" not in file["after"]
    assert "The first 10 rows" in page
    assert "=1+1</td>" in page


def test_rows_of_a_replaced_file_are_told_by_the_comparison_alone(portal, dataset):
    revise(portal, dataset)

    (file,) = diff(portal, dataset)["files"]

    assert file["first"] is None
