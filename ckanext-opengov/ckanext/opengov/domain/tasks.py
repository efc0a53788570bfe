"""What is left to do before a dataset can be handed over for review."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Task(StrEnum):
    """A part of the work, in the order in which people do it."""

    DESCRIBE = "describe"
    FILES = "files"
    CHECK = "check"
    LICENCE = "licence"
    SUBMIT = "submit"


class Progress(StrEnum):
    """Where a task stands."""

    DONE = "done"
    TODO = "to-do"
    RUNNING = "running"
    PROBLEM = "problem"
    LATER = "later"
    """Something else comes first."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What there is of a dataset so far."""

    is_described: bool
    files: int
    unchecked_files: int
    blocked_files: int
    is_licensed: bool
    is_submitted: bool = False


def tasks(prepared: Prepared) -> dict[Task, Progress]:
    """Return where each task stands."""
    done, todo = Progress.DONE, Progress.TODO
    found = {
        Task.DESCRIBE: done if prepared.is_described else todo,
        Task.FILES: done if prepared.files else todo,
        Task.CHECK: _check(prepared),
        Task.LICENCE: done if prepared.is_licensed else todo,
    }
    if prepared.is_submitted:
        return {**found, Task.SUBMIT: done}
    is_ready = set(found.values()) == {done}
    return {**found, Task.SUBMIT: todo if is_ready else Progress.LATER}


def next_task(progress: dict[Task, Progress]) -> Task | None:
    """Return the first task that somebody can go on with; None: nothing is left."""
    open_ones = (Progress.TODO, Progress.PROBLEM)
    return next((task for task, state in progress.items() if state in open_ones), None)


def _check(prepared: Prepared) -> Progress:
    if not prepared.files:
        return Progress.LATER
    if prepared.blocked_files:
        return Progress.PROBLEM
    return Progress.RUNNING if prepared.unchecked_files else Progress.DONE
