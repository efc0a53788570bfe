"""What the pages of the network ask for: what things are called, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.complaints.domain.catalogue import DayType, Track
from ckanext.complaints.domain.network import Kind, Role
from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.texts import pick
from ckanext.opengov.shared.domain.wording import N_

__all__ = [
    "complaints_body_title",
    "complaints_day_type",
    "complaints_kind",
    "complaints_label",
    "complaints_period",
    "complaints_role",
    "complaints_source",
    "complaints_track",
]

KINDS = {
    Kind.GENERAL: (N_("Citizen relations"), N_("takes and answers complaints")),
    Kind.INTEGRITY: (N_("Integrity"), N_("takes reports of corruption")),
    Kind.OVERSIGHT: (N_("Oversight"), N_("runs the network, watches the deadlines")),
    Kind.APPEAL: (N_("Appeals against answers"), N_("decides when somebody contests an answer")),
    Kind.CUSTODIAN: (N_("Identities"), N_("keeps the names of those who want them kept")),
}
ROLES = {
    Role.HANDLER: (N_("Officer"), N_("works on the cases of the unit")),
    Role.LEAD: (N_("Lead"), N_("assigns cases, admits officers, puts dates off")),
    Role.CLERK: (N_("Counter clerk"), N_("takes complaints at the counter or by telephone")),
    Role.SUPERVISOR: (N_("Supervisor"), N_("sees figures and deadlines, never what a case says")),
    Role.STEWARD: (N_("Steward"), N_("runs the network, and opens no case")),
}
TRACKS = {
    Track.ORDINARY: N_("Ordinary complaints"),
    Track.CORRUPTION: N_("Reports of corruption"),
}
DAY_TYPES = {DayType.CALENDAR: N_("calendar days"), DayType.WORKING: N_("working days")}
PERIODS = {
    "ack_days": (N_("A person acknowledges within"), N_("working days")),
    "answer_days": (N_("The answer is due within"), ""),
    "extension_days": (N_("A lead may put the answer off, once, by"), ""),
    "again_days": (N_("After a reopening, another answer is due within"), ""),
    "appeal_days": (N_("An answer can be appealed within"), N_("calendar days")),
    "decision_days": (N_("An appeal is decided within"), N_("calendar days")),
    "reopen_days": (N_("A case can be reopened within"), N_("calendar days")),
    "pause_days": (
        N_("A question to the citizen stops the clock for at most"),
        N_("calendar days"),
    ),
    "pause_wait_days": (N_("Without a reply, work goes on after"), N_("calendar days")),
    "accept_days": (N_("A unit accepts or refuses a transfer within"), N_("working days")),
    "retention_days": (N_("A closed case is erased after"), N_("calendar days")),
}
"""What is said before the number of each period, and after it: by the policy's kind of days."""
SOURCES = (
    N_("ISO 37002:2021 (a standard, not a law): a personal message within three working days"),
    N_("Presidential decree 2021-223 of 7 Dec 2021 (JORT 2021-113)"),
)
"""Where the numbers and days of ``data/`` come from, as they are stored there."""


def complaints_label(texts: Mapping[str, str] | None) -> str:
    """Return what something is called, in the reader's language or the nearest."""
    return pick(texts or {}, [tk.h.lang() or "", *readers.languages()])


def complaints_body_title(body: Mapping[str, Any] | None) -> str:
    """Return what a body is called; one that is gone is called so."""
    if not body or not body["name"]:
        return tk._("A body that was deleted")
    return complaints_label(body["title_translated"]) or str(body["title"])


def complaints_kind(kind: str) -> tuple[str, str]:
    """Return what a kind of unit is called, and what it does."""
    name, does = KINDS[Kind(kind)]
    return tk._(name), tk._(does)


def complaints_role(role: str) -> tuple[str, str]:
    """Return what a role is called, and what its holders do."""
    name, does = ROLES[Role(role)]
    return tk._(name), tk._(does)


def complaints_track(track: str) -> str:
    """Return what complaints of a track are called."""
    return tk._(TRACKS[Track(track)])


def complaints_day_type(day_type: str) -> str:
    """Return what days are called that are counted so."""
    return tk._(DAY_TYPES[DayType(day_type)])


def complaints_source(source: str) -> str:
    """Return where something comes from: what this plugin brings, in the reader's language."""
    return tk._(source) if source in SOURCES else source


def complaints_period(name: str, day_type: str = "") -> tuple[str, str]:
    """Return what is said before the number of a period, and after it."""
    before, unit = PERIODS[name]
    after = unit or (DAY_TYPES[DayType(day_type)] if day_type else N_("days"))
    return tk._(before), tk._(after)
