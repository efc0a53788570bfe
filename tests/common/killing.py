"""Workers that die in the middle of their work."""

import contextlib
import os
import signal
import time
from pathlib import Path

import pytest


def wait_for_job(portal, job_id, is_there, seconds=60):
    """Wait until the job is as asked; return it."""
    for _ in range(seconds * 10):
        job = portal.job(job_id)
        if is_there(job):
            return job
        time.sleep(0.1)
    return pytest.fail(f"the job is {job.status} after {seconds} s")


def kill_session(leader):
    """Kill a process with all that it started: RQ's own children leave its group."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            session = stat.read_text().rpartition(")")[2].split()[3]
            if session == str(leader.pid):
                os.kill(int(stat.parent.name), signal.SIGKILL)
    leader.wait()
