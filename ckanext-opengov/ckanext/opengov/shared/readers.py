"""In which language, and how often by mail, each account holder is told of things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask import has_request_context
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov.shared.domain.notices import Frequency


class Reader(tk.BaseModel):
    """What one person chose. Who never chose nor signed in has no row."""

    __tablename__ = "opengov_reader"

    user_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    frequency: Mapped[str] = mapped_column(sa.Text)
    language: Mapped[str | None] = mapped_column(sa.Text)
    """The one that was chosen; None: the one that was signed in with."""
    signed_in_with: Mapped[str | None] = mapped_column(sa.Text)
    """The language of the page of the last sign-in: who works in Arabic on a site whose
    default is French gets no French mail until they find the page of settings."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How one person is told."""

    frequency: Frequency
    language: str
    """In use: chosen, signed in with, or else the site's."""
    chosen: str | None
    unchosen: str
    """The language in use if none is chosen."""


def languages() -> list[str]:
    """Return the site's languages, its default first."""
    default = str(tk.config["ckan.locale_default"])
    offered = tk.aslist(tk.config["ckan.locales_offered"] or default)
    return [default, *(each for each in offered if each != default)]


def here_first() -> list[str]:
    """Return the site's languages, that of this page first: in which its reader is shown names."""
    here = tk.h.lang() if has_request_context() else None
    return sorted(languages(), key=lambda each: each != here)


def wishes_of(session: AlchemySession, user_id: str) -> Wishes:
    """Return how this person is told. A language that the site gave up counts no more."""
    row, known = session.get(Reader, user_id, populate_existing=True), languages()
    chosen = row.language if row and row.language in known else None
    signed_in_with = row.signed_in_with if row and row.signed_in_with in known else None
    unchosen = signed_in_with or known[0]
    frequency = Frequency(row.frequency) if row else Frequency.AT_ONCE
    return Wishes(frequency, chosen or unchosen, chosen, unchosen)


def frequencies_of(session: AlchemySession, ids: Sequence[str]) -> dict[str, Frequency]:
    """Return how often each of these people wants mail, by id."""
    query = sa.select(Reader.user_id, Reader.frequency).where(Reader.user_id.in_(ids))
    chosen = {row.user_id: Frequency(row.frequency) for row in session.execute(query)}
    return {each: chosen.get(each, Frequency.AT_ONCE) for each in ids}


def wish(session: AlchemySession, user_id: str, frequency: Frequency, language: str | None) -> None:
    """Keep what a person chose, in the caller's transaction."""
    values = {"frequency": frequency, "language": language}
    statement = insert(Reader).values(user_id=user_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=values))


def note_language(user_id: str, language: str) -> None:
    """Note the language that a person signs in with, at once and in a transaction of its own."""
    if language not in languages():
        return
    values = {"user_id": user_id, "frequency": Frequency.AT_ONCE, "signed_in_with": language}
    statement = insert(Reader).values(values)
    changed = Reader.signed_in_with.is_distinct_from(language)
    with ckan_model.ensure_engine().begin() as connection:
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["user_id"], set_={"signed_in_with": language}, where=changed
            )
        )
