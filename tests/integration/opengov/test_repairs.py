"""Repairs of a file: accepted, made by a job, taken back; who may, and two people at once."""

# ruff: noqa: RUF001 - Arabic

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import openpyxl
import pytest
import sqlalchemy as sa
from tests.common import books
from tests.common.killing import kill_session, wait_for_job

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.opengov import storage
from ckanext.opengov.logic import repairing
from ckanext.opengov.model.repairs import Repair
from ckanext.opengov.shared import jobs

BAD = (
    "وزارة التجهيز : مشاريع الطرقات;;;;\n;;;;\nالولاية;التاريخ;الطول;الكلفة;\n"
    "تونس;13/01/2024;12,5;1 234,50;\nصفاقس ;25/02/2024;7,25;12 000,00;\n;;;;\n"
    "قابس;01/03/2024;3,1;900,75;\nالمجموع;;22,85;14 135,25;\n"
).encode("cp1256")
GOOD = [
    ["الولاية", "التاريخ", "الطول", "الكلفة"],
    ["تونس", "2024-01-13", "12.5", "1234.50"],
    ["صفاقس", "2024-02-25", "7.25", "12000.00"],
    ["قابس", "2024-03-01", "3.1", "900.75"],
]


TRIM = [{"kind": "trim"}]


MM = {"kind": "number", "field": "mm", "params": {"decimal": ",", "group": ""}}


@pytest.fixture
def body(portal):
    return portal.body(amel="editor", sami="admin", rania="editor")


def send(portal, dataset_id, content=BAD, name="roads.csv", **fields):
    """Upload a file into a dataset; return the id of its resource."""
    values = {"package_id": dataset_id, "name": name, "format": "CSV", **fields}
    files = {"upload": (io.BytesIO(content), name)}
    resource = portal.ok("amel", "resource_create", files, **values)
    portal.work()
    return resource["id"]


@pytest.fixture
def bad(portal, body):
    """The id of a resource with a file full of what ministries' files are full of."""
    values = {"name": "roads", "title": "Roads", "license_id": "cc-by", "owner_org": body["id"]}
    return send(portal, portal.ok("amel", "package_create", **values)["id"])


def listed(portal, resource_id, user="amel"):
    return portal.ok(user, "opengov_repair_list", resource_id=resource_id)


def apply(portal, resource_id, user="amel", **wish):
    return portal.ok(user, "opengov_repair_apply", resource_id=resource_id, **wish)


def file_of(portal, resource_id):
    """Return the rows of the file as it will be published."""
    sha256 = portal.ok("amel", "resource_show", id=resource_id)["sha256"]
    return list(csv.reader(io.StringIO(storage.path_of(sha256).read_text(), newline="")))


def test_a_bad_file_is_published_by_accepted_repairs_alone(portal, bad):
    before = listed(portal, bad)
    shown = portal.ok("amel", "opengov_validation_show", resource_id=bad)
    asked = apply(portal, bad, repairs="safe", version=0)
    portal.work()
    (total,) = listed(portal, bad)["proposals"]
    apply(portal, bad, repairs=[total["id"]], version=1)
    portal.work()
    after = listed(portal, bad)

    assert before["proposals"] == shown["proposals"]
    assert (before["original"], before["accepted"]) == (None, [])
    assert asked["status"] == "queued"
    assert file_of(portal, bad) == GOOD
    assert (after["proposals"], after["status"], after["version"]) == ([], "done", 2)
    report = portal.ok("amel", "opengov_validation_show", resource_id=bad)
    assert (report["verdict"], report["file"]["encoding"]) == ("clean", "utf-8")
    assert [field["type"] for field in report["fields"]] == ["string", "date", "number", "number"]
    portal.ok("amel", "opengov_dataset_submit", id="roads")
    portal.ok("sami", "opengov_dataset_publish", id="roads")
    portal.work()
    rows = portal.ok(None, "datastore_search", resource_id=bad)["records"]
    assert [row["الكلفة"] for row in rows] == [1234.5, 12000, 900.75]


def test_what_was_repaired_can_be_gone_back_to(portal, bad):
    before = portal.ok("amel", "resource_show", id=bad)
    accepted = apply(portal, bad, repairs="safe")["accepted"]
    portal.work()
    (trim,) = [each["id"] for each in accepted if each["code"] == "trim"]
    portal.ok("amel", "opengov_repair_undo", resource_id=bad, repairs=[trim])
    portal.work()
    without_trim = file_of(portal, bad)
    portal.ok("amel", "opengov_repair_undo", resource_id=bad, repairs="all")
    portal.work()
    after = portal.ok("amel", "resource_show", id=bad)

    assert without_trim[2][0] == "صفاقس "
    names = ("sha256", "format", "url", "size")
    assert [after[name] for name in names] == [before[name] for name in names]
    assert storage.path_of(after["sha256"]).read_bytes() == BAD
    assert listed(portal, bad)["original"] is None


@pytest.mark.parametrize(
    ("chosen", "type", "values"),
    [(0, "integer", [305306, 956]), (1, "number", [305.306, 956])],
)
def test_a_choice_of_what_points_mean_makes_numbers_of_them(portal, body, chosen, type, values):
    fields = {"name": "roads", "title": "Roads", "license_id": "cc-by", "owner_org": body["id"]}
    dataset = portal.ok("amel", "package_create", **fields)
    resource_id = send(portal, dataset["id"], b"v,w\n305.306,a\n956,b\n")
    proposals = listed(portal, resource_id)["proposals"]
    apply(portal, resource_id, repairs=[proposals[chosen]["id"]])
    portal.work()

    report = portal.ok("amel", "opengov_validation_show", resource_id=resource_id)
    assert [field["type"] for field in report["fields"]] == [type, "string"]
    assert listed(portal, resource_id)["proposals"] == []
    portal.ok("amel", "opengov_dataset_submit", id="roads")
    portal.ok("sami", "opengov_dataset_publish", id="roads")
    portal.work()
    rows = portal.ok(None, "datastore_search", resource_id=resource_id)["records"]
    assert [row["v"] for row in rows] == values


def test_a_repair_brings_what_it_builds_on(portal, bad):
    (day,) = [each for each in listed(portal, bad)["proposals"] if each["code"] == "date"]

    accepted = apply(portal, bad, repairs=[day["id"]])["accepted"]

    assert [each["code"] for each in accepted] == ["header", "date"]


def test_a_publisher_chooses_an_encoding_by_hand(portal, body):
    values = {"name": "roads", "title": "Roads", "license_id": "cc-by", "owner_org": body["id"]}
    dataset = portal.ok("amel", "package_create", **values)
    resource_id = send(portal, dataset["id"], "a,b\n\u00e9,1\n".encode("cp850"))
    step = {"kind": "encoding", "params": {"encoding": "cp850"}}
    apply(portal, resource_id, steps=json.dumps([step]))
    portal.work()

    assert file_of(portal, resource_id) == [["a", "b"], ["é", "1"]]


def test_repairs_that_do_not_fit_leave_the_file(portal, bad):
    step = {"kind": "header", "field": None, "params": {"row": 99, "rows": 1}}
    apply(portal, bad, steps=[step])
    portal.work()

    after = listed(portal, bad)
    assert after["error"] == "Ces corrections ne conviennent pas au fichier. Il reste tel quel."
    assert after["accepted"] == []
    sha256 = portal.ok("amel", "resource_show", id=bad)["sha256"]
    assert storage.path_of(sha256).read_bytes() == BAD


@pytest.mark.parametrize(
    ("wish", "codes"),
    [
        ({}, {"repairs": ["required"]}),
        ({"repairs": ["0"]}, {"repairs": ["unknown-repair"]}),
        ({"repairs": [{}]}, {"repairs": ["unknown-repair"]}),
        ({"repairs": "safe", "version": 7}, {"version": ["changed-since-seen"]}),
        ({"steps": [{"kind": "erase"}]}, {"steps": ["not-a-repair"]}),
        ({"steps": "[["}, {"steps": ["not-a-repair"]}),
        ({"steps": {"kind": "trim"}}, {"steps": ["not-a-repair"]}),
    ],
)
def test_wishes_that_cannot_be_met_are_refused(portal, bad, wish, codes):
    status, error = portal.call("amel", "opengov_repair_apply", resource_id=bad, **wish)

    assert (status, error["__codes"]) == (409, codes)


def test_of_two_people_at_once_one_is_told(portal, bad):
    apply(portal, bad, "amel", repairs="safe", version=0)
    status, error = portal.call(
        "rania", "opengov_repair_apply", resource_id=bad, repairs="safe", version=0
    )

    assert (status, error["__codes"]) == (409, {"version": ["changed-since-seen"]})


def test_nothing_is_undone_where_nothing_was_repaired(portal, bad):
    status, error = portal.call("amel", "opengov_repair_undo", resource_id=bad)

    assert (status, error["__codes"]) == (409, {"__all__": ["nothing-to-undo"]})


def test_outsiders_know_nothing_of_repairs(portal, bad):
    portal.body("finance", omar="admin")

    for user in (None, "omar"):
        for action in ("opengov_repair_list", "opengov_repair_apply", "opengov_repair_undo"):
            assert portal.call(user, action, resource_id=bad)[0] == 404


def test_what_is_under_review_is_not_repaired(portal, body):
    dataset = portal.submitted("amel", body)
    resource_id = dataset["resources"][0]["id"]
    step = {"kind": "blank-rows"}

    assert (
        portal.call("amel", "opengov_repair_apply", resource_id=resource_id, steps=[step])[0] == 409
    )


def test_another_file_ends_the_repairs_of_the_first(portal, bad):
    apply(portal, bad, repairs="safe")
    portal.ok("amel", "resource_patch", portal.upload(), id=bad)
    portal.work()

    assert file_of(portal, bad)[0] == ["station", "day", "millimetres"]
    assert listed(portal, bad)["original"] is None


def test_a_published_file_is_repaired_in_a_change(portal, body):
    dataset = portal.published("amel", "sami", body, text="day,n\n13/01/2024,1\n14/01/2024,2\n")
    resource_id = dataset["resources"][0]["id"]
    apply(portal, resource_id, repairs="safe")
    portal.work()

    change = portal.ok("amel", "opengov_revision_show", id=dataset["id"])
    (file,) = change["files"]
    assert storage.path_of(file["sha256"]).read_text() == "day,n\n2024-01-13,1\n2024-01-14,2\n"
    assert portal.ok(None, "resource_show", id=resource_id)["sha256"] != file["sha256"]
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    assert portal.call("amel", "opengov_dataset_publish", id=dataset["id"])[0] == 403
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])
    portal.work()
    assert portal.ok(None, "resource_show", id=resource_id)["sha256"] == file["sha256"]


def test_a_workbook_becomes_a_text_and_a_workbook_again(portal, body):
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (["Pluie 2024"], [], ["ville", "jour"], ["Tunis", "13/01/2024"]):
        book.active.append(row)
    book.save(out)
    values = {"name": "roads", "title": "Roads", "license_id": "cc-by", "owner_org": body["id"]}
    dataset = portal.ok("amel", "package_create", **values)
    resource_id = send(portal, dataset["id"], out.getvalue(), "rain.xlsx", format="XLSX")
    apply(portal, resource_id, repairs="safe")
    portal.work()
    repaired = portal.ok("amel", "resource_show", id=resource_id)
    rows = file_of(portal, resource_id)
    portal.ok("amel", "opengov_repair_undo", resource_id=resource_id)
    portal.work()
    after = portal.ok("amel", "resource_show", id=resource_id)

    assert rows == [["ville", "jour"], ["Tunis", "2024-01-13"]]
    assert (repaired["format"], repaired["url"].rpartition("/")[2]) == ("CSV", "rain.csv")
    assert (repaired["mimetype"], repaired["validation_status"]) == ("text/csv", "clean")
    assert (repaired["name"], after["name"]) == ("rain.csv", "rain.xlsx")
    assert (after["format"], after["url"].rpartition("/")[2]) == ("XLSX", "rain.xlsx")
    assert storage.path_of(after["sha256"]).read_bytes() == out.getvalue()


@pytest.fixture
def sheets(portal, body):
    """The id of a resource with an old workbook: its first sheet is hidden, two are not."""
    book = books.xls_of(
        books.Sheet([["cin"], ["01234567"]], "secret", visible=1),
        books.Sheet([["Pluie"], [], ["ville", "jour"], ["Tunis", "13/01/2024"]], "pluie"),
        books.Sheet([["ville", "vent"], ["", "(km/h)"], ["Sfax", 12], ["Gabès", 9]], "vent"),
    )
    values = {"name": "roads", "title": "Roads", "license_id": "cc-by", "owner_org": body["id"]}
    dataset = portal.ok("amel", "package_create", **values)
    return send(portal, dataset["id"], book, "météo.xls", format="XLS")


def test_the_sheet_that_is_checked_is_the_one_that_is_repaired(portal, sheets):
    apply(portal, sheets, repairs="safe")
    portal.work()

    resource = portal.ok("amel", "resource_show", id=sheets)
    assert file_of(portal, sheets) == [["ville", "jour"], ["Tunis", "2024-01-13"]]
    assert (resource["format"], resource["name"]) == ("CSV", "météo.csv")


def test_a_publisher_chooses_another_sheet(portal, sheets):
    seen = portal.ok("amel", "opengov_repair_preview", resource_id=sheets)
    other = page(portal, sheets, "/reading?shown=pluie&sheet=vent&row=3&header_rows=1").text
    shown = page(portal, sheets, "/reading?sheet=vent&row=1&header_rows=2").text
    press(portal, sheets, "/reading", sheet="vent", row="1", header_rows="2", version="0")
    portal.work()
    chosen = file_of(portal, sheets)
    after = portal.ok("amel", "opengov_repair_preview", resource_id=sheets)
    list_after = listed(portal, sheets)["accepted"]
    apply(portal, sheets, steps=[{"kind": "sheet", "params": {"sheet": "neige"}}])
    portal.work()

    assert (seen["sheet"], seen["sheets"]) == ("pluie", ["pluie", "vent"])
    assert seen["rows"][3] == [4, ["Tunis", "13/01/2024"]]
    assert 'name="row" value="1"' in other
    assert "secret" not in shown
    assert '<th scope="col" dir="auto">vent / (km/h)</th>' in shown
    assert chosen == [["ville", "vent / (km/h)"], ["Sfax", "12"], ["Gabès", "9"]]
    assert (after["sheet"], after["header_rows"]) == ("vent", 2)
    assert list_after[0]["change"] == "Lire la feuille «\u00a0vent\u00a0»."
    assert listed(portal, sheets)["error"] is not None
    assert file_of(portal, sheets) == chosen


def test_repairs_of_one_sheet_are_none_of_another(portal, sheets):
    apply(portal, sheets, steps=[{"kind": "totals", "params": {"row": 4}}, *TRIM])
    portal.work()
    apply(portal, sheets, reading={"sheet": "vent", "row": 1, "header_rows": 1})
    portal.work()

    assert file_of(portal, sheets)[1:] == [["", "(km/h)"], ["Sfax", "12"], ["Gabès", "9"]]
    kinds = [each["step"]["kind"] for each in listed(portal, sheets)["accepted"]]
    assert kinds == ["sheet"]


def test_an_old_job_never_puts_its_file_over_a_newer_one(portal, bad, monkeypatch):
    apply(portal, bad, repairs="safe")
    make = repairing._make

    def slow(row, *rest):
        made = make(row, *rest)
        # Meanwhile another file came, and its first repair was accepted: version 1, too.
        newer = sa.update(Repair).values(original_sha256="0" * 64)
        model.Session.execute(newer)
        return made

    monkeypatch.setattr(repairing, "_make", slow)
    before = portal.ok("amel", "resource_show", id=bad)["sha256"]
    portal.work()

    assert portal.ok("amel", "resource_show", id=bad)["sha256"] == before


def test_a_schema_that_was_given_between_two_repairs_stays(portal, bad):
    apply(portal, bad, repairs="safe")
    portal.work()
    schema = {"fields": [{"name": name, "type": "string"} for name in GOOD[0]]}
    portal.ok("amel", "resource_patch", id=bad, schema=json.dumps(schema))
    portal.work()
    apply(portal, bad, steps=[{"kind": "totals", "params": {"row": 8}}])
    portal.work()

    found = portal.ok("amel", "resource_show", id=bad)["schema"]
    assert (json.loads(found) if isinstance(found, str) else found) == schema


@pytest.mark.parametrize("is_public", [False, True])
def test_columns_described_while_a_repair_waits_stay(portal, body, is_public):
    make = portal.published if is_public else portal.draft
    people = ("amel", "sami") if is_public else ("amel",)
    dataset = make(*people, body, text="station;mm\n001;4,5\n002;0,5\n")
    portal.work()
    resource_id = dataset["resources"][0]["id"]
    fields = portal.ok("amel", "opengov_resource_schema_show", resource_id=resource_id)["schema"]
    apply(portal, resource_id, steps=[MM])
    titled = [{**each, "title_translated": {"en": "T"}} for each in fields["fields"]]
    asked = {"resource_id": resource_id, "fields": titled}
    portal.ok("amel", "opengov_resource_schema_update", **asked)
    portal.work()
    found = portal.ok("amel", "opengov_resource_schema_show", resource_id=resource_id)

    assert not found["is_inferred"]
    assert [each["title"] for each in found["schema"]["fields"]] == ["T", "T"]
    report = portal.ok("amel", "opengov_validation_show", resource_id=resource_id)
    assert report["verdict"] == "clean"
    assert listed(portal, resource_id)["accepted"]


def test_a_repaired_file_that_is_too_large_is_told(portal, body, monkeypatch):
    book, out = openpyxl.Workbook(), io.BytesIO()
    for number in range(15_000):
        book.active.append([f"{'x' * 90} "] if number else ["a"])
    book.save(out)
    values = {"name": "roads", "title": "Roads", "license_id": "cc-by", "owner_org": body["id"]}
    dataset = portal.ok("amel", "package_create", **values)
    resource_id = send(portal, dataset["id"], out.getvalue(), "x.xlsx", format="XLSX")
    monkeypatch.setitem(tk.config, "ckan.max_resource_size", 1)
    apply(portal, resource_id, steps=TRIM)
    portal.work()

    assert "larger" in page(portal, resource_id).text
    assert portal.ok("amel", "resource_show", id=resource_id)["format"] == "XLSX"


def test_a_file_that_is_called_something_else_is_called_what_it_is(portal, body):
    values = {"name": "roads", "title": "Roads", "license_id": "cc-by", "owner_org": body["id"]}
    dataset = portal.ok("amel", "package_create", **values)
    text = b'[{"n": 1}, {"n": 2}]'
    titles = {"fr": "Les routes.csv", "ar": "الطرقات"}
    resource_id = send(portal, dataset["id"], text, name_translated=json.dumps(titles))
    seen, (found,) = page(portal, resource_id).text, listed(portal, resource_id)["proposals"]
    press(portal, resource_id, "/repair", repairs=found["id"], version="0")
    portal.work()
    called = portal.ok("amel", "resource_show", id=resource_id)
    table = portal.call("amel", "opengov_repair_apply", resource_id=resource_id, steps=TRIM)
    portal.ok("amel", "opengov_repair_undo", resource_id=resource_id)
    portal.work()
    after = portal.ok("amel", "resource_show", id=resource_id)

    assert "Call the file JSON, which it is. The file itself stays as it is." in seen
    assert "<del><bdi>CSV</bdi></del>" in seen
    assert (called["format"], called["url"].rpartition("/")[2]) == ("JSON", "roads.json")
    assert called["name_translated"] == {"fr": "Les routes.json", "ar": "الطرقات"}
    assert (called["validation_status"], called["mimetype"]) == ("clean", "application/json")
    assert storage.path_of(called["sha256"]).read_bytes() == text
    assert (table[0], table[1]["__codes"]) == (409, {"resource_id": ["nothing-to-check"]})
    assert (after["format"], after["url"].rpartition("/")[2]) == ("CSV", "roads.csv")
    assert after["name_translated"] == titles


def test_a_published_file_is_called_what_it_is_in_a_change(portal, body):
    text = '[{"n": 1}, {"n": 2}]'
    dataset = portal.published("amel", "sami", body, text=text)
    resource_id = dataset["resources"][0]["id"]
    (found,) = listed(portal, resource_id)["proposals"]
    apply(portal, resource_id, repairs=[found["id"]])
    portal.work()

    before = portal.ok(None, "resource_show", id=resource_id)
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])
    portal.work()
    after = portal.ok(None, "resource_show", id=resource_id)
    assert (before["format"], after["format"], after["mimetype"]) == (
        *("CSV", "JSON", "application/json"),
    )
    assert after["url"].endswith(".json")
    assert after["sha256"] == before["sha256"]


def test_a_schema_loses_what_plain_numbers_do_not_need(portal, body):
    column = {"name": "n", "type": "number", "decimalChar": ".", "groupChar": ","}
    schema = {"fields": [{"name": "الاسم", "type": "string"}, column]}
    values = {"name": "roads", "title": "Roads", "license_id": "cc-by", "owner_org": body["id"]}
    dataset = portal.ok("amel", "package_create", **values)
    text = 'الاسم,n\nأ,"1 234,5"\n'.encode()
    resource_id = send(portal, dataset["id"], text, schema=json.dumps(schema))
    apply(portal, resource_id, repairs="safe")
    portal.work()
    repaired = portal.ok("amel", "resource_show", id=resource_id)

    assert repaired["schema"]["fields"][1] == {"name": "n", "type": "number"}
    assert (repaired["validation_status"], file_of(portal, resource_id)[1]) == (
        "clean",
        ["أ", "1234.5"],
    )


def test_a_job_that_is_done_again_changes_nothing(portal, bad):
    apply(portal, bad, repairs="safe")
    portal.work()
    before = listed(portal, bad), file_of(portal, bad)
    portal.inside_job("opengov.repair", bad)

    assert (listed(portal, bad), file_of(portal, bad)) == before
    assert model.Session.execute(sa.select(sa.func.count()).select_from(Repair)).scalar() == 1
    assert jobs.latest(model.Session, "opengov.repair", bad).error is None


def page(portal, resource_id, end="", user="amel", language="en"):
    """Open the page of the check, or one under it."""
    path = f"/{language}/dataset/roads/review/check/{resource_id}{end}"
    return portal.client.get(path, headers={"Authorization": portal.tokens[user]})


def press(portal, resource_id, wish, **fields):
    """Press a button of the page of the check, as a browser does."""
    client = portal.client.flask_app.test_client()
    login = {"login": "amel", "password": "correct-horse-battery"}
    portal.fill_in("/en/user/login", client, **login)
    path = f"/en/dataset/roads/review/check/{resource_id}"
    return portal.fill_in(path, client, send_to=path + wish, **fields)


def test_the_page_leads_from_a_bad_file_to_a_good_one(portal, bad):
    before = page(portal, bad).text
    answer = press(portal, bad, "/repair", repairs="safe", version="0")
    waiting = page(portal, bad).text
    portal.work()
    after = page(portal, bad).text
    conflict = press(portal, bad, "/repair", repairs="safe", version="0")
    back = press(portal, bad, "/undo", repairs="all", version="1")
    portal.work()

    assert "Look first at the repairs that we propose." in before
    assert "Accept the 9 safe repairs" in before
    assert before.count("See the repair that we propose") == 6
    assert "<del><bdi>1 234,50</bdi></del>" in before
    assert (answer.status_code, back.status_code) == (302, 302)
    assert "The repairs are being made" in waiting
    assert "Repairs that you accepted" in after
    assert conflict.status_code == 409
    assert "Somebody else has changed the repairs" in conflict.text
    assert "Repairs that you accepted" not in page(portal, bad).text


def test_the_original_stays_at_hand(portal, bad):
    apply(portal, bad, repairs="safe")
    portal.work()
    portal.body("finance", omar="admin")

    assert page(portal, bad, "/original").data == BAD
    assert page(portal, bad, "/original", "omar").status_code == 404


def test_a_way_of_reading_is_chosen_by_its_first_rows(portal, body):
    values = {"name": "roads", "title": "Roads", "license_id": "cc-by", "owner_org": body["id"]}
    dataset = portal.ok("amel", "package_create", **values)
    resource_id = send(portal, dataset["id"], "a,b\n\u00e9,1\n".encode("cp850"))

    seen = page(portal, resource_id, "/reading?encoding=cp850&delimiter=,").text
    wrong = page(portal, resource_id, "/reading?encoding=rot13")
    wish = {"encoding": "cp850", "delimiter": ",", "row": "1", "version": "0"}
    press(portal, resource_id, "/reading", **wish)
    portal.work()

    assert '<td dir="auto">\u00e9</td>' in seen
    assert wrong.status_code == 409
    assert file_of(portal, resource_id) == [["a", "b"], ["\u00e9", "1"]]


def test_a_header_of_several_rows_is_chosen_and_taken_back_by_hand(portal, body):
    values = {"name": "roads", "title": "Roads", "license_id": "cc-by", "owner_org": body["id"]}
    dataset = portal.ok("amel", "package_create", **values)
    resource_id = send(portal, dataset["id"], b"gov,pop,\n,men,women\nTunis,many,few\n")
    seen = page(portal, resource_id, "/reading?row=1&header_rows=2").text
    reading = {"row": 1, "header_rows": 2}
    for wrong in (6, "x", 0.5, -1):
        wish = {"resource_id": resource_id, "reading": {**reading, "header_rows": wrong}}
        status, answer = portal.call("amel", "opengov_repair_apply", **wish)
        assert (status, answer["__codes"]) == (409, {"steps": ["not-a-repair"]})
    press(portal, resource_id, "/reading", **reading, version="0")
    portal.work()
    named = file_of(portal, resource_id)
    apply(portal, resource_id, reading={"row": 1})
    portal.work()

    assert '<th scope="col" dir="auto">pop / women</th>' in seen
    assert named == [["gov", "pop / men", "pop / women"], ["Tunis", "many", "few"]]
    assert file_of(portal, resource_id)[:2] == [["gov", "pop", ""], ["", "men", "women"]]


def test_to_read_a_file_as_it_is_read_is_no_repair(portal, body):
    values = {"name": "roads", "title": "Roads", "license_id": "cc-by", "owner_org": body["id"]}
    dataset = portal.ok("amel", "package_create", **values)
    resource_id = send(portal, dataset["id"], b"a,b\n1,2\n")
    reading = {"row": "1", "header_rows": "1"}

    status, answer = portal.call(
        "amel", "opengov_repair_apply", resource_id=resource_id, reading=reading
    )

    assert (status, answer["__codes"]) == (409, {"repairs": ["required"]})
    assert listed(portal, resource_id)["original"] is None


def test_columns_without_names_are_called_by_their_places(portal, body):
    values = {"name": "roads", "title": "Roads", "license_id": "cc-by", "owner_org": body["id"]}
    dataset = portal.ok("amel", "package_create", **values)
    resource_id = send(portal, dataset["id"], b"town;;n\nTunis;1;2\nSfax\n")

    report = portal.ok("amel", "opengov_validation_show", resource_id=resource_id)
    listed = portal.ok("amel", "opengov_validation_finding_list", resource_id=resource_id)
    seen = page(portal, resource_id).text
    book = openpyxl.load_workbook(io.BytesIO(page(portal, resource_id, "/findings.xlsx").data))
    columns = f"/fr/dataset/roads/publish/file/{resource_id}/columns"
    described = portal.client.get(columns, headers={"Authorization": portal.tokens["amel"]}).text

    assert "Column 2 (without a name)" in seen
    # That the cells are separated otherwise gives no column a name.
    assert "See the repair that we propose" not in seen
    assert "no cell in column 2 (without a name)." in seen
    assert "<bdi>field2</bdi>" not in seen
    assert "Colonne 2 (sans nom)" in described
    assert [cell.value for cell in book.worksheets[1][1]] == [
        *("Row", "town", "Column 2 (without a name)", "n")
    ]
    assert [each["name"] for each in report["fields"]] == ["town", "field2", "n"]
    assert listed["results"][1]["field"] == "field2"
    assert "2 (sans nom)" in listed["results"][1]["message"]


def test_many_columns_with_one_cause_are_listed_together(portal, body):
    values = {"name": "roads", "title": "Roads", "license_id": "cc-by", "owner_org": body["id"]}
    dataset = portal.ok("amel", "package_create", **values)
    names = "abcdef"
    lines = [names, *[[n] * 6 for n in range(9)], ["x"] * 6]
    schema = json.dumps({"fields": [{"name": name, "type": "integer"} for name in names]})
    content = "\n".join(",".join(map(str, line)) for line in lines).encode()
    resource_id = send(portal, dataset["id"], content, schema=schema)

    seen = page(portal, resource_id).text
    of_one = page(portal, resource_id, "?code=type-error&field=f").text

    assert seen.count('<article class="og-find"') == 3
    assert "3 more columns: " in seen
    assert 'field=f"><bdi class="og-col">f</bdi></a> – 1 time</li>' in seen
    assert '<td class="og-cell og-cell--bad" dir="auto">x</td>' in of_one


def test_findings_come_as_a_workbook_with_marked_cells(portal, body):
    schema = {"fields": [{"name": "day", "type": "date"}, {"name": "note", "type": "string"}]}
    dataset = portal.ok(
        "amel", "package_create", name="roads", title="x", license_id="cc-by", owner_org=body["id"]
    )
    text = b"day,note\n2024-01-01,a\nsoon,=1+1\n"
    resource_id = send(portal, dataset["id"], text, schema=json.dumps(schema))

    answer = page(portal, resource_id, "/findings.xlsx", language="ar")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    findings, rows = book.worksheets

    assert findings.sheet_view.rightToLeft
    assert [[cell.value for cell in row[:5]] for row in findings.iter_rows(min_row=2)] == [
        ["type-error", "error", 3, "day", "soon"],
        ["formula-cell", "warning", 3, "note", "=1+1"],
    ]
    assert [cell.value for cell in rows[2]] == [3, "soon", "=1+1"]
    assert [cell.data_type for cell in rows[2]] == ["n", "s", "s"]
    assert rows["B2"].fill.start_color.rgb == "FFF8D0CC"
    assert "soon" in rows["B2"].comment.text


@pytest.mark.parametrize("end", ["findings.csv", "findings.json", "findings.xlsx", "report.json"])
def test_findings_in_a_file_with_an_arabic_name_can_be_sent(portal, body, end):
    values = {"name": "roads", "title": "Roads", "license_id": "cc-by", "owner_org": body["id"]}
    dataset = portal.ok("amel", "package_create", **values)
    resource_id = send(portal, dataset["id"], name="طرقات 2024.csv")

    sent = page(portal, resource_id, f"/{end}").headers["Content-Disposition"]

    assert sent.isascii()
    assert unquote(sent).endswith(f"filename*=UTF-8''طرقات 2024-{end}")


def test_findings_come_in_the_shape_of_frictionless(portal, bad):
    report = page(portal, bad, "/report.json", language="fr").json

    (task,) = report["tasks"]
    blank = next(each for each in task["errors"] if each["type"] == "blank-row")
    assert (report["valid"], report["stats"]["errors"]) == (False, task["stats"]["errors"])
    assert (blank["rowNumber"], blank["cells"]) == (2, ["", "", "", "", ""])
    assert blank["message"] == "Cette ligne est vide."
    assert task["stats"]["rows"] == 7


def test_a_worker_that_is_killed_while_it_repairs_loses_nothing(portal, body):
    rows = "".join(f"{n};13/01/2024;1,5\n" for n in range(200_000))
    dataset = portal.draft("amel", body, "station;day;rain\n" + rows)
    portal.work()
    resource_id = dataset["resources"][0]["id"]
    apply(portal, resource_id, repairs="safe")
    job_id = jobs.latest(model.Session, "opengov.repair", resource_id).id
    model.Session.remove()
    before = portal.ok("amel", "resource_show", id=resource_id)["sha256"]
    ckan = Path(sys.executable).with_name("ckan")
    command = [ckan, "-c", os.environ["CKAN_INI"], "jobs", "worker", "--burst", jobs.LONG]
    worker = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        wait_for_job(portal, job_id, lambda job: 0 < job.progress < 1)
    finally:
        kill_session(worker)
    shown = portal.ok("amel", "resource_show", id=resource_id)["sha256"]
    model.Session.execute(sa.update(jobs.Job).values(run_at=sa.func.now()))
    model.Session.commit()

    def is_done(job):
        portal.run(job.id)
        return job.status == jobs.Status.DONE

    job = wait_for_job(portal, job_id, is_done)
    assert (shown, job.attempt) == (before, 2)
    table = file_of(portal, resource_id)
    assert (len(table), table[-1]) == (200_001, ["199999", "2024-01-13", "1.5"])
