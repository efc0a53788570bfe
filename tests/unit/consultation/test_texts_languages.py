"""The same text in two languages becomes one, as far as its structure allows."""

import pytest
from tests.unit.consultation.decree import ARABIC, FRENCH

from ckanext.consultation.domain.texts import errors
from ckanext.consultation.domain.texts.languages import Misfit, align_languages
from ckanext.consultation.domain.texts.nodes import node_of
from ckanext.consultation.domain.texts.reading import text_of_markdown

SUNSET = "وتغلق عند غروب الشمس."
WITH_ONE_MORE = ARABIC.replace(SUNSET, f"{SUNSET}\n\nوتفتح في الأعياد.")


def texts(french=FRENCH, arabic=ARABIC):
    return text_of_markdown(french, "fr"), text_of_markdown(arabic, "ar")


def test_a_decree_in_two_languages_has_the_same_ids_in_both():
    french, arabic = texts()

    assert [node.eid for node in french] == [node.eid for node in arabic]
    assert "chp_2__art_5bis__p_1" in {node.eid for node in french}


def test_a_decree_in_two_languages_is_joined_without_a_question():
    joined = align_languages(*texts())

    assert joined.misfits == ()
    assert joined.doubts == ()
    assert all(node.languages >= {"fr", "ar"} for node in joined.text if node.body)
    node = node_of(joined.text, "chp_2__art_5__p_1__item_2")
    assert node.number == {"fr": "b)", "ar": "ب)"}
    assert node.body == {"fr": "une porte au sud.", "ar": "باب من جهة الجنوب."}


def test_an_article_of_one_language_only_is_for_a_person_to_settle():
    french, arabic = texts(arabic=ARABIC.replace("### الفصل 8", "### الفصل 18"))

    joined = align_languages(french, arabic)

    assert joined.misfits == (Misfit("chp_3", ("chp_3__art_8",), ("chp_3__art_18",)),)
    assert node_of(joined.text, "chp_3__art_8").languages == {"fr"}


def test_an_answer_joins_the_article_and_all_in_it():
    french, arabic = texts(arabic=ARABIC.replace("### الفصل 8", "### الفصل 18"))

    joined = align_languages(french, arabic, {"chp_3__art_18": "chp_3__art_8"})

    assert joined.misfits == ()
    assert node_of(joined.text, "chp_3__art_8").number["ar"] == "الفصل 18"
    assert node_of(joined.text, "chp_3__art_8__p_1").languages == {"fr", "ar"}


def test_paragraphs_of_another_count_are_never_paired_by_guess():
    joined = align_languages(*texts(arabic=WITH_ONE_MORE))

    (misfit,) = joined.misfits
    assert misfit.first == ("chp_2__art_4__p_1", "chp_2__art_4__p_2")
    assert len(misfit.second) == 3
    assert node_of(joined.text, "chp_2__art_4__p_1").languages == {"fr"}


def test_what_stands_in_one_language_only_gets_a_place_of_its_own():
    here = "chp_2__art_4__p_"
    answers = {f"{here}1": f"{here}1", f"{here}2": f"{here}2", f"{here}3": None}

    joined = align_languages(*texts(arabic=WITH_ONE_MORE), answers)

    assert joined.misfits == ()
    assert node_of(joined.text, f"{here}3").body == {"ar": "وتفتح في الأعياد."}
    order = [node.eid for node in joined.text]
    assert order.index(f"{here}3") == order.index(f"{here}2") + 1


def test_other_figures_in_the_translation_raise_a_doubt():
    joined = align_languages(*texts(arabic=ARABIC.replace("60 يوما", "90 يوما")))

    assert "chp_3__art_8__p_1" in joined.doubts
    assert "chp_1__art_2__p_1" not in joined.doubts, "٢٠٠ is 200"
    assert "chp_2__art_6__p_1" not in joined.doubts, "3 000 is 3000"


def test_two_texts_of_one_language_are_not_joined():
    french, _arabic = texts()

    with pytest.raises(errors.SameLanguages):
        align_languages(french, french)


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"nowhere": None}, errors.NodeUnknown),
        ({"chp_1": "nowhere"}, errors.NodeUnknown),
        ({"chp_1": "chp_2", "chp_2": "chp_2"}, errors.NotACandidate),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(answers, error):
    with pytest.raises(error):
        align_languages(*texts(), answers)


def test_the_words_for_articles_of_the_east_are_understood():
    eastern = ARABIC.replace("### الفصل", "### المادة").replace("المادة الأوّل", "المادة الأولى")

    text = text_of_markdown(eastern, "ar")

    kinds = {node.eid: node.kind for node in text}
    assert kinds["part_1"] == "part"
    assert kinds["part_1__art_1"] == "article"
