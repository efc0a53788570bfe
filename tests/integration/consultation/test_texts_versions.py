"""Comments go with their paragraph into the next version, or wait for a person: no guess."""

import pytest
import sqlalchemy as sa
from tests.integration.consultation.drafts import (
    ARABIC,
    CARE,
    DOGS,
    FIRST,
    HOURS,
    RAIN,
    TOOLS,
    at,
    comment,
    next_version,
    nodes,
    opened,
    orphans,
    read,
    version,
    waiting,
)

from ckan import model

from ckanext.consultation.logic.following import TEXT_CHANGED
from ckanext.consultation.model.follows import Occasion
from ckanext.opengov.shared.outbox import Message

DOGS_SAID = "Les chiens sont tenus en laisse par leur maître dans toutes les allées."
RAIN_SAID = "L'eau de pluie est recueillie dans des citernes couvertes et cadenassées."
TWIN = """# Tarifs

### Article 1

La redevance d'une parcelle au nord est de 40 dinars par an.

La redevance d'une parcelle au sud est de 60 dinars par an.
"""


@pytest.fixture
def document(portal, body):
    return opened(portal, body)[1]


def test_a_comment_stands_at_its_paragraph(portal, document):
    comment(portal, DOGS, "On dogs")
    comment(portal, RAIN, "On rain")

    assert at(portal, DOGS) == ["On dogs"]
    [shown] = portal.ok(None, "consultation_comment_list", consultation_id="transport", eid=RAIN)[
        "results"
    ]
    assert shown["paragraph"] == {
        "eid": RAIN, "version": "1", "state": "same", "now": RAIN, "now_in": "1",
        "is_confirmed": False,
    }  # fmt: skip


@pytest.mark.parametrize("action", ["create", "list"])
def test_an_unknown_paragraph_is_said(portal, document, action):
    asked = {"consultation_id": "transport", "eid": "art_99"}
    if action == "create":
        asked["body"] = "On nothing"

    status, error = portal.call("rim", f"consultation_comment_{action}", **asked)

    assert (status, error["__codes"]) == (409, {"eid": ["node-unknown"]})


def test_who_read_an_older_version_looks_again(portal, document):
    next_version(portal, document, FIRST.replace("sept", "huit"))

    asked = {"consultation_id": "transport", "eid": DOGS, "body": "x y", "text_version": "1"}
    status, error = portal.call("rim", "consultation_comment_create", **asked)

    assert (status, error["__codes"]) == (409, {"text_version": ["text-changed"]})


CHANGED = {
    "renumbered": FIRST.replace("### Article 4", "### Article 5")
    .replace("### Article 3", "### Article 4")
    .replace("### Article 2", "### Article 3")
    .replace(
        "### Article 3\n\nLes chiens",
        "### Article 2\n\nLe stationnement des camions est payant.\n\n### Article 3\n\nLes chiens",
    ),
    "edited": FIRST.replace("par leur maître dans", "par leur propriétaire dans"),
    "deleted": FIRST.replace(DOGS_SAID + "\n\n", ""),
    "merged": FIRST.replace(DOGS_SAID + "\n\n" + RAIN_SAID, DOGS_SAID + " " + RAIN_SAID),
    "split": FIRST.replace("par leur maître dans", "par leur maître\n\ndans"),
    "swapped": FIRST.replace(DOGS_SAID, "@").replace(RAIN_SAID, DOGS_SAID).replace("@", RAIN_SAID),
}


@pytest.fixture
def said_everywhere(portal, document):
    for eid in (HOURS, DOGS, RAIN, CARE, TOOLS):
        comment(portal, eid, f"On {eid}")
    return document


def standing(portal):
    """Return for each comment where it stands now, and how."""
    found = portal.ok(None, "consultation_comment_list", consultation_id="transport", limit=50)
    return {
        each["body"].removeprefix("On "): (each["paragraph"]["state"], each["paragraph"]["now"])
        for each in found["results"]
    }


def words_at(portal, eid):
    return nodes(portal, consultation_id="transport")[eid]["body_translated"]["fr"]


@pytest.mark.parametrize("name", list(CHANGED))
def test_all_others_stay_where_they_were(portal, said_everywhere, name):
    next_version(portal, said_everywhere, CHANGED[name])

    where = standing(portal)
    for eid in (HOURS, CARE, TOOLS):
        assert where[eid] == ("same", eid)
        assert at(portal, eid) == [f"On {eid}"]


@pytest.mark.parametrize(
    ("name", "state"),
    [("renumbered", "same"), ("edited", "edited"), ("merged", "edited"), ("swapped", "moved")],
)
def test_what_is_sure_goes_by_itself(portal, said_everywhere, name, state):
    next_version(portal, said_everywhere, CHANGED[name])

    found, now = standing(portal)[DOGS]
    assert found == state or (name == "swapped" and found == "same")
    assert words_at(portal, now).startswith("Les chiens sont tenus en laisse")
    assert f"On {DOGS}" in at(portal, now)


def test_a_comment_whose_paragraph_is_gone_is_listed_with_its_former_words(portal, said_everywhere):
    next_version(portal, said_everywhere, CHANGED["deleted"])

    assert standing(portal)[DOGS] == ("orphaned", None)
    [orphan] = orphans(portal)
    assert orphan["was"]["body_translated"]["fr"] == DOGS_SAID
    assert orphan["comment"]["body"] == f"On {DOGS}"


def test_a_comment_on_a_split_paragraph_waits_for_a_person(portal, said_everywhere):
    made = next_version(portal, said_everywhere, CHANGED["split"])

    assert standing(portal)[DOGS] == ("ambiguous", None)
    assert made["comments"] == {"ambiguous": 1, "orphaned": 0}
    [asked] = waiting(portal, made["id"])
    assert asked["was"]["body_translated"]["fr"] == DOGS_SAID
    part = asked["candidates"][1]
    assert part["body_translated"]["fr"].startswith("dans toutes")
    assert all(f"On {DOGS}" not in at(portal, each["eid"]) for each in asked["candidates"])

    answer = {"version_id": made["id"], "comment_id": asked["comment"]["id"], "state": "edited"}
    placed = portal.ok("sami", "consultation_node_remap", eid=part["eid"], **answer)

    assert placed == {"placed": 1}
    assert at(portal, part["eid"]) == [f"On {DOGS}"]
    assert waiting(portal, made["id"]) == []
    status, error = portal.call("nour", "consultation_node_remap", eid=DOGS, **answer)
    assert (status, error["__codes"]) == (409, {"comment_id": ["not-a-candidate"]})


def test_lookalikes_that_changed_places_and_words_are_no_guess(portal, body):
    _draft, document = opened(portal, body, TWIN)
    north, south = "art_1__p_1", "art_1__p_2"
    for number in range(3):
        comment(portal, north, f"north {number}")
    comment(portal, south, "south")
    text = TWIN.replace("au nord est de 40", "à l'est est de 50").replace("au sud", "à l'ouest")

    made = next_version(portal, document, text)

    states = {state for state, _now in standing(portal).values()}
    assert states == {"ambiguous"}
    asked = waiting(portal, made["id"])
    assert [each["comment"]["body"] for each in asked][-1] == "south"
    first = asked[0]
    assert first["was"]["parent"]["eid"] == "art_1"
    assert {each["parent"]["kind"] for each in first["candidates"]} == {"article"}
    answer = {"state": "edited", "eid": first["candidates"][0]["eid"], "all": True}
    placed = portal.ok(
        "sami", "consultation_node_remap",
        version_id=made["id"], comment_id=first["comment"]["id"], **answer,
    )  # fmt: skip
    assert placed == {"placed": 3}
    assert [each["comment"]["body"] for each in waiting(portal, made["id"])] == ["south"]
    portal.ok(
        "sami", "consultation_node_remap",
        version_id=made["id"], comment_id=asked[-1]["comment"]["id"], state="orphaned",
    )  # fmt: skip
    assert [each["comment"]["body"] for each in orphans(portal)] == ["south"]


def test_only_its_people_place_comments(portal, said_everywhere):
    made = next_version(portal, said_everywhere, CHANGED["split"])
    [asked] = waiting(portal, made["id"])
    portal.body("other", ziad="admin")

    answer = {"version_id": made["id"], "comment_id": asked["comment"]["id"], "state": "orphaned"}
    assert portal.call("rim", "consultation_node_remap", **answer)[0] == 403
    assert portal.call("ziad", "consultation_node_remap", **answer)[0] == 403
    assert portal.call(None, "consultation_node_remap", **answer)[0] == 403
    assert portal.call("ziad", "consultation_question_list", version_id=made["id"])[0] == 403


def test_what_was_uncertain_stays_so_in_the_version_after(portal, said_everywhere):
    next_version(portal, said_everywhere, CHANGED["split"])
    made = next_version(portal, said_everywhere, CHANGED["split"].replace("sept", "huit"))

    where = standing(portal)
    assert where[DOGS] == ("ambiguous", None)
    assert where[HOURS] == ("edited", HOURS)
    [asked] = waiting(portal, made["id"])
    assert len(asked["candidates"]) == 2
    last = next_version(portal, said_everywhere, CHANGED["split"].replace("sept", "huit"))
    assert standing(portal)[HOURS] == ("edited", HOURS)
    assert last["number"] == 4


def test_what_the_editor_does_to_a_copy_is_followed(portal, said_everywhere):
    asked = {"document_id": said_everywhere["id"], "copy": True}
    made = portal.ok("amel", "consultation_document_version_create", **asked)
    values = {"version_id": made["id"]}
    cut = len("Les chiens sont tenus en laisse")
    portal.ok("amel", "consultation_node_split", eid=DOGS, at={"fr": cut}, **values)
    portal.ok("amel", "consultation_node_delete", eid=CARE, **values)
    text = "Les jardins publics ouvrent chaque matin à huit heures, toute l'année."
    portal.ok("amel", "consultation_node_update", eid=HOURS, language="fr", body=text, **values)
    portal.ok("sami", "consultation_document_version_publish", **values)
    portal.work()

    where = standing(portal)
    assert where[HOURS] == ("edited", HOURS)
    assert where[CARE] == ("orphaned", None)
    assert where[DOGS] == ("ambiguous", None)
    assert where[RAIN] == ("same", RAIN)


def test_an_open_question_is_not_closed_by_editing(portal, body):
    _draft, document = opened(portal, body, TWIN)
    comment(portal, "art_1__p_1", "north")
    text = TWIN.replace("au nord est de 40", "à l'est est de 50").replace("au sud", "à l'ouest")
    made = read(portal, document, text)
    # Both paragraphs, and so the article that they are in.
    assert made["questions"] == 3
    for eid in (each for each in nodes(portal, "amel", version_id=made["id"]) if "__p_" in each):
        said = f"Quelque chose de tout autre, {eid}."
        values = {"version_id": made["id"], "language": "fr", "body": said}
        portal.ok("amel", "consultation_node_update", eid=eid, **values)
    portal.ok("sami", "consultation_document_version_publish", version_id=made["id"])
    portal.work()

    assert standing(portal)["north"] == ("ambiguous", None)


def test_who_wrote_the_version_does_not_publish_it(portal, document):
    made = read(portal, document, CHANGED["edited"], who="sami")

    for who, code in (("sami", 409), ("amel", 403), ("rim", 404)):
        found = portal.call(who, "consultation_document_version_publish", version_id=made["id"])
        assert found[0] == code
    status, error = portal.call(
        "nour", "consultation_document_version_publish", version_id=made["id"], revision=9
    )
    assert (status, error["__codes"]) == (409, {"revision": ["changed-meanwhile"]})
    portal.ok("nour", "consultation_document_version_publish", version_id=made["id"], revision=1)


def test_everyone_who_took_part_is_told_once(portal, said_everywhere):
    made = next_version(portal, said_everywhere, CHANGED["edited"])
    occasion = model.Session.scalars(sa.select(Occasion.id).where(Occasion.subject == made["id"]))
    portal.inside_job("consultation.tell", occasion.one())

    kinds = model.Session.scalars(sa.select(Message.kind).where(Message.kind == TEXT_CHANGED))
    assert len(kinds.all()) == 1
    [notice] = portal.ok("rim", "opengov_notice_list")["results"]
    assert "décret sur les transports" in notice["sentence"]
    assert notice["url"].endswith("/consultation/transport/text/2")


def test_carrying_twice_changes_nothing(portal, said_everywhere):
    made = next_version(portal, said_everywhere, CHANGED["split"])
    before = standing(portal)

    portal.inside_job("consultation.carry", made["id"])

    assert standing(portal) == before


def test_a_comment_of_an_older_version_is_read_there(portal, said_everywhere):
    next_version(portal, said_everywhere, CHANGED["deleted"])

    assert at(portal, DOGS, text_version="1") == [f"On {DOGS}"]
    comment(portal, RAIN, "New on rain")
    assert set(at(portal, RAIN)) == {f"On {RAIN}", "New on rain"}
    assert at(portal, RAIN, text_version="1") == [f"On {RAIN}"]


def test_two_versions_are_compared_word_by_word(portal, said_everywhere):
    next_version(portal, said_everywhere, CHANGED["edited"])
    asked = {"consultation_id": "transport", "from": "1", "to": "2"}

    found = portal.ok(None, "consultation_document_diff", **asked)

    [row] = [each for each in found["rows"] if each["old"] and each["old"][0]["eid"] == DOGS]
    assert row["change"] == "edited"
    gone = [run for run in row["body"]["fr"] if not run[0]]
    assert gone == [[False, "maître", "propriétaire"]]
    backwards = {"consultation_id": "transport", "from": "2", "to": "1"}
    status, error = portal.call(None, "consultation_document_diff", **backwards)
    assert (status, error["__codes"]) == (409, {"to": ["not-comparable"]})


def test_versions_that_do_not_follow_each_other_are_compared(portal, said_everywhere):
    next_version(portal, said_everywhere, CHANGED["edited"])
    next_version(portal, said_everywhere, CHANGED["edited"].replace("sept", "huit"))
    asked = {"consultation_id": "transport", "from": "1", "to": "3"}

    found = portal.ok(None, "consultation_document_diff", **asked)

    edited = {each["old"][0]["eid"] for each in found["rows"] if each["change"] == "edited"}
    assert {DOGS, HOURS} <= edited
    asked["language"] = "ar"
    assert all(
        not each["body"] for each in portal.ok(None, "consultation_document_diff", **asked)["rows"]
    )


def test_a_draft_is_compared_by_its_people_alone(portal, said_everywhere):
    read(portal, said_everywhere, CHANGED["edited"])
    asked = {"consultation_id": "transport", "from": "1", "to": "2"}

    assert portal.call(None, "consultation_document_diff", **asked)[0] == 404
    assert portal.ok("amel", "consultation_document_diff", **asked)["counts"]["edited"] >= 1


def test_both_languages_go_with_the_paragraph(portal, body):
    _draft, document = opened(portal, body, FIRST, ("ar", ARABIC))
    comment(portal, DOGS, "On dogs")
    made = read(portal, document, CHANGED["edited"])
    read(portal, document, ARABIC, "ar")
    portal.ok("sami", "consultation_document_version_publish", version_id=made["id"])
    portal.work()

    assert version(portal, made["id"])["languages"] == ["ar", "fr"]
    assert standing(portal)["dogs"] == ("edited", DOGS)


@pytest.mark.parametrize("number", [1, 30])
def test_a_paragraph_costs_the_same_however_much_is_said(portal, document, number, monkeypatch):
    monkeypatch.setattr("ckanext.consultation.logic.limiting.count", lambda *_: None)
    for each in range(number):
        comment(portal, DOGS, f"Comment {each}")
    statements = []

    def note(_connection, _cursor, statement, *_more):
        statements.append(statement)

    sa.event.listen(model.ensure_engine(), "before_cursor_execute", note)
    try:
        assert len(at(portal, DOGS)) == min(number, 20)
    finally:
        sa.event.remove(model.ensure_engine(), "before_cursor_execute", note)

    assert len(statements) <= 13, statements
