"""What a citizen who files can choose from: categories, bodies, regions and forms of the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ckan.types import AlchemySession

from ckanext.complaints import regions
from ckanext.complaints.domain import forms
from ckanext.complaints.domain.filing import Notices, Offer
from ckanext.complaints.domain.routing import CategoryRoute, NobodyReceives, route
from ckanext.complaints.logic import placing
from ckanext.complaints.model import catalogue, network
from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.texts import pick

SEALED = "corruption"


@dataclass(frozen=True, slots=True)
class Choice:
    """A category, a body or a region as it is offered."""

    code: str
    label: str
    is_sealed: bool = False


@dataclass(frozen=True, slots=True)
class Offered:
    """The rules' view of what can be chosen, and people's."""

    offer: Offer
    categories: list[Choice]
    bodies: list[Choice]
    regions: list[Choice]


def offered(session: AlchemySession, today: date, category: str = "") -> Offered:
    """Return what can be chosen now, in the reader's language; of forms, that of one category."""
    languages = readers.here_first()
    rows = catalogue.categories(session)
    whole = network.whole(session)
    called = placing.titles(whole, languages)
    taking = [id for id, row in whole.bodies.items() if row.intake_open and id in called]
    named = [Choice(id, called[id]) for id in taking]
    places = regions.regions()
    offer = Offer(
        today=today,
        categories=frozenset(row.code for row in rows),
        bodies=frozenset(taking),
        regions=regions.codes(),
        languages=tuple(languages),
        forms={
            row.code: form
            for row in rows
            if row.code == category and (form := _form_of(session, row.id))
        },
        sealed=frozenset(row.code for row in rows if row.track == SEALED),
        notices=frozenset({Notices.NONE, Notices.MAIL}),
    )
    return Offered(
        offer,
        [Choice(row.code, pick(row.labels, languages), row.track == SEALED) for row in rows],
        sorted(named, key=lambda each: each.label),
        [Choice(code, pick(labels, languages)) for code, labels in places.items()],
    )


def is_open(session: AlchemySession) -> bool:
    """Tell whether a complaint filed now would find a unit that takes it."""
    whole = network.whole(session)
    if not catalogue.categories(session):
        return False
    try:
        route(placing.bodies_of(whole), None, "", CategoryRoute())
    except NobodyReceives:
        return False
    return True


def _form_of(session: AlchemySession, category_id: str) -> forms.Form | None:
    found = catalogue.newest_form(session, category_id, None)
    return forms.checked({"questions": found.questions}) if found else None
