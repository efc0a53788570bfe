"""Pages that everyone sees alike, kept in Redis for as long as nothing changes that they show.

A plugin names its pages (:func:`keep`), and what they show by generations (see there). Asked
for without cookie, token or account, such a page is answered before CKAN does anything. What
may be wrong here is that a page is made anew without need, never that one is shown to someone
for whom it was not made: it is kept only if the answer itself says that it was for nobody.
"""

from __future__ import annotations

import functools
import hashlib
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask, has_request_context, request
from redis import Redis
from werkzeug.datastructures import Headers, MIMEAccept
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_accept_header, parse_etags
from werkzeug.routing.exceptions import RoutingException
from werkzeug.wrappers import Response

import ckan.plugins.toolkit as tk
from ckan.lib import i18n

from ckanext.opengov.shared.web import generations, release, store

MOST_SECONDS = 60
"""A net under the generations: nothing is older, whatever was missed."""
MOST_BYTES = 2 << 20
MOST_BYTES_A_MINUTE = 64 << 20
"""Of all pages that are made in one minute, so that nobody fills Redis by asking for ever
others. What comes above it is made, and not kept. Pages that a search or a filter made, or
that were asked for by another name of the site, have such a share of their own."""
MOST_QUERY = 500
"""Characters of a query beyond which nobody asks twice for the same."""
RENDER_MS = 10_000
"""After this someone else makes the page."""
WAIT_SECONDS = 3.0
LOOK_SECONDS = 0.01
CACHE_CONTROL = "public, max-age=0, must-revalidate"
"""Proxies and browsers may keep the page, and ask each time whether it is still the same."""
PERSONAL = ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "REMOTE_USER", "HTTP_ORIGIN", "HTTP_RANGE")
"""Headers of requests whose answers may differ from everyone's."""
HTML = ("text/html", "*/*")
NOT_KEPT = frozenset({"cache-control", "connection", "content-length", "date", "server"})
SAID = "opengov.said"
"""Key of the request's environment: what is said of the answer, a list of booleans."""
FOR_ONE = "opengov.for-one"
"""Key of the request's environment: the answer shows somebody's own things."""
UNTIL = "opengov.until"
"""Key of the request's environment: until when the answer holds, a list of monotonic times."""

Clock = Callable[[datetime], str]
Start = Callable[..., Any]


def day(now: datetime) -> str:
    """Return the day, as the portal shows it: what is late today was not yesterday."""
    return now.astimezone(tk.h.get_display_timezone()).date().isoformat()


@dataclass(frozen=True, slots=True)
class Page:
    """What the pages of one endpoint depend on."""

    generations: tuple[str, ...]
    arguments: frozenset[str]
    clock: Clock

    def query(self, text: str) -> list[tuple[str, str]] | None:
        """Return the arguments in one order for all; None: the page does not know them all."""
        if len(text) > MOST_QUERY:
            return None
        # Of two values of one argument the first may count, so they keep their order; and
        # bytes that are no text stay apart from others that are none.
        found = parse_qsl(text, keep_blank_values=True, errors="surrogateescape")
        found.sort(key=itemgetter(0))
        return found if all(name in self.arguments for name, _value in found) else None


_pages: dict[str, Page] = {}


def keep(
    endpoint: str, *, depends: Iterable[str] = (), arguments: Iterable[str] = (), clock: Clock = day
) -> None:
    """Let the pages of an endpoint be kept for those without an account.

    They must show the same to all of them. ``depends`` are generations, ``arguments`` the
    query arguments that pages know (with others they are made anew), ``clock`` returns what
    their content depends on besides: another text, another page.
    """
    names = (generations.SITE, *depends)
    _pages[endpoint] = Page(names, frozenset(arguments), clock)


def depend(endpoint: str, *names: str) -> None:
    """Say that the pages of an endpoint, whoever keeps them, also show what these generations say.

    Plugins call it for pages of others on which they have a block.
    """
    page = _pages[endpoint]
    _pages[endpoint] = replace(page, generations=(*page.generations, *names))


def is_for_nobody() -> None:
    """Say of the answer under way that it was made for nobody in particular."""
    request.environ.get(SAID, []).append(True)


def is_for_one() -> None:
    """Say of the answer under way, if any, that it is for somebody without an account alone."""
    if has_request_context():
        request.environ[FOR_ONE] = True


def keep_out() -> None:
    """Say of the answer under way, if any, that it is not worth keeping: a part is missing."""
    if has_request_context():
        request.environ.get(SAID, []).append(False)


def good_for(length: Callable[[], timedelta | None]) -> None:
    """Say of the answer under way that it holds for so long alone: then something begins or ends.

    ``length`` is asked only if the answer may be kept; None: nothing of it depends on the clock.
    """
    until = request.environ.get(UNTIL) if has_request_context() else None
    if until is None:
        return
    # The clock runs from before the question: whatever it takes counts.
    start, left = time.monotonic(), length()
    if left is not None:
        until.append(start + left.total_seconds())


@dataclass(frozen=True, slots=True)
class Kept:
    """A page as it is sent."""

    headers: list[tuple[str, str]]
    etag: str
    body: bytes

    @classmethod
    def of(cls, response: Response) -> Kept:
        """Return the page of an answer that may be kept."""
        body = response.get_data()
        etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        given = [(name, value) for name, value in response.headers if name.lower() not in NOT_KEPT]
        return cls([*given, ("Cache-Control", CACHE_CONTROL), ("ETag", etag)], etag, body)

    def packed(self) -> bytes:
        """Return the page as Redis keeps it."""
        return json.dumps([self.headers, self.etag]).encode() + b"\n" + self.body

    @classmethod
    def unpacked(cls, stored: bytes) -> Kept:
        """Return the page that Redis kept."""
        head, _, body = stored.partition(b"\n")
        headers, etag = json.loads(head)
        return cls([(name, value) for name, value in headers], etag, body)

    def send(self, environ: dict[str, Any], start: Start, told: str) -> list[bytes]:
        """Answer the request: with nothing, if its sender has just this page."""
        headers = [*self.headers, ("X-Opengov-Cache", told)]
        has = environ.get("HTTP_IF_NONE_MATCH")
        if has and parse_etags(has).contains_weak(self.etag.strip('"')):
            start("304 Not Modified", [each for each in headers if each[0] != "Content-Type"])
            return []
        start("200 OK", [*headers, ("Content-Length", str(len(self.body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.body]


class PageCache:
    """The application, with its pages for everyone before it."""

    def __init__(self, flask: Flask, config: Any) -> None:
        self.flask, self.app = flask, flask.wsgi_app
        token = str(config["apitoken_header_name"]).upper().replace("-", "_")
        self.personal = (*PERSONAL, f"HTTP_{token}")

    @property
    def seconds(self) -> int:
        """For how long a page is kept at most; 0: none is."""
        seconds = int(tk.config["ckanext.opengov.page_cache_seconds"])
        return 0 if tk.config["debug"] else min(seconds, MOST_SECONDS)

    @functools.cached_property
    def release(self) -> str:
        """What is installed and set: another release keeps pages of its own."""
        return release.fingerprint()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Answer from what is kept; else let CKAN answer, and keep it if that is safe."""
        if not environ["PATH_INFO"].startswith("/"):
            # No browser asks so, and CKAN's own pages stumble over it.
            environ["PATH_INFO"] = f"/{environ['PATH_INFO']}"
        asked = self._asked(environ) if self.seconds else None
        if asked is None:
            return self.app(environ, start)
        try:
            key, kept, has_turn = self._look_up(*asked)
        except store.Unreachable:
            return self.app(environ, start)
        if kept is not None:
            return kept.send(environ, start, "hit")
        try:
            made = self._make(key, environ, _share_of(environ))
        finally:
            if has_turn:
                _give_turn(key)
        return made.send(environ, start, "miss") if isinstance(made, Kept) else made(environ, start)

    def _asked(self, environ: dict[str, Any]) -> tuple[Page, list[Any]] | None:
        """Return which page is asked for, and how; None: it is not kept for everyone."""
        page = self._page_of(environ) if self._is_impersonal(environ) else None
        query = page.query(environ.get("QUERY_STRING", "")) if page else None
        if page is None or query is None:
            return None
        place = ("wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO")
        address = [environ.get(name, "") for name in place]
        return page, [*address, query, self.release, page.clock(datetime.now(UTC))]

    def _is_impersonal(self, environ: dict[str, Any]) -> bool:
        accepted = environ.get("HTTP_ACCEPT") or "*/*"
        return (
            environ["REQUEST_METHOD"] in ("GET", "HEAD")
            and not any(environ.get(name) for name in self.personal)
            and not any(name.startswith("HTTP_HX_") for name in environ)
            # Other plugins answer the same address in other formats, if these come first.
            and (accepted == "*/*" or parse_accept_header(accepted, MIMEAccept).best in HTML)
        )

    def _page_of(self, environ: dict[str, Any]) -> Page | None:
        path = environ["PATH_INFO"]
        _, language, *rest = path.split("/", 2)
        if language in i18n.get_locales():
            path = f"/{rest[0]}" if rest else "/"
        try:
            adapter = self.flask.url_map.bind_to_environ(environ)
            endpoint, _values = adapter.match(path.encode("latin-1").decode(), "GET")
        except (HTTPException, RoutingException, UnicodeError):
            return None
        return _pages.get(endpoint)

    def _look_up(self, page: Page, parts: list[Any]) -> tuple[str, Kept | None, bool]:
        """Return the key, the page, and whether it is ours to make: the others wait."""

        def key_of(tokens: list[str]) -> str:
            text = json.dumps([*parts, tokens]).encode()
            return store.key("page", hashlib.blake2b(text, digest_size=20).hexdigest())

        until = time.monotonic() + WAIT_SECONDS
        key, stored = generations.find(page.generations, key_of)
        if stored is None and _take_turn(key):
            return key, None, True
        while stored is None and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
            found: Any = store.ask(lambda redis: redis.mget([key, _turn(key)]))
            stored, turn = found
            if turn is None:
                break
        return key, (Kept.unpacked(stored) if stored else None), False

    def _make(self, key: str, environ: dict[str, Any], share: str) -> Response | Kept:
        """Let CKAN answer, and keep the page if that is safe."""
        said: list[bool] = []
        until: list[float] = []
        asked = {**environ, "REQUEST_METHOD": "GET", SAID: said, UNTIL: until}
        response = Response.from_app(self.app, asked, buffered=True)
        if not (said and all(said) and _may_be_kept(response)):
            return response
        page = Kept.of(response)
        left = min((each - time.monotonic() for each in until), default=float(self.seconds))
        try:
            _store(key, page.packed(), min(left, self.seconds), share)
        except store.Unreachable:
            return response
        return page


def _share_of(environ: dict[str, Any]) -> str:
    """Return which share of the memory the page counts to; of searches there is no end."""
    own = urlsplit(str(tk.config["ckan.site_url"])).netloc
    is_plain = not environ.get("QUERY_STRING") and environ.get("HTTP_HOST") == own
    return "plain" if is_plain else "asked"


def _store(key: str, packed: bytes, seconds: float, share: str) -> None:
    """Keep a page, unless its share of this minute is used up."""
    milliseconds = int(seconds * 1000)
    if milliseconds < 1:
        return
    used = store.key("page-bytes", share, str(int(time.time()) // MOST_SECONDS))

    def count(redis: Redis) -> Any:
        with redis.pipeline(transaction=False) as pipe:
            pipe.incrby(used, len(packed))
            pipe.expire(used, 2 * MOST_SECONDS)
            return pipe.execute()

    if store.ask(count)[0] <= MOST_BYTES_A_MINUTE:
        store.ask(lambda redis: redis.set(key, packed, px=milliseconds))


def _turn(key: str) -> str:
    return f"{key}:turn"


def _take_turn(key: str) -> bool:
    return bool(store.ask(lambda redis: redis.set(_turn(key), 1, nx=True, px=RENDER_MS)))


def _give_turn(key: str) -> None:
    try:
        store.ask(lambda redis: redis.delete(_turn(key)))
    except store.Unreachable:
        return


def _may_be_kept(response: Response) -> bool:
    headers: Headers = response.headers
    return (
        response.status_code == 200  # noqa: PLR2004 - OK
        and response.mimetype == "text/html"
        and "Set-Cookie" not in headers
        and "no-store" not in headers.get("Cache-Control", "")
        and "*" not in headers.get("Vary", "")
        and len(response.get_data()) <= MOST_BYTES
    )
