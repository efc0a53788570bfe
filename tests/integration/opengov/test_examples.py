"""The examples of the page for developers work as they stand there."""

import html
import io
import re
import shutil
import subprocess
import sys
import threading

import pytest
from werkzeug.serving import make_server

import ckan.plugins.toolkit as tk

from ckanext.opengov.logic.openapi.examples import EXAMPLES

PROGRAM = re.compile(r'data-program="(\w+)"[^>]*><code>(.*?)</code>', re.S)
COMMANDS = {
    "curl": ("bash", "-euo", "pipefail", "-c"),
    "Python": (sys.executable, "-W", "error::SyntaxWarning", "-c"),
    "R": ("Rscript", "-e"),
}
SECONDS = 60


@pytest.fixture
def address(portal, monkeypatch):
    """A live server with a published table; its address."""
    body = portal.body(amel="editor", sami="admin")
    server = make_server("127.0.0.1", 0, portal.client.flask_app, threaded=True)
    address = f"http://127.0.0.1:{server.port}"
    monkeypatch.setitem(tk.config, "ckan.site_url", address)
    dataset = portal.draft("amel", body)
    link = {"package_id": dataset["id"], "url": "https://example.org/a.csv", "format": "CSV"}
    portal.ok("amel", "resource_create", **link)
    semicolons = {
        "upload": (io.BytesIO("station;day\nتونس;2026-01-02\n".encode("cp1256")), "a.csv")
    }
    first = {"id": dataset["resources"][0]["id"]}
    portal.ok("amel", "resource_patch", semicolons, **first)
    order = [each["id"] for each in portal.ok("amel", "package_show", id="rainfall")["resources"]]
    portal.ok("amel", "package_resource_reorder", id="rainfall", order=order[::-1])
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    portal.ok("sami", "opengov_dataset_publish", id="rainfall")
    portal.work()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


def programs(portal):
    page = portal.client.get("/en/developers").text
    return [(name, html.unescape(text)) for name, text in PROGRAM.findall(page)]


def test_every_example_runs(portal, address, tmp_path):
    found = programs(portal)
    assert [name for name, _text in found] == ["curl", "Python", "R"] * len(EXAMPLES)

    for name, text in found:
        assert address in text
        if shutil.which(COMMANDS[name][0]) is None:
            continue  # R, where it is not installed
        done = subprocess.run(
            [*COMMANDS[name], text],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            cwd=tmp_path,
        )
        assert done.returncode == 0, (name, text, done.stderr)
        assert "station" in done.stdout or "rainfall" in done.stdout or name == "curl", done
    # The file itself has semicolons, and letters of Windows.
    assert (tmp_path / "data.csv").read_text().startswith("_id,station,")
    assert "تونس" in (tmp_path / "data.csv").read_text()


def test_a_program_that_fails_is_seen(address):
    done = subprocess.run(
        [*COMMANDS["curl"], f"curl --fail --silent {address}/nothing"], check=False
    )

    assert done.returncode != 0
