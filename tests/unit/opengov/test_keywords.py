"""Keywords: however people type one, it is the same."""

import pytest

from ckanext.opengov.domain.keywords import plain, tidy


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("صحّة", "صحة"),
        ("مَدْرَسَةٌ", "مدرسة"),
        ("تعليــم  عالٍ", "تعليم عال"),
        ("آبار", "آبار"),
        ("\u200fمطر\u200f", "مطر"),
        ("sante\u0301", "santé"),
        ("day-care_2.0", "day-care_2.0"),
    ],
)
def test_a_keyword_is_kept_without_marks(typed, kept):
    assert plain(typed) == kept


def test_two_spellings_are_one_keyword():
    fields = {
        "tags": [{"name": "صحّة"}, {"name": "صحة"}, {"name": "ماء"}],
        "tag_string": "صحّة, صحة,",
    }

    tidy(fields)

    assert [tag["name"] for tag in fields["tags"]] == ["صحة", "ماء"]
    assert fields["tag_string"] == "صحة"


@pytest.mark.parametrize("tags", ["صحّة", [1], [{"name": 1}, {"name": 1}], [{}], None])
def test_what_is_no_keyword_is_left_for_the_schema(tags):
    fields = {"tags": tags}

    tidy(fields)

    assert fields == {"tags": tags}


def test_words_of_a_vocabulary_stay_as_they_are_spelt():
    fields = {"tags": [{"name": "صحّة", "vocabulary_id": "v"}]}

    tidy(fields)

    assert fields["tags"][0]["name"] == "صحّة"
