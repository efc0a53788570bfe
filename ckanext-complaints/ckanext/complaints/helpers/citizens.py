"""What the pages of citizens ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.complaints import config
from ckanext.complaints.domain.life import OUTCOMES, Outcome, State, Step
from ckanext.complaints.domain.referrals import Mode
from ckanext.complaints.domain.referrals import State as Request
from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.texts import pick
from ckanext.opengov.shared.domain.wording import N_

__all__ = [
    "complaints_chosen",
    "complaints_corruption_channels",
    "complaints_day_after",
    "complaints_elsewhere",
    "complaints_outcome",
    "complaints_request",
    "complaints_request_state",
    "complaints_state",
    "complaints_step",
    "complaints_text",
]

STATES = {
    State.RECEIVED: N_("Received"),
    State.REGISTERED: N_("Registered"),
    State.IN_PROGRESS: N_("Being worked on"),
    State.WAITING_CITIZEN: N_("Waiting for the citizen"),
    State.ANSWERED: N_("Answered"),
    State.APPEALED: N_("Under appeal"),
    State.CLOSED: N_("Closed"),
    State.PURGED: N_("Deleted"),
}
STEPS = {
    "file": N_("Received and registered"),
    "message": N_("The office wrote"),
    "note": N_("Internal note"),
    "write": N_("The citizen wrote"),
    "change-secret": N_("The secret code was changed"),
    "refer": N_("Another unit is asked"),
    "refer-accept": N_("The other unit accepted"),
    "refer-refuse": N_("The other unit refused"),
    "refer-withdraw": N_("The other unit is not asked any more"),
    "refer-expire": N_("The other unit did not answer in time"),
    "refer-end": N_("The other unit works on it no more"),
    "recuse": N_("Somebody stepped back from this case"),
    "exclude": N_("Kept from a person or a body"),
    "exclusion-lift": N_("No longer kept from a person or a body"),
    "link": N_("Linked with another complaint"),
    "unlink": N_("No longer linked with another complaint"),
    "open-file": N_("A file was opened"),
    "open-original": N_("A file was opened as it came"),
    "ack-late": N_("Not acknowledged in time"),
    "answer-late": N_("The date passed without an answer: the citizen can appeal"),
    "answer-very-late": N_("Those who watch over the body were told that it is late"),
    "decision-late": N_("The date passed without a decision on the appeal"),
    "reply-soon": N_("The citizen is reminded of the question"),
    "hold": N_("An order keeps it from being deleted"),
    "end-hold": N_("The order to keep it has ended"),
    "program": N_("A program of the unit did what follows"),
    "release": N_("Moved from the slow queue to the others"),
    Step.REGISTER: N_("Registered"),
    Step.ACKNOWLEDGE: N_("A person has read it"),
    Step.TAKE: N_("Somebody works on it"),
    Step.ASSIGN: N_("Given to somebody"),
    Step.ASK: N_("The citizen is asked for something"),
    Step.REPLY: N_("The citizen replied"),
    Step.RESUME: N_("The work goes on"),
    Step.EXTEND: N_("More time is needed"),
    Step.HAND_OVER: N_("Accepted by another unit; the date stays"),
    Step.ANSWER: N_("Answered"),
    Step.ACCEPT: N_("The citizen accepted the answer"),
    Step.REOPEN: N_("Reopened"),
    Step.APPEAL: N_("The citizen appealed"),
    Step.DECIDE: N_("The appeal was decided"),
    Step.REMAND: N_("The appeal was upheld: the body answers anew"),
    Step.WITHDRAW: N_("The citizen withdrew it"),
    Step.CLOSE_DUPLICATE: N_("Closed as a duplicate"),
    Step.LAPSE: N_("Closed: the time to appeal is over"),
    Step.PURGE: N_("Deleted"),
}

REQUESTS = {
    Mode.TRANSFER: N_("Take the complaint over"),
    Mode.JOINT: N_("Work on it together"),
    Mode.OPINION: N_("Give an opinion"),
}
REQUEST_STATES = {
    Request.PROPOSED: N_("waiting for an answer"),
    Request.ACCEPTED: N_("accepted"),
    Request.REFUSED: N_("refused"),
    Request.EXPIRED: N_("not answered in time"),
    Request.WITHDRAWN: N_("withdrawn"),
    Request.ENDED: N_("ended"),
}


def complaints_request(mode: str) -> str:
    """Return what one unit asks of another, in the reader's language."""
    return tk._(REQUESTS[Mode(mode)])


def complaints_request_state(state: str) -> str:
    """Return what became of a request, in the reader's language."""
    return tk._(REQUEST_STATES[Request(state)])


def complaints_elsewhere() -> str:
    """Return where one gets by leaving quickly."""
    return config.elsewhere()


def complaints_state(state: str) -> str:
    """Return where a case stands, in the reader's language."""
    return tk._(STATES[State(state)])


def complaints_step(step: str) -> str:
    """Return what happened, in the reader's language."""
    return tk._(STEPS.get(step) or N_("Changed"))


def complaints_outcome(outcome: str) -> str:
    """Return how a case ended, in the reader's language."""
    return tk._(OUTCOMES[Outcome(outcome)])


def complaints_day_after(day: str) -> str:
    """Return the day after, as people write it."""
    return str(tk.h.render_datetime((date.fromisoformat(day) + timedelta(days=1)).isoformat()))


def complaints_text(texts: Mapping[str, str]) -> str:
    """Return a text of the configuration in the reader's language, or the nearest."""
    return pick(texts, [tk.h.lang() or "", *readers.languages()])


def complaints_chosen(choices: Iterable[Any], code: str) -> str:
    """Return what somebody chose, as it was offered."""
    return next((each.label for each in choices if each.code == code), "")


def complaints_corruption_channels() -> list[tuple[str, str]]:
    """Return who else takes reports of corruption."""
    return config.corruption_channels(tk.h.lang() or "")
