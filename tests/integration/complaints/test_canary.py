"""Whatever happens to a case, nothing of it stands anywhere in clear."""

from __future__ import annotations

import io
import logging
import os
import re
import subprocess
import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from opengov_stack.servers import postgres_binary
from tests.common import complaints as net
from tests.integration.complaints.test_filing import Citizen

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.redis import connect_to_redis

WORDS = {
    "happened": "canary-happened said the mayor took it",
    "wanted": "canary-wanted the land back",
    "place": "canary-place street",
    "name": "Canary-Name Ben Nobody",
    "email": "canary-mail@example.org",
    "file": "canary-file-content",
    "file_name": "canary-file-name.txt",
    "reply": "canary-reply of the citizen",
    "question": "canary-question of the office",
    "note": "canary-note among colleagues",
    "message": "canary-message of the office",
    "reason": "canary-extension reason",
    "answer": "canary-answer with reasons",
    "reopen": "canary-reopen",
    "appeal": "canary-appeal",
}


@pytest.fixture
def network(portal):
    root, units = net.answering(portal, "ministry", "general", "oversight", "appeal")
    net.coordinated_by(root, units["oversight"])
    net.category("roads", routes={None: root})
    return units


@pytest.fixture
def lead(portal, clock, network):
    posts = [(network["general"], "handler"), (network["general"], "lead")]
    return net.officer(portal, clock, "amel", *posts)


def whole_life(portal, citizen, lead):
    """File, handle, ask, extend, answer, reopen and answer again; return the receipt."""
    citizen.file(
        happened={"happened": WORDS["happened"]},
        wanted={"wanted": WORDS["wanted"]},
        where={"region": "", "place": WORDS["place"]},
        who={"mode": "named", "name": WORDS["name"]},
        contact={"notices": "mail", "email": WORDS["email"], "language": "fr"},
        files={"files": (io.BytesIO(WORDS["file"].encode()), WORDS["file_name"])},
    )
    reference, secret = citizen.receipt()
    portal.work()
    for action, given in (
        ("show", {}),
        ("claim", {}),
        ("acknowledge", {"text": WORDS["message"]}),
        ("note_add", {"text": WORDS["note"]}),
        ("extend", {"reason": WORDS["reason"]}),
        ("request_info", {"text": WORDS["question"]}),
    ):
        lead.act(f"complaint_{action}", reference=reference, **given)
    citizen.send("/complaints/track", reference=reference, secret=secret)
    page = "/complaints/case"
    citizen.send(f"{page}/reply", on=page, text=WORDS["reply"])
    answer = {"outcome": "refused", "text": WORDS["answer"]}
    lead.act("complaint_answer", reference=reference, **answer)
    citizen.send(f"{page}/reopen", on=page, text=WORDS["reopen"])
    lead.act("complaint_answer", reference=reference, **answer)
    appealed = citizen.send(f"{page}/appeal", on=page, text=WORDS["appeal"])
    assert appealed.status_code == 302, appealed.text
    portal.work()
    shown = lead.act("complaint_list", state="appealed")["results"]
    assert [each["number"] for each in shown] == [reference]
    return reference, secret


def at_the_counter(portal, clock, network):
    """Let a clerk type, be signed out, go on, and file; return what the citizen gets."""
    page = "/dashboard/complaints/intake/"
    clerk = net.officer(portal, clock, "sonia", (network["general"], "clerk"))
    typed = {
        "channel": "phone",
        "language": "fr",
        "mode": "named",
        "notices": "mail",
        "category": "roads",
        "body": "unknown",
        **{name: WORDS[name] for name in ("happened", "wanted", "place", "name", "email")},
    }
    file = (io.BytesIO(WORDS["file"].encode()), WORDS["file_name"])
    assert clerk.send(page, **typed, files=file, send="1").status_code == 422
    token = clerk.token()
    with clerk.client.session_transaction() as kept:
        before = dict(kept)
        kept.clear()
    clerk.client.post(f"/en{page}", data={**typed, "_csrf_token": token, "later": "1"})
    with clerk.client.session_transaction() as kept:
        kept.update(before)
    assert clerk.send(page, **typed, consent="yes", send="1").status_code == 302
    slip = clerk.get(f"{page}receipt").text
    codes = re.findall(r'class="og-secret__code".*?</dd>', slip, re.S)
    portal.work()
    return tuple("".join(re.findall(r"<span>(\d+)</span>", each)) for each in codes)


def by_a_program(portal, network, lead, reference):
    """Let a program read, note and write in a case; return its token."""
    ends_on = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    given = {"unit_id": network["general"], "name": "Registre", "ends_on": ends_on}
    token = lead.act("complaint_program_create", **given)["token"]
    client = portal.client.flask_app.test_client(use_cookies=False)
    for call, text in (("show", ""), ("note", WORDS["note"]), ("message", WORDS["message"])):
        sent = {"reference": reference, "text": text}
        headers = {"X-Complaints-Token": token}
        answer = client.post(f"/complaints/api/staff/{call}", json=sent, headers=headers)
        model.Session.remove()
        assert answer.status_code == 200, answer.json
    return token


def dump():
    """Return all of the database as text, what is binary in hexadecimal."""
    url = tk.config["sqlalchemy.url"].replace("postgresql+psycopg2", "postgresql")
    command = [str(postgres_binary("pg_dump")), "--inserts", url]
    return subprocess.run(command, capture_output=True, check=True).stdout


def redis_content():
    redis, found = connect_to_redis(), b""
    for key in redis.scan_iter():
        found += key + (redis.dump(key) or b"")
    return found


def files_below(*folders):
    for folder in folders:
        for path in Path(folder).rglob("*"):
            # The servers write, and rename, as one looks.
            with suppress(OSError):
                if path.is_file():
                    yield path, path.read_bytes()


def found_in(content, needles):
    hexed = {name: (text, text.hex().encode()) for name, text in needles.items()}
    return {name for name, both in hexed.items() if any(each in content for each in both)}


def test_nothing_of_a_case_stands_anywhere_in_clear(portal, network, lead, caplog, mails):
    caplog.set_level(logging.DEBUG)
    citizen = Citizen(portal)
    reference, secret = whole_life(portal, citizen, lead)
    nothing_in_clear(reference, {"secret": secret}, caplog, mails)


def test_nothing_of_what_a_clerk_or_a_program_does_stands_in_clear(
    portal, clock, network, lead, caplog, mails
):
    caplog.set_level(logging.DEBUG)
    reference, secret = at_the_counter(portal, clock, network)
    token = by_a_program(portal, network, lead, reference)
    portal.work()
    nothing_in_clear(reference, {"secret": secret, "token": token}, caplog, mails)


def nothing_in_clear(reference, secrets, caplog, mails):
    secret = secrets["secret"]
    needles = {name: text.encode() for name, text in {**WORDS, **secrets}.items()} | {
        "secret in groups": " ".join(secret[at : at + 4] for at in range(0, 16, 4)).encode(),
    }
    everything = dump()
    # What is looked for would be found: the number is public, and stands there.
    assert reference.encode() in everything
    assert found_in(everything, needles) == set()
    assert found_in(redis_content(), needles) == set()
    assert found_in(caplog.text.encode(), needles) == set()
    sent = b"".join(mail.as_bytes() for mail in mails())
    # The address of a notice is on its envelope; nothing else is in it.
    assert found_in(sent, {n: t for n, t in needles.items() if n != "email"}) == set()
    folders = (tk.config["ckan.storage_path"], tempfile.gettempdir())
    own = Path(os.environ["CKAN_INI"]).parent
    for path, content in files_below(folders[0]):
        assert found_in(content, needles) == set(), path
    for path, content in files_below(own / "redis", own / "mail"):
        names = {n: t for n, t in needles.items() if n != "email"}
        assert found_in(content, names) == set(), path
    model.Session.remove()
