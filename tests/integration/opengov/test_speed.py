"""What a page asks of the database and of the search index, however much there is."""

from datetime import UTC, datetime

import psycopg2.extensions
import pysolr
import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import search

from ckanext.opengov.domain.publication import State
from ckanext.opengov.model import revisions
from ckanext.opengov.model.publication import Publication
from ckanext.opengov.shared import audit

MOST = {
    "/": (10, 2),
    "/dataset/": (2, 1),
    "/dataset/rainfall": (25, 1),
    "/dataset/rainfall?page=2": (25, 1),
    "/dataset/rainfall/resource/{file}": (25, 1),
    "/organization/": (8, 1),
    "/organization/meteo": (14, 3),
    "/organization/about/meteo": (11, 2),
    "/page/about": (1, 0),
}
"""SQL statements and calls of the search index, by page."""


@pytest.fixture
def asked(portal, monkeypatch):
    """Whatever PostgreSQL and Solr are asked until the test ends; no page is kept."""
    found = {"sql": [], "solr": []}
    monkeypatch.setitem(tk.config, "ckanext.opengov.page_cache_seconds", 0)

    class Cursor(psycopg2.extensions.cursor):
        def execute(self, query, *more):
            found["sql"].append(query)
            return super().execute(query, *more)

    def count_sql(connection, *_):
        connection.cursor_factory = Cursor

    def count_solr(self, *arguments, **options):
        found["solr"].append(arguments)
        return send(self, *arguments, **options)

    send = pysolr.Solr._send_request
    monkeypatch.setattr(pysolr.Solr, "_send_request", count_solr)
    sa.event.listen(sa.pool.Pool, "checkout", count_sql)
    yield found
    sa.event.remove(sa.pool.Pool, "checkout", count_sql)


def grow(dataset, files, members):
    """Give a dataset more files, and its body more members, than any form would."""
    session, package = model.Session, model.Package.get(dataset["id"])
    body = model.Group.get(package.owner_org)
    for number in range(len(package.resources), files):
        more = model.Resource(package_id=package.id, url=f"https://example.org/{number}.csv")
        more.name, more.position, more.state = f"File {number}", number, "active"
        session.add(more)
    for number in range(members):
        user = model.User(name=f"m{members}-{number}", email=f"m{members}-{number}@example.org")
        session.add(user)
        session.flush()
        member = {"group": body, "table_name": "user", "table_id": user.id}
        session.add(model.Member(capacity="editor", state="active", **member))
    session.commit()
    search.rebuild(package.id)
    session.remove()


def counts(portal, asked, path):
    """Return how often a page asks, once everything it needs is imported and compiled."""
    client = portal.client.flask_app.test_client(use_cookies=False)
    for _ in range(2):
        asked["sql"].clear()
        asked["solr"].clear()
        assert client.get(path).status_code == 200
    # SQLAlchemy's question whether a connection still lives counts for both sides alike.
    statements = [each for each in asked["sql"] if each != "SELECT 1"]
    return len(statements), len(asked["solr"])


@pytest.fixture
def dataset(portal):
    body = portal.body("meteo", amel="editor", sami="admin")
    return portal.published("amel", "sami", body)


def test_pages_ask_as_often_whatever_there_is(portal, dataset, asked):
    paths = [path.format(file=dataset["resources"][0]["id"]) for path in MOST]
    found = []

    for files, members in ((3, 3), (500, 500)):
        grow(dataset, files, members)
        shown = portal.inside("organization_show", "operator", id="meteo", include_users=True)
        assert len(shown["users"]) >= members
        found.append({path: counts(portal, asked, path) for path in paths})

    few, many = found
    assert few == many
    for path, most in zip(paths, MOST.values(), strict=True):
        assert all(have <= may for have, may in zip(many[path], most, strict=True)), (
            path,
            many[path],
        )


@pytest.mark.parametrize(("page", "first", "last"), [(1, 0, 49), (2, 50, 99), (11, 500, 500)])
def test_many_files_are_shown_in_pages(portal, dataset, page, first, last):
    grow(dataset, 501, 0)

    text = portal.client.get(f"/en/dataset/rainfall?page={page}").text

    assert text.count('data-id="') == last - first + 1
    assert (f"File {first}<" in text) is (first > 0)
    assert f"File {last}<" in text
    assert f"File {last + 1}<" not in text
    assert "#dataset-resources" in text.split('class="og-pager"')[1].split("</nav>")[0]


@pytest.mark.parametrize("page", ["0", "-3", "99", "x", ""])
def test_there_is_a_page_of_files_whatever_is_asked(portal, dataset, page):
    assert portal.client.get(f"/dataset/rainfall?page={page}").status_code == 200


def more_in_the_queue(body, number, first):
    """Put datasets into the queue, as many as no test could publish: drafts and changes."""
    session, now = model.Session, datetime.now(UTC)
    for count in range(first, first + number):
        is_change = count % 2
        package = model.Package(name=f"queued-{count}", title="Queued", owner_org=body["id"])
        package.state, package.type = "active" if is_change else "draft", "dataset"
        session.add(package)
        session.flush()
        file = model.Resource(package_id=package.id, url="https://example.org/a.csv", name="A")
        session.add(file)
        state = State.PUBLISHED if is_change else State.SUBMITTED
        session.add(Publication(package_id=package.id, state=state, changed_at=now))
        if is_change:
            revision = revisions.add_change(session, package.id, now)
            revision.state, revision.changes = State.SUBMITTED, {"notes": "New"}
        step = {"subject": f"dataset:{package.id}", "step": "submit", "details": {}}
        actor = model.User.get(f"author-{count % 3}").id
        audit.record(session, actor_id=actor, at=now, **step)
    session.commit()
    session.remove()


def test_the_queue_asks_as_often_however_much_waits(portal, asked):
    for number in range(3):
        portal.user(f"author-{number}")
    body = portal.body("meteo", amel="editor", sami="admin")
    headers, found = {"Authorization": portal.tokens["sami"]}, []

    for number, first in ((3, 0), (60, 3)):
        more_in_the_queue(body, number, first)
        portal.call("sami", "opengov_review_list", limit=100)
        asked["sql"].clear()
        rows = portal.ok("sami", "opengov_review_list", limit=100)["results"]
        assert len(rows) == number + first
        authors = {row["submitted_by"]["name"] for row in rows}
        assert authors == {"author-0", "author-1", "author-2"}
        found.append(len([each for each in asked["sql"] if each != "SELECT 1"]))
        assert portal.client.get("/dashboard/review", headers=headers).status_code == 200

    assert found[0] == found[1] <= 30
