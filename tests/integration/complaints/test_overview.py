"""Supervisors see how bodies keep their dates, and open nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from tests.common import complaints as net
from tests.common.counted import add_cases, answered, tally
from tests.integration.complaints.test_filing import Citizen

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.complaints import cli
from ckanext.complaints.domain.periods import months_before
from ckanext.complaints.logic import terms

BOARD = "/dashboard/complaints/overview"
REASON = "Die Antwort betraf eine andere Sache."


def today():
    return terms.today(datetime.now(UTC))


@pytest.fixture
def country(portal):
    """A ministry above two bodies, one with a body of its own below; all have policies."""
    root, top = net.answering(portal, "ministry", "general", "oversight", "integrity")
    net.coordinated_by(root, top["oversight"])
    water, units = net.answering(portal, "water", "general", "oversight", parent=root)
    local, below = net.answering(portal, "wells", "general", parent=water)
    roads, other = net.answering(portal, "roads", "general", "oversight", parent=root)
    net.category("roads", routes={None: water})
    return {
        "ministry": (root, top),
        "water": (water, units),
        "wells": (local, below),
        "roads": (roads, other),
    }


def supervisor_of(portal, clock, country, name):
    return net.officer(portal, clock, f"for-{name}", (country[name][1]["oversight"], "supervisor"))


def rows_of(person, **asked):
    found = person.ok("complaint_dashboard", **asked)
    return {each["name"]: each for each in found["results"]}


def test_the_board_counts_what_is_open_late_and_answered(portal, clock, country):
    day, unit = today(), country["water"][1]["general"]
    add_cases(unit, 3, received_on=day - timedelta(days=40))
    add_cases(unit, 2, received_on=day - timedelta(days=25))
    add_cases(unit, 4, received_on=day)
    add_cases(unit, 1, received_on=day - timedelta(days=50), state="appealed")
    # Answered, but still to be accepted: nothing is owed any more, and so nothing is late.
    given = {"state": "answered", "standing": "granted"}
    add_cases(
        unit, 1, received_on=day - timedelta(days=60), answered_on=day - timedelta(days=50), **given
    )
    answered(unit, 5, day - timedelta(days=60), 12)
    answered(unit, 2, day - timedelta(days=60), 45)
    add_cases(country["ministry"][1]["integrity"], 9, received_on=day, track="corruption")
    add_cases(unit, 7, received_on=day, track="corruption")
    tally(day)
    steward = net.officer(portal, clock, "rim", (country["ministry"][1]["oversight"], "steward"))
    found = steward.ok("complaint_dashboard")
    assert found["results"][0]["name"] == "water"
    water = next(each for each in found["results"] if each["name"] == "water")
    counts = ("open", "late", "soon", "unassigned", "appeals")
    assert [water[name] for name in counts] == [9, 3, 2, 9, 1]
    # Due: the eight answered ones, three late ones, and that of the appeal.
    assert [water[name] for name in ("answered", "due", "in_time")] == [8, 12, 6]
    assert (water["median_days"], water["share"]) == (12, 50)
    assert sum(each["received"] for each in water["trend"]) == water["received"] == 18
    assert len(water["trend"]) == 12
    assert water["trend"][-1]["month"] == months_before(day, 0).isoformat()[:7]
    ministry = next(each for each in found["results"] if each["name"] == "ministry")
    assert (ministry["open"], ministry["received"], ministry["share"]) == (0, 0, None)
    assert found["as_of"]


def test_who_answers_on_the_last_day_is_in_time_and_a_day_later_is_not(portal, clock, country):
    day, unit = today(), country["water"][1]["general"]
    answered(unit, 1, day - timedelta(days=60), 30)
    answered(unit, 1, day - timedelta(days=60), 31)
    # Due today, and the day is not over.
    add_cases(unit, 1, received_on=day - timedelta(days=30))
    gone = {"state": "closed", "outcome": "withdrawn"}
    add_cases(unit, 1, received_on=day - timedelta(days=60), **gone)
    repeated = {"state": "closed", "outcome": "duplicate", "standing": "duplicate"}
    add_cases(
        unit,
        1,
        received_on=day - timedelta(days=60),
        answered_on=day - timedelta(days=59),
        **repeated,
    )
    tally(day)
    person = supervisor_of(portal, clock, country, "water")
    water = rows_of(person)["water"]
    assert (water["due"], water["in_time"], water["answered"]) == (2, 1, 2)
    assert (water["late"], water["soon"]) == (0, 1)


def test_counting_twice_gives_the_same(portal, clock, country):
    answered(country["water"][1]["general"], 3, today() - timedelta(days=60), 10)
    person = supervisor_of(portal, clock, country, "water")
    tally(today())
    before = rows_of(person)
    tally(today())
    assert rows_of(person) == before


def test_a_supervisor_sees_their_branch_alone(portal, clock, country):
    day = today()
    for name in ("water", "wells", "roads"):
        add_cases(country[name][1]["general"], 1, received_on=day)
    person = supervisor_of(portal, clock, country, "water")
    assert set(rows_of(person)) == {"water", "wells"}
    roads, root = country["roads"][0], country["ministry"][0]
    for org in (roads, root, "roads", "no-such-body"):
        for action in ("complaint_dashboard", "complaint_dashboard_cases"):
            assert person.call(action, org=org)[0] == 404, (action, org)
        assert person.get(f"{BOARD}/{org}").status_code == 404
    status, _ = person.call(
        "complaint_dashboard_cases", org="water", unit_id=country["roads"][1]["general"]
    )
    assert status == 409
    other = supervisor_of(portal, clock, country, "roads")
    assert set(rows_of(other)) == {"roads"}


def test_a_number_of_another_branch_is_no_number(portal, clock, country):
    [other] = add_cases(country["roads"][1]["general"], 1, received_on=today())
    reference = net.row_of("complaints_case", id=other)["reference"]
    person = supervisor_of(portal, clock, country, "water")
    found = person.ok("complaint_dashboard_cases", org="water", number=reference)
    assert found["results"] == []
    assert person.get(f"{BOARD}/{country['water'][0]}/{reference}/reopen").status_code == 404
    with pytest.raises(tk.ObjectNotFound):
        person.act("complaint_oversight_reopen", reference=reference, reason=REASON)


def test_who_does_not_watch_has_no_board(portal, clock, country):
    handler = net.officer(portal, clock, "amel", (country["water"][1]["general"], "lead"))
    stranger = net.officer(portal, clock, "ali")
    boss = portal.user("boss", sysadmin=True)
    for person in (handler, stranger):
        assert person.call("complaint_dashboard")[0] == 403
        assert person.get(f"{BOARD}/").status_code == 404
    assert portal.call(boss.name, "complaint_dashboard")[0] == 403
    watcher = supervisor_of(portal, clock, country, "water")
    assert watcher.get(f"{BOARD}/").status_code == 200
    net.without_second_factor(watcher)
    assert watcher.call("complaint_dashboard")[0] == 403
    assert watcher.get(f"{BOARD}/").status_code in (302, 403)


def test_cases_are_listed_page_by_page_by_what_is_known_of_them(portal, clock, country):
    day, unit = today(), country["water"][1]["general"]
    for ago in range(60):
        add_cases(unit, 1, received_on=day - timedelta(days=ago % 40))
    person = supervisor_of(portal, clock, country, "water")
    seen, cursor = [], None
    while True:
        found = person.ok("complaint_dashboard_cases", org="water", cursor=cursor, limit=25)
        seen += found["results"]
        cursor = found["next_cursor"]
        if not cursor:
            break
    assert len({each["number"] for each in seen}) == 60
    assert [each["answer_due"] for each in seen] == sorted(each["answer_due"] for each in seen)
    assert set(seen[0]) == {
        *("reference", "number", "category", "state", "outcome", "unit", "unit_id"),
        *("received_at", "answer_due", "is_late", "days_left", "version"),
    }
    late = person.ok("complaint_dashboard_cases", org="water", which="late", limit=100)
    assert {each["is_late"] for each in late["results"]} == {True}
    assert person.call("complaint_dashboard_cases", org="water", which="all")[0] == 409


def test_the_command_counts_and_may_run_twice(portal, clock, country):
    answered(country["water"][1]["general"], 12, today() - timedelta(days=200), 10)
    told = []
    for _ in range(2):
        with portal.client.flask_app.test_request_context():
            done = CliRunner().invoke(cli.complaints, ["stats"])
        assert done.exit_code == 0, done.output
        told.append(done.output)
    assert "quarters released: 0" in told[1]
    assert "quarters released: 0" not in told[0]
    person = supervisor_of(portal, clock, country, "water")
    assert rows_of(person)["water"]["answered"] == 12


def statements(run):
    """Return how many statements the database got."""
    found = []

    def note(_connection, _cursor, statement, *_):
        found.append(statement)

    engine = model.ensure_engine()
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        run()
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    # Beside CKAN's own: it reads the account in each of its layers, and looks for new settings.
    own = ('FROM "user"', "FROM system_info")
    return len([each for each in found if not any(text in each for text in own)])


def test_the_board_costs_the_same_whatever_there_is(portal, clock, country):
    person = supervisor_of(portal, clock, country, "ministry")
    asked = {"complaint_dashboard": {}, "complaint_dashboard_cases": {"org": "water"}}
    pages = (f"{BOARD}/", f"{BOARD}/{country['water'][0]}")

    def cost():
        actions = [
            statements(lambda action=action, given=given: person.act(action, **given))
            for action, given in asked.items()
        ]
        return actions + [statements(lambda page=page: person.get(page)) for page in pages]

    cost()
    few = cost()
    for name in ("water", "wells", "roads"):
        add_cases(country[name][1]["general"], 40, received_on=today() - timedelta(days=3))
    tally(today())
    many = cost()
    assert few == many
    assert max(many) <= 12, many


def test_pages_show_the_board(portal, clock, country):
    day, unit = today(), country["water"][1]["general"]
    add_cases(unit, 3, received_on=day - timedelta(days=40))
    for ago in (40, 100, 160):
        answered(unit, 2, day - timedelta(days=ago), 20)
    tally(day)
    person = supervisor_of(portal, clock, country, "ministry")
    page = person.get(f"{BOARD}/").text
    assert "3 cases are past their date." in page
    assert 'class="og-spark"' in page
    page = person.get(f"{BOARD}/{country['water'][0]}").text
    assert 'class="og-chart"' in page
    assert "3 days late" not in page
    assert "10 days late" in page
    for language in ("fr", "ar"):
        path = f"/{language}/dashboard/complaints/overview/{country['water'][0]}"
        answer = person.client.get(path)
        assert answer.status_code == 200
        assert "no-store" in answer.headers["Cache-Control"]


@pytest.fixture
def closed(portal, clock, country):
    """A case that its handler answered and its citizen accepted; with both."""
    citizen = Citizen(portal)
    citizen.file()
    reference, secret = citizen.receipt()
    handler = net.officer(portal, clock, "amel", (country["water"][1]["general"], "handler"))
    handler.act("complaint_claim", reference=reference)
    handler.act("complaint_answer", reference=reference, outcome="granted", text="Réparé.")
    citizen.send("/complaints/track", reference=reference, secret=secret)
    citizen.send("/complaints/case/accept", on="/complaints/case/accept/confirm", sure="1")
    return reference, citizen, handler


def test_a_supervisor_opens_a_closed_case_again(portal, clock, country, closed):
    reference, citizen, handler = closed
    person = supervisor_of(portal, clock, country, "ministry")
    water = country["water"][0]
    listed = person.ok("complaint_dashboard_cases", org="water", which="closed")["results"]
    assert [each["number"] for each in listed] == [reference]
    path = f"{BOARD}/{water}/{reference}/reopen"
    with pytest.raises(tk.ValidationError):
        person.act("complaint_oversight_reopen", reference=reference, reason=REASON, version=1)
    empty = person.send(path, reason=" ")
    assert empty.status_code == 422
    sent = person.send(path, reason=REASON)
    assert sent.status_code == 302, sent.text
    for page in (person.get(f"{BOARD}/{water}?number={reference}").text, sent.text):
        assert REASON not in page
    assert REASON in citizen.get("/complaints/case").text
    shown = handler.act("complaint_show", reference=reference)
    assert shown["conversation"][-1]["text"] == REASON
    assert (shown["state"], shown["outcome"]) == ("in-progress", None)
    row = net.row_of("complaints_case", reference=reference)
    assert (row["was_reopened"], row["purge_on"], row["closed_at"]) == (False, None, None)
    assert row["answer_due"] > today()
    with pytest.raises(tk.NotAuthorized):
        person.act("complaint_show", reference=reference)
    with pytest.raises(tk.ValidationError):
        person.act("complaint_oversight_reopen", reference=reference, reason=REASON)


def test_only_a_supervisor_above_opens_a_case_again(portal, clock, country, closed):
    reference = closed[0]
    rim = net.officer(portal, clock, "rim", (country["ministry"][1]["oversight"], "steward"))
    other = supervisor_of(portal, clock, country, "roads")
    lead = net.officer(portal, clock, "nour", (country["water"][1]["general"], "lead"))
    for person, error in (
        (rim, tk.ObjectNotFound),
        (other, tk.ObjectNotFound),
        (lead, tk.NotAuthorized),
    ):
        with pytest.raises(error):
            person.act("complaint_oversight_reopen", reference=reference, reason=REASON)
    person = supervisor_of(portal, clock, country, "water")
    status, _ = person.call("complaint_oversight_reopen", reference=reference, reason=REASON)
    assert status == 404
    assert net.row_of("complaints_case", reference=reference)["state"] == "closed"


def test_a_case_whose_unit_is_closed_goes_to_the_coordinator(portal, clock, country, closed):
    reference = closed[0]
    unit = country["water"][1]["general"]
    net.change_network("UPDATE complaints_unit SET active = false WHERE id = :id", id=unit)
    root, units = country["ministry"]
    person = supervisor_of(portal, clock, country, "water")
    with pytest.raises(tk.ValidationError):
        person.act("complaint_oversight_reopen", reference=reference, reason=REASON)
    net.coordinated_by(root, units["general"])
    net.officer(portal, clock, "ahmed", (units["general"], "lead"))
    person.act("complaint_oversight_reopen", reference=reference, reason=REASON)
    row = net.row_of("complaints_case", reference=reference)
    assert row["owner_unit_id"] == units["general"]


def test_the_count_is_made_by_a_job(portal, clock, country):
    answered(country["water"][1]["general"], 3, today() - timedelta(days=60), 10)
    person = supervisor_of(portal, clock, country, "water")
    assert person.ok("complaint_dashboard")["as_of"] is None
    portal.inside_job("complaints.tally", "now")
    found = person.ok("complaint_dashboard")
    assert found["as_of"]
    assert rows_of(person)["water"]["answered"] == 3


def test_periods_are_months_and_quarters():
    assert months_before(date(2026, 1, 31), 1) == date(2025, 12, 1)
