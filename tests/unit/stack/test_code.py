"""The command ``opengov code``, which stands in for an app in a demonstration."""

import base64

import pytest
from click.testing import CliRunner
from opengov_stack import accounts, cli, codes
from opengov_stack.problems import Problem

from ckanext.opengov.shared.domain import totp

SECRET = b"12345678901234567890"
"""Of RFC 6238, appendix B."""
KEY = totp.as_text(SECRET)


@pytest.fixture
def folder(tmp_path):
    known = [
        {"name": "dorra", "password": "x", "role": "handles complaints", "key": KEY},
        {"name": "amel", "password": "y", "role": "writes datasets"},
    ]
    accounts.write(tmp_path / "accounts.json", {"accounts": known, "receipts": []})
    return tmp_path


def asked(folder, name):
    return CliRunner().invoke(cli.opengov, ["code", name, "--folder", str(folder)])


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard_and_of_the_site(seconds, code):
    step = seconds // codes.STEP_SECONDS

    assert codes.code_of(KEY, step) == codes.code_of(base64.b32encode(SECRET).decode(), step)
    assert codes.code_of(KEY, step) == code == totp.code_at(SECRET, step)


def test_the_code_of_this_moment_is_printed_alone(folder, monkeypatch):
    monkeypatch.setattr(codes.time, "time", lambda: 59.0)

    done = asked(folder, "dorra")

    assert (done.exit_code, done.stdout) == (0, "287082\n")
    assert done.stderr == "Another one in 1 seconds.\n"


@pytest.mark.parametrize(
    ("name", "said"), [("amel", "has no second step"), ("nobody", "no demo account")]
)
def test_who_has_none_reads_why(folder, name, said):
    done = asked(folder, name)

    assert isinstance(done.exception, Problem)
    assert said in str(done.exception)
    assert done.stdout == ""


def test_without_a_portal_the_way_is_said(tmp_path):
    assert "opengov run" in str(asked(tmp_path, "dorra").exception)


def test_a_file_from_before_is_read(tmp_path):
    (tmp_path / "accounts.json").write_text('[{"name": "amel", "password": "y", "role": "z"}]')

    found = accounts.read(tmp_path / "accounts.json")

    assert accounts.named(found, "amel")["password"] == "y"
    assert found["receipts"] == []
