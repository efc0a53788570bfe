"""Cells as PostgreSQL reads them, and as it compares them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal

SOME_DAY = date(2000, 1, 1)


def as_text(cell: object) -> str | None:
    """Return a cell as PostgreSQL reads it. What has an offset is told in UTC."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, dict | list | tuple):
        return json.dumps(cell, ensure_ascii=False, default=str)
    if isinstance(cell, datetime) and cell.tzinfo:
        cell = _in_utc(cell)
    if isinstance(cell, time) and cell.tzinfo:
        cell = _in_utc(datetime.combine(SOME_DAY, cell)).time()
    return str(cell)


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        # Of a year before the first or after 9999, which PostgreSQL has, few programs know.
        return moment.replace(tzinfo=None)


def comparable(cell: object) -> object:
    """Return what equals that of another cell of the column where PostgreSQL's values are equal."""
    is_number = isinstance(cell, int | float | Decimal) and not Decimal(cell).is_nan()
    return cell if is_number else as_text(cell)
