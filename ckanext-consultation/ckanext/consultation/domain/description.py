"""What a body says of its consultation, and by which rules it holds it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from ckanext.consultation.domain.schedule import Window
from ckanext.opengov.shared.domain import moments
from ckanext.opengov.shared.domain.errors import DomainError, Several
from ckanext.opengov.shared.domain.texts import TextNeeded, Texts, check_text, check_texts
from ckanext.opengov.shared.domain.wording import N_

KINDS = {
    "law": N_("Draft law"),
    "regulation": N_("Draft decree or order"),
    "plan": N_("Plan or strategy"),
    "budget": N_("Budget"),
    "policy": N_("Public policy"),
    "other": N_("Other"),
}
NAME = re.compile("[a-z0-9_-]{2,100}")
MOST_TITLE, MOST_SUMMARY = 300, 20_000


class NoSuchChoice(DomainError):
    """Not one of the list."""

    code = "unknown-choice"
    template = N_("Choose one of: {choices}.")


class NotAName(DomainError):
    """It stands in addresses."""

    code = "not-a-name"
    field = "name"
    template = N_(
        "A name in addresses has 2 to 100 characters: small letters a to z, digits, - and _."
    )


class OutOfRange(DomainError):
    """A number that is none, or too small or large."""

    code = "out-of-range"
    template = N_("Give a whole number from {least} to {most}.")


class NotTrueOrFalse(DomainError):
    """Neither yes nor no."""

    code = "not-true-or-false"
    template = N_("Say true or false.")


class UnknownSetting(DomainError):
    """A rule that no consultation has."""

    code = "unknown-setting"
    field = "settings"
    template = N_("There is no setting {name}.")


@dataclass(frozen=True, slots=True)
class Settings:
    """The rules by which people take part."""

    moderation: str = "mixed"
    """``before`` or ``after`` publication, or ``mixed`` by trust."""
    guests: bool = False
    """Whether people without an account take part, confirmed by mail."""
    edit_minutes: int = 15
    """For how long an author may change a comment."""
    appeal_days: int = 15
    """For how long a decision about a comment may be contested."""
    trusted_after: int = 3
    """With ``mixed``: comments approved before the next ones are published at once."""

    @classmethod
    def read(cls, value: object) -> Settings:
        """Return the settings that a caller gave, with the usual ones for the rest.

        Raises:
            DomainError: one is unknown or cannot be.
        """
        given = dict(value) if isinstance(value, Mapping) else {}
        known = {each.name for each in fields(cls)}
        for name in given:
            if name not in known:
                raise UnknownSetting(name=name)
        return cls(**{name: _SETTINGS[name](each) for name, each in given.items()})

    def as_dict(self) -> dict[str, Any]:
        """Return them as they are stored."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Description:
    """What a body says of its consultation."""

    name: str
    kind: str
    title: Texts
    summary: Texts
    primary_lang: str
    window: Window
    settings: Settings


def read(values: Mapping[str, Any], languages: Collection[str]) -> Description:
    """Return what the fields of a consultation say; all that is wrong with them is said at once.

    Raises:
        Several: what is wrong, each with its field.
    """
    wrong: list[DomainError] = []
    take = _taker(values, wrong)
    title = take("title_translated", lambda value: _title(value, languages)) or {}
    summary = take("summary_translated", lambda v: check_texts(v or {}, languages, MOST_SUMMARY))
    first = next((code for code in languages if title.get(code)), "")
    offered = [code for code in languages if title.get(code)]
    found = Description(
        name=take("name", _name),
        kind=take("kind", lambda value: one_of(value, KINDS)),
        title=title,
        summary=summary,
        primary_lang=take("primary_lang", lambda v: one_of(v or first, offered)) if title else "",
        window=Window(*(take(name, moments.read) for name in WINDOW)),
        settings=take("settings", Settings.read),
    )
    if wrong:
        raise Several(*wrong)
    return found


WINDOW = ("opens_at", "closes_at", "response_due_at")


def _taker(
    values: Mapping[str, Any], wrong: list[DomainError]
) -> Callable[[str, Callable[[Any], Any]], Any]:
    """Return a function that reads one field, and notes what is wrong with it."""

    def take(name: str, check: Callable[[Any], Any]) -> Any:
        try:
            return check(values.get(name))
        except DomainError as error:
            error.field = name
            wrong.append(error)
            return None

    return take


def _title(value: object, languages: Collection[str]) -> Texts:
    texts = {code: text for code, text in check_texts(value, languages, MOST_TITLE).items() if text}
    if not texts:
        raise TextNeeded
    return texts


def _name(value: object) -> str:
    name = check_text(value, 100)
    if not NAME.fullmatch(name):
        raise NotAName
    return name


def one_of(value: object, choices: Collection[str]) -> str:
    """Return the choice.

    Raises:
        NoSuchChoice: it is not one of them.
    """
    if not isinstance(value, str) or value not in choices:
        raise NoSuchChoice(choices=", ".join(choices))
    return value


def _whole(least: int, most: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        text = str(value)
        is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
        if not is_number or not least <= int(text) <= most:
            raise OutOfRange(least=least, most=most)
        return int(text)

    return check


def _truth(value: object) -> bool:
    if isinstance(value, str) and value in ("true", "false", ""):
        return value == "true"
    if not isinstance(value, bool):
        raise NotTrueOrFalse
    return value


MODERATION = ("before", "after", "mixed")
_SETTINGS: dict[str, Callable[[Any], Any]] = {
    "moderation": lambda value: one_of(value, MODERATION),
    "guests": _truth,
    "edit_minutes": _whole(0, 24 * 60),
    "appeal_days": _whole(1, 365),
    "trusted_after": _whole(0, 100),
}
