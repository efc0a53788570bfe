"""Keeps a process that checks files small."""

from __future__ import annotations

import contextlib
import ctypes

M_ARENA_MAX = -8
"""Of the C library: <malloc.h>."""


def share() -> None:
    """Let all threads of this process share one heap.

    Each has its own else, in which what the columns of one block leave behind stays: at 4,000
    columns a sixth of all memory. For processes of our own, before they start threads.
    """
    with contextlib.suppress(AttributeError):  # other C libraries have but one
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)
