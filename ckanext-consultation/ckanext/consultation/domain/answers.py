"""What the body answers: to a comment, to a theme of comments, or to all of them at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ckanext.consultation.domain.life import Role, State
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError, NotPermitted
from ckanext.opengov.shared.domain.fields import Fields, needed, one_of, texts
from ckanext.opengov.shared.domain.texts import Texts
from ckanext.opengov.shared.domain.wording import N_

MOST_TITLE, MOST_TEXT = 300, 20_000
MOST_AT_ONCE = 100
"""Comments that are put into a theme, or taken out, by one call."""
ANSWERING = frozenset({State.PUBLISHED, State.RESULTS})
"""States in which people are answered."""
ANALYSTS, RESPONDERS = frozenset({Role.ANALYST}), frozenset({Role.RESPONDER})
PUBLISHERS = frozenset({Role.PUBLISHER})


class Decision(StrEnum):
    """What becomes of what people asked for."""

    ACCEPTED = "accepted"
    IN_PART = "in-part"
    REFUSED = "refused"
    NOTED = "noted"


DECISIONS = {
    Decision.ACCEPTED: N_("Accepted"),
    Decision.IN_PART: N_("Accepted in part"),
    Decision.REFUSED: N_("Refused, with reasons"),
    Decision.NOTED: N_("Noted"),
}


class Change(StrEnum):
    """What was done to a paragraph because of an answer."""

    ADDED = "added"
    CHANGED = "changed"
    DELETED = "deleted"


CHANGES = {
    Change.ADDED: N_("Paragraph added"),
    Change.CHANGED: N_("Paragraph changed"),
    Change.DELETED: N_("Paragraph deleted"),
}


class NotAnsweringNow(DomainError):
    """Nobody is answered in drafts, or in what is archived or cancelled."""

    code = "not-answering-now"
    template = N_("Themes and replies belong to a consultation that is published.")


class OneTarget(DomainError):
    """A reply has one addressee."""

    code = "one-target"
    template = N_("A reply answers one comment, or one theme, or the whole consultation.")


class ReplyStands(DomainError):
    """What people were told stays told."""

    code = "reply-stands"
    template = N_("This reply is published, so it stays as it is. Add another reply to it.")


class ThemeAnswered(DomainError):
    """People were answered under this theme."""

    code = "theme-answered"
    template = N_("This theme has a published reply, so it stays.")


class TooManyAtOnce(DomainError):
    """A call has an end."""

    code = "too-many-at-once"
    field = "comment_ids"
    template = N_("At most {most} comments at once.")


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision and its reasons, by language."""

    decision: Decision
    text: Texts


@dataclass(frozen=True, slots=True)
class Theme:
    """What many comments have in common, in the words of who read them."""

    title: Texts
    summary: Texts


def read_answer(values: Mapping[str, object], languages: Collection[str]) -> Answer:
    """Return the answer that was given. Whatever the decision, people are told why.

    Raises:
        Several: what is wrong, each with its field.
    """
    fields, no_texts = Fields(values), Texts()
    decision = fields.take("decision", lambda v: one_of(v, list(Decision)), "")
    text = fields.take("text_translated", lambda v: needed(v, languages, MOST_TEXT), no_texts)
    fields.check()
    return Answer(Decision(decision), text)


def read_theme(values: Mapping[str, object], languages: Collection[str]) -> Theme:
    """Return the theme that was given.

    Raises:
        Several: what is wrong, each with its field.
    """
    fields, no_texts = Fields(values), Texts()
    title = fields.take("title_translated", lambda v: needed(v, languages, MOST_TITLE), no_texts)
    summary = fields.take("summary_translated", lambda v: texts(v, languages, MOST_TEXT), no_texts)
    fields.check()
    return Theme(title, summary)


def check_may_answer(state: State, actor: Actor, roles: frozenset[Role]) -> None:
    """Refuse whoever has none of these roles, and answers out of season.

    Raises:
        NotPermitted: the actor has another part in the consultation.
        NotAnsweringNow: it is a draft, or over and done with.
    """
    if roles.isdisjoint(actor.roles):
        raise NotPermitted
    if state not in ANSWERING:
        raise NotAnsweringNow


def check_unpublished(published_at: datetime | None) -> None:
    """Refuse to change what people were told."""
    if published_at is not None:
        raise ReplyStands


def check_one_target(theme_id: object, comment_id: object) -> None:
    """Refuse a reply to two things at once."""
    if theme_id and comment_id:
        raise OneTarget
