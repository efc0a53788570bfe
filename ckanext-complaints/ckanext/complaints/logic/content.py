"""Actions that carry what a case says: pages and the plugin's own JSON addresses call them.

CKAN's action API logs what it is sent, and what is wrong with it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from flask import has_request_context, request

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.complaints.model import network
from ckanext.opengov.shared.glue.actions import domain_action

Action = Callable[[Context, DataDict], Any]


def content_action(action: Action) -> Action:
    """Keep an action out of CKAN's action API, and let it do all or nothing.

    What it wrote before it was refused is undone here: a page that says what was wrong asks for
    the case again, by an action that commits.
    """
    told: Action = domain_action(action)

    @functools.wraps(action)
    def wrapper(context: Context, data_dict: DataDict) -> Any:
        if has_request_context() and request.blueprint == "api":
            raise tk.ObjectNotFound
        with ExitStack() as undone:
            undone.callback(_undo, context["session"])
            found = told(context, data_dict)
            undone.pop_all()
        return found

    # For the documentation.
    wrapper.has_content = True  # type: ignore[attr-defined]
    return wrapper


def _undo(session: AlchemySession) -> None:
    session.rollback()
    network.forget(session)
