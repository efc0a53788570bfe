"""Languages and directions of comments: ckanext.consultation.domain.language."""

# ruff: noqa: RUF001 - texts of several scripts
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.consultation.domain.language import (
    LANGUAGES,
    UnknownLanguage,
    direction_of,
    language_of,
    suggested,
)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("عربة من خمس غير كافية في الخطوط", "ar"),
        ("يجب أن توفّر STEG العدّادات في كلّ المنازل", "ar"),
        ("Le délai est réaliste si l’aménagement du parc existant compte aussi.", "fr"),
        ("Prévoir aussi l'affichage en braille aux arrêts", "fr"),
        ("The deadline is too short for small operators.", "en"),
        ("We should not have to pay for this", "en"),
        ("Le ministre a dit « it is a game changer », et nous attendons des actes.", "fr"),
        ("Voir https://the-of-and.example/is/are/the et la page du ministère", "fr"),
    ],
)
@pytest.mark.parametrize("page_language", LANGUAGES)
def test_letters_and_common_words_tell_the_language(text, lang, page_language):
    found = suggested(text, page_language)

    assert (found.lang, found.is_sure) == (lang, True)


@pytest.mark.parametrize(
    "text", ["OK", "2028", "👍", "Braille", "n7eb nemchi", "Да", "", "no, non"]
)
@pytest.mark.parametrize("page_language", LANGUAGES)
def test_where_nothing_speaks_the_page_does(text, page_language):
    found = suggested(text, page_language)

    assert (found.lang, found.is_sure) == (page_language, False)


def test_the_writer_has_the_last_word():
    assert language_of("en", "Le ministère et la commune", "ar") == "en"
    assert language_of(None, "Le ministère et la commune", "ar") == "fr"
    assert language_of("", "OK", "ar") == "ar"


def test_a_language_that_the_site_does_not_speak_is_refused():
    with pytest.raises(UnknownLanguage):
        language_of("de", "Nein", "fr")


@pytest.mark.parametrize(
    ("text", "lang", "direction"),
    [
        ("عربة", "fr", "rtl"),
        ("12 % عربة", "fr", "rtl"),
        ("« Oui » قال", "ar", "ltr"),
        ("2028 !", "ar", "rtl"),
        ("2028 !", "fr", "ltr"),
        ("", "ar", "rtl"),
    ],
)
def test_the_first_letter_with_a_direction_gives_it(text, lang, direction):
    assert direction_of(text, lang) == direction


@given(st.text(st.characters()), st.sampled_from(LANGUAGES))
def test_every_text_has_a_language_and_a_direction(text, page_language):
    assert suggested(text, page_language).lang in LANGUAGES
    assert direction_of(text, page_language) in ("rtl", "ltr")
