"""A case goes through all hands: no word of it stands in clear, and in the end nothing at all."""

from __future__ import annotations

import io
import logging
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from tests.common import complaints as net
from tests.integration.complaints import test_canary as canary
from tests.integration.complaints.test_filing import Citizen
from tests.integration.complaints.test_purging import comes_today, lying_of, purge, rows_about
from tests.integration.complaints.test_purging import stored as stored_files
from tests.integration.complaints.test_referrals import Net

from ckan import model

from ckanext.complaints.model import cases
from ckanext.opengov.shared import jobs

SAID = (
    *("ask-one", "refusal", "ask-two", "taken", "ask-joint", "together", "back", "ask-opinion"),
    *("opinion", "question", "reply", "note", "message", "answer", "reopen", "second-answer"),
    *("appeal", "remand", "third-answer", "second-appeal", "decision", "overseer", "last-answer"),
    *("happened", "wanted", "place", "file"),
)
WORDS = {name: f"canary-{name} n'est dit à personne" for name in SAID} | {
    "name": "Canary-Name Ben Nobody",
    "email": "canary-mail@example.org",
    "file-name": "canary-file-name.txt",
}
ORDER = "canary-order of the court"
"""An order names no case's content: it stands beside the case, and goes with it."""
SEALED = (
    "SELECT encode(blob, 'hex') FROM complaints_message WHERE case_id = '{0}'"
    " UNION ALL SELECT encode(blob, 'hex') FROM complaints_grant WHERE case_id = '{0}'"
    " UNION ALL SELECT encode(blob, 'hex') FROM complaints_identity WHERE case_id = '{0}'"
    " UNION ALL SELECT encode(blob, 'hex') FROM complaints_contact WHERE case_id = '{0}'"
    " UNION ALL SELECT encode(w.blob, 'hex') FROM complaints_referral_word w"
    " JOIN complaints_referral r ON r.id = w.referral_id WHERE r.case_id = '{0}'"
    " UNION ALL SELECT encode(meta_blob, 'hex') FROM complaints_file WHERE case_id = '{0}'"
    " UNION ALL SELECT encode(wrapped_sk, 'hex') FROM complaints_access WHERE case_id = '{0}'"
)


class Story(Net):
    """A case that goes through all hands."""

    def __init__(self, portal, clock):
        super().__init__(portal, clock)
        self.portal = portal
        _org, watch = net.answering(portal, "watch", "oversight", "general", parent=self.root)
        self.far = watch["general"]
        self.zied = net.officer(portal, clock, "zied", (self.far, "lead"))
        _top, above = net.answering(portal, "top", "oversight")
        self.steward = net.officer(portal, clock, "yara", (above["oversight"], "steward"))
        net.appoint(self.nour.id, self.units["power"], "lead")
        self.citizen = Citizen(portal)

    def file(self):
        self.citizen.file(
            happened={"happened": WORDS["happened"]},
            wanted={"wanted": WORDS["wanted"]},
            where={"region": "", "place": WORDS["place"]},
            who={"mode": "named", "name": WORDS["name"]},
            contact={"notices": "mail", "email": WORDS["email"], "language": "fr"},
            files={"files": (io.BytesIO(WORDS["file"].encode()), WORDS["file-name"])},
        )
        self.reference, self.secret = self.citizen.receipt()
        self.portal.work()

    def does(self, who, action, **given):
        return who.act(f"complaint_{action}", reference=self.reference, **given)

    def asks(self, who, unit_id, mode, word):
        return self.does(who, "refer", unit_id=unit_id, mode=mode, text=WORDS[word])["id"]

    def says(self, step, **given):
        page = "/complaints/case"
        answer = self.citizen.send(f"{page}/{step}", on=page, **given)
        assert answer.status_code == 302, answer.text

    def goes_from_unit_to_unit(self):
        first = self.asks(self.amel, self.units["roads"], "transfer", "ask-one")
        self.hedi.act("complaint_referral_refuse", id=first, reason=WORDS["refusal"])
        second = self.asks(self.amel, self.units["power"], "transfer", "ask-two")
        self.nour.act("complaint_referral_accept", id=second, text=WORDS["taken"])
        joint = self.asks(self.nour, self.units["roads"], "joint", "ask-joint")
        self.hedi.act("complaint_referral_accept", id=joint)
        self.hedi.act("complaint_referral_say", id=joint, text=WORDS["together"])
        self.nour.act("complaint_referral_say", id=joint, text=WORDS["back"])
        opinion = self.asks(self.nour, self.far, "opinion", "ask-opinion")
        self.zied.act("complaint_referral_accept", id=opinion, text=WORDS["opinion"])

    def is_worked_on(self):
        self.does(self.nour, "show")
        self.does(self.nour, "claim")
        self.does(self.nour, "note_add", text=WORDS["note"])
        self.does(self.nour, "message_add", text=WORDS["message"])
        self.does(self.nour, "request_info", text=WORDS["question"])
        numbers = {"reference": self.reference, "secret": self.secret}
        self.citizen.send("/complaints/track", **numbers)
        self.says("reply", text=WORDS["reply"])
        self.answers("answer")

    def answers(self, word):
        self.does(self.nour, "claim")
        self.does(self.nour, "answer", outcome="refused", text=WORDS[word])

    def is_contested(self):
        self.says("reopen", text=WORDS["reopen"])
        self.answers("second-answer")
        self.says("appeal", text=WORDS["appeal"])
        self.does(self.rim, "appeal_remand", text=WORDS["remand"])
        self.answers("third-answer")
        self.says("appeal", text=WORDS["second-appeal"])
        decision = {"outcome": "granted", "text": WORDS["decision"]}
        self.does(self.rim, "appeal_decide", **decision)
        self.says("rate", score="2")
        self.portal.work()


@pytest.fixture
def story(portal, clock, monkeypatch, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = Story(portal, clock)
    found.file()
    found.goes_from_unit_to_unit()
    found.is_worked_on()
    found.is_contested()
    return found


def needles(story):
    grouped = " ".join(story.secret[at : at + 4] for at in range(0, 16, 4))
    texts = {**WORDS, "secret": story.secret, "secret in groups": grouped}
    return {name: text.encode() for name, text in texts.items()}


def open_files():
    """Yield what files this process has open, deleted ones too, and what is in them."""
    for each in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            if stat.S_ISREG(each.stat().st_mode):
                yield str(each.readlink()), each.read_bytes()


def everywhere(caplog, mails):
    """Yield all that the portal keeps, writes or sends, by where it is."""
    yield "database", canary.dump()
    yield "Redis", canary.redis_content()
    yield "log", caplog.text.encode()
    yield "jobs", str([vars(each) for each in model.Session.query(jobs.Job)]).encode()
    model.Session.remove()
    for mail in mails():
        yield f"mail to {mail['To']}", mail.as_bytes()
    own = Path(os.environ["CKAN_INI"]).parent
    # What PostgreSQL has written on the way, and the logs of all servers, lie here too.
    for path, content in canary.files_below(own, tempfile.gettempdir()):
        yield str(path), content
    yield from open_files()


def found(story, caplog, mails):
    looked_for, places = needles(story), {}
    for place, content in everywhere(caplog, mails):
        names = canary.found_in(content, looked_for)
        if "mail" in place:
            # The address of a notice is on its envelope; nothing else is in it.
            names -= {"email"}
        if names:
            places[place] = names
    return places


def test_no_word_of_a_case_stands_anywhere_and_in_the_end_nothing_at_all(story, caplog, mails):
    assert found(story, caplog, mails) == {}
    assert story.reference.encode() in canary.dump()
    is_kept_by_order_and_then_deleted(story)
    assert found(story, caplog, mails) == {}

    # One that did stand somewhere would have been found.
    logging.getLogger("ckanext.complaints").info("%s", WORDS["opinion"])
    assert found(story, caplog, mails)["log"] == {"opinion"}


def is_kept_by_order_and_then_deleted(story):
    story.does(story.steward, "hold_set", reason=ORDER)
    comes_today(story.reference)
    assert purge() == 0
    dumped = canary.dump().splitlines()
    rows = [line for line in dumped if ORDER.encode() in line]
    assert [line.split()[2] for line in rows] == [b"public.complaints_hold"]
    story.does(story.steward, "hold_end")
    case_id = cases.by_reference(model.Session, story.reference).id
    with model.ensure_engine().connect() as connection:
        sealed = [row[0].encode() for row in connection.exec_driver_sql(SEALED.format(case_id))]
    lying = lying_of(case_id)
    assert len(sealed) > len(SAID)
    assert lying <= stored_files()

    assert purge() == 1
    after = canary.dump()
    assert [each for each in (*sealed, ORDER.encode()) if each in after] == []
    assert rows_about(case_id) == {"complaints_case", "opengov_audit"}
    assert lying & stored_files() == set()
