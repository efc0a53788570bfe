"""Where a case stands in the network, and what its body and unit are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ckan.types import AlchemySession

from ckanext.complaints.domain.filing import Complaint
from ckanext.complaints.domain.network import WORKERS
from ckanext.complaints.domain.referrals import State
from ckanext.complaints.domain.routing import BodyRow, CategoryRoute, route
from ckanext.complaints.logic import excluding
from ckanext.complaints.model import catalogue, members, network, referrals
from ckanext.complaints.model.cases import Case
from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.errors import NotFound
from ckanext.opengov.shared.domain.texts import pick


@dataclass(frozen=True, slots=True)
class Place:
    """Which unit has a case, and by which policy it is answered."""

    unit_id: str
    org_id: str
    policy_id: str
    category_id: str
    form_id: str | None


@dataclass(frozen=True, slots=True)
class Names:
    """What people call a unit and its body."""

    unit: str
    body: str
    org_id: str
    kind: str


def place(session: AlchemySession, complaint: Complaint) -> Place:
    """Return which unit gets a complaint.

    Raises:
        NotFound: its category went meanwhile.
        NobodyReceives: nobody takes complaints.
    """
    whole = network.whole(session)
    category = catalogue.category(session, complaint.category)
    if category is None:
        raise NotFound
    routes = catalogue.routes(session, [category.id]).get(category.id, [])
    default = CategoryRoute(
        next((each.org_id for each in routes if each.region is None), None),
        {each.region: each.org_id for each in routes if each.region},
    )
    found = route(bodies_of(whole), complaint.org_id, complaint.region, default)
    unit = whole.units[found.unit_id]
    form = catalogue.newest_form(session, category.id, None)
    return Place(unit.id, unit.org_id, category.policy_id, category.id, form and form.id)


def judge_of(session: AlchemySession, case: Case) -> str | None:
    """Return the unit that decides on an appeal: the nearest above the body that answered.

    Never one of a body that had a part in the case or must not know of it, nor one in which
    nobody works. Where none takes appeals, the coordinator of a body above does; None: the
    network has nobody who is uninvolved.
    """
    whole = network.whole(session)
    own = whole.units[case.owner_unit_id].org_id
    barred = excluding.of_units(session, excluding.known(session, case))
    involved = {own, *_involved(session, case, whole)}
    tops = [id for id, row in whole.bodies.items() if row.parent_org_id is None]
    others = [each for each in [*whole.above(own), *tops] if each not in involved]
    judges = [whole.working(each, "appeal") for each in others]
    coordinators = [
        whole.units.get(whole.bodies[each].coordinator_unit_id or "") for each in others
    ]
    for unit in [*judges, *coordinators]:
        if unit is None or not unit.active or unit.org_id in involved or barred(unit.id):
            continue
        if workers(session, unit.id):
            return unit.id
    return None


def _involved(session: AlchemySession, case: Case, whole: network.Network) -> set[str]:
    """Return the bodies that had a case, worked on it too, or gave their opinion."""
    parts = (State.ACCEPTED, State.ENDED)
    rows = [each for each in referrals.of_case(session, case.id) if each.state in parts]
    return {whole.units[unit].org_id for row in rows for unit in (row.from_unit, row.to_unit)}


def workers(session: AlchemySession, unit_id: str) -> frozenset[str]:
    """Return who reads and answers the cases of a unit."""
    found = members.members_of(session, [unit_id])
    return frozenset(each.user_id for each in found if each.role in WORKERS)


def bodies_of(whole: network.Network) -> dict[str, BodyRow]:
    """Return the bodies as the rules of routing see them."""
    return {id: _row(whole, id) for id in whole.bodies}


def _row(whole: network.Network, org_id: str) -> BodyRow:
    row, general = whole.bodies[org_id], whole.working(org_id, "general")
    coordinator = whole.coordinator(org_id)
    return BodyRow(
        org_id=org_id,
        parent_org_id=row.parent_org_id,
        intake_open=row.intake_open,
        coordinator_unit_id=coordinator.id if coordinator else None,
        unit_id=general.id if general else None,
        coordinator_org_id=coordinator.org_id if coordinator else None,
    )


def names(session: AlchemySession, lang: str = "") -> Mapping[str, Names]:
    """Return what all units are called, by id: in a language, or the reader's."""
    whole, languages = network.whole(session), [lang, *readers.here_first()]
    called = titles(whole, languages)
    return {
        id: Names(pick(unit.labels, languages), called.get(unit.org_id, ""), unit.org_id, unit.kind)
        for id, unit in whole.units.items()
    }


def names_of(session: AlchemySession, unit_id: str, lang: str = "") -> Names:
    """Return what one unit is called."""
    return names(session, lang).get(unit_id) or Names("", "", "", "")


def titles(whole: network.Network, languages: Sequence[str]) -> dict[str, str]:
    """Return what the bodies of the network are called, those that are active, by id."""
    return {
        id: pick(each["title_translated"], languages) or each["title"]
        for id, each in whole.names.items()
    }
