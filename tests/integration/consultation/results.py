"""A closed consultation with comments in every state, for the tests of its results as data."""

import csv
import io
import itertools
import json

import sqlalchemy as sa
from tests.integration.consultation.conftest import shift
from tests.integration.consultation.drafts import HOURS, comment, opened

from ckan import model

SECRET = "sarcophage"
"""Stands in every text that must not be in the data."""
FORMULA = '=HYPERLINK("https://example.org", "look")'


def sql(statement, **values):
    with model.ensure_engine().begin() as connection:
        return connection.execute(sa.text(statement), values)


def state(comment, name):
    sql("UPDATE consultation_comment SET state = :s WHERE id = :id", s=name, id=comment["id"])


def consulted(portal, body):
    """Return a consultation that is closed, and its comments by what became of them."""
    draft, _document = opened(portal, body)

    def say(words, who="rim", **more):
        given = {"consultation_id": "transport", "body": words, **more}
        return portal.ok(who, "consultation_comment_create", **given)

    said = {
        "paragraph": comment(portal, HOURS, "Sept heures, c'est tôt.", position=-1),
        "formula": say(FORMULA, position=1),
        "list": say("- une liste\n- de deux lignes", "ali", position=0),
        "apostrophe": say("'t is late", "ali"),
        "arabic": say("الحافلات «12» لا تكفي، حقًّا", "ali", position=-1),
        "hidden": say(f"A hidden {SECRET}"),
        "pending": say(f"A pending {SECRET}"),
        "rejected": say(f"A rejected {SECRET}"),
        "withdrawn": say(f"A withdrawn {SECRET}"),
        "erased": say(f"An erased {SECRET}"),
    }
    said["below"] = say("Answers what is hidden", "ali", parent_id=said["hidden"]["id"])
    portal.ok("ali", "consultation_comment_vote", id=said["formula"]["id"], value=1)
    for name in ("hidden", "withdrawn"):
        state(said[name], name)
    for name in ("pending", "rejected"):
        state(said[name], name)
        sql(
            "UPDATE consultation_comment SET published_at = NULL WHERE id = :id",
            id=said[name]["id"],
        )
    erase(said["erased"])
    sql(
        "UPDATE consultation_participant SET display_name = 'Ali', may_be_named = true"
        " WHERE user_id = :id",
        id=model.User.get("ali").id,
    )
    sql(
        "UPDATE consultation_participant SET display_name = :name WHERE user_id = :id",
        id=model.User.get("rim").id,
        name=f"Rim {SECRET}",
    )
    shift(draft, opens_at=-40, closes_at=-3)
    return draft, said


def erase(comment):
    """Take the words of a comment away, as an erasure does."""
    sql(
        "UPDATE consultation_comment SET state = 'erased', body = '', search_text = '',"
        " norm_sha256 = NULL WHERE id = :id",
        id=comment["id"],
    )


def ask(portal, who="sami", **more):
    return portal.call(who, "consultation_export_create", id="transport", **more)


def made(portal, who="sami", **more):
    """Have the dataset made; return it as its author sees it."""
    status, found = ask(portal, who, **more)
    assert status == 200, found
    portal.work()
    shown = portal.ok(who, "consultation_export_show", id="transport")
    assert (shown["status"], shown["error"]) == ("done", None)
    return portal.ok(who, "package_show", id=shown["dataset"]["id"])


def approved(portal, dataset, author="sami", reviewer="nour"):
    """Take the dataset, or the change to it, through its review."""
    portal.work()
    portal.ok(author, "opengov_dataset_submit", id=dataset["id"])
    portal.ok(reviewer, "opengov_dataset_publish", id=dataset["id"])
    portal.work()
    return portal.ok(None, "package_show", id=dataset["id"])


def resource(dataset, name):
    found = (each for each in dataset["resources"] if each["url"].endswith(f"/{name}"))
    return next(found)


def path(dataset, name):
    return f"/dataset/{dataset['id']}/resource/{resource(dataset, name)['id']}/download/{name}"


def content(portal, dataset, name, who=None):
    """Return the bytes of a file as they are downloaded."""
    headers = {"Authorization": portal.tokens[who]} if who else {}
    answer = portal.client.get(path(dataset, name), headers=headers)
    model.Session.remove()
    assert answer.status_code == 200, answer.status
    return answer.data


def table(portal, dataset, name, who=None):
    """Return the rows of a file by column."""
    text = content(portal, dataset, name, who).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def everything(portal, dataset, who=None):
    """Return all that the files and the description of a dataset say."""
    texts = [json.dumps(dataset)]
    for each in dataset["resources"]:
        name = each["url"].rpartition("/")[2]
        texts.append(content(portal, dataset, name, who).decode())
    return "\n".join(texts)


def all_rows(portal, resource_id):
    """Return what the DataStore says of a resource, as text."""
    found = portal.ok(None, "datastore_search", resource_id=resource_id, limit=1000)["records"]
    dump = portal.client.get(f"/datastore/dump/{resource_id}").text
    model.Session.remove()
    return "\n".join(map(str, itertools.chain(found, [dump])))
