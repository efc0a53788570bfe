"""Filing: one question a page, nothing lost, and nobody named by accident."""

# ruff: noqa: RUF001 - digits and letters of several scripts
import json
from dataclasses import fields, replace
from datetime import date

import pytest

from ckanext.complaints.domain import filing_parts, forms
from ckanext.complaints.domain.filing import (
    FIELDS,
    ORDER,
    UNKNOWN_BODY,
    Complaint,
    Filing,
    Mode,
    Notices,
    Offer,
    Question,
    Unfinished,
    answered,
    next_question,
    problems,
    question_of,
    questions,
    read,
    whole,
)
from ckanext.complaints.domain.filing_draft import TEXTS
from ckanext.opengov.shared.domain.errors import Several

LABEL = {"ar": "العدّاد", "fr": "Compteur", "en": "Meter"}
FORM = forms.checked(
    {"questions": [{"id": "meter", "kind": "number", "label": LABEL, "required": True}]}
)
OFFER = Offer(
    today=date(2026, 11, 27),
    categories=frozenset({"water", "roads", "fees"}),
    bodies=frozenset({"sonede"}),
    regions=frozenset({"TN-11", "TN-12"}),
    forms={"fees": FORM},
    sealed=frozenset({"corruption"}),
    with_region=frozenset({"roads"}),
)
WHOLE = Filing(
    category="water",
    body="sonede",
    happened="The water is cut every evening.",
    wanted="A date for the repair.",
    mode="anonymous",
    language="fr",
)


def codes_on(page, **typed):
    found = problems(replace(WHOLE, **typed), page, OFFER)
    return [(error.field, error.code) for error in found]


def test_each_field_stands_on_one_page():
    named = [name for names in FIELDS.values() for name in names]
    assert sorted(named) == sorted({each.name for each in fields(Filing)} - {"seen"})
    assert set(named) == set(filing_parts.PARTS)
    assert set(FIELDS) == set(ORDER) == set(Question)


def test_the_pages_come_in_order_until_all_were_sent():
    filing, asked = Filing(), []
    sent = {name: getattr(WHOLE, name) for name in TEXTS}
    while (page := next_question(filing, OFFER)) is not Question.CHECK:
        asked.append(page)
        filing = answered(filing, page, sent)

    assert tuple(asked) == tuple(
        each for each in ORDER if each not in (Question.FORM, Question.CHECK)
    )
    assert whole(filing, OFFER) == whole(WHOLE, OFFER)


def test_a_category_with_a_form_has_a_page_for_it():
    fees = replace(WHOLE, category="fees")
    assert Question.FORM in questions(fees, OFFER)
    assert Question.FORM not in questions(WHOLE, OFFER)
    assert codes_on(Question.FORM, category="fees") == [("form-meter", "required")]
    filled = answered(fees, Question.FORM, {"form-meter": "١٢٫٥", "other": "x"})
    assert whole(filled, OFFER).form == {"meter": "12.5"}
    assert answered(fees, Question.FORM, {"form": {"meter": "3"}}).form == {"meter": "3"}


def test_an_answer_that_is_wrong_is_asked_again_first():
    done = replace(WHOLE, seen=frozenset(ORDER))
    assert next_question(done, OFFER) is Question.CHECK
    assert next_question(replace(done, happened="Broken"), OFFER) is Question.HAPPENED
    # The body went out of the network while the citizen was writing.
    assert next_question(done, replace(OFFER, bodies=frozenset())) is Question.BODY


def test_a_page_changes_its_own_fields_alone():
    filing = answered(WHOLE, Question.WHO, {"mode": "named", "name": "Rim", "happened": "x"})
    assert filing == replace(WHOLE, mode="named", name="Rim", seen=frozenset({"who"}))
    assert answered(filing, Question.WHO, {}).mode == ""


def test_what_is_wrong_is_kept_as_it_was_typed():
    assert answered(Filing(), Question.HAPPENED, {"happened": " x\0 "}).happened == " x\0 "


def test_a_draft_comes_back_as_it_was():
    filing = replace(
        WHOLE, files=("f1", "f2"), form={"meter": "3", "which": ["a"]}, seen=frozenset({"who"})
    )
    assert read(json.loads(json.dumps(filing.as_json()))) == filing
    assert read({}) == Filing()


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        {"happened": 7},
        {"happened": ["x"]},
        {"happened": "x" * 60_001},
        {"files": {"a": 1}},
        {"files": ["f"] * 101},
        {"form": "x"},
        {"form": {"a": {"b": 1}}},
        {"form": {str(number): 1 for number in range(31)}},
        {"seen": [1]},
    ],
)
def test_what_is_no_filing_is_refused_without_being_repeated(given):
    with pytest.raises(Several) as caught:
        read(given)
    (error,) = caught.value.errors
    assert error.code in {"no-text", "too-long"}
    assert all(isinstance(each, int) for each in error.details.values())


@pytest.mark.parametrize(
    ("page", "typed", "codes"),
    [
        (Question.ABOUT, {"category": ""}, [("category", "required")]),
        (Question.ABOUT, {"category": "taxes"}, [("category", "unknown-choice")]),
        (Question.ABOUT, {"category": "corruption"}, [("category", "not-taken-here")]),
        (Question.BODY, {"body": ""}, [("body", "required")]),
        (Question.BODY, {"body": "ministry"}, [("body", "unknown-choice")]),
        (Question.BODY, {"body": UNKNOWN_BODY}, []),
        (Question.HAPPENED, {"happened": ""}, [("happened", "required")]),
        (Question.HAPPENED, {"happened": "Broken"}, [("happened", "too-short")]),
        (Question.HAPPENED, {"happened": "x" * 10}, []),
        (Question.HAPPENED, {"happened": "x" * 5000}, []),
        (Question.HAPPENED, {"happened": "x" * 5001}, [("happened", "too-long")]),
        (Question.HAPPENED, {"happened": "x\u200b" * 9}, [("happened", "too-short")]),
        (Question.WANTED, {"wanted": " "}, [("wanted", "required")]),
        (Question.WANTED, {"wanted": "x" * 2001}, [("wanted", "too-long")]),
        (Question.WHERE, {}, []),
        (Question.WHERE, {"region": "TN-11", "place": "Rue de Rome"}, []),
        (Question.WHERE, {"region": "TN-24"}, [("region", "unknown-choice")]),
        (Question.WHERE, {"category": "roads"}, [("region", "required")]),
        (Question.WHERE, {"place": "x" * 301}, [("place", "too-long")]),
        (Question.WHEN, {}, []),
        (Question.WHEN, {"day": "٢٧/١١/٢٠٢٦", "when": "In the evening"}, []),
        (Question.WHEN, {"day": "28/11/2026"}, [("day", "in-the-future")]),
        (
            Question.WHEN,
            {"day": "soon", "when": "x" * 201},
            [("day", "no-day"), ("when", "too-long")],
        ),
        (Question.WHO, {"mode": ""}, [("mode", "required")]),
        (Question.WHO, {"mode": "secret"}, [("mode", "unknown-choice")]),
        (Question.WHO, {"mode": "named"}, [("name", "required")]),
        (Question.WHO, {"mode": "confidential", "name": " "}, [("name", "required")]),
        (Question.WHO, {"mode": "confidential", "name": "R"}, [("name", "too-short")]),
        (Question.WHO, {"mode": "named", "name": "Rim Ben Ali"}, []),
        (Question.WHO, {"mode": "anonymous", "name": "x" * 500}, []),
        (Question.CONTACT, {}, []),
        (Question.CONTACT, {"email": "rim"}, [("email", "no-email")]),
        (Question.CONTACT, {"phone": "12"}, [("phone", "no-phone")]),
        (Question.CONTACT, {"notices": "mail"}, [("email", "required")]),
        (Question.CONTACT, {"notices": "mail", "email": "rim@example.org"}, []),
        (
            Question.CONTACT,
            {"notices": "sms", "phone": "71123456"},
            [("notices", "unknown-choice")],
        ),
        (Question.CONTACT, {"language": ""}, [("language", "unknown-choice")]),
        (Question.CONTACT, {"language": "de"}, [("language", "unknown-choice")]),
        (Question.FILES, {"files": ("a",) * 11}, []),
        (Question.FILES, {"files": tuple("abcdefghijk")}, [("files", "too-many-files")]),
        (Question.CHECK, {}, []),
    ],
)
def test_each_page_says_what_is_wrong_with_its_own_answers(page, typed, codes):
    assert codes_on(page, **typed) == codes


def test_a_message_to_a_telephone_needs_a_number_where_it_is_offered():
    offer = replace(OFFER, notices=frozenset(Notices))
    (error,) = problems(replace(WHOLE, notices="sms"), Question.CONTACT, offer)
    assert (error.field, error.code) == ("phone", "required")


def test_the_whole_is_cleaned():
    filing = replace(
        WHOLE,
        body=UNKNOWN_BODY,
        happened=" The water\u202e is cut\0 every evening. ",
        region="TN-12",
        place=" Rue  de Rome ",
        day="١/١١/٢٠٢٦",
        mode="confidential",
        name=" Rim\nBen Ali ",
        phone="+216 71 123 456",
        files=("f1", "f2", "f1"),
    )
    assert whole(filing, OFFER) == Complaint(
        category="water",
        org_id=None,
        happened="The water is cut every evening.",
        wanted="A date for the repair.",
        region="TN-12",
        place="Rue de Rome",
        day=date(2026, 11, 1),
        when="",
        mode=Mode.CONFIDENTIAL,
        name="Rim Ben Ali",
        email="",
        phone="+21671123456",
        notices=Notices.NONE,
        language="fr",
        files=("f1", "f2"),
        form={},
    )


def test_of_who_becomes_anonymous_no_name_is_kept():
    assert whole(replace(WHOLE, name="Rim Ben Ali"), OFFER).name == ""


def test_all_that_is_wrong_is_told_with_the_page_to_go_back_to():
    with pytest.raises(Unfinished) as caught:
        whole(replace(WHOLE, category="fees", wanted="", mode="", language="x"), OFFER)

    assert [error.field for error in caught.value.errors] == [
        "wanted",
        "mode",
        "language",
        "form-meter",
    ]
    assert caught.value.question is Question.WANTED
    assert [question_of(error.field) for error in caught.value.errors] == [
        Question.WANTED,
        Question.WHO,
        Question.CONTACT,
        Question.FORM,
    ]


def test_an_error_about_the_whole_belongs_to_the_last_page():
    assert question_of("__all__") is Question.CHECK


def test_neither_draft_nor_complaint_nor_error_shows_what_was_typed():
    secret = "canary"
    filing = replace(
        WHOLE,
        happened=secret * 3,
        mode="named",
        email=f"{secret}@example.org",
        phone="71123456",
        form={"meter": secret},
        **dict.fromkeys(("wanted", "place", "when", "name"), secret),
    )
    complaint = whole(filing, OFFER)
    assert complaint.name == secret
    assert secret not in repr(filing) + repr(complaint)
    assert "71123456" not in repr(filing) + repr(complaint)

    typed = dict.fromkeys(TEXTS, secret * 2000) | {"day": secret, "seen": frozenset(ORDER)}
    with pytest.raises(Unfinished) as caught:
        whole(replace(filing, **typed), OFFER)
    for error in caught.value.errors:
        assert secret not in repr(error) + str(error.details)
