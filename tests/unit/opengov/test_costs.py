"""What a row more costs: calls of Python are counted, and not timed, so that all machines agree."""

import csv
import random
import sys
import threading

import pytest

from ckanext.opengov.validation import validate

MOST_CALLS = 6
"""For a row of a large file. Three of them compare it with the others."""
FEW, MANY = 20_000, 40_000
NAMES = ("id", "amount", "ratio", "day", "at", "kind", "code", "phone", "name", "note")
PLACES = ("تونس", "صفاقس", "سوسة", "القيروان", "بنزرت")
SCHEMA = {
    "fields": [
        {"name": "id", "type": "integer"},
        {"name": "amount", "type": "number", "constraints": {"minimum": 0}},
        {"name": "ratio", "type": "number", "decimalChar": ",", "groupChar": " "},
        {"name": "day", "type": "date"},
        {"name": "at", "type": "datetime"},
        {"name": "kind", "type": "string", "constraints": {"enum": ["santé", "transport"]}},
        {"name": "code", "type": "string", "constraints": {"pattern": "TN-[0-9]{8}"}},
        {"name": "phone", "type": "string"},
        {"name": "name", "type": "string", "constraints": {"maxLength": 80}},
        {"name": "note", "type": "string"},
    ],
    "primaryKey": ["id"],
}


def write(path, rows):
    """Write what offices have, with texts of several lines, commas and quotation marks."""
    chance = random.Random(5)  # noqa: S311 - the same file each time
    with path.open("w", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(NAMES)
        for number in range(rows):
            place = f"{chance.choice(PLACES)} {chance.randrange(1000)}"
            out.writerow(
                [
                    number,
                    f"{chance.random() * 999999:.2f}",
                    f"{chance.randrange(1, 99)} {chance.randrange(1000):03d},5",
                    f"20{chance.randrange(10, 26)}-03-{chance.randrange(1, 29):02d}",
                    f"2024-05-{chance.randrange(1, 29):02d}T10:{chance.randrange(60):02d}:00Z",
                    chance.choice(("santé", "transport")),
                    f"TN-{number:08d}",
                    f"71 {chance.randrange(100, 999)} {chance.randrange(100, 999)}",
                    place,
                    f'"{place}", eau;\n{place} - n° {chance.randrange(99)}',
                ]
            )
    return path


def calls_of(path, schema):
    """Return how often Python calls anything while this file is checked, in all threads."""
    count = 0

    def see(_frame, event, _argument):
        nonlocal count
        count += event in ("call", "c_call")

    threading.setprofile(see)
    sys.setprofile(see)
    try:
        report = validate(path, schema)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    assert report.file.rows in (FEW, MANY)
    return count


@pytest.mark.parametrize("schema", [SCHEMA, None], ids=["given", "inferred"])
def test_a_row_more_costs_few_calls(tmp_path, schema):
    few, many = (write(tmp_path / f"{rows}.csv", rows) for rows in (FEW, MANY))
    calls_of(few, schema)  # what is made once, is made now

    calls = (calls_of(many, schema) - calls_of(few, schema)) / (MANY - FEW)

    assert calls <= MOST_CALLS
