"""The mails that carry messages: in the reader's language, as plain text and as HTML.

The HTML says the same. It is there for the direction: a mail program shows plain
Arabic from the left, and each line by its first letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markupsafe import Markup

import ckan.plugins.toolkit as tk
from ckan.lib import mailer
from ckan.types import AlchemySession

from ckanext.opengov.shared import correspondents, leaving, site
from ckanext.opengov.shared.domain.notices import RIGHT_TO_LEFT
from ckanext.opengov.shared.domain.subjects import Subject
from ckanext.opengov.shared.leaving import Leave, Subscription
from ckanext.opengov.shared.rendering import KINDS, Said, To, is_urgent, said
from ckanext.opengov.shared.web.speaking import speaking

if TYPE_CHECKING:
    from ckanext.opengov.shared.outbox import Message

MOST_LISTED = 50
"""Of a digest; the inbox has the others."""
MAIL = "mail"
"""The list of all that is mailed, which people leave for their inbox."""
RULE = "=" * 20
"""Under a heading."""
FORMS = {
    "h2": Markup("<h2>{0}</h2>"),
    "p": Markup("<p>{0}</p>"),
    "a": Markup('<p><a href="{0}" dir="ltr">{0}</a></p>'),
}
"""HTML by tag of a part."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it is sent."""

    subject: str
    text: str
    html: str
    sender: str
    """The portal's name."""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Part:
    """A heading, a paragraph or an address."""

    tag: str
    text: str


def write(session: AlchemySession, to: To, messages: Sequence[Message]) -> Letter | None:
    """Return the mail that carries these messages; None: there is nothing to say."""
    with speaking(to.language):
        pairs = zip(messages, said(session, to, messages), strict=True)
        found = [(message, each) for message, each in pairs if each and not each.is_past]
        if not found:
            return None
        parts = _alone(found[0][1]) if len(found) == 1 else _digest(found, to.language)
        # A title may hold line breaks, and a subject none.
        subject = " ".join((found[0][1].sentence if len(found) == 1 else _subject(found)).split())
        leaves = _leaves(to, found)
        foot = [*_ways_out(leaves), *_foot(to)]
        headers = leaving.headers(leaves[-1]) if leaves else {}
        return _letter(subject, [*parts], foot, to.language, headers)


def send(name: str, address: str, letter: Letter, mail_id: str) -> None:
    """Hand the mail to the mail server.

    Raises:
        MailerException: the server refused it.
        OSError: it does not answer.
    """
    headers = {
        "Message-ID": f"<{mail_id}@{site.domain()}>",
        "Auto-Submitted": "auto-generated",
        **letter.headers,
    }
    # CKAN's public function knows the site's one title alone as the sender.
    mailer._mail_recipient(
        *(name, address, letter.sender, tk.config["ckan.site_url"]),
        *(Subject(letter.subject), letter.text, letter.html),
        headers=headers,
    )


def _subject(found: Sequence[tuple[Message, Said]]) -> str:
    count = len(found)
    sentence = tk.ungettext("{number} notice for you", "{number} notices for you", count)
    return str(sentence.format(number=count))


def _alone(each: Said) -> Iterator[_Part]:
    yield _Part("p", each.sentence)
    if each.todo:
        yield _Part("p", each.todo)
    if each.url:
        yield _Part("a", each.url)


def _digest(found: Sequence[tuple[Message, Said]], language: str) -> Iterator[_Part]:
    """Yield the messages under a heading for each kind, in the order of their first."""
    headings: dict[str, list[Said]] = {}
    for message, each in found[:MOST_LISTED]:
        headings.setdefault(KINDS[message.kind].heading, []).append(each)
    for heading, group in headings.items():
        yield _Part("h2", tk._(heading))
        for each in group:
            yield _Part("p", each.sentence)
            yield _Part("a", each.url)
    if len(found) > MOST_LISTED:
        yield _Part("p", tk._("You find the others in your inbox:"))
        yield _Part("a", _address("opengov_inbox.show", language))


def _foot(to: To) -> Iterator[_Part]:
    if correspondents.is_one(to.user.id):
        yield _Part(
            "p",
            tk._(
                "Somebody gave this address on our portal. If it was not you,"
                " do nothing: you need not answer."
            ),
        )
        return
    yield _Part("p", tk._("To choose the language of these mails and how often they come:"))
    yield _Part("a", _address("opengov_inbox.settings", to.language))


def _leaves(to: To, found: Sequence[tuple[Message, Said]]) -> list[Leave]:
    """Return the ways out of a mail, that of the mail as a whole last.

    None of what concerns the security of an account: nobody leaves that.
    """
    if any(is_urgent(message.kind) for message, _each in found):
        return []
    own = {each.leave.list_id: each.leave for _message, each in found if each.leave}
    if (len(found) == 1 and own) or correspondents.is_one(to.user.id):
        return [*own.values()]
    url = leaving.url(Subscription(MAIL, to.user.id), to.language)
    return [*own.values(), Leave("notices", tk._("To get no more of these mails:"), url)]


def _ways_out(leaves: Sequence[Leave]) -> Iterator[_Part]:
    for each in leaves:
        yield _Part("p", each.words)
        yield _Part("a", each.url)


def _address(endpoint: str, language: str) -> str:
    return str(tk.url_for(endpoint, locale=language, _external=True))


def _letter(
    subject: str,
    parts: Sequence[_Part],
    foot: Sequence[_Part],
    language: str,
    headers: Mapping[str, str],
) -> Letter:
    lines = [*_lines(parts), "-- ", *_lines(foot)]
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    # On a div too: web mail throws the other elements away.
    html = Markup(
        '<!DOCTYPE html><html lang="{lang}" dir="{dir}"><head><meta charset="utf-8">'
        '<title>{title}</title></head><body><div lang="{lang}" dir="{dir}">'
        "{parts}<hr>{foot}</div></body></html>\n"
    ).format(lang=language, dir=direction, title=subject, parts=_markup(parts), foot=_markup(foot))
    return Letter(subject, "\n".join(lines), str(html), site.name(language), headers)


def _lines(parts: Sequence[_Part]) -> Iterator[str]:
    """Yield lines of text, with a blank one between paragraphs; an address is under its own."""
    given = [part for part in parts if part.text]
    for part, following in zip(given, [*given[1:], None], strict=True):
        yield " ".join(part.text.split())
        if part.tag == "h2":
            yield RULE
        if following is None or following.tag != "a":
            yield ""


def _markup(parts: Sequence[_Part]) -> Markup:
    return Markup().join(FORMS[part.tag].format(part.text) for part in parts if part.text)
