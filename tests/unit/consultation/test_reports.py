"""Reports by readers: ckanext.consultation.domain.reports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.consultation.domain.moderation import Reason, UnknownReason
from ckanext.consultation.domain.reports import (
    MOST_OF_NEW_ACCOUNTS,
    REPORTABLE,
    OwnReport,
    Report,
    priority,
    report_reason,
)


def reports(count, *, days=400, reason=Reason.ABUSE, **known):
    return [Report(f"p{days}-{n}", reason, days, **known) for n in range(count)]


def test_each_distinct_reporter_raises_the_priority():
    assert [priority(reports(count)) for count in range(4)] == [0, 1, 2, 3]


def test_a_participant_counts_once():
    assert priority(reports(1) * 50) == priority(reports(1))


def test_new_accounts_weigh_less():
    assert priority(reports(2, days=6)) < priority(reports(2, days=7))


def test_a_thousand_new_accounts_do_not_outweigh_three_readers():
    assert priority(reports(1_000, days=0)) == MOST_OF_NEW_ACCOUNTS < priority(reports(3))


def test_readers_whose_reports_were_right_weigh_more():
    right, unknown, wrong = (
        priority(reports(1, upheld=upheld, dismissed=dismissed))
        for upheld, dismissed in ((9, 0), (0, 0), (0, 9))
    )

    assert right > unknown > wrong > 0


def test_what_does_harm_by_the_hour_comes_first():
    assert priority(reports(1, reason=Reason.PERSONAL_DATA)) > priority(reports(1))


@given(st.integers(0, 9_999), st.integers(0, 9_999), st.integers(0, 9_999))
def test_a_weight_has_bounds(days, upheld, dismissed):
    report = Report("p", Reason.HATE, days, upheld, dismissed)

    assert 0 < report.weight <= 3


@pytest.mark.parametrize("code", REPORTABLE)
def test_readers_report_with_a_reason_of_the_list(code):
    assert report_reason(code, is_own=False) is Reason(code)


@pytest.mark.parametrize("code", ["duplicate", "other", "", "disagree"])
def test_another_reason_is_refused(code):
    with pytest.raises(UnknownReason) as refused:
        report_reason(code, is_own=False)
    assert refused.value.field == "reason"


def test_nobody_reports_themselves():
    with pytest.raises(OwnReport):
        report_reason("spam", is_own=True)
