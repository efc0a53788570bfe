"""``ckan opengov publish``: a folder becomes a dataset, by the rules of the pages."""

import json

import pytest
from click.testing import CliRunner

from ckanext.opengov import cli

CSV = "station,day\n001,2026-01-02\n"


@pytest.fixture
def folder(portal, tmp_path):
    portal.body("meteo", amel="editor", sami="admin")
    descriptor = {
        "name": "rain",
        "title": "Rainfall",
        "licenses": [{"name": "ODC-PDDL-1.0"}],
        "homepage": "unknown to the site's schema",
        "resources": [
            {
                "name": "stations",
                "path": "rain.csv",
                "schema": {"fields": [{"name": "station", "type": "string"}, {"name": "day"}]},
            }
        ],
    }
    (tmp_path / "datapackage.json").write_text(json.dumps(descriptor))
    (tmp_path / "rain.csv").write_text(CSV)
    return tmp_path


def publish(portal, folder, *options, user="amel"):
    command = ["publish", str(folder), "--user", user, "--body", "meteo", *options]
    with portal.client.flask_app.test_request_context():
        done = CliRunner().invoke(cli.opengov, command, catch_exceptions=False)
    return done.exit_code, done.output


def test_a_folder_becomes_a_dataset_and_then_a_change_to_it(portal, folder):
    first = publish(portal, folder, "--reviewer", "sami")
    portal.work()
    dataset = portal.ok(None, "package_show", id="rain")
    (folder / "rain.csv").write_text(CSV + "002,2026-01-03\n")
    waits = publish(portal, folder, "--set", "title=Rainfall of all stations")
    assert first[0] == waits[0] == 0, (first, waits)
    portal.work()
    before = portal.ok(None, "package_show", id="rain")
    portal.ok("sami", "opengov_dataset_publish", id="rain")
    portal.work()
    after = portal.ok(None, "package_show", id="rain")

    assert first[1].endswith("/dataset/rain: published\n")
    assert waits[1].endswith("/dataset/rain: submitted\n")
    assert (dataset["license_id"], dataset["organization"]["name"]) == ("odc-pddl", "meteo")
    assert before["title"] == "Rainfall"
    assert after["title"] == "Rainfall of all stations"
    assert [each["id"] for each in after["resources"]] == [dataset["resources"][0]["id"]]
    found = portal.ok(None, "datastore_search", resource_id=after["resources"][0]["id"])
    assert [row["station"] for row in found["records"]] == ["001", "002"]


def test_a_source_of_unknown_licence_needs_the_reviewers_word(portal, folder):
    descriptor = json.loads((folder / "datapackage.json").read_text())
    descriptor["sources"] = [{"title": "Weather of the port"}]
    (folder / "datapackage.json").write_text(json.dumps(descriptor))

    unsure = publish(portal, folder, "--reviewer", "sami")
    portal.ok("sami", "opengov_dataset_return", id="rain", reason="Ask the port.")
    approved = publish(portal, folder, "--reviewer", "sami", "--licence-word", "The port agrees.")

    assert unsure[0] == 1
    assert "licence_word" in unsure[1]
    assert approved[1].endswith("/dataset/rain: published\n")


def test_nobody_approves_their_own_folder(portal, folder):
    code, output = publish(portal, folder, "--reviewer", "sami", user="sami")

    assert code == 1
    assert output.startswith("Checking the files")
    assert portal.ok("amel", "package_show", id="rain")["publication_state"] == "submitted"
    assert portal.call(None, "package_show", id="rain")[0] == 404


def test_what_blocks_a_dataset_blocks_a_folder_and_keeps_the_draft(portal, folder):
    (folder / "rain.csv").write_text(CSV + "002,2026-01-03,9\n")
    blocked = publish(portal, folder)
    (folder / "rain.csv").write_text(CSV)

    assert blocked[0] == 1
    assert portal.ok("amel", "package_show", id="rain")["publication_state"] == "draft"
    assert publish(portal, folder)[0] == 0
    assert len(portal.ok("amel", "package_show", id="rain")["resources"]) == 1


def test_a_value_without_a_field_is_refused(portal, folder):
    code, output = publish(portal, folder, "--set", "cc-by")

    assert code == 2
    assert "FIELD=VALUE" in output


@pytest.mark.parametrize("user", ["nobody", "rima"])
def test_only_the_bodys_people_publish_a_folder(portal, folder, user):
    portal.user("rima")

    code, output = publish(portal, folder, user=user)

    assert code == 1
    assert "Traceback" not in output
    assert portal.call("sami", "package_show", id="rain")[0] == 404


def test_a_folder_without_a_licence_says_what_is_missing(portal, folder):
    (folder / "datapackage.json").unlink()

    code, output = publish(portal, folder)

    assert code == 1
    assert "licen" in output.casefold()
