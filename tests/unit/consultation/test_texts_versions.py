"""Comments go with their paragraph into the next version, or a person is asked; never wrong."""

import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.consultation.decree import ARABIC, FRENCH
from tests.unit.consultation.drafting import STEPS, Article, Drafter, Paragraph

from ckanext.consultation.domain.texts import errors
from ckanext.consultation.domain.texts.carrying import carry_eids, languages_changed
from ckanext.consultation.domain.texts.languages import align_languages
from ckanext.consultation.domain.texts.matching import (
    Anchor,
    Certainty,
    Kinship,
    Relation,
    anchors,
    longest_rise,
    match,
    relations_by_eid,
    settled,
)
from ckanext.consultation.domain.texts.nodes import EID, Kind, check, node_of
from ckanext.consultation.domain.texts.reading import text_of_markdown

TARIFF = "Le droit dû pour une parcelle de la classe {} est de {} dinars chaque année."
MOST = 2 / 3
"""Share of its words with which a paragraph is still the one that a comment meant."""


def french(source=FRENCH):
    return text_of_markdown(source, "fr")


def anchor_of(eid, source):
    """Return where a comment on a node of the decree stands after the change, and on what."""
    carried = carry_eids(french(), french(source))
    targets = [each.to_eid for each in carried.relations if each.from_eid == eid]
    return anchors(carried.relations)[eid], targets


# -- each change alone


def test_an_unchanged_text_keeps_everything():
    carried = carry_eids(french(), french())

    assert carried.text == french()
    assert set(anchors(carried.relations).values()) == {Anchor.SAME}


def test_a_new_article_moves_no_comment_though_all_numbers_change():
    inserted = FRENCH.replace(
        "### Article 2 :", "### Article 2\n\nLes haies sont basses.\n\n### Article X :"
    )
    for number in (11, 10, 9, 8, 7, 6, 5, 4, 3):
        inserted = inserted.replace(f"### Article {number}", f"### Article {number + 1}")
    inserted = inserted.replace("### Article X", "### Article 3")

    carried = carry_eids(french(), french(inserted))

    found = anchors(carried.relations)
    assert set(found.values()) <= {Anchor.SAME, Anchor.EDITED}
    assert {eid for eid, anchor in found.items() if anchor is Anchor.EDITED} == {"chp_1"}
    assert node_of(carried.text, "chp_1__art_2").number == {"fr": "Article 3 :"}
    assert node_of(carried.text, "chp_1__art_2_2").number == {"fr": "Article 2"}


def test_an_edited_paragraph_keeps_its_id():
    source = FRENCH.replace("à 7 heures", "à 8 heures et demie")

    assert anchor_of("chp_2__art_4__p_1", source) == (Anchor.EDITED, ["chp_2__art_4__p_1"])
    assert anchor_of("chp_2__art_4", source) == (Anchor.EDITED, ["chp_2__art_4"])
    assert anchor_of("chp_2__art_4__p_2", source) == (Anchor.SAME, ["chp_2__art_4__p_2"])


def test_a_deleted_paragraph_leaves_its_comments_orphaned():
    source = FRENCH.replace("Ils ferment au coucher du soleil.", "")

    assert anchor_of("chp_2__art_4__p_2", source) == (Anchor.ORPHANED, [None])


def test_a_paragraph_moved_to_another_article_takes_its_comments_along():
    rain = "L'eau de pluie est recueillie dans des citernes de 3 000 litres."
    source = FRENCH.replace(rain, "Rien.").replace("### Article 7\n", f"### Article 7\n\n{rain}\n")

    assert anchor_of("chp_2__art_6__p_1", source) == (Anchor.MOVED, ["chp_2__art_6__p_1"])


def test_the_parts_of_a_split_paragraph_are_offered_to_a_person():
    source = FRENCH.replace("se réunit en mars", "se réunit.\n\nC'est en mars").replace(
        "réunit.\n\nC'est en", "réunit\n\nen"
    )

    anchor, targets = anchor_of("chp_3__art_10__p_1", source)

    assert anchor is Anchor.AMBIGUOUS
    assert len(targets) == 2
    assert "chp_3__art_10__p_1" not in targets, "neither half is what the old id meant"


def test_comments_on_two_merged_paragraphs_stand_on_the_one():
    source = FRENCH.replace("7 heures.\n\nIls", "7 heures. Ils")

    one, other = (anchor_of(f"chp_2__art_4__p_{number}", source) for number in (1, 2))

    assert one == other
    assert one[0] is Anchor.EDITED


def test_swapped_lookalikes_are_for_a_person():
    north, south = "a) une porte au nord ;", "b) une porte au sud."
    source = FRENCH.replace(north, "a) une porte au sud ;").replace(south, "b) une porte au nord.")

    for number in (1, 2):
        anchor, _targets = anchor_of(f"chp_2__art_5__p_1__item_{number}", source)
        assert anchor is Anchor.AMBIGUOUS


@pytest.mark.parametrize("lines", [2, 3, 6])
@pytest.mark.parametrize("row", ["{}", "Article {at}\n\n{}", "Article {at}\n\n{}\n\n{}."])
def test_figures_that_move_up_a_tariff_are_for_a_person(row, lines):
    """Ten becomes twenty, and twenty thirty: the old twenty did not move up."""

    def tariff(first):
        rows = (
            row.format(TARIFF.format("x", at * 10), TARIFF.format("y", at * 10), at=at - first + 1)
            for at in range(first, first + lines)
        )
        return french("\n\n".join(rows))

    found = anchors(match(tariff(1), tariff(2)))

    assert set(found.values()) <= {Anchor.AMBIGUOUS, Anchor.ORPHANED}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(["a"], ["b", "c"], id="two candidates"),
        pytest.param(["a", "b"], ["c"], id="two that it may have been"),
        pytest.param(["a", "b"], ["c", "b"], id="a lookalike that stayed"),
        pytest.param(["a", "b"], ["b", "c"], id="a lookalike that moved up"),
        pytest.param(["a", "b", "c"], ["c", "d", "a"], id="several at once"),
    ],
)
def test_where_two_are_as_like_nobody_guesses(before, after):
    old, new = (
        french("\n\n".join(TARIFF.format("x", each) for each in row)) for row in (before, after)
    )

    for each in match(old, new):
        moved_to_other_words = (
            each.certainty is Certainty.SURE
            and each.to_eid
            and node_of(old, each.from_eid).body != node_of(new, each.to_eid).body
        )
        assert not moved_to_other_words


def test_half_the_words_in_another_article_are_not_enough():
    """In its place a paragraph may be rewritten so far, elsewhere not."""
    words = "Le conseil des jardins se réunit en mars et en octobre."
    other = "Le conseil des fontaines se réunit chaque semaine en été ou bien en octobre."
    here = FRENCH.replace(words, other)
    away = FRENCH.replace(words, "Rien.").replace("### Article 3\n", f"### Article 3\n\n{other}\n")

    assert anchor_of("chp_3__art_10__p_1", here)[0] is Anchor.EDITED
    assert anchor_of("chp_3__art_10__p_1", away)[0] is Anchor.AMBIGUOUS


def test_one_word_that_stands_elsewhere_is_not_followed_there():
    old = french("Article 1\n\nAbrogé.\n\nArticle 2\n\nLes jardins ouvrent à midi.")
    new = french(
        "Article 1\n\nLes haies sont basses.\n\nArticle 2\n\nLes jardins ouvrent à midi.\n\nAbrogé."
    )

    assert anchors(match(old, new))["art_1__p_1"] is Anchor.AMBIGUOUS


def test_paragraphs_are_split_and_merged_in_two_languages_at_once():
    both = align_languages(french(), text_of_markdown(ARABIC, "ar")).text
    merged = align_languages(
        french(FRENCH.replace("7 heures.\n\nIls", "7 heures. Ils")),
        text_of_markdown(ARABIC.replace("الساعة 7.\n\n", "الساعة 7. "), "ar"),
    ).text

    eids = ("chp_2__art_4__p_1", "chp_2__art_4__p_2")
    into = [each for each in match(both, merged) if each.from_eid in eids]
    apart = [each for each in match(merged, both) if each.from_eid in eids]

    assert [each.relation for each in into] == [Kinship.MERGED] * 2
    assert [each.relation for each in apart] == [Kinship.SPLIT] * 2


def test_a_tariff_that_begins_with_a_new_line_keeps_the_others():
    old = french("\n\n".join(TARIFF.format("x", price) for price in (10, 20, 30)))
    new = french("\n\n".join(TARIFF.format("x", price) for price in (5, 10, 20, 30)))

    relations = match(old, new)

    assert [each.to_eid for each in relations] == ["p_2", "p_3", "p_4"]
    assert set(anchors(relations).values()) == {Anchor.SAME}


def test_a_repealed_article_is_not_taken_for_another_repealed_one():
    articles = ["Article 1\n\nAbrogé.", "Article 2\n\nLes jardins ouvrent.", "Article 3\n\nAbrogé."]
    old = french("\n\n".join(articles))
    new = french("\n\n".join([articles[1], articles[2], "Article 4\n\nAbrogé."]))

    found = anchors(match(old, new))

    assert found["art_1__p_1"] in {Anchor.AMBIGUOUS, Anchor.ORPHANED}


def test_an_open_article_is_looked_for_where_its_paragraphs_may_be():
    """All numbers went up by one, so that the number proposes the wrong one."""
    row = [f"Article {at}\n\n{TARIFF.format('x', at * 10)}" for at in (1, 2, 3)]
    old = french("\n\n".join(row))
    changed = TARIFF.format("x", 25)
    new = french(
        f"Article 1\n\nLes haies sont basses.\n\nArticle 2\n\n{TARIFF.format('x', 10)}\n\n"
        f"Article 3\n\n{changed}\n\nArticle 4\n\n{TARIFF.format('x', 30)}"
    )

    relations = {each.from_eid: each for each in match(old, new)}

    assert relations["art_3__p_1"].certainty is Certainty.UNCERTAIN
    assert relations["art_3"].candidates[0] == "art_4"


def test_two_versions_without_a_common_language_cannot_be_compared():
    with pytest.raises(errors.NoCommonLanguage):
        match(french(), text_of_markdown(ARABIC, "ar"))


def test_only_the_languages_of_both_versions_count():
    both = align_languages(french(), text_of_markdown(ARABIC, "ar")).text

    carried = carry_eids(both, french())

    assert set(anchors(carried.relations).values()) == {Anchor.SAME}


def test_the_language_that_changed_is_named():
    arabic = text_of_markdown(ARABIC, "ar")
    old = align_languages(french(), arabic).text
    new = align_languages(french(FRENCH.replace("7 heures", "8 heures")), arabic).text

    carried = carry_eids(old, new)
    changed = languages_changed(carried.relations, old, carried.text)

    assert changed["chp_2__art_4__p_1"] == ["fr"]


# -- ids


def test_an_id_that_was_ever_used_is_not_used_again():
    used = {"chp_1__art_2_2", "chp_1__art_2_3"}
    source = FRENCH.replace("### Article 3\n", "### Article 2\n\nAutre chose.\n\n### Article 3\n")

    carried = carry_eids(french(), french(source), used)

    fresh = {node.eid for node in carried.text} - {node.eid for node in french()}
    assert fresh == {"chp_1__art_2_4", "chp_1__art_2_4__p_1"}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.sampled_from(STEPS), min_size=1, max_size=6))
def test_ids_go_with_their_paragraph_and_never_to_another(seed, steps):
    drafter = Drafter(seed)
    old = drafter.text()
    for step in steps:
        drafter.change(step)
    if not drafter.articles:
        return
    new = drafter.text()

    carried = carry_eids(old, new, {"art_1_2"})

    check(carried.text)
    assert [node.body for node in carried.text] == [node.body for node in new]
    assert all(EID.fullmatch(node.eid) for node in carried.text)
    kept = {
        each.from_eid
        for each in carried.relations
        if each.certainty is Certainty.SURE and each.to_eid == each.from_eid
    }
    old_eids = {node.eid for node in old}
    assert {node.eid for node in carried.text} & old_eids == kept
    assert "art_1_2" not in {node.eid for node in carried.text}


# -- the property: right, or for a person to say


def _judged(seed, steps):
    """Return for each relation whether a comment on its old node lands right."""
    drafter = Drafter(seed)
    old = drafter.text()
    numbers = _numbers(old)
    for step in steps:
        drafter.change(step)
    if not drafter.articles:
        return []
    new = drafter.text()
    written = dict(zip((node.eid for node in new), drafter.order(), strict=True))
    return [
        (each, _is_right(each, numbers, written, old, new))
        for each in match(old, new)
        if each.certainty is Certainty.SURE and each.to_eid
    ]


def _numbers(old):
    """Return for each old node its number among articles or paragraphs."""
    counts = Counter()
    numbers = {}
    for node in old:
        numbers[node.eid] = counts[node.kind]
        counts[node.kind] += 1
    return numbers


def _is_right(relation, numbers, written, old, new):
    was, now = node_of(old, relation.from_eid), node_of(new, relation.to_eid)
    target, number = written[relation.to_eid], numbers[relation.from_eid]
    if was.kind is Kind.ARTICLE:
        inside = {numbers[node.eid] for node in old if node.parent_eid == was.eid}
        copied = {origin for each in target.paragraphs for origin in each.copied_from}
        # Where a whole article stands word for word, everybody takes it for the same one.
        is_whole = relation.relation in {Kinship.SAME, Kinship.MOVED}
        return target.origin == number or bool(inside & copied) or is_whole
    if not isinstance(target, Paragraph):
        return False
    shares = Counter(
        eid
        for eid, each in written.items()
        if isinstance(each, Paragraph)
        for _word, origin in each.words
        if origin == number
    )
    if relation.relation is Kinship.SPLIT:
        return shares[relation.to_eid] > 0 or number in target.copied_from
    holds_most = shares.total() > 0 and shares[relation.to_eid] >= MOST * shares.total()
    # What was written after it, in its place; and twins in each other's place look the same.
    is_copy = number in target.copied_from
    is_twin = was.body == now.body and was.eid.split("__")[1] == now.eid.split("__")[1]
    return holds_most or is_copy or is_twin


# The same cases each time: who looks for rare ones raises the number, nobody meets them by chance.
@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.integers(0, 1_000_000), st.lists(st.sampled_from(STEPS), min_size=1, max_size=6))
def test_each_comment_lands_right_or_is_left_to_a_person(seed, steps):
    wrong = [relation for relation, is_right in _judged(seed, steps) if not is_right]

    assert not wrong


@pytest.mark.parametrize("step", STEPS)
def test_one_change_leaves_most_comments_where_they_are(step):
    """Never wrong is easy for one who always asks."""
    asked = total = 0
    for seed in range(30):
        drafter = Drafter(seed)
        old = drafter.text()
        drafter.change(step)
        found = anchors(match(old, drafter.text()))
        total += len(found)
        asked += sum(each is Anchor.AMBIGUOUS for each in found.values())

    assert asked / total < 0.15


# -- time


def _changed(articles):
    drafter = Drafter(1, articles, 6)
    old = drafter.text()
    for number in range(articles):
        drafter.change(STEPS[number % len(STEPS)])
    return old, drafter.text()


@pytest.mark.parametrize(("articles", "nodes", "seconds"), [(60, 200, 1), (450, 2_000, 10)])
def test_matching_is_done_in_time(articles, nodes, seconds):
    old, new = _changed(articles)
    assert len(old) >= nodes
    begun = time.process_time()

    match(old, new)

    assert time.process_time() - begun < seconds


def test_a_text_of_lookalikes_alone_is_matched_in_time():
    drafter = Drafter(1, 1, 1)
    drafter.articles = [Article(0, [drafter.tariff() for _ in range(2_000)])]
    old = drafter.text()
    del drafter.articles[0].paragraphs[1_000]
    begun = time.process_time()

    relations = match(old, drafter.text())

    assert time.process_time() - begun < 10
    assert anchors(relations)["art_1__p_1001"] is Anchor.ORPHANED


# -- what a person answers


UNSURE = Relation("p_1", "p_2", Kinship.EDITED, Certainty.UNCERTAIN, ("p_2", "p_3"))


@pytest.mark.parametrize(
    ("to_eid", "relation"),
    [("p_3", Kinship.EDITED), (None, Kinship.DELETED), ("p_9", Kinship.MOVED)],
)
def test_a_person_settles_what_is_uncertain(to_eid, relation):
    rows = settled((UNSURE,), "p_1", to_eid, relation)

    assert rows == (Relation("p_1", to_eid, relation, Certainty.SURE, ("p_2", "p_3")),)


def test_a_person_says_which_part_of_a_split_paragraph_it_is():
    rows = tuple(Relation("p_1", part, Kinship.SPLIT) for part in ("p_2", "p_3"))

    assert settled(rows, "p_1", "p_3", Kinship.EDITED) == (Relation("p_1", "p_3", Kinship.EDITED),)


@pytest.mark.parametrize(
    ("row", "eid", "to_eid", "relation", "error"),
    [
        (Relation("p_1", "p_1", Kinship.SAME), "p_1", "p_2", Kinship.MOVED, errors.NotACandidate),
        (UNSURE, "p_1", None, Kinship.EDITED, errors.NotACandidate),
        (UNSURE, "p_1", "p_2", Kinship.DELETED, errors.NotACandidate),
        (UNSURE, "p_7", "p_2", Kinship.EDITED, errors.NodeUnknown),
    ],
)
def test_what_is_sure_or_contradicts_itself_is_not_settled(row, eid, to_eid, relation, error):
    with pytest.raises(error):
        settled((row,), eid, to_eid, relation)


def test_every_relation_fits_the_table():
    old, new = _changed(20)

    for each in match(old, new):
        assert (each.relation is Kinship.DELETED) == (each.to_eid is None)
        assert (each.certainty is Certainty.UNCERTAIN) == bool(each.candidates)


def test_an_edited_version_says_by_its_ids_what_became_of_each_node():
    old = french()
    new = tuple(
        node for node in french(FRENCH.replace("7 heures", "8 heures")) if node.eid != "title"
    )

    found = anchors(relations_by_eid(old, new))

    assert found["title"] is Anchor.ORPHANED
    assert found["chp_2__art_4__p_1"] is Anchor.EDITED
    assert found["chp_2__art_4"] is Anchor.EDITED
    assert found["chp_1"] is Anchor.SAME


@given(st.lists(st.integers(0, 30), unique=True))
def test_the_longest_rise_rises_and_nothing_longer_does(numbers):
    places = longest_rise(numbers)

    rise = [numbers[place] for place in places]
    assert rise == sorted(rise)
    best = [1] * len(numbers)
    for at, number in enumerate(numbers):
        best[at] = 1 + max((best[b] for b in range(at) if numbers[b] < number), default=0)
    assert len(rise) == max(best, default=0)
