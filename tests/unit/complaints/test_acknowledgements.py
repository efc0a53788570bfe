"""The acknowledgement proves what was filed, and when, without the service; forged ones do not."""

import base64
import json
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ckanext.complaints.domain import acknowledgements
from ckanext.complaints.domain.acknowledgements import NotGenuine

SIGNER = Ed25519PrivateKey.generate()
KEYS = {"0a0b0c0d": SIGNER.public_key().public_bytes_raw()}
STATED = {
    "reference": "482719368",
    "body": "بلدية تونس",
    "unit": "Bureau des relations avec le citoyen",
    "received_on": "2026-11-25",
    "ack_due": "2026-11-30",
    "answer_due": "2026-12-25",
}
TEXT = "عطب في قناة الماء منذ أسبوع"


def acknowledged(signer=SIGNER, key_id="0a0b0c0d", stated=STATED):
    return acknowledgements.acknowledge(signer, key_id, stated, TEXT)


def test_a_genuine_document_says_what_was_stated_and_of_which_text():
    document = acknowledged()

    said = acknowledgements.check(document, KEYS)

    assert {name: said[name] for name in STATED} == STATED
    assert acknowledgements.is_of(said, TEXT)
    assert not acknowledgements.is_of(said, TEXT + ".")
    assert TEXT not in document.decode()
    assert len(document) < 1024


def test_everyone_can_check_it_with_the_standards_alone():
    document = json.loads(acknowledged())
    signature = base64.b64decode(document.pop("signature"))
    signed = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    Ed25519PublicKey.from_public_bytes(KEYS["0a0b0c0d"]).verify(signature, signed.encode())
    digest = sha256(bytes.fromhex(document["nonce"]) + TEXT.encode()).hexdigest()
    assert digest == document["text_digest"]


def test_the_same_text_has_another_digest_each_time():
    digests = {json.loads(acknowledged())["text_digest"] for _ in range(5)}

    assert len(digests) == 5


@pytest.mark.parametrize("field", sorted(acknowledgements.FIELDS))
def test_a_document_with_a_field_altered_missing_or_of_another_kind_is_not_genuine(field):
    genuine = json.loads(acknowledged())
    for other in ("", "2027-01-01", 5, None, [], {"a": 1}, "\ud800"):
        with pytest.raises(NotGenuine):
            acknowledgements.check(json.dumps(genuine | {field: other}).encode(), KEYS)
    del genuine[field]
    with pytest.raises(NotGenuine):
        acknowledgements.check(json.dumps(genuine).encode(), KEYS)


def test_a_document_of_another_signer_or_with_an_unknown_key_is_not_genuine():
    forged = acknowledged(signer=Ed25519PrivateKey.generate())
    unknown = acknowledged(key_id="ffffffff")

    for document in (forged, unknown):
        with pytest.raises(NotGenuine):
            acknowledgements.check(document, KEYS)


def test_a_field_that_stands_twice_or_too_much_is_not_genuine():
    document = acknowledged().decode()
    twice = document.replace("{", '{"answer_due": "2030-01-01",', 1)
    more = document.replace("{", '{"outcome": "granted",', 1)

    for each in (twice, more):
        with pytest.raises(NotGenuine):
            acknowledgements.check(each.encode(), KEYS)


@pytest.mark.parametrize(
    "document", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 8000, b" " * 9000]
)
def test_what_is_no_document_is_not_genuine(document):
    with pytest.raises(NotGenuine):
        acknowledgements.check(document, KEYS)


def test_a_document_that_an_editor_saved_anew_still_holds():
    saved = json.dumps(json.loads(acknowledged()), indent=4, sort_keys=True)

    for document in (saved.encode(), b"\xef\xbb\xbf" + saved.replace("\n", "\r\n").encode()):
        assert acknowledgements.check(document, KEYS)["reference"] == "482719368"
