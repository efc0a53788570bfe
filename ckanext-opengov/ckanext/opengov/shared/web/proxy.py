"""The client's address: the one that the configured proxies tell, and no other.

CKAN takes the whole ``X-Forwarded-For`` header for it, which every client can write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix

WSGI = Callable[[dict[str, Any], Any], Iterable[bytes]]


def behind(app: WSGI, proxies: int) -> WSGI:
    """Return the application as it runs behind this number of proxies."""

    def without_header(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        # From here on the address is in REMOTE_ADDR; CKAN would prefer the header.
        environ.pop("HTTP_X_FORWARDED_FOR", None)
        return app(environ, start_response)

    return ProxyFix(without_header, x_for=proxies, x_proto=proxies, x_host=0)
