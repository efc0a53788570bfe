"""Files are sealed as they come, within bounds, and are gone unless a row keeps them."""

from __future__ import annotations

import io

import flask
import pytest
import sqlalchemy as sa
from tests.common import evidence as sending
from tests.unit.complaints import evidence_files as made
from werkzeug.exceptions import RequestEntityTooLarge

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.complaints import evidence, intake, sealing
from ckanext.complaints.domain.evidence import BadEvidence

MB = 1 << 20
PHOTO = made.photo()


@pytest.fixture(autouse=True)
def empty(portal):
    return portal


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.complaints.max_file_mb", 1)
    monkeypatch.setitem(tk.config, "ckanext.complaints.max_files", 2)


def in_store():
    return set(map(str, evidence.storage().scan()))


def test_a_file_that_came_is_kept_and_opens_as_it_was(site):
    with sending.sent(site, ("photo.jpg", PHOTO), text="what happened") as context:
        (each,) = intake.received()
        assert context.request.form["text"] == "what happened"
        assert (each.kind.code, each.name, each.size) == ("jpeg", "photo.jpg", len(PHOTO))
        assert each.head == PHOTO[:4096]
        assert each.key.hex() not in repr(each)
        file_id = sending.filed(model.Session, each)
        location = each.location
    assert sending.clear_of(model.Session, file_id) == PHOTO
    lying = b"".join(evidence.sealed(location))
    assert PHOTO[:64] not in lying
    assert made.SECRET.encode() not in lying


def test_nothing_reads_it_as_a_file(site):
    with sending.sent(site, ("photo.jpg", PHOTO)) as context:
        given = context.request.files["files"]
        with pytest.raises(io.UnsupportedOperation):
            given.read()
        with pytest.raises(io.UnsupportedOperation):
            given.save(io.BytesIO())


@pytest.mark.parametrize(
    "path", ["/complaints", "/complaints/new", "/fr/complaints/new", "/ar/complaints/track",
             "/portal/fr/complaints/new", "/COMPLAINTS/new",
             "/dashboard/complaints/1", "/complaints/api/files"]
)  # fmt: skip
def test_all_addresses_of_complaints_are_guarded(site, path):
    with sending.sent(site, ("a.txt", b"x" * 600_000), path=path) as context:
        assert isinstance(context.request.files["files"].stream, intake.Part)


@pytest.mark.parametrize(
    "path", ["/dataset/complaints/resource/new", "/dataset/x/resource/new", "/user/edit"]
)
def test_other_addresses_are_as_ckan_has_them(site, path):
    with sending.sent(site, ("a.csv", b"x" * 600_000), path=path) as context:
        given = context.request.files["files"]
        assert not isinstance(given.stream, intake.Part)
        assert given.read() == b"x" * 600_000
        assert context.request.max_content_length is None
        with pytest.raises(TypeError):
            intake.received()


def test_what_no_row_keeps_is_gone_when_the_request_ends(site):
    before = in_store()
    with sending.sent(site, ("photo.jpg", PHOTO), ("other.jpg", PHOTO)):
        kept, left = intake.received()
        kept.keep()
        left.keep()
        assert in_store() - before == {kept.location, left.location}
        # Written, but never committed.
        model.Session.execute(
            sa.text(
                "INSERT INTO complaints_file VALUES ('x', null, null, null, 'original', null,"
                " :key, 1, '', '', 'pending', 1, '', now(), '', '')"
            ),
            {"key": kept.location},
        )
    model.Session.rollback()
    assert in_store() == before


def test_a_file_of_too_many_bytes_is_cut_off_and_the_rest_of_the_form_stays(site, small):
    large = b"%PDF-1.7\n" + b"x" * MB
    with sending.sent(site, ("large.pdf", large), ("photo.jpg", PHOTO), text="kept") as context:
        cut, photo = intake.received()
        assert context.request.form["text"] == "kept"
        assert cut.problem.code == "file-too-large"
        assert cut.head == b""
        assert photo.problem is None
        with pytest.raises(BadEvidence):
            cut.keep()


def test_one_file_too_many_is_refused(site, small):
    with sending.sent(site, *[(f"{n}.txt", b"text") for n in range(3)]):
        assert [each.problem and each.problem.code for each in intake.received()] == [
            None, None, "too-many-files",
        ]  # fmt: skip


def test_inputs_left_empty_count_for_none(site, small):
    empty = [("", b"")] * 4
    with sending.sent(site, *empty, ("a.txt", b"text")):
        body = flask.request.files.getlist("files")
        assert len(body) in (1, 5)
        assert [each.name for each in intake.received()] == ["a.txt"]


def test_a_body_above_all_bounds_is_refused_before_it_is_read(site, small):
    class Unread(io.BytesIO):
        def read(self, *_size):
            raise AssertionError("read")

    given = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(4 * MB)}
    with site._wsgi_app.test_request_context(
        "/complaints/new",
        method="POST",
        environ_overrides=given,
        content_type="multipart/form-data; boundary=b",
    ):
        with pytest.raises(RequestEntityTooLarge) as refused:
            flask.request.form["text"]
        assert "2" in refused.value.description
        # The page that says so may ask for the form again.
        assert flask.request.form.get("text") is None


def test_a_body_without_a_length_is_cut_off_at_the_bound(site, small):
    class Endless(io.RawIOBase):
        taken = 0

        def readable(self):
            return True

        def readinto(self, buffer):
            start = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
            piece = (start if not self.taken else b"x" * 65536)[: len(buffer)]
            buffer[: len(piece)] = piece
            self.taken += len(piece)
            return len(piece)

    endless = Endless()
    given = {"wsgi.input": endless, "wsgi.input_terminated": True}
    with site._wsgi_app.test_request_context(
        "/complaints/new", method="POST",
        content_type="multipart/form-data; boundary=b",
        environ_overrides=given,
    ):  # fmt: skip
        with pytest.raises(RequestEntityTooLarge):
            flask.request.form["text"]
        assert endless.taken < 4 * MB


def test_json_has_a_bound_too(site):
    context = site._wsgi_app.test_request_context(
        "/complaints/api/file",
        method="POST",
        data=b"[" + b"1," * MB + b"1]",
        content_type="application/json",
    )
    with context, pytest.raises(RequestEntityTooLarge):
        flask.request.get_data()


def test_names_that_deceive_are_tidied(site):
    with sending.sent(site, ("photo\u202egpj.exe", PHOTO), ("../../x.html", b"plain")):
        assert [each.name for each in intake.received()] == ["photogpj.exe.jpg", "x.html.txt"]


def test_a_disguised_file_is_refused_in_words(site):
    with sending.sent(site, ("a.jpg", PHOTO + made.package({"A.class": "x"}))):
        (each,) = intake.received()
        assert each.problem.code == "file-disguised"


@pytest.fixture
def full_disk(monkeypatch):
    """A store whose disk is full after the first chunk."""
    whole = evidence.storage().uploader

    def upload(location, upload, extras):
        class Half:
            def read(self, size):
                if self.left <= 0:
                    raise OSError(28, "No space left on device: /secret/folder")
                self.left -= size
                return upload.stream.read(size)

            left = 10_000

        upload_half = type(upload)(Half(), upload.filename, upload.size, upload.content_type)
        return type(whole).upload(whole, location, upload_half, extras)

    monkeypatch.setattr(whole, "upload", upload)


def test_a_full_disk_is_said_and_leaves_nothing(site, full_disk, caplog):
    before = in_store()
    # The settings of the tests leave those loggers off that were there before them.
    evidence.log.disabled = False
    with sending.sent(site, ("big.txt", b"text " * 100_000)):
        (each,) = intake.received()
        with pytest.raises(BadEvidence) as refused:
            each.keep()
        assert refused.value.code == "not-stored"
        assert in_store() == before
    assert "ENOSPC" in caplog.text
    assert "secret" not in caplog.text


def test_a_full_disk_while_it_comes_is_said(site, monkeypatch):
    class Full:
        def __init__(self, **_more):
            self.closed = False

        def write(self, _data):
            raise OSError(28, "No space left on device")

        def close(self):
            self.closed = True

    monkeypatch.setattr(sealing.tempfile, "SpooledTemporaryFile", Full)
    with sending.sent(site, ("big.txt", b"text " * 100_000), text="kept") as context:
        (each,) = intake.received()
        assert each.problem.code == "not-stored"
        assert context.request.form["text"] == "kept"
