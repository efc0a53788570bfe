"""What a person's second factor may be, and what keeps someone from using or changing it."""

from __future__ import annotations

from enum import StrEnum

from ckanext.opengov.shared.domain.errors import DomainError, NotFound
from ckanext.opengov.shared.domain.wording import N_


class State(StrEnum):
    """Where a person's second factor stands."""

    OFF = "off"
    """Never turned on, or turned off by the person with a code."""
    ON = "on"
    RESET = "reset"
    """A colleague vouched for the person, who enrols anew with the code that they handed over."""
    BROKEN = "broken"
    """What is stored was not written by the suite, or went missing: it grants nothing."""


class Policy(StrEnum):
    """Who needs a second factor."""

    OFF = "off"
    OPTIONAL = "optional"
    STAFF = "staff"


class WrongCode(DomainError):
    """The code is not right, or was used."""

    code = "wrong-code"
    field = "code"
    template = N_(
        "This code is not right, or was used already. Enter the code that your app shows now."
    )


class OnlyRecovery(DomainError):
    """So many wrong codes came that the app's do not open any more."""

    code = "only-recovery"
    field = "code"
    template = N_("Too many wrong codes were entered: use a recovery code.")


class WrongPassword(DomainError):
    """The password is not that of the account."""

    code = "wrong-password"
    field = "password"
    template = N_("This is not the password of your account.")


class TooManyAttempts(DomainError):
    """Too many wrong codes or passwords; ``time`` says how long to wait."""

    code = "too-many-attempts"
    field = "code"
    template = N_("Too many attempts. Try again in {time}.")


class SwitchedOff(DomainError):
    """The site does without."""

    code = "two-factor-switched-off"
    template = N_("This site does not use two-step sign-in.")


class NotOn(DomainError):
    """There is nothing to check a code against."""

    code = "two-factor-not-on"
    template = N_("Two-step sign-in is not on for this account.")


class Broken(DomainError):
    """The stored row is not to be trusted."""

    code = "two-factor-broken"
    template = N_(
        "What is stored about your two-step sign-in cannot be trusted."
        " An administrator of your public body can let you set it up again."
    )


class SetUpExpired(DomainError):
    """The key was made too long ago, or for a state that has passed."""

    code = "set-up-expired"
    template = N_("Too much time has passed. Start again.")


class WrongHandover(DomainError):
    """The hand-over code is not right or too old."""

    code = "wrong-handover-code"
    field = "code"
    template = N_(
        "This is not the code that your colleague was given, or it is too old."
        " Ask them for it, or for a new one."
    )


class Required(DomainError):
    """The site asks staff for a second factor."""

    code = "two-factor-required"
    template = N_("Your account must have two-step sign-in: it cannot be turned off.")


class NothingToReset(DomainError):
    """The person never turned it on."""

    code = "nothing-to-reset"
    field = "user"
    template = N_("This person has not set up two-step sign-in: there is nothing to reset.")


class NotOfThisBody(NotFound):
    """The person is no member."""

    code = "not-a-member"
    field = "user"
    template = N_("This person is not a member of this public body.")


class BodyNotTrusted(DomainError):
    """The person has not let this body's administrators help."""

    code = "body-not-trusted"
    field = "user"
    template = N_(
        "This person has not yet said that the administrators of this public body may help."
        " Those of another of their bodies may."
    )


class NoColleague(DomainError):
    """The caller's role was not given by someone else, or nobody signed that it was."""

    code = "no-colleague"
    template = N_(
        "You gave yourself this role, or it was given past the site:"
        " only someone whom others made administrator may do this."
    )


class Oneself(DomainError):
    """Nobody is their own colleague."""

    code = "oneself"
    field = "user"
    template = N_("Another administrator must do this for you.")
