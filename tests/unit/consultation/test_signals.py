"""Hints for moderators: ckanext.consultation.domain.signals."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.consultation.domain.signals import PERSONAL, Signal, masked, signals_in


def found_in(text):
    return [(each.signal, text[each.start : each.end]) for each in signals_in(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("voici son numéro, 98 765 432, demandez", [(Signal.NUMBER, "98 765 432")]),
        ("رقم هاتفه 98765432، فاسألوه", [(Signal.NUMBER, "98765432")]),
        ("هاتفه ٩٨ ٧٦٥ ٤٣٢", [(Signal.NUMBER, "٩٨ ٧٦٥ ٤٣٢")]),
        ("+216 98.765.432", [(Signal.NUMBER, "+216 98.765.432")]),
        ("CIN 01234567.", [(Signal.NUMBER, "01234567")]),
        ("RIB 10 006 0351835984788 31", [(Signal.NUMBER, "10 006 0351835984788 31")]),
        ("écrivez à amel.b+x@mail.example.tn.", [(Signal.EMAIL, "amel.b+x@mail.example.tn")]),
        ("voir https://a.tn/98765432 ici", [(Signal.LINK, "https://a.tn/98765432")]),
        ("a@b.tn 98765432", [(Signal.EMAIL, "a@b.tn"), (Signal.NUMBER, "98765432")]),
    ],
)
def test_addresses_and_long_numbers_are_marked(text, found):
    assert found_in(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "le 31-12-2028",
        "le 31.12.2028",
        "2028-12-31",
        "un budget de 12 500 000 DT",
        "12.500.000 dinars",
        "12 345 678 DT",
        "12 345 678 دينار",
        "de 2021-2025",
        "loi nº 2017-10 du 7 mars 2017",
        "article 3, alinéa 1",
        "20 % de 1 248",
        "à 10:30:00",
        "@amel",
    ],
)
def test_dates_and_amounts_are_not(text):
    assert found_in(text) == []


def test_what_is_marked_can_be_covered():
    text = "Appelez 98 765 432 ou a.b@mail.tn, voir https://a.tn"
    personal = [each for each in signals_in(text) if each.signal in PERSONAL]

    assert masked(text, personal) == "Appelez •• ••• ••• ou •.•@••••.••, voir https://a.tn"


@given(st.text(st.one_of(st.characters(), st.sampled_from("0123456789 .-+@/:")), max_size=80))
def test_places_lie_in_the_text_one_after_another(text):
    found = signals_in(text)

    ends = [0, *(each.end for each in found)]
    assert all(each.start >= end for each, end in zip(found, ends, strict=False))
    assert len(masked(text, found)) == len(text)
    assert [each for each in signals_in(masked(text, found)) if each.signal in PERSONAL] == []


@pytest.mark.parametrize("unit", ["a", "1 ", "1", "a.", "a@", "a@a.", "https://", "1-"])
def test_the_search_takes_time_in_proportion_to_the_length(unit):
    def seconds(times):
        start = time.process_time()
        signals_in(unit * times)
        return time.process_time() - start

    seconds(10)
    assert min(seconds(8_000), seconds(8_000)) < 20 * min(seconds(1_000), seconds(1_000)) + 0.03
