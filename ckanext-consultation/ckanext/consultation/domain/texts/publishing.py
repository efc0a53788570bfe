"""When a text may be written and published: a published version stays as it is, for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ckanext.consultation.domain import life
from ckanext.consultation.domain.schedule import Phase
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError, NotFound
from ckanext.opengov.shared.domain.wording import N_

LATER_VERSIONS = frozenset({life.State.PUBLISHED, life.State.RESULTS})
"""States of a consultation in which a new version of a published text is prepared."""


class VersionState(StrEnum):
    """Where a version of a text stands. A ``final`` one came after the consultation closed."""

    DRAFT = "draft"
    PUBLISHED = "published"
    FINAL = "final"


class DocumentNotFound(NotFound):
    """There is none, or the reader may not know of it."""

    code = "not-found"
    template = N_("Text not found")


class ParagraphNotFound(NotFound):
    """The version has no such node."""

    code = "not-found"
    template = N_("Paragraph not found")


class DocumentNeeded(DomainError):
    """With several texts, an id of a paragraph does not say in which it stands."""

    code = "required"
    field = "document_id"
    template = N_("This consultation has several texts. Say which one is meant.")


class ParagraphUnknown(DomainError):
    """The public version of the text has no such paragraph."""

    code = "node-unknown"
    field = "eid"
    template = N_("The text has no paragraph “{eid}”.")


class TextChanged(DomainError):
    """Whoever read another version may mean other words."""

    code = "text-changed"
    field = "text_version"
    template = N_(
        "The text has a new version. Look at the paragraph again, then send your comment once more."
    )


class NotDraft(DomainError):
    """People commented on what they read."""

    code = "version-published"
    template = N_("This version of the text is published and stays as it is. Make a new version.")


class DraftExists(DomainError):
    """Two drafts of one text could not both be the next version."""

    code = "draft-exists"
    template = N_(
        "A new version of this text is being prepared already. Go on with it, or discard it."
    )


class NothingToCopy(DomainError):
    """A version is copied from one that exists."""

    code = "nothing-to-copy"
    template = N_("This text has no published version yet. Send a file or type the text.")


class ImportUnderWay(DomainError):
    """A text that is still being read can neither be changed nor published."""

    code = "import-under-way"
    template = N_("The file of this text is still being read. Wait until that is done.")


class NoWords(DomainError):
    """An empty text asks nobody anything."""

    code = "text-empty"
    template = N_("The text “{title}” has no paragraphs yet. Import it, or discard it.")


class GoesWithConsultation(DomainError):
    """What people are consulted on is approved as a whole."""

    code = "goes-with-consultation"
    template = N_("The first version becomes public with the consultation itself.")


class FinalExists(DomainError):
    """After the end of the consultation there is one result."""

    code = "final-exists"
    template = N_("The final version of this text is published already.")


class ChangedMeanwhile(DomainError):
    """Someone else wrote in it."""

    code = "changed-meanwhile"
    field = "fingerprint"
    template = N_(
        "Someone changed this paragraph meanwhile. Look at it again, then save once more."
    )


class SourceNeeded(DomainError):
    """A version is made from something."""

    code = "required"
    field = "upload"
    template = N_("Choose a file, or type the text.")


class LanguageNeeded(DomainError):
    """Nobody guesses the language of a law."""

    code = "unknown-choice"
    field = "language"
    template = N_("Choose one of: {choices}.")


class LanguageThere(DomainError):
    """The draft speaks this language already."""

    code = "language-there"
    field = "language"
    template = N_("The draft has this language already. Discard the draft to import it anew.")


@dataclass(frozen=True, slots=True)
class Standing:
    """A version of a text and the consultation around it."""

    consultation: life.State
    phase: Phase | None
    version: VersionState
    number: int
    is_read: bool
    """Whether no file of it is being read any more."""
    has_words: bool
    has_final: bool
    title: str
    barred: frozenset[str] = frozenset()
    """Whoever wrote in the consultation."""


def check_drafting(state: life.State, *, is_first: bool) -> None:
    """Refuse to begin or to change a draft where nothing is written now.

    Raises:
        UnderReview: a reviewer looks at it.
        Frozen: it is public and so is not begun, or it is over.
    """
    if not is_first and state in LATER_VERSIONS:
        return
    life.check_editable(state)


def check_writable(standing: Standing) -> None:
    """Refuse to change a version that people read, or that is being read from a file."""
    if standing.version is not VersionState.DRAFT:
        raise NotDraft
    check_drafting(standing.consultation, is_first=standing.number == 1)
    if not standing.is_read:
        raise ImportUnderWay


def check_ready(standing: Standing) -> None:
    """Refuse to publish a text that is not there yet."""
    if not standing.is_read:
        raise ImportUnderWay
    if not standing.has_words:
        raise NoWords(title=standing.title)


def published_as(standing: Standing, actor: Actor) -> VersionState:
    """Return what a draft becomes when it is published by itself.

    Raises:
        DomainError: what is in the way.
    """
    if standing.version is not VersionState.DRAFT:
        raise NotDraft
    if standing.consultation not in LATER_VERSIONS or standing.number == 1:
        raise GoesWithConsultation
    check_ready(standing)
    if actor.user_id in standing.barred:
        raise life.SecondPersonNeeded
    if standing.has_final:
        raise FinalExists
    is_over = standing.phase is Phase.CLOSED
    return VersionState.FINAL if is_over else VersionState.PUBLISHED


def label_of(position: int, number: int) -> str:
    """Return what a version is called in addresses: "2", and of a second text "2-1"."""
    return str(number) if position == 1 else f"{position}-{number}"


def read_label(label: str) -> tuple[int, int]:
    """Return the place of the text and the number of the version that a label names.

    Raises:
        DocumentNotFound: it names none.
    """
    parts = ["1", *label.split("-")][-2:] if label.count("-") < len("--") else []
    if len(parts) != 2 or not all(_is_number(each) for each in parts):  # noqa: PLR2004 - a pair
        raise DocumentNotFound
    position, number = parts
    return int(position), int(number)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < len("10000")


def pair_of(labels: str) -> Sequence[str]:
    """Return the two labels of a comparison, "1..2".

    Raises:
        DocumentNotFound: they are not two.
    """
    found = labels.split("..")
    if len(found) != 2:  # noqa: PLR2004 - a pair
        raise DocumentNotFound
    return found
