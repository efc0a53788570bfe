"""A whole portal, as ``opengov run`` starts it."""

import configparser
import contextlib
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from opengov_stack import installation, servers, supervision
from opengov_stack.servers import LOOPBACK, free_port
from opengov_stack.testing import in_memory

START_SECONDS = 1200
"""With the sample, on a machine that has much else to do."""
COMMAND = (sys.executable, "-W", "ignore", "-c", "from opengov_stack.cli import main; main()")


def opengov(*arguments, **options):
    done = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, check=False, **options
    )
    return done.returncode, done.stdout + done.stderr


def wait_until(condition, seconds, *, pause=0.2):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it took too long"
        time.sleep(pause)


def left_running(folder):
    return [
        process.info["cmdline"]
        for process in psutil.process_iter(["cmdline"])
        if any(str(folder) in part for part in process.info["cmdline"] or ())
    ]


@contextlib.contextmanager
def running_portal(*, sample=False):
    """Run a portal in a folder of its own; yield the folder and the portal's address.

    Without the sample it is empty, but for the demo accounts and their body.
    """
    # Not in pytest's: PostgreSQL may run under an account that must reach its folder.
    with tempfile.TemporaryDirectory(prefix="opengov-portal-", dir=in_memory()) as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield from _run(folder, () if sample else ("--empty",))


def change_settings(folder, settings):
    """Change settings of a running portal: its web processes start anew with them."""
    path = folder / "ckan.ini"
    ini = configparser.RawConfigParser()
    ini.optionxform = str
    ini.read(path)
    ini["app:main"].update(settings)
    with path.open("w") as out:
        ini.write(out)
    control = supervision.control(installation.socket_of(folder))
    control.stopProcess("web")
    control.startProcess("web")
    address = ini["app:main"]["ckan.site_url"]
    wait_until(lambda: servers.serves(f"{address}/api/3/action/status_show"), 60)


def _run(folder, options):
    log = (folder / "run.log").open("w+")
    port = str(free_port())
    run = subprocess.Popen(
        [*COMMAND, "run", "--folder", str(folder), "--port", port, *options],
        stdout=log,
        stderr=log,
    )
    try:
        wait_until(
            lambda: "Ctrl-C" in (folder / "run.log").read_text() or run.poll(), START_SECONDS
        )
        assert run.poll() is None, (folder / "run.log").read_text()
        yield folder, f"http://{LOOPBACK}:{port}"
    finally:
        run.send_signal(signal.SIGINT)
        run.wait(90)
    # The children of a process that a test killed need a moment to see that it is gone.
    wait_until(lambda: left_running(folder) == [], 10)
