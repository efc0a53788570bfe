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


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("l'air", "air"),
        ("d\u2019eau", "eau"),
        ("qualité de l'air", "qualite air"),
        ("budget de l\u2019Etat", "budget etat"),
        ("budget AND", "budget"),
        ("NOT budget OR", "budget"),
        ("AND", "and"),
        ("le", "le"),
        ("un-locode", "locode"),
        ('"Open data" -eaux', '"open data" -eau'),
        ("Jours Fériés", "jours feries"),
        ("الولايات", "ولا"),
        ("ميزانية ٢٠٢٦", "ميزان 2026"),
        ("", ""),
    ],
)
def test_words_are_sought_in_the_form_that_the_index_has(typed, query):
    assert words.sought(typed) == query


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("جودة الهواء", "المبادئ التوجيهية لجودة الهواء"),
        ("هواء", "وبالهواء"),
        ("مطار", "المطارات"),
        ("مطار", "ومطاراتها"),
        ("المطارات", "مطار"),
        ("رموز الولايات", "ولايات تونس ورموزها"),
        ("ولاية", "الولايات"),
        ("البلدية", "بلديات"),
        ("بلدية", "بالبلديات"),
        ("للسكان", "سكانها"),
        ("الوزارات", "وزارة"),
        ("احصائيات", "الإحصائيّات"),
        ("ميزانية", "الميزانيات"),
        ("qualite", "Qualité"),
        ("etat", "l'État"),
        ("nationaux", "national"),
        ("œuvre", "ŒUVRE"),
        ("٢٠٢٦", "2026"),
    ],
)
def test_a_word_is_found_however_it_is_written(typed, text):
    assert set(words.sought(typed).split()) <= set(words.indexed([text]).split())


@pytest.mark.parametrize(("typed", "text"), [("مطار", "مطر"), ("سكان", "سكر"), ("eau", "air")])
def test_another_word_is_not_found(typed, text):
    assert words.sought(typed) not in words.indexed([text]).split()
