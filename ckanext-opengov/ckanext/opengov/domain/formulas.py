"""Texts that a spreadsheet would take for formulas, made harmless."""

from __future__ import annotations

import re

SIGNS = "=+-@\t\r\n"
"""First signs of what a spreadsheet would compute, or send to others."""
NUMBER = r"[+-]?[0-9]+([.,][0-9]+)*"
"""What may begin with such a sign."""
AS_WRITTEN = re.compile(rf"(?:{NUMBER}(?:e[+-][0-9]+)?|-Infinity)\Z")
"""Numbers as PostgreSQL writes them."""


def harmless(text: str) -> str:
    """Return a text with an apostrophe before it, if a spreadsheet would compute it."""
    return f"'{text}" if text.startswith(tuple(SIGNS)) and not AS_WRITTEN.match(text) else text


def harmless_csv(text: str, separator: str) -> str:
    """Return whole lines of CSV, as PostgreSQL writes them, with harmless cells.

    Not read and written anew: an empty text and no text would be the same.
    """
    signs = re.escape(SIGNS.replace(separator, "").rstrip("\r\n"))
    quoted = r'(?<=")[^"]*(?:""[^"]*)*"'
    plain = rf'(?<!")(?<![^{separator}\n].)[^{separator}\n]*'
    # What begins a match is looked for first: few signs are of these.
    cells = rf'["{signs}](?:{quoted}|{plain})'
    return re.sub(cells, _harmless_cell, text)


def _harmless_cell(cell: re.Match[str]) -> str:
    text = cell[0]
    return f'"{harmless(text[1:-1])}"' if text.startswith('"') else harmless(text)
