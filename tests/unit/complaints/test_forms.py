"""The questions of a category: how they are written, and what may be answered."""

# ruff: noqa: RUF001 - digits and letters of several scripts
import copy
import json

import pytest

from ckanext.complaints.domain import forms
from ckanext.complaints.domain.forms import Kind, answers, checked
from ckanext.complaints.domain.reading import NoDay, NoNumber, TextTooShort
from ckanext.opengov.shared.domain.errors import Several
from ckanext.opengov.shared.domain.texts import NoText, TooLong

LABEL = {"ar": "العدّاد", "fr": "Compteur", "en": "Meter"}
CHOICES = [{"code": "red", "label": LABEL}, {"code": "green", "label": LABEL}]


def question(kind="text", **more):
    choices = {"choices": CHOICES} if kind in forms.WITH_CHOICES else {}
    return {"id": "meter", "kind": kind, "label": LABEL, **choices, **more}


def form_of(*questions):
    return {"version": 1, "questions": list(questions)}


def codes_of(form):
    with pytest.raises(Several) as caught:
        checked(form)
    return [(each.code, each.details.get("number")) for each in caught.value.errors]


@pytest.mark.parametrize("kind", Kind)
def test_a_form_is_stored_as_it_was_checked(kind):
    form = checked(form_of(question(kind, required=True, help=LABEL)))

    stored = json.loads(json.dumps(form.as_json()))

    assert stored == form_of({**question(kind, required=True, help=LABEL)})
    assert checked(stored) == form


def test_a_form_may_ask_nothing():
    assert checked(form_of()).questions == ()


@pytest.mark.parametrize(
    "form",
    [
        None,
        [],
        "x",
        {},
        {"questions": {}},
        {"version": 2, "questions": []},
        form_of(*[question()] * 31),
    ],
)
def test_what_is_no_form_is_refused(form):
    assert codes_of(form) == [("no-form", None)]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("x", "no-question"),
        (question(requierd=True), "no-question"),
        (question(required="yes"), "no-question"),
        (question(id="Meter"), "question-id"),
        (question(id=""), "question-id"),
        (question(id=7), "question-id"),
        (question("essay"), "unknown-kind"),
        ({**question(), "kind": ["text"]}, "unknown-kind"),
        (question(label=None), "label-needed"),
        (question(label={"ar": "ا", "fr": "a"}), "label-needed"),
        (question(label={**LABEL, "en": " "}), "label-needed"),
        (question(label={**LABEL, "en": "a\u202eb"}), "label-needed"),
        (question(label={**LABEL, "en": "x" * 301}), "label-needed"),
        (question(label={**LABEL, "de": "Zähler"}), "label-needed"),
        (question(help={"fr": "a"}), "label-needed"),
        (question("choice", choices=None), "choices-needed"),
        (question("choice", choices=CHOICES[:1]), "choices-needed"),
        (question("choice", choices=[CHOICES[0]] * 2), "choices-needed"),
        (question("choices", choices=[CHOICES[0], "green"]), "choices-needed"),
        (
            question("choice", choices=[{"code": f"c{n}", "label": LABEL} for n in range(51)]),
            "choices-needed",
        ),
        (question("choice", choices=[CHOICES[0], {"code": "x", "label": {}}]), "label-needed"),
        (question("text", choices=CHOICES), "choices-needed"),
        (question("text", least=5, most=4), "limits-wrong"),
        (question("text", most=501), "limits-wrong"),
        (question("long-text", most=5001), "limits-wrong"),
        (question("text", least=-1), "limits-wrong"),
        (question("text", most="9"), "limits-wrong"),
        (question("text", most=True), "limits-wrong"),
        (question("date", least=1), "limits-wrong"),
        (question("number", most=10**16), "limits-wrong"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_by_its_number(wrong, code):
    assert codes_of(form_of(question(id="first"), wrong)) == [(code, 2)]


def test_all_that_is_wrong_is_told_at_once():
    assert codes_of(form_of(question("essay"), question(), question(id="X"))) == [
        ("unknown-kind", 1),
        ("question-id", 3),
    ]


def test_two_questions_have_two_ids():
    assert codes_of(form_of(question(), question())) == [("question-id", 2)]


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("text", " Two\nlines ", "Two lines"),
        ("long-text", "Two\nlines", "Two\nlines"),
        ("choice", "green", "green"),
        ("choices", ["green", "red", "green"], ["red", "green"]),
        ("choices", "red", ["red"]),
        ("yes-no", "yes", True),
        ("yes-no", "no", False),
        ("yes-no", False, False),
        ("number", "١٢٥٠", "1250"),
        ("number", "12,50", "12.5"),
        ("number", 1250, "1250"),
        ("number", 0, "0"),
        ("date", "٢٧/١١/٢٠٢٦", "2026-11-27"),
        ("place", "12, rue de Rome", "12, rue de Rome"),
    ],
)
def test_answers_are_kept_in_one_notation(kind, given, kept):
    assert answers(checked(form_of(question(kind))), {"meter": given}) == {"meter": kept}


@pytest.mark.parametrize(
    ("asked", "given", "error"),
    [
        (question(), 7.5, NoText),
        (question(), ["x"], NoText),
        (question(least=3), "ab", TextTooShort),
        (question(most=3), "abcd", TooLong),
        (question("choice"), "blue", forms.UnknownChoice),
        (question("choice"), ["red"], forms.UnknownChoice),
        (question("choices"), ["red", "blue"], forms.UnknownChoice),
        (question("choices"), {"red": 1}, forms.UnknownChoice),
        (question("choices"), ["red"] * 51, forms.UnknownChoice),
        (question("yes-no"), "perhaps", forms.UnknownChoice),
        (question("yes-no"), 1, forms.UnknownChoice),
        (question("number"), "many", NoNumber),
        (question("number", least=1, most=12), 13, forms.NumberOutOfRange),
        (question("number", least=1, most=12), 0, forms.NumberOutOfRange),
        (question("number"), True, NoText),
        (question("date"), "soon", NoDay),
        (question("date"), 20261127, NoDay),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_at_its_question(asked, given, error):
    with pytest.raises(Several) as caught:
        answers(checked(form_of(asked)), {"meter": given})
    (found,) = caught.value.errors
    assert isinstance(found, error)
    assert found.field == "meter"


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("nothing", [None, "", " ", []])
def test_what_is_required_is_answered_and_all_else_may_be_left_out(kind, nothing):
    assert answers(checked(form_of(question(kind))), {"meter": nothing}) == {}
    with pytest.raises(Several) as caught:
        answers(checked(form_of(question(kind, required=True))), {"meter": nothing})
    assert [(each.code, each.field) for each in caught.value.errors] == [("required", "meter")]


def test_errors_never_repeat_what_was_typed():
    asked = [question(kind, id=kind) for kind in Kind]
    secret = "canary" * 1000

    with pytest.raises(Several) as caught:
        answers(checked(form_of(*asked)), dict.fromkeys(Kind, secret))

    assert len(caught.value.errors) == len(Kind)
    for error in caught.value.errors:
        assert "canary" not in repr(error) + str(error.details)


def test_checking_changes_nothing_that_was_given():
    given = form_of(question("choices", help=LABEL))
    before = copy.deepcopy(given)
    checked(given)
    assert given == before
