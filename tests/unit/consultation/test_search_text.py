"""One spelling for search and comparison: ckanext.consultation.domain.search_text."""

# ruff: noqa: RUF001 - texts of several scripts
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.consultation.domain.search_text import norm_sha256, search_text, words_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("مُحَمَّد", "محمد"),
        ("النــــقـل", "النقل"),
        ("أحمد إلى آخر ٱلنص", "احمد الي اخر النص"),
        ("مسؤول رئيس شيء", "مسوول رييس شي"),
        ("وزارة", "وزاره"),
        ("على", "علي"),
        ("كتاب", "کتاب"),
        ("سنة ٢٠٢٨", "سنه 2028"),
        ("ﷲ ﻻ", "الله لا"),
        ("Œuvre, ÉCOLE : Straße", "oeuvre ecole strasse"),
        ("l’eau l'eau", "L eau, l-eau"),
        ("ﬁnance", "Finance"),
        ("sp\u200bam", "spam"),
        ("e\u0301te\u0301", "ÉTÉ"),
        ("１２３", "123"),
        ("İzmir Łódź", "izmir lodz"),
    ],
)
def test_spellings_of_one_word_become_one(one, other):
    assert search_text(one) == search_text(other)
    assert norm_sha256(one) == norm_sha256(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("نقل", "نقد"), ("pour", "contre"), ("1248", "1 248"), ("कि", "की"), ("", "oui")],
)
def test_other_words_stay_apart(one, other):
    assert search_text(one) != search_text(other)


def test_words_are_divided_by_whatever_is_no_letter():
    assert words_of("Oui; non -- «peut-être» (2028)!") == ["oui", "non", "peut", "etre", "2028"]
    assert words_of("نعم، لا؛ ربّما؟") == ["نعم", "لا", "ربما"]
    assert words_of("👍 … —") == []


@given(st.text(st.characters(), max_size=60))
@settings(max_examples=500)
def test_folding_twice_changes_nothing(text):
    once = search_text(text)

    assert search_text(once) == once


def test_the_hash_is_that_of_the_folded_text():
    assert norm_sha256("  NON !") == hashlib.sha256(b"non").digest()


@pytest.mark.parametrize("sign", ["\ud800", "\U00011de0", "\uffff", "\U000e0041"])
def test_signs_that_python_does_not_know_fold_too(sign):
    assert search_text(search_text(f"a {sign} b")) == search_text(f"a {sign} b")
    assert norm_sha256(sign)
