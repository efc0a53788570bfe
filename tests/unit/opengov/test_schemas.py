"""The catalogue of schemas: read from folders, never broken by one, matched to headers."""

import itertools
import json

import pytest

from ckanext.opengov.domain.schema_states import (
    OPERATORS,
    TRANSITIONS,
    Facts,
    State,
    Step,
    WrongSuccessor,
    successor_of,
)
from ckanext.opengov.domain.schemas import (
    SHIPPED,
    best,
    key,
    match,
    newest,
    read,
    takes_files_of,
)
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import NotPermitted, StepNotAllowed
from ckanext.opengov.shared.domain.lifecycle import advance
from ckanext.opengov.validation.samples import check, faults, sample_faults

SHIPPED_VERSIONS, SHIPPED_FAULTS = read([SHIPPED], check)
RAIN = {
    "name": "rain",
    "version": "1.0.0",
    "title_translated": {"ar": "الأمطار", "fr": "Pluie", "en": "Rain"},
    "fields": [
        {"name": "station", "type": "string", "title_translated": {"ar": "المحطّة", "fr": "Poste"}},
        {"name": "rain_mm", "type": "number", "title": "Rain (mm)", "aliases": ["hauteur"]},
    ],
}


def put(folder, name, version, descriptor):
    place = folder / "tables" / name / version
    place.mkdir(parents=True)
    text = descriptor if isinstance(descriptor, str) else json.dumps(descriptor)
    (place / "schema.json").write_text(text)
    return place


def rain(tmp_path, **others):
    put(tmp_path, "rain", "1.0.0", {**RAIN, **others})
    return read([tmp_path], check)[0]["rain@1.0.0"]


def test_six_schemas_ship_and_none_is_broken():
    assert (len(SHIPPED_VERSIONS), SHIPPED_FAULTS) == (6, [])


@pytest.mark.parametrize("ref", SHIPPED_VERSIONS)
def test_the_samples_of_a_shipped_schema_are_what_they_say(ref):
    version = SHIPPED_VERSIONS[ref]

    assert list(faults(version.descriptor, version.folder)) == []


@pytest.mark.parametrize("ref", SHIPPED_VERSIONS)
def test_a_shipped_schema_speaks_three_languages(ref):
    version = SHIPPED_VERSIONS[ref]
    named = [version.descriptor, *version.fields]
    texts = [each["title_translated"] for each in named]
    texts += [word for each in version.fields for word in each.get("enum_translated", {}).values()]
    texts += [each["message_translated"] for each in version.descriptor.get("rules", [])]

    assert all(set(each) == {"ar", "fr", "en"} and all(each.values()) for each in texts)


def test_codes_of_a_list_take_the_place_of_a_pattern():
    (column,) = (
        each
        for each in SHIPPED_VERSIONS["budget-execution@1.0.0"].fields
        if each["name"] == "governorate"
    )

    assert len(column["constraints"]["enum"]) == 24
    assert "pattern" not in column["constraints"]
    assert column["enum_translated"]["TN-33"]["ar"] == "الكاف"


@pytest.mark.parametrize(
    ("name", "version", "descriptor"),
    [
        ("broken", "1.0.0", "{"),
        ("broken", "1.0.0", "[]"),
        ("broken", "1.0.0", {"name": "broken", "version": "1.0.0"}),
        ("broken", "1.0.0", {"name": "broken", "version": "1.0.0", "fields": [{}]}),
        ("broken", "1.0.0", {"name": "broken", "version": "1.0.0", "fields": ["x"]}),
        ("broken", "1.0.0", {**RAIN, "name": "other"}),
        ("rain", "1.0.1", RAIN),
        ("rain", "one", RAIN),
        (
            "rain",
            "1.0.0",
            {**RAIN, "fields": [{"name": "a", "type": "string", "codelist": "../../x@1.0.0"}]},
        ),
        ("rain", "1.0.0", {**RAIN, "fields": [{"name": "a", "constraints": {"pattern": "("}}]}),
        ("rain", "1.0.0", {**RAIN, "fields": [{"name": "a", "type": "money"}]}),
        ("rain", "1.0.0", {**RAIN, "title_translated": "Rain"}),
        ("rain", "1.0.0", {**RAIN, "maps_to": ["OCDS"]}),
        ("rain", "1.0.0", {**RAIN, "maps_to": 1}),
        ("rain", "1.0.0", {**RAIN, "rules": 1}),
        ("rain", "1.0.0", {**RAIN, "fields": [{"name": "a", "enum_translated": {"x": 1}}]}),
    ],
)
def test_a_broken_schema_is_named_and_left_out(tmp_path, name, version, descriptor):
    put(tmp_path, name, version, descriptor)
    put(tmp_path, "good", "1.0.0", {**RAIN, "name": "good"})

    versions, left_out = read([tmp_path], check)

    assert list(versions) == ["good@1.0.0"]
    assert [each.place for each in left_out] == [f"{name}@{version}"]
    assert left_out[0].reason


def test_no_folder_takes_a_version_from_an_earlier_one(tmp_path):
    put(tmp_path, "air-quality", "1.0.0", {**RAIN, "name": "air-quality"})

    versions, left_out = read([SHIPPED, tmp_path], check)

    assert len(versions["air-quality@1.0.0"].fields) == 11
    assert [each.place for each in left_out] == ["air-quality@1.0.0"]


def test_any_change_changes_the_hash(tmp_path):
    first = rain(tmp_path / "a")
    again = rain(tmp_path / "b")
    other = rain(tmp_path / "c", title_translated={"fr": "Pluies"})

    assert first.sha256 == again.sha256 != other.sha256


@pytest.mark.parametrize(
    ("label", "column"),
    [
        ("station", "station"),
        (" STATION ", "station"),
        ("Poste", "station"),
        ("المَحَطّة", "station"),
        ("المحطه", "station"),
        ("Rain mm", "rain_mm"),
        ("RAIN-MM", "rain_mm"),
        ("Rain", "rain_mm"),
        ("Hauteur (mm)", "rain_mm"),
        ("day", None),
        ("", None),
        ("()", None),
    ],
)
def test_a_header_is_known_however_it_is_written(tmp_path, label, column):
    assert match(rain(tmp_path), [label]).mapping.get(label) == column


def test_a_column_is_given_away_once(tmp_path):
    found = match(rain(tmp_path), ["station", "poste", "x"])

    assert found.mapping == {"station": "station"}
    assert (found.missing, found.extra) == (("rain_mm",), ("poste", "x"))


def test_a_name_is_stronger_than_an_alias_of_another_column(tmp_path):
    fields = [{"name": "a", "aliases": ["b"]}, {"name": "b"}]

    assert match(rain(tmp_path, fields=fields), ["b"]).mapping == {"b": "b"}


def test_french_and_arabic_headers_of_a_budget_are_recognised():
    french = ["Exercice", "Organisme", "Programme", "Montant voté", "Engagé", "Payé ou recouvré"]
    arabic = ["السنة المالية", "الهيكل", "البرنامج", "المبلغ المصادق عليه", "المدفوع أو المستخلص"]

    for labels in (french, arabic):
        found = best(SHIPPED_VERSIONS.values(), labels, 0.3)
        assert found[0].version.name == "budget-execution"
        assert found[0].extra == ()


def test_nothing_fits_no_columns():
    assert best(SHIPPED_VERSIONS.values(), [], 0.0) == []


def test_the_newest_version_is_the_greatest_not_the_last_in_the_alphabet(tmp_path):
    for version in ("1.9.0", "1.10.0"):
        put(tmp_path, "rain", version, {**RAIN, "version": version})

    assert newest(read([tmp_path], check)[0].values())["rain"].version == "1.10.0"


def test_a_key_has_letters_and_digits_alone():
    assert key("  Année_budgétaire (N+1) ") == "anneebudgetairen1"


def test_a_minor_version_takes_every_file_of_the_older_ones(tmp_path):
    stricter = [RAIN["fields"][0], {**RAIN["fields"][1], "constraints": {"maximum": 1}}]
    others = {"1.1.0": stricter, "2.0.0": stricter}
    for version, fields in {"1.0.0": RAIN["fields"], **others}.items():
        place = put(tmp_path, "rain", version, {**RAIN, "version": version, "fields": fields})
        (place / "valid.csv").write_text("station,rain_mm\n001,4.5\n")
    versions = read([tmp_path], check)[0]
    first, minor, major = versions.values()

    assert takes_files_of(first, versions.values()) == []
    assert takes_files_of(minor, versions.values()) == [first]
    assert takes_files_of(major, versions.values()) == []
    assert next(sample_faults(minor.descriptor, first.folder)).startswith("valid.csv")


OPERATOR, NOBODY = Actor("root", OPERATORS), Actor("amel", frozenset())
FACTS = Facts("rain@1.0.0", published=("rain@1.0.0", "rain@2.0.0"))


def test_a_version_is_published_for_good_and_may_be_deprecated():
    assert {(start, step, row.target) for (start, step), row in TRANSITIONS.items()} == {
        (State.DRAFT, Step.PUBLISH, State.PUBLISHED),
        (State.PUBLISHED, Step.DEPRECATE, State.DEPRECATED),
        (State.DEPRECATED, Step.RESTORE, State.PUBLISHED),
    }


@pytest.mark.parametrize("start", sorted({*itertools.product(State, Step)} - {*TRANSITIONS}))
def test_a_version_takes_no_other_step(start):
    with pytest.raises(StepNotAllowed):
        advance(TRANSITIONS, *start, OPERATOR, FACTS)


@pytest.mark.parametrize("start", sorted(TRANSITIONS))
def test_operators_alone_change_the_catalogue(start):
    assert advance(TRANSITIONS, *start, OPERATOR, FACTS)
    with pytest.raises(NotPermitted):
        advance(TRANSITIONS, *start, NOBODY, FACTS)


@pytest.mark.parametrize("successor", ["rain@1.0.0", "rain@3.0.0", "x"])
def test_a_successor_is_another_published_version(successor):
    facts = Facts(FACTS.ref, successor, FACTS.published)
    with pytest.raises(WrongSuccessor):
        advance(TRANSITIONS, State.PUBLISHED, Step.DEPRECATE, OPERATOR, facts)


@pytest.mark.parametrize(
    ("deprecated", "expected"),
    [
        ({}, "a"),
        ({"a": None}, None),
        ({"a": "b"}, "b"),
        ({"a": "b", "b": "c"}, "c"),
        ({"a": "b", "b": None}, None),
        ({"a": "b", "b": "a"}, None),
    ],
)
def test_successors_are_followed_to_one_that_is_proposed(deprecated, expected):
    assert successor_of("a", deprecated) == expected
