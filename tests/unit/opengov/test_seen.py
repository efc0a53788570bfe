"""A decision is about what was seen."""

import pytest

from ckanext.opengov.domain.reasons import REASONS, UnknownReason, check_reasons
from ckanext.opengov.domain.seen import moved_since, token_of

PARTS = {"state": "submitted", "title": "Rain", "file": "abc"}


def test_what_did_not_move_is_still_what_was_seen():
    assert moved_since(token_of(PARTS), dict(reversed(PARTS.items()))) is None


@pytest.mark.parametrize(
    ("now", "moved"),
    [
        ({**PARTS, "title": "Snow"}, ["title"]),
        ({**PARTS, "notes": "New."}, ["notes"]),
        ({"state": "submitted", "title": "Rain"}, ["file"]),
    ],
)
def test_what_moved_is_named(now, moved):
    assert moved_since(token_of(PARTS), now) == moved


@pytest.mark.parametrize("token", ["", "-", "é", "W10", "bm8", "[" * 2000, "WzEsIDJd"])
def test_a_made_up_token_stands_for_nothing(token):
    assert moved_since(token, PARTS) == []


def test_reasons_come_in_the_order_of_the_list():
    assert check_reasons(["other", "licence", "other"]) == ("licence", "other")


def test_a_reason_outside_the_list_is_refused():
    with pytest.raises(UnknownReason):
        check_reasons([*REASONS, "because"])
