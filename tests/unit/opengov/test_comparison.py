"""The comparison of two tables agrees with a plain one that holds everything in memory."""

import csv
import tempfile
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.opengov.validation.comparison import SAMPLE, Table, compare
from ckanext.opengov.validation.engine import check_file


def table(folder, name, rows):
    path = Path(folder) / name
    if name.endswith("xlsx"):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    else:
        with path.open("w", newline="") as stream:
            csv.writer(stream).writerows(rows)
    kind = path.suffix[1:]
    return Table(path, check_file(path, name=name, format=kind).as_dict())


def difference(folder, old, new, key=(), suffix="csv"):
    return compare(table(folder, "old.csv", old), table(folder, f"new.{suffix}", new), list(key))


RAIN = [["station", "day", "rain"], ["001", "2026-01-01", "4.5"], ["002", "2026-01-01", "0"]]


def test_changed_cells_are_told_by_the_key(tmp_path):
    new = [RAIN[0], ["002", "2026-01-01", "7"], ["001", "2026-01-01", "4.50"]]

    found = difference(tmp_path, RAIN, new, ["station"])

    assert found["by"] == "key"
    assert found["rows"] == {"before": 2, "after": 2, "added": 0, "removed": 0, "changed": 1}
    assert found["sample"]["changed"]["rows"] == [
        {"row": 2, "cells": ["002", "2026-01-01", {"before": "0", "after": "7"}]}
    ]


def test_without_a_key_the_order_of_the_rows_means_nothing(tmp_path):
    assert difference(tmp_path, RAIN, [RAIN[0], *RAIN[:0:-1]])["rows"]["added"] == 0


@pytest.mark.parametrize("twin", [["001", "2026-01-02", "1"], ["", "2026-01-02", "1"]])
def test_a_key_that_does_not_tell_rows_apart_is_not_used(tmp_path, twin):
    found = difference(tmp_path, RAIN, [*RAIN, twin], ["station"])

    assert (found["by"], found["rows"]["added"]) == ("content", 1)


def test_columns_that_come_go_and_change_their_name_or_type_are_named(tmp_path):
    old = [["id", "name", "note", "n"], ["1", "Tunis", "a", "1"], ["2", "Sfax", "b", "2"]]
    new = [["id", "city", "n", "more"], ["1", "Tunis", "1", "u"], ["2", "Sfax", "x", "v"]]

    found = difference(tmp_path, old, new, ["id"])

    assert found["columns"] == {
        "added": [{"name": "more", "type": "string"}],
        "removed": [{"name": "note", "type": "string"}],
        "renamed": [{"before": "name", "after": "city"}],
        "retyped": [{"name": "n", "before": "integer", "after": "string"}],
    }
    assert found["rows"]["changed"] == 1


def test_a_workbook_is_compared_with_a_text_file(tmp_path):
    new = [RAIN[0], ["001", "2026-01-01", 4.5], ["002", "2026-01-01", 0.0]]

    found = difference(tmp_path, RAIN, new, ["station"], "xlsx")

    assert found["rows"] == {"before": 2, "after": 2, "added": 0, "removed": 0, "changed": 0}


def test_of_many_rows_the_first_are_shown(tmp_path):
    new = [*RAIN, *([f"1{n:03d}", "2026-01-01", "1"] for n in range(200))]

    found = difference(tmp_path, RAIN, new)

    assert found["rows"]["added"] == 200
    assert [each["row"] for each in found["sample"]["added"]["rows"]] == list(range(4, 4 + SAMPLE))


CELL = st.sampled_from(["a", "b", "ب", "1.50", "a b"])
ROWS = st.lists(st.tuples(CELL, CELL), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(old=ROWS, new=ROWS)
def test_counts_are_those_of_two_multisets(old, new):
    head = ("first", "second")
    with tempfile.TemporaryDirectory() as folder:
        rows = difference(folder, [head, *old], [head, *new])["rows"]

    before, after = Counter(old), Counter(new)
    assert rows["added"] == (after - before).total()
    assert rows["removed"] == (before - after).total()


@settings(max_examples=60, deadline=None)
@given(
    old=st.dictionaries(st.text("abc", min_size=1), CELL, min_size=1),
    new=st.dictionaries(st.text("abc", min_size=1), CELL, min_size=1),
)
def test_by_key_counts_are_those_of_two_dictionaries(old, new):
    head = ("id", "value")
    with tempfile.TemporaryDirectory() as folder:
        found = difference(folder, [head, *old.items()], [head, *new.items()], ["id"])

    assert found["by"] == "key"
    assert found["rows"]["added"] == len(new.keys() - old.keys())
    assert found["rows"]["removed"] == len(old.keys() - new.keys())
    assert found["rows"]["changed"] == sum(old[key] != new[key] for key in old.keys() & new.keys())
