"""The whole table as a download: the same rows in every format, and gone with the table."""

import csv
import io
import json
import urllib.parse

import openpyxl
import pytest
import sqlalchemy as sa
from pyarrow import parquet

from ckan import model

from ckanext.datastore.backend.postgres import get_write_engine
from ckanext.opengov.model import exports, rows, tables
from ckanext.opengov.shared import redaction
from ckanext.opengov.shared.domain.redaction import Loss, Plan

TEXT = (
    "station,day,rain,wet,note\n"
    "001,2026-01-02,4.5,true,élan\n"
    "002,2026-01-03,0,false,\n"
    "003,2026-01-04,-1.25,true,=1+1\n"
    '004,2026-01-05,,,"-5 °C, ""approximately"""\n'
    "005,2026-01-06,7,false,-12.5\n"
)
SCHEMA = {
    "fields": [
        {"name": "station", "type": "string"},
        {"name": "day", "type": "date"},
        {"name": "rain", "type": "number"},
        {"name": "wet", "type": "boolean"},
        {"name": "note", "type": "string"},
    ]
}
FORMATS = ["csv", "jsonl", "xlsx", "parquet"]


@pytest.fixture
def body(portal):
    return portal.body(amel="editor", sami="admin")


@pytest.fixture
def resource_id(portal, body):
    dataset = portal.draft("amel", body, TEXT)
    found = dataset["resources"][0]["id"]
    portal.ok("amel", "resource_patch", id=found, schema=json.dumps(SCHEMA))
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])
    portal.work()
    return found


def get(portal, resource_id, format="csv", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    address = f"/dataset/rainfall/resource/{resource_id}/table.{format}"
    return portal.client.get(address, headers=headers)


def test_every_format_has_the_same_rows(portal, resource_id):
    text = get(portal, resource_id).text
    lines = get(portal, resource_id, "jsonl").text.splitlines()
    book = openpyxl.load_workbook(io.BytesIO(get(portal, resource_id, "xlsx").data))
    whole = parquet.read_table(io.BytesIO(get(portal, resource_id, "parquet").data))

    written = list(csv.reader(io.StringIO(text)))
    assert written[0] == ["station", "day", "rain", "wet", "note"]
    assert written[1] == ["001", "2026-01-02", "4.5", "true", "élan"]
    first = {"station": "001", "day": "2026-01-02", "rain": 4.5, "wet": True, "note": "élan"}
    assert json.loads(lines[0]) == first
    header, *sheet = book.worksheets[0].values
    assert list(header) == written[0]
    assert [
        dict(zip(header, (row[0], f"{row[1]:%Y-%m-%d}", *row[2:]), strict=True)) for row in sheet
    ] == [json.loads(line) for line in lines]
    assert whole.num_rows == len(lines) == len(written) - 1 == 5
    assert whole["rain"].to_pylist() == [4.5, 0, -1.25, None, 7]


def test_no_spreadsheet_takes_a_text_for_a_formula(portal, resource_id):
    written = list(csv.reader(io.StringIO(get(portal, resource_id).text)))
    lines = [json.loads(line) for line in get(portal, resource_id, "jsonl").text.splitlines()]
    by_ckan = portal.client.get(f"/datastore/dump/{resource_id}?fields=note").text
    parted = portal.client.get(f"/datastore/dump/{resource_id}?format=tsv&offset=2").text
    objects = portal.ok(None, "datastore_search", resource_id=resource_id, offset=2)["records"]
    book = openpyxl.load_workbook(io.BytesIO(get(portal, resource_id, "xlsx").data))
    notes = [(cell.value, cell.data_type) for cell in book.worksheets[0]["E"][3:]]

    # In a workbook a text is one by its type, whatever it begins with.
    assert notes == [("=1+1", "s"), ('-5 °C, "approximately"', "s"), ("-12.5", "s")]
    assert [row[4] for row in written[3:]] == ["'=1+1", '\'-5 °C, "approximately"', "-12.5"]
    assert [row["note"] for row in lines[2:4]] == ["=1+1", '-5 °C, "approximately"']
    cells = ["note", "élan", "", "'=1+1", '"\'-5 °C, ""approximately"""', "-12.5"]
    assert by_ckan.splitlines() == cells
    assert parted.splitlines()[1] == "3\t003\t2026-01-04\t-1.25\tt\t'=1+1"
    assert objects[0]["note"] == "=1+1"


def test_no_part_of_a_text_is_a_formula_where_another_sign_parts_cells(portal, body):
    name = "é" * 25 + ";=1+1"
    odd = ["x;=1+1", 'x;"=1+1', "x\n=1+1", "x\r\n-1+1", "36.8;-10.2", "a;b; c\td"]
    out = io.StringIO()
    csv.writer(out).writerows([["n", name], *enumerate(odd)])
    dataset = portal.published("amel", "sami", body, text=out.getvalue())
    resource_id = dataset["resources"][0]["id"]

    (_n, header), *rows = csv.reader(io.StringIO(get(portal, resource_id).text, newline=""))
    dump = portal.client.get(f"/datastore/dump/{resource_id}?fields=" + urllib.parse.quote(name))
    lines = get(portal, resource_id, "jsonl").text.splitlines()

    safe = ["x;'=1+1", "x;'\"=1+1", "x\n'=1+1", "x\r\n'-1+1", "36.8;-10.2", "a;b; c\td"]
    assert (header, [row[1] for row in rows]) == ("é" * 25 + ";'=1+1", safe)
    assert [row[0] for row in csv.reader(io.StringIO(dump.text, newline=""))] == [header, *safe]
    assert [json.loads(line)[name] for line in lines] == odd


def test_no_name_of_a_column_keeps_a_table_from_being_downloaded(portal, body):
    names = ["r", "_row", "t", "i", "a % b", "=1"]
    text = f"{','.join(names)}\n" + "".join(f"{n},x,y,z,v,w\n" for n in range(3))
    dataset = portal.published("amel", "sami", body, text=text)
    resource_id = dataset["resources"][0]["id"]

    answers = {format: get(portal, resource_id, format) for format in FORMATS}

    assert [each.status_code for each in answers.values()] == [200] * 4
    first = json.loads(answers["jsonl"].text.splitlines()[0])
    assert first == dict(zip(tables.column_ids(names), (0, *"xyzvw"), strict=True))


@pytest.mark.parametrize("format", FORMATS)
def test_a_download_is_a_file_with_ranges_and_an_etag(portal, resource_id, format):
    whole = get(portal, resource_id, format)
    etag = whole.headers["ETag"]

    address = f"/dataset/rainfall/resource/{resource_id}/table.{format}"
    head = portal.client.flask_app.test_client().head(address)
    part = get(portal, resource_id, format, Range="bytes=5-9", If_Range=etag)
    stale = get(portal, resource_id, format, Range="bytes=5-9", If_Range='"other"')
    blind = get(portal, resource_id, format, Range="bytes=5-9").data
    again = get(portal, resource_id, format, If_None_Match=etag)

    assert (head.status_code, head.data) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(whole.data)
    assert (part.status_code, part.data) == (206, whole.data[5:10])
    assert (stale.status_code, stale.data) == (200, whole.data)
    assert blind == part.data
    assert (again.status_code, again.data) == (304, b"")
    assert not etag.startswith("W/")
    assert "public" not in whole.headers["Cache-Control"]
    assert whole.headers["Content-Disposition"].endswith(f"rainfall.{format}")


@pytest.mark.parametrize(
    ("asked", "first", "end"),
    [
        ("bytes=0-", 0, None),
        ("bytes=5-99999", 5, None),
        ("bytes=-5", -5, None),
        ("bytes=-99999", 0, None),
        ("bytes=0-0", 0, 1),
    ],
)
def test_a_range_is_the_bytes_that_it_names(portal, resource_id, asked, first, end):
    whole = get(portal, resource_id)

    part = get(portal, resource_id, Range=asked, If_Range=whole.headers["ETag"])

    assert (part.status_code, part.data) == (206, whole.data[first:end])
    begin = first % len(whole.data)
    said = f"bytes {begin}-{begin + len(part.data) - 1}/{len(whole.data)}"
    assert part.headers["Content-Range"] == said


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,4-5", "lines=1-2", "bytes=a-b", "bytes=5-2", "bytes=-", f"bytes={9**99}-"]
)
def test_what_is_no_single_range_of_bytes_is_passed_over(portal, resource_id, asked):
    whole = get(portal, resource_id)

    answer = get(portal, resource_id, Range=asked, If_Range=whole.headers["ETag"])

    assert (answer.status_code, answer.data) == (200, whole.data)


def test_a_range_is_given_of_the_very_file_that_is_named_and_only_to_get(portal, resource_id):
    whole = get(portal, resource_id)
    etag, address = whole.headers["ETag"], f"/dataset/rainfall/resource/{resource_id}/table.csv"
    others = f"W/{etag}", whole.headers["Last-Modified"], "*"

    found = [get(portal, resource_id, Range="bytes=5-9", If_Range=other) for other in others]
    asked = {"Range": "bytes=5-9", "If-Range": etag}
    head = portal.client.flask_app.test_client().head(address, headers=asked)

    assert [(each.status_code, each.data) for each in found] == [(200, whole.data)] * 3
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(whole.data)))


@pytest.mark.parametrize("asked", ["bytes=99999-", "bytes=-0"])
def test_a_range_beyond_the_file_is_told_its_length(portal, resource_id, asked):
    whole = get(portal, resource_id)

    answer = get(portal, resource_id, Range=asked, If_Range=whole.headers["ETag"])

    assert (answer.status_code, answer.data) == (416, b"")
    assert answer.headers["Content-Range"] == f"bytes */{len(whole.data)}"


def test_a_table_without_rows_has_all_downloads(portal, body):
    portal.ok("sami", "opengov_policy_update", id="meteo", weights={"no-rows": "warn"})
    dataset = portal.published("amel", "sami", body, text="a,b\n")
    resource_id = dataset["resources"][0]["id"]

    shown = portal.ok(None, "opengov_table_show", resource_id=resource_id)["downloads"]
    answers = {format: get(portal, resource_id, format) for format in FORMATS}

    assert [each["status"] for each in shown] == ["ready"] * 4
    assert [each.status_code for each in answers.values()] == [200] * 4
    assert [each["size"] for each in shown] == [len(each.data) for each in answers.values()]
    assert (answers["csv"].data, answers["jsonl"].data) == (b"a,b\n", b"")


def test_all_files_have_the_rows_of_one_moment(portal, resource_id, monkeypatch):
    exports.forget(resource_id)
    copy = exports.copy_csv

    def copy_and_change(*arguments):
        copy(*arguments)
        with tables._transaction() as cursor:
            cursor.execute(f'DELETE FROM "{resource_id}" WHERE _id = 5')
            tables.note_change(cursor, resource_id, 4)

    monkeypatch.setattr(exports, "copy_csv", copy_and_change)
    exports.make(resource_id)

    found = [get(portal, resource_id, format) for format in FORMATS]
    book = openpyxl.load_workbook(io.BytesIO(found[2].data))
    counts = [each.data.count(b"\n") for each in found[:2]]
    counts += [book.worksheets[0].max_row, parquet.read_table(io.BytesIO(found[3].data)).num_rows]
    assert counts == [6, 5, 6, 5]
    assert len({each.headers["ETag"].rpartition("-")[0] for each in found}) == 1


def test_the_table_says_what_there_is_of_it(portal, resource_id):
    shown = portal.ok(None, "opengov_table_show", resource_id=resource_id)

    assert (shown["count"], shown["search"]) == (5, "ready")
    assert [field["name"] for field in shown["fields"]] == TEXT.splitlines()[0].split(",")
    assert [each["format"] for each in shown["downloads"]] == FORMATS
    for each in shown["downloads"]:
        answer = portal.client.get(each["url"])
        assert (each["status"], each["size"]) == ("ready", len(answer.data))


def test_what_is_not_made_yet_says_so(portal, body):
    dataset = portal.submitted("amel", body)
    resource_id = dataset["resources"][0]["id"]
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])
    before = get(portal, resource_id)
    portal.run_latest("opengov.tables", dataset["id"])

    shown = portal.ok(None, "opengov_table_show", resource_id=resource_id)
    answer = get(portal, resource_id)
    searched = portal.call(None, "opengov_row_list", resource_id=resource_id, q="001")
    by_ckan = portal.call(None, "datastore_search", resource_id=resource_id, q="001")
    wish = {"field": "station", "value": "001"}
    filtered = portal.ok(None, "opengov_row_list", resource_id=resource_id, **wish)

    assert before.status_code == 404
    assert {each["status"] for each in shown["downloads"]} == {"waiting"}
    assert shown["search"] == "waiting"
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    codes = {"q": ["not-searchable-yet"]}
    assert [(s, e["__codes"]) for s, e in (searched, by_ckan)] == [(409, codes)] * 2
    assert filtered["count"] == 1
    page = portal.client.get(f"/en/dataset/rainfall/resource/{resource_id}?q=001")
    assert "can be searched in a few minutes" in page.text


def test_offered_filters_have_an_index_and_words_are_found(portal, body):
    text = "kind,number\n" + "".join(f"kind {n % 7},{n}\n" for n in range(3000))
    dataset = portal.published("amel", "sami", body, text=text)
    resource_id = dataset["resources"][0]["id"]

    shown = portal.ok(None, "opengov_table_show", resource_id=resource_id)
    found = portal.ok(None, "datastore_search", resource_id=resource_id, q="2999")

    assert shown["filters"] == ["kind"]
    assert [(row["_id"], row["kind"]) for row in found["records"]] == [(3000, "kind 3")]


@pytest.mark.parametrize("format", FORMATS)
def test_a_withdrawn_table_is_not_downloaded(portal, resource_id, format):
    assert get(portal, resource_id, format).status_code == 200

    portal.ok("sami", "opengov_dataset_withdraw", id="rainfall", reason="wrong")

    assert get(portal, resource_id, format).status_code == 404
    portal.work()
    assert not (exports.folder() / resource_id).exists()


def test_words_that_are_redacted_vanish_from_all_downloads_at_once(
    portal, resource_id, monkeypatch
):
    loss = Loss(emptied=frozenset({"note"}))
    plan = Plan("station", lambda values: {"001": loss} if "001" in values else {})
    monkeypatch.setattr(redaction, "_sources", [lambda _session, _id: {resource_id: plan}])
    assert "élan" in get(portal, resource_id).text

    portal.inside_job(redaction.REDACT, model.Package.get("rainfall").id)
    at_once = [get(portal, resource_id, format).status_code for format in FORMATS]
    is_on_disk = (exports.folder() / resource_id).exists()
    portal.work()

    assert (at_once, is_on_disk) == ([404] * 4, False)
    assert get(portal, resource_id).text.splitlines()[1] == "001,2026-01-02,4.5,true,"
    assert "élan" not in get(portal, resource_id, "jsonl").text


def test_outsiders_download_nothing_of_a_private_dataset(portal, resource_id):
    package = model.Package.get("rainfall")
    package.private = True
    model.Session.commit()

    outside = get(portal, resource_id)
    shown = portal.call(None, "opengov_table_show", resource_id=resource_id)
    inside = get(portal, resource_id, Authorization=portal.tokens["amel"])

    assert (outside.status_code, shown[0]) == (404, 404)
    assert inside.status_code == 200
    assert "public" not in inside.headers["Cache-Control"]


def test_a_table_is_found_under_its_own_dataset_alone(portal, body, resource_id):
    portal.published("amel", "sami", body, name="other", title="Other")

    answer = portal.client.get(f"/dataset/other/resource/{resource_id}/table.csv")

    assert answer.status_code == 404


def test_other_rows_are_another_version_and_the_old_files_go(portal, resource_id):
    before = portal.ok(None, "opengov_table_show", resource_id=resource_id)["version"]
    etag = get(portal, resource_id).headers["ETag"]
    more = portal.upload(TEXT + "006,2026-01-07,1,true,x\n")
    portal.ok("amel", "opengov_revision_create", more, id="rainfall", resource_id=resource_id)
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    portal.ok("sami", "opengov_dataset_publish", id="rainfall")
    portal.work()

    now = portal.ok(None, "opengov_table_show", resource_id=resource_id)
    answer = get(portal, resource_id, If_None_Match=etag)

    assert (answer.status_code, answer.text.count("\n")) == (200, 7)
    assert now["version"] != before
    files = sorted(each.name for each in (exports.folder() / resource_id).iterdir())
    assert files == sorted(f"{now['version']}.{format}" for format in FORMATS)


def test_after_a_change_of_rows_the_files_of_before_are_there_until_others_are(portal, resource_id):
    first = {"resource_id": resource_id, "limit": 1}
    counts = [portal.ok(None, "opengov_row_list", **first)["count"]]
    with tables._transaction() as cursor:
        cursor.execute(f'DELETE FROM "{resource_id}" WHERE _id = 5')
        tables.note_change(cursor, resource_id, 4)
    counts.append(portal.ok(None, "opengov_row_list", **first)["count"])
    before = portal.ok(None, "opengov_table_show", resource_id=resource_id)
    old = get(portal, resource_id)

    exports.make(resource_id)
    after = portal.ok(None, "opengov_table_show", resource_id=resource_id)
    new = get(portal, resource_id)

    assert (counts, before["count"]) == ([5, 4], 4)
    assert {each["version"] for each in before["downloads"]} != {before["version"]}
    assert {each["version"] for each in after["downloads"]} == {before["version"]}
    assert (old.text.count("\n"), new.text.count("\n")) == (6, 5)
    assert old.headers["ETag"] != new.headers["ETag"]
    assert len(list((exports.folder() / resource_id).iterdir())) == 4


def test_files_of_an_earlier_load_are_never_sent(portal, resource_id):
    version = portal.ok(None, "opengov_table_show", resource_id=resource_id)["version"]
    stale = exports.path_of(resource_id, "0123-0", "csv")
    stale.write_text("words that were redacted")
    exports.path_of(resource_id, version, "csv").unlink()

    assert get(portal, resource_id).status_code == 503
    exports.make(resource_id)
    assert not stale.exists()
    assert get(portal, resource_id).text.startswith("station,")


def test_a_dropped_table_takes_its_downloads_along_at_once(portal, resource_id):
    tables.drop(resource_id)

    assert [get(portal, resource_id, format).status_code for format in FORMATS] == [404] * 4
    assert not (exports.folder() / resource_id).exists()


def test_a_table_that_goes_while_its_files_are_made_leaves_none(portal, resource_id, monkeypatch):
    exports.forget(resource_id)
    publish = exports._publish

    def drop_first(*arguments):
        tables.drop(resource_id)
        monkeypatch.setattr(exports, "_publish", publish)
        (exports.folder() / resource_id).mkdir(exist_ok=True)
        arguments[2].parent.mkdir(exist_ok=True)
        arguments[2].write_bytes(b"words")
        publish(*arguments)

    monkeypatch.setattr(exports, "_publish", drop_first)
    with pytest.raises(FileNotFoundError):
        exports.make(resource_id)

    exports.make(resource_id)
    assert not (exports.folder() / resource_id).exists()


def test_tables_of_an_earlier_release_have_downloads_and_search(portal, resource_id):
    with get_write_engine().begin() as connection:
        connection.execute(sa.text(f'COMMENT ON TABLE "{resource_id}" IS NULL'))
    package_id = model.Package.get("rainfall").id

    portal.inside_job("opengov.daily", "2026-01-01")
    portal.work()

    shown = portal.ok(None, "opengov_table_show", resource_id=resource_id)
    assert (shown["version"], shown["search"]) == ("earlier", rows.READY)
    assert {each["status"] for each in shown["downloads"]} == {"ready"}
    assert package_id == shown["package_id"]


def test_files_of_a_table_that_nobody_has_are_swept(portal, resource_id):
    orphan = exports.folder() / "gone"
    orphan.mkdir(parents=True)
    (orphan / "x.csv").write_text("words")

    portal.inside_job("opengov.daily", "2026-01-01")

    assert not orphan.exists()
    assert (exports.folder() / resource_id).exists()


def test_the_page_of_a_file_links_to_its_downloads(portal, resource_id):
    for language, unit in (("en", "bytes"), ("fr", "octets"), ("ar", "بايت")):
        page = portal.client.get(f"/{language}/dataset/rainfall/resource/{resource_id}").text
        for format in ("jsonl", "xlsx", "parquet"):
            assert f"/resource/{resource_id}/table.{format}" in page
        assert unit in page
