"""Everyone reads how bodies keep their dates, quarter by quarter, and of nobody in particular."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from tests.common import complaints as net
from tests.common.counted import add_cases, answered

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.complaints.logic import releasing, terms
from ckanext.opengov.shared import audit

SUMMER = date(2026, 7, 1)
"""The first day of a quarter."""
LATER = datetime(2026, 10, 2, 12, tzinfo=UTC)
PAGE = "/en/complaints/statistics"


@pytest.fixture
def bodies(portal):
    """Five bodies that answer complaints: name, then id and general unit."""
    net.policy()
    found = {}
    for name in ("ministry", "water", "roads", "wells", "ports"):
        org_id, units = net.answering(portal, name, "general", "integrity")
        found[name] = org_id, units["general"], units["integrity"]
    return found


def release(portal, now=LATER):
    with portal.client.flask_app.test_request_context():
        done = releasing.release(model.Session, now)
        model.Session.commit()
    model.Session.remove()
    return done


def figures(portal, **asked):
    found = portal.ok(None, "complaint_statistics", **asked)
    return found, {each["name"]: each for each in found["results"]}


def fill(bodies):
    """Let the bodies have had a summer: three large ones, a small one, and one without any."""
    for name, count in (("ministry", 62), ("water", 31), ("roads", 24)):
        unit = bodies[name][1]
        answered(unit, count - 10, SUMMER, 20)
        answered(unit, 10, SUMMER, 40)
    answered(bodies["wells"][1], 7, SUMMER, 9)


def test_figures_are_rounded_and_small_ones_not_told(portal, bodies):
    fill(bodies)
    assert release(portal) == 1
    found, by_body = figures(portal)
    assert (found["quarter"], found["quarters"]) == ("2026-Q3", ["2026-Q3"])
    counts = ("received", "answered", "due", "in_time", "share", "median_days")
    assert [by_body["ministry"][name] for name in counts] == [60, 60, 60, 50, 83, 20]
    assert by_body["wells"]["received"] is None
    small = {name: each for name, each in by_body["wells"].items() if "title" not in name}
    none = {name: each for name, each in by_body["ports"].items() if "title" not in name}
    unlike = ("name", "org_id")
    assert {k: v for k, v in small.items() if k not in unlike} == {
        k: v for k, v in none.items() if k not in unlike
    }
    assert found["total"]["received"] == 125
    assert found["total"]["share"] == 100 * found["total"]["in_time"] // found["total"]["due"]


def test_a_total_that_gives_a_small_number_away_is_not_told(portal, bodies):
    answered(bodies["ministry"][1], 40, SUMMER, 20)
    for name in ("water", "roads", "ports"):
        net.change_network("DELETE FROM complaints_unit WHERE org_id = :id", id=bodies[name][0])
        net.change_network("DELETE FROM complaints_body WHERE org_id = :id", id=bodies[name][0])
    answered(bodies["wells"][1], 9, SUMMER, 9)
    release(portal)
    found, by_body = figures(portal)
    assert set(by_body) == {"ministry", "wells"}
    assert {"received", "answered", "due", "in_time"} <= set(found["withheld"])
    assert found["total"]["received"] is None
    assert found["total"]["share"] is None


def test_nothing_small_lies_in_the_database(portal, bodies):
    fill(bodies)
    release(portal)
    with model.ensure_engine().connect() as connection:
        rows = connection.execute(sa.text("SELECT * FROM complaints_figure")).mappings().all()
        totals = connection.execute(sa.text("SELECT totals FROM complaints_release")).scalar()
    names = ("received", "answered", "due", "in_time", "appeals", "ratings")
    for row in [*rows, totals]:
        assert all(row.get(name) is None or row[name] >= 10 for name in names)
        assert all(row.get(name) is None or row[name] % 5 == 0 for name in names)


def test_a_quarter_is_counted_once_and_stays(portal, bodies):
    fill(bodies)
    release(portal)
    before = figures(portal)
    answered(bodies["ministry"][1], 50, SUMMER, 20)
    assert release(portal) == 0
    assert figures(portal) == before
    for statement in (
        "UPDATE complaints_figure SET received = 10",
        "DELETE FROM complaints_figure",
        "UPDATE complaints_release SET totals = '{}'",
        "DELETE FROM complaints_release",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="never change"):
            net.sql(statement)


def test_a_quarter_that_runs_is_not_told(portal, bodies):
    fill(bodies)
    assert release(portal, datetime(2026, 9, 30, 12, tzinfo=UTC)) == 0
    found, _ = figures(portal)
    assert (found["quarter"], found["results"], found["total"]) == (None, [], None)
    midnight = datetime.combine(date(2026, 10, 1), time(), terms.zone())
    assert release(portal, midnight - timedelta(minutes=1)) == 0
    assert release(portal, midnight) == 1


def test_reports_of_corruption_are_in_no_figure(portal, bodies):
    fill(bodies)
    add_cases(bodies["ports"][2], 30, received_on=SUMMER, track="corruption")
    add_cases(bodies["ports"][1], 30, received_on=SUMMER, track="corruption")
    release(portal)
    found, by_body = figures(portal)
    assert by_body["ports"]["received"] is None
    assert found["total"]["received"] == 125
    assert not any("accused" in name for name in by_body["ports"])


def test_appeals_and_ratings_count_when_they_came(portal, bodies):
    at = datetime(2026, 8, 3, 10, tzinfo=UTC)
    ids = answered(bodies["ministry"][1], 24, SUMMER, 20)
    for number, id in enumerate(ids):
        if number < 14:
            audit.record(
                model.Session,
                subject=f"complaint:{id}",
                step="appeal",
                actor_id=None,
                at=at,
                details={},
            )
        score, when = 4 if number % 2 else 3, at if number < 12 else at + timedelta(days=90)
        model.Session.execute(
            sa.text("INSERT INTO complaints_survey VALUES (:id, :score, :at)"),
            {"id": id, "score": score, "at": when},
        )
    model.Session.commit()
    release(portal)
    _, by_body = figures(portal)
    ministry = by_body["ministry"]
    assert (ministry["appeals"], ministry["ratings"], ministry["score"]) == (15, 10, 3.5)


def test_the_page_says_it_in_a_sentence_a_chart_and_a_table(portal, bodies):
    fill(bodies)
    spring = date(2026, 4, 1)
    answered(bodies["ministry"][1], 40, spring, 20)
    release(portal)
    visitor = portal.client.flask_app.test_client()
    page = visitor.get(PAGE)
    assert page.status_code == 200
    assert "Third quarter of 2026" in page.text
    assert "of the dates were kept." in page.text
    assert 'class="og-chart"' in page.text
    assert "fewer than 10" in page.text
    assert "could point at people" in page.text
    assert "Second quarter of 2026" in visitor.get(f"{PAGE}?quarter=2026-Q2").text
    assert visitor.get(f"{PAGE}?quarter=1999-Q1").status_code == 404
    for language in ("fr", "ar"):
        assert visitor.get(f"/{language}/complaints/statistics").status_code == 200


def test_before_the_first_quarter_the_page_says_so(portal, bodies):
    page = portal.client.flask_app.test_client().get(PAGE)
    assert page.status_code == 200
    assert "The first figures are told once" in page.text


def test_the_page_is_kept_and_the_file_asked_for_once(portal, bodies):
    fill(bodies)
    release(portal)
    visitor = portal.client.flask_app.test_client()
    address = "/en/complaints/statistics"
    told = [visitor.get(address).headers.get("X-Opengov-Cache") for _ in range(2)]
    assert told == ["miss", "hit"]
    # A complaint changes nothing on it.
    add_cases(bodies["ministry"][1], 1, received_on=SUMMER)
    assert visitor.get(address).headers["X-Opengov-Cache"] == "hit"
    file = visitor.get(f"{address}.csv")
    again = visitor.get(f"{address}.csv", headers={"If-None-Match": file.headers["ETag"]})
    assert (file.status_code, again.status_code) == (200, 304)


def test_the_file_says_what_the_page_says(portal, bodies):
    fill(bodies)
    release(portal)
    net.sql("UPDATE \"group\" SET title = '=1+1', extras = '{}' WHERE name = 'water'")
    file = portal.client.flask_app.test_client().get(f"{PAGE}.csv")
    assert file.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(file.data.decode("utf-8-sig"))))
    by_body = {row["body"]: row for row in rows}
    assert by_body["ministry"]["received"] == "60"
    assert by_body["wells"]["received"] == by_body["ports"]["received"] == "<10"
    assert by_body["water"]["title"] == "'=1+1"
    assert by_body[""]["title"] == "All bodies"


def test_a_body_that_was_deleted_stays_in_the_total(portal, bodies):
    fill(bodies)
    release(portal)
    net.sql("UPDATE \"group\" SET state = 'deleted' WHERE name = 'water'")
    found, by_body = figures(portal)
    assert by_body[None]["received"] == 30
    assert len(found["results"]) == 5


def test_the_job_and_the_command_release_once(portal, bodies):
    fill(bodies)
    for _ in range(2):
        portal.inside_job("complaints.release", "now")
    with model.ensure_engine().connect() as connection:
        count = connection.execute(sa.text("SELECT count(*) FROM complaints_release")).scalar()
    assert count == len(figures(portal)[0]["quarters"])


def test_two_at_once_release_once(portal, bodies):
    fill(bodies)
    with portal.client.flask_app.test_request_context():
        session = model.Session
        releasing.release(session, LATER)
        with model.ensure_engine().connect() as other:
            other.execute(sa.text("SET lock_timeout = '300ms'"))
            query = "SELECT pg_advisory_xact_lock(hashtextextended('complaints-release', 0))"
            with pytest.raises(sa.exc.OperationalError):
                other.execute(sa.text(query))
        session.commit()
    assert release(portal) == 0


def test_everyone_may_ask(portal, bodies):
    with pytest.raises(tk.ObjectNotFound):
        tk.get_action("complaint_statistics")({"user": ""}, {"quarter": "2026-Q9"})
