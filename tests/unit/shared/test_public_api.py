"""Calls of the public API are read by their form, before anyone asks what they mean."""

import pytest

from ckanext.opengov.shared.domain.public_api import MAX_NUMBER, Parameter, faults

PARAMETERS = [
    Parameter("text", ""),
    Parameter("number", "", "integer"),
    Parameter("limit", "", "integer", minimum=-1),
    Parameter("truth", "", "boolean"),
    Parameter("choice", "", choices=("a", "b")),
    Parameter("texts", "", "strings"),
    Parameter("entries", "", "entries"),
    Parameter("list", "", "list"),
    Parameter("object", "", "object"),
    Parameter("words", "", "words"),
]
GOOD = {
    "text": ["a", "", None],
    "number": [0, 7, "7", str(MAX_NUMBER), "", None],
    "limit": [-1, "-1", 3],
    "truth": [True, "true", "False", "1", 0],
    "choice": ["a"],
    "texts": ["a", ["a", "b"]],
    "entries": ["a", ["a", {"b": 1}], []],
    "list": ['["a"]', ["a"], []],
    "object": ['{"a": 1}', {"a": 1}],
    "words": ["a", {"a": "b"}],
    "unknown": ["a", ["a"], {"a": 1}],
}
BAD = {
    "text": [["a"], {"a": 1}, 1, "\0", "\ud800", ["\0"]],
    "number": ["x", "-1", -1, "1.5", 1.5, "1_0", "٣", True, str(MAX_NUMBER + 1), ["1", "2"]],
    "limit": ["-2", "--1", "-"],
    "truth": ["perhaps", ["true", "true"]],
    "choice": ["c", ["a"]],
    "texts": [{"a": 1}, [1]],
    "entries": [{"a": 1}, [1], [["a"]], [{"a": "\0"}]],
    "list": ["a", "{}", "[1]", '["\\u0000"]'],
    "object": ["a", "[]", '{"a": "\\u0000"}', "[" * 100_000],
    "words": [["a"], 1],
    "unknown": ["\0", {"\0": 1}, [["\ud800"]]],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in GOOD.items() for v in vs])
def test_what_can_be_meant_passes(name, value):
    assert list(faults(PARAMETERS, {name: value})) == []


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in BAD.items() for v in vs])
def test_what_cannot_be_meant_is_named(name, value):
    assert [fault.field for fault in faults(PARAMETERS, {name: value})] == [name]
