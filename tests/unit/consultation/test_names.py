"""Names of people and organisations: ckanext.consultation.domain.names."""

# ruff: noqa: RUF001 - letters that look like others are the subject
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.consultation.domain.names import (
    RESERVED,
    AddressInName,
    Flag,
    NameRequired,
    NameReserved,
    NameTooLong,
    PrivateSignsInName,
    checked_name,
    likeness,
)
from ckanext.opengov.shared.domain.errors import DomainError


@pytest.mark.parametrize(
    "name",
    [
        "Amel",
        "آمال بن صالح",
        "مُحَمَّد",
        "Jean-François d'Ormesson",
        "Zoë Łukasz",
        "Amel (أمل)",
        "Participante nº 0977",
        "Association des amis du Belvédère",
        "Иван Петров",
        "Γιώργος",
        "Ö3",
        "李明",
        "Dr. N. T.",
    ],
)
def test_ordinary_names_pass_without_a_flag(name):
    found = checked_name(name)

    assert (found.text, found.flags) == (name, frozenset())


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Amel \n Ben\tSalah ", "Amel Ben Salah"),
        ("A\u200bmel", "Amel"),
        ("\u202elemA\u202c", "lemA"),
        ("Amel\u200e \u200fBen", "Amel Ben"),
        ("Ame\u0301lie", "Amélie"),
        ("A\u0300\u0301\u0302\u0303\u0304mel", "À\u0301\u0302mel"),
        ("Amel\u00a0Ben", "Amel Ben"),
    ],
)
def test_a_name_is_one_clean_line(typed, kept):
    assert checked_name(typed).text == kept


@pytest.mark.parametrize("name", ["", " ", "A", "12", "👍👍", "\u200b\u200b", "--"])
def test_a_name_without_two_characters_and_a_letter_is_refused(name):
    with pytest.raises(NameRequired):
        checked_name(name)


def test_eighty_characters_pass_and_one_more_does_not():
    assert checked_name("ab" * 40)
    assert checked_name("بَّ" * 80)
    with pytest.raises(NameTooLong):
        checked_name("ab" * 40 + "c")
    with pytest.raises(NameTooLong):
        checked_name("a" * 100_000)


@pytest.mark.parametrize(
    "name", ["amel@mail.tn", "Visit www.spam.example", "https://x", "Gagnez sur spam.com"]
)
def test_a_name_holds_no_address(name):
    with pytest.raises(AddressInName):
        checked_name(name)


def test_a_name_holds_no_private_signs():
    with pytest.raises(PrivateSignsInName):
        checked_name("Amel \ue000")


@pytest.mark.parametrize(
    "name",
    [
        "Ministère des Transports",
        "LE MINISTERE",
        "ministre",
        "M. le Ministre",
        "Міnіstère",  # noqa: RUF003 - Cyrillic і
        "Мinistry of Transport",
        "وزارة النقل",
        "الوزارة",
        "وِزَارَة",
        "وزاره",
        "الوزير",
        "Admin",
        "Αdmin",
        "m0derator",
        "𝐌inistry",
        "Ｍinistry",
        "Gouvernement",
        "Réponse officielle de la ville",
        "رئيس الجمهورية",
    ],
)
def test_nobody_is_called_as_an_official_however_it_is_spelt(name):
    with pytest.raises(NameReserved):
        checked_name(name)


@pytest.mark.parametrize("name", RESERVED)
def test_each_reserved_name_is_refused(name):
    with pytest.raises(NameReserved):
        checked_name(name)


@pytest.mark.parametrize(
    "name", ["Ministrel", "Adminta Salah", "Walid", "الوزيري", "والي", "Officiel"]
)
def test_a_name_that_only_contains_the_letters_passes(name):
    assert checked_name(name).flags == frozenset()


def test_a_reserved_word_further_back_is_flagged():
    found = checked_name("Association des usagers du ministère")

    assert found.flags == {Flag.NAMES_OFFICIALS}


def test_each_site_has_its_own_list():
    assert checked_name("Ministère", reserved=()).text == "Ministère"
    with pytest.raises(NameReserved) as refused:
        checked_name("La Steg", reserved=["STEG"])
    assert refused.value.details == {"reserved": "STEG"}


@pytest.mark.parametrize(
    ("name", "flag"),
    [
        ("Моhamed", Flag.MIXED_ALPHABETS),
        ("Amеl", Flag.MIXED_ALPHABETS),
        ("Αmel", Flag.MIXED_ALPHABETS),
        ("Ѕосо Ben", Flag.LOOKALIKE),
        ("аррӏе", Flag.LOOKALIKE),
        ("𝓐𝓶𝓮𝓵", Flag.STYLED_LETTERS),
        ("Ⓐmel", Flag.STYLED_LETTERS),
    ],
)
def test_a_name_that_may_imitate_another_is_flagged(name, flag):
    assert flag in checked_name(name).flags


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mohamed", "Моhamed"),
        ("AMEL", "amel"),
        ("Amél", "Amel"),
        ("أمل", "امل"),
        ("P0licy", "Policy"),
    ],
)
def test_names_that_look_alike_have_one_likeness(one, other):
    assert likeness(one) == likeness(other)


def test_the_error_belongs_to_the_field_of_the_form():
    with pytest.raises(NameRequired) as refused:
        checked_name("", field="org_name")
    assert refused.value.field == "org_name"


@given(st.text(st.characters(), max_size=100))
def test_any_name_is_kept_or_refused_in_words(text):
    try:
        kept = checked_name(text)
    except DomainError:
        return
    assert "\n" not in kept.text
    assert checked_name(kept.text) == kept
