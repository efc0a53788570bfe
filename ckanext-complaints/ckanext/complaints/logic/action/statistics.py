"""How public bodies keep their dates, told to everyone: each quarter once, when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.complaints.domain.figures import LEAST, MEASURES, share
from ckanext.complaints.domain.periods import Quarter
from ckanext.complaints.model import figures, network
from ckanext.complaints.model.figures import Figure, Release
from ckanext.opengov.shared.domain.errors import NotFound
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["complaint_statistics"]

MEANS = ("median_days", "score")


@tk.side_effect_free
@domain_action
def complaint_statistics(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return how public bodies kept their dates in a quarter that is over.

    Counts are rounded to the next five; null: fewer than ten, zero among them. A total that
    would let a smaller number be worked out is named in ``withheld``. Reports of corruption are
    in none of them, and no body is named as the one that was complained of.

    Each of ``results`` has ``org_id``, ``name``, ``title``, ``title_translated``, ``received``,
    ``answered``, ``median_days`` until an answer, ``due`` (answered in time, or the date
    passed), ``in_time``, ``share`` (in percent of these), ``appeals``, ``ratings`` and
    ``score`` (their mean, 1 to 5). ``total`` has the same of all bodies. ``trend`` has ``share``
    and ``median_days`` of all by ``quarter``, the oldest first. ``quarters`` names all there are.

    Args:
        quarter (str, optional): as ``2026-Q3``; the last one by default
    """
    tk.check_access("complaint_statistics", context, data_dict)
    session = context["session"]
    releases = {Quarter(row.since).code: row for row in figures.released(session)}
    wished = data_dict.get("quarter")
    row = releases.get(str(wished)) if wished else next(iter(releases.values()), None)
    if wished and row is None:
        raise NotFound
    found = figures.figures_of(session, row.since) if row else []
    called = network.names_of(session, [each.org_id for each in found])
    rows = [_body(each, called.get(each.org_id)) for each in found]
    rows.sort(key=lambda each: (each["title"] is None, each["title"] or "", each["org_id"]))
    return {
        "quarter": Quarter(row.since).code if row else None,
        "since": row.since.isoformat() if row else None,
        "counted_at": as_utc(row.at) if row else None,
        "quarters": list(releases),
        "least": LEAST,
        "results": rows,
        "total": _shown(row.totals) if row else None,
        "withheld": [name for name in MEASURES if row and name not in row.totals],
        "trend": [_point(code, each) for code, each in reversed(releases.items())],
    }


def _body(row: Figure, called: Mapping[str, Any] | None) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in (*MEASURES, *MEANS)}
    return {
        "org_id": row.org_id,
        "name": called["name"] if called else None,
        "title": called["title"] if called else None,
        "title_translated": called["title_translated"] if called else {},
        **_shown(values),
    }


def _shown(values: Mapping[str, int | None]) -> dict[str, Any]:
    score = values.get("score")
    return {
        **{name: values.get(name) for name in MEASURES},
        "median_days": values.get("median_days"),
        "share": share(values.get("in_time"), values.get("due")),
        "score": score / 10 if score else None,
    }


def _point(code: str, row: Release) -> dict[str, Any]:
    shown = _shown(row.totals)
    return {"quarter": code, "share": shown["share"], "median_days": shown["median_days"]}
