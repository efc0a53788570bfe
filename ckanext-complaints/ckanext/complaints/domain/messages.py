"""What is written in a case: by whom, when, and who reads it.

Most are sealed under one of the case's two keys: the *talk*, which the citizen opens too, and
the *staff's*, which is the owning unit's alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ckanext.complaints.domain.life import OPEN, Role, State
from ckanext.complaints.domain.reading import text_of
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError, NotPermitted
from ckanext.opengov.shared.domain.wording import N_

MOST_IN_MESSAGE = 5000
MOST_IN_ANSWER = 20_000
MOST_IN_NOTE = 5000
MOST_IN_REASON = 2000


class Kind(StrEnum):
    """What a text in a case is."""

    COMPLAINT = "complaint"
    """What was filed."""
    REPLY = "reply"
    """From the citizen: a reply to a question, or something to add."""
    MESSAGE = "message"
    """From the unit; the first one acknowledges the case."""
    QUESTION = "question"
    """From the unit; it stops the clock."""
    EXTENSION = "extension"
    """Why the answer takes longer."""
    ANSWER = "answer"
    APPEAL = "appeal"
    """From the citizen: why the answer, or the silence, is not accepted."""
    DECISION = "decision"
    """On an appeal."""
    NOTE = "note"
    """Among staff."""
    REFERRAL = "referral"
    """Why another unit is asked, or why it refuses."""


class Reader(StrEnum):
    """Who opens a text."""

    TALK = "talk"
    """The citizen, the unit, and the units that work on the case jointly."""
    STAFF = "staff"
    """The owning unit alone."""
    UNITS = "units"
    """The two units of a referral: sealed apart, as the other one cannot open the case yet."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: who writes a kind of text, in which states, who reads it, how long it may be."""

    roles: frozenset[Role]
    states: frozenset[State]
    reader: Reader
    most: int
    least: int = 1


CITIZENS = frozenset({Role.CITIZEN})
WORKERS, LEADS = frozenset({Role.HANDLER, Role.LEAD}), frozenset({Role.LEAD})
STAFF = WORKERS | {Role.CLERK}
APPEALS = frozenset({Role.APPEALS})
AT_WORK = frozenset({State.REGISTERED, State.IN_PROGRESS, State.WAITING_CITIZEN})
TALKING = OPEN | {State.ANSWERED, State.APPEALED}
"""The citizen is heard as long as something can still become of the case."""

RULES: Mapping[Kind, Rule] = {
    Kind.COMPLAINT: Rule(
        frozenset({Role.CITIZEN, Role.CLERK}), frozenset({State.RECEIVED}), Reader.TALK, 5000, 10
    ),
    Kind.REPLY: Rule(CITIZENS, TALKING, Reader.TALK, MOST_IN_MESSAGE),
    Kind.MESSAGE: Rule(STAFF | APPEALS, TALKING - {State.RECEIVED}, Reader.TALK, MOST_IN_MESSAGE),
    Kind.QUESTION: Rule(WORKERS, frozenset({State.IN_PROGRESS}), Reader.TALK, MOST_IN_MESSAGE),
    Kind.EXTENSION: Rule(LEADS, AT_WORK, Reader.TALK, MOST_IN_REASON),
    Kind.ANSWER: Rule(WORKERS, frozenset({State.IN_PROGRESS}), Reader.TALK, MOST_IN_ANSWER, 10),
    Kind.APPEAL: Rule(
        CITIZENS,
        OPEN | {State.ANSWERED, State.CLOSED},
        Reader.TALK,
        MOST_IN_MESSAGE,
        # One click appeals: nobody has to find words for it.
        0,
    ),
    Kind.DECISION: Rule(APPEALS, frozenset({State.APPEALED}), Reader.TALK, MOST_IN_ANSWER, 10),
    Kind.NOTE: Rule(STAFF, frozenset(State) - {State.PURGED}, Reader.STAFF, MOST_IN_NOTE),
    Kind.REFERRAL: Rule(WORKERS | {Role.RECEIVER}, AT_WORK, Reader.UNITS, MOST_IN_REASON),
}


class NoWritingNow(DomainError):
    """Nobody would read it, or act on it."""

    code = "no-writing-now"
    template = N_("This cannot be written in this complaint now.")


def check_may_write(kind: Kind, actor: Actor, state: State) -> Rule:
    """Return the rule of the kind.

    Raises:
        NotPermitted: the actor has none of the roles.
        NoWritingNow: not in this state.
    """
    rule = RULES[kind]
    if rule.roles.isdisjoint(actor.roles):
        raise NotPermitted
    if state not in rule.states:
        raise NoWritingNow
    return rule


def message_text(kind: Kind, text: object, field: str = "text") -> str:
    """Return a text as it is sealed: cleaned, within the lengths of its kind; see ``text_of``."""
    rule = RULES[kind]
    return text_of(text, rule.least, rule.most, field)
