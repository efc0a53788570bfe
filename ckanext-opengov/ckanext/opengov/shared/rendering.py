"""What messages say: each kind's own words, rendered when they are read or sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ckan.types import AlchemySession

from ckanext.opengov.shared.leaving import Leave

if TYPE_CHECKING:
    from ckanext.opengov.shared.outbox import Message


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says, in the language that is set."""

    sentence: str
    """What happened; the subject where it has a mail to itself."""
    todo: str = ""
    """What to do next."""
    url: str = ""
    """Where: a whole address in the reader's language."""
    quote: str = ""
    """Somebody's words. The inbox shows them; mail, which anyone on its way can read, does not."""
    leave: Leave | None = None
    """How to get no more of these; None: as of all mails."""
    is_past: bool = False
    """It comes too late to be mailed; the inbox keeps it."""


class Person(Protocol):
    """Someone with an account, or a correspondent."""

    @property
    def id(self) -> str:
        """Return under what they are known."""

    @property
    def display_name(self) -> str:
        """Return how they are called in mail; nothing of correspondents."""

    @property
    def email(self) -> str | None:
        """Return where to write to."""

    @property
    def state(self) -> str:
        """Return ``active``, or else nothing is sent."""


@dataclass(frozen=True, slots=True)
class To:
    """For whom messages are rendered."""

    user: Person
    language: str


Renderer = Callable[[AlchemySession, To, Sequence["Message"]], Sequence[Said | None]]
"""Returns what each message says; None: the reader may not know of its subject any more."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is said in messages of one kind."""

    heading: str
    """Over all of them in a digest; translated there."""
    renderer: Renderer
    is_urgent: bool


KINDS: dict[str, Kind] = {}


def renders(
    headings: Mapping[str, str], *, is_urgent: bool = False
) -> Callable[[Renderer], Renderer]:
    """Register the decorated function as the one that renders these kinds of messages.

    ``headings`` names each kind (mark it with ``N_``). What is urgent, a matter of an
    account's security say, is mailed at once to everyone.
    """

    def register(renderer: Renderer) -> Renderer:
        KINDS.update((name, Kind(text, renderer, is_urgent)) for name, text in headings.items())
        return renderer

    return register


def is_urgent(kind: str) -> bool:
    """Tell whether messages of this kind are mailed at once to everyone."""
    return kind in KINDS and KINDS[kind].is_urgent


def said(session: AlchemySession, to: To, messages: Sequence[Message]) -> list[Said | None]:
    """Return what each message says; each renderer is asked once for all of its own."""
    groups: dict[Renderer, list[Message]] = {}
    for message in messages:
        if message.kind in KINDS:  # Else its plugin is switched off.
            groups.setdefault(KINDS[message.kind].renderer, []).append(message)
    found: dict[str, Said | None] = {}
    for renderer, group in groups.items():
        rendered = zip(group, renderer(session, to, group), strict=True)
        found.update((message.id, words) for message, words in rendered)
    return [found.get(message.id) for message in messages]
