"""Texts are imported, edited in drafts, and become public with their consultation."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from tests.integration.consultation.conftest import published, shift
from tests.integration.consultation.drafts import (
    ARABIC,
    CARE,
    DOGS,
    FIRST,
    HOURS,
    RAIN,
    add_document,
    bodies,
    file,
    nodes,
    opened,
    read,
    version,
    word_file,
)

from ckan import model

from ckanext.consultation.model.texts import Import
from ckanext.opengov.shared import jobs

HOSTILE = "<script>alert(1)</script>"
PAGE = f"""<html><head><title>x</title>{HOSTILE}</head><body onload="alert(1)">
<h1>Projet de décret</h1><h3>Article premier</h3>
<p>Les jardins <a href="javascript:alert(1)">ouvrent</a> à \u202esept\u202c heures.</p>
<iframe src="https://example.org"></iframe><svg onload="alert(1)"></svg></body></html>"""


@pytest.fixture
def document(portal, draft):
    return add_document(portal, draft)


def test_a_markdown_text_becomes_numbered_nodes(portal, document):
    made = read(portal, document)

    [done] = made["imports"]
    assert (done["status"], done["error"]) == ("done", None)
    assert done["found"]["kinds"]["article"] == 4
    found = nodes(portal, "amel", version_id=made["id"])
    assert found[HOURS]["body_translated"]["fr"].startswith("Les jardins publics ouvrent")
    assert found["chp_1__art_2"]["number_translated"] == {"fr": "Article 2"}


def test_the_file_is_forgotten_once_read(portal, document):
    read(portal, document)

    assert model.Session.scalars(sa.select(Import.content)).all() == [None]


def test_a_word_file_becomes_nodes(portal, document):
    content = word_file(
        "Décret", "Article 1", "Premier.", "Article 2", "Second.", styles=("Title",)
    )

    made = read(portal, document, files=file("décret.docx", content))

    assert bodies(portal, "amel", version_id=made["id"]) == {
        "art_1__p_1": "Premier.",
        "art_2__p_1": "Second.",
    }


@pytest.mark.parametrize("form", ["html", "docx", "md"])
def test_hostile_content_becomes_letters(portal, document, form):
    contents = {
        "html": PAGE.encode(),
        "docx": word_file("Article premier", f"Les {HOSTILE} jardins \u202esept\u202c"),
        "md": f"### Article premier\n\n[ouvrent](javascript:alert) {HOSTILE} \u202esept".encode(),
    }

    made = read(portal, document, files=file(f"text.{form}", contents[form]))

    said = json.dumps(list(nodes(portal, "amel", version_id=made["id"]).values()))
    assert made["imports"][0]["status"] == "done"
    assert "\\u202e" not in said
    assert "javascript:alert(1)" not in said
    assert form != "html" or "<script" not in said


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("text.docx", b"PK\x03\x04 no archive", "not-word"),
        ("text.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "old-word"),
        ("text.pdf", b"%PDF-1.4", "unknown-format"),
        ("text.html", b"<p>\xff\xfe\xfa caf\xe9</p>", "unknown-encoding"),
        ("text.html", b"<div>" * 5000, "nested-too-deep"),
        ("text.md", "\n\n".join(f"Ligne {n}" for n in range(6000)).encode(), "too-many-paragraphs"),
    ],
)
def test_a_file_that_is_no_text_is_refused_in_words(portal, document, name, content, code):
    made = read(portal, document, files=file(name, content))

    [failed] = made["imports"]
    assert (failed["status"], failed["error"]["code"]) == ("failed", code)
    assert failed["error"]["message"]
    assert read(portal, document)["imports"][-1]["status"] == "done"


@pytest.mark.parametrize(
    ("sent", "codes"),
    [
        ({"text": "x"}, {"language": ["unknown-choice"]}),
        ({"text": "x", "language": "de"}, {"language": ["unknown-choice"]}),
        ({"language": "fr"}, {"upload": ["required"]}),
        ({"copy": True}, {"__all__": ["nothing-to-copy"]}),
    ],
)
def test_what_is_missing_is_said(portal, document, sent, codes):
    status, error = portal.call(
        "amel", "consultation_document_version_create", document_id=document["id"], **sent
    )

    assert (status, error["__codes"]) == (409, codes)


def test_a_second_language_joins_the_same_nodes(portal, document):
    made = read(portal, document)
    joined = read(portal, document, ARABIC, "ar")

    assert joined["id"] == made["id"]
    assert joined["languages"] == ["ar", "fr"]
    assert joined["imports"][-1]["found"]["misfits"] == []
    found = nodes(portal, "amel", version_id=made["id"])
    assert set(found[DOGS]["body_translated"]) == {"ar", "fr"}
    assert found["chp_1__art_2"]["number_translated"]["ar"].startswith("الفصل 2")
    status, error = portal.call(
        "amel", "consultation_document_version_create",
        document_id=document["id"], text=ARABIC, language="ar",
    )  # fmt: skip
    assert (status, error["__codes"]) == (409, {"language": ["language-there"]})


def test_paragraphs_that_do_not_fit_are_paired_by_a_person(portal, document):
    made = read(portal, document)
    other = ARABIC.replace("تجمع مياه", "فقرة زائدة.\n\nتجمع مياه")
    joined = read(portal, document, other, "ar")

    [misfit] = joined["imports"][-1]["found"]["misfits"]
    assert (len(misfit["first"]), len(misfit["second"])) == (2, 3)
    before = nodes(portal, "amel", version_id=made["id"])
    assert all("ar" not in before[eid]["body_translated"] for eid in misfit["first"])
    one, extra, two = misfit["second"]
    pairs = {one: misfit["first"][0], extra: None, two: misfit["first"][1]}
    paired = portal.ok(
        "amel", "consultation_node_pair",
        version_id=made["id"], import_id=joined["imports"][-1]["id"], pairs=pairs,
    )  # fmt: skip

    assert paired["imports"][-1]["found"]["misfits"] == []
    said = bodies(portal, "amel", "ar", version_id=made["id"])
    assert said[DOGS].startswith("تقاد الكلاب")
    assert said[RAIN].startswith("تجمع مياه")
    assert "فقرة زائدة." in said.values()


def test_the_text_is_public_with_its_consultation_and_not_before(portal, draft, document):
    made = read(portal, document)
    for who in (None, "rim"):
        if who:
            portal.body("other", rim="admin")
        for action in ("consultation_document_version_show", "consultation_node_list"):
            assert portal.call(who, action, version_id=made["id"])[0] == 404

    published(portal, draft)

    assert bodies(portal, consultation_id="transport")[HOURS].startswith("Les jardins")
    [shown] = portal.ok(None, "consultation_show", id="transport")["documents"]
    assert (shown["current"], [each["label"] for each in shown["versions"]]) == ("1", ["1"])


@pytest.mark.parametrize("text", ["", FIRST])
def test_a_consultation_waits_for_its_texts(portal, draft, document, text):
    if text:
        sent = {"document_id": document["id"], "language": "fr", "text": text}
        portal.ok("amel", "consultation_document_version_create", **sent)

    status, error = portal.call("amel", "consultation_submit_review", id=draft["id"])

    code = "import-under-way" if text else "text-empty"
    assert (status, error["__codes"]) == (409, {"__all__": [code]})
    if text:
        portal.work()
        portal.ok("amel", "consultation_submit_review", id=draft["id"])


EDITS = {
    "consultation_node_update": {"eid": DOGS, "language": "fr", "body": "Autre texte."},
    "consultation_node_split": {"eid": DOGS, "at": {"fr": 10}},
    "consultation_node_join": {"eid": DOGS},
    "consultation_node_delete": {"eid": DOGS},
    "consultation_node_move": {"eid": DOGS, "parent_eid": "chp_2__art_4"},
    "consultation_node_create": {"after": DOGS, "language": "fr", "body": "Nouveau."},
}


def test_nodes_are_changed_split_joined_moved_made_and_removed(portal, document):
    made = read(portal, document)

    def change(action, **values):
        return portal.ok("amel", f"consultation_node_{action}", version_id=made["id"], **values)

    changed = change("update", eid=DOGS, language="fr", body="Les chats entrent.")
    assert changed["body_translated"]["fr"] == "Les chats entrent."
    part = change("split", eid=RAIN, at={"fr": len("L'eau de pluie est recueillie")})
    assert part["body_translated"]["fr"].startswith("dans des citernes")
    assert change("join", eid=RAIN)["body_translated"]["fr"].startswith("L'eau de pluie est")
    change("move", eid=DOGS, parent_eid="chp_2__art_4")
    fresh = change("create", after=HOURS, language="fr", body="Sauf en cas d'orage.")
    change("delete", eid=CARE)
    said = bodies(portal, "amel", version_id=made["id"])
    assert fresh["eid"] in said
    assert CARE not in said
    assert list(said.values())[-1] == "Les chats entrent." or said[DOGS] == "Les chats entrent."
    assert version(portal, made["id"])["revision"] == 7


@pytest.mark.parametrize("action", list(EDITS))
def test_nobody_changes_what_is_public(portal, body, action):
    opened(portal, body)
    [shown] = portal.ok(None, "consultation_show", id="transport")["documents"]
    version_id = shown["versions"][0]["id"]

    status, error = portal.call("amel", action, version_id=version_id, **EDITS[action])

    assert (status, error["__codes"]) == (409, {"__all__": ["version-published"]})


@pytest.mark.parametrize("action", [*EDITS, "consultation_document_version_discard"])
def test_another_body_and_the_public_change_nothing(portal, document, action):
    made = read(portal, document)
    portal.body("other", rim="admin")

    values = {"version_id": made["id"], **EDITS.get(action, {})}
    assert portal.call("rim", action, **values)[0] == 404
    assert portal.call(None, action, **values)[0] in (403, 404)


def test_nothing_changes_while_a_reviewer_looks(portal, draft, document):
    made = read(portal, document)
    portal.ok("amel", "consultation_submit_review", id=draft["id"])

    status, error = portal.call("amel", "consultation_node_delete", version_id=made["id"], eid=DOGS)

    assert (status, error["__codes"]) == (409, {"__all__": ["under-review"]})


def test_two_editors_of_one_paragraph_do_not_overwrite_each_other(portal, document):
    made = read(portal, document)
    shown = nodes(portal, "amel", version_id=made["id"])[DOGS]
    seen = {"version_id": made["id"], "eid": DOGS, "language": "fr"}
    seen["fingerprint"] = shown["fingerprint"]

    portal.ok("amel", "consultation_node_update", body="Le premier.", **seen)
    status, error = portal.call("sami", "consultation_node_update", body="Le second.", **seen)

    assert (status, error["__codes"]) == (409, {"fingerprint": ["changed-meanwhile"]})
    assert bodies(portal, "amel", version_id=made["id"])[DOGS] == "Le premier."


def test_many_editors_at_once_lose_no_change(portal, document):
    made = read(portal, document)
    eids = list(bodies(portal, "amel", version_id=made["id"]))

    def change(eid):
        return (
            portal.client.flask_app.test_client()
            .post(
                "/api/3/action/consultation_node_update",
                json={
                    "version_id": made["id"],
                    "eid": eid,
                    "language": "fr",
                    "body": f"Texte {eid}",
                },
                headers={"Authorization": portal.tokens["amel"]},
            )
            .status_code
        )

    with ThreadPoolExecutor(5) as pool:
        assert set(pool.map(change, eids)) == {200}

    said = bodies(portal, "amel", version_id=made["id"])
    assert said == {eid: f"Texte {eid}" for eid in eids}
    assert version(portal, made["id"])["revision"] == 1 + len(eids)


def test_an_import_that_was_killed_runs_again(portal, document):
    sent = {"document_id": document["id"], "language": "fr", "text": FIRST}
    made = portal.ok("amel", "consultation_document_version_create", **sent)
    job_id = jobs.latest(model.Session, "consultation.import", made["imports"][0]["id"]).id
    with model.ensure_engine().begin() as connection:
        # What a worker leaves that died: the row says that it runs, and nobody holds its lock.
        begun = {"status": "running", "attempt": 1, "run_at": datetime.now(UTC)}
        connection.execute(sa.update(jobs.Job).where(jobs.Job.id == job_id).values(**begun))

    assert version(portal, made["id"])["imports"][0]["status"] == "running"
    assert jobs.sweep(model.Session, datetime.now(UTC)) >= 1
    portal.run(job_id)

    assert version(portal, made["id"])["imports"][0]["status"] == "done"
    assert HOURS in bodies(portal, "amel", version_id=made["id"])
    portal.inside_job("consultation.import", made["imports"][0]["id"])
    assert version(portal, made["id"])["revision"] == 1


def test_a_draft_is_thrown_away_also_while_it_is_read(portal, document):
    sent = {"document_id": document["id"], "language": "fr", "text": FIRST}
    made = portal.ok("amel", "consultation_document_version_create", **sent)

    portal.ok("amel", "consultation_document_version_discard", version_id=made["id"])
    portal.work()

    assert (
        portal.call("amel", "consultation_document_version_show", version_id=made["id"])[0] == 404
    )
    assert read(portal, document)["number"] == 1


def test_a_text_is_added_only_to_a_draft(portal, body):
    draft, _document = opened(portal, body)

    status, error = portal.call("amel", "consultation_document_create", consultation_id=draft["id"])

    assert (status, error["__codes"]) == (409, {"__all__": ["frozen"]})


def test_the_draft_of_a_consultation_goes_with_its_texts(portal, draft, document):
    read(portal, document)

    portal.ok("amel", "consultation_delete", id=draft["id"])

    assert portal.call("amel", "consultation_document_show", id=document["id"])[0] == 404


def test_after_the_end_the_version_is_the_final_one(portal, body):
    draft, document = opened(portal, body)
    shift(draft, opens_at=-40, closes_at=-1)
    made = read(portal, document, FIRST.replace("sept", "huit"))

    shown = portal.ok("sami", "consultation_document_version_publish", version_id=made["id"])

    assert (shown["state"], shown["number"]) == ("final", 2)
    again = read(portal, document, FIRST)
    status, error = portal.call(
        "sami", "consultation_document_version_publish", version_id=again["id"]
    )
    assert (status, error["__codes"]) == (409, {"__all__": ["final-exists"]})
