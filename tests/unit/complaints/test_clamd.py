"""The scanner is asked over its socket; without an answer there is no verdict."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.unit.complaints.evidence_files import EICAR

from ckanext.complaints.domain import clamd
from ckanext.complaints.domain.clamd import ScannerDown, Verdict

SERVER = Path(__file__).with_name("clamd_server.py")


@contextmanager
def scanner(mode="ok", where="0"):
    process = subprocess.Popen(
        [sys.executable, SERVER, mode, where], stdout=subprocess.PIPE, text=True
    )
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_it_finds_what_is_harmful_and_passes_what_is_not(tmp_path):
    with scanner() as address:
        assert clamd.scan(address, [b"hello " * 100_000]) is Verdict.CLEAN
        assert clamd.scan(address, [b"a" * 70_000 + EICAR[:30], EICAR[30:]]) is Verdict.INFECTED
        assert clamd.scan(address, []) is Verdict.CLEAN
    with scanner(where=str(tmp_path / "clamd.sock")) as address:
        assert clamd.scan(address, [EICAR]) is Verdict.INFECTED


def test_what_is_too_large_for_it_is_said():
    with scanner("small") as address:
        assert clamd.scan(address, [b"x" * 50_000] * 3) is Verdict.TOO_LARGE


@pytest.mark.parametrize("mode", ["garbage", "hangup"])
def test_without_its_word_there_is_no_verdict(mode):
    with scanner(mode) as address, pytest.raises(ScannerDown):
        clamd.scan(address, [b"hello"])


def test_a_slow_scanner_is_one_that_is_down():
    begin = time.monotonic()
    with scanner("slow") as address, pytest.raises(ScannerDown):
        clamd.scan(address, [b"hello"], seconds=1)
    assert time.monotonic() - begin < 5


def test_a_scanner_that_is_down_is_said_to_be(tmp_path):
    for address in ("clamd://127.0.0.1:1", f"clamd://{tmp_path}/none"):
        with pytest.raises(ScannerDown):
            clamd.scan(address, [b"hello"])


@pytest.mark.parametrize("address", ["http://x:1", "clamd://", "clamd:relative", "on"])
def test_other_addresses_are_none(address):
    with pytest.raises(ValueError, match="clamd"):
        clamd.place_of(address)
