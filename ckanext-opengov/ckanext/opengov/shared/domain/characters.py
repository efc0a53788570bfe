"""The signs of a text: what nobody sees is taken away, what everybody writes stays.

Whatever is removed here carries nothing for a reader: controls, invisible signs, orders to
the display that reach beyond their line. People who paste from a word processor lose nothing.
"""

from __future__ import annotations

import unicodedata

import regex

LINE_ENDS = str.maketrans(dict.fromkeys("\r\v\f\x85\u2028\u2029", "\n"))
WORD_PROCESSOR = str.maketrans(
    {
        "\t": "    ",
        "\uf0a7": "▪",
        "\uf0b7": "•",
        "\uf0d8": "➢",
        "\uf0e0": "→",
        "\uf0fc": "✓",
    }
)
"""Bullets and ticks of the symbol fonts come out of word processors as private signs."""

OVERRIDES = "\u202d\u202e"
EMBEDDINGS, END_OF_EMBEDDING = "\u202a\u202b", "\u202c"
ISOLATES, END_OF_ISOLATE = "\u2066\u2067\u2068", "\u2069"
MOST_OPEN = 8
"""Directions inside directions that a line may open; an honest one needs two."""
MOST_PASSES = 5
MOST_MARKS, MOST_MARKS_OF_ALPHABETS = 5, 2
"""Signs above and below one letter: a vocalised Arabic letter of the Koran has up to five,
a letter of the European alphabets two once composed (Vietnamese needs none)."""

ALPHABETS = regex.compile(
    # The bar that lengthens Arabic words, and the ring that shows a mark, belong to no script.
    r"[[\p{Latin}\p{Greek}\p{Cyrillic}\p{Armenian}\p{Georgian}\p{Common}]--[\u0640\u25cc]]",
    regex.VERSION1,
)
# Signs of format that are seen (Arabic number signs) or that mean something where they
# stand (joiners, direction); each of the latter has a rule of its own below.
INVISIBLE = regex.compile(
    r"[[\p{Cc}--\n]\p{Cs}\p{Noncharacter_Code_Point}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufffc"
    r"[\p{Cf}--[\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u200c-\u200f\u202a-\u202e"
    r"\u2066-\u2069\U000110bd\U000110cd\U000e0020-\U000e007f]]]+",
    regex.VERSION1,
)
# The flags of England, Scotland and Wales are a black flag and letters that nobody sees.
HIDDEN_LETTERS = regex.compile(
    r"(\U0001f3f4[\U000e0020-\U000e007e]{1,6}\U000e007f)|[\U000e0020-\U000e007f]+"
)
LOST_SELECTORS = regex.compile(
    r"(?<!\p{Emoji})[\ufe0e\ufe0f]|(?<![\p{Sm}\p{Han}])\ufe00|[\ufe01-\ufe0d]"
    r"|(?<!\p{Han})[\U000e0100-\U000e01ef]"
)
JOINED = r"\p{scx=Arab}\p{Syriac}\p{Mongolian}\p{Nko}\p{Devanagari}\p{Bengali}\p{Gurmukhi}" + (
    r"\p{Gujarati}\p{Oriya}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}\p{Khmer}"
)
# A joiner shapes the letters of scripts that join, and binds pictures to one.
JOINERS = regex.compile(
    rf"(?:(?<=[{JOINED}])([\u200c\u200d])"
    rf"|(\u200d)(?=[[{JOINED}]&&\p{{L}}])"
    r"|(?<=[\p{Extended_Pictographic}\ufe0f\U0001f3fb-\U0001f3ff\U000e007f])(\u200d)"
    r"(?=\p{Extended_Pictographic})|[\u200c\u200d])[\u200c\u200d]*+",
    regex.VERSION1,
)
DIRECTION_MARKS = regex.compile(r"([\u061c\u200e\u200f])[\u061c\u200e\u200f]+")
ALL_DIRECTIONS = regex.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
DIRECTIONS = regex.compile(r"[\u202a-\u202e\u2066-\u2069]")
MARK_STACKS = regex.compile(r"[\p{Mn}\p{Me}](?:\p{Cf}*+[\p{Mn}\p{Me}])+")
MARKS = regex.compile(r"[\p{Mn}\p{Me}]")
LOST_MARKS = regex.compile(r"^[\p{Mn}\p{Me}\u200c\u200d]*[\p{Mn}\p{Me}]", regex.MULTILINE)
PRIVATE = regex.compile(r"\p{Co}")
VISIBLE = regex.compile(r"[^\s\p{C}\p{M}\p{Default_Ignorable_Code_Point}\u2800]")
CLUSTER = regex.compile(r"\X")
FLAG_LETTERS = regex.compile(r"[\U0001f1e6-\U0001f1ff]{2}")


def cleaned(text: str) -> str:
    """Return the text as it is kept: composed (NFC), with plain line ends, nothing hidden in it.

    Cleaning twice changes nothing. At most one empty line divides two others.
    """
    # What one rule takes away may bring together what another one looks at.
    for _ in range(MOST_PASSES):
        before, text = text, _cleaned_once(text)
        if text == before:
            break
    return text


def _cleaned_once(text: str) -> str:
    text = text.replace("\r\n", "\n").translate(LINE_ENDS).translate(WORD_PROCESSOR)
    text = without_invisible(unicodedata.normalize("NFC", text))
    text = unicodedata.normalize("NFC", MARK_STACKS.sub(_lowered, text))
    lines = [line.rstrip() for line in text.split("\n")]
    return regex.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def without_invisible(text: str) -> str:
    """Return the text without what nobody sees; joiners stay where they shape letters."""
    text = INVISIBLE.sub("", text)
    text = HIDDEN_LETTERS.sub(lambda found: found[1] or "", text)
    text = LOST_SELECTORS.sub("", text)
    text = "\n".join(map(_balanced, text.split("\n")))
    text = LOST_MARKS.sub("", text)
    text = JOINERS.sub(lambda found: found[1] or found[2] or found[3] or "", text)
    return DIRECTION_MARKS.sub(r"\1", text)


def without_directions(text: str) -> str:
    """Return the text without any order about its direction, as a name or an address needs."""
    return ALL_DIRECTIONS.sub("", text)


def length_of(text: str) -> int:
    """Return how many characters people see: a letter with its vowel signs is one."""
    # The pattern looks back to the first of a row of flags for each of them: seconds.
    return len(CLUSTER.findall(FLAG_LETTERS.sub("-", text)))


def is_visible(text: str) -> bool:
    """Tell whether a reader would see anything."""
    return VISIBLE.search(text) is not None


def private_signs(text: str) -> int:
    """Return how many signs have a meaning on the writer's machine alone."""
    return len(PRIVATE.findall(text))


def _balanced(line: str) -> str:
    """Return a line whose directions all end within it; overrides go, which turn words round."""
    lost: set[int] = set()
    is_open: list[tuple[str, int]] = []
    for found in DIRECTIONS.finditer(line):
        sign, at = found[0], found.start()
        if sign in OVERRIDES:
            lost.add(at)
            is_open.append((OVERRIDES, at))
        elif sign in EMBEDDINGS:
            is_open.append((END_OF_EMBEDDING, at))
        elif sign in ISOLATES:
            is_open.append((END_OF_ISOLATE, at))
        else:
            lost |= _closed(is_open, sign, at)
    lost |= {at for _end, at in is_open}
    return "".join(sign for at, sign in enumerate(line) if at not in lost) if lost else line


def _closed(is_open: list[tuple[str, int]], sign: str, at: int) -> set[int]:
    """Close the innermost direction; return the places of signs that have no partner."""
    if is_open and is_open[-1][0] == OVERRIDES and sign == END_OF_EMBEDDING:
        is_open.pop()
        return {at}
    if not is_open or is_open[-1][0] != sign:
        return {at}
    _end, start = is_open.pop()
    return {start, at} if len(is_open) >= MOST_OPEN else set()


def _lowered(found: regex.Match[str]) -> str:
    """Return a stack of marks as high as a letter of its script can need, each mark once."""
    base = found.string[found.start() - 1 : found.start()]
    most = MOST_MARKS_OF_ALPHABETS if ALPHABETS.match(base) else MOST_MARKS
    kept: set[str] = set()
    signs = []
    for sign in found[0]:
        if MARKS.match(sign) is None:
            signs.append(sign)
        elif sign not in kept and len(kept) < most:
            kept.add(sign)
            signs.append(sign)
    return "".join(signs)
