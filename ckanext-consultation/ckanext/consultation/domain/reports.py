"""Reports of comments by readers: they say what moderators look at first, and hide nothing.

So a crowd that reports what it dislikes wins a moderator's attention, and no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ckanext.consultation.domain.moderation import Reason, UnknownReason
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

REPORTABLE = tuple(reason for reason in Reason if reason not in (Reason.DUPLICATE, Reason.OTHER))
NEW_ACCOUNT_DAYS = 7
NEW_ACCOUNT_WEIGHT = 0.25
MOST_OF_NEW_ACCOUNTS = 2.0
"""What all reports by new accounts weigh together, were they a thousand."""
LEAST_ACCURACY, MOST_ACCURACY = 0.25, 1.5
URGENT = frozenset({Reason.PERSONAL_DATA, Reason.ILLEGAL, Reason.HATE})
URGENCY = 2.0
"""Harm grows with every hour that such a comment stands."""


class OwnReport(DomainError):
    """Who wrote it can withdraw it."""

    code = "own-report"
    template = N_("This is your own comment: withdraw it instead of reporting it.")


@dataclass(frozen=True, slots=True)
class Report:
    """A report, with what is known of its sender."""

    participant_id: str
    reason: Reason
    account_days: int
    upheld: int = 0
    """Earlier reports by this participant after which a comment was hidden."""
    dismissed: int = 0

    @property
    def is_new_account(self) -> bool:
        """Tell whether the account may have been made for this report."""
        return self.account_days < NEW_ACCOUNT_DAYS

    @property
    def weight(self) -> float:
        """Return what it counts: 1 for an account of some age whose reports nobody judged yet."""
        accuracy = 2 * (self.upheld + 1) / (self.upheld + self.dismissed + 2)
        weight = min(max(accuracy, LEAST_ACCURACY), MOST_ACCURACY)
        weight *= URGENCY if self.reason in URGENT else 1
        return weight * (NEW_ACCOUNT_WEIGHT if self.is_new_account else 1)


def report_reason(code: str, *, is_own: bool) -> Reason:
    """Return the reason of a report.

    Raises:
        OwnReport: the reporter wrote the comment.
        UnknownReason: it is none of ``REPORTABLE``.
    """
    if is_own:
        raise OwnReport
    if code not in REPORTABLE:
        raise UnknownReason(field="reason", choices=", ".join(REPORTABLE))
    return Reason(code)


def priority(reports: Iterable[Report]) -> float:
    """Return how soon moderators should look: each participant counts once."""
    heaviest: dict[str, Report] = {}
    for report in reports:
        known = heaviest.get(report.participant_id)
        if known is None or report.weight > known.weight:
            heaviest[report.participant_id] = report
    new = sum(report.weight for report in heaviest.values() if report.is_new_account)
    others = sum(report.weight for report in heaviest.values() if not report.is_new_account)
    return others + min(new, MOST_OF_NEW_ACCOUNTS)
