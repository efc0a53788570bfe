"""Clean copies of evidence for handlers: what people see, and nothing that tells of others.

Only :mod:`child` runs this code, in a process of its own that can write no file, has little
memory and little time: what it reads was made by strangers.
"""

from __future__ import annotations


class NoCopy(Exception):
    """No clean copy of this file can be made; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
