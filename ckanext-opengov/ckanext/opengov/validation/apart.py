"""Checks a file in a process of its own, with bounded memory and time.

A file or a schema may be made to eat up both: a pattern that backtracks for ever, a
workbook that unpacks to gigabytes. What dies of it is the child, and the report says so.
"""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Mapping
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from ckanext.opengov.validation import engine, reading
from ckanext.opengov.validation.formats.tables import Hints
from ckanext.opengov.validation.report import File, Finding, Findings, Kept, Report

MAX_MEMORY = 2 << 30
"""Bytes beyond what the parent uses."""
SECONDS, SECONDS_PER_MB = 60, 20
"""Of processor time."""


def check_file(
    path: Path,
    *,
    name: str,
    format: str,
    schema: Mapping[str, object] | None,
    progress: engine.Progress,
    hints: Hints = engine.NO_HINTS,
) -> Kept:
    """Return the report of :func:`engine.check_file` as it is kept."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    # A fork has the engine loaded already, and the caller's arguments.
    check = partial(engine.check_file, path, name=name, format=format, schema=schema, hints=hints)
    # No daemon: those may have no children of their own, and workbooks are read by one.
    child = multiprocessing.get_context("fork").Process(target=_work, args=(theirs, path, check))
    child.start()
    theirs.close()
    try:
        while isinstance(told := ours.recv(), float):
            progress(told)
    except EOFError:
        return _aborted(path, name, format).as_dict()
    finally:
        child.kill()
        child.join()
        ours.close()
    kept: Kept = told
    return kept


def _work(out: Connection[object, object], path: Path, check: partial[Report]) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    memory = pages * resource.getpagesize() + MAX_MEMORY
    seconds = SECONDS + SECONDS_PER_MB * path.stat().st_size // reading.MB
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out.send(check(progress=out.send).as_dict())


def _aborted(path: Path, name: str, format: str) -> Report:
    file = File(name, format.lower(), path.stat().st_size, reading.digest(path))
    report = Report(file, (), Findings())
    report.findings.add(Finding("check-aborted"))
    return report
