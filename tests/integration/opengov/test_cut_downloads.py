"""A download that is cut shows it, and goes on where it was cut: from a real server, killed."""

import contextlib
import http.client
import os
import sys
import time

import psutil
import pytest
from opengov_stack.servers import LOOPBACK, free_port

from ckanext.opengov.model import exports

ROWS, WIDTH = 20_000, 500
"""Far more than the buffers of both sides of a connection hold."""


@pytest.fixture
def server(tmp_path):
    """Run the site as its stack does; give its port and its process."""
    port = free_port()
    command = [
        *(sys.executable, "-W", "ignore", "-m", "gunicorn", "opengov_stack.wsgi:application"),
        *("--bind", f"{LOOPBACK}:{port}", "--worker-class", "gthread", "--threads", "2"),
    ]
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = psutil.Popen(command, env=dict(os.environ), stdout=out, stderr=out)
    yield port, process
    workers = process.children()
    for each in (process, *workers):
        each.kill()
    psutil.wait_procs([process, *workers], 20)


def begun(port, address):
    """Ask for a file, and take no more of it than its head."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)
    until = time.monotonic() + 60
    while connection.sock is None:
        # The server may still be starting.
        with contextlib.suppress(ConnectionRefusedError):
            connection.connect()
        assert time.monotonic() < until
    connection.request("GET", address)
    answer = connection.getresponse()
    assert answer.status == 200
    return answer


def test_a_cut_download_shows_it_and_goes_on_where_it_was_cut(portal, server):
    body = portal.body(amel="editor", sami="admin")
    text = "code,note\n" + "".join(f"{n:06},{'x' * WIDTH}\n" for n in range(ROWS))
    dataset = portal.published("amel", "sami", body, text=text)
    resource_id = dataset["resources"][0]["id"]
    shown = portal.ok(None, "opengov_table_show", resource_id=resource_id)
    whole = exports.path_of(resource_id, shown["version"], "csv").read_bytes()
    address = f"/dataset/rainfall/resource/{resource_id}/table.csv"
    port, process = server
    file, dump = begun(port, address), begun(port, f"/datastore/dump/{resource_id}")

    for worker in process.children():
        worker.kill()

    parts = []
    for answer in (file, dump):
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)) as cut:
            answer.read()
        parts.append(getattr(cut.value, "partial", b""))
    got = len(parts[0])
    headers = {"Range": f"bytes={got}-", "If-Range": file.headers["ETag"]}
    rest = portal.client.get(address, headers=headers)
    assert int(file.headers["Content-Length"]) == len(whole) > got
    assert dump.headers["Transfer-Encoding"] == "chunked"
    assert (rest.status_code, parts[0] + rest.data) == (206, whole)
