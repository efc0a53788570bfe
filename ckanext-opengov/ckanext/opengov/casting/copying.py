"""The text that COPY reads, built by columns; and the reader that psycopg asks for it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.compute as pc

from ckanext.opengov.casting.columns import Columns

ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))


def lines(batches: Iterable[Columns]) -> Iterator[bytes]:
    """Yield lines for ``COPY … FROM STDIN``: the number of the row from 1, then its cells."""
    number = 1
    for columns in batches:
        count = len(columns[0]) if columns else 0
        if count:
            numbers = pa.array(range(number, number + count)).cast(pa.string())
            yield _joined([numbers, *(_escaped(each) for each in columns)])
            number += count


def _escaped(texts: pa.StringArray) -> pa.StringArray:
    # The bytes of all texts together: much faster than to look into each.
    written = (texts.buffers()[2] or pa.py_buffer(b"")).to_pybytes()
    for sign, escape in ESCAPES:
        if sign.encode() in written:
            texts = pc.replace_substring(texts, sign, escape)
    return pc.fill_null(texts, "\\N") if texts.null_count else texts


def _joined(columns: Columns) -> bytes:
    ended = pc.binary_join_element_wise(columns[-1], "", "\n")
    joined = pc.binary_join_element_wise(*columns[:-1], ended, "\t")
    # All texts of an array lie behind one another.
    _nulls, _offsets, texts = joined.buffers()
    return bytes(texts)[: pc.sum(pc.binary_length(joined)).as_py()]


class Pieces(io.RawIOBase):
    """Pieces as a stream; the next is made while PostgreSQL takes one."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._pool = pieces, ThreadPoolExecutor(1)
        self._coming = self._pool.submit(next, pieces, b"")
        self.error: Exception | None = None
        """What went wrong: of psycopg nobody would hear it."""

    def read(self, _size: int = -1) -> bytes:
        """Return the next piece; empty: it was the last."""
        try:
            piece = self._coming.result()
        except Exception as error:
            self.error = error
            raise
        if piece:
            self._coming = self._pool.submit(next, self._pieces, b"")
        return piece

    def close(self) -> None:
        """Wait for the piece that is being made, and let go of the thread."""
        self._pool.shutdown()
        super().close()
