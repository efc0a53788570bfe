"""Standing approvals: a body's editors add rows to a published table without a review of each.

An editor asks, another person who reviews gives it for a time, and either side ends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ckanext.opengov.domain.publication import ReasonNeeded, Role
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.lifecycle import Table, Transition
from ckanext.opengov.shared.domain.wording import N_

MOST_RECORDS = 5000
"""In one call."""
MOST_A_DAY = 1_000_000
LONGEST = timedelta(days=365)
MAX_REASON = 2000
OPERATOR = "operator"
"""Somebody who acts for the site, and is no member of the body."""
SUITE = "suite"
"""The site itself: the day has come, or what was approved is no longer there."""


class State(StrEnum):
    """Where a standing approval stands."""

    REQUESTED = "requested"
    GRANTED = "granted"
    DECLINED = "declined"
    ENDED = "ended"


OPEN = (State.REQUESTED, State.GRANTED)


class Step(StrEnum):
    """What someone does to it."""

    GRANT = "grant"
    DECLINE = "decline"
    USE = "use"
    END = "end"


class Mode(StrEnum):
    """What may be done to the table."""

    APPEND = "append"
    UPSERT = "upsert"
    """Replace the rows that have the same key, and add the others; appending is part of it."""


class End(StrEnum):
    """Why an approval ended."""

    PERSON = "person"
    """Somebody ended it; they say why."""
    DAY = "day-passed"
    WITHDRAWN = "dataset-withdrawn"
    SCHEMA = "schema-changed"
    KEY = "key-changed"
    FILE = "file-replaced"
    BROKEN = "file-broken"
    """The file that its rows made was refused by the check."""


ENDS = {
    End.PERSON: N_("Somebody ended it."),
    End.DAY: N_("Its last day has passed."),
    End.WITHDRAWN: N_("The dataset was withdrawn."),
    End.SCHEMA: N_("The schema of the file changed."),
    End.KEY: N_("The key of the table changed."),
    End.FILE: N_("The file was replaced or removed."),
    End.BROKEN: N_("The check refused the file that its rows made."),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards look at."""

    today: date
    """The local day."""
    barred: frozenset[str] = frozenset()
    """Who asked, and whoever owes them their role."""
    one_person_body: bool = False
    reason: str = ""
    until: date | None = None
    """The last day on which it holds."""
    mode: str = ""
    wanted: str = ""
    """What a call does: one of the modes."""
    rows: int = 0
    """In this call."""
    rows_today: int = 0
    """Before this call."""
    most_rows: int = 0
    most_rows_a_day: int = 0


class AnotherPersonNeeded(DomainError):
    """Nobody approves what they asked for."""

    code = "second-person-needed"
    template = N_(
        "A standing approval is given by someone who did not ask for it,"
        " and who was not made a member by whoever did."
    )


class WrongDay(DomainError):
    """It holds for a time, and not for ever."""

    code = "wrong-day"
    field = "until"
    template = N_("Choose a last day from today to {latest}.")


class Expired(DomainError):
    """Its last day has passed."""

    code = "approval-expired"
    template = N_("The standing approval held until {until}. Ask for a new one.")


class OnlyAppends(DomainError):
    """It allows new rows alone."""

    code = "only-append"
    field = "method"
    template = N_("The standing approval allows only to add rows (append).")


class TooManyRows(DomainError):
    """More than was approved in one call."""

    code = "too-many-records"
    field = "records"
    template = N_("Send from 1 to {most} records in one call.")


class DayIsFull(DomainError):
    """More than was approved in one day."""

    code = "day-is-full"
    field = "records"
    template = N_("The standing approval allows {most} rows a day, and {used} came today.")


class NoStandingApproval(DomainError):
    """Without one, a change is a revision."""

    code = "no-standing-approval"
    template = N_(
        "Rows are added to this table by a standing approval (opengov_standing_request),"
        " or by a reviewed revision (opengov_revision_create)."
    )


class AlreadyOpen(DomainError):
    """There is one for this file."""

    code = "already-open"
    template = N_("This file has a standing approval, or somebody asked for one.")


class NotFitting(DomainError):
    """The file is none that rows can be added to; the detail says why."""

    code = "not-fitting"
    field = "resource_id"
    template = N_("Rows can be added to a published CSV file that was checked under a schema.")


class KeyNeeded(DomainError):
    """Without a key nobody knows which row a record replaces."""

    code = "key-needed"
    field = "mode"
    template = N_("To replace rows by their key, the schema must name it (primaryKey).")


class ForeignKeys(DomainError):
    """Single rows cannot be held against other tables."""

    code = "foreign-keys"
    field = "resource_id"
    template = N_("Tables whose rows refer to other tables (foreignKeys) change by revision alone.")


class RulesOfTheTable(DomainError):
    """Single rows cannot be held against what is asked of all together."""

    code = "rules-of-the-table"
    field = "resource_id"
    template = N_(
        "A rule of the schema is about all rows together (such as table-dimensions):"
        " rows are added by revision alone."
    )


class UnknownMode(DomainError):
    """Neither append nor upsert."""

    code = "unknown-mode"
    field = "mode"
    template = N_("Choose append or upsert.")


class NotANumberOfRows(DomainError):
    """A limit is a whole number."""

    code = "not-a-number-of-rows"
    template = N_("Give a whole number from 1 to {most}.")


class ReasonTooLong(DomainError):
    """People read it."""

    code = "too-long"
    field = "reason"
    template = N_("Write at most {most} characters.")


def by_another_person(actor: Actor, facts: Facts) -> None:
    """Refuse who asked, and those who owe them their role."""
    if actor.user_id in facts.barred and not facts.one_person_body:
        raise AnotherPersonNeeded


def until_a_day_within_a_year(_actor: Actor, facts: Facts) -> None:
    """Refuse what has passed, and what would hold for years."""
    latest = facts.today + LONGEST
    if facts.until is None or not facts.today <= facts.until <= latest:
        raise WrongDay(latest=latest.isoformat())


def with_a_reason(_actor: Actor, facts: Facts) -> None:
    """Refuse silence."""
    if not facts.reason.strip():
        raise ReasonNeeded


def while_it_holds(_actor: Actor, facts: Facts) -> None:
    """Refuse what comes after its last day."""
    if facts.until is None or facts.until < facts.today:
        raise Expired(until=facts.until)


def as_was_approved(_actor: Actor, facts: Facts) -> None:
    """Refuse another way, and more rows in the call or the day."""
    if facts.wanted not in (facts.mode, Mode.APPEND):
        raise OnlyAppends
    if not 0 < facts.rows <= facts.most_rows:
        raise TooManyRows(most=facts.most_rows)
    if facts.rows_today + facts.rows > facts.most_rows_a_day:
        raise DayIsFull(most=facts.most_rows_a_day, used=facts.rows_today)


AUTHORS, REVIEWERS = frozenset({Role.AUTHOR}), frozenset({Role.REVIEWER})
EITHER_SIDE = frozenset({Role.AUTHOR, Role.REVIEWER, OPERATOR, SUITE})

TRANSITIONS: Table[State, Step, Facts] = {
    (State.REQUESTED, Step.GRANT): Transition(
        State.GRANTED, REVIEWERS, (by_another_person, until_a_day_within_a_year)
    ),
    (State.REQUESTED, Step.DECLINE): Transition(State.DECLINED, REVIEWERS, (with_a_reason,)),
    (State.REQUESTED, Step.END): Transition(State.ENDED, EITHER_SIDE, (with_a_reason,)),
    (State.GRANTED, Step.USE): Transition(
        State.GRANTED, AUTHORS, (while_it_holds, as_was_approved)
    ),
    (State.GRANTED, Step.END): Transition(State.ENDED, EITHER_SIDE, (with_a_reason,)),
}


def check_terms(
    schema: Mapping[str, object] | None, mode: Mode, *, is_about_the_table: bool = False
) -> None:
    """Refuse what no row can be held against, or found by.

    ``is_about_the_table``: a rule of the schema is about all rows together.

    Raises:
        DomainError: the table has no schema, no key where one is needed, such a rule, or
            foreign keys.
    """
    if not schema:
        raise NotFitting
    if schema.get("foreignKeys"):
        raise ForeignKeys
    if is_about_the_table:
        raise RulesOfTheTable
    if mode is Mode.UPSERT and not key_of(schema):
        raise KeyNeeded


def key_of(schema: Mapping[str, object]) -> list[str]:
    """Return the names of the key's columns."""
    found = schema.get("primaryKey") or []
    return [found] if isinstance(found, str) else [str(name) for name in found]  # type: ignore[attr-defined]


def mode_of(text: object, field: str = "mode") -> Mode:
    """Return the mode that this names.

    Raises:
        UnknownMode: it names none.
    """
    try:
        return Mode(str(text))
    except ValueError as error:
        raise UnknownMode(field=field) from error


def rows_of(text: object, field: str, most: int) -> int:
    """Return a number of rows from 1 to ``most``.

    Raises:
        NotANumberOfRows: it is something else.
    """
    written = str(text)
    if not (written.isascii() and written.isdigit() and len(written) <= len(str(most))):
        raise NotANumberOfRows(field=field, most=most)
    if not 0 < int(written) <= most:
        raise NotANumberOfRows(field=field, most=most)
    return int(written)


def change_of(
    before: Mapping[str, object] | None, after: Mapping[str, object] | None
) -> End | None:
    """Return why an approval ends when a file's schema becomes another; None: it does not."""
    if before == after:
        return None
    return End.KEY if key_of(before or {}) != key_of(after or {}) else End.SCHEMA
