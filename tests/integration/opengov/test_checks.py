"""The check of an uploaded file, as the API tells of it."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from tests.common.killing import kill_session, wait_for_job

from ckan import model

from ckanext.opengov import cli
from ckanext.opengov.shared import jobs

BROKEN = "station,day\n" + "".join(f"{n},2026-01-01,{n}\n" for n in range(150))


@pytest.fixture
def body(portal):
    return portal.body(amel="editor", sami="admin")


@pytest.fixture
def broken(portal, body):
    """The id of a resource whose file has 150 rows that are too long."""
    dataset = portal.draft("amel", body, BROKEN)
    portal.work()
    return dataset["resources"][0]["id"]


def listed(portal, resource_id, **options):
    return portal.ok("amel", "opengov_validation_finding_list", resource_id=resource_id, **options)


def test_the_findings_lead_on(portal, broken):
    dataset_id = portal.ok("amel", "resource_show", id=broken)["package_id"]
    path = f"/en/dataset/{dataset_id}/review/check/{broken}"
    page = portal.client.get(path, headers={"Authorization": portal.tokens["amel"]}).text

    assert f'/publish/file/{broken}">Send the corrected file</a>' in page
    assert '/publish">Back to the list of tasks</a>' in page
    assert "What is published stays online" not in page


def test_findings_come_in_pages_with_an_exact_count(portal, broken):
    first = listed(portal, broken, limit=60)
    second = listed(portal, broken, limit=60, cursor=first["next_cursor"])

    rows = [finding["row"] for finding in first["results"] + second["results"]]
    assert rows == list(range(2, 102))
    assert (first["count"], second["next_cursor"]) == (150, None)


def test_findings_are_chosen_by_code_and_column(portal, broken):
    assert listed(portal, broken, code="extra-cell")["count"] == 150
    assert listed(portal, broken, code="blank-row")["results"] == []
    assert listed(portal, broken, field="day")["count"] == 0


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0", "W10", "WzVd", "WzEsMSwidyJd"])
def test_a_made_up_cursor_is_refused(portal, broken, cursor):
    status, error = portal.call(
        "amel", "opengov_validation_finding_list", resource_id=broken, cursor=cursor
    )

    assert (status, error["__codes"]) == (409, {"cursor": ["invalid-cursor"]})


@pytest.mark.parametrize(
    ("language", "start"),
    [("ar", "هذا السطر أطول"), ("fr", "Cette ligne est plus longue"), ("en", "This row is longer")],
)
def test_findings_speak_the_readers_language(portal, broken, language, start):
    answer = portal.client.get(
        f"/{language}/api/3/action/opengov_validation_show?resource_id={broken}",
        headers={"Authorization": portal.tokens["amel"]},
    )

    assert answer.json["result"]["findings"][0]["message"].startswith(start)


def test_the_command_gives_the_same_report(portal, broken, tmp_path):
    (tmp_path / "rainfall.csv").write_text(BROKEN)
    command = [sys.executable, "-m", "ckanext.opengov.validation", "rainfall.csv", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    shown = portal.client.get(
        f"/en/api/3/action/opengov_validation_show?resource_id={broken}",
        headers={"Authorization": portal.tokens["amel"]},
    ).json["result"]

    assert (shown.pop("status"), shown.pop("progress")) == ("done", 1.0)
    assert json.loads(done.stdout) == shown
    assert done.returncode == 1


def test_the_sites_command_checks_the_files_of_a_dataset(portal, broken):
    runner = CliRunner()
    with portal.client.flask_app.test_request_context():
        done = runner.invoke(cli.opengov, ["validate", "rainfall", "--lang", "fr"])
        missing = runner.invoke(cli.opengov, ["validate", "nothing"])

    assert "rainfall.csv:2: Cette ligne est plus longue" in done.output
    assert (done.exit_code, missing.exit_code) == (1, 1)
    assert "There is no dataset nothing" in missing.output


@pytest.mark.parametrize("is_public", [False, True])
def test_a_file_that_is_called_a_table_is_checked_as_one(portal, body, is_public):
    make = portal.published if is_public else portal.draft
    people = ("amel", "sami") if is_public else ("amel",)
    dataset = make(*people, body, text="a,b\n1,2\n")
    resource_id = dataset["resources"][0]["id"]
    place = f"resources__{resource_id}__format"

    def call_it(format, **files):
        if is_public:
            portal.ok("amel", "opengov_revision_create", files, id=dataset["id"], **{place: format})
        else:
            portal.ok("amel", "resource_patch", files, id=resource_id, format=format)
        portal.work()
        return portal.ok("amel", "opengov_validation_show", resource_id=resource_id)["verdict"]

    file = (io.BytesIO(b"a,b\n1,2,3\n4\n"), "x.txt")
    upload = {f"resources__{resource_id}__upload" if is_public else "upload": file}
    assert call_it("TXT", **upload) == "warned"
    assert call_it("CSV") == "blocked"
    assert portal.call("amel", "opengov_dataset_submit", id=dataset["id"])[0] == 409


@pytest.mark.parametrize("given", [5, True, [], ["x"], {}, "\0", "\ud800", None])
def test_what_is_no_id_is_not_found(portal, given):
    for action in ("validation_show", "validation_finding_list", "repair_list"):
        status, _ = portal.call(None, f"opengov_{action}", resource_id=given)
        assert status in (404, 409), action


def test_whether_there_is_a_hidden_file_is_not_told(portal, broken):
    portal.user("outsider")
    for user in (None, "outsider"):
        for action in ("validation_show", "repair_list", "validation_waiver_list"):
            answers = [
                portal.call(user, f"opengov_{action}", resource_id=each)
                for each in (broken, "00000000-0000-0000-0000-000000000000")
            ]
            assert answers[0] == answers[1]
            assert answers[0][0] == 404


def test_a_path_with_a_nul_is_not_found(portal, broken):
    for path in ("/organization/policy/%00", "/dataset/%00", f"/dataset/%00/review/check/{broken}"):
        assert portal.client.get(f"/en{path}").status_code == 404


def test_a_workbook_is_checked_published_and_read_as_a_table(portal, body):
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (["station", "rain"], ["001", 4.5], ["002", 0]):
        book.active.append(row)
    book.save(out)
    fields = {"title": "Rain", "license_id": "cc-by", "owner_org": body["id"]}
    dataset = portal.ok("amel", "package_create", **fields)
    out.seek(0)
    resource = portal.ok(
        "amel", "resource_create", {"upload": (out, "rain.xlsx")}, package_id=dataset["id"]
    )
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])
    portal.work()

    table = portal.ok(None, "datastore_search", resource_id=resource["id"])

    rows = [(row["station"], row["rain"]) for row in table["records"]]
    assert rows == [("001", 4.5), ("002", 0)]


def test_outsiders_know_nothing_of_the_findings(portal, broken):
    portal.body("finance", omar="admin")

    for user in (None, "omar"):
        for action in ("opengov_validation_show", "opengov_validation_finding_list"):
            assert portal.call(user, action, resource_id=broken)[0] == 404


def test_a_worker_that_is_killed_while_it_checks_loses_nothing(portal, body):
    rows = "".join(f"{n},2026-01-{n % 28 + 1:02d},{n}\n" for n in range(1_000_000))
    dataset = portal.draft("amel", body, f"station,day,rain\n{rows}1000000,2026-01-01,1,9\n")
    (job_id,) = portal.due()
    ckan = Path(sys.executable).with_name("ckan")
    command = [ckan, "-c", os.environ["CKAN_INI"], "jobs", "worker", "--burst", jobs.LONG]
    worker = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        wait_for_job(portal, job_id, lambda job: 0 < job.progress < 1)
    finally:
        kill_session(worker)
    shown = portal.ok("amel", "opengov_validation_show", resource_id=dataset["resources"][0]["id"])
    soon = sa.update(jobs.Job).values(run_at=sa.func.now())
    model.Session.execute(soon)
    model.Session.commit()

    def is_done(job):
        # PostgreSQL notices the dead connection within moments.
        portal.run(job.id)
        return job.status == jobs.Status.DONE

    job = wait_for_job(portal, job_id, is_done)
    report = portal.ok("amel", "opengov_validation_show", resource_id=dataset["resources"][0]["id"])
    assert 0 < shown["progress"] < 1
    assert "verdict" not in shown
    assert (shown["first"]["verdict"], shown["first"]["file"]["rows"]) == ("clean", 19_999)
    assert "first" not in report
    assert job.attempt == 2
    assert (report["file"]["rows"], report["verdict"]) == (1_000_001, "blocked")
    assert [(each["code"], each["row"]) for each in report["findings"]] == [
        ("extra-cell", 1_000_002)
    ]
