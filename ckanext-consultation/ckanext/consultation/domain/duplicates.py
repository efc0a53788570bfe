"""Comments that are copies of one another: the same words, or nearly.

Exact copies have one key. Near ones share a band: MinHash of the rows of three words, cut
into sixteen bands of four, so that an index finds the candidates; ``similarity`` decides.
Every copy still counts as a comment: to find it is to group it, never to refuse it.

Texts of fewer than ``LEAST_WORDS`` words have neither key nor bands. "I agree with this" is
what many people say by themselves: it is a vote in words, not a campaign.

Source: A. Broder, On the resemblance and containment of documents, 1997.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from ckanext.consultation.domain.search_text import norm_sha256, words_of

LEAST_WORDS = 5
ROW_OF_WORDS = 3
BANDS, ROWS = 16, 4
NEAR = 0.5
"""Share of common rows of words from which two texts count as near copies: of forty words,
four may be others."""
PRIME = 2**61 - 1
KEY_BYTES = 8


def _number(text: str) -> int:
    """Return a hash that is the same in every process and on every machine."""
    digest = hashlib.blake2b(text.encode(), digest_size=KEY_BYTES).digest()
    return int.from_bytes(digest, "big") % PRIME


ORDERS = tuple((_number(f"factor {n}") or 1, _number(f"summand {n}")) for n in range(BANDS * ROWS))
"""Ways to shuffle the hashes. Stored keys depend on them: they never change."""


def exact_key(text: str) -> bytes | None:
    """Return what exact copies have in common; None for a text too short to be one."""
    return norm_sha256(text) if len(words_of(text)) >= LEAST_WORDS else None


def bands(text: str) -> list[tuple[int, int]]:
    """Return the bands and their keys, which fit a ``bigint``; none for a short text.

    Two texts that share a band are worth comparing. Give the writer's own words alone: a
    paragraph that many quote makes nobody's comment a copy.
    """
    rows = _rows(words_of(text))
    if not rows:
        return []
    least = [min((factor * row + summand) % PRIME for row in rows) for factor, summand in ORDERS]
    return list(enumerate(_keys(least)))


def similarity(one: str, other: str) -> float:
    """Return the share of rows of words that two texts have in common, from 0 to 1."""
    first, second = _rows(words_of(one)), _rows(words_of(other))
    if not first or not second:
        return 0.0
    return len(first & second) / len(first | second)


def are_near(one: str, other: str) -> bool:
    """Tell whether two texts are copies, or nearly."""
    return similarity(one, other) >= NEAR


def _rows(words: list[str]) -> frozenset[int]:
    if len(words) < LEAST_WORDS:
        return frozenset()
    starts = range(len(words) - ROW_OF_WORDS + 1)
    return frozenset(_number(" ".join(words[at : at + ROW_OF_WORDS])) for at in starts)


def _keys(least: list[int]) -> Iterator[int]:
    for start in range(0, len(least), ROWS):
        rows = ",".join(map(str, least[start : start + ROWS]))
        digest = hashlib.blake2b(rows.encode(), digest_size=KEY_BYTES).digest()
        yield int.from_bytes(digest, "big", signed=True)
