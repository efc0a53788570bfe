"""Lists in pages: the next one starts after the last row of this one, not at a number.

So a page costs the same wherever it stands, and rows that come or go in between
neither repeat nor hide others.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from ckan.types import AlchemySession

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

Item = TypeVar("Item")
Key = tuple[Any, ...]

DEFAULT_LIMIT, MAX_LIMIT = 20, 100
MAX_INTEGER = 2**63 - 1
"""PostgreSQL's largest bigint."""
BACKWARDS = "-"
"""Before a cursor: the page that ends before its row. No cursor starts so by itself."""


class InvalidCursor(DomainError):
    """The cursor is not one that this list gave out."""

    code = "invalid-cursor"
    field = "cursor"
    template = N_("This list has no such place. Start again from its first page.")


class InvalidLimit(DomainError):
    """The wished length of a page is no number, or out of range."""

    code = "invalid-limit"
    field = "limit"
    template = N_("Ask for {least} to {most} entries at a time.")


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as the query selects them, and where the next page starts: None after the last."""

    rows: Sequence[sa.Row[Any]]
    """The key of the order follows the columns of the query."""
    next_cursor: str | None
    previous_cursor: str | None = None
    """None before the first. Lists that people leaf through both ways give it out."""

    def as_dict(self, dictize: Callable[[sa.Row[Any]], dict[str, Any]]) -> dict[str, Any]:
        """Return the answer of a list action."""
        return {
            "results": [dictize(row) for row in self.rows],
            "next_cursor": self.next_cursor,
        }


def page(
    session: AlchemySession,
    query: sa.Select[Any],
    by: Sequence[sa.ColumnElement[Any]],
    request: Mapping[str, Any],
    *,
    newest_first: bool = False,
) -> Page:
    """Return the page of ``query`` that ``request`` asks for (``cursor``, ``limit``).

    ``by`` gives the order: columns of texts, whole numbers, days or moments, never null and
    unique together, best those of one index.

    Raises:
        InvalidCursor: the cursor is not one of this list.
        InvalidLimit: the limit is out of range.
    """
    limit, cursor = limit_of(request), str(request.get("cursor") or "")
    is_back = cursor.startswith(BACKWARDS)
    is_descending = newest_first is not is_back
    if cursor:
        order, place = sa.tuple_(*by), _place(by, cursor)
        query = query.where(order < place if is_descending else order > place)
    query = query.order_by(*(column.desc() if is_descending else column for column in by))
    # One row more than asked tells whether there is another page.
    keyed = query.add_columns(*(column.label(f"key_{n}") for n, column in enumerate(by)))
    found = session.execute(keyed.limit(limit + 1)).all()
    rows = found[:limit]
    return _page(rows[::-1] if is_back else rows, len(by), len(found) > limit, cursor)


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of a list that an index puts in order by itself."""

    query: sa.Select[Any]
    by: Sequence[sa.ColumnElement[Any]]


def merged(
    session: AlchemySession,
    branches: Sequence[Branch],
    request: Mapping[str, Any],
    select: Callable[[sa.Subquery], sa.Select[Any]] = sa.select,
) -> Page:
    """Return a page of several queries together, which select the same columns and share no row.

    Each reads no more rows than the page has, however long it is: an ``OR`` of them would read
    and sort them all. ``select`` adds to the rows what they are shown with, a row for each. Only
    forwards, and as ``page`` else.
    """
    limit, cursor = limit_of(request), str(request.get("cursor") or "")
    if not branches:
        return Page([], None)
    keys = len(branches[0].by)
    parts = [_ordered(each, cursor, limit) for each in branches]
    whole = sa.union_all(*(sa.select(part.subquery()) for part in parts)).subquery()
    order = list(whole.c)[-keys:]
    query = select(whole).add_columns(*(each.label(f"by_{n}") for n, each in enumerate(order)))
    found = session.execute(query.order_by(*order).limit(limit + 1)).all()
    return _page(found[:limit], keys, len(found) > limit, cursor)


def _ordered(branch: Branch, cursor: str, limit: int) -> sa.Select[Any]:
    query = branch.query
    if cursor:
        query = query.where(sa.tuple_(*branch.by) > _place(branch.by, cursor))
    keyed = query.add_columns(*(column.label(f"key_{n}") for n, column in enumerate(branch.by)))
    return keyed.order_by(*branch.by).limit(limit + 1)


def _place(by: Sequence[sa.ColumnElement[Any]], cursor: str) -> sa.ColumnElement[Any]:
    values = decode(cursor.removeprefix(BACKWARDS), [column.type.python_type for column in by])
    return sa.tuple_(*(sa.literal(v, c.type) for v, c in zip(values, by, strict=True)))


def _page(rows: Sequence[sa.Row[Any]], keys: int, has_more: bool, cursor: str) -> Page:
    """Return the rows with the way on; whence we came, there is a page too."""
    is_back = cursor.startswith(BACKWARDS)
    has_next, has_previous = (True, has_more) if is_back else (has_more, bool(cursor))
    if not rows:
        return Page(rows, None)
    return Page(
        rows,
        encode(rows[-1][-keys:]) if has_next else None,
        BACKWARDS + encode(rows[0][-keys:]) if has_previous else None,
    )


def within(
    listed: Iterable[tuple[Key, Item]], kinds: Sequence[type], request: Mapping[str, Any]
) -> tuple[list[Item], str | None]:
    """Return a page of a list that is in memory, and where the next page starts.

    ``listed`` has each item behind its key, in the order of the keys, which differ and are of
    these ``kinds``. Only forwards, and as ``page`` else.
    """
    limit, cursor = limit_of(request), request.get("cursor")
    after = tuple(decode(cursor, kinds)) if cursor else None
    left = ((key, item) for key, item in listed if after is None or key > after)
    found = list(itertools.islice(left, limit + 1))
    page = found[:limit]
    following = encode(page[-1][0]) if len(found) > limit else None
    return [item for _key, item in page], following


def limit_of(
    request: Mapping[str, Any], default: int = DEFAULT_LIMIT, most: int = MAX_LIMIT
) -> int:
    """Return how many rows the request asks for.

    Raises:
        InvalidLimit: it is no whole number from 1 to ``most``.
    """
    wished = request.get("limit")
    if wished is None or wished == "":
        return default
    text = str(wished)
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not is_number or not 1 <= int(text) <= most:
        raise InvalidLimit(least=1, most=most)
    return int(text)


def encode(values: Sequence[Any]) -> str:
    """Return the cursor that stands behind the row with these values."""
    content = json.dumps([_plain(value) for value in values], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def decode(cursor: object, kinds: Sequence[type]) -> list[Any]:
    """Return the values in a cursor, which must be of these kinds.

    Raises:
        InvalidCursor: anything else.
    """
    try:
        padded = str(cursor).encode("ascii") + b"=="
        values = json.loads(base64.b64decode(padded, altchars=b"-_"))
        if not isinstance(values, list):
            raise InvalidCursor
        return [_read(value, kind) for value, kind in zip(values, kinds, strict=True)]
    except (ValueError, binascii.Error, RecursionError) as error:
        raise InvalidCursor from error


def _read(value: object, kind: type) -> object:
    """Return a value of a cursor as its column's kind."""
    if kind is datetime and isinstance(value, str):
        value = datetime.fromisoformat(value)
        is_good = value.tzinfo is not None
    elif kind is date and isinstance(value, str):
        value, is_good = date.fromisoformat(value), True
    elif kind is str and isinstance(value, str):
        # PostgreSQL stores no NUL; a lone surrogate fails here, as it would there.
        is_good = b"\0" not in value.encode()
    elif kind is type(None):
        is_good = value is None
    else:
        # ``True`` is an int to Python, but no number that this list gave out.
        is_good = kind is type(value) is int and abs(value) <= MAX_INTEGER
    if not is_good:
        raise InvalidCursor
    return value
