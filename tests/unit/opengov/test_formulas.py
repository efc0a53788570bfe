"""CSV of PostgreSQL stays the same but for what a spreadsheet would compute."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.opengov.domain.formulas import harmless, harmless_csv

CELLS = st.none() | st.text("=-1,;\t\r\n\"'a@é", max_size=6)


def written(rows, separator):
    """Return rows as PostgreSQL writes them: a text is quoted where it must be, none never is."""
    lines = []
    for row in rows:
        cells = []
        for cell in row:
            needs = cell == "" or set(cell or "") & {'"', "\r", "\n", separator}
            doubled = (cell or "").replace('"', '""')
            cells.append(f'"{doubled}"' if needs else cell or "")
        lines.append(separator.join(cells) + "\n")
    return "".join(lines)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("-5 °C", "'-5 °C"),
        ("@a", "'@a"),
        ("\t=1", "'\t'=1"),
        ("\n=1", "'\n'=1"),
        ("x;=1+1", "x;'=1+1"),
        ('x;"=1+1', "x;'\"=1+1"),
        ("x\n=1\r@a\t-a;+a", "x\n'=1\r'@a\t'-a;'+a"),
        ("36.8;-10.2;x;-5", "36.8;-10.2;x;-5"),
        ("x;-5+cmd", "x;'-5+cmd"),
        ("x; =1, =1", "x; =1, =1"),
        ("-12.5", "-12.5"),
        ("+1,5", "+1,5"),
        ("-1.5e-07", "-1.5e-07"),
        ("-1\n", "'-1\n"),
        ("1=1", "1=1"),
        ("", ""),
    ],
)
def test_what_a_spreadsheet_might_compute_has_an_apostrophe(text, safe):
    assert harmless(text) == safe


@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), max_size=4), st.sampled_from(",\t"))
def test_each_cell_is_harmless_and_nothing_else_is_another(rows, separator):
    safe = harmless_csv(written(rows, separator), separator)

    assert safe == written([[c and harmless(c) for c in row] for row in rows], separator)
    read = list(csv.reader(io.StringIO(safe, newline=""), delimiter=separator))
    assert not any(cell != harmless(cell) for row in read for cell in row)
