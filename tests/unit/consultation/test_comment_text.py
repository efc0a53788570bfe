"""What a participant may write, and the signs that are kept of any text."""

# ruff: noqa: RUF001 - texts of several scripts
import re
import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ckanext.consultation.domain.comment_text import (
    PrivateSigns,
    TextRequired,
    TextTooLong,
    comment_text,
)
from ckanext.opengov.shared.domain import characters
from ckanext.opengov.shared.domain.characters import cleaned, length_of

NASTY = (
    "aé\u0301\u0300\u0303\u064e\u0651\u0670 \n\r\t\0\v\x85\u2028\u200b"
    "\u200c\u200d\u200e\u200f\u061c"
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\ufe0f\ufe00\U000e0100\U0001f3f4"
    "\U000e0067\U000e007f\U0001f468\U0001f1f9\uf0b7\ue000\ufffe\ufffc\u0644\u0640\u0627\u0915\u094d"
    "\u1100\uac00\u25cc\u0958\u0344\u20e3"
)
ANY_TEXT = st.text(st.one_of(st.sampled_from(NASTY), st.characters()), max_size=60)
ARABIC = "يَتَعَيَّنُ عَلَى كُلِّ مُسْتَغِلٍّ لِخَطِّ نَقْلٍ عُمُومِيٍّ، قَبْلَ 31 دِيسَمْبِر 2028"
FRENCH = "L’œuvre coûte 1 248 DT : « trop cher », dit Zoë !"
ENGLISH = "It's a naïve plan – 20 % off…"
PERSIAN = "می\u200cخواهم"
FAMILY = "👨\u200d👩\u200d👧\u200d👦"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    "text",
    [
        ARABIC,
        FRENCH,
        ENGLISH,
        PERSIAN,
        FAMILY,
        ENGLAND,
        "❤️ ☎︎ 1️⃣ 👍🏽 🇹🇳",
        "قال: \u2066POST /api\u2069 ثمّ سكت",
        "\u202a+216 98 765 432\u202c",
        "ه\u200d للهجرة",
        "بِسْمِ ٱللَّهِ ٱلرَّحْمَـٰنِ ٱلرَّحِيمِ",
        "Việt Nam, Łódź, Ångström",
        "Одно мнение",
        "ক্ষ র\u200d্য",
        "first\n\nsecond\n- a\n  - b",
    ],
)
def test_what_people_write_stays_as_it_is(text):
    assert comment_text(text) == text


@given(ANY_TEXT)
@example("\u0301\u200d\u0300")
@example("\u2066\u202c\u2069")
@settings(max_examples=400)
def test_cleaning_twice_changes_nothing(text):
    once = cleaned(text)

    assert cleaned(once) == once
    assert unicodedata.is_normalized("NFC", once)
    once.encode()


@given(ANY_TEXT)
def test_any_text_is_kept_or_refused_in_words(text):
    try:
        kept = comment_text(text)
    except (TextRequired, TextTooLong, PrivateSigns):
        return
    assert 1 <= length_of(kept) <= len(kept)


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=40))
def test_no_letter_is_ever_lost(text):
    # The fillers of Korean are letters by name and nothing to the eye.
    letters = [sign for sign in unicodedata.normalize("NFC", text) if sign.isalpha()]
    filler = "\u115f\u1160\u3164\uffa0"

    kept = cleaned(text)

    assert [sign for sign in kept if sign.isalpha()] == [x for x in letters if x not in filler]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\0b", "ab"),
        ("sp\u200ba\u2060m", "spam"),
        ("bud\u00adget", "budget"),
        ("a\r\nb\rc\u2028d\ve", "a\nb\nc\nd\ne"),
        ("a   \n\n\n\n\nb\t ", "a\n\nb"),
        ("e\u0301", "é"),
        ("\ufeffbonjour", "bonjour"),
        ("lone \ud800 half", "lone  half"),
        ("\uf0b7 un point", "• un point"),
        ("word\u200d word\u200c", "word word"),
        ("hello\U000e0069\U000e0067", "hello"),
        ("a\ufe00\ufe01b\U000e0120", "ab"),
        ("\u200f\u200e\u200f\u200fنعم", "\u200fنعم"),
        ("q\u0300q\u0300\u0300\u0300", "q\u0300q\u0300"),
    ],
)
def test_what_nobody_sees_goes(typed, kept):
    assert cleaned(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\u202egnihton\u202c", "gnihton"),
        ("a \u202e b", "a  b"),
        ("\u2066open", "open"),
        ("close\u2069 \u202c", "close"),
        ("\u2066a\nb\u2069", "a\nb"),
        ("\u2066a\u202bb\u2069c\u202c", "a\u202bbc\u202c"),
        ("\u202e\u2066a\u2069\u202c", "\u2066a\u2069"),
        ("\u2067\u2066a\u2069\u2069", "\u2067\u2066a\u2069\u2069"),
    ],
)
def test_a_direction_ends_in_its_line_and_nothing_is_overridden(typed, kept):
    assert cleaned(typed) == kept


@given(ANY_TEXT)
def test_directions_are_balanced_in_every_line(text):
    for line in cleaned(text).split("\n"):
        assert not set(line) & {"\u202d", "\u202e"}
        is_open = []
        for sign in line:
            if sign in "\u202a\u202b\u2066\u2067\u2068":
                is_open.append("\u202c" if sign in "\u202a\u202b" else "\u2069")
            elif sign in "\u202c\u2069":
                assert is_open.pop() == sign
        assert not is_open


def test_a_tower_of_marks_is_taken_down_to_what_a_letter_can_need():
    tower = "H" + "".join(chr(0x300 + n) for n in range(100)) + "i"

    kept = cleaned(tower)

    assert length_of(kept) == 2
    assert len(unicodedata.normalize("NFD", kept)) <= 4


def test_a_tower_of_marks_cannot_hide_behind_joiners():
    tower = "ب" + "".join(chr(0x300 + n) + "\u200d" for n in range(50))

    assert len(re.findall("[\u0300-\u036f]", cleaned(tower))) <= characters.MOST_MARKS


@pytest.mark.parametrize(
    "nothing", ["", "  \n ", "\u200b", "\u3164\u2800", "\u0301", "\u200f \u2069"]
)
def test_a_text_without_anything_to_see_is_refused(nothing):
    with pytest.raises(TextRequired):
        comment_text(nothing)


def test_ten_thousand_characters_pass_and_one_more_does_not():
    assert len(comment_text("a" * 10_000)) == 10_000
    with pytest.raises(TextTooLong) as refused:
        comment_text("a" * 10_001)
    assert refused.value.details == {"given": 10_001, "most": 10_000}


def test_characters_are_counted_as_people_see_them():
    assert length_of("بَّ" + FAMILY + ENGLAND + "é" + "🇹🇳🇫🇷") == 6
    assert comment_text("بَّ" * 10_000)


def test_one_character_of_very_many_signs_is_refused():
    with pytest.raises(TextTooLong):
        comment_text("👨\u200d" * 25_000 + "👨")


def test_spaces_around_do_not_count():
    assert comment_text("\n\n" + "a" * 10_000 + "   \n") == "a" * 10_000


def test_private_signs_are_refused_with_their_place():
    with pytest.raises(PrivateSigns) as refused:
        comment_text("one\ntwo \ue000\uf8ff")
    assert refused.value.details == {"count": 2, "line": 2}


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "\u0301",
        "بَّ",
        "\u2066",
        "\u2066\u2069",
        "\u202e",
        "👨\u200d",
        "🇹",
        "ب\u064e\u200d",
        "\n",
        " \n",
    ],
)
def test_cleaning_takes_time_in_proportion_to_the_length(unit):
    def seconds(times):
        text = unit * times
        best = []
        for _ in range(3):
            start = time.process_time()
            length_of(cleaned(text))
            best.append(time.process_time() - start)
        return min(best)

    # Four times the text: about four times the time, sixteen times if it were quadratic.
    assert seconds(20_000) < 9 * seconds(5_000) + 0.02


def test_a_text_many_times_too_long_is_not_even_read():
    with pytest.raises(TextTooLong):
        comment_text("\u200b" * 100_001)


def test_a_mark_behind_a_direction_mark_counts_with_those_before_it():
    assert cleaned("q\u0300\u200e\u0301\u200e\u0302") == "q\u0300\u200e\u0301\u200e"
