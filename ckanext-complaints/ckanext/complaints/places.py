"""Where people come to complaints from other pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sqlalchemy as sa

import ckan.plugins.toolkit as tk

from ckanext.complaints.domain.network import WORKERS, Role
from ckanext.complaints.logic.roles import TAKERS
from ckanext.complaints.model import members
from ckanext.opengov.shared import places
from ckanext.opengov.shared.domain.wording import N_

WATCHERS = (Role.SUPERVISOR, Role.STEWARD)


def _fact() -> str:
    return tk._("No account needed")


def _is_any(*roles: str) -> Callable[[str], sa.ColumnElement[bool]]:
    """Return what tells in a query whether somebody is one of these; of none, whatever they are."""
    return lambda user_id: members.is_noted(user_id, *roles)


def _pages() -> Iterator[places.Listed]:
    for page in ("index", "promises", "corruption"):
        yield f"complaints.{page}", {}, None
    yield "complaints_statistics.show", {}, None


places.register(
    places.Door(
        name="complaint",
        title=N_("Complaints"),
        text=N_("Tell a public body what went wrong, and follow the answer with a secret code."),
        endpoint="complaints.index",
        icon="complain",
        blueprints=("complaints", "complaints_case", "complaints_filing", "complaints_statistics"),
        fact=_fact,
    ),
    places.Desk(N_("Complaints of the unit"), "complaints_desk.index", _is_any(*WORKERS)),
    places.Desk(N_("Take a complaint"), "complaints_intake.index", _is_any(*TAKERS)),
    places.Desk(N_("Programs of the unit"), "complaints_programs.index", _is_any(Role.LEAD)),
    places.Desk(N_("Deadlines of the bodies"), "complaints_overview.index", _is_any(*WATCHERS)),
    places.Desk(N_("Network of complaints"), "complaints_network.index", _is_any()),
    places.Desk(N_("Complaints kept by order"), "complaints_holds.index", _is_any(*WATCHERS)),
    places.Part("complaints", _pages),
)
