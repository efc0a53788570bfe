"""When texts are written and published, how they are named and divided, and what doubt survives."""

import dataclasses

import pytest
from tests.unit.consultation.decree import FRENCH

from ckanext.consultation.domain import life
from ckanext.consultation.domain.schedule import Phase
from ckanext.consultation.domain.texts import parts, publishing
from ckanext.consultation.domain.texts.chains import composed
from ckanext.consultation.domain.texts.editing import edit, remove
from ckanext.consultation.domain.texts.matching import Certainty, Kinship, Relation
from ckanext.consultation.domain.texts.nodes import Kind, Node
from ckanext.consultation.domain.texts.plain import as_plain, fingerprint, from_plain
from ckanext.consultation.domain.texts.publishing import Standing, VersionState
from ckanext.consultation.domain.texts.reading import text_of_markdown
from ckanext.consultation.domain.texts.revising import relations_of_draft, whereabouts
from ckanext.opengov.shared.domain.actors import Actor

TEXT = text_of_markdown(FRENCH, "fr")
PUBLISHER = Actor("sami", frozenset({life.Role.PUBLISHER}))
LATER = Standing(
    consultation=life.State.PUBLISHED,
    phase=Phase.OPEN,
    version=VersionState.DRAFT,
    number=2,
    is_read=True,
    has_words=True,
    has_final=False,
    title="Projet",
)


def test_a_later_version_is_published_while_the_consultation_is_open_and_final_afterwards():
    closed = dataclasses.replace(LATER, phase=Phase.CLOSED)

    assert publishing.published_as(LATER, PUBLISHER) is VersionState.PUBLISHED
    assert publishing.published_as(closed, PUBLISHER) is VersionState.FINAL


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"version": VersionState.PUBLISHED}, publishing.NotDraft),
        ({"number": 1}, publishing.GoesWithConsultation),
        ({"consultation": life.State.DRAFT}, publishing.GoesWithConsultation),
        ({"consultation": life.State.ARCHIVED}, publishing.GoesWithConsultation),
        ({"is_read": False}, publishing.ImportUnderWay),
        ({"has_words": False}, publishing.NoWords),
        ({"has_final": True}, publishing.FinalExists),
        ({"barred": frozenset({"sami"})}, life.SecondPersonNeeded),
    ],
)
def test_what_keeps_a_version_from_being_published_is_said(changed, error):
    with pytest.raises(error):
        publishing.published_as(dataclasses.replace(LATER, **changed), PUBLISHER)


@pytest.mark.parametrize("state", list(life.State))
@pytest.mark.parametrize("number", [1, 2])
def test_a_draft_is_written_in_only_where_its_consultation_takes_texts(state, number):
    standing = dataclasses.replace(LATER, consultation=state, number=number)
    later = number > 1 and state in {life.State.PUBLISHED, life.State.RESULTS}

    if state is life.State.DRAFT or later:
        publishing.check_writable(standing)
    else:
        with pytest.raises((life.Frozen, life.UnderReview)):
            publishing.check_writable(standing)


@pytest.mark.parametrize(("position", "number", "label"), [(1, 3, "3"), (2, 1, "2-1")])
def test_a_label_names_a_version(position, number, label):
    assert publishing.label_of(position, number) == label
    assert publishing.read_label(label) == (position, number)


@pytest.mark.parametrize("label", ["", "-", "a", "1-2-3", "1-", "-1", "99999", "\u0661", "1 ", "²"])
def test_what_is_no_label_names_nothing(label):
    with pytest.raises(publishing.DocumentNotFound):
        publishing.read_label(label)


def long_text(count):
    nodes = []
    for place in range(count):
        kind = Kind.ARTICLE if place % 10 == 0 else Kind.PARAGRAPH
        home = f"n_{place - place % 10}" if place % 10 else None
        nodes.append(Node(f"n_{place}", home, place + 1, kind, body={"fr": f"Mot {place}"}))
    return tuple(nodes)


@pytest.mark.parametrize("count", [0, 1, 99, 100, 200, 201, 205, 399, 2000])
def test_parts_cover_a_text_once_and_are_never_too_long(count):
    text = long_text(count)
    found = parts.parts_of(text)

    covered = [place for part in found for place in range(part.first, part.last + 1)]
    assert covered == list(range(1, count + 1))
    assert all(part.last - part.first < parts.MOST_OF_A_PART for part in found)
    assert all(text[part.first - 1].kind is Kind.ARTICLE for part in found if count)


def test_paragraphs_are_cited_by_article_and_place():
    labels = parts.labels(TEXT)

    assert labels["chp_2__art_4__p_2"] == "4 § 2"
    assert labels["chp_2__art_5bis__p_1"] == "5bis § 1"
    assert labels["chp_2__art_5__p_1__item_1"].startswith("5 § 1")
    assert [node.eid for node in parts.above(TEXT, "chp_2__art_4__p_2")] == [
        "chp_2",
        "chp_2__art_4",
    ]


def test_a_node_is_called_by_its_number_and_heading_or_by_its_first_words():
    article = Node("art_3", None, 1, Kind.ARTICLE, {"fr": "Article 3 :"}, {"fr": "Le parc"})
    item = Node("i_1", None, 2, Kind.ITEM, {"fr": "a)"}, {}, {"fr": "un deux", "ar": "واحد"})
    long = Node("p_1", None, 3, Kind.PARAGRAPH, body={"fr": "1 2 3 4 5 6 7 8 9"})

    assert parts.names_of(article) == {"fr": "Article 3 : Le parc"}
    assert parts.names_of(item) == {"ar": "واحد", "fr": "a) un deux"}
    assert parts.names_of(long) == {"fr": "1 2 3 4 5 6 7 8…"}


def test_nodes_set_aside_come_back_as_they_were():
    assert from_plain(as_plain(TEXT)) == TEXT


def test_a_fingerprint_changes_with_the_words_and_not_with_the_place():
    node = TEXT[5]

    assert fingerprint(dataclasses.replace(node, position=99)) == fingerprint(node)
    assert fingerprint(dataclasses.replace(node, body={"fr": "Autre"})) != fingerprint(node)


DOGS = "chp_2__art_5bis__p_1"


def relation_of(eid, relations):
    return next(each for each in relations if each.from_eid == eid)


def test_an_editor_who_deletes_is_believed():
    draft = remove(TEXT, DOGS)

    assert relation_of(DOGS, relations_of_draft(TEXT, draft, ())).relation is Kinship.DELETED


@pytest.mark.parametrize("kinship", [Kinship.EDITED, Kinship.MERGED])
def test_what_was_uncertain_at_the_import_stays_so_whatever_is_edited(kinship):
    draft = tuple(
        dataclasses.replace(node, eid="chp_2__art_5bis__p_1_2") if node.eid == DOGS else node
        for node in TEXT
    )
    draft = edit(draft, "chp_2__art_5bis__p_1_2", "fr", body="Tout autre chose.")
    asked = Relation(DOGS, None, kinship, Certainty.UNCERTAIN, ("chp_2__art_5bis__p_1_2", "gone"))

    found = relation_of(DOGS, relations_of_draft(TEXT, draft, [asked]))

    assert found.certainty is Certainty.UNCERTAIN
    assert found.candidates == ("chp_2__art_5bis__p_1_2",)
    where = whereabouts([found])[DOGS]
    assert (where["state"], where["to_eid"]) == ("ambiguous", None)


def sure(from_eid, to_eid, kinship):
    return Relation(from_eid, to_eid, kinship)


def test_two_steps_are_one_and_doubt_is_handed_on():
    doubt = Relation("d", "x", Kinship.EDITED, Certainty.UNCERTAIN, ("x", "y"))
    first = [
        sure("a", "a", Kinship.EDITED),
        sure("b", "b1", Kinship.SPLIT),
        sure("b", "b2", Kinship.SPLIT),
        sure("c", None, Kinship.DELETED),
        doubt,
        sure("e", "e", Kinship.SAME),
    ]
    second = [
        sure("a", "a", Kinship.SAME),
        sure("b1", "m", Kinship.MERGED),
        sure("b2", "m", Kinship.MERGED),
        sure("x", "x", Kinship.MOVED),
        sure("y", None, Kinship.DELETED),
        Relation("e", "p", Kinship.EDITED, Certainty.UNCERTAIN, ("p", "q")),
    ]

    found = composed(first, second)

    assert [(each.from_eid, each.to_eid, each.relation) for each in found[:3]] == [
        ("a", "a", Kinship.EDITED),
        ("b", "m", Kinship.SPLIT),
        ("c", None, Kinship.DELETED),
    ]
    open_ones = {each.from_eid: each.candidates for each in found[3:]}
    assert open_ones == {"d": ("x",), "e": ("p", "q")}
    assert all(each.certainty is Certainty.UNCERTAIN for each in found[3:])
