"""What is left of a report once a second person has let findings pass."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass

from ckanext.opengov.validation.report import WAIVABLE, Kept, Severity, Verdict

Kind = tuple[str, str]
"""Code and column; no column: empty."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How many findings are in the way of publication."""

    blocking: int
    """Nobody can let these pass."""
    waivable: int
    """A reviewer can."""
    verdict: str


def evidence_of(kept: Kept, kind: Kind) -> str | None:
    """Return what stands for the findings of a kind; None: there are none, or none that block."""
    counts = [each for each in kept["counts"] if (each["code"], each["field"] or "") == kind]
    if not any(each["severity"] == Severity.ERROR for each in counts):
        return None
    alike = [each for each in kept["findings"] if (each["code"], each["field"] or "") == kind]
    content = json.dumps([counts, alike], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def standing(kept: Kept, waived: Collection[Kind], blocking: int) -> Standing:
    """Return how a file stands of which these kinds of findings were let pass.

    ``blocking``: how many of its findings block, these among them.
    """
    waivable = 0
    for each in kept["counts"]:
        if each["severity"] == Severity.ERROR and each["code"] in WAIVABLE:
            blocking -= each["count"]
            if (each["code"], each["field"] or "") not in waived:
                waivable += each["count"]
    is_waived = kept["verdict"] == Verdict.BLOCKED and not blocking + waivable
    return Standing(blocking, waivable, str(Verdict.WARNED if is_waived else kept["verdict"]))
