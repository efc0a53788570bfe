"""Checks and repairs a file in a process of its own, with bounded memory and time.

A file or a schema may be made to eat up both: a pattern that backtracks for ever, a
workbook that unpacks to gigabytes. What dies of it is the child, and the report says so.
"""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from ckanext.opengov.validation import beginning, engine, heap, reading
from ckanext.opengov.validation.formats.tables import Hints
from ckanext.opengov.validation.repairs import making, reporting
from ckanext.opengov.validation.repairs.originals import CannotRepair
from ckanext.opengov.validation.repairs.proposing import Past
from ckanext.opengov.validation.repairs.steps import Kind
from ckanext.opengov.validation.report import File, Finding, Findings, Kept, Report, is_readable

MAX_MEMORY = 2 << 30
"""Bytes beyond what the parent uses."""
SECONDS, SECONDS_PER_MB = 60, 20
"""Of processor time."""

Tell = Callable[[object], None]
Work = Callable[[Tell], None]


def check_file(  # noqa: PLR0913 - what is checked, and who is told
    path: Path,
    *,
    name: str,
    format: str,
    schema: Mapping[str, object] | None,
    progress: engine.Progress,
    hints: Hints = engine.NO_HINTS,
    past: Past | None = None,
    first: Callable[[Kept], None] = lambda _kept: None,
) -> Kept:
    """Return the report of :func:`engine.check_file` as it is kept, with repairs.

    ``past`` has the original, if this file came out of repairs. ``first`` is told what the
    beginning of a large file holds, long before the end is reached.
    """
    kept: Kept | None = None
    # Nobody writes the numbers of a repaired file with marks between thousands.
    said = {each.field for each in past.steps if each.kind is Kind.NUMBER} if past else ()
    hints = replace(hints, decimals=frozenset(filter(None, said)))
    check = partial(engine.check_file, name=name, format=format, schema=schema, hints=hints)
    for told in _apart(partial(_check, check, path, past), path.stat().st_size):
        if isinstance(told, float):
            progress(told)
        elif isinstance(told, _First):
            first(told.kept)
        else:
            # First the findings; if the search for repairs dies, they are there.
            kept = told  # type: ignore[assignment]
    return kept or _aborted(path, name, format).as_dict()


@dataclass(frozen=True, slots=True)
class _First:
    """A report on the beginning of a file."""

    kept: Kept


def make_repairs(past: Past, out: Path, progress: Callable[[int], None]) -> None:
    """Write the repaired file to ``out``; ``progress`` is told how many rows are written.

    Raises:
        CannotRepair: the steps do not fit the file, or it takes too much time or memory.
    """
    told: object = "aborted"
    for told in _apart(partial(_make, past, out), past.path.stat().st_size):
        if isinstance(told, int):
            progress(told)
    if told is not None:
        raise CannotRepair("aborted" if isinstance(told, int) else told)


def _apart(work: Work, size: int) -> Iterator[object]:
    """Yield what the work tells, in a child that ends with it; ``size`` is its file's."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    # A fork has the engine loaded already, and the caller's arguments.
    # No daemon: those may have no children of their own, and workbooks are read by one.
    child = multiprocessing.get_context("fork").Process(target=_limited, args=(theirs, work, size))
    child.start()
    theirs.close()
    try:
        while True:
            yield ours.recv()
    except EOFError:
        return
    finally:
        child.kill()
        child.join()
        ours.close()


def _limited(out: Connection[object, object], work: Work, size: int) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    memory = pages * resource.getpagesize() + MAX_MEMORY
    seconds = SECONDS + SECONDS_PER_MB * size // reading.MB
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    heap.share()
    work(out.send)


def _check(check: partial[Report], path: Path, past: Past | None, tell: Tell) -> None:
    if str(check.keywords["format"]).lower() == "csv":
        with tempfile.NamedTemporaryFile() as head:
            if beginning.take(path, Path(head.name)):
                kept = beginning.told(check(Path(head.name)).as_dict())
                if is_readable(kept):
                    tell(_First(kept))
    kept = check(path, progress=tell).as_dict()
    tell(kept)
    tell(reporting.completed(kept, path, check.keywords["schema"], past))


def _make(past: Past, out: Path, tell: Tell) -> None:
    try:
        making.make(past.path, past.source, past.steps, out, tell)
    except CannotRepair as error:
        tell(str(error))
    else:
        tell(None)


def _aborted(path: Path, name: str, format: str) -> Report:
    file = File(name, format.lower(), path.stat().st_size, reading.digest(path))
    report = Report(file, (), Findings())
    report.findings.add(Finding("check-aborted"))
    return report
