"""Rows added to a published table through the API, by a standing approval."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from psycopg2 import DataError
from psycopg2.errorcodes import LOCK_NOT_AVAILABLE, PROGRAM_LIMIT_EXCEEDED
from psycopg2.errors import lookup
from sqlalchemy.exc import OperationalError

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.lib import uploader
from ckan.types import AlchemySession, Context, DataDict

from ckanext.opengov import storage
from ckanext.opengov.domain import standing as rules
from ckanext.opengov.domain.publication import State
from ckanext.opengov.domain.standing import End, Step
from ckanext.opengov.logic import standing as steps
from ckanext.opengov.logic import upserting
from ckanext.opengov.logic.steps import actor_of, package_of, state_of
from ckanext.opengov.logic.upserting import Served
from ckanext.opengov.model import publication, revisions, standing, upserts
from ckanext.opengov.model.standing import Standing
from ckanext.opengov.model.upserts import Batch, Incoming, Outcome
from ckanext.opengov.shared import audit
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.lifecycle import advance
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.domain.texts import is_storable
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action
from ckanext.opengov.shared.limits import Limit
from ckanext.opengov.validation import records as rows_of_records
from ckanext.opengov.validation.report import Kept, KeptFinding, Severity, written_finding

__all__ = ["opengov_table_upsert"]

MAX_BYTES = 5_000_000
MAX_TOKEN = 100
CALLS = Limit("upsert", 60, timedelta(minutes=1))
"""For each person and table."""
MOST_FINDINGS = 200

LockNotAvailable = lookup(LOCK_NOT_AVAILABLE)
ProgramLimitExceeded = lookup(PROGRAM_LIMIT_EXCEEDED)


class NotRecords(DomainError):
    """Something else than a list of objects."""

    code = "not-records"
    field = "records"
    template = N_("Send a list of records, each an object with a value by column.")


class RecordsTooLarge(DomainError):
    """More bytes than one call takes."""

    code = "too-large"
    field = "records"
    template = N_("Send at most {most} MB in one call.")


class FileFull(DomainError):
    """The site takes no larger file."""

    code = "file-full"
    template = N_("With these records the file would be larger than {most} MB.")


class UnknownColumn(DomainError):
    """A record has what the table has not."""

    code = "unknown-field"
    field = "records"
    template = N_("Record {row} has a field that the table has not: {name}.")


class NoText(DomainError):
    """Characters that no file holds."""

    code = "not-text"
    field = "records"
    template = N_("A value has characters that no text holds (a NUL, or half of a character).")


class NotExact(DomainError):
    """JSON's numbers have an end."""

    code = "not-exact"
    field = "records"
    template = N_(
        "Record {row}: send the number in “{name}” as a text. Numbers of JSON keep {most} digits,"
        " and know no infinity."
    )


class RowsLost(DomainError):
    """An earlier answer no longer holds."""

    code = "rows-lost"
    template = N_(
        "The rows of this call are in no file, and no longer in the table: {why} Send them again"
        " with another client_token, once they can be taken."
    )


class RecordsHaveFindings(DomainError):
    """Nothing is written where one record is wrong."""

    code = "findings-block"
    field = "records"
    template = N_("Nothing was written: problems in these records: {count}.")


class NotStorable(DomainError):
    """The database cannot hold a value."""

    code = "not-storable"
    field = "records"
    template = N_("The table cannot hold one of these values: it is too large.")


class TableBusy(DomainError):
    """The table is made anew, or others write in it."""

    code = "table-busy"
    template = N_(
        "The table is being made anew. Try again in a minute, with the same client_token."
    )


class NoTable(DomainError):
    """There is no table."""

    code = "no-table"
    field = "resource_id"
    template = N_("This file has no table at the moment. Try again in a minute.")


class FileUnderChange(DomainError):
    """A change under way would take the rows away again."""

    code = "file-under-change"
    template = N_(
        "A change under way brings a new file in the place of this one, and would lose these rows."
        " Have it published, or discard it, then send them again."
    )


class TokenReused(DomainError):
    """One token names one call."""

    code = "token-reused"
    field = "client_token"
    template = N_("This client_token was used for other records.")


class WrongToken(DomainError):
    """A token is short."""

    code = "wrong-token"
    field = "client_token"
    template = N_("A client_token is a text of 1 to {most} characters.")


class TooManyCalls(DomainError):
    """Somebody calls in a loop."""

    code = "too-many-calls"
    template = N_("Too many calls. Try again in {seconds} seconds.")


@domain_action
def opengov_table_upsert(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Add rows to a published table, or replace them by their key; return what became of it.

    Needs a standing approval (``opengov_standing_request``), and an editor of the body. Records
    are checked like a file under the same schema. If one is wrong, nothing is written, and
    the error has ``findings`` as the report of a file: ``row`` is the record, counted from 1.

    The table has the rows at once; the published file follows within minutes, as a version of
    its own. Returns ``{"inserted", "updated", "unchanged", "rows", "sha256", "version",
    "is_written", "findings"}``: ``rows`` of the whole table; ``is_written`` is false while the
    table is ahead of the file, whose ``sha256`` and ``version`` these are; ``findings`` are
    remarks that keep nothing back.

    Args:
        resource_id (str): id of the file's resource
        records (list): objects with a value by column; what is left out is empty
        method (str): ``append``, or ``upsert`` where the approval allows it
        client_token (str): any text of at most 100 characters that names this call: a second
            one with the same token and records writes nothing, and answers as the first
        dry_run (bool): check and count, and write nothing
    """
    session = context["session"]
    resource = session.get(ckan_model.Resource, str(tk.get_or_bust(data_dict, "resource_id")))
    if resource is None or resource.state != "active":
        raise tk.ObjectNotFound(tk._("Resource not found"))
    package = package_of(context, str(resource.package_id))
    tk.check_access("opengov_table_upsert", context, {"id": package.id})
    actor = actor_of(context, package.owner_org)
    wait = CALLS.take(actor.user_id or "", resource.id)
    if wait:
        raise TooManyCalls(seconds=int(wait.total_seconds()) + 1)
    call = _Call(session, package, resource.id, actor, data_dict)
    try:
        return call.answer()
    except (LockNotAvailable, OperationalError) as error:
        if isinstance(getattr(error, "orig", error), LockNotAvailable):
            raise TableBusy from error
        raise
    except (DataError, ProgramLimitExceeded) as error:
        raise NotStorable from error


class _Call:
    """One call: what it asks for, and its steps."""

    def __init__(
        self,
        session: AlchemySession,
        package: ckan_model.Package,
        resource_id: str,
        actor: Actor,
        given: DataDict,
    ) -> None:
        self.session, self.package_id, self.resource_id = session, package.id, resource_id
        self.actor, self.package = actor, package
        self.method = rules.mode_of(given.get("method"), "method")
        self.records = _records(given.get("records"))
        self.token = _token(given.get("client_token"))
        self.is_dry = str(given.get("dry_run")).lower() in ("true", "1", "yes", "on")
        asked = json.dumps([self.method, self.records], sort_keys=True)
        if len(asked) > MAX_BYTES:
            raise RecordsTooLarge(most=MAX_BYTES // 1_000_000)
        self.size = len(asked)
        self.digest = hashlib.sha256(asked.encode()).hexdigest()

    def answer(self) -> dict[str, Any]:
        """Do what was asked; return the answer."""
        if (earlier := self._earlier()) is not None:
            return earlier
        # What takes long comes before the lock: others write meanwhile.
        self._approval(lock=False)
        file = self._file()
        found = self._rows(file)
        report = upserting.check_rows(file, found)
        if report["blocking"]:
            raise self._refusal(report["findings"], report["blocking"])
        once = file.has_no_twins
        incoming = upserting.incoming(file, found, self.method, is_once=once)
        upserts.lock(self.session, self.resource_id, patience=upserts.LOCK_SECONDS)
        if (earlier := self._earlier()) is not None:
            return earlier
        approval = self._approval(lock=True)
        if self._file().candidate.schema != file.candidate.schema:
            raise TableBusy
        return self._put(approval, file, found, incoming, report)

    def _put(
        self,
        approval: Standing,
        file: Served,
        found: list[list[str]],
        incoming: Incoming,
        report: Kept,
    ) -> dict[str, Any]:
        session, now = self.session, utc_now()
        with upserts.table_of(self.resource_id) as table:
            if not table.is_there:
                raise NoTable
            upserting.catch_up(session, table, file)
            outcome = table.put(incoming)
            if outcome.clashes or outcome.twins:
                findings = _clashing(outcome, found)
                raise self._refusal(findings, len(findings))
            answer = {**_counts(outcome), "findings": self._told(report["findings"])}
            if self.is_dry:
                session.rollback()
                return {**answer, **self._place(None)}
            number = upserts.last_number(session, self.resource_id) + 1
            table.note(number)
            is_change = bool(outcome.inserted or outcome.updated)
            batch = Batch(
                id=str(uuid.uuid4()),
                resource_id=self.resource_id,
                number=number,
                standing_id=approval.id,
                user_id=self.actor.user_id,
                method=self.method,
                client_token=self.token,
                digest=self.digest,
                records=found if is_change else None,
                answer=_counts(outcome),
                created_at=now,
            )
            session.add(batch)
            standing.count_use(session, approval.id, steps.today(now), len(self.records))
            audit.record(
                session,
                subject=f"dataset:{self.package_id}",
                step="upsert",
                actor_id=self.actor.user_id,
                at=now,
                details={"files": [self.resource_id], "batch": number, **_counts(outcome)},
            )
            if is_change:
                upserting.ask_to_write(session, self.resource_id, now)
            session.flush()
            shown = {**answer, **self._place(batch)}
            # From here on the rows are taken: should the next commit fail, the job mends it.
            session.commit()
            table.commit()
        return shown

    def _earlier(self) -> dict[str, Any] | None:
        """Return the answer to an earlier call with the same token."""
        if self.token is None:
            return None
        batch = upserts.by_token(self.session, self.resource_id, self.token)
        if batch is None:
            return None
        if batch.digest != self.digest:
            raise TokenReused
        if batch.lost:
            raise RowsLost(why=tk._(rules.ENDS[End(batch.lost)]))
        return {**batch.answer, "findings": [], **self._place(batch)}

    def _place(self, batch: Batch | None) -> dict[str, Any]:
        """Return where the rows are written: the file that has them, or the one that lacks them."""
        if batch is not None and batch.version is not None:
            return {"sha256": batch.sha256, "version": batch.version, "is_written": True}
        file = upserting.served(self.session, self.resource_id)
        number = revisions.last_published(self.session, self.package_id)
        return {
            "sha256": file.candidate.sha256 if file else None,
            "version": number,
            "is_written": not upserts.count_waiting(self.session, [self.resource_id]),
        }

    def _approval(self, *, lock: bool) -> Standing:
        """Return the approval under which this may be done.

        Raises:
            DomainError: there is none, or it does not allow this.
        """
        session, now = self.session, utc_now()
        approval = standing.open_of(session, self.resource_id, lock=lock)
        if approval is None or approval.state != rules.State.GRANTED:
            raise rules.NoStandingApproval
        given = {"wanted": self.method, "rows": len(self.records)}
        facts = steps.facts_of(session, self.package, approval, now, **given)
        advance(rules.TRANSITIONS, rules.State(approval.state), Step.USE, self.actor, facts)
        return approval

    def _file(self) -> Served:
        """Return the published file.

        Raises:
            DomainError: it is no table now, or another one than was approved.
        """
        session = self.session
        if state_of(publication.find(session, self.package_id)) is not State.PUBLISHED:
            raise rules.NoStandingApproval
        change = revisions.open_of(session, self.package_id)
        if change is not None and self.resource_id in revisions.files_of(session, change.id):
            raise FileUnderChange
        file = upserting.served(session, self.resource_id)
        if file is None or not file.is_table:
            raise NoTable
        approval = standing.open_of(session, self.resource_id)
        ended = rules.change_of(steps.terms_of(approval), file.schema) if approval else End.FILE
        if ended is not None:
            steps.end_by_itself(session, self.resource_id, ended, utc_now())
            session.commit()
            raise rules.NoStandingApproval
        size = file.path.stat().st_size + upserts.bytes_waiting(session, self.resource_id)
        if size + self.size > uploader.get_max_resource_size() * storage.MB:
            raise FileFull(most=uploader.get_max_resource_size())
        return file

    def _rows(self, file: Served) -> list[list[str]]:
        """Return the records as rows of the file, the names of its columns first."""
        names = file.names()
        known = set(names)
        for place, record in enumerate(self.records, 1):
            for name in record:
                if name not in known:
                    raise UnknownColumn(row=place, name=name[:100])
        try:
            return [names, *rows_of_records.rows(self.records, names, file.schema)]
        except rows_of_records.NotText as error:
            raise NoText from error
        except rows_of_records.NotExact as error:
            most = rows_of_records.EXACT_DIGITS
            raise NotExact(row=error.row, name=error.name[:100], most=most) from error

    def _refusal(self, findings: Sequence[KeptFinding], count: int) -> tk.ValidationError:
        error = RecordsHaveFindings(count=count)
        sentence = tk._(error.template).format(count=count)
        refusal = tk.ValidationError({}, error_summary={"records": sentence})
        told: Any = {"records": [sentence], "findings": self._told(findings)}
        codes: Any = {"records": [error.code]}
        refusal.error_dict = {**told, "__codes": codes}
        return refusal

    def _told(self, findings: Sequence[KeptFinding]) -> list[dict[str, object]]:
        """Return findings as the report of a file has them, with the numbers of records."""
        counted = map(rows_of_records.counted_from_one, findings[:MOST_FINDINGS])
        return [written_finding(each, tk._, tk.h.lang(), {}) for each in counted]


def _clashing(outcome: Outcome, found: Sequence[Sequence[str]]) -> list[KeptFinding]:
    """Return what is in the table already, as findings of a file."""
    names = found[0]
    faults = [
        (row, "unique-error" if name else "primary-key", name) for row, name in outcome.clashes
    ]
    faults += [(row, upserting.TWICE, "") for row in outcome.twins]
    return [
        {
            "code": code,
            "row": row + 2,
            "field": name or None,
            "cell": found[row + 1][names.index(name)] if name else None,
            "params": {"variant": "there"},
            "severity": Severity.ERROR,
        }
        for row, code, name in faults
    ]


def _counts(outcome: Outcome) -> dict[str, int]:
    return {
        "inserted": outcome.inserted,
        "updated": outcome.updated,
        "unchanged": outcome.unchanged,
        "rows": outcome.rows,
    }


def _records(given: object) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise NotRecords
    if not 0 < len(given) <= rules.MOST_RECORDS:
        raise rules.TooManyRows(most=rules.MOST_RECORDS)
    return given


def _token(given: object) -> str | None:
    if given in (None, ""):
        return None
    if not isinstance(given, str) or len(given) > MAX_TOKEN or not is_storable(given):
        raise WrongToken(most=MAX_TOKEN)
    return given
