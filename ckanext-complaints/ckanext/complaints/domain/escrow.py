"""The service keys on two sheets of paper, for two persons: each alone says nothing.

A sheet is typed in by hand, so each line has its number and a check of its own. Letters
and digits are those of Crockford's base 32, in which no two look alike.

Source: https://www.crockford.com/base32.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes

from ckanext.complaints.domain import crypto
from ckanext.opengov.shared.keyring import ID_BYTES, KEY_BYTES, Key, Keyring

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ALIKE = str.maketrans("OIL", "011")
BITS = 5
LINE_BYTES, LINE_SIGNS, CHECK_SIGNS, GROUP = 15, 24, 2, 4
VERSION, SET_BYTES, SUM_BYTES = 1, 4, 8
HEAD_BYTES = 1 + 1 + SET_BYTES + 2


class LineMistyped(Exception):
    """A line is not as it stands on paper. Says its number, never what it is."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Line {number} is not as it stands on the sheet")
        self.number = number


class SheetsDoNotFit(Exception):
    """They are not the two sheets of one escrow."""

    def __init__(self) -> None:
        super().__init__("These are not the first and the second sheet of the same escrow")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on one of the two."""

    number: int
    escrow: bytes
    """Marks the two that belong together."""
    share: bytes = field(repr=False)


def sheets(ring: Keyring) -> tuple[list[str], list[str]]:
    """Return the lines of the two sheets; each call makes another pair."""
    content = b"".join(bytes.fromhex(key.id) + key.master for key in ring.keys)
    escrow = token_bytes(SET_BYTES)
    first, second = crypto.split(_sum(content) + content)
    return _lines(Sheet(1, escrow, first)), _lines(Sheet(2, escrow, second))


def joined(one: Sheet, other: Sheet) -> Keyring:
    """Return the keys.

    Raises:
        SheetsDoNotFit: they are of two escrows, or the same one twice.
    """
    if {one.number, other.number} != {1, 2} or one.escrow != other.escrow:
        raise SheetsDoNotFit
    whole = bytes(a ^ b for a, b in zip(one.share, other.share, strict=False))
    content, size = whole[SUM_BYTES:], ID_BYTES + KEY_BYTES
    if not content or len(content) % size or _sum(content) != whole[:SUM_BYTES]:
        raise SheetsDoNotFit
    parts = [content[start : start + size] for start in range(0, len(content), size)]
    return Keyring(tuple(Key(each[:ID_BYTES].hex(), each[ID_BYTES:]) for each in parts))


def read(lines: Iterable[str]) -> Sheet:
    """Return the sheet of which somebody typed all lines.

    Raises:
        LineMistyped: the first that is wrong or missing.
    """
    content, count = b"", 0
    for count, line in enumerate(lines, 1):
        content += read_line(line, count)
    length = lines_of(content) if content else 1
    if count != length:
        raise LineMistyped(min(count, length) + 1)
    size = int.from_bytes(content[HEAD_BYTES - 2 : HEAD_BYTES], "big")
    return Sheet(content[1], content[2 : HEAD_BYTES - 2], content[HEAD_BYTES:][:size])


def lines_of(first: bytes) -> int:
    """Return how many lines a sheet has, from its first line.

    Raises:
        LineMistyped: it is not the first line of a sheet of this version.
    """
    if first[0] != VERSION or first[1] not in {1, 2}:
        raise LineMistyped(1)
    size = int.from_bytes(first[HEAD_BYTES - 2 : HEAD_BYTES], "big")
    return -(-(HEAD_BYTES + size) // LINE_BYTES)


def read_line(line: str, number: int) -> bytes:
    """Return what a line holds; with its own number in front, or without.

    Raises:
        LineMistyped: its check says that it is another.
    """
    typed = line.upper().translate(ALIKE).replace("-", " ").split()
    signs = "".join(typed[1:] if typed[:1] == [f"{number:02}"] else typed)
    if len(signs) != LINE_SIGNS + CHECK_SIGNS or not set(signs) <= set(SIGNS):
        raise LineMistyped(number)
    value = 0
    for sign in signs[:LINE_SIGNS]:
        value = (value << BITS) + SIGNS.index(sign)
    content = value.to_bytes(LINE_BYTES, "big")
    if signs[LINE_SIGNS:] != _check(content, number):
        raise LineMistyped(number)
    return content


def _lines(sheet: Sheet) -> list[str]:
    size = len(sheet.share).to_bytes(2, "big")
    content = bytes([VERSION, sheet.number]) + sheet.escrow + size + sheet.share
    content += bytes(-len(content) % LINE_BYTES)
    starts = range(0, len(content), LINE_BYTES)
    return [
        _line(content[start : start + LINE_BYTES], number) for number, start in enumerate(starts, 1)
    ]


def _line(content: bytes, number: int) -> str:
    signs = _signs(int.from_bytes(content, "big"), LINE_SIGNS)
    groups = [signs[start : start + GROUP] for start in range(0, LINE_SIGNS, GROUP)]
    return f"{number:02}  {' '.join(groups)}  {_check(content, number)}"


def _check(content: bytes, number: int) -> str:
    digest = sha256(bytes([number]) + content).digest()
    return _signs(int.from_bytes(digest[:2], "big"), CHECK_SIGNS)


def _signs(value: int, count: int) -> str:
    places: Sequence[int] = range(BITS * (count - 1), -1, -BITS)
    return "".join(SIGNS[value >> place & (1 << BITS) - 1] for place in places)


def _sum(content: bytes) -> bytes:
    return sha256(b"opengov complaints escrow" + content).digest()[:SUM_BYTES]
