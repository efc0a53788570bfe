"""Checks a small file in a fresh process, for web servers.

A fork, as :mod:`apart` makes one, shares the database's connections of all threads: the child
would end them in the midst of what the others ask. A process of its own starts in a second.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from ckanext.opengov.validation import heap, reading
from ckanext.opengov.validation.report import File, Finding, Findings, Kept, Report

MAX_MEMORY = 2 << 30
"""Bytes."""
SECONDS = 60
"""Of processor time; the clock on the wall may show three times as much."""


def check_file(
    path: Path,
    *,
    name: str,
    format: str,
    schema: Mapping[str, object] | None,
    is_part: bool = False,
) -> Kept:
    """Return the report of :func:`engine.check_file` as it is kept; ``is_part``: see ``Hints``."""
    asked = {
        "path": str(path),
        "name": name,
        "format": format,
        "schema": schema,
        "is_part": is_part,
    }
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [_python(), "-m", __name__],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=3 * SECONDS,
            check=True,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        file = File(name, format.lower(), path.stat().st_size, reading.digest(path))
        report = Report(file, (), Findings())
        report.findings.add(Finding("check-aborted"))
        return report.as_dict()
    return cast(Kept, json.loads(done.stdout))


def _python() -> str:
    """Return the interpreter: some web servers name themselves in its place."""
    own = Path(sys.prefix) / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def _work() -> None:
    from ckanext.opengov.validation import engine  # noqa: PLC0415 - after the limits
    from ckanext.opengov.validation.formats.tables import Hints  # noqa: PLC0415

    asked = json.load(sys.stdin)
    path, hints = Path(asked.pop("path")), Hints(is_part=asked.pop("is_part"))
    report = engine.check_file(path, **asked, hints=hints)
    print(json.dumps(report.as_dict(), default=str))  # noqa: T201


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    heap.share()
    _work()
