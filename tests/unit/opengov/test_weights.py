"""Which findings block: a body's wish, never below what the country and the file ask."""

import itertools

import pytest

from ckanext.opengov.validation.report import UNREADABLE
from ckanext.opengov.validation.weights import (
    CODES,
    FLOORS,
    RANK,
    Policy,
    Weight,
    default,
    loadable,
    weighed,
)

IGNORE, WARN, BLOCK = Weight
KEPT = {
    "file": {"rows": 3},
    "fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "date"}],
    "verdict": "blocked",
    "blocking": 5,
    "counts": [
        {"code": "type-error", "field": "a", "severity": "error", "count": 3},
        {"code": "row-constraint", "field": None, "severity": "error", "count": 2},
        {"code": "row-constraint", "field": None, "severity": "warning", "count": 4},
        {"code": "formula-cell", "field": "b", "severity": "warning", "count": 1},
    ],
    "findings": [
        {"code": "type-error", "field": "a", "row": 2, "severity": "error", "params": {}},
        {"code": "row-constraint", "field": None, "row": 2, "severity": "warning", "params": {}},
    ],
}


def counted(kept):
    return {(each["code"], each["severity"]): each["count"] for each in kept["counts"]}


def test_without_a_policy_a_report_is_what_the_check_said():
    assert weighed(KEPT, Policy()) is KEPT


def test_a_softened_report_does_not_block_and_the_stored_one_stays():
    soft = weighed(KEPT, Policy({"type-error": WARN, "row-constraint": WARN}))

    assert (soft["verdict"], soft["blocking"]) == ("warned", 0)
    # What was of two severities and is of one now is counted once.
    assert counted(soft)[("row-constraint", "warning")] == 6
    assert soft["findings"][0]["severity"] == "warning"
    assert (KEPT["verdict"], KEPT["findings"][0]["severity"]) == ("blocked", "error")


def test_what_is_ignored_is_not_shown():
    wishes = dict.fromkeys(("type-error", "row-constraint", "formula-cell"), IGNORE)

    found = weighed(KEPT, Policy(wishes))
    assert (found["verdict"], found["counts"], found["findings"]) == ("clean", [], [])


def test_a_country_hardens_what_bodies_wish():
    found = weighed(KEPT, Policy({"type-error": IGNORE}, {"type-error": BLOCK}))

    assert counted(found)[("type-error", "error")] == 3


def test_a_country_may_have_a_warning_block():
    assert weighed(KEPT, Policy({}, {"formula-cell": BLOCK}))["blocking"] == 6


def test_a_rule_that_its_schema_calls_a_warning_stays_one():
    found = weighed(KEPT, Policy({}, {"row-constraint": BLOCK}))

    assert counted(found)[("row-constraint", "warning")] == 4
    assert weighed(KEPT, Policy({"row-constraint": BLOCK}))["blocking"] == 9


@pytest.mark.parametrize("code", CODES)
def test_nothing_goes_below_the_floor(code):
    for wish, country in itertools.product((None, *Weight), repeat=2):
        given = {code: wish} if wish else {}
        asked = {code: country} if country else {}
        weight = Policy(given, asked).weight(code)
        assert RANK[weight] >= RANK[FLOORS.get(code, IGNORE)]
        assert RANK[weight] >= RANK[country or IGNORE]
        assert wish is None or RANK[weight] >= RANK[wish]
        assert wish or country or weight == default(code)


@pytest.mark.parametrize("code", sorted(UNREADABLE))
def test_a_file_that_was_not_read_is_never_taken_for_a_good_one(code):
    policy = Policy({code: IGNORE})

    assert policy.weight(code) == default(code)


def test_a_column_with_cells_of_another_type_is_loaded_as_texts():
    given = {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "date"}]}
    report, schema = loadable(KEPT, given)

    assert [each["type"] for each in report["fields"]] == ["string", "date"]
    assert [each["type"] for each in schema["fields"]] == ["string", "date"]
    assert given["fields"][0]["type"] == "integer"
    assert loadable({**KEPT, "counts": []}, given) == ({**KEPT, "counts": []}, given)
