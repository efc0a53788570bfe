"""Answers to a form's questions, as pages have them."""

import pytest

from ckanext.complaints.domain import forms
from ckanext.complaints.domain.form_answers import typed

LABEL = {"ar": "العدّاد", "fr": "Compteur", "en": "Meter"}


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (None, []),
        ("", []),
        ([], []),
        ("bus", ["bus"]),
        (["bus", "tram"], ["bus", "tram"]),
        (True, ["yes"]),
        (False, ["no"]),
        ("no", ["no"]),
        (12, ["12"]),
    ],
)
def test_an_answer_comes_back_as_it_is_typed(answer, shown):
    assert typed(answer) == shown


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_yes_and_no_come_back_after_they_were_read(answer):
    asked = {"id": "often", "kind": "yes-no", "label": LABEL}
    form = forms.checked({"questions": [asked]})
    assert typed(forms.answers(form, {"often": answer})["often"]) == [answer]
