"""Which pages of texts are kept for everyone, and what they show."""

from __future__ import annotations

from datetime import datetime

from ckanext.opengov.shared.web import generations, pages

CONSULTATIONS, COMMENTS = "consultations", "consultation-comments"
"""The generations of the plugin's other pages."""


def minute(now: datetime) -> str:
    """Return the minute: a page says whether one may comment, and that ends with the clock."""
    return f"{pages.day(now)} {now:%H:%M}"


generations.watch(
    CONSULTATIONS,
    *("consultation_document", "consultation_document_version", "consultation_node"),
    *("consultation_node_map", "consultation_node_question"),
)
generations.watch(COMMENTS, "consultation_anchor")
generations.ignore("consultation_import")

BOTH = (CONSULTATIONS, COMMENTS)
pages.keep("consultation_texts.show", depends=BOTH, arguments=["part", "words"], clock=minute)
pages.keep("consultation_texts.orphans", depends=BOTH, arguments=["cursor", "words"], clock=minute)
pages.keep("consultation_texts.diff", depends=[CONSULTATIONS], arguments=["words", "cursor"])
