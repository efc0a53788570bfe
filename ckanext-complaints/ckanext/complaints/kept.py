"""Which pages of complaints are kept for everyone, and what they show: none that has a case."""

from __future__ import annotations

# Also so that the base plugin's pages are there, whichever is loaded first.
from ckanext.opengov.kept import CATALOGUE
from ckanext.opengov.shared.web import generations, pages

FIGURES = "complaint-figures"

generations.watch(FIGURES, "complaints_release", "complaints_figure")
# No page for everyone shows anything of a case.
generations.ignore(
    *("complaints_case", "complaints_access", "complaints_case_key", "complaints_grant"),
    *("complaints_message", "complaints_file", "complaints_identity", "complaints_contact"),
    *("complaints_assignment", "complaints_opening", "complaints_draft", "complaints_visit"),
    *("complaints_referral", "complaints_referral_word", "complaints_exclusion", "complaints_link"),
    *("complaints_reminder", "complaints_hold", "complaints_calendar_move", "complaints_program"),
    *("complaints_survey", "complaints_tally", "complaints_tallied", "complaints_template"),
)

pages.keep("complaints_statistics.show", depends=[FIGURES, CATALOGUE], arguments=["quarter"])
