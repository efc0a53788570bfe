"""The kinds of things that people look for in one place; each plugin adds its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ckan.types import Context


@dataclass(frozen=True, slots=True)
class Found:
    """What a search finds of one kind."""

    count: int
    results: Sequence[dict[str, Any]]
    """The best of them, as the kind's own action lists them."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing, and how it is sought and shown."""

    name: str
    title: str
    """In English, marked for translation."""
    find: Callable[[Context, str, int], Found]
    """Look for words, and return at most so many results; whoever asks may see them all."""
    snippet: str
    """The template that shows one result, in the variable ``variable``."""
    variable: str
    listing: str
    """The endpoint of the page with all of them; it takes the words as ``q``."""
    failures: tuple[type[Exception], ...] = ()
    """What ``find`` raises while its index is away."""


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Let people find this kind of thing too. The order of registration is that of the page."""
    _kinds[kind.name] = kind


def registered() -> list[Kind]:
    """Return all kinds, in the order in which people see them."""
    return list(_kinds.values())
