"""The rules of ckanext.consultation.domain.results_data."""

import itertools

import pytest

from ckanext.consultation.domain import results_data
from ckanext.consultation.domain.life import Role, State
from ckanext.consultation.domain.results_data import (
    COMMENTS,
    FILES,
    REPLIES,
    NotClosed,
    cell,
    check_may_export,
    losses,
    schema,
)
from ckanext.consultation.domain.schedule import Phase
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import NotPermitted

LANGUAGES = ("ar", "fr", "en")
PUBLISHER = Actor("sami", frozenset({Role.PUBLISHER}))
OVER = {(state, Phase.CLOSED) for state in (State.PUBLISHED, State.RESULTS, State.ARCHIVED)}
RUNS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "＝1", "＋1", "－1", "＠a")  # noqa: RUF001


def speak(text):
    return {code: f"{code} {text}" for code in LANGUAGES}


@pytest.mark.parametrize("text", [*RUNS, "'=1", "'quoted'"])
def test_what_a_spreadsheet_may_run_gets_an_apostrophe_that_can_be_taken_away(text):
    assert cell(text) == f"'{text}"
    assert cell(text).removeprefix("'") == text


@pytest.mark.parametrize("text", ["", "a=b", " =1", "«-1»", "الحافلات", "1-2"])
def test_any_other_text_stays_as_it_is(text):
    assert cell(text) == text


def test_nothing_hides_in_a_cell():
    assert cell("a\0b\u202ec\u202cd") == "abcd"
    assert cell("\u202e=1") == "'=1"


def test_marks_of_direction_that_close_stay():
    assert cell("le \u2067نص\u2069 arabe") == "le \u2067نص\u2069 arabe"


@pytest.mark.parametrize(("state", "phase"), [*itertools.product(State, [*Phase, None])])
def test_data_are_made_of_what_is_over_alone(state, phase):
    if (state, phase) in OVER:
        check_may_export(PUBLISHER, state, phase)
    else:
        with pytest.raises(NotClosed):
            check_may_export(PUBLISHER, state, phase)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLISHER])
def test_only_publishers_have_them_made(role):
    with pytest.raises(NotPermitted):
        check_may_export(Actor("amel", frozenset({role})), State.RESULTS, Phase.CLOSED)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_data_dictionary_has_every_column_in_every_language(file):
    found = schema(file, LANGUAGES, speak)

    assert [each["name"] for each in found["fields"]] == file.header(LANGUAGES)
    assert len(set(file.header(LANGUAGES))) == len(file.header(LANGUAGES))
    assert set(found["primaryKey"]) <= set(file.header(LANGUAGES))
    for each in found["fields"]:
        assert each["title_translated"].keys() == set(LANGUAGES)
        assert each["title"] == each["title_translated"]["ar"]


def test_a_comment_that_is_public_no_more_keeps_its_place_alone():
    found = losses(COMMENTS, {1, 2, 3}, {1: True, 2: False})

    assert found.keys() == {"2", "3"}
    header = COMMENTS.header(LANGUAGES)
    gone = {name for name in header if found["3"].takes(name)}
    assert set(header) - gone == {"number", "parent_number", "root_number", "depth"}
    assert found["3"].marks == {"state": results_data.REMOVED}
    assert {name for name in header if found["2"].takes(name)} == {"participant_name"}


def test_a_reply_that_may_quote_it_loses_its_words():
    found = losses(REPLIES, {1, 2}, {1: False})

    assert found.keys() == {"2"}
    taken = {name for name in REPLIES.header(LANGUAGES) if found["2"].takes(name)}
    assert taken == {"text_ar", "text_fr", "text_en", "changes"}
