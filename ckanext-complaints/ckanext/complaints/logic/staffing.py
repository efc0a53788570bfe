"""Who of the staff is concerned by a date of many cases: their people, read at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ckan.types import AlchemySession

from ckanext.complaints.domain.escalation import Whom
from ckanext.complaints.domain.network import Kind, Role
from ckanext.complaints.logic import noticing
from ckanext.complaints.logic.noticing import WORKERS
from ckanext.complaints.model import members, network, reminders
from ckanext.complaints.model.cases import Case


class Staff:
    """The people of the units that have some cases, and of those that watch over them."""

    def __init__(self, session: AlchemySession, found: Sequence[Case]) -> None:
        self._session, self._whole = session, network.whole(session)
        self._assigned = reminders.assigned(session, [case.id for case in found])
        own = {id for case in found for id in (case.owner_unit_id, case.appeal_unit_id) if id}
        watching = {
            id
            for id, unit in self._whole.units.items()
            if unit.kind == Kind.OVERSIGHT and unit.active
        }
        self._roles: dict[tuple[str, str], set[str]] = {}
        for each in members.members_of(session, sorted(own | watching)):
            self._roles.setdefault((each.unit_id, each.role), set()).add(each.user_id)

    def whom(self, case: Case, whom: Collection[Whom], *, is_of_appeal: bool) -> frozenset[str]:
        """Return who these are in a case. ``is_of_appeal``: it is about the unit that decides."""
        unit_id = case.appeal_unit_id if is_of_appeal else case.owner_unit_id
        found: set[str] = set()
        if Whom.HANDLER in whom:
            # Whoever left, or whose account is gone, has it no more.
            with_it = {self._assigned.get(case.id, "")} & self._workers(unit_id)
            found |= with_it or self._leads(unit_id)
        if Whom.LEAD in whom:
            found |= self._leads(unit_id)
        if Whom.APPEALS in whom:
            found |= self._workers(unit_id)
        if Whom.SUPERVISOR in whom:
            found |= self._supervisors(unit_id)
        return noticing.recipients(self._session, case, found)

    def _in(self, unit_id: str | None, role: Role) -> set[str]:
        return self._roles.get((unit_id or "", role), set())

    def _leads(self, unit_id: str | None) -> set[str]:
        """Return who leads a unit; where nobody does, who works there."""
        return self._in(unit_id, Role.LEAD) or self._workers(unit_id)

    def _workers(self, unit_id: str | None) -> set[str]:
        return {person for role in WORKERS for person in self._in(unit_id, role)}

    def _supervisors(self, unit_id: str | None) -> set[str]:
        """Return who watches over a unit's body: its own, or the nearest above that have any."""
        unit = self._whole.units.get(unit_id or "")
        for org_id in self._whole.above(unit.org_id) if unit else ():
            watching = (each.id for each in self._whole.units_of(org_id))
            found = {person for id in watching for person in self._in(id, Role.SUPERVISOR)}
            if found:
                return found
        return set()
