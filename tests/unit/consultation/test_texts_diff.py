"""Two versions side by side: every node of both is shown once, with its words marked."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.consultation.decree import FRENCH
from tests.unit.consultation.drafting import STEPS, Drafter

from ckanext.consultation.domain.texts.carrying import carry_eids
from ckanext.consultation.domain.texts.diff import Change, compare
from ckanext.consultation.domain.texts.reading import text_of_markdown
from ckanext.opengov.shared.domain.differences import MOST_WORDS, Run, word_runs


def compared(*changes):
    """Return the rows, by id, for a decree with these changes."""
    source = FRENCH
    for before, after in changes:
        assert before in source
        source = source.replace(before, after)
    old, new = text_of_markdown(FRENCH, "fr"), text_of_markdown(source, "fr")
    carried = carry_eids(old, new)
    return list(compare(old, carried.text, carried.relations))


def row_of(rows, eid):
    (row,) = [
        row for row in rows if eid in {*(each.eid for each in row.old), row.new and row.new.eid}
    ]
    return row


def test_the_words_that_went_and_came_are_marked():
    row = row_of(compared(("à 7 heures", "à 8 heures et demie")), "chp_2__art_4__p_1")

    assert row.change is Change.EDITED
    assert row.heading == {}
    assert row.body == {
        "fr": [
            Run(True, "Les jardins ouvrent chaque jour à ", "Les jardins ouvrent chaque jour à "),
            Run(False, "7", "8"),
            Run(True, " heures", " heures"),
            Run(False, "", " et demie"),
            Run(True, ".", "."),
        ]
    }


def test_a_new_heading_is_marked_apart_from_the_body():
    row = row_of(compared((" : Ouverture", " : Horaires")), "chp_2")

    assert row.change is Change.EDITED
    assert row.heading == {"fr": [Run(False, "Ouverture", "Horaires")]}
    assert row.body == {}


def test_what_went_stands_where_it_stood():
    rows = compared(("Ils ferment au coucher du soleil.\n", ""))

    places = [row.old[0].eid for row in rows if row.old]
    assert places.index("chp_2__art_4__p_2") == places.index("chp_2__art_4__p_1") + 1
    assert row_of(rows, "chp_2__art_4__p_2").change is Change.DELETED


def test_what_came_has_no_other_side_and_a_new_number_is_said():
    rows = compared(("### Article 10\n", "### Article 10\n\nNouveau.\n\n### Article 10 bis\n"))

    added = [row for row in rows if row.change is Change.ADDED]
    assert [row.old for row in added] == [()] * len(added)
    assert row_of(rows, "chp_3__art_10").is_renumbered
    assert not row_of(rows, "chp_3__art_11").is_renumbered


def test_a_merged_paragraph_shows_both_that_it_was():
    row = row_of(compared(("7 heures.\n\nIls", "7 heures. Ils")), "chp_2__art_4__p_1")

    assert row.change is Change.MERGED
    assert len(row.old) == 2
    assert row.body == {}, "not a word changed"


def test_what_is_uncertain_names_its_candidates():
    rows = compared(
        ("porte au nord ;", "porte au sud ;"), ("b) une porte au sud.", "b) une porte au nord.")
    )

    row = row_of(rows, "chp_2__art_5__p_1__item_1")
    assert row.change is Change.UNCERTAIN
    assert row.new is None
    assert row.candidates


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.sampled_from(STEPS), max_size=6))
def test_every_node_of_both_versions_is_shown(seed, steps):
    drafter = Drafter(seed)
    old = drafter.text()
    for step in steps:
        drafter.change(step)
    if not drafter.articles:
        return
    carried = carry_eids(old, drafter.text())

    rows = compare(old, carried.text, carried.relations)

    assert [row.new for row in rows if row.new] == list(carried.text)
    assert {node.eid for row in rows for node in row.old} == {node.eid for node in old}


def test_two_long_texts_are_compared_in_time():
    words = " ".join(f"mot{number}" for number in range(1_900))
    old = text_of_markdown("\n\n".join(f"{words} {at}" for at in range(120)), "fr")
    new = text_of_markdown("\n\n".join(f"{words} {at} fin" for at in range(120)), "fr")
    carried = carry_eids(old, old)
    begun = time.process_time()

    rows = compare(old, new, carried.relations)

    assert len(rows) == 120
    assert time.process_time() - begun < 20


@given(st.text(), st.text())
def test_the_runs_say_both_texts_whole(before, after):
    runs = word_runs(before, after)

    assert "".join(run.before for run in runs) == before
    assert "".join(run.after for run in runs) == after
    assert all(run.before == run.after for run in runs if run.is_equal)


def test_texts_beyond_the_bound_are_marked_whole():
    before, after = "a " * MOST_WORDS, "b " * MOST_WORDS

    assert word_runs(before, after) == [Run(False, before, after)]
    assert word_runs("", "") == []
