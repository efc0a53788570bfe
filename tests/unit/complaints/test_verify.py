"""Acknowledgements are checked without the service."""

import base64
import json
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ckanext.complaints import verify
from ckanext.complaints.domain import acknowledgements

STATED = {name: f"the {name}" for name in acknowledgements.STATED}


@pytest.fixture
def files(tmp_path):
    signer = Ed25519PrivateKey.generate()
    paper, keys = tmp_path / "paper.json", tmp_path / "keys.json"
    paper.write_bytes(acknowledgements.acknowledge(signer, "k1", STATED, "L'eau"))
    given = {"k1": base64.b64encode(signer.public_key().public_bytes_raw()).decode()}
    keys.write_text(json.dumps({"success": True, "result": {"keys": given}}))
    return paper, keys


def test_a_genuine_file_is_read_by_a_program_of_its_own(files):
    paper, keys = map(str, files)
    command = [sys.executable, "-m", "ckanext.complaints.verify", paper, "--keys", keys]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Genuine." in done.stdout
    assert "the reference" in done.stdout


def test_neither_ckan_nor_a_database_is_loaded():
    code = (
        "import sys, ckanext.complaints.verify;"
        "print([n for n in sys.modules if n.split('.')[0] in ('ckan', 'sqlalchemy', 'flask')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_altered_file_is_not_genuine(files):
    paper, keys = files
    paper.write_text(paper.read_text().replace("the body", "a body"))
    assert verify.main([str(paper), "--keys", str(keys)]) == verify.NOT_GENUINE


@pytest.mark.parametrize("text", ["", "[]", '{"k1": 1}', '{"k1": "é"}'])
def test_what_are_no_keys_checks_nothing(files, text):
    paper, keys = files
    keys.write_text(text)
    assert verify.main([str(paper), "--keys", str(keys)]) == verify.NOT_READ
