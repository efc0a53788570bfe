"""The questions that a category asks besides: how a form is written, and what may be answered.

A form is JSON, ``{"version": 1, "questions": [{"id", "kind", "label": {"ar", "fr", "en"}, …}]}``,
and never changes once cases were filed with it: a change is another version.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from ckanext.complaints.domain.reading import day_of, line_of, number_of, text_of
from ckanext.opengov.shared.domain.errors import DomainError, Several
from ckanext.opengov.shared.domain.texts import NoText, Texts, check_text
from ckanext.opengov.shared.domain.wording import N_

VERSION = 1
MOST_QUESTIONS = 30
MOST_CHOICES = 50
MOST_IN_LABEL = 300
MOST_IN_HELP = 1000
MOST_IN_TEXT = 500
MOST_IN_LONG_TEXT = 5000
MOST_IN_PLACE = 300
LARGEST = 10**15
LANGUAGES = ("ar", "fr", "en")
CODE = re.compile(r"[a-z][a-z0-9-]{0,39}")


class Kind(StrEnum):
    """What is asked for."""

    TEXT = "text"
    LONG_TEXT = "long-text"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes-no"
    NUMBER = "number"
    DATE = "date"
    PLACE = "place"


WITH_CHOICES = frozenset({Kind.CHOICE, Kind.CHOICES})
MOST = {
    Kind.TEXT: MOST_IN_TEXT,
    Kind.LONG_TEXT: MOST_IN_LONG_TEXT,
    Kind.PLACE: MOST_IN_PLACE,
    Kind.NUMBER: LARGEST,
}
"""Kinds that have limits, and the largest: of characters, or of the number itself."""
KEYS = frozenset({"id", "kind", "label", "help", "required", "choices", "least", "most"})


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers that are offered."""

    code: str
    label: Texts


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a form."""

    id: str
    kind: Kind
    label: Texts
    help: Texts
    is_required: bool = False
    choices: tuple[Choice, ...] = ()
    least: int | None = None
    """Of characters, or the smallest number."""
    most: int | None = None

    def as_json(self) -> dict[str, object]:
        """Return it as it is stored."""
        choices = [{"code": each.code, "label": each.label} for each in self.choices]
        return {
            "id": self.id,
            "kind": self.kind.value,
            "label": self.label,
            "required": self.is_required,
            **({"help": self.help} if self.help else {}),
            **({"choices": choices} if choices else {}),
            **({} if self.least is None else {"least": self.least}),
            **({} if self.most is None else {"most": self.most}),
        }


@dataclass(frozen=True, slots=True)
class Form:
    """The questions of a category, in their order."""

    questions: tuple[Question, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return it as it is stored."""
        return {"version": VERSION, "questions": [each.as_json() for each in self.questions]}


class NoForm(DomainError):
    """Something else stands where a form belongs."""

    code = "no-form"
    field = "schema"
    template = N_("A form is an object with a list of at most {most} questions.")


class QuestionWrong(DomainError):
    """One question cannot be asked like this."""

    code = "question-wrong"
    field = "schema"


class NoQuestion(QuestionWrong):
    """It is no object, or says what no question says."""

    code = "no-question"
    template = N_("Question {number}: it is an object with these keys: {keys}.")


class QuestionIdNeeded(QuestionWrong):
    """Answers are stored under it."""

    code = "question-id"
    template = N_(
        "Question {number}: give it an id of its own, of small letters, digits and hyphens."
    )


class UnknownKind(QuestionWrong):
    """There are eight kinds."""

    code = "unknown-kind"
    template = N_("Question {number}: choose one of these kinds: {choices}.")


class LabelNeeded(QuestionWrong):
    """Who cannot read a question cannot answer it."""

    code = "label-needed"
    template = N_("Question {number}: give each text in all languages: {languages}.")


class ChoicesNeeded(QuestionWrong):
    """Nothing could be chosen, or one thing twice."""

    code = "choices-needed"
    template = N_("Question {number}: give it 2 to {most} choices, each with a code of its own.")


class LimitsWrong(QuestionWrong):
    """No answer would fit."""

    code = "limits-wrong"
    template = N_("Question {number}: these limits do not fit together, or not this kind.")


class AnswerNeeded(DomainError):
    """The unit cannot work without."""

    code = "required"
    template = N_("Answer this question.")


class UnknownChoice(DomainError):
    """It is not offered."""

    code = "unknown-choice"
    template = N_("Choose one of the answers that are offered here.")


class NumberOutOfRange(DomainError):
    """It is larger or smaller than asked for."""

    code = "out-of-range"
    template = N_("Write a number from {least} to {most}.")


def checked(form: object, languages: Sequence[str] = LANGUAGES) -> Form:
    """Return a form that people can answer, in whatever language they read.

    Raises:
        Several: what is wrong with it, by the number of the question.
    """
    if not isinstance(form, Mapping) or form.get("version", VERSION) != VERSION:
        raise Several(NoForm(most=MOST_QUESTIONS))
    given = form.get("questions")
    if not isinstance(given, list) or len(given) > MOST_QUESTIONS:
        raise Several(NoForm(most=MOST_QUESTIONS))
    wrong: list[DomainError] = []
    questions: list[Question] = []
    for number, each in enumerate(given, start=1):
        try:
            questions.append(_question(each, number, languages))
        except QuestionWrong as error:
            wrong.append(error)
    wrong += _twice(questions)
    if wrong:
        raise Several(*wrong)
    return Form(tuple(questions))


def _twice(questions: Sequence[Question]) -> list[DomainError]:
    ids = [each.id for each in questions]
    return [QuestionIdNeeded(number=at + 1) for at, each in enumerate(ids) if each in ids[:at]]


def _question(given: object, number: int, languages: Sequence[str]) -> Question:
    if not isinstance(given, Mapping) or not set(given) <= KEYS:
        raise NoQuestion(number=number, keys=", ".join(sorted(KEYS)))
    name, kind, required = given.get("id"), given.get("kind"), given.get("required", False)
    if not _is_code(name):
        raise QuestionIdNeeded(number=number)
    if not isinstance(kind, str) or kind not in list(Kind):
        raise UnknownKind(number=number, choices=", ".join(Kind))
    if not isinstance(required, bool):
        raise NoQuestion(number=number, keys=", ".join(sorted(KEYS)))
    hint = given.get("help")
    return Question(
        id=str(name),
        kind=Kind(kind),
        label=_label(given.get("label"), MOST_IN_LABEL, number, languages),
        help=_label(hint, MOST_IN_HELP, number, languages) if hint else {},
        is_required=required,
        choices=_choices(given.get("choices"), Kind(kind), number, languages),
        **_limits(given, Kind(kind), number),
    )


def _is_code(value: object) -> bool:
    return isinstance(value, str) and CODE.fullmatch(value) is not None


def _label(given: object, most: int, number: int, languages: Sequence[str]) -> Texts:
    error = LabelNeeded(number=number, languages=", ".join(languages))
    if not isinstance(given, Mapping) or set(given) != set(languages):
        raise error
    try:
        texts = {language: check_text(given[language], most) for language in languages}
    except DomainError:
        raise error from None
    if not all(texts.values()):
        raise error
    return texts


def _choices(
    given: object, kind: Kind, number: int, languages: Sequence[str]
) -> tuple[Choice, ...]:
    if kind not in WITH_CHOICES and given is None:
        return ()
    error = ChoicesNeeded(number=number, most=MOST_CHOICES)
    is_list = isinstance(given, list) and all(isinstance(each, Mapping) for each in given)
    if kind not in WITH_CHOICES or not isinstance(given, list) or not is_list:
        raise error
    codes = [each.get("code") for each in given]
    if not 2 <= len(codes) <= MOST_CHOICES or not all(map(_is_code, codes)):  # noqa: PLR2004 - said in the wording
        raise error
    if len(set(codes)) < len(codes):
        raise error
    return tuple(
        Choice(each["code"], _label(each.get("label"), MOST_IN_LABEL, number, languages))
        for each in given
    )


def _limits(given: Mapping[str, object], kind: Kind, number: int) -> dict[str, int | None]:
    limits = {name: given.get(name) for name in ("least", "most")}
    wanted: dict[str, int | None] = {
        name: value
        for name, value in limits.items()
        if value is None or (isinstance(value, int) and not isinstance(value, bool))
    }
    largest = MOST.get(kind, 0)
    smallest = -LARGEST if kind is Kind.NUMBER else 0
    numbers = [each for each in wanted.values() if each is not None]
    is_within = all(smallest <= each <= largest for each in numbers)
    if len(wanted) < len(limits) or not is_within or numbers != sorted(numbers):
        raise LimitsWrong(number=number)
    if numbers and kind not in MOST:
        raise LimitsWrong(number=number)
    return wanted


Answer = str | bool | list[str]


def answers(form: Form, given: Mapping[str, object]) -> dict[str, Answer]:
    """Return what was answered, cleaned, by the questions' ids; what is left out is absent.

    Texts are cleaned, numbers and days are texts in one notation, choices are codes.

    Raises:
        Several: what is wrong, each at the id of its question.
    """
    wrong: list[DomainError] = []
    found: dict[str, Answer] = {}
    for question in form.questions:
        value = given.get(question.id)
        try:
            if not _is_empty(value):
                found[question.id] = READERS[question.kind](question, value)
            elif question.is_required:
                raise AnswerNeeded(field=question.id)
        except DomainError as error:
            wrong.append(error)
    if wrong:
        raise Several(*wrong)
    return found


def _is_empty(value: object) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _plain(question: Question, value: object) -> str:
    """Return a text as it is sent; numbers come as such from programs."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise NoText(field=question.id)
    return value


def _lengths(question: Question) -> tuple[int, int]:
    # Who writes at all says something: an answer that need not be given may still be too short.
    return max(question.least or 0, 1), question.most or MOST[question.kind]


def _text(question: Question, value: object) -> str:
    return text_of(value, *_lengths(question), question.id)


def _line(question: Question, value: object) -> str:
    return line_of(value, *_lengths(question), question.id)


def _choice(question: Question, value: object) -> str:
    if not isinstance(value, str) or value not in {each.code for each in question.choices}:
        raise UnknownChoice(field=question.id)
    return value


def _several(question: Question, value: object) -> list[str]:
    chosen = [value] if isinstance(value, str) else value
    if not isinstance(chosen, list) or len(chosen) > MOST_CHOICES:
        raise UnknownChoice(field=question.id)
    codes = {_choice(question, each) for each in chosen}
    return [each.code for each in question.choices if each.code in codes]


def _yes_no(question: Question, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value not in ("yes", "no"):
        raise UnknownChoice(field=question.id)
    return value == "yes"


def _number(question: Question, value: object) -> str:
    number = number_of(_plain(question, value), question.id)
    least = -LARGEST if question.least is None else question.least
    most = LARGEST if question.most is None else question.most
    if not least <= number <= most:
        raise NumberOutOfRange(field=question.id, least=least, most=most)
    return format(number.normalize() if number else Decimal(0), "f")


def _day(question: Question, value: object) -> str:
    return day_of(_plain(question, value), question.id).isoformat()


READERS: Mapping[Kind, Callable[[Question, object], Answer]] = {
    Kind.TEXT: _line,
    Kind.LONG_TEXT: _text,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _several,
    Kind.YES_NO: _yes_no,
    Kind.NUMBER: _number,
    Kind.DATE: _day,
    Kind.PLACE: _line,
}
