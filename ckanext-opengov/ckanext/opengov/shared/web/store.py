"""Redis, for what may be lost at any moment: whoever asks gets a quick answer or none.

CKAN's own connection waits without an end for a server that does not answer.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from typing import TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

import ckan.plugins.toolkit as tk

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

CONNECT_SECONDS = 0.2
ANSWER_SECONDS = 0.5
SILENCE_SECONDS = 5.0
"""For how long nobody asks again after a failure, so that pages do not wait one by one."""


class Unreachable(Exception):
    """Redis does not answer, or refuses."""


class _Silence:
    until = 0.0


@functools.cache
def _client(url: str) -> Redis:
    # One retry, for a connection that the server closed because nobody used it.
    retry = Retry(NoBackoff(), 1)
    return Redis.from_url(
        url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=ANSWER_SECONDS, retry=retry
    )


def key(*parts: str) -> str:
    """Return the name of a value of this site; several sites may share a server."""
    return ":".join(("opengov", str(tk.config["ckan.site_id"]), *parts))


def ask(question: Callable[[Redis], Answer], *, urgent: bool = False) -> Answer:
    """Return what Redis answers to the question. An ``urgent`` one is asked in any case.

    Raises:
        Unreachable: there is no answer, or there was none a moment ago.
    """
    if not urgent and time.monotonic() < _Silence.until:
        raise Unreachable
    try:
        answer = question(_client(tk.config["ckan.redis.url"]))
    except RedisError as error:
        _Silence.until = time.monotonic() + SILENCE_SECONDS
        log.warning("Pages are not kept for now: %s", type(error).__name__)
        raise Unreachable from error
    _Silence.until = 0.0
    return answer
