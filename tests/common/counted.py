"""Cases as rows, by the dozen: for what counts them and opens none."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, time, timedelta

import sqlalchemy as sa

from ckan import model

from ckanext.complaints.domain import receipts
from ckanext.complaints.model import counting
from ckanext.complaints.model.cases import Case


def add_cases(unit_id, count=1, **changed):
    """Add cases that nobody can open; return their ids. ``due_in``: days after the reception."""
    policy_id = model.Session.execute(sa.text("SELECT min(id) FROM complaints_policy")).scalar()
    model.Session.remove()
    received = changed.pop("received_on")
    due = received + timedelta(days=changed.pop("due_in", 30))
    base = {
        "track": "ordinary",
        "mode": "anonymous",
        "channel": "web",
        "lang": "fr",
        "policy_id": policy_id,
        "owner_unit_id": unit_id,
        "calendar_org_id": "counted",
        "state": "registered",
        "received_on": received,
        "ack_due": due,
        "answer_due": due,
        "received_at": datetime.combine(received, time(9), UTC),
        "epoch": 1,
        "version": 1,
        "key_id": "x",
        "mac": "x",
        "was_reopened": False,
        "legal_hold": False,
        "is_slow": False,
        **changed,
    }
    rows = [
        {**base, "id": str(uuid.uuid4()), "reference": receipts.new_reference()}
        for _ in range(count)
    ]
    if rows:
        with model.ensure_engine().begin() as connection:
            connection.execute(sa.insert(Case), rows)
    return [row["id"] for row in rows]


def answered(unit_id, count, received_on, days, **changed):
    """Add cases that were answered after so many days, and are closed since."""
    done = {"state": "closed", "outcome": "granted", "standing": "granted"}
    day = received_on + timedelta(days=days)
    return add_cases(unit_id, count, received_on=received_on, answered_on=day, **done, **changed)


def tally(today):
    """Count for the board, as of a day."""
    counting.tally(model.Session, today, datetime.now(UTC))
    model.Session.commit()
    model.Session.remove()
