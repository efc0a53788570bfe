"""The suite's pages, and what it does before CKAN's own."""

from ckanext.opengov.views.answering import answering
from ckanext.opengov.views.attempts import attempts
from ckanext.opengov.views.findings import findings
from ckanext.opengov.views.hiding import hiding
from ckanext.opengov.views.inbox import inbox
from ckanext.opengov.views.portal import portal
from ckanext.opengov.views.review import review
from ckanext.opengov.views.revise import revise
from ckanext.opengov.views.work import work

__all__ = [
    "answering",
    "attempts",
    "findings",
    "hiding",
    "inbox",
    "portal",
    "review",
    "revise",
    "work",
]
