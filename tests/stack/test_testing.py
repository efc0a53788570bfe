"""Servers beside a test run: what a killed run left does not stand in the next one's way."""

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.common.running import COMMAND, left_running, opengov, wait_until

TESTING = (sys.executable, "-W", "ignore", "-m", "opengov_stack.testing", "--folder")


def test_a_run_after_one_that_was_killed_works_and_leaves_nothing():
    with tempfile.TemporaryDirectory(prefix="opengov-testing-") as name:
        folder = Path(name)
        sign = folder / "begun"
        killed = subprocess.Popen([*TESTING, name, "--", "sh", "-c", f"touch {sign}; sleep 60"])
        wait_until(sign.exists, 120)
        killed.kill()
        killed.wait()
        assert any("solr" in " ".join(each) for each in left_running(folder))

        done = subprocess.run([*TESTING, name, "--", "true"], check=False, timeout=180)

        assert done.returncode == 0
        wait_until(lambda: servers_of(folder) == [], 10)


def servers_of(folder):
    """Return what runs there; the command of the killed run is no server."""
    return [each for each in left_running(folder) if "sleep" not in " ".join(each)]


def test_a_portal_is_stopped_while_it_starts():
    with tempfile.TemporaryDirectory(prefix="opengov-portal-") as name:
        folder = Path(name)
        run = subprocess.Popen([*COMMAND, "run", "--folder", name, "--empty"])
        wait_until((folder / "lock").exists, 30)
        wait_until(lambda: (folder / "lock").read_text() == str(run.pid), 30)

        code, printed = opengov("run", "--folder", name)
        stopped, _printed = opengov("stop", "--folder", name)

        assert code == 1
        assert "being started" in printed
        assert (stopped, run.wait(60)) == (0, 0)
        wait_until(lambda: servers_of(folder) == [], 10)
        assert run.returncode != -signal.SIGTERM
