"""What the templates of consultations ask for; CKAN knows each by its name here."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from flask import request
from markupsafe import Markup

import ckan.plugins.toolkit as tk

from ckanext.consultation import news
from ckanext.consultation.domain.answers import CHANGES, DECISIONS, Change, Decision
from ckanext.consultation.domain.comment_text import MOST_CHARACTERS
from ckanext.consultation.domain.comments import STONES, State
from ckanext.consultation.domain.description import KINDS
from ckanext.consultation.domain.language import direction_of
from ckanext.consultation.domain.markup import rendered
from ckanext.consultation.domain.moderation import REASONS, Mode, Reason
from ckanext.consultation.domain.threads import DEEPEST
from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.texts import as_texts

ANY = "ANY-NUMBER"
"""In small letters it might be the name of a consultation."""
PAGES = {
    "comment": "consultation.comment",
    "reply": "consultation.reply",
    "vote": "consultation.vote",
    "edit": "consultation.edit",
    "withdraw": "consultation.withdraw",
    "report": "consultation_own.report",
}
"""Of a comment, by what leads there."""

__all__ = [
    "consultation_back",
    "consultation_body_title",
    "consultation_change",
    "consultation_days_until",
    "consultation_decision",
    "consultation_deepest",
    "consultation_html",
    "consultation_kind",
    "consultation_kinds",
    "consultation_local",
    "consultation_login_url",
    "consultation_markdown",
    "consultation_modes",
    "consultation_most_characters",
    "consultation_news",
    "consultation_reason",
    "consultation_stone",
    "consultation_text",
    "consultation_thread",
    "consultation_token",
]


def consultation_text(texts: Mapping[str, str] | None, primary: str = "") -> dict[str, str]:
    """Return a text in the reader's language, else in the one that counts: text, lang, dir."""
    found = texts or {}
    wished = [tk.h.lang(), primary, *readers.languages()]
    lang = next((each for each in wished if found.get(each)), "")
    text = found.get(lang, "")
    return {"text": text, "lang": lang, "dir": direction_of(text, lang)}


def consultation_body_title(body: Mapping[str, Any] | None) -> str:
    """Return the name of a body in the reader's language."""
    if body is None:
        return ""
    return consultation_text(as_texts(body.get("title_translated")))["text"] or str(body["title"])


def consultation_markdown(text: str) -> Markup:
    """Return a summary in the small part of Markdown as safe HTML."""
    return Markup(rendered(text).html)  # noqa: S704 - domain/markup writes no other tags


def consultation_html(said: Mapping[str, Any]) -> Markup:
    """Return the words of a comment, or a former wording, as its action made them safe."""
    return Markup(said["html"])  # noqa: S704 - likewise


def consultation_days_until(moment: str) -> int:
    """Return how many midnights of the site's time zone lie between now and a moment."""
    zone = tk.h.get_display_timezone()
    day = datetime.fromisoformat(moment).astimezone(zone).date()
    return int((day - datetime.now(UTC).astimezone(zone).date()).days)


def consultation_local(moment: str | None) -> str:
    """Return a moment as a field for local date and time has it; what is none stays as it is."""
    try:
        found = datetime.fromisoformat(moment or "")
    except ValueError:
        return moment or ""
    if found.tzinfo is None:
        return moment or ""
    return found.astimezone(tk.h.get_display_timezone()).strftime("%Y-%m-%dT%H:%M")


def consultation_kind(code: str) -> str:
    """Return what a consultation is about, in the reader's language."""
    return str(tk._(KINDS[code]))


def consultation_kinds() -> dict[str, str]:
    """Return what a consultation may be about, by code, in the reader's language."""
    return {code: tk._(label) for code, label in KINDS.items()}


def consultation_modes() -> dict[str, str]:
    """Return when comments may be read by a moderator, by code, in the reader's language."""
    return {
        Mode.HYBRID: tk._("Before, until their author is known: the usual way"),
        Mode.PRE: tk._("All before they are public"),
        Mode.POST: tk._("Once they are public"),
    }


def consultation_most_characters() -> int:
    """Return how many characters a comment may have."""
    return MOST_CHARACTERS


def consultation_deepest() -> int:
    """Return at which depth nobody answers any more."""
    return DEEPEST


def consultation_stone(comment: Mapping[str, Any]) -> str:
    """Return what became of a comment that is not shown."""
    return str(tk._(STONES.get(State(comment["state"]), STONES[State.HIDDEN])))


def consultation_reason(code: str) -> str:
    """Return why a comment was hidden, in a sentence for everyone; nothing for an unknown code."""
    return str(tk._(REASONS[Reason(code)].sentence)) if code in set(Reason) else ""


def consultation_decision(code: str) -> str:
    """Return what a reply decided, in the reader's language."""
    return str(tk._(DECISIONS[Decision(code)]))


def consultation_change(code: str) -> str:
    """Return what was done to a paragraph, in the reader's language."""
    return str(tk._(CHANGES[Change(code)]))


def consultation_thread(consultation: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the comments of a page share: words, addresses by ``{}``, what the reader may.

    A page has up to eighty of them, and each would ask for all of it again.
    """
    may_act = tk.h.consultation_may_act(consultation)
    asks_guests = tk.h.consultation_asks_guests(consultation)
    urls = {name: _of_any(tk.url_for, page, consultation) for name, page in PAGES.items()}
    if not may_act and not asks_guests:
        urls["reply"] = _of_any(consultation_login_url, PAGES["reply"], consultation)
    return {
        "may_act": may_act,
        "asks_guests": asks_guests,
        "moderates": "moderator" in consultation.get("roles", ()),
        "deepest": DEEPEST,
        "urls": {**urls, "mine": tk.url_for("consultation_own.mine", name=consultation["name"])},
        "words": {
            "number": tk._("No. {number}"),
            "comment": tk._("Comment No. {number}"),
            "participant": tk._("Participant No. {number}"),
            "positions": {1: tk._("for"), 0: tk._("no opinion"), -1: tk._("against")},
            "vote": tk._("Vote"),
            "answer": tk._("Answer"),
            "report": tk._("Report"),
        },
        "agree": cache(_agree),
        "disagree": cache(_disagree),
    }


def _agree(number: int) -> str:
    """Return how many agree, in words: on one page many comments have few votes."""
    return _counted(tk.ungettext("{number} agrees", "{number} agree", number), number)


def _disagree(number: int) -> str:
    return _counted(tk.ungettext("{number} disagrees", "{number} disagree", number), number)


def _counted(words: str, number: int) -> str:
    return words.format(number=tk.h.opengov_number(number))


def _of_any(find: Callable[..., Any], page: str, consultation: Mapping[str, Any]) -> str:
    """Return the address of a page of any comment, ``{}`` in place of its number."""
    return str(find(page, name=consultation["name"], seq=ANY)).replace(ANY, "{}")


def consultation_token() -> str:
    """Return the mark of a form: whatever is sent twice with it is one comment."""
    return str(uuid.uuid4())


def consultation_login_url(endpoint: str, **values: str) -> str:
    """Return where to sign in, and to come from there to a page."""
    return str(tk.h.url_for("user.login", came_from=tk.url_for(endpoint, **values)))


def consultation_back(**changed: str | None) -> str:
    """Return the address of this page with other arguments; those that are None go."""
    args = {**request.args.to_dict(), **changed}
    kept = {name: value for name, value in args.items() if value}
    return str(tk.url_for(request.endpoint, **{**(request.view_args or {}), **kept}))


def consultation_news() -> dict[str, Any]:
    """Return what the home page shows: what closes first, else the last results."""
    return news.latest()
