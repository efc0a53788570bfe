"""Reads each answer of a filing, or says what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from ckanext.complaints.domain import forms
from ckanext.complaints.domain.filing_draft import (
    FORM_PREFIX,
    UNKNOWN_BODY,
    Filing,
    Mode,
    Notices,
)
from ckanext.complaints.domain.reading import (
    address_of,
    day_of,
    line_of,
    telephone_of,
    text_of,
)
from ckanext.opengov.shared.domain.errors import DomainError, Several
from ckanext.opengov.shared.domain.wording import N_

LEAST_HAPPENED, MOST_HAPPENED = 10, 5000
LEAST_WANTED, MOST_WANTED = 3, 2000
MOST_PLACE, MOST_WHEN = 300, 200
LEAST_NAME, MOST_NAME = 2, 100


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be chosen: the network's configuration of the day."""

    today: date
    """The local day."""
    categories: frozenset[str]
    bodies: frozenset[str]
    regions: frozenset[str]
    languages: tuple[str, ...] = ("ar", "fr", "en")
    forms: Mapping[str, forms.Form] = field(default_factory=dict)
    """By category; most have none."""
    sealed: frozenset[str] = frozenset()
    """Categories of the sealed track, which are not taken here yet."""
    with_region: frozenset[str] = frozenset()
    """Categories whose complaints go to a unit of the region."""
    notices: frozenset[str] = frozenset({Notices.NONE, Notices.MAIL})
    most_files: int = 10


class CategoryNeeded(DomainError):
    """It decides on forms, dates and units."""

    code = "required"
    field = "category"
    template = N_("Choose what your complaint is about.")


class NotTakenHere(DomainError):
    """Until reports of corruption can be sealed, nobody should file one here."""

    code = "not-taken-here"
    field = "category"
    template = N_(
        "Reports of corruption cannot be sent here yet, because this site cannot protect them"
        " well enough. The page on such reports names other ways."
    )


class BodyNeeded(DomainError):
    """Not to know is an answer."""

    code = "required"
    field = "body"
    template = N_("Choose a public body, or say that you do not know which one.")


class RegionNeeded(DomainError):
    """It decides on the unit."""

    code = "required"
    field = "region"
    template = N_("Choose the region: it says which office handles your complaint.")


class DayToCome(DomainError):
    """It has not happened yet."""

    code = "in-the-future"
    field = "day"
    template = N_("This day is yet to come. Write the day on which it happened.")


class ModeNeeded(DomainError):
    """Nobody is named by accident."""

    code = "required"
    field = "mode"
    template = N_("Choose whether to give your name.")


class NameNeeded(DomainError):
    """Both modes with a name need one."""

    code = "required"
    field = "name"
    template = N_("Write your name, or choose to stay anonymous.")


class AddressNeeded(DomainError):
    """A notice needs a place to go."""

    code = "required"
    field = "email"
    template = N_("Write the e-mail address at which you want to be told that there is news.")


class TelephoneNeeded(DomainError):
    """A notice needs a place to go."""

    code = "required"
    field = "phone"
    template = N_("Write the telephone number at which you want to be told that there is news.")


class TooManyFiles(DomainError):
    """More than a unit can look at."""

    code = "too-many-files"
    field = "files"
    template = N_("Send at most {most} files.")


def category(filing: Filing, offer: Offer) -> str:
    """Return what the complaint is about."""
    if not filing.category:
        raise CategoryNeeded
    if filing.category in offer.sealed:
        raise NotTakenHere
    return _offered(filing.category, offer.categories, "category")


def body(filing: Filing, offer: Offer) -> str | None:
    """Return the organization; None: the citizen does not know."""
    if not filing.body:
        raise BodyNeeded
    if filing.body == UNKNOWN_BODY:
        return None
    return _offered(filing.body, offer.bodies, "body")


def happened(filing: Filing, _offer: Offer) -> str:
    """Return what happened."""
    return text_of(filing.happened, LEAST_HAPPENED, MOST_HAPPENED, "happened")


def wanted(filing: Filing, _offer: Offer) -> str:
    """Return what is asked for."""
    return text_of(filing.wanted, LEAST_WANTED, MOST_WANTED, "wanted")


def region(filing: Filing, offer: Offer) -> str:
    """Return the region's code; many complaints have none."""
    if filing.region:
        return _offered(filing.region, offer.regions, "region")
    if filing.category in offer.with_region:
        raise RegionNeeded
    return ""


def place(filing: Filing, _offer: Offer) -> str:
    """Return the place in words."""
    return line_of(filing.place, 0, MOST_PLACE, "place")


def day(filing: Filing, offer: Offer) -> date | None:
    """Return the day on which it happened."""
    if not filing.day.strip():
        return None
    found = day_of(filing.day, "day")
    if found > offer.today:
        raise DayToCome
    return found


def when(filing: Filing, _offer: Offer) -> str:
    """Return the time in words."""
    return line_of(filing.when, 0, MOST_WHEN, "when")


def mode(filing: Filing, _offer: Offer) -> Mode:
    """Return who learns who files."""
    if not filing.mode:
        raise ModeNeeded
    return Mode(_offered(filing.mode, frozenset(Mode), "mode"))


def name(filing: Filing, _offer: Offer) -> str:
    """Return the name. Of who is anonymous none is kept, whatever was typed before."""
    if filing.mode not in (Mode.NAMED, Mode.CONFIDENTIAL):
        return ""
    if not filing.name.strip():
        raise NameNeeded
    return line_of(filing.name, LEAST_NAME, MOST_NAME, "name")


def email(filing: Filing, _offer: Offer) -> str:
    """Return the mail address, where one is given or needed."""
    if filing.email.strip():
        return address_of(filing.email, "email")
    if filing.notices == Notices.MAIL:
        raise AddressNeeded
    return ""


def phone(filing: Filing, _offer: Offer) -> str:
    """Return the telephone number, where one is given or needed."""
    if filing.phone.strip():
        return telephone_of(filing.phone, "phone")
    if filing.notices == Notices.SMS:
        raise TelephoneNeeded
    return ""


def notices(filing: Filing, offer: Offer) -> Notices:
    """Return how to tell that there is news; not at all unless it was chosen."""
    return Notices(_offered(filing.notices or Notices.NONE, offer.notices, "notices"))


def language(filing: Filing, offer: Offer) -> str:
    """Return the language in which the citizen is written to."""
    return _offered(filing.language, frozenset(offer.languages), "language")


def files(filing: Filing, offer: Offer) -> tuple[str, ...]:
    """Return the ids of the files, each once."""
    found = tuple(dict.fromkeys(filing.files))
    if len(found) > offer.most_files:
        raise TooManyFiles(most=offer.most_files)
    return found


def form(filing: Filing, offer: Offer) -> dict[str, forms.Answer]:
    """Return the answers to the form of the category."""
    asked = offer.forms.get(filing.category, forms.Form())
    try:
        return forms.answers(asked, filing.form)
    except Several as several:
        for error in several.errors:
            error.field = FORM_PREFIX + error.field
        raise


def _offered(value: str, offered: frozenset[str], name: str) -> str:
    if value not in offered:
        raise forms.UnknownChoice(field=name)
    return value


PARTS: Mapping[str, Callable[[Filing, Offer], object]] = {
    each.__name__: each
    for each in (
        category,
        body,
        happened,
        wanted,
        region,
        place,
        day,
        when,
        mode,
        name,
        email,
        phone,
        notices,
        language,
        files,
        form,
    )
}
"""The reader of each field."""
