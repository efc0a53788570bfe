"""Programs of citizens file and follow by JSON: no cookie, the receipt in the body."""

from __future__ import annotations

import base64
import logging

import pytest
from tests.common import complaints as net
from tests.integration.complaints.test_filing import STORY, WISH

from ckan import model

from ckanext.complaints.domain import acknowledgements, receipts

MARK = "a-mark-that-only-this-program-knows-1"
GIVEN = {
    "client_token": MARK,
    "category": "roads",
    "body": "unknown",
    "happened": STORY,
    "wanted": WISH,
    "mode": "anonymous",
    "notices": "none",
    "language": "fr",
}


@pytest.fixture
def call(portal):
    root, units = net.answering(portal, "ministry", "general", "oversight")
    net.coordinated_by(root, units["oversight"])
    net.category("roads", routes={None: root})
    client = portal.client.flask_app.test_client(use_cookies=False)

    def call(name, headers=None, **given):
        answer = client.post(f"/complaints/api/{name}", json=given, headers=headers or {})
        model.Session.remove()
        return answer.status_code, answer.json

    call.client = client
    return call


def test_a_program_files_follows_and_replies(call):
    status, told = call("submit", **GIVEN)
    assert status == 200, told
    receipt = told["result"]
    again = call("submit", **GIVEN)[1]["result"]
    assert again["secret"] == receipt["secret"]
    numbers = {name: receipt[name] for name in ("reference", "secret")}
    status, told = call("reply", **numbers, text="Toujours rien.")
    assert status == 200
    assert told["result"]["conversation"][-1]["text"] == "Toujours rien."
    status, told = call("withdraw", **numbers)
    assert (status, told["result"]["state"]) == (200, "closed")


def test_an_acknowledgement_is_checked_offline(call):
    receipt = call("submit", **GIVEN)[1]["result"]
    keys = call.client.get("/complaints/api/keys").json["result"]
    public = {id: base64.b64decode(text) for id, text in keys.items()}
    document = receipt["acknowledgement"].encode()
    checked = acknowledgements.check(document, public)
    assert checked["reference"] == receipt["reference"]
    assert acknowledgements.is_of(checked, STORY)
    with pytest.raises(acknowledgements.NotGenuine):
        acknowledgements.check(document.replace(b"2026", b"2025"), public)


def test_errors_are_in_the_callers_language_and_repeat_nothing(call, caplog):
    caplog.set_level(logging.DEBUG)
    wrong = {"reference": receipts.new_reference(), "secret": receipts.new_secret()}
    status, told = call("track", {"Accept-Language": "ar"}, **wrong)
    assert status == 422
    assert told["error"]["__codes"] == {"secret": ["wrong-pair"]}
    assert "لا توجد شكاية" in told["error"]["secret"][0]
    assert wrong["secret"] not in str(told) + caplog.text
    status, told = call("submit", **{**GIVEN, "happened": "canary"})
    assert status == 422
    assert "canary" not in str(told) + caplog.text


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": b"{}", "content_type": "text/plain"}, 415),
        ({"data": b"[1]", "content_type": "application/json"}, 400),
        ({"data": b'{"a":' * 64 + b"1" + b"}" * 64, "content_type": "application/json"}, 400),
        ({"data": b" " * (300 << 10), "content_type": "application/json"}, 413),
    ],
)
def test_what_is_no_object_is_refused(call, sent, status):
    answer = call.client.post("/complaints/api/track", **sent)
    assert answer.status_code == status
    assert answer.json["success"] is False


def test_a_visit_of_a_page_counts_for_nothing(call):
    status, _told = call("track", visit="x" * 64)
    assert status == 422
