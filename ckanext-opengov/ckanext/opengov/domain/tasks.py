"""What is left to do before a dataset can be handed over for review."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Task(StrEnum):
    """A part of the work, in the order in which people do it."""

    DESCRIBE = "describe"
    FILES = "files"
    CHECK = "check"
    LICENCE = "licence"
    SUBMIT = "submit"


TO_MEND = {
    "description-unclear": Task.DESCRIBE,
    "wrong-file": Task.FILES,
    "personal-data": Task.FILES,
    "numbers-look-wrong": Task.FILES,
    "licence": Task.LICENCE,
}
"""Tasks by the reasons of :data:`ckanext.opengov.domain.reasons.REASONS`."""


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
    is_forbidden: bool = False
    """The sources do not allow the licence."""
    is_submitted: bool = False
    has_changes: bool = True
    """Of what is published, the change that is under way has some."""
    to_mend: frozenset[Task] = frozenset()
    """What a reviewer returned it for."""


def tasks(prepared: Prepared) -> dict[Task, Progress]:
    """Return where each task stands."""
    done, todo = Progress.DONE, Progress.TODO
    found = {
        Task.DESCRIBE: done if prepared.is_described else todo,
        Task.FILES: done if prepared.files else todo,
        Task.CHECK: _check(prepared),
        Task.LICENCE: done if prepared.is_licensed else todo,
        **({Task.LICENCE: Progress.PROBLEM} if prepared.is_forbidden else {}),
    }
    if prepared.is_submitted:
        return {**found, Task.SUBMIT: done}
    is_ready = set(found.values()) == {done} and prepared.has_changes
    # Only a reviewer can say whether it is mended: it keeps nobody from submitting.
    mended = {task: Progress.PROBLEM for task in prepared.to_mend if found[task] is done}
    return {**found, **mended, Task.SUBMIT: todo if is_ready else Progress.LATER}


def tasks_to_mend(reasons: Iterable[str]) -> frozenset[Task]:
    """Return the tasks to look at again, by the reasons for which a dataset was returned."""
    return frozenset(TO_MEND[each] for each in reasons if each in TO_MEND)


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
