"""Names and numbers with hyphens in the sentences of pages."""

import pytest

from ckanext.opengov.domain.hyphens import JOINER, LEFT_TO_RIGHT, whole
from ckanext.opengov.shared.domain.characters import END_OF_ISOLATE


@pytest.mark.parametrize("name", ["Windows-1256", "UTF-8"])
def test_no_line_breaks_at_the_hyphen_of_a_name(name):
    assert whole(f"as {name}.") == f"as {name.replace('-', '-' + JOINER)}."


@pytest.mark.parametrize(
    "number", ["2026-01-31", "2026-01-31T08:00:00", "-12.5", "3166-2", "2025-Q2"]
)
def test_numbers_with_hyphens_run_from_left_to_right_in_arabic(number):
    plain = whole(f"شكل «{number}»").replace(JOINER, "")

    assert plain == f"شكل «{LEFT_TO_RIGHT}{number}{END_OF_ISOLATE}»"


@pytest.mark.parametrize("text", ["Avez-vous lu ?", "12 500,75", "13/01/2024", "A - 3"])
def test_what_has_no_such_hyphen_stays_as_it_is(text):
    assert whole(text) == text
