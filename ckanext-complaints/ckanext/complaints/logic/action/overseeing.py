"""How bodies keep their dates, for those who watch over them: figures, and no word of a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.complaints.domain.life import State, Step
from ckanext.complaints.domain.network import NoSuchUnit
from ckanext.complaints.domain.periods import last_months
from ckanext.complaints.domain.sayings import said_text
from ckanext.complaints.logic import (
    overseeing,
    placing,
    referring,
    showing,
    stepping,
    telling,
    terms,
    vault,
)
from ckanext.complaints.logic.content import content_action
from ckanext.complaints.logic.overseeing import Sight
from ckanext.complaints.logic.vault import Said
from ckanext.complaints.model import cases, counting
from ckanext.complaints.model.cases import APPEALED, Case
from ckanext.complaints.model.counting import IS_COUNTED, ORDINARY, OWED, Tally
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.domain.fields import one_of
from ckanext.opengov.shared.domain.moments import as_utc, utc_now
from ckanext.opengov.shared.domain.versions import check_version
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["complaint_dashboard", "complaint_dashboard_cases", "complaint_oversight_reopen"]

SOON = timedelta(days=7)
SHOWN = (
    *("reference", "number", "category", "state", "outcome", "unit", "unit_id"),
    *("received_at", "answer_due", "is_late", "days_left"),
)
"""What a supervisor is told of a case."""
WHICH = ("open", "late", "appealed", "closed")


@tk.side_effect_free
@domain_action
def complaint_dashboard(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return how bodies keep their dates, the one with the most late cases first.

    For supervisors: their body and those below it; for stewards: all. Reports of corruption are
    not counted. Each of ``results`` has ``org_id``, ``title``, ``title_translated``, ``open``
    (an answer is owed), ``late``, ``soon`` (due within seven days), ``unassigned``, ``appeals``
    (not decided) as they are now, and of the last twelve months ``received``, ``answered``,
    ``median_days`` until an answer, ``due`` (answered, or the date passed), ``in_time`` and
    ``share`` (in percent of these; null: none was due), with ``trend``, the same by month.
    ``as_of`` says when these were counted.

    Args:
        org (str, optional): id or name of a body: only this one, with the same of its ``units``
    """
    tk.check_access("complaint_oversee", context, data_dict)
    session, seen = context["session"], overseeing.sight(context)
    org = data_dict.get("org")
    org_id = overseeing.asked_body(seen, org) if org else None
    day = terms.today(utc_now())
    units = seen.units(org_id)
    counts = counting.open_counts(
        session, [each.id for each in units], (day, day + SOON), seen.kept_from
    )
    bodies = [org_id] if org_id else sorted(seen.org_ids)
    holders = [*bodies, *([each.id for each in units] if org_id else [])]
    done, counted_at = counting.tallies(session, holders)
    rows = [_body(seen, each, counts, done, day) for each in bodies]
    if org_id:
        rows[0]["units"] = [
            {"id": each.id, "label_translated": each.labels, "kind": each.kind}
            | _figures([counts.get(each.id, {})], done.get(each.id, []), day)
            for each in seen.whole.units_of(org_id)
            if each in units and (each.active or each.id in counts)
        ]
    rows.sort(key=lambda each: (-each["late"], -each["open"], each["title"] or ""))
    return {"results": rows, "as_of": as_utc(counted_at)}


@tk.side_effect_free
@domain_action
def complaint_dashboard_cases(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return cases of a body by what is known without opening them, those due first.

    For whom, see ``complaint_dashboard``. Each of ``results`` has ``reference``, ``number``,
    ``category``, ``state``, ``outcome``, ``unit``, ``unit_id``, ``received_at``, ``answer_due``,
    ``is_late`` and ``days_left`` (below zero: days late).

    Args:
        org (str): id or name of the body
        unit_id (str, optional): only of this unit
        which (str, optional): ``open`` (an answer is owed; so by default), ``late``, ``appealed``
            or ``closed``
        number (str, optional): only the complaint with this number, whichever its state
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("complaint_oversee", context, data_dict)
    session, seen = context["session"], overseeing.sight(context)
    org_id = overseeing.asked_body(seen, data_dict.get("org"))
    unit_ids = {each.id for each in seen.units(org_id)}
    if data_dict.get("unit_id"):
        unit_ids &= {str(data_dict["unit_id"])}
        if not unit_ids:
            raise NoSuchUnit(field="unit_id")
    day = terms.today(utc_now())
    query = sa.select(Case).where(
        Case.owner_unit_id.in_(sorted(unit_ids)),
        sa.not_(seen.kept_from),
        *_which(data_dict, day),
    )
    page = pager.page(session, query, cases.BY_DUE, data_dict)
    named, categories = placing.names(session), showing.categories(session)
    return page.as_dict(lambda row: _listed(row[0], day, named, categories))


@content_action
def complaint_oversight_reopen(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Open a closed case again, with a reason that citizen and unit read; return what is known.

    For supervisors. They read nothing of the case. If its unit is closed, the coordinator gets it.

    Args:
        reference (str): number of the complaint
        reason (str): why
    """
    tk.check_access("complaint_oversee", context, data_dict)
    seen = overseeing.overseen(context, data_dict.get("reference"), lock=True)
    session, case = seen.session, seen.case
    check_version(case.version, data_dict.get("version"))
    reason, was_reopened = said_text(data_dict.get("reason"), "reason"), case.was_reopened
    said = Said("reopen", "staff", seen.actor.user_id, seen.unit_id, content={"text": reason})
    vault.say(session, case, said, seen.now)
    about = {"reason": reason, "unit_id": seen.unit_id}
    stepping.take(session, case, Step.REOPEN, seen.actor, seen.now, **about)
    # The citizen may still do so once, and it repeats no other any more.
    case.was_reopened, case.dup_of = was_reopened, None
    referring.settle(session, case, seen.now)
    telling.soon(session, case, seen.now)
    day, named = terms.today(seen.now), placing.names(session)
    shown = _listed(case, day, named, showing.categories(session))
    session.commit()
    return shown


def _which(data_dict: DataDict, day: date) -> list[sa.ColumnElement[bool]]:
    if data_dict.get("number"):
        number = overseeing.number_of(data_dict["number"])
        return [ORDINARY, Case.reference == (number or ""), Case.state != State.PURGED]
    which = one_of(data_dict.get("which") or "open", WHICH, "which")
    owed = [IS_COUNTED, Case.state.in_(OWED)]
    return {
        "open": owed,
        "late": [*owed, Case.answer_due < day],
        "appealed": [IS_COUNTED, Case.state == APPEALED],
        "closed": [ORDINARY, Case.state == State.CLOSED],
    }[which]


def _listed(
    case: Case, day: date, named: Mapping[str, placing.Names], categories: showing.Categories
) -> dict[str, Any]:
    known = showing.listed(case, day, named, categories)
    return {name: known[name] for name in SHOWN} | {"version": case.version}


def _body(
    seen: Sight,
    org_id: str,
    counts: Mapping[str, Mapping[str, int]],
    done: Mapping[str, list[Tally]],
    day: date,
) -> dict[str, Any]:
    called = seen.whole.names.get(org_id)
    own = [counts[each.id] for each in seen.units(org_id) if each.id in counts]
    return {
        "org_id": org_id,
        "name": called["name"] if called else None,
        "title": called["title"] if called else None,
        "title_translated": called["title_translated"] if called else {},
        **_figures(own, done.get(org_id, []), day),
    }


def _figures(own: Iterable[Mapping[str, int]], done: list[Tally], day: date) -> dict[str, Any]:
    own = list(own)
    year = next((_counted(row) for row in done if row.months == counting.YEAR), _counted(None))
    by_month = {row.since: row for row in done if row.months == counting.MONTH}
    months = last_months(day, counting.YEAR)
    return {
        **{name: sum(each.get(name, 0) for each in own) for name in counting.COUNTS},
        **year,
        "trend": [
            {"month": each.isoformat()[:7], **_counted(by_month.get(each))} for each in months
        ],
    }


def _counted(row: Tally | None) -> dict[str, Any]:
    if row is None:
        nothing = dict.fromkeys(("received", "answered", "due", "in_time"), 0)
        return {**nothing, "median_days": None, "share": None}
    return {
        "received": row.received,
        "answered": row.answered,
        "due": row.due,
        "in_time": row.in_time,
        "median_days": row.median_days,
        "share": _share(row.in_time, row.due),
    }


def _share(part: int, whole: int) -> int | None:
    """Return a part in percent; None: of nothing."""
    return 100 * part // whole if whole else None
