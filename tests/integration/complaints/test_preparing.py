"""A file is scanned and copied clean by a job; without the scanner's word nothing opens."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.common import evidence as sending
from tests.common.running import wait_until
from tests.unit.complaints import evidence_files as made

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model
from ckan.exceptions import CkanConfigurationException

from ckanext.complaints import copying, evidence, intake
from ckanext.complaints.domain.evidence import FileDamaged, FileGone
from ckanext.complaints.helpers import complaints_scanner_note
from ckanext.complaints.jobs import SWEEP, begin_to_sweep
from ckanext.complaints.logic import preparing
from ckanext.complaints.logic.preparing import PREPARE, Stage
from ckanext.complaints.model import files
from ckanext.complaints.views.sending import send
from ckanext.opengov.shared import jobs

SERVER = Path(made.__file__).with_name("clamd_server.py")


@pytest.fixture(autouse=True)
def empty(portal):
    return portal


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


def use(monkeypatch, address):
    monkeypatch.setitem(tk.config, "ckanext.complaints.scanner", address)


def filed(site, content, name="x", **changed):
    with sending.sent(site, (name, content)):
        (each,) = intake.received()
        assert each.problem is None
        return sending.filed(model.Session, each, **changed)


def prepare(portal, file_id):
    job_id = jobs.enqueue(model.Session, PREPARE, file_id, now=datetime.now(UTC)).id
    model.Session.commit()
    portal.run(job_id)
    model.Session.expire_all()
    return portal.job(job_id)


def stage(file_id):
    return preparing.stage(model.Session, file_id)


def test_a_copy_made_while_its_draft_is_filed_goes_along(portal, site, monkeypatch):
    """Whoever files waits for a copy that is just being written, and takes it over too."""
    file_id = filed(site, made.photo(), draft_id="d")
    found, keep = [], preparing._keep_copy

    def file_it():
        found.extend(each.kind for each in files.of_draft(model.Session, "d", lock=True))
        model.Session.remove()

    taker = threading.Thread(target=file_it)

    def keep_meanwhile(*args):
        taker.start()
        wait_until(is_waiting, 10)
        keep(*args)

    monkeypatch.setattr(preparing, "_keep_copy", keep_meanwhile)
    prepare(portal, file_id)
    taker.join(10)
    assert found == [files.ORIGINAL, files.CLEAN]


def is_waiting():
    with model.ensure_engine().connect() as connection:
        return connection.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")) > 0


def test_nobody_waits_while_a_copy_is_made(portal, site, monkeypatch):
    file_id, make = filed(site, made.photo(), draft_id="d"), copying.clean_copy

    def locked_meanwhile(*args):
        with model.ensure_engine().connect() as connection:
            connection.execute(sa.text("SELECT 1 FROM complaints_file FOR UPDATE NOWAIT"))
        return make(*args)

    monkeypatch.setattr(copying, "clean_copy", locked_meanwhile)
    prepare(portal, file_id)
    assert stage(file_id) is Stage.READY


@pytest.mark.parametrize(
    "content", [made.photo(), made.photo("PNG"), made.pdf(), made.docx(), made.odt()]
)
def test_a_clean_copy_is_made_and_sealed(portal, site, content):
    file_id = filed(site, content)
    assert stage(file_id) is Stage.PREPARING
    assert prepare(portal, file_id).status == jobs.Status.DONE
    assert stage(file_id) is Stage.READY
    copy = files.copy_of(model.Session, file_id)
    clean = sending.clear_of(model.Session, copy.id)
    assert made.SECRET.encode() not in clean
    assert len(clean) == copy.bytes
    assert clean[:16] not in b"".join(evidence.sealed(copy.storage_key))
    assert sending.clear_of(model.Session, file_id) == content
    # Once more changes nothing.
    prepare(portal, file_id)
    assert files.copy_of(model.Session, file_id).id == copy.id


def test_what_cannot_be_cleaned_stays_alone(portal, site):
    file_id = filed(site, made.box(b"isom"))
    assert prepare(portal, file_id).status == jobs.Status.DONE
    assert stage(file_id) is Stage.ORIGINAL_ONLY
    assert tk.h.complaints_file_stage(Stage.ORIGINAL_ONLY)


def test_without_a_scanner_files_open_and_pages_say_so(portal, site):
    file_id = filed(site, b"some words")
    prepare(portal, file_id)
    found = files.find(model.Session, file_id)
    assert found.scan == "unscanned"
    assert evidence.may_open(found.scan)
    with site._wsgi_app.test_request_context():
        assert complaints_scanner_note()


def test_what_is_harmful_never_opens(portal, site, monkeypatch):
    file_id = filed(site, b"text " + made.EICAR)
    with scanner() as address:
        use(monkeypatch, address)
        assert prepare(portal, file_id).status == jobs.Status.DONE
    assert stage(file_id) is Stage.INFECTED
    assert files.copy_of(model.Session, file_id) is None
    assert not evidence.may_open(files.find(model.Session, file_id).scan)
    use(monkeypatch, "off")
    assert not evidence.may_open(files.find(model.Session, file_id).scan)
    prepare(portal, file_id)
    assert stage(file_id) is Stage.INFECTED


def test_while_the_scanner_is_down_nothing_opens_and_the_job_tries_again(portal, site, monkeypatch):
    file_id = filed(site, b"some words")
    use(monkeypatch, "clamd://127.0.0.1:1")
    job = prepare(portal, file_id)
    assert (job.status, job.error) == (jobs.Status.QUEUED, "ScannerDown")
    assert stage(file_id) is Stage.WAITING
    assert files.copy_of(model.Session, file_id) is None
    assert not evidence.may_open(files.find(model.Session, file_id).scan)
    with scanner() as address:
        use(monkeypatch, address)
        with model.ensure_engine().begin() as connection:
            now = sa.func.now()
            connection.execute(sa.update(jobs.Job).where(jobs.Job.id == job.id).values(run_at=now))
        portal.run(job.id)
        assert stage(file_id) is Stage.READY
        assert evidence.may_open(files.find(model.Session, file_id).scan)


def test_a_file_too_large_for_the_scanner_does_not_open(portal, site, monkeypatch):
    file_id = filed(site, b"words " * 50_000)
    with scanner("small") as address:
        use(monkeypatch, address)
        prepare(portal, file_id)
        assert stage(file_id) is Stage.TOO_LARGE


def test_files_from_before_the_scanner_are_scanned_later(portal, site, monkeypatch):
    file_id = filed(site, b"some words", created_at=datetime.now(UTC) - timedelta(days=3))
    prepare(portal, file_id)
    assert stage(file_id) is Stage.READY
    now = datetime.now(UTC)
    assert preparing.ask_again(model.Session, now) == 0
    with scanner() as address:
        use(monkeypatch, address)
        assert stage(file_id) is Stage.WAITING
        assert preparing.ask_again(model.Session, now) == 1
        assert preparing.ask_again(model.Session, now) == 0
        portal.run(jobs.latest(model.Session, PREPARE, file_id).id)
        model.Session.expire_all()
        assert stage(file_id) is Stage.READY
        copy = files.copy_of(model.Session, file_id)
        assert (files.find(model.Session, file_id).scan, copy.scan) == ("clean", "clean")


def damage(location, change):
    path = Path(evidence.storage().full_path(location))
    path.write_bytes(change(path.read_bytes()))


CHUNK = 64 * 1024 + 16


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole[:-1],
        lambda whole: whole[:CHUNK],
        lambda whole: whole[CHUNK : 2 * CHUNK] + whole[:CHUNK] + whole[2 * CHUNK :],
        lambda whole: whole[:50] + b"\0" + whole[51:],
        lambda _whole: b"",
    ],
)
def test_a_damaged_file_does_not_open_whole(site, change):
    file_id = filed(site, b"some words " * 20_000)
    damage(files.find(model.Session, file_id).storage_key, change)
    with pytest.raises(FileDamaged):
        sending.clear_of(model.Session, file_id)


def test_a_file_is_sent_as_one_to_keep(site):
    file_id = filed(site, made.photo(), name="صورة.jpg")
    content = sending.clear_of(model.Session, file_id)
    answer = send(iter([content]), 'ص"و\r\nرة\u202e.exe', "jpeg", len(content))
    told = answer.headers["Content-Disposition"]
    assert told.startswith("attachment; filename=\"file.jpg\"; filename*=UTF-8''")
    assert "\r" not in told
    assert told.endswith(".exe.jpg")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.mimetype == "image/jpeg"


def put_away(site, location):
    with sending.sent(site, ("a.txt", b"text")):
        (each,) = intake.received()
        evidence.put(location, each.sealing)
    return location


def test_the_sweep_removes_what_has_no_row_and_is_older_than_a_day(portal, site):
    now = datetime.now(UTC)
    old = [put_away(site, evidence.new_location(now - timedelta(days=3))) for _each in range(3)]
    young = put_away(site, evidence.new_location(now))
    foreign = put_away(site, "readme")
    kept = filed(site, b"text")
    with_row = old[2]
    files.change(model.Session, files.find(model.Session, kept), storage_key=with_row)
    model.Session.commit()
    assert begin_to_sweep(model.Session, now) == 1
    assert begin_to_sweep(model.Session, now) == 0
    portal.run(jobs.latest(model.Session, SWEEP, now.date().isoformat()).id)
    left = set(map(str, evidence.storage().scan()))
    assert not left & set(old[:2])
    assert {young, foreign, with_row} <= left
    for each in left:
        evidence.remove(each)


def test_a_removed_file_is_gone_and_may_be_removed_twice(site):
    file_id = filed(site, b"text")
    location = files.find(model.Session, file_id).storage_key
    evidence.remove(location)
    evidence.remove(location)
    with pytest.raises(FileGone):
        sending.clear_of(model.Session, file_id)


def test_nothing_is_swept_where_the_database_does_not_answer(site, monkeypatch):
    location = put_away(site, evidence.new_location(datetime.now(UTC) - timedelta(days=3)))

    def down(*_any):
        raise sa.exc.OperationalError("", {}, Exception())

    monkeypatch.setattr(evidence, "known", down)
    assert evidence.sweep(datetime.now(UTC)) == 0
    assert location in set(map(str, evidence.storage().scan()))
    evidence.remove(location)


def test_a_site_with_a_storage_of_its_own_keeps_it():
    own = {"ckan.files.storage.evidence.type": "s3", "ckan.storage_path": "/srv"}
    evidence.set_defaults(own)
    assert len(own) == 2
    default = {"ckan.storage_path": "/srv"}
    evidence.set_defaults(default)
    assert default["ckan.files.storage.evidence.path"] == "/srv/complaints/evidence"


def test_a_site_does_not_start_with_a_scanner_that_is_none(site, monkeypatch):
    use(monkeypatch, "127.0.0.1:3310")
    with pytest.raises(CkanConfigurationException):
        p.get_plugin("complaints").configure(tk.config)
