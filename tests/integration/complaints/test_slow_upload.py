"""While a file comes, nothing of it lies in clear: looked for in a real server, as it is filled."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from opengov_stack.servers import LOOPBACK, free_port

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis

CANARY = b"canary-7d3a9-what-the-mayor-did"
LINE = CANARY + b" and more of it\n"
MB = 1 << 20
BOUNDARY = "----boundary8b1"
TOGETHER = 40


@contextlib.contextmanager
def server(folder, **environment):
    """Run the site under gunicorn; yield its port and its processes."""
    port = free_port()
    folder.joinpath("tmp").mkdir()
    command = [
        *(sys.executable, "-W", "ignore", "-m", "gunicorn"),
        "tests.integration.complaints.probed_site:application",
        *("--bind", f"{LOOPBACK}:{port}", "--workers", "1"),
        *("--worker-class", "gthread", "--threads", str(TOGETHER), "--timeout", "120"),
    ]
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            env={**os.environ, "TMPDIR": str(folder / "tmp"), **environment},
            stdout=out,
            stderr=out,
        )
    try:
        until = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                token, cookie = token_of(port)
                break
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.3)
        yield port, psutil.Process(process.pid), token, cookie
    finally:
        process.terminate()
        process.wait(20)


def token_of(port):
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
    connection.request("GET", "/complaints/probe")
    answer = connection.getresponse()
    token = answer.read().decode()
    assert answer.status == 200, token
    cookie = re.match(r"[^;]+", answer.headers["Set-Cookie"]).group()
    connection.close()
    return token, cookie


def body_of(token, content, **fields):
    parts = {tk.config["WTF_CSRF_FIELD_NAME"]: token, **fields}
    head = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts.items()
    )
    head += (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n'
        "Content-Type: text/plain\r\n\r\n"
    )
    return head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


class Upload:
    """A client that sends its file in pieces, as slowly as one likes."""

    def __init__(self, port, token, cookie, content, path="/complaints/probe", **fields):
        self.body = body_of(token, content, **fields)
        self.connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)
        self.connection.putrequest("POST", path)
        self.connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        self.connection.putheader("Content-Length", str(len(self.body)))
        self.connection.putheader("Cookie", cookie)
        self.connection.endheaders()
        self.at = 0

    def send(self, until):
        self.connection.send(self.body[self.at : until])
        self.at = until

    def answer(self):
        self.send(len(self.body))
        answer = self.connection.getresponse()
        text = answer.read().decode()
        self.connection.close()
        return answer.status, text


def holds(path):
    """Tell whether a file, an open or a deleted one, holds the canary."""
    try:
        if not Path(path).is_file():
            return False
        with Path(path).open("rb") as file:
            return any(CANARY in piece for piece in iter(lambda: file.read(8 * MB), b""))
    except OSError:
        return False


def places_with_canary(process, *folders):
    """Return every place outside of memory in which the canary lies now."""
    found = []
    for each in (process, *process.children(recursive=True)):
        fds = Path(f"/proc/{each.pid}/fd")
        found += [f"{fd} -> {fd.readlink()}" for fd in fds.iterdir() if holds(fd)]
    for folder in folders:
        found += [str(path) for path in Path(folder).rglob("*") if holds(path)]
    redis = connect_to_redis()
    found += [f"redis {key}" for key in redis.keys("*") if CANARY in (redis.dump(key) or b"")]
    return found


def young_files(folder, since):
    """Copy nothing, return nothing old: files in a shared folder that came since."""
    for path in Path(folder).iterdir():
        with contextlib.suppress(OSError):
            if path.is_file() and path.stat().st_mtime >= since and holds(path):
                yield str(path)


@pytest.fixture(autouse=True)
def empty(portal):
    return portal


def look_while_it_comes(folder, port, process, upload):
    """Return where the canary was seen while half of the file had come, trickling."""
    begin = time.time()
    seen = []
    folders = (folder, tk.config["ckan.storage_path"])
    for part in range(1, 6):
        upload.send(len(upload.body) * part // 10)
        time.sleep(0.3)
        seen += places_with_canary(process, *folders)
    seen += young_files("/tmp", begin)  # noqa: S108 - it is looked into, not written to
    return seen


@pytest.mark.parametrize("path", ["/complaints/probe", "/fr/complaints/probe"])
def test_nothing_lies_in_clear_while_a_file_comes(site, tmp_path, path):
    with server(tmp_path) as (port, process, token, cookie):
        upload = Upload(port, token, cookie, LINE * (4 * MB // len(LINE)), path, keep="yes")
        assert look_while_it_comes(tmp_path, port, process, upload) == []
        status, text = upload.answer()
        assert status == 200, text
        assert json.loads(text)["problems"] == [None]
        folders = (tmp_path, tk.config["ckan.storage_path"])
        assert places_with_canary(process, *folders) == []


def test_without_the_guard_this_very_test_sees_it(site, tmp_path):
    with server(tmp_path, PROBE_WITHOUT_GUARD="1") as (port, process, token, cookie):
        upload = Upload(port, token, cookie, LINE * (4 * MB // len(LINE)))
        seen = look_while_it_comes(tmp_path, port, process, upload)
        assert any("/fd/" in place for place in seen), seen
        assert upload.answer()[0] == 200


def test_a_client_that_goes_away_leaves_nothing(site, tmp_path):
    store = Path(tk.config["ckan.storage_path"]) / "complaints" / "evidence"
    before = set(store.rglob("*"))
    with server(tmp_path) as (port, process, token, cookie):
        upload = Upload(port, token, cookie, LINE * (4 * MB // len(LINE)))
        upload.send(2 * MB)
        upload.connection.close()
        time.sleep(1)
        worker = process.children()[0]
        fds = [str(fd.readlink()) for fd in Path(f"/proc/{worker.pid}/fd").iterdir()]
        # gunicorn's own sign of life is such a file; what was sent is none.
        assert [fd for fd in fds if "(deleted)" in fd and "wgunicorn" not in fd] == []
    assert set(store.rglob("*")) == before


def test_many_uploads_at_once_take_little_memory(site, tmp_path):
    content = os.urandom(32).hex().encode() * (9 * MB // 64)
    with server(tmp_path) as (port, _process, token, cookie):
        first = json.loads(Upload(port, token, cookie, b"small").answer()[1])["peak_kb"]
        answers = []

        def send():
            upload = Upload(port, token, cookie, content, keep="yes")
            for at in range(MB, len(upload.body), MB):
                upload.send(at)
            answers.append(upload.answer())

        threads = [threading.Thread(target=send) for _each in range(TOGETHER)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        told = [json.loads(text) for status, text in answers if status == 200]
        assert len(told) == TOGETHER
        assert all(each["problems"] == [None] for each in told)
        peak = max(each["peak_kb"] for each in told)
    # Pieces on their way take 1 to 3 MB each; files kept whole would take all of it.
    came = TOGETHER * len(content) / MB
    assert (peak - first) / 1024 < came / 2


def test_a_body_above_all_bounds_is_refused_at_once(site, tmp_path):
    with server(tmp_path) as (port, _process, token, cookie):
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
        connection.putrequest("POST", "/fr/complaints/probe")
        connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        connection.putheader("Content-Length", str(500 * MB))
        connection.putheader("Cookie", cookie)
        connection.endheaders()
        connection.send(body_of(token, b"x" * 1000)[:-40])
        answer = connection.getresponse()
        assert answer.status == 413
        assert "50" in answer.read().decode()
