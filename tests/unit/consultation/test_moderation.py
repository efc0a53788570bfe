"""How moderators decide: ckanext.consultation.domain.moderation."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.consultation.domain.comment_text import TextTooLong
from ckanext.consultation.domain.comments import TRANSITIONS, OwnComment, Role, State
from ckanext.consultation.domain.moderation import (
    AGAINST,
    DECISIONS,
    REASONS,
    Claim,
    ClaimedByColleague,
    DecidedMeanwhile,
    Mode,
    NoteRequired,
    Reason,
    ReasonRequired,
    Record,
    TrustRule,
    UnknownDecision,
    UnknownReason,
    check_free,
    check_version,
    checked_verdict,
    claimed,
    first_state,
)

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
RULE = TrustRule(published=3, clean_days=90)
NEWCOMER = Record()
REGULAR = Record(published=3)
FORGIVEN = Record(published=9, last_refused_at=NOW - timedelta(days=90))
REFUSED = Record(published=9, last_refused_at=NOW - timedelta(days=89))


@pytest.mark.parametrize(
    ("mode", "record", "state"),
    [
        (Mode.PRE, REGULAR, State.PENDING),
        (Mode.POST, NEWCOMER, State.PUBLISHED),
        (Mode.HYBRID, NEWCOMER, State.PENDING),
        (Mode.HYBRID, Record(published=2), State.PENDING),
        (Mode.HYBRID, REGULAR, State.PUBLISHED),
        (Mode.HYBRID, REFUSED, State.PENDING),
        (Mode.HYBRID, FORGIVEN, State.PUBLISHED),
    ],
)
def test_the_mode_says_what_is_read_first(mode, record, state):
    assert first_state(mode, record, RULE, NOW, is_suspicious=False) is state


@pytest.mark.parametrize("mode", Mode)
def test_a_suspicious_comment_waits_in_every_mode(mode):
    assert first_state(mode, REGULAR, RULE, NOW, is_suspicious=True) is State.PENDING


def test_every_reason_has_words_for_moderators_and_for_everyone():
    assert list(REASONS) == list(Reason)
    assert all(wording.label and wording.sentence for wording in REASONS.values())


def test_moderators_decide_by_the_steps_that_are_theirs():
    steps = {step for (_state, step), row in TRANSITIONS.items() if Role.MODERATOR in row.roles}

    assert set(DECISIONS) == steps


@pytest.mark.parametrize("decision", AGAINST)
@pytest.mark.parametrize("reason", set(Reason) - {Reason.OTHER})
def test_a_decision_against_a_comment_has_a_reason(decision, reason):
    verdict = checked_verdict(decision, reason)

    assert (verdict.step, verdict.reason, verdict.note) == (decision, reason, "")
    with pytest.raises(ReasonRequired):
        checked_verdict(decision)


@pytest.mark.parametrize("decision", set(DECISIONS) - AGAINST)
def test_a_decision_for_a_comment_needs_none(decision):
    assert checked_verdict(decision).reason is None


@pytest.mark.parametrize("note", ["", "   ", "\n"])
@pytest.mark.parametrize("decision", DECISIONS)
def test_another_reason_needs_a_note(decision, note):
    with pytest.raises(NoteRequired):
        checked_verdict(decision, Reason.OTHER, note)


def test_a_note_is_cleaned_and_limited_as_any_text():
    note = checked_verdict("hide", "other", " Le numéro\u202e de téléphone \n").note

    assert note == " Le numéro de téléphone"
    with pytest.raises(TextTooLong):
        checked_verdict("hide", "other", "a" * 1_001)


@pytest.mark.parametrize("decision", ["", "delete", "PUBLISH", "erase", "withdraw"])
def test_a_decision_outside_the_list_is_refused(decision):
    with pytest.raises(UnknownDecision):
        checked_verdict(decision, "spam")


@pytest.mark.parametrize("reason", ["criticism", "Spam", "true"])
@pytest.mark.parametrize("decision", DECISIONS)
def test_a_reason_outside_the_list_is_refused(decision, reason):
    with pytest.raises(UnknownReason):
        checked_verdict(decision, reason)


def test_a_free_comment_is_claimed():
    assert claimed("sami", None, NOW, is_own=False) == Claim("sami", NOW)


def test_ones_own_claim_is_renewed():
    mine = Claim("sami", NOW - timedelta(minutes=10))

    assert claimed("sami", mine, NOW, is_own=False) == Claim("sami", NOW)


def test_a_colleagues_claim_holds_for_a_quarter_of_an_hour():
    theirs = Claim("nour", NOW)

    with pytest.raises(ClaimedByColleague) as refused:
        claimed("sami", theirs, NOW + timedelta(minutes=14, seconds=59), is_own=False)
    assert refused.value.details == {"minutes": 1}
    later = NOW + timedelta(minutes=15)
    assert claimed("sami", theirs, later, is_own=False) == Claim("sami", later)


def test_nobody_claims_their_own_comment():
    with pytest.raises(OwnComment):
        claimed("amel", None, NOW, is_own=True)


def test_nobody_decides_on_what_a_colleague_reads():
    check_free("sami", None, NOW)
    check_free("sami", Claim("sami", NOW), NOW)
    with pytest.raises(ClaimedByColleague) as refused:
        check_free("sami", Claim("nour", NOW), NOW)
    assert refused.value.details == {"minutes": 15}


@given(st.integers(0, 99), st.integers(0, 99))
def test_a_decision_on_another_version_is_refused(seen, current):
    if seen == current:
        check_version(seen, current)
    else:
        with pytest.raises(DecidedMeanwhile):
            check_version(seen, current)


def test_the_code_of_that_error_is_stable():
    assert DecidedMeanwhile.code == "decided-meanwhile"
