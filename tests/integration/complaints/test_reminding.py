"""Dates come by themselves: staff and citizens are told once, and nothing depends on the sweep."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from tests.common import complaints as net
from tests.integration.complaints.test_filing import Citizen

from ckan import model

from ckanext.complaints.cli import complaints
from ckanext.complaints.logic import reminding, terms
from ckanext.complaints.model import cases
from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.notices import Frequency

WISHED = {"notices": "mail", "email": "leila@example.org", "language": "fr"}


@pytest.fixture
def citizen(portal, network):
    return Citizen(portal)


@pytest.fixture
def filed(citizen):
    citizen.file(contact=WISHED)
    return citizen.receipt()


@pytest.fixture
def lead(portal, clock, network):
    return net.officer(portal, clock, "nour", (network[1]["general"], "lead"))


@pytest.fixture
def handler(portal, clock, network):
    return net.officer(portal, clock, "amel", (network[1]["general"], "handler"))


@pytest.fixture
def supervisor(portal, clock, network):
    return net.officer(portal, clock, "sami", (network[1]["oversight"], "supervisor"))


def remind():
    now = cases.now(model.Session)
    done = reminding.remind(model.Session, now)
    model.Session.remove()
    return done


def today():
    day = terms.today(cases.now(model.Session))
    model.Session.remove()
    return day


def let(reference, **columns):
    """Change dates of a case past the portal."""
    given = ", ".join(f"{name} = :{name}" for name in columns)
    net.sql(f"UPDATE complaints_case SET {given} WHERE reference = :r", r=reference, **columns)
    model.Session.remove()


def late(reference, days):
    """Let a case be late by so many days: staff hear of it on the next day on which they work."""
    received = today() - timedelta(days=60)
    due = {"ack_due": today() - timedelta(days=55), "acknowledged_on": received}
    let(reference, received_on=received, answer_due=today() - timedelta(days=days), **due)


def notices():
    """Return who was told what, as sorted pairs."""
    query = sa.text(
        'SELECT u.name, m.kind FROM opengov_outbox m JOIN "user" u ON u.id = m.recipient_id'
        " WHERE m.kind LIKE 'complaints-%'"
    )
    with model.ensure_engine().connect() as connection:
        return sorted(
            (row[0], row[1].removeprefix("complaints-")) for row in connection.execute(query)
        )


def logged(step):
    """Return how often a step stands in the log."""
    query = sa.text("SELECT count(*) FROM opengov_audit WHERE step = :step")
    with model.ensure_engine().connect() as connection:
        return connection.execute(query, {"step": step}).scalar()


def forget_notices():
    net.sql("DELETE FROM opengov_outbox")
    net.sql("DELETE FROM opengov_mail")
    net.sql("DELETE FROM opengov_job")


def let_time_pass(portal):
    """Let everything be due that waits for its moment, and do it."""
    net.sql("UPDATE opengov_job SET run_at = now() WHERE status = 'queued'")
    model.Session.remove()
    portal.work()


def about_cases(mails, name):
    """Return the mails to somebody that lead to the worklist."""
    return [
        each
        for each in mails()
        if name in str(each["To"])
        and "/dashboard/complaints" in each.get_body(("plain",)).get_content()
    ]


def state_of(reference):
    row = net.row_of("complaints_case", reference=reference)
    return row["state"], row["outcome"]


def test_a_late_case_is_late_without_any_sweep(filed, citizen, handler):
    reference, secret = filed
    late(reference, 5)
    assert handler.act("complaint_list")["results"][0]["is_late"]
    citizen.send("/complaints/track", reference=reference, secret=secret)
    sent = citizen.send("/complaints/case/appeal", on="/complaints/case", text="")
    assert sent.status_code == 302
    assert state_of(reference)[0] == "appealed"


def test_each_is_told_once_and_of_a_date_that_moves_anew(filed, lead, handler, supervisor):
    reference = filed[0]
    handler.act("complaint_claim", reference=reference)
    forget_notices()
    late(reference, 5)
    assert remind() == 1
    assert notices() == [("nour", "answer-late")]
    assert remind() == 0
    net.sql("UPDATE complaints_case SET look_on = received_on")
    assert remind() == 1
    assert notices() == [("nour", "answer-late")]
    assert logged("answer-late") == 1
    late(reference, 30)
    assert remind() == 1
    # Of the same kind nobody is told twice on a day; the supervisor hears of it now.
    assert notices() == [("nour", "answer-late"), ("sami", "answer-very-late")]
    told = "SELECT count(*) FROM complaints_reminder WHERE kind = 'answer-late'"
    with model.ensure_engine().connect() as connection:
        assert connection.execute(sa.text(told)).scalar() == 2


def test_whoever_works_on_it_is_warned_and_else_the_lead(portal, filed, lead, handler):
    reference = filed[0]
    forget_notices()
    let(reference, answer_due=today() + timedelta(days=1), acknowledged_on=today())
    remind()
    assert notices() == [("nour", "answer-very-soon")]
    handler.act("complaint_claim", reference=reference)
    forget_notices()
    net.sql("DELETE FROM complaints_reminder")
    let(reference, answer_due=today() + timedelta(days=2))
    remind()
    assert notices() == [("amel", "answer-very-soon"), ("nour", "answer-very-soon")]


def test_nobody_is_told_of_a_case_that_is_over(filed, citizen, lead, handler):
    reference, secret = filed
    late(reference, 30)
    citizen.send("/complaints/track", reference=reference, secret=secret)
    page = "/complaints/case"
    citizen.send(f"{page}/withdraw", on=f"{page}/withdraw/confirm", sure="1")
    forget_notices()
    assert remind() == 0
    net.sql("UPDATE complaints_case SET look_on = received_on")
    assert remind() == 0
    assert notices() == []


def test_an_answer_stands_once_the_time_to_appeal_is_over(filed, handler):
    reference = filed[0]
    handler.act("complaint_claim", reference=reference)
    handler.act("complaint_answer", reference=reference, outcome="granted", text="Réparé.")
    before = today() - timedelta(days=40)
    let(reference, answered_on=before, appeal_until=today(), reopen_until=before)
    remind()
    assert state_of(reference) == ("answered", None)
    let(reference, appeal_until=today() - timedelta(days=1))
    remind()
    assert state_of(reference) == ("closed", "granted")
    assert net.row_of("complaints_case", reference=reference)["purge_on"] > today()


def test_work_goes_on_after_the_wait(filed, lead, handler):
    reference = filed[0]
    handler.act("complaint_claim", reference=reference)
    handler.act("complaint_request_info", reference=reference, text="Toute la rue ?")
    forget_notices()
    let(reference, wait_until=today())
    remind()
    assert state_of(reference)[0] == "waiting-citizen"
    let(reference, wait_until=today() - timedelta(days=1))
    remind()
    assert state_of(reference)[0] == "in-progress"
    assert ("amel", "resumed") in notices()


def test_the_citizen_hears_of_silence_and_reads_that_it_can_be_appealed(
    portal, filed, citizen, mails
):
    reference, secret = filed
    late(reference, 5)
    remind()
    let_time_pass(portal)
    [mail] = [each for each in mails() if "leila" in str(each["To"])]
    text = mail.get_body(("plain",)).get_content()
    assert "Il y a du nouveau pour vous" in text
    assert reference[:4] not in mail.as_string()
    citizen.send("/complaints/track", reference=reference, secret=secret)
    assert "The date passed without an answer" in citizen.get("/en/complaints/case").text


def test_notices_to_the_staff_name_no_case_and_come_in_one_mail(
    portal, network, lead, handler, mails
):
    model.Session.remove()
    readers.wish(model.Session, lead.id, Frequency.INBOX, "fr")
    model.Session.commit()
    numbers = []
    for days in (5, 5, -1):
        visitor = Citizen(portal)
        visitor.file()
        numbers.append(visitor.receipt()[0])
        late(numbers[-1], days)
    net.sql("UPDATE complaints_case SET acknowledged_on = NULL WHERE reference = :r", r=numbers[2])
    remind()
    assert notices() == [
        ("nour", "ack-late"),
        ("nour", "answer-late"),
        ("nour", "answer-very-soon"),
        ("nour", "new"),
    ]
    let_time_pass(portal)
    to_lead = about_cases(mails, "nour")
    assert 1 <= len(to_lead) <= 2, "new cases may fall in the half hour before"
    whole = "".join(each.as_string() for each in to_lead)
    text = "".join(each.get_body(("plain",)).get_content() for each in to_lead)
    assert "/fr/dashboard/complaints/" in text
    for said in (*numbers, *(number[:4] for number in numbers), "roads", "eau", "ministry"):
        assert said not in text.replace("/fr/dashboard/complaints/", ""), said
        assert len(said) < 9 or said not in whole


def test_who_left_the_unit_is_told_nothing_any_more(portal, network, filed, lead, mails):
    late(filed[0], 1)
    remind()
    net.dismiss(lead.id, network[1]["general"])
    let_time_pass(portal)
    assert about_cases(mails, "nour") == []


def test_two_sweeps_at_once_tell_once(portal, network, lead):
    for _ in range(4):
        visitor = Citizen(portal)
        visitor.file()
        late(visitor.receipt()[0], 5)
    start = threading.Barrier(2)

    def run():
        with portal.client.flask_app.app_context():
            start.wait()
            remind()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    remind()
    with model.ensure_engine().connect() as connection:
        told = "SELECT count(*) FROM complaints_reminder WHERE kind = 'answer-late'"
        assert connection.execute(sa.text(told)).scalar() == 4
    assert logged("answer-late") == 4


def test_mails_about_one_case_come_half_an_hour_apart(portal, filed, handler, mails):
    def told():
        return len([each for each in mails() if "leila" in str(each["To"])])

    reference = filed[0]
    handler.act("complaint_message_add", reference=reference, text="Nous regardons.")
    portal.work()
    assert told() == 1
    for text in ("Encore un peu.", "Presque.", "Voilà."):
        handler.act("complaint_message_add", reference=reference, text=text)
    portal.work()
    assert told() == 1
    with model.ensure_engine().connect() as connection:
        waits = connection.execute(
            sa.text("SELECT run_at - now() FROM opengov_job WHERE status = 'queued' AND kind = :k"),
            {"k": "complaints.tell-citizen"},
        ).scalars()
        [wait] = waits
    assert timedelta(minutes=28) < wait < timedelta(minutes=36)
    let_time_pass(portal)
    assert told() == 2


def test_staff_hears_of_what_comes(portal, filed, citizen, lead, handler):
    reference, secret = filed
    assert notices() == []
    visitor = Citizen(portal)
    visitor.file()
    assert notices() == [("nour", "new")]
    lead.act("complaint_assign", reference=reference, user="amel")
    assert ("amel", "assigned") in notices()
    citizen.send("/complaints/track", reference=reference, secret=secret)
    citizen.send("/complaints/case/reply", on="/complaints/case", text="Encore ceci.")
    assert ("amel", "replied") in notices()


def test_the_operators_commands_are_safe_to_run_twice(portal, filed, lead):
    def run(command):
        with portal.client.flask_app.test_request_context():
            done = CliRunner().invoke(complaints, [command], catch_exceptions=False)
        model.Session.remove()
        return done.output

    late(filed[0], 1)
    assert run("deadlines") == "1 complaints looked at\n"
    assert run("deadlines") == "0 complaints looked at\n"
    net.sql(
        "UPDATE complaints_case SET state = 'closed', outcome = 'granted', purge_on = '2026-01-01'"
    )
    assert run("purge") == "1 complaints deleted\n"
    assert run("purge") == "0 complaints deleted\n"


def test_a_sweep_with_nothing_due_reads_next_to_nothing(portal, filed, lead):
    copy = """
        INSERT INTO complaints_case SELECT (jsonb_populate_record(c, jsonb_build_object(
            'id', 'x' || n, 'reference', lpad(n::text, 9, '0'), 'answer_due', '2099-01-01',
            'ack_due', '2099-01-01'))).*
        FROM complaints_case c, generate_series(1, 20000) n
    """
    net.sql(copy)
    net.sql("UPDATE complaints_case SET look_on = DATE '2098-12-01'")
    with model.ensure_engine().connect() as connection:
        connection.execute(sa.text("ANALYZE complaints_case"))
        found = (
            "EXPLAIN SELECT * FROM complaints_case WHERE look_on <= CURRENT_DATE AND state"
            " NOT IN ('closed', 'purged') ORDER BY look_on, id LIMIT 200 FOR UPDATE SKIP LOCKED"
        )
        plan = "\n".join(connection.execute(sa.text(found)).scalars())
    assert "complaints_case_look" in plan
    assert remind() == 0
