"""The command ``opengov``, on a portal of its own."""

import contextlib
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest
from opengov_stack import installation, jars, supervision
from opengov_stack.problems import Problem
from opengov_stack.servers import LOOPBACK, free_port
from tests.common.running import COMMAND, opengov, running_portal, wait_until

ROOT = Path(__file__).parents[2]

PROCESSES = [
    "postgres",
    "redis",
    "solr",
    "mail",
    "web",
    "worker-default",
    "worker-short",
    "worker-long",
    "sweep",
]
ANSWERS_AGAIN_SECONDS = 30


@pytest.fixture(scope="module")
def portal():
    """A running portal: its folder and address."""
    with running_portal() as address:
        yield address


def answers(address):
    try:
        with urllib.request.urlopen(f"{address}/dataset/", timeout=5) as page:
            return page.status == 200
    except OSError:
        return False


def pids(folder):
    processes = supervision.control(installation.socket_of(folder)).getAllProcessInfo()
    return {
        process["name"]: process["pid"]
        for process in processes
        if process["statename"] == "RUNNING"
    }


def test_the_address_and_the_accounts_are_printed(portal):
    folder, address = portal
    printed = (folder / "run.log").read_text()

    accounts = json.loads((folder / "accounts.json").read_text())["accounts"]
    assert address in printed
    assert all(re.search(rf"{each['name']}\s+{each['password']}", printed) for each in accounts)


@pytest.mark.parametrize("name", ["installation.json", "accounts.json", "ckan.ini"])
def test_secrets_are_for_their_owner_alone(portal, name):
    folder, _address = portal

    assert (folder / name).stat().st_mode & 0o777 == 0o600


def test_every_server_listens_on_loopback_alone(portal):
    folder, _address = portal
    family = [psutil.Process(pid) for pid in pids(folder).values()]

    listening = set()
    for process in family:
        for each in (process, *process.children(recursive=True)):
            # PostgreSQL's own workers come and go.
            with contextlib.suppress(psutil.NoSuchProcess):
                listening |= {
                    connection.laddr.ip
                    for connection in each.net_connections()
                    if connection.status == psutil.CONN_LISTEN
                }

    assert listening <= {LOOPBACK, "::ffff:127.0.0.1", "::1"}
    assert listening


@pytest.mark.parametrize("name", PROCESSES)
def test_a_killed_process_is_restarted_and_the_site_answers(portal, name):
    folder, address = portal
    victim = pids(folder)[name]

    os.kill(victim, signal.SIGKILL)

    wait_until(
        lambda: pids(folder).get(name, victim) != victim and answers(address),
        ANSWERS_AGAIN_SECONDS,
    )


def test_status_names_every_process(portal):
    folder, _address = portal
    wait_until(lambda: len(pids(folder)) == len(PROCESSES), ANSWERS_AGAIN_SECONDS)

    code, printed = opengov("status", "--folder", str(folder))

    assert code == 0
    assert all(re.search(rf"^{name}\s+RUNNING", printed, re.MULTILINE) for name in PROCESSES)


def test_a_second_start_in_the_same_folder_is_refused(portal):
    folder, _address = portal

    code, printed = opengov("run", "--folder", str(folder))

    assert code == 1
    assert "runs already" in printed


def test_reset_asks_first(portal):
    folder, address = portal

    code, _printed = opengov("reset", "--folder", str(folder), input="n\n")

    assert code == 1
    assert answers(address)


def test_a_taken_port_is_named(tmp_path):
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        code, printed = opengov("run", "--folder", str(tmp_path / "p"), "--port", str(port))

    assert code == 1
    assert f"Port {port} is taken" in printed
    assert "Traceback" not in printed


def test_without_a_network_the_start_says_so(tmp_path):
    nowhere = f"http://{LOOPBACK}:{free_port()}"
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "HTTPS_PROXY": nowhere}

    code, printed = opengov("run", "--folder", str(tmp_path / "p"), env=environment, timeout=300)

    assert code == 1
    assert "Check the network connection" in printed
    assert "Traceback" not in printed


def test_a_jar_that_is_not_the_pinned_one_is_thrown_away(tmp_path):
    pinned = next(jar for jar in jars.pinned() if jar.artifact == "slf4j-api")
    forged = jars.Jar("0" * 64, pinned.group, pinned.artifact, pinned.version)

    with pytest.raises(Problem, match="not the one this version was tested with"):
        jars._fetch_one(forged, tmp_path)

    assert list(tmp_path.rglob("*.jar")) == []


def test_a_full_disk_is_said_before_anything_is_made(tmp_path):
    tmp_path.chmod(0o755)
    small = f"mount -t tmpfs -o size=60m tmpfs {tmp_path}"
    run = shlex.join([*COMMAND, "run", "--folder", f"{tmp_path}/portal"])
    options = [] if os.geteuid() == 0 else ["--map-root-user"]
    done = subprocess.run(
        ["unshare", *options, "--mount", "sh", "-c", f"{small} && {run}"],
        capture_output=True,
        text=True,
        check=False,
    )
    printed = done.stdout + done.stderr
    if "unshare failed" in printed or "permission denied" in printed:
        pytest.skip("This machine lets nobody mount a small disk.")

    assert done.returncode == 1
    assert "The disk has 60 MB left" in printed
    assert "opengov run --folder" in printed
    assert "Traceback" not in printed


def test_an_old_python_is_told_what_to_install(tmp_path):
    old = tmp_path / "python-old"
    pretend = "import sys; sys.version_info = (3, 10, 1); exec(sys.argv[1])"
    old.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{pretend}' \"$2\"\n")
    old.chmod(0o755)

    done = subprocess.run(
        ["make", "-C", str(ROOT), f"PYTHON={old}", f"VENV={tmp_path}/venv", "run"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert "Python 3.11 or later is needed; this is 3.10" in done.stderr
    assert not (tmp_path / "venv").exists()
