"""The columns of a schema, as people describe them: what is wrong stands at its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.opengov.domain.columns import (
    BOUNDED,
    TYPES,
    NoColumns,
    UnknownKey,
    as_form,
    described,
    from_form,
    key,
    typed,
)
from ckanext.opengov.validation.samples import check

LANGUAGES = ["fr", "ar", "en"]


def one(**column):
    """Return a column as it is kept, and the codes of what is wrong with it."""
    columns, errors = described([{"name": "a", "type": "string", **column}], LANGUAGES)
    return columns[0], {error.field: error.code for error in errors}


def test_texts_by_language_give_the_plain_ones():
    column, errors = one(title_translated={"ar": " المحطّة ", "en": "Station", "fr": ""})

    assert errors == {}
    assert column["title_translated"] == {"ar": "المحطّة", "en": "Station"}
    assert column["title"] == "المحطّة"


def test_a_title_that_was_emptied_goes():
    column, _errors = one(title="Old", title_translated={"fr": ""})

    assert "title" not in column
    assert "title_translated" not in column


def test_what_the_form_has_no_place_for_stays():
    column, _errors = one(aliases=["x"], constraints={"pattern": "[0-9]+", "maxLength": 3})

    assert column["aliases"] == ["x"]
    assert column["constraints"] == {"pattern": "[0-9]+", "maxLength": 3}


@pytest.mark.parametrize(
    ("column", "errors"),
    [
        ({"type": "money"}, {"fields__0__type": "unknown-type"}),
        ({"type": ["string"]}, {"fields__0__type": "unknown-type"}),
        ({"type": "date", "format": "dd/mm"}, {"fields__0__format": "unknown-format"}),
        ({"format": "mail"}, {"fields__0__format": "unknown-format"}),
        ({"type": "integer", "format": "email"}, {"fields__0__format": "unknown-format"}),
        ({"format": 3}, {"fields__0__format": "no-text"}),
        ({"constraints": {"minimum": "1"}}, {"fields__0__minimum": "no-bounds"}),
        (
            {"type": "integer", "constraints": {"minimum": "1.5"}},
            {"fields__0__minimum": "not-a-value"},
        ),
        (
            {"type": "integer", "constraints": {"minimum": [1]}},
            {"fields__0__minimum": "no-text"},
        ),
        (
            {"type": "number", "constraints": {"maximum": "inf"}},
            {"fields__0__maximum": "not-a-value"},
        ),
        (
            {"type": "number", "constraints": {"minimum": "2", "maximum": "1,5"}},
            {"fields__0__maximum": "bounds-reversed"},
        ),
        ({"constraints": {"enum": "x"}}, {"fields__0__enum": "too-many-values"}),
        ({"constraints": {"enum": [{}]}}, {"fields__0__enum": "too-many-values"}),
        (
            {"constraints": {"enum": [str(n) for n in range(2001)]}},
            {"fields__0__enum": "too-many-values"},
        ),
        ({"title_translated": {"de": "x"}}, {"fields__0__title_translated": "no-texts"}),
        ({"title_translated": "x"}, {"fields__0__title_translated": "no-texts"}),
        ({"title_translated": {"fr": "x" * 201}}, {"fields__0__title_translated": "too-long"}),
        ({"name": "a\u202eb"}, {"fields__0__name": "hidden-characters"}),
    ],
)
def test_what_is_wrong_is_named_by_its_place(column, errors):
    assert one(**column)[1] == errors


@pytest.mark.parametrize(
    "fields",
    [
        *(None, [], "x", {}, [1], [{}], [{"name": 1}], [{"name": "a"}, {"name": "a"}]),
        [{"name": str(n)} for n in range(2001)],
    ],
)
def test_what_is_no_list_of_columns_is_refused(fields):
    with pytest.raises(NoColumns):
        described(fields, LANGUAGES)


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("integer", "-3", -3),
        ("integer", "0", 0),
        ("number", "1,5", 1.5),
        ("number", "2.0", 2),
        ("number", "1e3", 1000),
        ("number", 2, 2),
        ("year", "2026", 2026),
        ("date", "2026-01-31", "2026-01-31"),
    ],
)
def test_bounds_are_kept_as_the_check_reads_them(kind, given, kept):
    column, errors = one(type=kind, constraints={"minimum": given})

    assert errors == {}
    assert column["constraints"] == {"minimum": kept}
    check({"fields": [column]})


@pytest.mark.parametrize("kind", TYPES)
def test_a_column_of_each_type_can_be_checked(kind):
    is_nested = kind in ("array", "geojson", "list", "object")
    rules = {"required": True} if is_nested else {"required": True, "unique": "on"}
    column, errors = one(type=kind, constraints=rules)

    assert errors == {}
    check({"fields": [column]})
    if is_nested:
        # No two such cells can be compared.
        for unique in (
            {"primaryKey": ["a"]},
            {"fields": [{**column, "constraints": {"unique": True}}]},
        ):
            with pytest.raises(ValueError, match="unique"):
                check({"fields": [{**column, "name": "a"}], **unique})


def test_a_key_is_made_of_columns_of_the_table():
    assert key(["b", "a", "b"], ["a", "b"]) == ["b", "a"]
    assert key("a", ["a"]) == ["a"]
    assert key(None, ["a"]) == []
    for wrong in (["c"], [1], {"a": 1}, "c"):
        with pytest.raises(UnknownKey):
            key(wrong, ["a", "b"])


TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp", "Zs")), max_size=20)


@given(
    kind=st.sampled_from(sorted(TYPES)),
    title=TEXT,
    values=st.lists(TEXT.filter(bool), max_size=3, unique=True),
    ticks=st.sets(st.sampled_from(["required", "unique"])),
)
def test_a_form_that_is_sent_back_as_it_came_changes_nothing(kind, title, values, ticks):
    rules = {**dict.fromkeys(ticks, True), **({"enum": values} if values else {})}
    if kind in BOUNDED - {"date", "datetime", "time", "yearmonth"}:
        rules["minimum"] = 3
    column, errors = one(type=kind, title_translated={"ar": title}, constraints=rules)
    assert errors == {}
    form = as_form(column, "fr")
    sent = {name: value for name, value in form.items() if value is not False}
    again, errors = described([from_form(column, sent)], LANGUAGES)

    assert errors == []
    assert again == [column]


def test_the_inputs_of_a_form_are_told_apart_by_column_and_language():
    form = [
        ("fields__12__title_translated-ar", "المحطّة"),
        ("fields__12__title_translated-fr", "Poste"),
        ("fields__12__required", "true"),
        ("fields__3__type", "date"),
        ("fields__3", "x"),
        ("fields__99999__type", "date"),
        ("seen", "x"),
    ]

    assert typed(form) == {
        12: {"title_translated": {"ar": "المحطّة", "fr": "Poste"}, "required": "true"},
        3: {"type": "date"},
    }
