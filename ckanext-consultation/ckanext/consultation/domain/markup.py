"""The small part of Markdown that comments may use, as safe HTML and as plain text.

Paragraphs, line breaks, **strong**, *emphasis*, lists, quotes, links to the web. Headings,
pictures, tables and HTML stay the signs that were typed. What comes out holds the tags below
and no other: this code writes no others, and a second tool (nh3) would take them away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import nh3
import regex
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ckanext.consultation.domain.links import anchor, escaped

RULES = ("blockquote", "list", "emphasis", "link", "autolink", "escape", "newline")
MOST_NESTED = 12
"""Levels of tags: five lists inside one another, or eleven quotes. Beyond it a text is shown
as it was typed, so that nothing of it is lost."""
RELATION = "nofollow ugc noopener"
BLOCKS = {
    "paragraph": "p",
    "blockquote": "blockquote",
    "bullet_list": "ul",
    "ordered_list": "ol",
    "list_item": "li",
}
DIRECTION = dict.fromkeys(("paragraph", "list_item"), ' dir="auto"')
"""Of what holds words. What holds others only would find no letter in itself, and take a
direction that is nobody's: it has that of the comment."""
WEIGHTS = {"em": "em", "strong": "strong"}
"""Shown by weight: the style sheet slants nothing where a language has no italics."""
ATTRIBUTES = {
    "a": {"href"},
    "ol": {"start"},
    **{tag: {"dir"} for tag in ("p", "li")},
}
TAGS = {*BLOCKS.values(), *WEIGHTS.values(), "a", "bdi", "br"}
BARE_ADDRESS = regex.compile(r"https?://[^\s\p{C}<>\"“”«»،؛\[\]{}|\\^`]{2,2000}", regex.IGNORECASE)
TRAILING = regex.compile(r"[.,;:!?'\u2019\]}*_…؟]+$")
HALF_SIGN = regex.compile(r"\p{Cs}")
QUOTED_LINE = regex.compile(r"^([ \t]*>.*)\n(?=[ \t]*[^\s>])", regex.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A comment as the page, the feed and the comparison of comments need it."""

    html: str
    text: str
    """For feeds, mail and search: marks gone, addresses written out."""
    own_text: str
    """Without what the writer quotes."""


def rendered(body: str) -> Rendered:
    """Return a comment as safe HTML and plain text. Any text has an answer."""
    body = HALF_SIGN.sub("\ufffd", body)
    # Whoever answers in the line below a quote does not go on quoting.
    tokens = MARKDOWN.parse(QUOTED_LINE.sub(r"\1\n\n", body))
    if any(token.level >= MOST_NESTED - 1 and token.nesting == 1 for token in tokens):
        tokens = AS_TYPED.parse(body)
    page = _Page()
    for token in tokens:
        page.add(token)
    return page.finished()


def _parser(*rules: str) -> MarkdownIt:
    parser = MarkdownIt("zero", {"maxNesting": MOST_NESTED})
    # Which links are links is decided here, in one place, and not by the parser.
    parser.validateLink = _is_any  # type: ignore[method-assign]
    return parser.enable(["newline", *rules])


def _is_any(url: str) -> bool:
    return bool(url)


MARKDOWN, AS_TYPED = _parser(*RULES), _parser()


@dataclass(slots=True)
class _Page:
    """What was written so far."""

    html: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)
    """Before each line of plain text: ``> `` for a quote, blanks in a list."""
    numbers: list[int | None] = field(default_factory=list)
    """The next number of each open list; None where it has bullets."""
    bullet: str = ""

    def add(self, token: Token) -> None:
        """Write one token of the parser."""
        name, _, end = token.type.rpartition("_")
        if token.type == "inline":
            self._lines(token.children or ())
        elif end == "open":
            self._open(name, token)
        elif end == "close":
            self._close(name, token)

    def finished(self) -> Rendered:
        """Return all three forms."""
        safe = nh3.clean(
            "".join(self.html),
            tags=TAGS,
            attributes=ATTRIBUTES,
            url_schemes={"http", "https"},
            link_rel=RELATION,
        )
        text, own = ("\n".join(lines).strip("\n") for lines in (self.text, self.own))
        return Rendered(safe, text, own)

    def _open(self, name: str, token: Token) -> None:
        start = int(token.attrs.get("start", 1))
        if name.endswith("_list"):
            if not self.numbers:
                self._space()
            self.numbers.append(start if name == "ordered_list" else None)
        elif name == "blockquote":
            self._space()
            self.inside.append("> ")
        elif name == "list_item":
            self._number()
        elif not token.hidden:
            self._space()
        if not token.hidden:
            number = f' start="{start}"' if start != 1 else ""
            self.html.append(f"<{BLOCKS[name]}{number}{DIRECTION.get(name, '')}>")

    def _close(self, name: str, token: Token) -> None:
        if name.endswith("_list"):
            self.numbers.pop()
        elif name in ("list_item", "blockquote"):
            self.inside.pop()
            self.bullet = ""
        if not token.hidden:
            self.html.append(f"</{BLOCKS[name]}>\n")

    def _number(self) -> None:
        """Begin an item: its first line carries the number, the others are set in."""
        number = self.numbers[-1]
        self.bullet = "- " if number is None else f"{number}. "
        self.numbers[-1] = None if number is None else number + 1
        self.inside.append(" " * len(self.bullet))

    def _space(self) -> None:
        """Divide two paragraphs by an empty line; an item begins right away."""
        if self.bullet:
            return
        for lines in self._forms():
            if lines and lines[-1].strip("> "):
                lines.append("".join(self.inside).rstrip() if lines is self.text else "")

    def _forms(self) -> Iterator[list[str]]:
        yield self.text
        if "> " not in self.inside:
            yield self.own

    def _lines(self, tokens: Sequence[Token]) -> None:
        markup, plain = _inline(tokens)
        self.html.append(markup)
        for line in plain.split("\n"):
            before = "".join(self.inside)
            if self.bullet:
                before, self.bullet = before[: -len(self.bullet)] + self.bullet, ""
            for lines in self._forms():
                lines.append(before + line)


def _inline(tokens: Sequence[Token]) -> tuple[str, str]:
    """Return the text of a paragraph as HTML and plain, links with their addresses."""
    markup, plain = _Writer(), _Writer()
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.type == "link_open":
            end = _end_of_link(tokens, at)
            link = _link(str(token.attrs.get("href", "")), tokens[at + 1 : end])
            markup.write(link[0])
            plain.write(link[1])
            at = end
        elif token.type in ("text", "text_special"):
            _write_text(token.content, markup, plain)
        elif token.type in ("softbreak", "hardbreak"):
            markup.write("<br>\n")
            plain.write("\n")
        else:
            markup.turn(token)
        at += 1
    return markup.done(), plain.done()


class _Writer:
    """Text that grows, and which weights are open in it."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.depth = dict.fromkeys(WEIGHTS, 0)

    def write(self, text: str) -> None:
        self.parts.append(text)

    def turn(self, token: Token) -> None:
        """Open or close a weight; one inside itself adds nothing to see."""
        name = token.type.rpartition("_")[0]
        outermost = 0 if token.nesting == 1 else 1
        if name in WEIGHTS:
            if self.depth[name] == outermost:
                self.parts.append(f"<{'/' * outermost}{WEIGHTS[name]}>")
            self.depth[name] += token.nesting

    def done(self) -> str:
        return "".join(self.parts)


def _end_of_link(tokens: Sequence[Token], start: int) -> int:
    """Return where the link closes: Markdown has none inside another."""
    return next(at for at in range(start, len(tokens)) if tokens[at].type == "link_close")


def _write_text(text: str, markup: _Writer, plain: _Writer) -> None:
    """Write text with the bare addresses in it as links."""
    at = 0
    for found in BARE_ADDRESS.finditer(text):
        address = _without_trailing(found[0])
        before, at = text[at : found.start()], found.start() + len(address)
        markup.write(escaped(before))
        plain.write(before)
        shown = anchor(MARKDOWN.normalizeLink(address), address)
        markup.write(shown or escaped(address))
        plain.write(address)
    markup.write(escaped(text[at:]))
    plain.write(text[at:])


def _without_trailing(address: str) -> str:
    """Return an address without the marks of the sentence around it."""
    while address:
        shorter = TRAILING.sub("", address)
        if shorter.endswith(")") and shorter.count(")") > shorter.count("("):
            shorter = shorter[:-1]
        if shorter == address:
            break
        address = shorter
    return address


def _link(address: str, inside: Sequence[Token]) -> tuple[str, str]:
    """Return a link as HTML and plain; one that leads elsewhere than the web is no link."""
    label = "".join(
        token.content if token.content else "\n" * token.type.endswith("break") for token in inside
    ).replace("\n", " ")
    said = {label, f"mailto:{label}", MARKDOWN.normalizeLink(label)}
    plain = label if address in said else f"{label} ({address})"
    return anchor(address, label) or escaped(plain), plain
