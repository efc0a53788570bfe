"""Which texts a spreadsheet would run."""

from __future__ import annotations

import re

STARTS = "=@\t\r+-"
PATTERN = (
    r"\A(?:[=@\t\r]|[+-](?:"
    # A function is called; a program is (DDE); a cell of another sheet is taken.
    r"""[^\n]*[A-Za-z.][0-9]*(?:\(| +\( *")"""
    r"|[^\n|]*\|[^\n]*[^ \n]![^ \n]"
    r"|[^\n]*![$]?[A-Za-z]{1,3}[$]?[0-9]))"
)
"""For Python and for RE2. After a sign there may as well be a telephone, or a text in a list."""
FORMULA = re.compile(PATTERN)
