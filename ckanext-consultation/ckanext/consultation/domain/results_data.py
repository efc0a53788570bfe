"""What the results of a consultation are as data: files, columns, and how a text stands in a cell.

Names of columns are for programs and stay as they are; titles and descriptions are for people,
in each language of the site.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

import regex

from ckanext.consultation.domain.life import Role, State
from ckanext.consultation.domain.schedule import Phase
from ckanext.opengov.shared.domain import characters
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError, NotPermitted
from ckanext.opengov.shared.domain.redaction import Loss
from ckanext.opengov.shared.domain.wording import N_

CLOSED = frozenset({State.PUBLISHED, State.RESULTS, State.ARCHIVED})
"""States of a consultation in which the clock may say that it is closed."""
PUBLISHED, REMOVED = "published", "removed"
"""What a row of a comment says of its state; why one was removed is nobody's business."""
ESCAPE = "'"
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", ESCAPE)  # noqa: RUF001
"""With these a spreadsheet may take a text for a formula; the escape itself, so that whoever takes
one away from the front of each text that has one gets the words as they were written."""
UNWANTED = regex.compile(r"[[\p{Cc}--[\n\t]]\u202d\u202e\p{Cs}]", regex.VERSION1)
MOST_PREVIEWED = 5


class NotClosed(DomainError):
    """Until the end nobody knows what the results are."""

    code = "not-closed"
    template = N_("The results are published as data once the consultation is closed.")


class DatasetUnderReview(DomainError):
    """What a reviewer looks at does not change under their eyes."""

    code = "under-review"
    template = N_(
        "The dataset of the results is under review. To make its files anew, ask the reviewer"
        " to return it."
    )


class LicenceUnknown(DomainError):
    """The portal has no such licence for new datasets."""

    code = "unknown-licence"
    field = "license_id"
    template = N_("Choose one of the licences of this portal.")


def check_may_export(actor: Actor, state: State, phase: Phase | None) -> None:
    """Refuse whoever does not publish for the body, and what is not over.

    Raises:
        NotPermitted: they have another part in the consultation, or none.
        NotClosed: people may still be heard, or nobody ever was.
    """
    if Role.PUBLISHER not in actor.roles:
        raise NotPermitted
    if state not in CLOSED or phase is not Phase.CLOSED:
        raise NotClosed


def cell(text: str) -> str:
    """Return a text as it stands in a cell: no spreadsheet runs it, and nothing hides in it."""
    if UNWANTED.search(text):
        text = characters.cleaned(text)
    return ESCAPE + text if text.startswith(STARTS) else text


def moment(at: datetime | None) -> str:
    """Return a moment in UTC as ISO 8601 has it; empty: there is none."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file."""

    name: str
    type: str
    """Of Table Schema."""
    title: str
    description: str = ""
    is_translated: bool = False
    """There is one for each language of the site."""
    among: tuple[str, ...] = ()

    def names(self, languages: Sequence[str]) -> list[str]:
        """Return the names of the column, or of its columns by language."""
        return [f"{self.name}_{each}" for each in languages] if self.is_translated else [self.name]


@dataclass(frozen=True, slots=True)
class File:
    """A file of the dataset."""

    name: str
    title: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    about: str = ""
    """The column with the number of the comment whose words are in a row."""
    kept: frozenset[str] = field(default_factory=frozenset)
    """What stays of a row when its comment goes; the rest of it is emptied."""

    def header(self, languages: Sequence[str]) -> list[str]:
        """Return the names of all columns in their order."""
        return [name for column in self.columns for name in column.names(languages)]


NUMBER = N_("The number of the comment, as its address has it")
COUNT = N_("How many participants said so")

COMMENTS = File(
    name="comments.csv",
    title=N_("Comments"),
    description=N_(
        "One row for each comment that is public. Where a thread needs one that was removed, its"
        " row is there without words."
    ),
    columns=(
        Column("number", "integer", N_("Number"), NUMBER),
        Column(
            "parent_number",
            "integer",
            N_("Answers to"),
            N_("The number of the comment that it answers; empty: none"),
        ),
        Column(
            "root_number",
            "integer",
            N_("Thread"),
            N_("The number of the first comment of its thread"),
        ),
        Column("depth", "integer", N_("Depth"), N_("0 for the first comment of a thread, up to 4")),
        Column(
            "state",
            "string",
            N_("State"),
            N_("published, or removed: then the row has its place in the thread alone"),
            among=(PUBLISHED, REMOVED),
        ),
        Column(
            "text_version",
            "string",
            N_("Version of the text"),
            N_("The version on which it was made, as addresses name it"),
        ),
        Column(
            "paragraph",
            "string",
            N_("Paragraph"),
            N_("The id of the paragraph on which it was made, the same in all languages"),
        ),
        Column(
            "paragraph_number",
            "string",
            N_("Number of the division"),
            N_("As it is printed before the paragraph, or before the division that it stands in"),
            is_translated=True,
        ),
        Column(
            "paragraph_heading",
            "string",
            N_("Heading of the division"),
            N_("Of the paragraph, or of the division that it stands in"),
            is_translated=True,
        ),
        Column(
            "language",
            "string",
            N_("Language"),
            N_("Of the comment: its code in ISO 639-1"),
        ),
        Column(
            "position",
            "string",
            N_("Position"),
            N_("What its author thinks of the proposal: for, neutral or against; empty: not said"),
            among=("for", "neutral", "against"),
        ),
        Column("channel", "string", N_("Channel"), N_("web: by the pages; api: by a program")),
        Column(
            "text",
            "string",
            N_("Text"),
            N_(
                "In Markdown, as they were written. A text that begins with = + - @ ' or a blank"
                " of another kind has an apostrophe before it, so that no spreadsheet runs it:"
                " take that one sign away to have the words as they were written. The same holds"
                " for all texts of these files."
            ),
        ),
        Column(
            "participant",
            "integer",
            N_("Participant"),
            N_("A number drawn by lot, for this consultation alone"),
        ),
        Column(
            "participant_kind",
            "string",
            N_("Kind of participant"),
            N_("account, guest or organization"),
        ),
        Column(
            "participant_name",
            "string",
            N_("Name"),
            N_("Of organisations, and of those who want to be named; empty for all others"),
        ),
        Column("for", "integer", N_("Votes for the comment"), COUNT),
        Column("neutral", "integer", N_("Votes without an opinion"), COUNT),
        Column("against", "integer", N_("Votes against the comment"), COUNT),
        Column("created_at", "datetime", N_("Sent"), N_("In UTC")),
        Column("edited_at", "datetime", N_("Changed"), N_("In UTC; empty: never")),
    ),
    key=("number",),
    about="number",
    kept=frozenset({"number", "parent_number", "root_number", "depth"}),
)
REPLIES = File(
    name="replies.csv",
    title=N_("Official replies"),
    description=N_("What the public body answered, with what it decided and changed."),
    columns=(
        Column("reply", "integer", N_("Number of the reply"), N_("In the order of publication")),
        Column(
            "target",
            "string",
            N_("Answers"),
            N_("everyone, a theme or a comment"),
            among=("everyone", "theme", "comment"),
        ),
        Column("theme", "integer", N_("Theme"), N_("The number that themes.csv gives it")),
        Column("comment_number", "integer", N_("Comment"), NUMBER),
        Column(
            "decision",
            "string",
            N_("Decision"),
            N_("accepted, in-part, refused or noted"),
            among=("accepted", "in-part", "refused", "noted"),
        ),
        Column("text", "string", N_("Words of the reply"), is_translated=True),
        Column(
            "changes",
            "string",
            N_("Changed paragraphs"),
            N_("Version, # and paragraph, a blank and added, changed or deleted; «; » between two"),
        ),
        Column("published_at", "datetime", N_("Published"), N_("In UTC")),
    ),
    key=("reply",),
    about="comment_number",
    kept=frozenset({"reply", "target", "theme", "comment_number", "decision", "published_at"}),
)
THEMES = File(
    name="themes.csv",
    title=N_("Themes"),
    description=N_("What many comments have in common, as the body sorted them."),
    columns=(
        Column("theme", "integer", N_("Number of the theme")),
        Column("title", "string", N_("Title"), is_translated=True),
        Column("summary", "string", N_("Summary"), is_translated=True),
        Column("comments", "integer", N_("Comments")),
        Column("participants", "integer", N_("Participants")),
        Column("for", "integer", N_("Comments for the proposal")),
        Column("neutral", "integer", N_("Comments without an opinion")),
        Column("against", "integer", N_("Comments against the proposal")),
    ),
    key=("theme",),
)
THEME_COMMENTS = File(
    name="theme_comments.csv",
    title=N_("Comments of the themes"),
    description=N_("Which comments are in which theme; one may be in several."),
    columns=(
        Column("theme", "integer", N_("Theme"), N_("The number that themes.csv gives it")),
        Column("comment_number", "integer", N_("Comment"), NUMBER),
    ),
    key=("theme", "comment_number"),
)
STATISTICS = File(
    name="statistics.csv",
    title=N_("Figures"),
    description=N_("How many took part, and how: of public comments alone."),
    columns=(
        Column(
            "table",
            "string",
            N_("Table"),
            N_("counts, or what the comments are counted by"),
            among=("counts", "by_day", "by_position", "by_channel", "by_lang", "decisions"),
        ),
        Column("key", "string", N_("What is counted")),
        Column("number", "integer", N_("How many")),
    ),
    key=("table", "key"),
)
FILES = (COMMENTS, REPLIES, THEMES, THEME_COMMENTS, STATISTICS)
BY_NAME: Mapping[str, File] = {each.name: each for each in FILES}


def losses(file: File, numbers: Collection[int], public: Mapping[int, bool]) -> dict[str, Loss]:
    """Return which of the rows about these comments lose what.

    ``public`` has the comments that are public, and whether their authors may be named.
    """
    marks = {"state": REMOVED} if file is COMMENTS else {}
    gone = Loss(kept=file.kept, marks=marks)
    found = {str(number): gone for number in numbers if number not in public}
    if file is COMMENTS:
        nameless = Loss(emptied=frozenset({"participant_name"}))
        found |= {str(number): nameless for number, may in public.items() if not may}
    return found


Speak = Callable[[str], Mapping[str, str]]
"""Returns a text of ours in each language."""
Json: TypeAlias = "dict[str, object]"


def schema(file: File, languages: Sequence[str], speak: Speak) -> Json:
    """Return the Table Schema of a file, its titles and descriptions in each language."""
    fields = [each for column in file.columns for each in _fields(column, languages, speak)]
    return {"fields": fields, "primaryKey": list(file.key)}


def _fields(column: Column, languages: Sequence[str], speak: Speak) -> Iterator[Json]:
    for place, name in enumerate(column.names(languages)):
        suffix = f" ({languages[place]})" if column.is_translated else ""
        titles = {code: text + suffix for code, text in speak(column.title).items()}
        told = dict(speak(column.description)) if column.description else {}
        found: Json = {"name": name, "type": column.type}
        found |= {"title": titles[languages[0]], "title_translated": titles}
        if told:
            found |= {"description": told[languages[0]], "description_translated": told}
        if column.among:
            found["constraints"] = {"enum": list(column.among)}
        yield found
