"""What people type into a field of search."""

import pytest

from ckanext.opengov.domain import words


@pytest.mark.parametrize(
    ("typed", "sought"),
    [
        ("Tunis: inhabitants", "Tunis inhabitants"),
        ('"open data" (2026', '"open data" 2026'),
        ('5" pipes', "5 pipes"),
        ("air -water - ", "air -water"),
        ("a*? [b] {c} ^d ~e !f /g\\h & | +", "a b c d e f g h"),
        ("ميزانية: 2026", "ميزانية 2026"),
        ("", ""),
    ],
)
def test_only_words_are_left(typed, sought):
    assert words.plain(typed) == sought


@pytest.mark.parametrize(
    ("typed", "does"),
    [
        ("title:budget", True),
        ("air AND -tags:water", True),
        ("*:*", False),
        ("Tunis: inhabitants", False),
        ("at 10:30", False),
        ("https://example.org", False),
    ],
)
def test_a_field_is_named_by_its_own_name(typed, does):
    assert words.names_field(typed) is does
