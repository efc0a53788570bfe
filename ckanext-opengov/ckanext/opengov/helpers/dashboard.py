"""What the pages of signed-in people ask for."""

from __future__ import annotations

from dataclasses import dataclass

from babel import Locale
from flask import g, request

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model

from ckanext.opengov import addresses
from ckanext.opengov.model import publication
from ckanext.opengov.shared import inbox, places


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of the dashboard."""

    endpoint: str
    label: str
    count: int = 0
    """Shown beside the label, unless nothing waits."""

    @property
    def is_current(self) -> bool:
        """Tell whether the page is this one, or below it."""
        here, own = request.endpoint or "", self.endpoint.partition(".")
        return here == self.endpoint or (here.partition(".")[0] == own[0] == "opengov_inbox")


def opengov_unread() -> int:
    """Return how many notices the visitor has not read; above a hundred, 101."""
    if "opengov_unread" not in g:
        session = ckan_model.Session  # noqa: TID251 - a page has no context
        g.opengov_unread = inbox.unread(session, tk.current_user.id)
    return int(g.opengov_unread)


def opengov_tabs() -> list[Tab]:
    """Return the pages of the visitor's dashboard: who works in no body has other ones."""
    session = ckan_model.Session  # noqa: TID251 - a page has no context
    own = Tab("opengov_inbox.show", tk._("Inbox"), opengov_unread())
    news = Tab("activity.dashboard", tk._("News feed"))
    desks = [
        Tab(each.endpoint, tk._(each.title))
        for each in places.desks_of(session, tk.current_user.id)
    ]
    if publication.bodies_worked_in(session, tk.current_user.id):
        return [
            Tab("opengov_work.show", tk._("Data")),
            Tab("opengov_review.queue", tk._("To review")),
            *desks,
            own,
            news,
            Tab("dashboard.organizations", tk._("Public bodies")),
        ]
    return [*desks, own, news, Tab("dashboard.datasets", tk._("Datasets"))]


def opengov_work_url(name: str) -> str:
    """Return where a body's people go on with a dataset."""
    return addresses.of_work(name)


def opengov_language_name(code: str) -> str:
    """Return a language's own name."""
    return str(Locale.parse(code).get_display_name(code)).capitalize()
