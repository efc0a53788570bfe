"""What people are told about their second factor, and their colleagues about a reset."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.outbox import Message
from ckanext.opengov.shared.rendering import Said, To, renders


class Kind(StrEnum):
    """What happened: the step in the audit log, and the kind of the message."""

    ON = "two-factor-on"
    OFF = "two-factor-off"
    RECOVERY_USED = "two-factor-recovery-used"
    RECOVERY_RENEWED = "two-factor-recovery-renewed"
    TRUSTED = "two-factor-trusted"
    RESET = "two-factor-reset"
    GUESSED = "two-factor-guessed"


HEADING = N_("The safety of your account")
NOT_YOU = N_(
    "If this was not you, change your password and tell an administrator of your public body."
)
WORDING = {
    Kind.ON: (
        N_("Two-step sign-in was set up for {name}"),
        N_("From now on, signing in as {name} takes the password and a code from the app."),
    ),
    Kind.OFF: (
        N_("Two-step sign-in was turned off for {name}"),
        N_("From now on, the password alone is enough to sign in as {name}."),
    ),
    Kind.RECOVERY_USED: (
        N_("A recovery code of {name} was used"),
        N_("A recovery code took the place of the app. It opens nothing any more."),
    ),
    Kind.RECOVERY_RENEWED: (
        N_("New recovery codes were made for {name}"),
        N_("The recovery codes from before open nothing any more."),
    ),
    Kind.RESET: (
        N_("Two-step sign-in of {name} was reset"),
        N_(
            "{actor} let {name} set up two-step sign-in anew. This takes the password and a"
            " code that {actor} hands over. The app and recovery codes from before open nothing"
            " any more."
        ),
    ),
    Kind.GUESSED: (
        N_("Someone tries to sign in as {name}"),
        N_(
            "Someone entered the right password of {name}, and then many wrong codes."
            " They did not get in."
        ),
    ),
}


@renders(dict.fromkeys(WORDING, HEADING), is_urgent=True)
def render(session: AlchemySession, to: To, messages: Sequence[Message]) -> list[Said | None]:
    """Return what happened, and what to do if it should not have."""
    return [_said(session, to, message) for message in messages]


def _said(session: AlchemySession, to: To, message: Message) -> Said:
    person = session.get_one(ckan_model.User, message.params["user_id"])
    actor = session.get(ckan_model.User, message.params["actor_id"] or "-")
    names = {
        "name": person.display_name,
        "actor": actor.display_name if actor else tk._("The operator of the site"),
    }
    sentence, text = WORDING[Kind(message.kind)]
    address = tk.url_for("opengov_two_factor.show", locale=to.language, _external=True)
    todo = f"{tk._(text).format(**names)}\n\n{tk._(NOT_YOU)}"
    return Said(tk._(sentence).format(**names), todo, str(address))
