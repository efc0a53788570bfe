"""Everyone can check a signed acknowledgement, on a page, by JSON and without the service."""

from __future__ import annotations

import io
import json
import logging

import pytest
from tests.common import complaints as net
from tests.integration.complaints.test_filing import STORY, Citizen

from ckan import model

from ckanext.complaints import verify

PAGE = "/en/complaints/verify"


@pytest.fixture
def citizen(portal):
    root, units = net.answering(portal, "ministry", "general", "oversight")
    net.coordinated_by(root, units["oversight"])
    net.category("roads", routes={None: root})
    return Citizen(portal)


@pytest.fixture
def paper(citizen):
    citizen.file()
    return citizen.get("/complaints/receipt/acknowledgement.json").text


def test_a_page_tells_a_genuine_one(citizen, paper):
    pasted = citizen.send(PAGE, document=paper, text=STORY)
    assert "It is genuine" in pasted.text
    assert json.loads(paper)["reference"] in pasted.text
    assert "It is about the text that you gave." in pasted.text
    assert "no-store" in pasted.headers["Cache-Control"]
    assert STORY[2:] not in pasted.text
    sent = citizen.send(PAGE, file=(io.BytesIO(paper.encode()), "acknowledgement.json"))
    assert "It is genuine" in sent.text
    other = citizen.send(PAGE, document=paper, text="Autre chose.")
    assert "another text" in other.text


@pytest.mark.parametrize("change", ["answer_due", "body", "more"])
def test_a_page_tells_what_was_altered(citizen, paper, change):
    altered = json.dumps({**json.loads(paper), change: "2030-01-01"})
    answer = citizen.send(PAGE, document=altered)
    assert "It is not genuine" in answer.text
    assert "2030" not in answer.text


def test_junk_is_not_genuine_and_nothing_is_asked_for_again(citizen):
    for junk in ("[1]", "x" * 9000, '{"a": ' * 3000):
        assert "It is not genuine" in citizen.send(PAGE, document=junk).text
    picture = citizen.send(PAGE, file=(io.BytesIO(b"\x89PNG\r\n" * 100), "x.png"))
    assert "It is not genuine" in picture.text
    assert citizen.send(PAGE).status_code == 422


def test_programs_check_it_and_nothing_is_logged_or_stored(portal, paper, caplog):
    caplog.set_level(logging.DEBUG)
    client = portal.client.flask_app.test_client(use_cookies=False)
    document = json.loads(paper)
    for given in (paper, document):
        answer = client.post("/complaints/api/verify", json={"document": given, "text": STORY})
        model.Session.remove()
        told = answer.json["result"]
        assert (told["is_genuine"], told["is_of_text"]) == (True, True)
        assert told["stated"]["reference"] == document["reference"]
    assert document["nonce"] not in caplog.text
    answer = client.post("/complaints/api/verify", json={"document": {**document, "body": "x"}})
    assert answer.json["result"]["is_genuine"] is False
    refused = client.post("/api/3/action/complaint_acknowledgement_verify", json={"document": "x"})
    model.Session.remove()
    assert refused.status_code == 404


def test_the_keys_as_they_are_given_out_check_it_offline(portal, paper, tmp_path):
    client = portal.client.flask_app.test_client(use_cookies=False)
    (tmp_path / "keys.json").write_bytes(client.get("/complaints/api/keys").data)
    (tmp_path / "paper.json").write_text(paper)
    given = [str(tmp_path / "paper.json"), "--keys", str(tmp_path / "keys.json")]
    assert verify.main(given) == verify.GENUINE
