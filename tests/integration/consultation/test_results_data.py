"""The results of a consultation become a dataset, by the review that every dataset goes through."""

import io
import json
import threading
import time

import pytest
from tests.integration.consultation.conftest import fields, published, shift
from tests.integration.consultation.results import (
    FORMULA,
    SECRET,
    approved,
    ask,
    consulted,
    content,
    everything,
    made,
    resource,
    table,
)

from ckan import model

from ckanext.opengov.shared import jobs

NAMES = ["comments.csv", "replies.csv", "statistics.csv", "theme_comments.csv", "themes.csv"]


@pytest.fixture
def closed(portal, body):
    return consulted(portal, body)


def names_of(dataset):
    return sorted(each["url"].rpartition("/")[2] for each in dataset["resources"])


def due(kind):
    """Return the jobs of a kind that nobody has begun."""
    query = model.Session.query(jobs.Job.id).filter_by(kind=kind, status="queued")
    found = [row.id for row in query]
    model.Session.remove()
    return found


def answered(portal, comment):
    """Answer a theme and a comment."""
    here = {"consultation_id": "transport"}
    text = {"fr": "=Oui", "ar": "نعم"}
    theme = portal.ok("amel", "consultation_theme_create", **here, title_translated={"fr": "Bus"})
    portal.ok("amel", "consultation_theme_comment_add", id=theme["id"], comment_ids=[comment["id"]])
    for target in ({"theme_id": theme["id"]}, {"comment_id": comment["id"]}):
        given = {**here, "decision": "accepted", "text_translated": text, **target}
        reply = portal.ok("amel", "consultation_reply_create", **given)
        portal.ok("sami", "consultation_reply_publish", id=reply["id"])


def test_it_is_a_draft_of_the_body_in_the_name_of_who_asked(portal, closed):
    draft, said = closed
    answered(portal, said["formula"])

    dataset = made(portal)

    assert dataset["publication_state"] == "draft"
    assert dataset["owner_org"] == draft["owner_org"]
    assert dataset["creator_user_id"] == model.User.get("sami").id
    assert names_of(dataset) == NAMES
    assert dataset["title_translated"]["fr"].endswith("Projet de décret sur les transports")
    assert "/consultation/transport" in dataset["notes_translated"]["ar"]
    licences = portal.ok(None, "opengov_licence_list")["results"]
    recommended = next(each["id"] for each in licences if each["is_recommended"])
    assert (dataset["license_id"], dataset["theme"]) == (recommended, "GOVE")
    assert {each["validation_status"] for each in dataset["resources"]} == {"clean"}
    assert all(len(each["sha256"]) == 64 for each in dataset["resources"])
    schema = resource(dataset, "comments.csv")["schema"]
    assert schema["fields"][0]["title_translated"].keys() == {"ar", "fr", "en"}


def test_only_what_is_public_is_in_it(portal, closed):
    _draft, said = closed
    dataset = made(portal)

    rows = {row["number"]: row for row in table(portal, dataset, "comments.csv", "sami")}

    assert SECRET not in everything(portal, dataset, "sami")
    public = {
        name: rows[str(each["seq"])] for name, each in said.items() if str(each["seq"]) in rows
    }
    assert public.keys() == {
        *("paragraph", "formula", "list", "apostrophe", "arabic", "hidden", "below")
    }
    stone = public["hidden"]
    assert stone["state"] == "removed"
    assert {name for name, cell in stone.items() if cell} == {
        *("number", "root_number", "depth", "state")
    }
    assert public["below"]["parent_number"] == stone["number"]
    assert public["paragraph"]["paragraph"] == "chp_1__art_1__p_1"
    assert public["paragraph"]["paragraph_number_fr"] == "Article premier"
    assert public["paragraph"]["text_version"] == "1"
    assert (public["paragraph"]["position"], public["list"]["position"]) == ("against", "neutral")
    assert (public["below"]["participant_name"], public["formula"]["participant_name"]) == (
        "Ali",
        "",
    )
    assert public["formula"]["for"] == "1"
    assert public["arabic"]["text"] == "الحافلات «12» لا تكفي، حقًّا"


def test_no_cell_is_a_formula_and_the_words_stay_true(portal, closed):
    _draft, said = closed
    answered(portal, said["formula"])
    dataset = made(portal)

    for name in NAMES:
        for row in table(portal, dataset, name, "sami"):
            assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in row.values())
    rows = {row["number"]: row["text"] for row in table(portal, dataset, "comments.csv", "sami")}
    given = {
        "formula": FORMULA,
        "list": "- une liste\n- de deux lignes",
        "apostrophe": "'t is late",
    }
    for name, words in given.items():
        assert rows[str(said[name]["seq"])] == f"'{words}"


def test_the_figures_are_those_of_the_screen(portal, closed):
    dataset = approved(portal, made(portal))

    stats = portal.ok(None, "consultation_stats", id="transport")

    found = {}
    for row in table(portal, dataset, "statistics.csv"):
        found.setdefault(row["table"], {})[row["key"]] = int(row["number"])
    assert found["counts"] == {"received": 11, **stats["counts"]}
    for name in ("by_position", "by_channel", "by_lang"):
        assert found[name] == stats[name]
    assert found["by_day"] == {each["day"]: each["comments"] for each in stats["by_day"]}
    rows = table(portal, dataset, "comments.csv")
    public = [row for row in rows if row["state"] == "published"]
    assert len(public) == stats["counts"]["comments"]
    assert len({row["participant"] for row in public}) == stats["counts"]["participants"]


def test_nobody_outside_learns_of_it_before_a_second_person_approved_it(portal, closed):
    dataset = made(portal)
    assert portal.call(None, "consultation_dataset_show", id="transport")[0] == 404
    assert portal.ok(None, "consultation_show", id="transport")["dataset_id"] is None
    source = {"dataset_id": dataset["id"]}
    assert portal.call(None, "consultation_source_show", **source)[0] == 404
    portal.ok("sami", "opengov_dataset_submit", id=dataset["id"])
    status, error = portal.call("sami", "opengov_dataset_publish", id=dataset["id"])
    assert (status, error["__codes"]) == (409, {"__all__": ["second-person-needed"]})

    portal.ok("nour", "opengov_dataset_publish", id=dataset["id"])

    shown = portal.ok(None, "consultation_dataset_show", id="transport")
    assert (shown["id"], len(shown["resources"])) == (dataset["id"], 2)
    assert portal.ok(None, "consultation_show", id="transport")["dataset_id"] == dataset["id"]
    assert portal.ok(None, "consultation_source_show", **source)["name"] == "transport"


def test_only_the_publishers_of_its_body_may_ask_for_it(portal, closed):
    portal.body("transports", hedi="admin")
    for who in ("amel", "rim", "hedi"):
        assert ask(portal, who)[0] == 403
        assert portal.call(who, "consultation_export_preview", id="transport")[0] == 403
    assert ask(portal, None)[0] == 403
    for who in ("rim", "hedi", None):
        assert portal.call(who, "consultation_export_show", id="transport")[0] == 403
    assert ask(portal, license_id="none-such")[1]["__codes"] == {"license_id": ["unknown-licence"]}
    assert ask(portal)[0] == 200


def test_it_waits_for_the_end_of_the_consultation(portal, body):
    draft = portal.ok("amel", "consultation_create", **fields(body))
    assert ask(portal, "rim" if model.User.get("rim") else None)[0] == 404
    assert ask(portal)[1]["__codes"] == {"__all__": ["not-closed"]}
    published(portal, draft)
    shift(draft, opens_at=-1)
    assert ask(portal)[1]["__codes"] == {"__all__": ["not-closed"]}


def test_asked_for_twice_it_is_one_dataset(portal, closed):
    first = made(portal)
    assert ask(portal)[0] == 200
    assert ask(portal, "nour", license_id="cc-by")[0] == 200
    portal.work()

    again = made(portal, "nour")

    assert again["id"] == first["id"]
    assert again["license_id"] == "cc-by"
    assert {each["id"] for each in again["resources"]} == {
        each["id"] for each in first["resources"]
    }
    drafts = model.Session.query(model.Package).filter_by(state="draft").count()
    assert drafts == 1


def test_once_it_is_published_its_files_are_changed_by_a_revision(portal, closed):
    _draft, said = closed
    dataset = approved(portal, made(portal))
    before = content(portal, dataset, "comments.csv")
    answered(portal, said["formula"])

    made(portal)

    assert content(portal, dataset, "comments.csv") == before
    revision = portal.ok("nour", "opengov_revision_show", id=dataset["id"])
    assert (revision["number"], revision["state"]) == (2, "draft")
    changed = {each["name"] for each in revision["files"]}
    assert len(changed) == 5
    after = approved(portal, dataset)
    assert names_of(after) == NAMES
    assert portal.ok("sami", "consultation_export_show", id="transport")["dataset"]["state"] == (
        "published"
    )


def test_nothing_new_makes_no_revision(portal, closed):
    dataset = approved(portal, made(portal))

    made(portal)

    assert portal.call("nour", "opengov_revision_show", id=dataset["id"])[0] == 404


def test_what_is_under_review_is_left_alone(portal, closed):
    dataset = made(portal)
    portal.ok("sami", "opengov_dataset_submit", id=dataset["id"])

    status, error = ask(portal)

    assert (status, error["__codes"]) == (409, {"__all__": ["under-review"]})


def test_after_the_draft_was_thrown_away_there_is_a_new_one(portal, closed):
    first = made(portal)
    portal.ok("sami", "package_delete", id=first["id"])

    again = made(portal)

    assert again["id"] != first["id"]
    assert names_of(again) == names_of(first)


def test_a_worker_that_dies_leaves_nothing_half(portal, closed, monkeypatch):
    from ckanext.consultation.logic import results_data  # noqa: PLC0415

    def die(*_args):
        raise SystemExit

    ask(portal)
    monkeypatch.setattr(results_data, "_note", die)
    job = jobs.latest(model.Session, results_data.EXPORT, closed[0]["id"]).id
    model.Session.remove()
    with pytest.raises(SystemExit):
        portal.run(job)
    model.Session.remove()
    assert model.Session.query(model.Package).count() == 0
    shown = portal.ok("sami", "consultation_export_show", id="transport")
    assert (shown["status"], shown["dataset"]) == ("running", None)

    monkeypatch.undo()
    assert portal.run_latest(results_data.EXPORT, closed[0]["id"]) == "done"

    assert names_of(made(portal)) == ["comments.csv", "statistics.csv"]


def test_two_workers_at_once_make_one_dataset(portal, closed, monkeypatch):
    from ckanext.consultation.logic import results_data  # noqa: PLC0415

    began, may_go_on, write = threading.Event(), threading.Event(), results_data._write

    def slowly(*args):
        found = write(*args)
        began.set()
        assert may_go_on.wait(20)
        return found

    monkeypatch.setattr(results_data, "_write", slowly)
    ask(portal)
    [first] = due(results_data.EXPORT)
    one = threading.Thread(target=portal.run, args=[first])
    one.start()
    assert began.wait(20)
    assert ask(portal, "nour", license_id="cc-by")[0] == 200
    [second] = due(results_data.EXPORT)
    two = threading.Thread(target=portal.run, args=[second])
    two.start()
    time.sleep(0.5)
    may_go_on.set()
    for each in (one, two):
        each.join(30)

    portal.work()
    shown = portal.ok("nour", "consultation_export_show", id="transport")
    assert (shown["status"], shown["error"]) == ("done", None)
    assert model.Session.query(model.Package).count() == 1
    dataset = portal.ok("nour", "package_show", id=shown["dataset"]["id"])
    assert dataset["license_id"] == "cc-by"
    assert len(dataset["resources"]) == 2


def test_pandas_reads_the_published_file_as_it_is(portal, closed):
    pandas = pytest.importorskip("pandas")
    _draft, said = closed
    answered(portal, said["formula"])
    dataset = approved(portal, made(portal))
    schema = resource(dataset, "comments.csv")["schema"]
    types = {each["name"]: each["type"] for each in schema["fields"]}
    columns = {"integer": "Int64", "string": "string"}
    moments = [name for name, kind in types.items() if kind == "datetime"]
    text = io.BytesIO(content(portal, dataset, "comments.csv"))

    found = pandas.read_csv(
        text,
        dtype={name: columns[kind] for name, kind in types.items() if kind in columns},
        parse_dates=moments,
        keep_default_na=False,
        na_values=[""],
    )

    assert list(found.columns) == list(types)
    assert found["number"].is_unique
    public = found[found["state"] == "published"]
    words = public["text"].str.removeprefix("'")
    assert set(words) >= {FORMULA, "- une liste\n- de deux lignes", "'t is late"}
    assert str(public["created_at"].dt.tz) == "UTC"
    parents = found.dropna(subset=["parent_number"])["parent_number"]
    assert set(parents) <= set(found["number"])
    assert int(public["for"].sum()) == 1


def test_its_preview_says_what_is_left_out(portal, closed):
    found = portal.ok("sami", "consultation_export_preview", id="transport")

    assert found["left_out"] == {
        **dict.fromkeys(("pending", "hidden", "rejected", "withdrawn", "erased"), 1)
    }
    assert found["figures"]["received"] == 11
    assert (len(found["rows"]), len(found["rows"][0])) == (5, len(found["columns"]))
    assert SECRET not in json.dumps(found)
