"""Which findings block: by the file's body, within what the country and the file itself allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.validation.causes import CAUSES, cause_of
from ckanext.opengov.validation.report import (
    UNREADABLE,
    WARNINGS,
    Kept,
    KeptCount,
    KeptFinding,
    Severity,
    Verdict,
)


class Weight(StrEnum):
    """What a kind of finding does to a file."""

    IGNORE = "ignore"
    WARN = "warn"
    BLOCK = "block"


WEIGHTS = {
    Weight.IGNORE: N_("Is not shown"),
    Weight.WARN: N_("To look at"),
    Weight.BLOCK: N_("Blocks"),
}
"""Weights in words, the lightest first."""
RANK = {weight: rank for rank, weight in enumerate(WEIGHTS)}
CODES = tuple(sorted({key.partition("/")[0] for key in CAUSES}))

# Of a file that was not read, or whose columns are taken for others, nothing else is known;
# data about people a second person alone lets pass, with a reason.
_NEVER_SOFTER = (UNREADABLE - WARNINGS) | {
    *("check-error", "incorrect-label", "personal-data", "schema-error", "slow-pattern"),
    *("slow-rule", "unmatched-header"),
}
FLOORS = {
    **dict.fromkeys(_NEVER_SOFTER, Weight.BLOCK),
    **dict.fromkeys(UNREADABLE & WARNINGS, Weight.WARN),
}
"""What no policy goes below."""

Weights = Mapping[str, Weight]


def default(code: str) -> Weight:
    """Return what a finding does where no policy says otherwise."""
    return Weight.WARN if code in WARNINGS else Weight.BLOCK


@dataclass(frozen=True, slots=True)
class Policy:
    """What a body wants and the country asks for, by code."""

    wishes: Weights = field(default_factory=dict)
    country: Weights = field(default_factory=dict)

    def least(self, code: str) -> Weight:
        """Return what the body may not go below."""
        given = (self.country.get(code), FLOORS.get(code), Weight.IGNORE)
        return max((each for each in given if each), key=RANK.__getitem__)

    def weight(self, code: str, severity: str | None = None) -> Weight:
        """Return what a finding does; ``severity`` is what the check gave it.

        A rule that its schema calls a warning stays one, unless the body wishes otherwise.
        """
        is_error = severity != Severity.WARNING or code in WARNINGS
        usual = default(code) if is_error else Weight.WARN
        if severity == Severity.ERROR:
            # A hint that a schema has made a rule.
            usual = Weight.BLOCK
        least = self.least(code) if is_error else Weight.IGNORE
        return max((self.wishes.get(code, usual), least), key=RANK.__getitem__)


def title_of(code: str) -> str:
    """Return what people call a kind of finding; to be translated."""
    return cause_of(code, ()).title


SEVERITIES = {Weight.BLOCK: Severity.ERROR, Weight.WARN: Severity.WARNING}


def weighed(kept: Kept, policy: Policy) -> Kept:
    """Return a report as it counts under the policy; what was found stays in the stored one."""
    if not policy.wishes and not policy.country:
        return kept

    def severity(found: KeptCount | KeptFinding) -> Severity | None:
        return SEVERITIES.get(policy.weight(found["code"], found["severity"]))

    counts: Counter[tuple[str, str | None, str]] = Counter()
    for each in kept["counts"]:
        if level := severity(each):
            counts[each["code"], each["field"], level.value] += each["count"]
    findings = ((each, severity(each)) for each in kept["findings"])
    blocking = sum(number for (*_, level), number in counts.items() if level == Severity.ERROR)
    report = kept.copy()
    report["counts"] = [
        {"code": code, "field": name, "severity": level, "count": number}
        for (code, name, level), number in counts.items()
    ]
    report["findings"] = [{**each, "severity": level.value} for each, level in findings if level]
    report["blocking"] = blocking
    report["verdict"] = Verdict.BLOCKED if blocking else Verdict.WARNED if counts else Verdict.CLEAN
    return report


Descriptor = dict[str, object]


def odd_columns(kept: Kept) -> set[str | None]:
    """Return the columns in which a cell is of another type than its schema says."""
    return {each["field"] for each in kept["counts"] if each["code"] == "type-error"}


def loadable(kept: Kept, descriptor: Descriptor | None) -> tuple[Kept, Descriptor | None]:
    """Return a report and its schema under which no cell is lost.

    A column in which a policy lets pass what is of another type is a column of texts.
    """
    odd = odd_columns(kept)
    if not odd:
        return kept, descriptor
    report = kept.copy()
    report["fields"] = [_as_text(each) if each["name"] in odd else each for each in kept["fields"]]
    fields = descriptor["fields"] if descriptor else None
    if descriptor is None or not isinstance(fields, list):
        return report, descriptor
    mended = [_as_text(each) if each["name"] in odd else each for each in fields]
    return report, {**descriptor, "fields": mended}


def _as_text(field: Mapping[str, object]) -> dict[str, object]:
    """Return a column of texts, with what it is called."""
    kept = {name: each for name, each in field.items() if name.startswith(("title", "descr"))}
    return {"name": field["name"], "type": "string", **kept}
