"""Who may let personal data pass, and what that leaves in the way."""

from datetime import UTC, datetime

import pytest

from ckanext.opengov.domain.publication import (
    TRANSITIONS,
    Facts,
    ReasonNeeded,
    Role,
    SecondPersonNeeded,
    State,
    Step,
    WaiverNeeded,
)
from ckanext.opengov.domain.waivers import MAX_REASON, ReasonTooLong, check_waiver
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import NotPermitted
from ckanext.opengov.shared.domain.lifecycle import advance
from ckanext.opengov.validation.report import File, Finding, Findings, Report, Severity
from ckanext.opengov.validation.waived import evidence_of, standing

NOW = datetime(2026, 11, 27, tzinfo=UTC)
REVIEWER = Actor("sami", frozenset({Role.REVIEWER, Role.AUTHOR}))
AUTHOR = Actor("amel", frozenset({Role.AUTHOR}))
CARDS, MAIL = ("personal-data", "cin"), ("personal-data", "mail")


def kept(*findings):
    report = Report(File("a.csv", "csv", 1, "00"), (), Findings())
    for code, field in findings:
        is_warning = code == "total-row"
        severity = Severity.WARNING if is_warning else Severity.ERROR
        report.findings.add(Finding(code, 2, field, "0•••7", severity=severity))
    return report.as_dict()


@pytest.mark.parametrize(
    ("actor", "facts", "error"),
    [
        (AUTHOR, {}, NotPermitted),
        (Actor(None, frozenset()), {}, NotPermitted),
        (REVIEWER, {"barred": frozenset({"sami"})}, SecondPersonNeeded),
        (REVIEWER, {"reason": ""}, ReasonNeeded),
        (REVIEWER, {"reason": "x" * (MAX_REASON + 1)}, ReasonTooLong),
    ],
)
def test_a_waiver_needs_a_second_person_and_a_reason(actor, facts, error):
    with pytest.raises(error):
        check_waiver(actor, Facts(**{"now": NOW, "reason": "By law.", **facts}))


def test_where_the_operator_allows_a_body_of_one_that_one_may():
    alone = Facts(now=NOW, reason="By law.", barred=frozenset({"sami"}), one_person_body=True)

    assert check_waiver(REVIEWER, alone) is None


@pytest.mark.parametrize("step", [Step.PUBLISH, Step.SCHEDULE])
def test_personal_data_is_submitted_and_not_published(step):
    facts = Facts(now=NOW, waivable_findings=1)

    assert advance(TRANSITIONS, State.DRAFT, Step.SUBMIT, AUTHOR, facts) is State.SUBMITTED
    with pytest.raises(WaiverNeeded):
        advance(TRANSITIONS, State.SUBMITTED, step, REVIEWER, facts)


@pytest.mark.parametrize(
    ("findings", "waived", "left"),
    [
        ((), (), (0, 0, "clean")),
        ((CARDS, MAIL), (), (0, 2, "blocked")),
        ((CARDS, MAIL), (MAIL,), (0, 1, "blocked")),
        ((CARDS, MAIL), (CARDS, MAIL), (0, 0, "warned")),
        ((CARDS, ("type-error", "n")), (CARDS,), (1, 0, "blocked")),
        ((CARDS, ("type-error", "n")), (("type-error", "n"),), (1, 1, "blocked")),
        ((("total-row", "n"),), (), (0, 0, "warned")),
    ],
)
def test_what_is_let_pass_is_in_the_way_no_more(findings, waived, left):
    report = kept(*findings)
    found = standing(report, set(waived), report["blocking"])

    assert (found.blocking, found.waivable, found.verdict) == left


def test_the_evidence_changes_with_the_findings_of_its_kind_alone():
    one = evidence_of(kept(CARDS), CARDS)

    assert evidence_of(kept(CARDS, MAIL), CARDS) == one
    assert evidence_of(kept(CARDS, CARDS), CARDS) != one
    assert evidence_of(kept(MAIL, ("total-row", "n")), CARDS) is None
    assert evidence_of(kept(("total-row", "n")), ("total-row", "n")) is None
