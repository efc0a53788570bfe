"""What a text or a step on it can be refused for."""

from __future__ import annotations

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_


class FileTooLarge(DomainError):
    """The file, or what it unpacks to, is larger than a text can be."""

    code = "file-too-large"
    field = "file"
    template = N_("The file is too large: at most {most} MB, also when unpacked.")


class TextTooLong(DomainError):
    """The text has more characters than the suite compares in bounded time."""

    code = "text-too-long"
    field = "file"
    template = N_(
        "The text has more than {most} million characters. Divide it into several documents."
    )


class TooManyParagraphs(DomainError):
    """The text has more nodes than a page can bear."""

    code = "too-many-paragraphs"
    field = "file"
    template = N_("The text has more than {most} paragraphs. Divide it into several documents.")


class ParagraphTooLong(DomainError):
    """One paragraph is longer than a paragraph can be."""

    code = "paragraph-too-long"
    field = "body"
    template = N_("The paragraph that begins with “{start}” has more than {most} characters.")


class NestedTooDeep(DomainError):
    """The file nests its elements deeper than any text does."""

    code = "nested-too-deep"
    field = "file"
    template = N_("The file nests its elements too deep to be a text.")


class EmptyText(DomainError):
    """The file has no readable words."""

    code = "empty-text"
    field = "file"
    template = N_("No text was found in the file.")


class UnknownEncoding(DomainError):
    """The bytes are not in the encoding that they declare, or in UTF-8."""

    code = "unknown-encoding"
    field = "file"
    template = N_("The letters of the file cannot be read. Save it in UTF-8 and send it again.")


class UnknownFormat(DomainError):
    """The file is none of the formats that can be imported."""

    code = "unknown-format"
    field = "file"
    template = N_("Send a Word (.docx), HTML or Markdown file.")


class NotWord(DomainError):
    """The file is no Word document, or a damaged one."""

    code = "not-word"
    field = "file"
    template = N_("The file cannot be read as a Word document (.docx). Save it in Word again.")


class OldWord(DomainError):
    """The file is in Word's old format, or locked by a password."""

    code = "old-word"
    field = "file"
    template = N_(
        "The file is in the old Word format or locked by a password. Save it as .docx without one."
    )


class WithMacros(DomainError):
    """The document carries programs."""

    code = "with-macros"
    field = "file"
    template = N_("The document contains macros. Save it as .docx without macros.")


class ForeignEntities(DomainError):
    """The XML declares entities, which no word processor writes."""

    code = "foreign-entities"
    field = "file"
    template = N_("The file declares a document type or entities; a Word document has none.")


class EidTaken(DomainError):
    """Two nodes have one id."""

    code = "eid-taken"
    field = "eid"
    template = N_("Two paragraphs have the same id “{eid}”.")


class EidMalformed(DomainError):
    """An id holds other signs than a-z, 0-9 and the underscore."""

    code = "eid-malformed"
    field = "eid"
    template = N_("The id “{eid}” may hold only the letters a to z, digits and underscores.")


class ParentMissing(DomainError):
    """A node's parent does not stand before it."""

    code = "parent-missing"
    field = "parent_eid"
    template = N_("What contains “{eid}” is not before it in the text.")


class PositionsBroken(DomainError):
    """Positions do not count the nodes in order, or a child stands outside its parent."""

    code = "positions-broken"
    field = "position"
    template = N_("The paragraphs are not in order at “{eid}”.")


class NodeUnknown(DomainError):
    """The text has no such node."""

    code = "node-unknown"
    field = "eid"
    template = N_("The text has no paragraph “{eid}”.")


class NothingToJoin(DomainError):
    """No node of the same kind follows in the same place."""

    code = "nothing-to-join"
    field = "eid"
    template = N_("No paragraph of the same kind follows that could be joined.")


class CannotSplitHere(DomainError):
    """One of the two parts would be empty, or the languages were not all divided."""

    code = "cannot-split-here"
    field = "at"
    template = N_("Choose a place inside the paragraph, in each of its languages.")


class HasParagraphs(DomainError):
    """The node contains others, which would go with it."""

    code = "has-paragraphs"
    field = "eid"
    template = N_("“{eid}” contains other paragraphs. Remove or move them first.")


class CannotMoveThere(DomainError):
    """A node cannot be put into itself."""

    code = "cannot-move-there"
    field = "parent_eid"
    template = N_("A paragraph cannot be moved into itself.")


class LevelNotPossible(DomainError):
    """This kind cannot stand at this place: no article inside a paragraph."""

    code = "level-not-possible"
    field = "kind"
    template = N_("This kind of paragraph cannot stand inside “{parent}”.")


class NothingLeft(DomainError):
    """The node would have no words in any language."""

    code = "nothing-left"
    field = "body"
    template = N_("A paragraph needs a text or a heading. To take it away, remove it.")


class SameLanguages(DomainError):
    """Two texts to be joined have a language in common."""

    code = "same-languages"
    field = "language"
    template = N_("Both texts are in the same language. Send each language once.")


class NoCommonLanguage(DomainError):
    """Two versions share no language, so nothing can be compared."""

    code = "no-common-language"
    field = "language"
    template = N_("The two versions have no language in common, so they cannot be compared.")


class NotACandidate(DomainError):
    """A person settles only what was uncertain, by something that exists."""

    code = "not-a-candidate"
    field = "to_eid"
    template = N_("“{eid}” cannot be chosen here.")
