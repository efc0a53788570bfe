"""What stewards say of categories, policies, forms and holidays."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.fields import Fields, needed, one_of, truth, whole
from ckanext.opengov.shared.domain.texts import Texts, check_text
from ckanext.opengov.shared.domain.wording import N_

CODE = re.compile("[a-z0-9][a-z0-9-]{1,59}")
MOST_LABEL, MOST_SOURCE = 120, 500
MOST_POSITION = 9999
MOST_QUESTIONS = 30
YEARS = range(2000, 2100)

PERIODS: Mapping[str, tuple[int, int]] = {
    "ack_days": (1, 60),
    "answer_days": (1, 365),
    "extension_days": (0, 365),
    "again_days": (1, 365),
    "appeal_days": (1, 365),
    "decision_days": (1, 365),
    "reopen_days": (1, 365),
    "pause_days": (0, 90),
    "pause_wait_days": (1, 365),
    "accept_days": (1, 30),
    "retention_days": (30, 36_500),
}
"""Least and most days of each period of a policy."""


class Track(StrEnum):
    """How a complaint is protected."""

    ORDINARY = "ordinary"
    CORRUPTION = "corruption"


class DayType(StrEnum):
    """What a period is counted in."""

    CALENDAR = "calendar"
    WORKING = "working"


class NotACode(DomainError):
    """It stands in addresses and data."""

    code = "not-a-code"
    field = "code"
    template = N_("A code has 2 to 60 characters: small letters a to z, digits and -.")


class CodeTaken(DomainError):
    """Another one is called so."""

    code = "code-taken"
    field = "code"
    template = N_("This code is taken.")


class NotADay(DomainError):
    """Not a day of the calendar."""

    code = "not-a-day"
    field = "day"
    template = N_("Give a day as 2026-05-04.")


class HolidayKnown(DomainError):
    """It is one already."""

    code = "holiday-known"
    field = "day"
    template = N_("This day is in the calendar already.")


class NoSuchCategory(DomainError):
    """None has this id or code."""

    code = "no-such-category"
    field = "parent"
    template = N_("There is no such category.")


class TooDeep(DomainError):
    """People choose a category, then at most one within it."""

    code = "too-deep"
    field = "parent"
    template = N_("Choose a category that is in no other one, and not this one itself.")


class OtherTrack(DomainError):
    """Who chooses a category must know how they are protected."""

    code = "other-track"
    field = "parent"
    template = N_("A category and those in it are protected in the same way.")


class NoSuchPolicy(DomainError):
    """None has this id or code, or it is no longer in use."""

    code = "no-such-policy"
    field = "policy"
    template = N_("There is no such policy in use.")


class PolicyInUse(DomainError):
    """Categories go by it."""

    code = "policy-in-use"
    field = "active"
    template = N_("Categories go by this policy. First give them another one.")


class NotRoutes(DomainError):
    """Not a list of regions and bodies, or one region twice."""

    code = "not-routes"
    field = "routes"
    template = N_("Give each region at most once, and a public body of the network for each.")


class NotQuestions(DomainError):
    """Not a list of questions."""

    code = "not-questions"
    field = "questions"
    template = N_("Give at most {most} questions, each with an id, a kind and a label.")


def read_code(value: object) -> str:
    """Return a code.

    Raises:
        NotACode: it has other signs, or too few or many.
    """
    code = check_text(value, MOST_LABEL)
    if not CODE.fullmatch(code):
        raise NotACode
    return code


def read_day(value: object, field: str = "day") -> date:
    """Return a day of one of the years that a calendar has.

    Raises:
        NotADay: it is none.
    """
    try:
        found = value if isinstance(value, date) else date.fromisoformat(str(value or ""))
    except ValueError as error:
        raise NotADay(field=field) from error
    if found.year not in YEARS:
        raise NotADay(field=field)
    return found


def read_year(value: object) -> int:
    """Return a year that a calendar has.

    Raises:
        OutOfRange: it is none.
    """
    return whole(value, YEARS[0], YEARS[-1])


def read_label(fields: Fields, languages: Collection[str]) -> Texts:
    """Return what something is called, in at least one language."""
    no_texts: Texts = {}
    return fields.take(
        "label_translated", lambda value: needed(value, languages, MOST_LABEL), no_texts
    )


def read_category(values: Mapping[str, object], languages: Collection[str]) -> dict[str, object]:
    """Return what can be changed of a category; all that is wrong is said at once.

    Raises:
        Several: what is wrong, each with its field.
    """
    fields = Fields(values)
    found: dict[str, object] = {
        "labels": read_label(fields, languages),
        "active": fields.take("active", lambda v: True if v is None else truth(v), True),
        "position": fields.take("position", lambda v: whole(v or 0, 0, MOST_POSITION), 0),
    }
    fields.check()
    return found


def read_track(value: object) -> str:
    """Return how the complaints of a category are protected.

    Raises:
        NoSuchChoice: it is none of the tracks.
    """
    return one_of(value, list(Track), "track")


def read_policy(values: Mapping[str, object], languages: Collection[str]) -> dict[str, object]:
    """Return what a policy says; all that is wrong is said at once.

    Raises:
        Several: what is wrong, each with its field.
    """
    fields = Fields(values)
    found: dict[str, object] = {
        "code": fields.take("code", read_code, ""),
        "day_type": fields.take("day_type", lambda v: one_of(v, list(DayType)), ""),
        **read_words(fields, languages),
    }
    for name, (least, most) in PERIODS.items():
        found[name] = fields.take(name, functools.partial(whole, least=least, most=most), 0)
    fields.check()
    return found


def read_words(fields: Fields, languages: Collection[str]) -> dict[str, object]:
    """Return what can be changed of a policy: its name, its sources, whether it is in use."""
    no_sources: dict[str, str] = {}
    return {
        "labels": read_label(fields, languages),
        "source": fields.take("source", _sources, no_sources),
        "active": fields.take("active", lambda v: True if v is None else truth(v), True),
    }


def _sources(value: object) -> dict[str, str]:
    """Return where numbers come from, by field; a number of which nothing is said has no source."""
    given = value if isinstance(value, Mapping) else {}
    found = {str(name): check_text(text, MOST_SOURCE) for name, text in given.items()}
    for name in found:
        one_of(name, list(PERIODS))
    return {name: text for name, text in found.items() if text}


def read_holiday(values: Mapping[str, object], languages: Collection[str]) -> dict[str, object]:
    """Return what is said of a holiday; all that is wrong is said at once.

    Raises:
        Several: what is wrong, each with its field.
    """
    fields = Fields(values)
    found: dict[str, object] = {
        "day": fields.take("day", read_day, date.min),
        "labels": read_label(fields, languages),
        "source": fields.take("source", lambda v: check_text(v or "", MOST_SOURCE), ""),
    }
    fields.check()
    return found


def read_questions(value: object) -> list[dict[str, object]]:
    """Return the questions of a form, as far as they are a list of such.

    Raises:
        NotQuestions: they are none, or too many.
    """
    wrong = NotQuestions(most=MOST_QUESTIONS)
    if not isinstance(value, list) or len(value) > MOST_QUESTIONS:
        raise wrong
    names = set()
    for each in value:
        if not isinstance(each, dict) or not {"id", "kind", "label"} <= set(each):
            raise wrong
        names.add(str(each["id"]))
    if len(names) != len(value):
        raise wrong
    return value
