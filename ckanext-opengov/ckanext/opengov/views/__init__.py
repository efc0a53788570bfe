"""The suite's pages, and what it does before CKAN's own."""

from ckanext.opengov.views.answering import answering
from ckanext.opengov.views.attempts import attempts
from ckanext.opengov.views.findings import findings
from ckanext.opengov.views.hiding import hiding
from ckanext.opengov.views.members import members
from ckanext.opengov.views.review import review
from ckanext.opengov.views.revise import revise
from ckanext.opengov.views.sign_in import sign_in
from ckanext.opengov.views.tokens import tokens
from ckanext.opengov.views.two_factor import two_factor

__all__ = [
    "answering",
    "attempts",
    "findings",
    "hiding",
    "members",
    "review",
    "revise",
    "sign_in",
    "tokens",
    "two_factor",
]
