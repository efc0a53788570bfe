"""Which pages of consultations are kept for everyone, and what they show."""

from __future__ import annotations

# Also so that the base plugin's pages are there, whichever is loaded first.
from ckanext.opengov.kept import CATALOGUE
from ckanext.opengov.shared.web import generations, pages

CONSULTATIONS, COMMENTS = "consultations", "consultation-comments"
LIST = ("phase", "body", "q", "overdue", "cursor")
THREAD = ("sort", "q", "cursor")

generations.watch(
    CONSULTATIONS,
    *("consultation", "consultation_document", "consultation_document_version"),
    *("consultation_node", "consultation_node_map"),
)
generations.watch(
    COMMENTS,
    *("consultation_comment", "consultation_comment_revision", "consultation_participant"),
    *("consultation_anchor", "consultation_decision"),
    *("consultation_theme", "consultation_theme_comment"),
    *("consultation_reply", "consultation_change_link"),
)
# A vote shows by the counters of its comment; the rest is work behind the pages.
generations.ignore(
    *("consultation_author", "consultation_member", "consultation_vote"),
    *("consultation_vote_event", "consultation_minhash_band", "consultation_report"),
    *("consultation_review_item", "consultation_appeal", "consultation_export"),
    *("consultation_guest_draft", "consultation_guest_key"),
    *("consultation_follow", "consultation_occasion"),
)

pages.keep("consultation.index", depends=[CONSULTATIONS, CATALOGUE], arguments=LIST)
pages.keep("consultation_body.show", depends=[CONSULTATIONS, CATALOGUE], arguments=LIST)
pages.keep("consultation.read", depends=[CONSULTATIONS, COMMENTS, CATALOGUE], arguments=THREAD)
pages.keep(
    "consultation.comment", depends=[CONSULTATIONS, COMMENTS, CATALOGUE], arguments=["cursor"]
)
pages.keep("consultation_follow.show", depends=[CONSULTATIONS, CATALOGUE], arguments=[])
for page in ("results", "heard"):
    pages.keep(
        f"consultation_answers.{page}", depends=[CONSULTATIONS, COMMENTS, CATALOGUE], arguments=[]
    )
pages.keep(
    "consultation_answers.theme",
    depends=[CONSULTATIONS, COMMENTS, CATALOGUE],
    arguments=["cursor"],
)
for page in ("home.index", "opengov_search.show", "organization.read", "organization.about"):
    pages.depend(page, CONSULTATIONS)
