"""The staff of the sample's complaints: their accounts, keys of the second step, and sessions.

Nobody opens a complaint with a password alone. So each of them sets up two-step sign-in as
people do, and signs in with the code that their key gives.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import current_app, session
from flask.ctx import AppContext
from flask.testing import FlaskClient
from opengov_stack import accounts, codes
from opengov_stack.sample import Entry, act

import ckan.plugins.toolkit as tk
from ckan import model

TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')
TRIES = 4
LOGIN, CODE = "/user/login", "/user/login/code"


def alone() -> AppContext:
    """Return a block for one request: within another's, it would take that one's person for its."""
    return current_app.app_context()


def make_staff(path: Path, people: list[Entry]) -> dict[str, Officer]:
    """Make the accounts that are missing, and keep them in the file of accounts."""
    return {each["name"]: _officer(path, each) for each in people}


def _officer(path: Path, person: Entry) -> Officer:
    name, known = person["name"], accounts.named(accounts.read(path), person["name"])
    if known is None:
        known = {"name": name, "password": secrets.token_urlsafe(12), "role": person["role"]}
        user = model.User.get(name) or model.User(name=name, email=f"{name}@example.org")
        user.password, user.fullname = known["password"], person["fullname"]
        model.Session.add(user)
        model.Session.commit()
        accounts.put(path, "accounts", "name", known)
    if act("opengov_two_factor_show", name)["state"] != "on":
        made = act("opengov_two_factor_begin", name, password=known["password"])
        # Kept before it counts: an interrupted set-up has the key, or makes another.
        known = {**known, "key": made["key"]}
        accounts.put(path, "accounts", "name", known)
        code = codes.code_of(known["key"], codes.step_now())
        act("opengov_two_factor_confirm", name, candidate=made["candidate"], code=code)
    return Officer(name, known["password"], known["key"])


class Officer:
    """Somebody on the staff, at a browser of their own."""

    def __init__(self, name: str, password: str, key: str) -> None:
        self.name, self._password, self._key = name, password, key
        self._kept: dict[str, Any] = {}

    def act(self, action: str, /, **fields: Any) -> Any:
        """Call an action as a page of this browser does."""
        with self._inside() as context:
            return tk.get_action(action)(context, fields)

    @contextmanager
    def _inside(self) -> Iterator[Any]:
        if not self._kept:
            self._kept = self._signed_in()
        with alone(), current_app.test_request_context():
            session.update(self._kept)
            user = model.User.get(self.name)
            yield {"user": self.name, "auth_user_obj": user, "session": model.Session}

    def _signed_in(self) -> dict[str, Any]:
        """Return the session of a browser that passed both steps.

        Each code opens once: where the last set-up has used that of this moment, the next one does.
        """
        for _ in range(TRIES):
            browser = current_app.test_client()
            _send(browser, LOGIN, login=self.name, password=self._password)
            # Phones may be a step ahead.
            _send(browser, CODE, code=codes.code_of(self._key, codes.step_now() + 1))
            with alone(), browser.session_transaction() as kept:
                if "_user_id" in kept:
                    return dict(kept)
            time.sleep(codes.seconds_left())
        raise RuntimeError(f"{self.name} could not sign in")


def _send(browser: FlaskClient, path: str, **fields: str) -> None:
    """Send the form of a page."""
    with alone():
        found = TOKEN.search(browser.get(path).text)
    with alone():
        token = found.group(1) if found else ""
        browser.post(path, data={**fields, "_csrf_token": token})
