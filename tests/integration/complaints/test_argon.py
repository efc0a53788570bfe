"""Receipts are checked a few at a time: a crowd costs no more memory than that."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import ckan.plugins.toolkit as tk

from ckanext.complaints import argon
from ckanext.complaints.domain import crypto, receipts
from ckanext.complaints.domain.crypto import Kdf, Unreadable

MIB = 1 << 20
CROWD = 20


@pytest.fixture(autouse=True)
def settings(tmp_path, portal, monkeypatch):
    """Set the gate; other tests find the usual one."""

    def put(at_once=2, wait_seconds=60):
        monkeypatch.setitem(tk.config, "ckanext.complaints.derivations_at_once", at_once)
        monkeypatch.setitem(tk.config, "ckanext.complaints.derivation_wait_seconds", wait_seconds)
        argon._gate.cache_clear()

    monkeypatch.setitem(tk.config, "ckanext.complaints.keys_folder", str(tmp_path / "keys"))
    put()
    yield put
    argon._gate.cache_clear()


@pytest.fixture
def receipt():
    reference, secret = receipts.new_reference(), receipts.new_secret()
    lock, opened = argon.lock(secret, reference)
    return reference, secret, lock, opened


def test_a_receipt_opens_with_its_secret_alone(receipt):
    reference, secret, lock, opened = receipt

    assert argon.unlock(lock, secret, reference) == opened
    assert argon.unlock(lock, receipts.new_secret(), reference) is None
    assert argon.unlock(lock, secret, receipts.new_reference()) is None
    assert lock.is_current


def test_a_receipt_needs_the_pepper_that_the_database_lacks(receipt, tmp_path, monkeypatch):
    reference, secret, lock, _opened = receipt
    monkeypatch.setitem(tk.config, "ckanext.complaints.keys_folder", str(tmp_path / "others"))

    assert not lock.is_current
    with pytest.raises(Unreadable):
        argon.unlock(lock, secret, reference)


def test_an_unknown_reference_derives_as_often_as_a_known_one(receipt, monkeypatch):
    reference, secret, lock, _opened = receipt
    costs = []
    derive = crypto.derive

    def counted(*given):
        costs.append(given[-1])
        return derive(*given)

    monkeypatch.setattr(crypto, "derive", counted)

    assert argon.unlock(None, secret, reference) is None
    assert argon.unlock(lock, receipts.new_secret(), reference) is None
    assert costs == [Kdf(), Kdf()]


def memory():
    """Return the bytes that this process has in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


class Peak(threading.Thread):
    """Looks at the memory all the time."""

    def __init__(self):
        super().__init__(daemon=True)
        self.before = self.most = memory()
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(0.001):
            self.most = max(self.most, memory())

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_error):
        self.over.set()
        self.join()

    @property
    def grown_mib(self):
        return (self.most - self.before) / MIB


def crowd(receipt):
    """Let twenty ask at once; return what each was answered."""
    reference, secret, lock, opened = receipt
    together = threading.Barrier(CROWD)

    def ask(_number):
        together.wait()
        try:
            return argon.unlock(lock, secret, reference) == opened
        except argon.Busy:
            return "busy"

    with ThreadPoolExecutor(CROWD) as threads:
        return list(threads.map(ask, range(CROWD)))


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_crowd_takes_the_memory_of_as_many_as_may_at_once(receipt, settings, at_once):
    settings(at_once=at_once)
    with Peak() as peak:
        answers = crowd(receipt)

    assert answers == [True] * CROWD
    assert 40 < peak.grown_mib < 64 * at_once + 24


def test_without_the_gate_a_crowd_takes_more(receipt, settings):
    # Shows that the test above would see it.
    settings(at_once=CROWD)
    with Peak() as peak:
        crowd(receipt)

    assert peak.grown_mib > 64 * 2 + 24


def test_who_would_wait_too_long_is_told_so_at_once(receipt, settings):
    settings(at_once=1, wait_seconds=0)
    started = time.monotonic()
    answers = crowd(receipt)

    assert set(answers) == {True, "busy"}
    assert time.monotonic() - started < 5
    assert argon.unlock(*receipt[2:0:-1], receipt[0]) == receipt[3]


def test_busy_is_503_and_its_sentence_is_in_the_readers_language(portal, monkeypatch):
    said = []

    def busy():
        said.append(argon.Busy())
        raise said[0]

    monkeypatch.setitem(portal.client.flask_app.view_functions, "home.about", busy)
    answer = portal.client.get("/fr/about")

    assert answer.status_code == 503
    assert said[0].description.startswith("Beaucoup de personnes attendent en ce moment.")
    assert ("Retry-After", "5") in said[0].get_headers()


def test_a_failed_derivation_leaves_the_gate_open(receipt, settings):
    settings(at_once=1, wait_seconds=0)
    reference, secret, lock, opened = receipt
    impossible = argon.Lock(b"", lock.pepper_id, lock.verifier, lock.kdf)

    for _ in range(2):
        with pytest.raises(ValueError, match="salt"):
            argon.unlock(impossible, secret, reference)
    assert argon.unlock(lock, secret, reference) == opened
