"""What a citizen types while filing, page by page, as it is typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum

from ckanext.complaints.domain import forms
from ckanext.opengov.shared.domain.errors import DomainError, Several
from ckanext.opengov.shared.domain.texts import NoText, TooLong

MOST_SIGNS = 60_000
"""Of one answer that a draft keeps; a longer one is refused before it is stored."""
MOST_IN_LIST = 100
UNKNOWN_BODY = "unknown"
"""The answer "I do not know which public body"."""
FORM_PREFIX = "form-"
"""Before the id of a form's question, where its field stands among the others."""


class Question(StrEnum):
    """What is asked, in this order."""

    ABOUT = "about"
    BODY = "body"
    HAPPENED = "happened"
    WANTED = "wanted"
    WHERE = "where"
    WHEN = "when"
    WHO = "who"
    CONTACT = "contact"
    FILES = "files"
    FORM = "form"
    CHECK = "check"


class Mode(StrEnum):
    """Who learns who files."""

    NAMED = "named"
    """The units that handle the case."""
    CONFIDENTIAL = "confidential"
    """The custodian of identities alone, who opens the name for a reason that is logged."""
    ANONYMOUS = "anonymous"
    """Nobody: no name is taken."""


class Notices(StrEnum):
    """How the citizen hears that there is news; no notice says what."""

    NONE = "none"
    MAIL = "mail"
    SMS = "sms"


@dataclass(frozen=True, slots=True, repr=False)
class Filing:
    """What was typed so far, as it was typed."""

    category: str = ""
    body: str = ""
    """An organization's id, or ``UNKNOWN_BODY``."""
    happened: str = ""
    wanted: str = ""
    region: str = ""
    place: str = ""
    day: str = ""
    """One day, if it was one."""
    when: str = ""
    """In words: "every evening since October"."""
    mode: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    notices: str = ""
    language: str = ""
    files: tuple[str, ...] = ()
    """Ids of files that were sent."""
    form: Mapping[str, object] = field(default_factory=dict)
    """The form's own questions, by their ids."""
    seen: frozenset[str] = frozenset()
    """Questions whose page was sent: most may be left empty."""

    def as_json(self) -> dict[str, object]:
        """Return it as a draft is stored (and sealed)."""
        plain = {name: getattr(self, name) for name in TEXTS}
        return {
            **plain,
            "files": list(self.files),
            "form": dict(self.form),
            "seen": sorted(self.seen),
        }


EMPTY = Filing()
TEXTS = tuple(each.name for each in fields(Filing) if each.name not in {"files", "form", "seen"})

FIELDS: Mapping[Question, tuple[str, ...]] = {
    Question.ABOUT: ("category",),
    Question.BODY: ("body",),
    Question.HAPPENED: ("happened",),
    Question.WANTED: ("wanted",),
    Question.WHERE: ("region", "place"),
    Question.WHEN: ("day", "when"),
    Question.WHO: ("mode", "name"),
    Question.CONTACT: ("email", "phone", "notices", "language"),
    Question.FILES: ("files",),
    Question.FORM: ("form",),
    Question.CHECK: (),
}
"""The fields on each page."""


ORDER = tuple(Question)


def question_of(name: str) -> Question:
    """Return the page on which a field stands."""
    if name.startswith(FORM_PREFIX):
        return Question.FORM
    return next((each for each, names in FIELDS.items() if name in names), Question.CHECK)


def read(given: object) -> Filing:
    """Return a filing from JSON: a stored draft, or what a program sends.

    Raises:
        Several: a value is of the wrong kind, or too large to be looked at.
    """
    if not isinstance(given, Mapping):
        raise Several(NoText())
    return _with(EMPTY, given, (*TEXTS, "files", "form", "seen"))


def answered(filing: Filing, question: Question, given: Mapping[str, object]) -> Filing:
    """Return the filing with what the page of one question sent; what it left out is emptied.

    Answers to a form's questions come as ``form``, or each under ``FORM_PREFIX`` and its id.

    Raises:
        Several: a value is of the wrong kind, or too large to be looked at.
    """
    names = FIELDS[question]
    sent = {name: given.get(name, getattr(EMPTY, name)) for name in names}
    if question is Question.FORM and "form" not in given:
        sent["form"] = {
            name.removeprefix(FORM_PREFIX): value
            for name, value in given.items()
            if name.startswith(FORM_PREFIX)
        }
    return replace(_with(filing, sent, names), seen=filing.seen | {question.value})


def _with(filing: Filing, given: Mapping[str, object], names: tuple[str, ...]) -> Filing:
    wrong: list[DomainError] = []
    values: dict[str, object] = {}
    for name in names:
        if given.get(name) is None:
            continue
        try:
            values[name] = KEPT.get(name, _kept_text)(given[name], name)
        except DomainError as error:
            wrong.append(error)
    if wrong:
        raise Several(*wrong)
    return replace(filing, **values)  # type: ignore[arg-type]  # each by the reader of its kind


def _kept_text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise NoText(field=name)
    if len(value) > MOST_SIGNS:
        raise TooLong(field=name, most=MOST_SIGNS, count=len(value))
    return value


def _kept_list(value: object, name: str) -> tuple[str, ...]:
    each_of = list(value) if isinstance(value, list | tuple) else [value]
    if len(each_of) > MOST_IN_LIST:
        raise TooLong(field=name, most=MOST_IN_LIST, count=len(each_of))
    return tuple(_kept_text(each, name) for each in each_of)


def _kept_words(value: object, name: str) -> frozenset[str]:
    return frozenset(_kept_list(value, name))


def _kept_form(value: object, name: str) -> dict[str, object]:
    if not isinstance(value, Mapping) or len(value) > forms.MOST_QUESTIONS:
        raise NoText(field=name)
    return {_kept_text(key, name): _kept_value(each, name) for key, each in value.items()}


def _kept_value(value: object, name: str) -> object:
    """Return an answer to a form's question: a text, a list of them, a number, yes or no."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list):
        return list(_kept_list(value, name))
    return _kept_text(value, name)


KEPT: Mapping[str, Callable[[object, str], object]] = {
    "files": _kept_list,
    "seen": _kept_words,
    "form": _kept_form,
}
