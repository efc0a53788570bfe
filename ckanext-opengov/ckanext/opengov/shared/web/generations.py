"""Generations: a token for each kind of content, another one after each commit that changes it.

Whatever is kept of a page is kept under the tokens of what it shows: after a change nobody
finds it any more. A plugin says which tables hold its content; a table of which nobody says
anything counts as part of everything. So who forgets to say it has slow pages, not wrong ones.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from flask import g, has_request_context
from redis import Redis

from ckan.types import AlchemySession

from ckanext.opengov.shared.web import store

SITE = "site"
"""What every page depends on: settings, and whatever has no generation of its own."""
NOTHING = ""
TRIES = 3
WRITES = re.compile(
    r"\s*(insert|update|delete|merge|truncate|copy|with|alter|drop|do|call)\b", re.I
)
INSERTS = re.compile(r"\s*insert into (\w+)\b", re.I)

_generation_of: dict[str, str] = {}
_owed: set[str] = set()
"""What changed while Redis was away."""
_seen: dict[tuple[str, ...], list[str]] = {}
"""The tokens that this process saw last."""


def watch(generation: str, *tables: str) -> None:
    """Begin a new generation whenever one of the tables changes."""
    _generation_of.update(dict.fromkeys(tables, generation))


def ignore(*tables: str) -> None:
    """Say that no page for everyone shows anything of these tables."""
    watch(NOTHING, *tables)


# Of CKAN and of the suite's shared parts: people's own, and work in the background.
ignore(
    *("activity", "activity_detail", "api_token", "dashboard", "task_status", "user"),
    *("user_following_dataset", "user_following_group", "user_following_user"),
    *("opengov_audit", "opengov_audit_head", "opengov_audit_root"),
    *("opengov_job", "opengov_limit", "opengov_outbox", "opengov_mail", "opengov_reader"),
    *("opengov_correspondent", "opengov_difference", "opengov_second_factor", "opengov_upload"),
)


def current(names: Sequence[str]) -> list[str]:
    """Return the tokens of these generations as they are now.

    Raises:
        store.Unreachable: Redis does not tell.
    """
    _pay()
    keys = [_key(name) for name in names]
    return store.ask(lambda redis: _read(redis, keys))


def find(names: Sequence[str], key_of: Callable[[list[str]], str]) -> tuple[str, bytes | None]:
    """Return the key that is made of these generations, and what Redis keeps under it.

    Mostly they are what they were last time: then one question answers both.

    Raises:
        store.Unreachable: Redis does not tell.
    """
    _pay()
    last = _seen.get(tuple(names))
    if last:
        key, keys = key_of(last), [_key(name) for name in names]
        found: Any = store.ask(lambda redis: redis.mget([*keys, key]))
        if [token and token.decode() for token in found[:-1]] == last:
            return key, found[-1]
    tokens = _seen[tuple(names)] = current(names)
    key = key_of(tokens)
    kept: Any = store.ask(lambda redis: redis.get(key))
    return key, kept


def _read(redis: Redis, keys: list[str]) -> list[str]:
    for _ in range(TRIES):
        found: Any = redis.mget(keys)
        missing = [key for key, token in zip(keys, found, strict=True) if token is None]
        if not missing:
            return [token.decode() for token in found]
        for key in missing:
            redis.set(key, secrets.token_hex(8), nx=True)
    # It changes all the time, or Redis keeps nothing.
    raise store.Unreachable


def bump(*names: str) -> None:
    """Begin new generations, at once.

    Call it for what is changed outside the database session; what commits with the session
    needs no call. Tokens are never used twice, so that a Redis which lost its memory finds
    no old page again. They are deleted rather than replaced: a full Redis still does that.
    """
    try:
        _forget(names, urgent=True)
    except store.Unreachable:
        # What is kept ends by itself; this process pays before it looks anything up again.
        _owed.update(names)


def _pay() -> None:
    names = set()
    while _owed:
        names.add(_owed.pop())
    try:
        if names:
            _forget(names)
    except store.Unreachable:
        _owed.update(names)
        raise


def _forget(names: Iterable[str], *, urgent: bool = False) -> None:
    keys = [_key(name) for name in names]
    store.ask(lambda redis: redis.delete(*keys), urgent=urgent)


def _key(name: str) -> str:
    return store.key("generation", name)


def touch(session: AlchemySession, name: str) -> None:
    """Begin a new generation once the session commits."""
    _changed(session).add(name)


def listen(session: Any) -> None:
    """Watch the commits of CKAN's sessions; called once when the plugin starts."""
    if sa.event.contains(session, "after_commit", _after_commit):
        return
    sa.event.listen(session, "after_begin", _after_begin)
    sa.event.listen(session, "after_commit", _after_commit)
    sa.event.listen(session, "after_soft_rollback", _after_soft_rollback)
    sa.event.listen(sa.Engine, "after_execute", _after_execute)


def repeat_bumps() -> None:
    """Begin once more what this request began: CKAN writes its index after the commit."""
    names = g.pop("opengov_bumped", None)
    if names:
        bump(*names)


def _changed(session: AlchemySession) -> set[str]:
    changed: set[str] = session.info.setdefault("opengov_changed", set())
    return changed


def _after_begin(session: Any, _transaction: Any, connection: sa.Connection) -> None:
    connection.info["opengov_changed"] = _changed(session)


def _after_execute(connection: sa.Connection, statement: Any, *_: Any) -> None:
    """Note which generation a statement ends; connections without a session are not watched."""
    changed = connection.info.get("opengov_changed")
    if changed is not None:
        changed.update(_generations_of(statement))


def _generations_of(statement: Any) -> Iterable[str]:
    if isinstance(statement, sa.sql.expression.UpdateBase):
        return _ended_by(getattr(statement.table, "name", ""))
    if isinstance(statement, sa.sql.expression.TextClause | str):
        text = str(statement)
        if inserts := INSERTS.match(text):
            return _ended_by(inserts[1])
        return (SITE,) if WRITES.match(text) else ()
    return ()


def _ended_by(table: str) -> Iterable[str]:
    name = _generation_of.get(table, SITE)
    return () if name == NOTHING else (name,)


def _after_commit(session: Any) -> None:
    # A savepoint that ends makes nothing visible to others.
    if session.in_nested_transaction():
        return
    names = session.info.pop("opengov_changed", None)
    if names:
        bump(*names)
        if has_request_context():
            g.setdefault("opengov_bumped", set()).update(names)


def _after_soft_rollback(session: Any, previous: Any) -> None:
    if previous.parent is None:
        session.info.pop("opengov_changed", None)
