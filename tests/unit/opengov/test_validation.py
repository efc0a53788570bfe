"""What the check of a file finds: in broken files, in hostile ones, in those of every day."""

import gettext
import io
import json
import zipfile
from datetime import datetime
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from ckanext.opengov.validation import apart, bounds, engine, report, sentences, sources
from ckanext.opengov.validation.__main__ import CATALOGUES, DOMAIN, main
from ckanext.opengov.validation.repairs import reporting

# Workbooks know no time zones.
MIDNIGHT, LATER = (datetime.fromisoformat(each) for each in ("2024-03-15", "2024-03-16T08:00"))
AMOUNTS = {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}]}


@pytest.fixture
def check(tmp_path):
    """A function that checks bytes as a file."""

    def check(content, format="csv", schema=None):
        path = tmp_path / "file"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return engine.check_file(path, name="file", format=format, schema=schema)

    return check


def workbook(*rows, title="Feuille"):
    """Return an XLSX file."""
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def codes(found):
    return [(finding.code, finding.row, finding.field) for finding in found.findings.kept]


def types(found):
    return {field.name: field.type for field in found.fields}


def test_a_clean_file_has_no_findings(check):
    found = check("day,rain\n2026-01-01,1.5\n2026-01-02,0\n")

    assert (found.verdict, found.file.rows, found.findings.kept) == ("clean", 2, [])
    assert types(found) == {"day": "date", "rain": "number"}


def test_a_workbook_is_read_from_its_first_sheet(check):
    found = check(workbook(["a", "b"], [1, "x"], ["y", "z"]), "xlsx", AMOUNTS)

    assert (found.file.sheet, found.file.rows) == ("Feuille", 2)
    assert codes(found) == [("type-error", 3, "a")]


@pytest.mark.parametrize("late", [0, 12_000])
def test_identifiers_keep_their_leading_zeros(check, late):
    rows = "".join(f"{number}\n" for number in range(1, late + 2))

    assert types(check(f"station\n{rows}007\n")) == {"station": "string"}


def test_telephone_numbers_keep_their_plus_in_a_workbook_and_when_published(check, published):
    found = check(workbook(["telephone"], ["+21671100000"], ["71100000"]), "xlsx")

    assert types(found) == {"telephone": "string"}
    assert published("telephone\n+21671100000\n71100000\n") == [["+21671100000"], ["71100000"]]


def test_a_telephone_number_below_those_that_are_guessed_from_keeps_its_plus(check):
    rows = [[str(number)] for number in range(1, 300)]

    found = check(workbook(["n"], *rows, ["+21671100000"]), "xlsx")

    assert types(found) == {"n": "string"}


def test_a_late_text_makes_a_column_of_texts(check):
    rows = "".join(f"{number}\n" for number in range(12_000))

    found = check(f"n\n{rows}none\n")

    assert (types(found), codes(found)) == ({"n": "string"}, [("odd-cell", 12002, "n")])


@pytest.fixture
def published(tmp_path, check):
    """A function that returns what is published of a file's rows."""

    def published(content, format="csv"):
        found = check(content, format).as_dict()
        return list(engine.typed_rows(tmp_path / "file", found, None))

    return published


def test_decimal_commas_are_numbers_and_no_places(check, published):
    content = 'code,taux,prix\n1,"12,5","7"\n2,"8,3","-0,25"\n'

    assert types(check(content)) == {"code": "integer", "taux": "number", "prix": "number"}
    assert published(content) == [
        [1, Decimal("12.5"), Decimal(7)],
        [2, Decimal("8.3"), Decimal("-0.25")],
    ]
    assert check(content).as_dict()["fields"][1]["decimalChar"] == ","


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["11_51", "11_52"], "string"),
        (["1", "2", "2019_2020"], "string"),
        (["1.5", "2_0.5"], "string"),
        (["7E1", "8E2"], "string"),
        (["1", "2", "1E+05"], "string"),
        (["INF", "NAN"], "string"),
        (["1.5E+03", "2", "1E+05"], "number"),
        (["1.234E+03", "1E+05"], "number"),
        (["305.306", "28.036", "956"], "string"),
        (["36.806", "10.18"], "number"),
        (["36.806", "0.350"], "number"),
        (["36.806", "1036.806"], "number"),
        (["36.806", "-7.5"], "number"),
        (["77750,111", "38683,313"], "number"),
        (["12,111", "0,350"], "number"),
        (["12,111", "00,350"], "string"),
    ],
)
def test_numbers_are_such_by_no_chance(check, kind, cells, expected):
    written = "\n".join(["n", *(f'"{cell}"' for cell in cells)])
    content = written if kind == "csv" else workbook(["n"], *([cell] for cell in cells))

    assert types(check(content, kind)) == {"n": expected}


@pytest.mark.parametrize("name", ["latitude", "lon", "Coord_X", "خط الطول"])
def test_there_are_no_thousands_of_degrees(check, name):
    for kind in ("csv", "xlsx"):
        content = f"{name}\n36.806\n" if kind == "csv" else workbook([name], ["36.806"])

        assert types(check(content, kind)) == {name: "number"}


@pytest.mark.parametrize("sign", ["NaN", "nan"])
def test_what_is_not_a_number_stands_for_none(published, sign):
    assert published(f"n\n1\n{sign}\n2\n") == [[1], [None], [2]]


@pytest.mark.parametrize("cells", [("1,234", "12,000"), ("12,5", "1.234"), ("12,5", "1,2,3")])
def test_commas_that_may_mean_something_else_stay_as_they_stand(check, published, cells):
    content = "a\n" + "".join(f'"{cell}"\n' for cell in cells)

    assert types(check(content)) == {"a": "string"}
    assert published(content) == [[cell] for cell in cells]


@pytest.mark.parametrize(
    ("name", "cell", "kind"),
    [
        ("gps", "36,10", "number"),
        ("gps", "36,100", "string"),
        ("gps", "36, 10", "geopoint"),
        ("geo_point", "36.8,10.1", "geopoint"),
        ("where", "36.8, 10.1", "geopoint"),
        ("population", "36,10", "number"),
        ("where", "36, 10", "string"),
        ("where", "36.8,10", "string"),
    ],
)
def test_a_place_needs_a_sign_of_it(check, name, cell, kind):
    assert types(check(f'{name}\n"{cell}"\n')) == {name: kind}


@pytest.mark.parametrize(
    ("name", "cell"), [("month", "2026-01"), ("gps", "36.80,10.10"), ("length", "P1Y2M")]
)
def test_what_a_table_has_no_type_for_is_published_as_it_stands(published, name, cell):
    assert published(f'{name}\n"{cell}"\n') == [[cell]]


def test_days_of_a_workbook_are_days(check, published):
    days = workbook(["day"], [MIDNIGHT], [MIDNIGHT])
    assert types(check(days, "xlsx")) == {"day": "date"}
    assert published(days, "xlsx") == [[MIDNIGHT.date()]] * 2
    assert check(days, "xlsx").first[0]["cells"] == ["2024-03-15"]
    moments = workbook(["day"], [MIDNIGHT], [LATER])
    assert types(check(moments, "xlsx")) == {"day": "datetime"}


def test_a_late_moment_makes_a_workbooks_days_moments(check, monkeypatch):
    monkeypatch.setattr(sources, "SAMPLE_ROWS", 2)
    found = check(workbook(["day"], [MIDNIGHT], [MIDNIGHT], [LATER]), "xlsx")

    assert (types(found), found.verdict) == ({"day": "datetime"}, "clean")


@pytest.mark.parametrize(
    "head", [b"MZ\x90\0\3", b"\x7fELF\2", b"\xcf\xfa\xed\xfe\7", b"#!/bin/sh\nrm -r /\n"]
)
@pytest.mark.parametrize("format", ["exe", "csv", "pdf", ""])
def test_programs_are_not_published_whatever_they_are_called(check, head, format):
    found = check(head, format)

    assert (found.verdict, codes(found)) == ("blocked", [("program", None, None)])


def test_a_table_may_begin_with_the_letters_of_a_program(check):
    assert check("MZ,b\n1,2\n").verdict == "clean"


def test_findings_are_listed_by_row_and_column(check):
    fields = [{"name": name, "type": "integer", "constraints": {"unique": True}} for name in "ba"]
    kept = check("b,a\n1,x\n1,\n1,y,2\n\n", schema={"fields": fields}).as_dict()

    listed = report.in_order(kept)
    places = [(place, each["code"]) for place, each in listed]
    assert sorted(each["code"] for each in kept["findings"]) == sorted(code for _, code in places)
    assert [place for place, _ in places] == sorted({place for place, _ in places})
    assert places == [
        ((2, 2, 0), "type-error"),
        ((3, 1, 0), "unique-error"),
        ((4, 0, 0), "extra-cell"),
        ((4, 1, 0), "unique-error"),
        ((4, 2, 0), "type-error"),
        ((5, 0, 0), "blank-row"),
    ]


def test_every_finding_is_counted_and_the_first_are_kept(check):
    found = check("a,b\n" + "x,y\n" * 5000, schema=AMOUNTS)

    assert len(found.findings.kept) == report.MAX_OF_A_KIND
    assert found.as_dict()["counts"] == [
        {"code": "type-error", "field": "a", "severity": "error", "count": 5000}
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "source-error"),
        (b"\n\n", "source-error"),
        (b"%PDF-1.7\n1,2\n", "wrong-format"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "wrong-format"),
        (b'{"error": 404}', "wrong-format"),
        (b"a,b\n1,x\0y\n", "nul-character"),
        ("a\né\n".encode() + b"\xff\n", "encoding-error"),
        (b"a\n" + b"1\n" * 200_000 + "é\n".encode() + b"\xe9\n", "encoding-error"),
        (b'a,b\n1,"open\n2,x\n3,y\n', "source-error"),
    ],
)
def test_what_is_no_table_is_not_published(check, content, code):
    found = check(content)

    assert ([finding.code for finding in found.findings.kept], found.verdict) == (
        [code],
        "blocked",
    )
    assert not report.is_readable(found.as_dict())


def test_an_unclosed_quote_is_found_where_it_opens(check):
    assert codes(check('a,b\n1,x\n2,"open\n3,y\n')) == [("source-error", 3, None)]


@pytest.mark.parametrize(
    ("encoding", "read_as"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1256", "cp1256"),
    ],
)
def test_arabic_is_read_in_the_encodings_that_bodies_use(check, encoding, read_as):
    found = check("station,name\n1,تونس العاصمة\n2,صفاقس\n".encode(encoding))

    assert (found.file.encoding, found.verdict, found.file.rows) == (read_as, "clean", 2)


def test_french_of_windows_is_read(check):
    found = check("région\nGabès\nKébili\n".encode("cp1252"))

    assert (found.file.encoding, types(found)) == ("cp1252", {"région": "string"})


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"fields": []},
        {"fields": "https://example.org/schema.json"},
        {"fields": ["https://example.org/field.json"]},
        {"fields": [{"name": "a", "type": "money"}]},
        {"fields": [{"name": 3}]},
        {"fields": [{"name": "a", "constraints": {"pattern": "("}}]},
        {"fields": [{"name": "a", "constraints": {"pattern": 7}}]},
        {"fields": [{"name": "a", "type": "string", "constraints": {"pattern": "a)(b"}}]},
        {"fields": [{"name": "a", "type": "integer", "constraints": {"minimum": "x"}}]},
        {"fields": [{"name": "a"}], "rules": [{"type": "row-constraint", "formula": "a ="}]},
        {"fields": [{"name": f"c{number}"} for number in range(2001)]},
        *(
            {"fields": [{"name": "a"}], "rules": [rule]}
            for rule in (
                {"type": "row-constraint"},
                {"type": "row-constraint", "formula": "-" * 1900 + "1"},
                {"type": "row-constraint", "formula": "(" * 300 + "1" + ")" * 300},
                {"type": "row-constraint", "formula": "1+" * 2000 + "1"},
                {"type": "no-such-check"},
                {"type": {}},
                "ascii-value",
                {"type": "forbidden-value", "fieldName": "a"},
                {"type": "forbidden-value", "fieldName": "a", "values": [[1]]},
                {"type": "deviated-value", "fieldName": "a", "average": "sum"},
                {"type": "deviated-value", "fieldName": "a", "interval": 10**400},
                {"type": "table-dimensions", "minRows": "5"},
            )
        ),
    ],
)
def test_a_schema_that_is_none_is_a_finding(check, schema):
    assert [finding.code for finding in check("a\n1\n", schema=schema).findings.kept] == [
        "schema-error"
    ]


def test_a_schema_reads_no_other_file(check, tmp_path):
    (tmp_path / "secret.json").write_text('{"name": "a", "type": "integer"}')

    found = check("a\nx\n", schema={"$ref": "secret.json", "fields": ["secret.json"]})

    assert [finding.code for finding in found.findings.kept] == ["schema-error"]


def test_rules_speak_for_themselves(check):
    rule = {
        "id": "order",
        "type": "row-constraint",
        "formula": "first <= last",
        "message_translated": {"fr": "La fin précède le début.", "en": "Ends before it starts."},
    }
    fields = [{"name": "first", "type": "integer"}, {"name": "last", "type": "integer"}]

    found = check("first,last\n1,2\n3,2\n", schema={"fields": fields, "rules": [rule]})

    assert codes(found) == [("row-constraint", 3, None)]
    written = report.written(found.as_dict(), str, "fr")
    assert written["findings"][0]["message"] == "La fin précède le début."


def test_formulas_are_pointed_out(check):
    found = check("a,b\n1,=HYPERLINK(1)\n2,-\n3,+216 71 000 000\n4,-1\n", schema=AMOUNTS)

    assert codes(found) == [("formula-cell", 2, "b")]
    assert found.verdict == "warned"


def test_other_formats_may_be_published_unchecked(check):
    found = check(b"%PDF-1.7", "pdf")

    assert (found.verdict, found.blocking) == ("warned", 0)


def test_a_workbook_that_unpacks_to_gigabytes_is_not_unpacked(check):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "")
        for number in range(40):
            archive.writestr(f"xl/{number}.xml", bytes(10 << 20))

    assert [finding.code for finding in check(out.getvalue(), "xlsx").findings.kept] == [
        "too-large-inside"
    ]


@pytest.mark.parametrize("format", ["xlsx", "parquet"])
def test_cells_without_end_are_not_read(check, format):
    text = "x" * (9 << 20)
    out = io.BytesIO()
    if format == "parquet":
        parquet.write_table(pa.table({"a": ["short", text]}), out)
    else:
        with zipfile.ZipFile(io.BytesIO(workbook(["a"], ["long"]))) as book:
            entries = {each: book.read(each) for each in book.namelist()}
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
            for name, content in entries.items():
                book.writestr(name, content.replace(b"long", text.encode()))

    found = check(out.getvalue(), format)

    assert [each.code for each in found.findings.kept] == ["too-long-row"]


ENDLESS = "(x+x+)+z"
"""A pattern under which each letter more doubles the time."""


@pytest.mark.parametrize("rows", [1, 5000])
def test_patterns_and_formulas_that_never_end_are_told_and_all_else_is_checked(
    check, monkeypatch, rows
):
    monkeypatch.setattr(bounds, "ONCE", 0.05)
    fields = [
        {"name": "a", "type": "string", "constraints": {"pattern": ENDLESS}},
        {"name": "b", "type": "integer"},
        {"name": "c", "type": "string", "constraints": {"pattern": "(?=(z+)+$)z(?<!y)"}},
        {"name": "d", "type": "string", "constraints": {"pattern": r"(.)\1"}},
    ]
    rules = [{"type": "row-constraint", "formula": "9**999999 * 9**999999 % 7 == b"}]
    content = "a,b,c,d\n" + f"{'x' * 40},1,{'z' * 40}y,oo\n" * rows + "xxz,none,z,io\n"

    found = check(content, schema={"fields": fields, "rules": rules})

    assert {(each.code, each.field) for each in found.findings.kept} == {
        ("slow-pattern", "a"),
        ("type-error", "b"),
        ("slow-pattern", "c"),
        ("constraint-error", "d"),
        ("slow-rule", None),
    }
    assert found.file.rows == rows + 1


def test_a_check_that_never_ends_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(apart, "SECONDS", 1)
    monkeypatch.setattr(bounds, "ONCE", 60)
    monkeypatch.setattr(bounds, "EACH", 60)
    path = tmp_path / "file.csv"
    path.write_text("a\n" + "x" * 40 + "y\n")
    field = {"name": "a", "type": "string", "constraints": {"pattern": ENDLESS}}

    kept = apart.check_file(
        path, name="file.csv", format="csv", schema={"fields": [field]}, progress=print
    )

    assert [finding["code"] for finding in kept["findings"]] == ["check-aborted"]


def test_a_check_apart_tells_its_progress_and_the_same_report(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("a\n" + "1\n" * 12_000)
    options = {"name": "file.csv", "format": "csv", "schema": None}
    shares = []

    kept = apart.check_file(path, progress=shares.append, **options)

    alone = engine.check_file(path, **options).as_dict()
    assert kept == reporting.completed(alone, path, None)
    assert shares == [pytest.approx(0.41, abs=0.01), pytest.approx(0.83, abs=0.01)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(content=st.binary(max_size=300) | st.text('ab,;"\n\t=0\\u0661é', max_size=200))
@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_whatever_the_file_holds_there_is_a_report(tmp_path_factory, content, format):
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)

    kept = engine.check_file(path, name="file", format=format).as_dict()

    for language in ("ar", "fr", "en"):
        translate = gettext.translation(DOMAIN, CATALOGUES, [language], fallback=True).gettext
        json.dumps(report.written(kept, translate, language))


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize("template", sorted({*sentences.SENTENCES.values(), sentences.OTHER}))
def test_a_sentence_names_only_what_is_known_in_each_language(language, template):
    translate = gettext.translation(DOMAIN, CATALOGUES, [language], fallback=True).gettext
    marks = {mark for mark in template.split("{")[1:] if "}" in mark}
    names = {mark.split("}")[0] for mark in marks}

    translated = translate(template)

    assert {mark.split("}")[0] for mark in translated.split("{")[1:]} == names


@pytest.mark.parametrize(
    ("content", "name", "status"),
    [("a\n1\n", "a.csv", 0), ("a,a\n1,2\n", "a.csv", 1), ("", "a.csv", 2), ("x", "a.pdf", 2)],
)
def test_the_command_says_by_its_status_how_it_went(tmp_path, capsys, content, name, status):
    (tmp_path / name).write_text(content)

    assert main([str(tmp_path / name), "--json"]) == status
    printed = json.loads(capsys.readouterr().out)
    assert set(printed) == {
        *("file", "fields", "verdict", "counts", "findings", "proposals", "waived"),
    }


def test_the_command_names_the_place_and_speaks_the_language(tmp_path, capsys):
    (tmp_path / "a.csv").write_text("a,b\nx,y\n")
    (tmp_path / "schema.json").write_text(json.dumps(AMOUNTS))

    main([str(tmp_path / "a.csv"), "--schema", str(tmp_path / "schema.json"), "--lang", "fr"])

    printed = capsys.readouterr().out
    assert "a.csv:2:a: «\xa0x\xa0»" in printed
    assert printed.splitlines()[-1] == "a.csv: bloqué, 1 ligne"


def test_the_command_says_which_file_is_missing(tmp_path, capsys):
    assert main([str(tmp_path / "none.csv")]) == 2
    assert "none.csv" in capsys.readouterr().err


def test_the_beginning_of_a_large_file_is_told_first(tmp_path):
    path, told = tmp_path / "file.csv", []
    path.write_text("a,b\n" + '1,"x\ny"\n' * 30_000 + "1,2,3\n")

    kept = apart.check_file(
        path, name="file.csv", format="csv", schema=None, progress=[].append, first=told.append
    )

    (first,) = told
    assert (first["verdict"], first["file"]["rows"]) == ("clean", 10_000)
    assert (kept["verdict"], kept["file"]["rows"]) == ("blocked", 30_001)


@pytest.mark.parametrize(
    ("rows", "encoding"),
    [(100, "utf-8"), (60_000, "utf-16"), (60_000, "utf-16-le"), (60_000, "utf-16-be")],
)
def test_a_small_file_is_told_once_and_so_is_one_of_wide_signs(tmp_path, rows, encoding):
    path, told = tmp_path / "file.csv", []
    path.write_bytes(("a\n" + "1\n" * rows).encode(encoding))

    apart.check_file(
        path, name="file.csv", format="csv", schema=None, progress=[].append, first=told.append
    )

    assert told == []


@pytest.mark.parametrize(("unknown", "kind"), [(190, "integer"), (210, "string")])
def test_gaps_are_compared_with_all_numbers_once(check, unknown, kind):
    report = check("id,name\n" + "1,x\n" * 200 + "NA,x\n" * unknown)

    assert report.fields[0].type == kind
