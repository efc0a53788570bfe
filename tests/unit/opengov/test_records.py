"""Values of a program, as cells of a file, and their way through the check of files."""

import json

import pytest

from ckanext.opengov.validation import records, spawned
from ckanext.opengov.validation.engine import check_file, typed_rows

SCHEMA = {
    "fields": [
        {"name": "id", "type": "integer"},
        {"name": "rain", "type": "number", "decimalChar": ","},
        {"name": "wet", "type": "boolean", "trueValues": ["oui"], "falseValues": ["non"]},
        {"name": "note", "type": "string"},
        {"name": "more", "type": "object"},
    ],
    "missingValues": ["-", "NA"],
    "primaryKey": "id",
}
NAMES = [field["name"] for field in SCHEMA["fields"]]


@pytest.mark.parametrize(
    ("value", "field", "written"),
    [
        (None, {"type": "integer"}, ""),
        ("007", {"type": "integer"}, "007"),
        (7, {"type": "integer"}, "7"),
        (7.0, {"type": "integer"}, "7"),
        (7.5, {"type": "integer"}, "7.5"),
        (7.0, {"type": "number"}, "7.0"),
        (7.5, {"type": "number", "decimalChar": ","}, "7,5"),
        (True, {"type": "boolean"}, "true"),
        (False, {"type": "boolean", "falseValues": ["non", "0"]}, "non"),
        (True, {"type": "string"}, "true"),
        ({"é": [1]}, {"type": "object"}, '{"é": [1]}'),
    ],
)
def test_a_value_is_written_as_its_field_is_read(value, field, written):
    assert records.cell(value, field) == written


def test_what_a_record_lacks_is_the_first_of_the_missing_values():
    assert records.rows([{"id": 1}], NAMES, SCHEMA) == [["1", "-", "-", "-", "-"]]
    assert records.rows([{}], ["a"], {"missingValues": ["-", ""]}) == [[""]]


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "é\udfff"])
def test_half_characters_and_nul_are_refused(text):
    with pytest.raises(records.NotText):
        records.rows([{"a": text}], ["a"], {})


@pytest.mark.parametrize(
    "value", [12345678901234567890.12, 0.1 + 0.2, float("nan"), float("-inf"), {"x": [0.1 + 0.2]}]
)
def test_numbers_that_json_may_have_cut_off_are_refused_with_their_place(value):
    with pytest.raises(records.NotExact) as caught:
        records.rows([{"a": 1.25}, {"a": value}], ["a"], {})

    assert (caught.value.row, caught.value.name) == (2, "a")


def test_numbers_with_few_digits_are_taken():
    given = [{"a": value} for value in (-0.0, 1e22, 123456789012345.0, 10**40, {"x": 1.5})]

    assert [row[0] for row in records.rows(given, ["a"], {})] == [
        *("-0.0", "1e+22", "123456789012345.0", str(10**40), '{"x": 1.5}')
    ]


@pytest.mark.parametrize(
    ("rule", "is_refused"),
    [
        ({"type": "table-dimensions", "maxRows": 3}, True),
        ({"type": "sequential-value", "fieldName": "id", "severity": "warning"}, False),
        ({"type": "forbidden-value", "fieldName": "id", "values": [1]}, False),
        ("table-dimensions", False),
    ],
)
def test_a_rule_about_all_rows_together_is_told(rule, is_refused):
    assert records.is_about_the_table({"checks": [rule]}) is is_refused
    assert records.is_about_the_table({"rules": [rule]}) is is_refused


def checked(path, given, schema=SCHEMA):
    names = [field["name"] for field in schema["fields"]]
    found = records.rows(given, names, schema)
    records.write(path, [names, *found])
    return check_file(path, name="x", format="csv", schema=schema).as_dict()


def test_values_come_back_with_their_types(tmp_path):
    path = tmp_path / "rows.csv"
    given = [
        {"id": 1, "rain": 2.5, "wet": True, "note": 'a;"b"\n,c', "more": {"x": 1}},
        {"id": 2, "rain": "1,5", "wet": "non"},
    ]

    report = checked(path, given)
    rows = list(typed_rows(path, records.facts(report), SCHEMA))

    assert report["verdict"] == "clean"
    assert [[row[0], float(row[1]), row[2], row[3]] for row in rows] == [
        [1, 2.5, True, 'a;"b"\n,c'],
        [2, 1.5, False, None],
    ]
    assert rows[0][4] == '{"x": 1}'


@pytest.mark.parametrize("texts", [["x;y;z"] * 3, ["a|b", "c\td"], ['";"', "';'"], ["a"], [" b "]])
def test_no_text_is_taken_for_a_separator(tmp_path, texts):
    schema = {"fields": [{"name": "id", "type": "integer"}, {"name": "note", "type": "string"}]}
    given = [{"id": place, "note": text} for place, text in enumerate(texts)]

    report = checked(tmp_path / "rows.csv", given, schema)
    rows = list(typed_rows(tmp_path / "rows.csv", records.facts(report), schema))

    assert report["verdict"] == "clean"
    assert [row[1] for row in rows] == texts


def test_findings_have_the_number_of_the_record(tmp_path):
    report = checked(tmp_path / "rows.csv", [{"id": 1}, {"id": 2, "rain": "x"}, {"id": 1}])

    errors = [each for each in report["findings"] if each["severity"] == "error"]
    found = [records.counted_from_one(each) for each in errors]

    assert [(each["code"], each["row"], each["field"]) for each in found] == [
        ("type-error", 2, "rain"),
        ("primary-key", 3, None),
    ]
    assert found[1]["params"]["other"] == 1


def test_a_fresh_process_says_the_same(tmp_path):
    path = tmp_path / "rows.csv"
    given = [{"id": 1, "rain": "x", "wet": "peut-être"}, {"id": 1}]
    here = checked(path, given)

    there = spawned.check_file(path, name="x", format="csv", schema=SCHEMA)

    assert there == json.loads(json.dumps(here, default=str))


@pytest.mark.parametrize("most", [1, 2])
def test_private_addresses_of_few_records_are_personal_data(tmp_path, most):
    path = tmp_path / "rows.csv"
    records.write(path, [["n", "contact"], *([str(n), f"a{n}@gmail.com"] for n in range(most))])

    def found(**given):
        report = spawned.check_file(path, name="x", format="csv", schema=None, **given)
        return [each["code"] for each in report["findings"] if each["severity"] == "error"]

    assert (found(), found(is_part=True)) == ([], ["personal-data"])


def test_a_pattern_that_takes_for_ever_is_told(tmp_path):
    field = {"name": "a", "type": "string", "constraints": {"pattern": "(x+x+)+y"}}
    path = tmp_path / "rows.csv"
    records.write(path, [["a"], ["x" * 60]])

    report = spawned.check_file(path, name="x", format="csv", schema={"fields": [field]})

    assert [each["code"] for each in report["findings"]] == ["slow-pattern"]


def test_a_check_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    path = tmp_path / "rows.csv"
    records.write(path, [["a"], ["x"]])
    monkeypatch.setattr(spawned, "SECONDS", 0.01)

    report = spawned.check_file(path, name="x", format="csv", schema=None)

    assert [each["code"] for each in report["findings"]] == ["check-aborted"]
