"""Texts that a spreadsheet would take for formulas, made harmless."""

from __future__ import annotations

import re

SIGNS = "=+-@\t\r\n"
"""First signs of what a spreadsheet would compute, or send to others."""
NUMBER = r"[+-]?[0-9]+([.,][0-9]+)*"
"""What may begin with such a sign."""
ENDS = ";\t\r\n"
"""What may end a cell for a program that parts them by another sign than they were written with."""
BEHIND = re.compile(rf'([{ENDS}])(?="*[=+@-])(?!{NUMBER}(?:[{ENDS}]|\Z))')
AS_WRITTEN = re.compile(rf"(?:{NUMBER}(?:e[+-][0-9]+)?|-Infinity)\Z")
"""Numbers as PostgreSQL writes them."""


def harmless(text: str) -> str:
    """Return a text with an apostrophe before what a spreadsheet would compute.

    That is the text itself; and its parts where the spreadsheet might end cells within it.
    """
    if text.startswith(tuple(SIGNS)) and not AS_WRITTEN.match(text):
        text = f"'{text}"
    return BEHIND.sub(r"\1'", text)


def harmless_csv(text: str, separator: str) -> str:
    """Return whole lines of CSV, as PostgreSQL writes them, with harmless cells.

    Not read and written anew: an empty text and no text would be the same.
    """
    signs = re.escape(SIGNS.replace(separator, "").rstrip("\r\n"))
    quoted = r'(?<=")[^"]*(?:""[^"]*)*"'
    plain = rf'(?<!")(?<![^{separator}\n].)[^{separator}\n]*'
    # What begins a match is looked for first: few signs are of these.
    cells = rf'["{signs}](?:{quoted}|{plain})'
    text = re.sub(cells, _harmless_cell, text)
    inside = ENDS.replace(separator, "").rstrip("\r\n")
    behind = rf'([{inside}])(?=[=+@-])(?!{NUMBER}(?:[{ENDS}{separator}"]|\Z))'
    # Quoted cells have become harmless above: this is for the others, which have no line ends.
    return re.sub(behind, r"\1'", text)


def _harmless_cell(cell: re.Match[str]) -> str:
    text = cell[0]
    return f'"{harmless(text[1:-1])}"' if text.startswith('"') else harmless(text)
