"""CKAN 2.12.0 lets one request switch off the CSRF check of another (CVE-2026-41255).

Whoever calls a page with an API token needs no CSRF token. 2.12.0 notes that per
process and not per request, and notes it for anonymous callers with any token too:
after one such call the page is open to forged forms of everyone. Later versions
have ``exempt_this_request``, and then nothing here is done.
"""

from __future__ import annotations

from typing import Any

from flask import g, has_request_context, request

from ckan.common import current_user
from ckan.config.middleware.flask_app import csrf


class Exemptions:
    """The views that need no CSRF token: for good, or in the current request alone."""

    def __init__(self, for_good: set[str]) -> None:
        self.for_good = for_good

    def add(self, view: str) -> None:
        """Exempt a view, until the request ends if there is one.

        CKAN takes every request without a session for one with an API token, and so
        would let anonymous forms through. Without an account only the API is open:
        who calls it from elsewhere has no power that they lack there.
        """
        if not has_request_context():
            self.for_good.add(view)
        elif current_user.is_authenticated or request.blueprint == "api":
            g.setdefault("opengov_csrf_exempt", set()).add(view)

    def __contains__(self, view: object) -> bool:
        """Tell whether the view is exempt here and now."""
        in_request = g.get("opengov_csrf_exempt", ()) if has_request_context() else ()
        return view in self.for_good or view in in_request


def is_needed() -> bool:
    """Tell whether CKAN lacks its own fix."""
    return not hasattr(csrf, "exempt_this_request")


def guard() -> None:
    """Keep exemptions to the request that made them."""
    extension: Any = csrf
    if is_needed() and not isinstance(extension._exempt_views, Exemptions):
        extension._exempt_views = Exemptions(extension._exempt_views)


def need_token() -> None:
    """Ask forms of anonymous visitors for a token: for the blueprints of the suite.

    Later versions of CKAN go on exempting every request without a session.
    """
    if not current_user.is_authenticated:
        csrf.protect()
