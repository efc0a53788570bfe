"""Rate limits: exact among many, patient with those who wait, and no address shut out."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from ckan import model

from ckanext.opengov.shared import limits
from ckanext.opengov.shared.limits import Bucket, Limit, network_of
from ckanext.opengov.views.attempts import FORMS, KNOWN, Form

PASSWORD = "correct-horse-battery"
HOURLY = Limit("tests", 5, timedelta(hours=1))


def pass_time(minutes):
    """Move every bucket back, as if time had passed."""
    earlier = sa.update(Bucket).values(empty_at=Bucket.empty_at - timedelta(minutes=minutes))
    model.Session.execute(earlier)
    model.Session.commit()


def test_a_limit_counts_each_of_many_at_once(portal):
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: HOURLY.take("192.0.2.1"), range(40)))

    assert waits.count(timedelta(0)) == 5
    assert max(waits) > timedelta(minutes=11)
    assert HOURLY.take("192.0.2.2") == timedelta(0)


def test_who_waits_may_go_on(portal):
    for _ in range(5):
        assert not HOURLY.take("a")
    assert HOURLY.take("a") > timedelta(minutes=11)

    pass_time(13)

    assert not HOURLY.take("a")
    assert HOURLY.take("a")
    HOURLY.give_back("a")
    assert not HOURLY.take("a")


def test_a_limit_keeps_no_names_and_forgets(portal):
    HOURLY.take("192.0.2.1", "amel@example.org")
    kept = model.Session.query(Bucket).one().key
    assert len(kept) == 32
    assert b"amel" not in kept
    limits.forget(model.Session, datetime.now(UTC))
    assert model.Session.query(Bucket).count() == 1

    pass_time(60)
    limits.forget(model.Session, datetime.now(UTC))

    assert model.Session.query(Bucket).count() == 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("unix:", "unix:"),
    ],
)
def test_one_customer_is_one_network(address, network):
    assert network_of(address) == network


class Visitor:
    """Somebody at an address who fills in CKAN's forms."""

    def __init__(self, portal, address="192.0.2.1"):
        self.portal, self.address = portal, address

    def send(self, path="/fr/user/login", caller=None, **form):
        headers = {"Authorization": self.portal.tokens[caller]} if caller else None
        return self.portal.fill_in(path, headers=headers, address=self.address, **form)

    def sign_in(self, name, password=PASSWORD):
        return self.send(login=name, password=password).status_code


def test_guessing_ends_and_shuts_out_nobody_else(portal):
    portal.user("amel")
    portal.user("sami")
    visitor = Visitor(portal)

    answers = [visitor.sign_in("amel", f"guess-{n}") for n in range(12)]
    refused = visitor.send(login="Amel", password=PASSWORD)

    assert answers == [200] * 10 + [429] * 2
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 90
    assert "Réessayez" in refused.text
    assert 'value="Amel"' in refused.text
    assert PASSWORD not in refused.text
    assert visitor.sign_in("sami") == 302
    assert Visitor(portal, "192.0.2.2").sign_in("amel") == 302


def test_who_is_signed_in_gives_no_attempts_back(portal):
    portal.user("amel")
    portal.user("rima")
    visitor = Visitor(portal)
    guesses = [visitor.sign_in("amel", f"guess-{n}") for n in range(11)]

    for _ in range(5):
        visitor.send(caller="rima", login="amel")

    assert guesses[-1] == 429
    assert visitor.sign_in("amel", "guess") == 429
    assert not KNOWN.is_used(network_of(visitor.address), "amel")


def test_only_failures_count(portal):
    portal.user("amel")

    assert {Visitor(portal).sign_in("amel") for _ in range(12)} == {302}


def test_spraying_ends_and_whoever_works_there_still_signs_in(portal, monkeypatch):
    portal.user("amel")
    portal.user("sami")
    form = FORMS["user.login"]
    narrow = Form(form.template, form.field, form.pair, Limit("few", 4, HOURLY.span))
    monkeypatch.setitem(FORMS, "user.login", narrow)
    visitor = Visitor(portal)
    assert visitor.sign_in("amel") == 302

    answers = [visitor.sign_in(f"user-{n}", "Spring2026") for n in range(6)]

    assert answers == [200] * 4 + [429] * 2
    assert visitor.sign_in("amel") == 302
    assert visitor.sign_in("sami") == 429


def test_nobody_floods_a_mailbox(portal):
    portal.user("amel")
    visitor = Visitor(portal)

    answers = [visitor.send("/fr/user/reset", user="amel").status_code for _ in range(4)]

    assert answers[3] == 429
    assert 429 not in answers[:3]


def test_who_counts_waits_for_no_connection_of_other_requests(portal):
    engine = model.ensure_engine()
    most = engine.pool.size() + engine.pool._max_overflow
    all_there = threading.Barrier(most)

    def count(number):
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
            all_there.wait(20)
            return Limit("together", 100, timedelta(hours=1)).take(str(number % 3))

    with ThreadPoolExecutor(most) as pool:
        assert set(pool.map(count, range(most))) == {timedelta(0)}
