"""Solr's jars: a pinned list, fetched once for all checkouts, each held to its hash."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from opengov_stack.problems import Problem

LIST = Path(__file__).parent / "solr" / "jars.txt"
THREADS = 8


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the list: ``group:artifact:version[:classifier]  sha256``."""

    sha256: str
    group: str
    artifact: str
    version: str
    classifier: str = ""

    @property
    def file_name(self) -> str:
        """Name the file."""
        return "-".join(filter(None, (self.artifact, self.version, self.classifier))) + ".jar"


def pinned() -> list[Jar]:
    """Return the list that the package ships."""
    rows = (line.split() for line in LIST.read_text().splitlines() if line)
    return [Jar(sha256, *coordinates.split(":")) for coordinates, sha256 in rows]


def cache_folder() -> Path:
    """Return the folder, shared by all installations of this account, that holds the jars.

    Its name changes with the list, so that two versions never mix.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    version = hashlib.sha256(LIST.read_bytes()).hexdigest()[:12]
    return base / "opengov" / f"solr-{version}"


def is_intact(path: Path, sha256: str) -> bool:
    """Tell whether the file is there with that hash."""
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def fetch(folder: Path, report: Callable[[int, int], None]) -> None:
    """Bring all jars into ``folder``; those that are there stay. ``report`` gets done and total.

    Where another process is at it, this one waits.

    Raises:
        Problem: no network, or a jar is not the pinned one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _fetch(folder, report)


def _fetch(folder: Path, report: Callable[[int, int], None]) -> None:
    jars = pinned()
    missing = [jar for jar in jars if not is_intact(folder / jar.file_name, jar.sha256)]
    done = len(jars) - len(missing)
    report(done, len(jars))
    if not missing:
        return
    with ThreadPoolExecutor(THREADS) as pool:
        tasks = [pool.submit(_fetch_one, jar, folder) for jar in missing]
        try:
            for task in as_completed(tasks):
                task.result()
                done += 1
                report(done, len(jars))
        except Problem:
            pool.shutdown(cancel_futures=True)
            raise
    shutil.rmtree(folder / "repository", ignore_errors=True)


def _fetch_one(jar: Jar, folder: Path) -> None:
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=folder / "repository")
    try:
        version = context.project(jar.group, jar.artifact).at_version(jar.version)
        found = Path(version.artifact(classifier=jar.classifier).resolve())
    except Exception as error:
        raise Problem(
            f"The file {jar.file_name} of the search server could not be fetched.",
            "Check the network connection and start again: what has arrived is kept.",
        ) from error
    if not is_intact(found, jar.sha256):
        found.unlink(missing_ok=True)
        raise Problem(
            f"The file {jar.file_name} is not the one this version was tested with.",
            "It was thrown away. Start again; if this comes back, your package mirror"
            " serves a changed file: do not use it.",
        )
    found.replace(folder / jar.file_name)
