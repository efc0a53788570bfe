"""Atom feeds and calendars of consultations, in the reader's language: the same for everyone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, request

import ckan.plugins.toolkit as tk

from ckanext.consultation.domain.calendar import Appointment, Diary, ics
from ckanext.consultation.domain.markup import rendered
from ckanext.consultation.domain.occasions import Kind, still_says
from ckanext.consultation.logic import happened
from ckanext.opengov.shared import readers, site
from ckanext.opengov.shared.domain.feeds import Entry, Feed, atom
from ckanext.opengov.shared.domain.notices import isolated
from ckanext.opengov.shared.web.conditional import anyone, conditional

consultation_feeds = Blueprint("consultation_feeds", __name__, url_prefix="/consultation")

ATOM, CALENDAR = "application/atom+xml", "text/calendar"
SUMMARY = 400
OF_ALL = [Kind.ANNOUNCED, Kind.OPENED, Kind.EXTENDED, Kind.RESULTS, Kind.CANCELLED]
"""What the feed over all consultations tells; the rest is for those who follow one."""


@consultation_feeds.errorhandler(tk.ObjectNotFound)
@consultation_feeds.errorhandler(tk.ValidationError)
def not_there(_error: Exception) -> tuple[str, int]:
    """Answer that there is no such consultation, body or page."""
    return tk.render("error_document_template.html", {"code": 404, "name": "Not Found"}), 404


@consultation_feeds.get("/feed.atom")
def everything() -> Response:
    """Answer with what happened last to all consultations, or to those of a body."""
    body, name = _body()
    asked = {"kinds": [*OF_ALL], "owner_org": body or None, **_place()}
    found = tk.get_action("consultation_event_list")(anyone(), asked)
    title = tk._("Consultations of {site}").format(site=name)
    values = {"body": body} if body else {}
    return _feed("everything", values, _page_of_list(body), title, found, _event)


@consultation_feeds.get("/<name>/feed.atom")
def events(name: str) -> Response:
    """Answer with what happened last to a consultation."""
    shown = _show(name)
    asked = {"consultation_id": shown["id"], **_place()}
    found = tk.get_action("consultation_event_list")(anyone(), asked)
    title = tk._("Consultation: {title}").format(title=_title(shown))
    page = tk.h.url_for("consultation.read", name=shown["name"], _external=True)
    return _feed("events", {"name": shown["name"]}, page, title, found, _event)


@consultation_feeds.get("/<name>/comments.atom")
def comments(name: str) -> Response:
    """Answer with what was said last in a consultation."""
    shown = _show(name)
    asked = {"consultation_id": shown["id"], **_place()}
    found = tk.get_action("consultation_comment_latest_list")(anyone(), asked)
    title = tk._("What people say: {title}").format(title=_title(shown))
    page = tk.h.url_for("consultation.read", name=shown["name"], _external=True)

    def entry(said: dict[str, Any]) -> Entry:
        return _comment(shown["name"], said)

    return _feed("comments", {"name": shown["name"]}, page, title, found, entry)


@consultation_feeds.get("/calendar.ics")
def calendar() -> Response:
    """Answer with the dates of all consultations, or of those of a body."""
    body, name = _body()
    title = tk._("Consultations of {site}").format(site=name)
    return _calendar("calendar", {"body": body} if body else {}, title, {"owner_org": body})


@consultation_feeds.get("/<name>/calendar.ics")
def dates(name: str) -> Response:
    """Answer with the dates of a consultation."""
    shown = _show(name)
    title = tk._("Consultation: {title}").format(title=_title(shown))
    return _calendar("dates", {"name": shown["name"]}, title, {"consultation_id": shown["id"]})


def _show(name: str) -> dict[str, Any]:
    return dict(tk.get_action("consultation_show")(anyone(), {"id": name}))


def _body() -> tuple[str, str]:
    """Return the name in addresses of the body that is asked for, and what to call it."""
    asked = request.args.get("body", "")
    if not asked:
        return "", site.name(tk.h.lang())
    found = tk.get_action("consultation_body_list")(anyone(), {"owner_org": asked})
    if not found:
        raise tk.ObjectNotFound
    titles = found[0]["title_translated"]
    return found[0]["name"], tk.h.consultation_text(titles)["text"] or found[0]["title"]


def _page_of_list(body: str) -> str:
    if body:
        return str(tk.h.url_for("consultation_body.show", id=body, _external=True))
    return str(tk.h.url_for("consultation.index", _external=True))


def _place() -> dict[str, str]:
    return {"cursor": request.args["cursor"]} if request.args.get("cursor") else {}


def _title(shown: dict[str, Any]) -> str:
    return happened.title_of(shown["title_translated"], shown["primary_lang"], tk.h.lang())


def _feed(
    view: str,
    values: dict[str, str],
    page: str,
    title: str,
    found: dict[str, Any],
    entry: Callable[[dict[str, Any]], Entry],
) -> Response:
    """Answer with a page of a feed.

    Args:
        view: the feed's view
        values: what makes its address
        page: the page that shows the same to people
        title: the feed's title
        found: what the action answered
        entry: makes an entry of a result
    """

    def here(language: str = "", **more: str | None) -> str:
        given = {name: value for name, value in {**values, **more}.items() if value}
        locale = {"locale": language} if language else {}
        return str(tk.h.url_for(f"consultation_feeds.{view}", _external=True, **given, **locale))

    links = {"alternate": page, "self": here(cursor=request.args.get("cursor")), "first": here()}
    if found["next_cursor"]:
        links["next"] = here(cursor=found["next_cursor"])

    def write() -> bytes:
        others = [each for each in readers.languages() if each != tk.h.lang()]
        feed = Feed(
            id=here("default"),
            title=title,
            language=tk.h.lang(),
            author=site.name(tk.h.lang()),
            links=links,
            entries=[entry(each) for each in found["results"]],
            translations={language: here(language) for language in others},
        )
        return atom(feed)

    return conditional([title, links, found["results"]], write, ATOM)


def _event(happening: dict[str, Any]) -> Entry:
    about, kind = happening["consultation"], Kind(happening["kind"])
    said = happened.words(kind, _title(about), happening["day"])
    holds = still_says(kind, about["phase"], is_answered=bool(about["answered_at"]))
    whole = {"name": about["name"], "_external": True}
    of_all = tk.h.url_for("consultation.read", locale="default", **whole)
    body = about["organization"]
    reply = happening.get("reply")
    return Entry(
        id=f"{of_all}#{happening['id'].partition(':')[2].rstrip(':')}",
        title=said.sentence,
        updated=happening["at"],
        page=_page_of(happening),
        summary=_of_reply(reply) if reply else said.todo if holds else "",
        author=tk.h.consultation_text(body["title_translated"])["text"] or body["title"]
        if body
        else "",
        categories=[{"term": str(kind)}],
    )


def _page_of(happening: dict[str, Any]) -> str:
    place = {"name": happening["consultation"]["name"], "_external": True}
    if happening.get("version"):
        return str(tk.h.url_for("consultation_texts.show", version=happening["version"], **place))
    if happening["kind"] == Kind.REPLIED and not happening["reply"]["comment_id"]:
        anchor = f"reply-{happening['reply']['id']}"
        return str(tk.h.url_for("consultation_answers.results", _anchor=anchor, **place))
    if happening["kind"] in (Kind.RESULTS, Kind.REPLIED):
        return str(tk.h.url_for("consultation_answers.results", **place))
    return str(tk.h.url_for("consultation.read", **place))


def _of_reply(reply: dict[str, Any]) -> str:
    words = _short(rendered(tk.h.consultation_text(reply["text_translated"])["text"]).text)
    return f"{tk.h.consultation_decision(reply['decision'])} · {isolated(words, tk.h.lang())}"


def _comment(name: str, said: dict[str, Any]) -> Entry:
    who = said["participant"]
    address = {"name": name, "seq": said["seq"], "_external": True}
    author = who["name"] or tk._("Participant {number}").format(number=who["number"])
    return Entry(
        id=tk.h.url_for("consultation.comment", locale="default", **address),
        title=tk._("Comment {number}").format(number=said["seq"]),
        updated=said["edited_at"] or said["published_at"],
        page=tk.h.url_for("consultation.comment", **address),
        summary=_short(rendered(said["body"]).text),
        author=author,
    )


def _short(text: str) -> str:
    """Return the first words, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= SUMMARY else f"{line[:SUMMARY].rsplit(' ', 1)[0]} …"


def _calendar(view: str, values: dict[str, str], title: str, asked: dict[str, str]) -> Response:
    found = tk.get_action("consultation_calendar_list")(anyone(), asked)
    here = tk.h.url_for(f"consultation_feeds.{view}", _external=True, **values)
    zone = tk.h.get_display_timezone()

    def write() -> bytes:
        appointments = [one for each in found for one in _appointments(each)]
        return ics(Diary(title, tk.h.lang(), here, zone, appointments))

    response = conditional([title, here, str(zone), found], write, CALENDAR)
    name = values.get("name") or values.get("body") or "consultations"
    response.headers["Content-Disposition"] = f'inline; filename="{name}.ics"'
    return response


def _appointments(about: dict[str, Any]) -> list[Appointment]:
    """Return when a consultation opens and closes, and when its body answers."""
    title = _title(about)
    opens, closes = (_moment(about[name]) for name in ("opens_at", "closes_at"))
    answered = about["answered_at"]
    due = _day(answered or about["response_due_at"])
    answer = tk._("The body replied: {title}") if answered else tk._("Reply due: {title}")
    dates: list[tuple[str, datetime | date, str]] = [
        ("opens", opens, tk._("Consultation opens: {title}")),
        ("closes", closes, tk._("Consultation closes: {title}")),
        ("due", due, answer),
    ]
    common = {
        "page": tk.h.url_for("consultation.read", name=about["name"], _external=True),
        "sequence": about["version"],
        "created_at": _moment(about["published_at"]),
        "changed_at": _moment(about["changed_at"]),
        "is_cancelled": about["state"] == "cancelled",
    }
    return [
        Appointment(
            uid=f"{about['id']}-{name}@{site.domain()}",
            starts=starts,
            summary=words.format(title=title),
            **common,
        )
        for name, starts, words in dates
    ]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _day(text: str) -> date:
    return _moment(text).astimezone(tk.h.get_display_timezone()).date()
