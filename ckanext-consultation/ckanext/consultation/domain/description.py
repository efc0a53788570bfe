"""What a body says of its consultation, and by which rules it holds it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass

from ckanext.consultation.domain.moderation import Mode
from ckanext.consultation.domain.schedule import Window
from ckanext.opengov.shared.domain import moments
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.fields import Fields, needed, one_of, texts, truth, whole
from ckanext.opengov.shared.domain.texts import Texts, check_text
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
WINDOW = ("opens_at", "closes_at", "response_due_at")


class NotAName(DomainError):
    """It stands in addresses."""

    code = "not-a-name"
    field = "name"
    template = N_(
        "A name in addresses has 2 to 100 characters: small letters a to z, digits, - and _."
    )


class UnknownSetting(DomainError):
    """A rule that no consultation has."""

    code = "unknown-setting"
    field = "settings"
    template = N_("There is no setting {name}.")


@dataclass(frozen=True, slots=True)
class Settings:
    """The rules by which people take part."""

    moderation: str = Mode.HYBRID
    """When comments are read: ``pre``, ``post``, or ``hybrid``, before until trusted."""
    guests: bool = False
    """Whether people without an account take part, confirmed by mail."""
    edit_minutes: int = 15
    """For how long an author may change a comment."""
    appeal_days: int = 15
    """For how long a decision about a comment may be contested."""
    trusted_after: int = 3
    """With ``hybrid``: comments published before the next ones are published at once."""

    @classmethod
    def read(cls, value: object) -> Settings:
        """Return the settings that a caller gave, with the usual ones for the rest.

        Raises:
            DomainError: one is unknown or cannot be.
        """
        given = value if isinstance(value, Mapping) else {}
        usual = cls()
        for name in given:
            if name not in usual.as_dict():
                raise UnknownSetting(name=name)
        return cls(
            one_of(given.get("moderation", usual.moderation), list(Mode)),
            truth(given.get("guests", usual.guests)),
            whole(given.get("edit_minutes", usual.edit_minutes), 0, 24 * 60),
            whole(given.get("appeal_days", usual.appeal_days), 1, 365),
            whole(given.get("trusted_after", usual.trusted_after), 0, 100),
        )

    def as_dict(self) -> dict[str, object]:
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


def read(values: Mapping[str, object], languages: Collection[str]) -> Description:
    """Return what the fields of a consultation say; all that is wrong with them is said at once.

    Raises:
        Several: what is wrong, each with its field.
    """
    fields, no_texts = Fields(values), Texts()
    title = fields.take(
        "title_translated", lambda value: needed(value, languages, MOST_TITLE), no_texts
    )
    titled = [code for code in languages if code in title]
    found = Description(
        name=fields.take("name", _name, ""),
        kind=fields.take("kind", lambda value: one_of(value, KINDS), ""),
        title=title,
        summary=fields.take(
            "summary_translated", lambda v: texts(v, languages, MOST_SUMMARY), no_texts
        ),
        primary_lang=fields.take("primary_lang", lambda value: _first(value, titled), ""),
        window=Window(*(fields.take(name, moments.read, None) for name in WINDOW)),
        settings=fields.take("settings", Settings.read, Settings()),
    )
    fields.check()
    return found


def _first(value: object, titled: Collection[str]) -> str:
    """Return the language that counts; what is wrong with the title is told at the title."""
    return one_of(value or next(iter(titled)), titled) if titled else ""


def _name(value: object) -> str:
    name = check_text(value, 100)
    if not NAME.fullmatch(name):
        raise NotAName
    return name
