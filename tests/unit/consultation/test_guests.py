"""Addresses, links, keys and what counts when, of people without an account."""

from datetime import UTC, datetime, timedelta

import pytest

from ckanext.consultation.domain import guests
from ckanext.consultation.domain.guests import CameTooLate, LinkUnknown, NotAnAddress, Times
from ckanext.consultation.domain.schedule import Window

CLOSES = datetime(2026, 3, 1, 12, tzinfo=UTC)
WINDOW = Window(CLOSES - timedelta(days=30), CLOSES, CLOSES + timedelta(days=30))
TICK = timedelta(microseconds=1)
SIGNING = b"k" * 32


@pytest.mark.parametrize(
    "text", ["leila@example.org", " leila@example.org ", "l.b+x@sub.example.tn", "o'h@example.org"]
)
def test_these_are_addresses(text):
    assert guests.address_of(text) == text.strip()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("leila@مثال.تونس", "leila@xn--mgbh0fb.xn--pgbs0dh"),
        ("Leila@BÜCHER.Example", "Leila@xn--bcher-kva.example"),
        ("a@faß.example", "a@xn--fa-hia.example"),
        ("a@\uff45xample.org", "a@example.org"),
    ],
)
def test_a_domain_is_spelled_as_mail_servers_spell_it(text, address):
    assert guests.address_of(text) == address


@pytest.mark.parametrize(
    "text",
    [
        *("", "leila", "@example.org", "leila@", "leila@localhost", "a b@example.org"),
        *("a@example.org\nBcc: b@example.org", "a@example.org,b@example.org", "<a@example.org>"),
        *("a@-example.org", "a@example..org", f"{'a' * 65}@example.org", f"a@{'b' * 250}.org"),
        *("ليلى@example.org", "\u212aate@example.org", "a@⑴.example", f"a@{'é' * 62}.example"),
    ],
)
def test_these_are_none(text):
    with pytest.raises(NotAnAddress):
        guests.address_of(text)


def test_an_address_is_checked_in_no_time_whatever_it_is():
    start = datetime.now(UTC)
    with pytest.raises(NotAnAddress):
        guests.address_of("a@" + "a-" * 126)
    assert datetime.now(UTC) - start < timedelta(seconds=0.5)


@pytest.mark.parametrize(
    "other", ["LEILA@Example.ORG", " leila@example.org\t", "Leila@example.org"]
)
def test_spellings_of_one_address_are_alike(other):
    assert guests.likeness_of("leila@example.org") == guests.likeness_of(other)


@pytest.mark.parametrize("other", ["leila@example.com", "leil@aexample.org", "leila+x@example.org"])
def test_other_addresses_are_not(other):
    assert guests.likeness_of("leila@example.org") != guests.likeness_of(other)


def test_a_domain_in_letters_is_the_same_in_its_other_spelling():
    assert guests.likeness_of("a@bücher.example") == guests.likeness_of("a@xn--bcher-kva.example")


@pytest.mark.parametrize(("before", "hours"), [(TICK, 0), (TICK, 47), (timedelta(days=1), 1)])
def test_what_was_written_in_time_counts_while_the_link_holds(before, hours):
    written = guests.times(CLOSES - before)
    guests.check_counts(WINDOW, written, CLOSES - before + timedelta(hours=hours), is_public=True)


@pytest.mark.parametrize(
    ("written_at", "waited", "is_public", "error"),
    [
        (CLOSES, timedelta(0), True, CameTooLate),
        (CLOSES - TICK, timedelta(hours=48), True, LinkUnknown),
        (CLOSES - TICK, timedelta(hours=1), False, CameTooLate),
        (CLOSES - timedelta(days=40), timedelta(hours=1), True, CameTooLate),
    ],
)
def test_nothing_else_counts(written_at, waited, is_public, error):
    with pytest.raises(error):
        guests.check_counts(
            WINDOW, guests.times(written_at), written_at + waited, is_public=is_public
        )


def test_a_key_is_of_one_consultation_and_of_nobodys_making():
    key = guests.new_key(SIGNING, "one")

    assert guests.is_ours(SIGNING, "one", key)
    assert guests.new_key(SIGNING, "one") != key
    assert not guests.is_ours(SIGNING, "other", key)
    assert not guests.is_ours(b"x" * 32, "one", key)
    for other in ("", "A", key[:-1], key + "A", "é" * 48, key.swapcase(), key[::-1]):
        assert not guests.is_ours(SIGNING, "one", other)


def test_a_link_holds_for_two_days():
    assert guests.times(CLOSES) == Times(CLOSES, CLOSES + timedelta(hours=48))
