"""First appointments: the operator at the host makes the people who then appoint others."""

from __future__ import annotations

from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.complaints.domain.network import Kind, check_role
from ckanext.complaints.logic import changing
from ckanext.complaints.model import members, network
from ckanext.complaints.model.network import Unit
from ckanext.opengov.shared import readers

LABELS = {
    Kind.GENERAL: {
        "ar": "مكتب العلاقات مع المواطن",
        "fr": "Bureau des relations avec le citoyen",
        "en": "Citizen-relations office",
    },
    Kind.INTEGRITY: {"ar": "وحدة النزاهة", "fr": "Unité d'intégrité", "en": "Integrity unit"},
    Kind.OVERSIGHT: {"ar": "وحدة المتابعة", "fr": "Unité de suivi", "en": "Oversight unit"},
    Kind.APPEAL: {"ar": "وحدة التظلّم", "fr": "Unité de recours", "en": "Appeals unit"},
    Kind.CUSTODIAN: {
        "ar": "مؤتمن الهويّات",
        "fr": "Dépositaire des identités",
        "en": "Custodian of identities",
    },
}
"""What a unit is called that is made for its first member; stewards may call it otherwise."""


def appoint(
    session: AlchemySession, user: ckan_model.User, org_id: str, kind: Kind, role: str
) -> tuple[Unit, bool]:
    """Give someone a role in a body's unit, and make both if need be; commit.

    Returns the unit, and whether they did not hold the role before.

    Raises:
        DomainError: a unit of this kind has no such role.
    """
    at = network.now(session)
    found = network.hold(session)
    body = found.bodies.get(org_id)
    check_role(kind, role, is_top=body is None or body.parent_org_id is None)
    if body is None:
        network.make_body(session, org_id)
        changing.note(session, org_id, "body", None, at, parent=None, intake_open=False)
    unit = network.active_unit(session, org_id, kind)
    if unit is None:
        known = {code: text for code, text in LABELS[kind].items() if code in readers.languages()}
        unit = network.make_unit(session, org_id, kind, known or LABELS[kind], at)
        changing.note(session, unit.id, "unit-create", None, at, org=org_id, kind=kind)
    network.seal(session)
    network.unit(session, unit.id, lock=True)
    is_new = members.admit(session, unit, user.id, role, at)
    if is_new:
        changing.note(session, unit.id, "member-admit", None, at, user=user.id, role=role)
    session.commit()
    return unit, is_new
