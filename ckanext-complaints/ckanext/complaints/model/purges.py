"""Which cases are deleted on their day, and every row that hangs on one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import sqlalchemy as sa

from ckan.types import AlchemySession

from ckanext.complaints.model.cases import Case
from ckanext.complaints.model.files import FILES, TABLE
from ckanext.complaints.model.visits import Draft
from ckanext.opengov.shared.jobs import Job

KEPT: frozenset[str] = frozenset()
"""Tables of numbers for the figures alone, whose rows stay with that of the case."""

HANGING = sa.text(
    "SELECT c.relname, a.attname FROM pg_constraint k"
    " JOIN pg_class c ON c.oid = k.conrelid"
    " JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]"
    " WHERE k.contype = 'f' AND k.confrelid = 'complaints_case'::regclass"
    " AND k.conrelid <> k.confrelid AND pg_table_is_visible(c.oid) ORDER BY c.relname, a.attname"
)
"""What refers to a case, as the database knows it: a table that comes later is emptied too."""


def due(session: AlchemySession, today: date, most: int) -> list[Case]:
    """Return cases whose day has come and that nobody holds, held: the oldest first."""
    query = (
        sa.select(Case)
        .where(Case.state == "closed", ~Case.legal_hold, Case.purge_on <= today)
        .order_by(Case.purge_on, Case.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return list(session.execute(query).scalars())


def empty(session: AlchemySession, case_ids: Sequence[str]) -> list[str]:
    """Delete all that hangs on cases that the caller holds; return where their files lie."""
    # Before the messages on which files hang: a row that goes with another is not returned.
    files = sa.delete(TABLE).where(FILES.case_id.in_(case_ids))
    lying = session.execute(files.returning(FILES.id, FILES.storage_key)).all()
    _forget_jobs(session, [*case_ids, *(row.id for row in lying)])
    session.execute(
        sa.delete(Draft).where(Draft.case_id.in_(case_ids)),
        execution_options={"synchronize_session": False},
    )
    for name, column in session.execute(HANGING).all():
        if name not in KEPT:
            each = sa.table(name, sa.column(column))
            session.execute(sa.delete(each).where(each.c[column].in_(case_ids)))
    session.expire_all()
    return [row.storage_key for row in lying]


def _forget_jobs(session: AlchemySession, subjects: Collection[str]) -> None:
    """Delete the jobs on these, done or not: a worker that does one right now commits nothing."""
    session.execute(
        sa.delete(Job).where(Job.subject.in_(subjects), Job.kind.startswith("complaints.")),
        execution_options={"synchronize_session": False},
    )
