"""Each step of the editor changes what it says, and leaves the ids of all else alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.consultation.decree import ARABIC, FRENCH

from ckanext.consultation.domain.texts import editing, errors
from ckanext.consultation.domain.texts.languages import align_languages
from ckanext.consultation.domain.texts.matching import Anchor, anchors, relations_by_eid
from ckanext.consultation.domain.texts.nodes import (
    MOST_CHARACTERS_OF_A_NODE,
    MOST_NODES,
    Kind,
    Node,
    check,
    in_order,
    node_of,
)
from ckanext.consultation.domain.texts.reading import text_of_markdown

OPENING, CLOSING = "chp_2__art_4__p_1", "chp_2__art_4__p_2"


def decree():
    french, arabic = text_of_markdown(FRENCH, "fr"), text_of_markdown(ARABIC, "ar")
    return align_languages(french, arabic).text


def node(kind=Kind.PARAGRAPH, **words):
    return Node("any", None, 0, kind, **words)


def eids(text):
    return [each.eid for each in text]


def untouched(before, after, *touched):
    """Tell whether all other nodes are there as they were, but for their place."""
    now = {each.eid: each for each in after}

    def said(each):
        return each.kind, each.body, each.heading

    return all(said(each) == said(now[each.eid]) for each in before if each.eid not in touched)


def test_a_node_is_inserted_after_another_and_all_in_it():
    text = editing.insert_after(
        decree(), "chp_2__art_4", node(Kind.ARTICLE, number={"fr": "Article 4 ter"})
    )

    place = eids(text).index("chp_2__art_5")
    assert text[place - 1].number == {"fr": "Article 4 ter"}
    assert text[place - 1].parent_eid == "chp_2"
    assert untouched(decree(), text)


def test_a_node_is_inserted_first_into_a_division_or_the_text():
    text = editing.insert_into(decree(), "chp_2__art_4", node(body={"fr": "  Avant\u200b tout. "}))
    text = editing.insert_after(text, None, node(body={"fr": "Tout en haut."}))

    assert text[0].body == {"fr": "Tout en haut."}
    place = eids(text).index("chp_2__art_4")
    assert (text[place + 1].eid, text[place + 1].body) == (
        "chp_2__art_4__p_3",
        {"fr": "Avant tout."},
    )


def test_a_new_node_gets_no_id_that_was_ever_used():
    used = {"chp_2__art_4__p_3", "chp_2__art_4__p_3_2"}

    text = editing.insert_after(decree(), CLOSING, node(body={"fr": "Fin."}), used)

    assert "chp_2__art_4__p_3_3" in eids(text)


def test_a_body_is_edited_in_one_language():
    text = editing.edit(decree(), OPENING, "fr", body="Les jardins ouvrent à 9 heures.")

    assert node_of(text, OPENING).body["fr"] == "Les jardins ouvrent à 9 heures."
    assert node_of(text, OPENING).body["ar"] == node_of(decree(), OPENING).body["ar"]
    assert untouched(decree(), text, OPENING)


def test_a_heading_and_a_number_are_edited_and_taken_away():
    text = editing.edit(decree(), "chp_1", "fr", heading="Objet", number="")

    assert node_of(text, "chp_1").heading["fr"] == "Objet"
    assert "fr" not in node_of(text, "chp_1").number


def test_a_paragraph_is_never_left_without_words():
    text = editing.edit(decree(), OPENING, "fr", body="")

    with pytest.raises(errors.NothingLeft):
        editing.edit(text, OPENING, "ar", body=" \u200b ")
    with pytest.raises(errors.NothingLeft):
        editing.insert_after(text, OPENING, node())


def test_a_paragraph_becomes_an_item_and_a_section_a_chapter():
    text = editing.change_kind(decree(), CLOSING, Kind.ITEM)
    text = editing.change_kind(text, "chp_3", Kind.PART)

    assert node_of(text, CLOSING).kind is Kind.ITEM
    assert node_of(text, "chp_3").kind is Kind.PART
    assert eids(text) == eids(decree())


@pytest.mark.parametrize(
    ("eid", "kind"),
    [
        (OPENING, Kind.ARTICLE),
        ("chp_2", Kind.PARAGRAPH),
        ("chp_2__art_4", Kind.TABLE),
        ("chp_2__art_5__p_1", Kind.TABLE),
        ("chp_2__art_4", Kind.TITLE),
    ],
)
def test_a_kind_that_cannot_stand_there_is_refused(eid, kind):
    with pytest.raises(errors.LevelNotPossible):
        editing.change_kind(decree(), eid, kind)


def test_an_article_moves_with_all_in_it():
    text = editing.move(decree(), "chp_2__art_5", "chp_3", "chp_3__art_7")

    place = eids(text).index("chp_2__art_5")
    assert text[place].parent_eid == "chp_3"
    assert text[place - 1].eid == "chp_3__art_7__p_1"
    assert text[place + 3].eid == "chp_2__art_5__p_1__item_2"
    assert anchors(relations_by_eid(decree(), text))["chp_2__art_5"] is Anchor.MOVED


def test_a_node_moves_to_the_beginning_of_a_division_or_of_the_text():
    text = editing.move(decree(), CLOSING, "chp_2__art_4")
    text = editing.move(text, "chp_3", None)

    assert text[0].eid == "chp_3"
    assert eids(text).index(CLOSING) < eids(text).index(OPENING)


@pytest.mark.parametrize(
    ("eid", "parent", "after", "error"),
    [
        ("chp_2", "chp_2__art_4", None, errors.CannotMoveThere),
        ("chp_2", "chp_2", None, errors.CannotMoveThere),
        (OPENING, "chp_3", "chp_2__art_4", errors.CannotMoveThere),
        ("chp_2__art_4", "chp_2__art_5", None, errors.LevelNotPossible),
        ("chp_2__art_4", OPENING, None, errors.CannotMoveThere),
        ("nowhere", None, None, errors.NodeUnknown),
        (OPENING, "nowhere", None, errors.NodeUnknown),
    ],
)
def test_a_move_that_makes_no_sense_is_refused(eid, parent, after, error):
    with pytest.raises(error):
        editing.move(decree(), eid, parent, after)


def test_two_paragraphs_are_joined_in_all_languages():
    text = editing.join_next(decree(), OPENING)

    joined = node_of(text, OPENING)
    assert (
        joined.body["fr"]
        == "Les jardins ouvrent chaque jour à 7 heures. Ils ferment au coucher du soleil."
    )
    assert joined.body["ar"].endswith("غروب الشمس.")
    assert CLOSING not in eids(text)
    assert untouched(decree(), text, OPENING, CLOSING)


def test_the_paragraphs_of_a_joined_article_stand_in_the_first():
    text = editing.join_next(decree(), "chp_2__art_4")

    assert node_of(text, "chp_2__art_5__p_1").parent_eid == "chp_2__art_4"
    assert "chp_2__art_5" not in eids(text)


@pytest.mark.parametrize(
    ("eid", "error"),
    [
        (CLOSING, errors.NothingToJoin),
        ("title", errors.NothingToJoin),
        ("chp_3", errors.NothingToJoin),
        ("nowhere", errors.NodeUnknown),
    ],
)
def test_where_nothing_of_the_kind_follows_nothing_is_joined(eid, error):
    with pytest.raises(error):
        editing.join_next(decree(), eid)


def test_words_never_jump_over_the_items_of_a_list():
    text = editing.insert_after(decree(), "chp_2__art_5__p_1", node(body={"fr": "Elles ferment."}))

    with pytest.raises(errors.HasParagraphs):
        editing.join_next(text, "chp_2__art_5__p_1")


def test_a_paragraph_is_split_in_each_of_its_languages():
    before = node_of(decree(), OPENING).body
    at = {"fr": before["fr"].index("chaque"), "ar": before["ar"].index("كلّ")}

    text = editing.split_at(decree(), OPENING, at)

    place = eids(text).index(OPENING)
    first, second = text[place : place + 2]
    assert (first.body["fr"], second.body["fr"]) == (
        "Les jardins ouvrent",
        "chaque jour à 7 heures.",
    )
    assert second.body["ar"].startswith("كلّ")
    assert second.eid == "chp_2__art_4__p_3"
    assert untouched(decree(), text, OPENING)


def test_the_items_of_a_split_paragraph_follow_its_second_part():
    eid = "chp_2__art_5__p_1"

    text = editing.split_at(decree(), eid, {"fr": 8, "ar": 5})

    second = text[eids(text).index(eid) + 1]
    assert node_of(text, f"{eid}__item_1").parent_eid == second.eid


@pytest.mark.parametrize(
    "at",
    [
        {"fr": 5},
        {"fr": 0, "ar": 5},
        {"fr": -3, "ar": 5},
        {"fr": 5, "ar": 9_999},
        {},
        {"fr": 5, "en": 5},
    ],
)
def test_a_split_needs_words_on_both_sides_in_each_language(at):
    with pytest.raises(errors.CannotSplitHere):
        editing.split_at(decree(), OPENING, at)


def test_split_and_joined_again_a_paragraph_is_what_it_was():
    whole = node_of(decree(), OPENING).body
    at = {language: words.index(" ") for language, words in whole.items()}

    text = editing.join_next(editing.split_at(decree(), OPENING, at), OPENING)

    assert text == decree()


def test_a_node_with_others_in_it_is_removed_only_if_one_says_so():
    with pytest.raises(errors.HasParagraphs):
        editing.remove(decree(), "chp_2")

    text = editing.remove(decree(), "chp_2", with_contents=True)

    assert not [eid for eid in eids(text) if eid.startswith("chp_2")]
    assert untouched(decree()[:11], text)


# -- what becomes of comments


def test_a_comment_on_a_split_paragraph_waits_for_a_person():
    at = {"fr": 20, "ar": 12}

    text = editing.split_at(decree(), OPENING, at)

    found = anchors(relations_by_eid(decree(), text))
    assert found.pop(OPENING) is Anchor.AMBIGUOUS
    assert found.pop("chp_2__art_4") is Anchor.EDITED
    assert found.pop("chp_2") is Anchor.EDITED
    assert set(found.values()) == {Anchor.SAME}


def test_so_does_one_on_a_paragraph_whose_words_were_carried_elsewhere_by_hand():
    words = node_of(decree(), "chp_3__art_8__p_1").body["fr"]
    text = editing.edit(decree(), "chp_3__art_8__p_1", "fr", body=words[:22])

    text = editing.insert_after(
        text, "chp_3__art_8__p_1", node(body={"fr": words[22:] + " Voilà."})
    )

    found = anchors(relations_by_eid(decree(), text))
    assert found["chp_3__art_8__p_1"] is Anchor.AMBIGUOUS


def test_comments_on_joined_paragraphs_stand_on_the_first():
    relations = relations_by_eid(decree(), editing.join_next(decree(), OPENING))

    assert {each.to_eid for each in relations if each.from_eid in {OPENING, CLOSING}} == {OPENING}
    assert anchors(relations)[OPENING] is anchors(relations)[CLOSING] is Anchor.EDITED


def test_comments_on_edited_and_removed_paragraphs_know_it():
    text = editing.edit(decree(), OPENING, "ar", body="نصّ آخر تماما.")
    text = editing.remove(text, CLOSING)

    found = anchors(relations_by_eid(decree(), text))

    assert found[OPENING] is Anchor.EDITED
    assert found[CLOSING] is Anchor.ORPHANED


# -- the rules of a text


TOO_LONG = "x" * (MOST_CHARACTERS_OF_A_NODE + 1)


@pytest.mark.parametrize(
    ("nodes", "error"),
    [
        ([Node("a", None, 1, Kind.ARTICLE), Node("a", None, 2, Kind.ARTICLE)], errors.EidTaken),
        ([Node("A b", None, 1, Kind.ARTICLE)], errors.EidMalformed),
        ([Node("فصل", None, 1, Kind.ARTICLE)], errors.EidMalformed),
        ([Node("a", "b", 1, Kind.ARTICLE), Node("b", None, 2, Kind.ARTICLE)], errors.ParentMissing),
        ([Node("a", "a", 1, Kind.ARTICLE)], errors.ParentMissing),
        ([Node("a", None, 2, Kind.ARTICLE)], errors.PositionsBroken),
        (
            [
                Node("a", None, 1, Kind.ARTICLE),
                Node("b", None, 2, Kind.ARTICLE),
                Node("c", "a", 3, Kind.PARAGRAPH),
            ],
            errors.PositionsBroken,
        ),
        (
            [Node("a", None, 1, Kind.PARAGRAPH, body={"fr": TOO_LONG})],
            errors.ParagraphTooLong,
        ),
        (
            [Node(f"a{at}", None, at + 1, Kind.ARTICLE) for at in range(MOST_NODES + 1)],
            errors.TooManyParagraphs,
        ),
        (
            [
                Node(f"a{at}", None, at + 1, Kind.PARAGRAPH, body={"fr": "x" * 20_000})
                for at in range(101)
            ],
            errors.TextTooLong,
        ),
    ],
)  # fmt: skip
def test_a_text_that_breaks_a_rule_is_refused_by_name(nodes, error):
    with pytest.raises(error):
        check(tuple(nodes))


def test_the_digest_is_of_the_words_not_of_their_spacing_number_or_place():
    one = Node("a", None, 1, Kind.ARTICLE, {"fr": "1."}, {}, {"fr": "e\u0301te\u0301  \u202ebleu"})
    other = Node("b", "a", 2, Kind.ITEM, {"fr": "2."}, {}, {"fr": "été bleu "})
    third = Node("c", None, 3, Kind.ARTICLE, {}, {"fr": "été bleu"}, {})

    assert one.body_sha256 == other.body_sha256
    assert one.body_sha256 != third.body_sha256


# -- any row of steps


STEPS = st.sampled_from(["insert", "into", "edit", "kind", "move", "join", "split", "remove"])


def step(text, name, draw):
    eid = draw(st.sampled_from(eids(text)))
    other = draw(st.sampled_from([None, *eids(text)]))
    kind = draw(st.sampled_from(list(Kind)))
    made = node(kind, body={"fr": draw(st.text("ab ", min_size=1, max_size=5))})
    at = {each: draw(st.integers(-1, 40)) for each in node_of(text, eid).body}
    steps = {
        "insert": lambda: editing.insert_after(text, other, made),
        "into": lambda: editing.insert_into(text, eid, made),
        "edit": lambda: editing.edit(text, eid, "fr", body=draw(st.text("ab ", max_size=5))),
        "kind": lambda: editing.change_kind(text, eid, kind),
        "move": lambda: editing.move(text, eid, other),
        "join": lambda: editing.join_next(text, eid),
        "split": lambda: editing.split_at(text, eid, at),
        "remove": lambda: editing.remove(text, eid, with_contents=draw(st.booleans())),
    }
    return steps[name]()


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=12), st.data())
def test_after_any_row_of_steps_the_text_is_valid_or_the_step_was_refused(names, data):
    text = decree()
    for name in names:
        if not text:
            break
        before = text
        try:
            text = step(text, name, data.draw)
        except errors.DomainError:
            continue
        check(text)
        fresh = set(eids(text)) - set(eids(before))
        assert len(fresh) <= 1
        assert in_order(text) == text
    relations = relations_by_eid(decree(), text)
    assert {each.from_eid for each in relations} == set(eids(decree()))
    assert {each.to_eid for each in relations} <= {None, *eids(text)}
