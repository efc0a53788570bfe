"""Finds out in which encoding a text is written, from the whole of it.

Nearly every file decodes in nearly every 8-bit encoding: an error tells little. So each
sign beyond ASCII is weighed together with its two neighbours: how often Arabic or French
have it, and whether it may stand there. The likeliest reading wins; where another one is
nearly as likely, the guess says that it is thin.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

CHUNK = 1 << 17
"""Bytes that are looked at together: they stay in the processor's cache."""
NEW_LINE, QUOTE = b'\n"'
CANDIDATES = ("cp1252", "cp1256", "iso8859-6", "mac-roman", "cp850", "iso8859-15")
"""Of two readings that are equally likely, the first counts."""
USUAL_ONES = ("cp1252", "cp1256")
"""Those of Windows, from where nearly all such files come."""
UNUSUAL = 3.0
"""By how much a reading must be likelier than one of Windows (natural logarithm)."""
CLEAR = 4.0
"""By how much a reading must be likelier than the next (natural logarithm) not to be thin."""
DAMAGED = 0.3
"""Share of UTF-8 in what is not ASCII from which a file is no other text, but damaged UTF-8."""
USUAL = 0.97
"""Share of usual signs from which a file with zero bytes is UTF-16."""

ARABIC = "اليمونرتةبعدسفهكقأحجشصطخىإذثضغءئزظؤآ"
FRENCH = "éèàêç\u2019ôîâûïœùëÿæ"
NAMES = "áíóúñöüäãåøßš"
SIGNS = "«»°\xa0\u2013—“”€…•·²³µ،؛؟£§"
"""Of each kind, the most frequent first."""
APOSTROPHES = "\u2018\u2019"
LAST = "ةى"
"""Nothing follows these in an Arabic word."""

OTHER, LOWER, UPPER, ARABIC_LETTER, HIGH_LOWER, HIGH_UPPER, SIGN, SYMBOL, NOTHING = range(9)
"""What a byte may stand for."""
LATIN = (LOWER, UPPER, HIGH_LOWER, HIGH_UPPER)

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Guess:
    """The encoding of a text, and what its bytes say beside."""

    encoding: str
    is_thin: bool = False
    """Little in the text tells its encoding from ``others``, in which it would read differently."""
    others: tuple[str, ...] = ()
    lines: int = 0
    """Line feeds: about as many as rows."""
    quotes: int = 0
    """Double quotation marks."""
    has_nul: bool = False
    """There is a zero byte, which belongs in no text."""
    is_damaged: bool = False
    """Some bytes mean nothing in this encoding."""


def detect(path: Path) -> Guess:
    """Return the likeliest encoding of a file. All of it is read, a piece at a time."""
    guess = _as_utf8(path)
    encoding: str | None = "utf-16"
    with path.open("rb") as stream:
        mark = stream.read(3)
    if not mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = _utf16(path) if guess.has_nul else None
    if encoding:
        return _as_utf16(path, encoding)
    if mark == codecs.BOM_UTF8:
        return replace(guess, encoding="utf-8-sig")
    if guess.has_nul or not guess.is_damaged:
        return guess
    seen, times = _trigrams(path)
    if _share_of_utf8(seen, times) >= DAMAGED:
        return guess
    return _likeliest(seen, times, guess)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _as_utf8(path: Path) -> Guess:
    lines = quotes = 0
    has_nul = is_damaged = False
    held = b""
    """A character of which the rest stands in the next chunk."""
    for chunk in _chunks(path):
        has_nul = has_nul or b"\0" in chunk
        if not is_damaged and not (chunk.isascii() and not held):
            text = held + chunk
            end = _end_of_characters(text)
            held = text[end:]
            is_damaged = not _is_utf8(text[:end])
        signs = np.frombuffer(chunk, np.uint8)
        lines += int(np.count_nonzero(signs == NEW_LINE))
        quotes += int(np.count_nonzero(signs == QUOTE))
    is_damaged = is_damaged or bool(held)
    return Guess("utf-8", lines=lines, quotes=quotes, has_nul=has_nul, is_damaged=is_damaged)


def _end_of_characters(text: bytes) -> int:
    """Return where the last character begins, if it is not whole; else where the text ends."""
    for back in range(1, min(len(text), 3) + 1):
        lead = text[-back]
        if lead >= 0xC0:  # noqa: PLR2004 - it begins a character of two bytes or more
            is_whole = back > 1 + (lead >= 0xE0) + (lead >= 0xF0)  # noqa: PLR2004
            return len(text) if is_whole else len(text) - back
    return len(text)


def _is_utf8(text: bytes) -> bool:
    """Tell whether this is UTF-8. Arrow looks many times as fast as Python decodes."""
    ends = pa.py_buffer(np.array([0, len(text)], np.int32))
    try:
        pa.Array.from_buffers(pa.string(), 1, [None, ends, pa.py_buffer(text)]).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _utf16(path: Path) -> str | None:
    """Return which UTF-16 a file without a mark is; None: none."""
    if path.stat().st_size % 2:
        return None
    usual = np.zeros(1 << 16, dtype=bool)
    for first, end in ((9, 11), (13, 14), (32, 127), (0xA0, 0x180), (0x600, 0x700)):
        usual[first:end] = True
    for first, end in ((0x2000, 0x2070), (0x20A0, 0x20C0), (0xFB50, 0xFE00), (0xFE70, 0xFF00)):
        usual[first:end] = True
    for encoding, order in (("utf-16-le", "<u2"), ("utf-16-be", ">u2")):
        counts = np.zeros(1 << 16, dtype=np.int64)
        for chunk in _chunks(path):
            counts += np.bincount(np.frombuffer(chunk, dtype=order), minlength=1 << 16)
        if counts[usual].sum() >= USUAL * counts.sum():
            return encoding
    return None


def _as_utf16(path: Path, encoding: str) -> Guess:
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = quotes = 0
    has_nul = is_damaged = False
    try:
        for chunk in chain(_chunks(path), [b""]):
            text = decoder.decode(chunk, final=not chunk)
            lines += text.count("\n")
            quotes += text.count('"')
            has_nul = has_nul or "\0" in text
    except UnicodeDecodeError:
        is_damaged = True
    return Guess(encoding, lines=lines, quotes=quotes, has_nul=has_nul, is_damaged=is_damaged)


def _trigrams(path: Path) -> tuple[Numbers, Numbers]:
    """Return each byte beyond ASCII with its neighbours, and how often it is there.

    The highest byte of a number is the one before, the lowest the one after.
    """
    if path.stat().st_size <= CHUNK:
        keys = _keys(b"\n" + path.read_bytes() + b"\n\n").astype(np.int64)
        seen, times = np.unique(keys, return_counts=True)
    else:
        counts = np.zeros(1 << 23, dtype=np.uint32)
        content = b"\n"
        for chunk in chain(_chunks(path), [b"\n\n"]):
            content = content[-3:] + chunk
            np.add.at(counts, _keys(content), np.uint32(1))
        seen = np.flatnonzero(counts).astype(np.int64)
        times = counts[seen].astype(np.int64)
    before, middle, after = seen & 0xFF, seen >> 8 & 0x7F | 0x80, seen >> 15
    return before << 16 | middle << 8 | after, times


def _keys(content: bytes) -> NDArray[np.uint32]:
    """Return each byte beyond ASCII but the last two, with those around it as they stand.

    The highest bit of the one in the middle, which is always there, is left out.
    """
    is_high = np.frombuffer(content, np.int8)[1:-2] < 0
    # Four bytes at each place, read at once: gathering each alone takes twice as long.
    found = np.ndarray(len(is_high), "<u4", content, strides=(1,))[is_high]
    return (found & np.uint32(0x7FFF)) | (found >> np.uint32(1) & np.uint32(0x7F8000))


def _parts(seen: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    return seen >> 16, seen >> 8 & 0xFF, seen & 0xFF


def _share_of_utf8(seen: Numbers, times: Numbers) -> float:
    """Return which share of the sequences beyond ASCII are whole ones of UTF-8 (RFC 3629)."""
    before, sign, after = _parts(seen)
    of_two, longer = (_is_within(sign, *each) for each in ((0xC2, 0xE0), (0xE0, 0xF5)))
    in_longer = _is_within(sign, 0x80, 0xC0) & _is_within(before, 0xE0, 0xF5)
    alone = _is_within(sign, 0x80, 0xC0) & _is_within(before, 0, 0x80)
    follows = _is_within(after, 0x80, 0xC0)
    good = times[(of_two | in_longer) & follows].sum()
    bad = times[((of_two | longer | in_longer) & ~follows) | alone].sum()
    return float(good / max(good + bad, 1))


def _is_within(signs: Numbers, first: int, end: int) -> NDArray[np.bool_]:
    return (signs >= first) & (signs < end)


def _likeliest(seen: Numbers, times: Numbers, guess: Guess) -> Guess:
    # Repeating a word proves little: a table names the same town a thousand times.
    weights = 1 + np.log(times)
    scores = {
        each: float(_scores(each, seen) @ weights) - UNUSUAL * (each not in USUAL_ONES)
        for each in CANDIDATES
    }
    best = max(scores, key=scores.__getitem__)
    others = tuple(
        each
        for each in CANDIDATES
        if scores[best] - scores[each] < CLEAR and _differ(best, each, seen)
    )
    is_damaged = bool((_kinds(best)[_parts(seen)[1]] == NOTHING).any())
    return replace(guess, encoding=best, is_thin=bool(others), others=others, is_damaged=is_damaged)


def _differ(one: str, other: str, seen: Numbers) -> bool:
    signs = bytes(np.unique(_parts(seen)[1]).astype(np.uint8))
    return signs.decode(one, "replace") != signs.decode(other, "replace")


@cache
def _signs(encoding: str) -> tuple[str, ...]:
    """Return what each byte stands for; empty: nothing."""
    signs = [bytes([byte]).decode(encoding, "ignore") for byte in range(256)]
    return tuple("" if "\x7f" <= sign <= "\x9f" else sign for sign in signs)


def _kind(sign: str) -> int:
    if not sign:
        return NOTHING
    if sign.isascii():
        return (LOWER if sign.islower() else UPPER) if sign.isalpha() else OTHER
    if "\u0620" <= sign <= "\u0655":
        return ARABIC_LETTER
    if sign.isalpha() and sign not in "ªº":
        return HIGH_LOWER if sign.islower() else HIGH_UPPER
    return SIGN if sign in SIGNS + APOSTROPHES else SYMBOL


@cache
def _kinds(encoding: str) -> Numbers:
    return np.array([_kind(sign) for sign in _signs(encoding)], dtype=np.int64)


def _rarity(sign: str) -> float:
    """Return the logarithm of about how often a sign is there, in its language."""
    small = sign.lower()
    if small in ARABIC:
        return -1.9 - 0.1 * ARABIC.index(small)
    if small in FRENCH:
        return -0.7 - 0.28 * FRENCH.index(small) - 1.2 * (sign != small)
    if small in NAMES:
        return -5.0 - 0.1 * NAMES.index(small) - 1.2 * (sign != small)
    if sign in SIGNS:
        return -3.0 - 0.1 * SIGNS.index(sign)
    return {ARABIC_LETTER: -7.0, NOTHING: -12.0}.get(_kind(sign), -8.0)


@cache
def _rarities(encoding: str) -> NDArray[np.float64]:
    return np.array([_rarity(sign) if sign else -12.0 for sign in _signs(encoding)])


def _is_one_of(encoding: str, wanted: str) -> NDArray[np.bool_]:
    return np.array([sign != "" and sign in wanted for sign in _signs(encoding)])


def _scores(encoding: str, seen: Numbers) -> NDArray[np.float64]:
    """Return how likely each sign is between its neighbours (natural logarithm)."""
    bytes_ = _parts(seen)
    before, kind, after = (_kinds(encoding)[each] for each in bytes_)
    scores = _rarities(encoding)[bytes_[1]].copy()
    is_latin, latin_before, latin_after = (np.isin(each, LATIN) for each in (kind, before, after))
    is_arabic, arabic_before, arabic_after = (
        each == ARABIC_LETTER for each in (kind, before, after)
    )
    scores -= 5.0 * (is_arabic & latin_before) + 5.0 * (is_arabic & latin_after)
    scores -= 5.0 * (is_latin & arabic_before) + 5.0 * (is_latin & arabic_after)
    scores -= 1.5 * (is_arabic & ~arabic_before & ~arabic_after)
    scores -= 4.0 * (_is_one_of(encoding, LAST)[bytes_[1]] & arabic_after)
    # «créée» has two, but they are rare; and small letters are not followed by capitals.
    high = (HIGH_LOWER, HIGH_UPPER)
    scores -= 2.0 * (is_latin & np.isin(before, high)) + 2.0 * (is_latin & np.isin(after, high))
    small, capital = (LOWER, HIGH_LOWER), (UPPER, HIGH_UPPER)
    scores -= 5.0 * (np.isin(kind, capital) & np.isin(before, small))
    scores -= 3.0 * (np.isin(kind, small) & np.isin(before, capital) & np.isin(after, capital))
    scores -= 1.5 * (is_latin & ~latin_before & ~latin_after)
    apostrophe = _is_one_of(encoding, APOSTROPHES)[bytes_[1]]
    is_sign = np.isin(kind, (SIGN, SYMBOL)) & ~apostrophe
    scores -= 4.0 * (is_sign & (latin_before | arabic_before) & (latin_after | arabic_after))
    scores -= 4.0 * (apostrophe & ~(latin_before & latin_after))
    return scores
