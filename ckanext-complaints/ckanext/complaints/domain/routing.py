"""Which unit gets a new complaint: no complaint is without one.

The way is up: where a body has no unit to take it, its coordinator does; a body that is accused
is passed over, with its coordinator and all below it, until someone uninvolved is found.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_


@dataclass(frozen=True, slots=True)
class BodyRow:
    """A body in the network, as routing sees it."""

    org_id: str
    parent_org_id: str | None
    intake_open: bool
    coordinator_unit_id: str | None
    unit_id: str | None
    """Its active general unit."""
    coordinator_org_id: str | None = None
    """The body of the coordinator's unit, where it is another one."""


@dataclass(frozen=True, slots=True)
class CategoryRoute:
    """Who is responsible for a category where the citizen does not say."""

    org_id: str | None = None
    by_region: Mapping[str, str] = field(default_factory=dict)
    """Bodies by region, where the regions have their own."""


class Because(StrEnum):
    """Why a unit got a complaint; the citizen and the unit are told."""

    CHOSEN = "chosen"
    REGION = "region"
    CATEGORY = "category"
    ROOT = "root"
    """Nothing said who is responsible."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a complaint goes."""

    unit_id: str
    org_id: str
    """The body of the unit, or the one for which its coordinator stands in."""
    because: Because
    is_coordinator: bool = False
    is_passed_up: bool = False
    """Another body was meant: it takes nothing, or may not know."""


class NobodyReceives(DomainError):
    """The network has no unit that may take it: the operator has to name a coordinator."""

    code = "nobody-receives"
    template = N_(
        "No office can take this complaint at the moment. What you wrote is kept: try again later."
    )


def below(bodies: Mapping[str, BodyRow], org_ids: Collection[str]) -> frozenset[str]:
    """Return the bodies with all that stand under them: whom an exclusion concerns."""
    found = frozenset(org_ids)
    while True:
        under = {row.org_id for row in bodies.values() if row.parent_org_id in found} - found
        if not under:
            return found
        found |= under


def route(
    bodies: Mapping[str, BodyRow],
    chosen: str | None,
    region: str,
    default: CategoryRoute,
    is_excluded: Callable[[str], bool] = lambda _org_id: False,
) -> Route:
    """Return the unit that gets a new complaint.

    ``is_excluded`` tells of a body that it may not know of the complaint.

    Raises:
        NobodyReceives: not even the root has a coordinator who may take it.
    """
    meant, because = _meant(chosen, region, default)
    roots = [row.org_id for row in bodies.values() if row.parent_org_id is None]
    for start in [meant, *roots] if meant else roots:
        for row in _upwards(bodies, start):
            found = _unit_of(row, bodies, is_excluded, prefers_coordinator=meant is None)
            if found is not None:
                unit_id, is_coordinator = found
                is_passed_up = meant not in (None, row.org_id)
                return Route(unit_id, row.org_id, because, is_coordinator, is_passed_up)
    raise NobodyReceives


def _meant(chosen: str | None, region: str, default: CategoryRoute) -> tuple[str | None, Because]:
    """Return the body that should take it, and who says so: the citizen's choice wins."""
    if chosen is not None:
        return chosen, Because.CHOSEN
    if region in default.by_region:
        return default.by_region[region], Because.REGION
    if default.org_id is not None:
        return default.org_id, Because.CATEGORY
    return None, Because.ROOT


def _upwards(bodies: Mapping[str, BodyRow], org_id: str) -> Iterator[BodyRow]:
    """Yield a body and those above it; a circle, which should not be, ends."""
    at: str | None = org_id
    seen: set[str] = set()
    while at is not None and at in bodies and at not in seen:
        seen.add(at)
        yield bodies[at]
        at = bodies[at].parent_org_id


def _unit_of(
    row: BodyRow,
    bodies: Mapping[str, BodyRow],
    is_excluded: Callable[[str], bool],
    *,
    prefers_coordinator: bool,
) -> tuple[str, bool] | None:
    """Return the unit that takes a complaint for a body, and whether it is its coordinator."""
    if is_excluded(row.org_id):
        return None
    unit = row.unit_id if row.intake_open else None
    coordinator = row.coordinator_unit_id
    if coordinator is not None and is_excluded(_org_of_coordinator(row, bodies)):
        coordinator = None
    takes_all = coordinator is not None and prefers_coordinator
    if unit is not None and not takes_all:
        return unit, False
    return (coordinator, True) if coordinator is not None else None


def _org_of_coordinator(row: BodyRow, bodies: Mapping[str, BodyRow]) -> str:
    if row.coordinator_org_id is not None:
        return row.coordinator_org_id
    owners = (each.org_id for each in bodies.values() if each.unit_id == row.coordinator_unit_id)
    return next(owners, row.org_id)
