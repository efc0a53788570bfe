"""The suite's pages, and what it does before CKAN's own."""

from ckanext.opengov.views import columns as _columns  # noqa: F401 - more pages of publish
from ckanext.opengov.views.answering import answering
from ckanext.opengov.views.attempts import attempts
from ckanext.opengov.views.catalogue import catalogue
from ckanext.opengov.views.developers import developers
from ckanext.opengov.views.feeds import feeds
from ckanext.opengov.views.findings import findings
from ckanext.opengov.views.hiding import hiding
from ckanext.opengov.views.inbox import inbox
from ckanext.opengov.views.leaving import leaving
from ckanext.opengov.views.members import members
from ckanext.opengov.views.policies import policies
from ckanext.opengov.views.portal import portal
from ckanext.opengov.views.public_api import public_api
from ckanext.opengov.views.publish import publish
from ckanext.opengov.views.refusals import refusals
from ckanext.opengov.views.review import review
from ckanext.opengov.views.revise import revise
from ckanext.opengov.views.schemas import schemas
from ckanext.opengov.views.search import search
from ckanext.opengov.views.sign_in import sign_in
from ckanext.opengov.views.sitemap import sitemap
from ckanext.opengov.views.standing import standing
from ckanext.opengov.views.tables import tables
from ckanext.opengov.views.tokens import tokens
from ckanext.opengov.views.two_factor import two_factor
from ckanext.opengov.views.uploads import uploads
from ckanext.opengov.views.work import work

__all__ = [
    "answering",
    "attempts",
    "catalogue",
    "developers",
    "feeds",
    "findings",
    "hiding",
    "inbox",
    "leaving",
    "members",
    "policies",
    "portal",
    "public_api",
    "publish",
    "refusals",
    "review",
    "revise",
    "schemas",
    "search",
    "sign_in",
    "sitemap",
    "standing",
    "tables",
    "tokens",
    "two_factor",
    "uploads",
    "work",
]
