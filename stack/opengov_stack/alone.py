"""One command at a time in a folder, and nothing left over from a run that was killed."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from opengov_stack.problems import Problem

STOP_SECONDS = 20
NAME = "lock"


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other commands out of the folder until the block ends, or this process does.

    Raises:
        Problem: another one is at work in it.
    """
    with (folder / NAME).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Problem(
                "The portal of this folder runs already, or is being started or stopped.",
                "See it: opengov status. Stop it: opengov stop.",
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def holder(folder: Path) -> int | None:
    """Return the process that is at work in the folder; None: there is none."""
    with contextlib.suppress(FileNotFoundError), (folder / NAME).open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            # Between the lock and the number there is a moment.
            return int(lock.read() or 0) or None
    return None


def remember(folder: Path, name: str, pid: int) -> None:
    """Note a server that is started, for :func:`stop_leftovers` of a later run."""
    (folder / f"{name}.server").write_text(json.dumps([pid, started(pid)]))


def forget(folder: Path, name: str) -> None:
    """Note that the server has stopped."""
    (folder / f"{name}.server").unlink(missing_ok=True)


def stop_leftovers(folder: Path) -> None:
    """Stop the servers of an earlier run that was killed before it could."""
    for note in folder.glob("*.server"):
        pid, when = json.loads(note.read_text() or "[0, null]")
        if when and started(pid) == when:
            _stop(pid, when)
        note.unlink(missing_ok=True)


def started(pid: int) -> str:
    """Return when the process started; empty: it is gone.

    With its number that says which process it is: numbers are given out again.
    """
    stat, boot = Path(f"/proc/{pid}/stat"), Path("/proc/sys/kernel/random/boot_id")
    if boot.exists():
        try:
            state, *rest = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return ""
        return "" if state == "Z" else f"{boot.read_text().strip()} {rest[18]}"
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _stop(pid: int, when: str) -> None:
    """Ask the process to stop; after a while, make it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        until = time.monotonic() + STOP_SECONDS
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        while started(pid) == when and time.monotonic() < until:
            time.sleep(0.1)
