"""Where people come to a plugin's pages: the doors, a body's page, the dashboard, the sitemap.

Each plugin adds its own when it is loaded, so that no page leads to what is switched off. The
order of registration is that of the pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ckan.types import AlchemySession


@dataclass(frozen=True, slots=True)
class Door:
    """One of the few ways in: in the header, the footer and on the home page."""

    name: str
    title: str
    """In English, marked for translation; likewise below."""
    text: str
    endpoint: str
    icon: str
    blueprints: tuple[str, ...]
    """Whose pages lie behind it."""
    fact: Callable[[], str]
    """What is new behind it, in the reader's language."""
    news: str = ""
    """The template of its block on the home page."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What a body's page tells of it: a number, and where to see what is counted."""

    label: str
    number: int
    url: str


@dataclass(frozen=True, slots=True)
class BodyPage:
    """A page about one body, beside that of its data; its address takes the body as ``id``."""

    title: str
    endpoint: str
    facts: Callable[[str], list[Fact]]
    """For the id of a body."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A page of the dashboard."""

    title: str
    endpoint: str
    is_for: Callable[[str], sa.ColumnElement[bool]]
    """Returns the condition that the person with this id has work there."""
    is_own: bool = False
    """Whether it is about what they do for themselves, and not for a body."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where datasets come from that a plugin made: their pages lead there."""

    name: str
    title: str
    """In English, marked for translation."""
    find: Callable[[str], tuple[str, str] | None]
    """For the id of a dataset: what it comes from, in the reader's language, and its address."""


Listed = tuple[str, dict[str, str], str | None]
"""An endpoint, what its address takes, and when the page last changed."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the sitemap: public pages, best those first that change."""

    name: str
    pages: Callable[[], Iterator[Listed]]


Place = Door | BodyPage | Desk | Origin | Part

_places: dict[tuple[type[Place], str], Place] = {}


def register(*places: Place) -> None:
    """Let people find these."""
    for each in places:
        name = each.name if isinstance(each, Door | Origin | Part) else each.endpoint
        _places[type(each), name] = each


def registered(kind: type[Any]) -> list[Any]:
    """Return all places of a kind, in their order."""
    return [each for each in _places.values() if isinstance(each, kind)]


def desks_of(session: AlchemySession, user_id: str) -> list[Desk]:
    """Return the desks at which somebody has work: one statement for all."""
    found = registered(Desk)
    if not found:
        return []
    asked = sa.select(*(each.is_for(user_id).label(f"desk_{n}") for n, each in enumerate(found)))
    answers = session.execute(asked).one()
    return [each for each, is_for in zip(found, answers, strict=True) if is_for]
