"""The guided filing of a complaint: one question a page, and nothing typed is lost.

What is typed is kept as it is (``Filing``) until it is whole; only then is it read, all at
once, into the complaint that is stored. So a page can be left half done and come back to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ckanext.complaints.domain import filing_parts as parts
from ckanext.complaints.domain import forms
from ckanext.complaints.domain.filing_draft import (
    FIELDS,
    ORDER,
    UNKNOWN_BODY,
    Filing,
    Mode,
    Notices,
    Question,
    answered,
    question_of,
    read,
)
from ckanext.complaints.domain.filing_parts import PARTS, Offer
from ckanext.opengov.shared.domain.errors import DomainError, Several

__all__ = [
    "FIELDS",
    "ORDER",
    "UNKNOWN_BODY",
    "Complaint",
    "Filing",
    "Mode",
    "Notices",
    "Offer",
    "Question",
    "Unfinished",
    "answered",
    "next_question",
    "problems",
    "question_of",
    "questions",
    "read",
    "whole",
]


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a citizen filed: cleaned, whole, ready to be sealed."""

    category: str
    org_id: str | None
    """None: the citizen does not know."""
    happened: str = field(repr=False)
    wanted: str = field(repr=False)
    region: str
    place: str = field(repr=False)
    day: date | None = field(repr=False)
    when: str = field(repr=False)
    mode: Mode
    name: str = field(repr=False)
    email: str = field(repr=False)
    phone: str = field(repr=False)
    notices: Notices
    language: str
    files: tuple[str, ...]
    form: Mapping[str, forms.Answer] = field(repr=False)


class Unfinished(Several):
    """Something is missing or wrong; ``question`` is the page to go back to."""

    @property
    def question(self) -> Question:
        """Return the first question whose answer is wrong."""
        return min((question_of(each.field) for each in self.errors), key=ORDER.index)


def questions(filing: Filing, offer: Offer) -> tuple[Question, ...]:
    """Return the pages of this filing: a category without a form has no page for it."""
    form = offer.forms.get(filing.category)
    has_form = form is not None and bool(form.questions)
    return tuple(each for each in ORDER if each is not Question.FORM or has_form)


def next_question(filing: Filing, offer: Offer) -> Question:
    """Return the first page that was not sent or whose answer is wrong; else the last one."""
    for question in questions(filing, offer):
        if question.value not in filing.seen or problems(filing, question, offer):
            return question
    return Question.CHECK


def problems(filing: Filing, question: Question, offer: Offer) -> tuple[DomainError, ...]:
    """Return what is wrong with the answers on one page, each at its field."""
    wrong: list[DomainError] = []
    for name in FIELDS[question]:
        try:
            PARTS[name](filing, offer)
        except Several as several:
            wrong += several.errors
        except DomainError as error:
            wrong.append(error)
    return tuple(wrong)


def whole(filing: Filing, offer: Offer) -> Complaint:
    """Return the complaint.

    Raises:
        Unfinished: what is wrong, and the page to go back to.
    """
    wrong = [error for each in ORDER for error in problems(filing, each, offer)]
    if wrong:
        raise Unfinished(*wrong)
    return Complaint(
        category=parts.category(filing, offer),
        org_id=parts.body(filing, offer),
        happened=parts.happened(filing, offer),
        wanted=parts.wanted(filing, offer),
        region=parts.region(filing, offer),
        place=parts.place(filing, offer),
        day=parts.day(filing, offer),
        when=parts.when(filing, offer),
        mode=parts.mode(filing, offer),
        name=parts.name(filing, offer),
        email=parts.email(filing, offer),
        phone=parts.phone(filing, offer),
        notices=parts.notices(filing, offer),
        language=parts.language(filing, offer),
        files=parts.files(filing, offer),
        form=parts.form(filing, offer),
    )
