"""Words in the first cells of rows that sum others up."""

from __future__ import annotations

from itertools import product

TOTALS = frozenset(
    "".join(parts)
    for words in (
        (
            ("", "sous ", "sous-", "sous", "sub ", "sub-", "sub", "grand ", "grand-"),
            ("total", "totaux"),
            ("", " général", " general", " généraux"),
        ),
        (("somme", "sum", "ensemble"),),
        (
            ("المجموع", "مجموع", "الجملة", "جملة", "الإجمالي", "إجمالي", "الاجمالي", "اجمالي"),
            ("", " العام", " العامة", " الكلي", " الكلية", " الفرعي"),
        ),
    )
    for parts in product(*words)
)
"""In small letters, without what stands around them."""


def is_total(cell: str) -> bool:
    """Tell whether a cell says that its row is a sum."""
    return cell.strip(": \t\xa0\u202f").casefold() in TOTALS
