"""Speaks a language where no request says which: in workers and commands.

Outside of a request Flask-Babel translates nothing, and says nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from flask_babel import force_locale

_APPS: list[Flask] = []
"""The application of this process."""


def keep(app: Flask) -> None:
    """Remember the application; called when it is made."""
    _APPS[:] = [app]


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let texts and addresses be in this language until the block ends."""
    environment = {"CKAN_LANG": language, "CKAN_LANG_IS_DEFAULT": False}
    with _APPS[0].test_request_context(environ_overrides=environment), force_locale(language):
        yield
