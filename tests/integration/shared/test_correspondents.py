"""People without an account get mail in their language, and their address stands nowhere else."""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from tests.common.hearing import listening

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.opengov.shared import correspondents, jobs, outbox
from ckanext.opengov.shared.rendering import Said, renders

ADDRESS = "leila.guest@example.org"
KIND = "tests-greeting"


@renders({KIND: "Greetings"})
def _greet(_session, _to, messages):
    return [Said(tk._("Dashboard"), url="https://example.org/x") for _each in messages]


def added(language="fr", hours=48):
    now = datetime.now(UTC)
    until = now + timedelta(hours=hours)
    id = correspondents.add(model.Session, ADDRESS, language, now, until)
    outbox.post(model.Session, kind=KIND, recipient_id=id, params={}, now=now)
    model.Session.commit()
    model.Session.remove()
    return id


@pytest.fixture
def inside(portal):
    with portal.client.flask_app.test_request_context():
        yield
    model.Session.remove()


def everything():
    """Return all that the database holds, as text, but for the sealed bytes' own digits."""
    found = []
    with model.ensure_engine().connect() as connection:
        for name in sa.inspect(connection).get_table_names():
            found += map(str, connection.execute(sa.text(f'SELECT t::text FROM "{name}" t')))
    return "\n".join(found)


def test_a_correspondent_is_mailed_at_once_in_their_language(portal, inside, mails):
    added()

    portal.work()

    [mail] = mails()
    assert mail["To"].addresses[0].addr_spec == ADDRESS
    text = mail.get_body(("plain",)).get_content()
    assert mail["Subject"] == "Tableau de bord"
    assert "https://example.org/x" in text
    assert "/dashboard" not in text


def test_who_is_deleted_gets_nothing(portal, inside, mails):
    id = added()
    correspondents.forget(model.Session, id)
    model.Session.commit()

    portal.work()

    assert [row.state for row in model.Session.query(outbox.Mail)] == ["undeliverable"]
    assert mails() == []


def test_the_address_stands_in_no_row_and_no_log(portal, inside, mails):
    with listening() as logged:
        added()
        portal.work()

    assert len(mails()) == 1
    assert ADDRESS not in everything()
    assert ADDRESS not in logged()
    assert "A mail was sent" in logged()


def test_a_refused_address_stands_in_no_log(portal, inside, monkeypatch):
    refused = smtplib.SMTPRecipientsRefused({ADDRESS: (550, b"No such user")})
    monkeypatch.setattr(smtplib.SMTP, "sendmail", _raising(refused))
    with listening() as logged:
        added()
        portal.work()

    assert ADDRESS not in logged()
    assert "A mail was not sent: SMTPRecipientsRefused" in logged()


def _raising(error):
    def sendmail(*_given, **_more):
        raise error

    return sendmail


def test_an_address_sealed_for_one_is_read_as_nobody_elses(portal, inside, mails):
    first, second = added(), added()
    move = "UPDATE opengov_correspondent SET address = (SELECT address FROM opengov_correspondent"
    with model.ensure_engine().begin() as connection:
        connection.execute(
            sa.text(f"{move} WHERE id = :a) WHERE id = :b"), {"a": first, "b": second}
        )

    assert correspondents.addressee(model.Session, first).email == ADDRESS
    assert correspondents.addressee(model.Session, second) is None


def test_unconfirmed_ones_are_forgotten_and_confirmed_ones_stay(portal, inside):
    waiting, confirmed = added(), added()
    now = datetime.now(UTC)
    correspondents.confirm(model.Session, confirmed, now)
    model.Session.commit()

    jobs.sweep(model.Session, now + timedelta(hours=47))
    assert correspondents.find(model.Session, waiting)
    jobs.sweep(model.Session, now + timedelta(hours=49))

    assert correspondents.find(model.Session, waiting) is None
    assert correspondents.find(model.Session, confirmed)


def test_what_was_mailed_is_forgotten_as_what_was_read(portal, inside):
    added()
    portal.work()

    assert model.Session.query(outbox.Message).one().read_at is not None
