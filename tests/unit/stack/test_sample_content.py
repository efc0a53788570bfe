"""The files and descriptions of the sample, without a server."""

import csv
import re
from pathlib import Path

import pytest
import yaml
from opengov_stack import servers

FOLDER = Path(servers.__file__).with_name("sample")
FILES = FOLDER / "files"
LANGUAGES = {"ar", "fr", "en"}
MAX_BYTES = 50_000
TAG = re.compile(r"[\w .-]{2,100}")
"""What CKAN takes as a keyword: no vowel signs, no apostrophes."""
ARABIC = re.compile("[\u0621-\u064a]")


def read(name):
    return yaml.safe_load((FOLDER / name).read_text())


BODIES, CONTENT, COLUMNS = read("bodies.yaml"), read("datasets.yaml"), read("columns.yaml")
DATASETS = CONTENT["datasets"]
RESOURCES = [resource for dataset in DATASETS for resource in dataset["resources"]]


def texts(value):
    """Yield every object that has texts by language."""
    if isinstance(value, dict):
        if LANGUAGES & value.keys():
            yield value
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


COMPLAINTS = read("complaints.yaml")


@pytest.mark.parametrize("content", [BODIES, CONTENT, COLUMNS, read("demo-body.yaml"), COMPLAINTS])
def test_every_text_stands_in_three_languages(content):
    for found in texts(content):
        assert found.keys() - {"type"} == LANGUAGES
        assert all(isinstance(found[language], str) for language in LANGUAGES), found
        assert ARABIC.search(found["ar"]), found


def test_there_are_bodies_under_others_and_twenty_datasets():
    names = [body["name"] for body in BODIES]
    parents = [body["parent"] for body in BODIES if "parent" in body]

    assert len(names) >= 8
    assert len(parents) >= 4
    # A parent is made before its children.
    assert all(
        names.index(body["parent"]) < names.index(body["name"])
        for body in BODIES
        if "parent" in body
    )
    published = [each["name"] for each in DATASETS if "state" not in each]
    assert len(published) >= 20


def test_every_dataset_says_where_its_facts_come_from():
    for dataset in DATASETS:
        assert dataset["source"], dataset["name"]
        assert dataset["license_id"] not in ("notspecified", "other-closed"), dataset["name"]
        assert all(TAG.fullmatch(tag) for tag in dataset["tags"]), dataset["tags"]


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource["file"])
def test_a_file_is_small_and_has_the_columns_of_its_schema(resource):
    path = FILES / resource["file"]

    assert path.stat().st_size < MAX_BYTES
    assert set(resource.get("columns", ())) <= COLUMNS.keys()
    if path.suffix == ".csv":
        with path.open(newline="") as stream:
            assert next(csv.reader(stream)) == resource["columns"]


def test_no_file_and_no_column_is_left_over():
    changes = [dataset["revision"]["file"] for dataset in DATASETS if "revision" in dataset]
    files = [resource["file"] for resource in RESOURCES]
    used = {name for resource in RESOURCES for name in resource.get("columns", ())}

    assert sorted(path.name for path in FILES.iterdir()) == sorted([*files, *changes])
    assert used == COLUMNS.keys()


def test_complaints_go_forward_in_time_and_name_who_is_there():
    people = {each["name"] for each in COMPLAINTS["people"]} | {"citizen"}
    keys = [each["key"] for each in COMPLAINTS["cases"]]

    assert len(set(keys)) == len(keys)
    for case in COMPLAINTS["cases"]:
        days = [case["day"], *(step["day"] for step in case.get("steps", []))]
        assert days == sorted(days, reverse=True), case["key"]
        assert {step["by"] for step in case.get("steps", [])} <= people
        photos = [step["photo"] for step in case.get("steps", []) if "photo" in step]
        assert all((FOLDER / "photos" / each).stat().st_size < MAX_BYTES for each in photos)
    assert {each["language"] for each in COMPLAINTS["cases"]} == LANGUAGES
    modes = {each["mode"] for each in COMPLAINTS["cases"]}
    assert modes == {"named", "confidential", "anonymous"}
    many = [(each["since"] - each["takes"] - 2, each["count"]) for each in COMPLAINTS["closed"]]
    assert all(accepted > 0 and count > 10 for accepted, count in many)
