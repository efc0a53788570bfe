"""What people type, read in any script; errors never repeat it."""

# ruff: noqa: RUF001 - digits and signs of several scripts
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.complaints.domain import reading
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.texts import NoText, TooLong

DAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    "typed",
    [
        "2026-11-27",
        "27/11/2026",
        "27-11-2026",
        " 27.11.2026 ",
        "٢٧/١١/٢٠٢٦",
        "۲۷/۱۱/۲۰۲۶",
        "٢٠٢٦-١١-٢٧",
    ],
)
def test_a_day_is_read_in_any_digits(typed):
    assert reading.day_of(typed, "day") == DAY


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "yesterday",
        "31/02/2026",
        "2026",
        "1/1/26",
        "01/01/1899",
        "1/1/2101",
        "11/2026",
        "27/13/2026",
    ],
)
def test_what_is_no_day_is_refused(typed):
    with pytest.raises(reading.NoDay):
        reading.day_of(typed, "day")


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1250", "1250"),
        ("١٢٥٠", "1250"),
        ("12,5", "12.5"),
        ("١٢٫٥", "12.5"),
        ("1 248,50", "1248.50"),
        ("1\u202f248", "1248"),
        ("١٬٢٤٨", "1248"),
        ("-3", "-3"),
        ("−3", "-3"),
    ],
)
def test_a_number_is_read_in_any_digits(typed, number):
    assert reading.number_of(typed, "n") == Decimal(number)


@pytest.mark.parametrize(
    "typed", ["", "-", "1,2,3", "1e9", "NaN", "Infinity", "0x10", "9" * 19, "12 dinars"]
)
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(reading.NoNumber):
        reading.number_of(typed, "n")


@pytest.mark.parametrize("typed", ["rim@example.org", " rim.b+x@mail.example.tn ", "ريم@مثال.تونس"])
def test_a_mail_address_is_read(typed):
    assert reading.address_of(typed, "email") == typed.strip()


@pytest.mark.parametrize(
    "typed",
    [
        "rim",
        "rim@example",
        "@example.org",
        "rim@@example.org",
        "rim@example..org",
        "a b@example.org",
        "rim@example.org\nBcc: all@example.org",
        "rim@example.org,amel@example.org",
        "x" * 250 + "@a.org",
    ],
)
def test_what_is_no_mail_address_is_refused(typed):
    with pytest.raises(reading.NoAddress):
        reading.address_of(typed, "email")


@pytest.mark.parametrize(
    ("typed", "number"),
    [("71 123 456", "71123456"), ("+216 71.123.456", "+21671123456"), ("٧١ ١٢٣ ٤٥٦", "71123456")],
)
def test_a_telephone_number_is_read(typed, number):
    assert reading.telephone_of(typed, "phone") == number


@pytest.mark.parametrize("typed", ["", "1234567", "1" * 16, "71 123 45a", "+", "++21671123456"])
def test_what_is_no_telephone_number_is_refused(typed):
    with pytest.raises(reading.NoTelephone):
        reading.telephone_of(typed, "phone")


def test_hidden_characters_and_overrides_are_taken_away():
    assert (
        reading.text_of("The \0pump\u202e is\u200b broken.", 3, 100, "happened")
        == "The pump is broken."
    )


def test_lengths_are_those_that_people_see():
    vocalised = "مُحَمَّد"
    assert reading.text_of(vocalised, 4, 4, "name") == vocalised
    with pytest.raises(TooLong) as caught:
        reading.text_of(vocalised, 1, 3, "name")
    assert caught.value.details == {"most": 3, "count": 4}


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", reading.TextNeeded),
        (" \n\u200b\u202e", reading.TextNeeded),
        ("Broken", reading.TextTooShort),
        ("x" * 101, TooLong),
        ("x" * 10**7, TooLong),
        (None, NoText),
        (["x"], NoText),
    ],
)
def test_texts_have_a_least_and_a_most(typed, error):
    with pytest.raises(error):
        reading.text_of(typed, 10, 100, "happened")


def test_a_text_that_need_not_be_there_may_be_empty():
    assert reading.text_of(" \u200b", 0, 100, "place") == ""


def test_names_are_one_line_without_directions():
    assert reading.line_of(" Rim\n \u2067Ben  Ali\u2069 ", 2, 100, "name") == "Rim Ben Ali"


READERS = (
    reading.day_of,
    reading.number_of,
    reading.address_of,
    reading.telephone_of,
    lambda text, name: reading.text_of(text, 10, 20, name),
)


@given(st.text(st.characters(), max_size=60), st.sampled_from(READERS))
def test_whatever_is_typed_ends_in_a_named_error_that_does_not_repeat_it(typed, read):
    error = None
    try:
        read(typed, "field")
    except DomainError as found:
        error = found
    details = error.details.values() if error else ()
    assert all(isinstance(each, int) for each in details)
    assert error is None or error.__cause__ is None
