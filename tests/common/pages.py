"""Every page of a portal, from the map of its addresses: a new page is in the tests at once.

``for page in pages(app.url_map, fill(portal))`` gives the endpoint, the path (without a
language before it) and who opens it: the name of an account, or nobody for a visitor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.common.filled import EDITOR, OPERATOR, REVIEWER, VISITOR, Case
from werkzeug.routing import Map, Rule

NOT_A_PAGE = {
    "api": "answers to programs, in JSON",
    "feeds": "Atom, for programs that read feeds",
    "file": "answers with a file",
    "complaints_api": "answers to programs, in JSON",
    "complaints_statistics.file": "answers with a file",
    "consultation.vote": "only leads elsewhere",
    "consultation_feeds": "Atom and calendars, for programs",
    "croissant": "descriptions for programs, in JSON",
    "dcat": "descriptions for programs, in RDF",
    "dcat_json_interface": "descriptions for programs, in JSON",
    "opengov_catalogue": "descriptions for programs, in RDF",
    "opengov_developers.document": "for programs, in JSON",
    "opengov_feeds": "Atom, for programs that read feeds",
    "opengov_portal.colours": "style and scripts",
    "opengov_portal.health": "for load balancers, in JSON",
    "opengov_sitemap": "for search engines",
    "opengov_uploads": "takes pieces of files",
    "webassets": "style and scripts",
    "static": "style and scripts",
    "home.robots_txt": "for search engines",
    "home.redirect_locale": "only leads elsewhere",
    "user.me": "only leads elsewhere",
    "user.logout": "only leads elsewhere",
    "util.internal_redirect": "only leads elsewhere",
    "activity.package_changes_multiple": "only leads elsewhere",
    "activity.group_changes_multiple": "only leads elsewhere",
    "activity.organization_changes_multiple": "only leads elsewhere",
    "dataset.edit": "only leads elsewhere",
    "dataset_resource.edit": "only leads elsewhere",
    "dataset_resource.new": "only leads elsewhere",
    "opengov_sign_in.code": "follows a form",
    "opengov_tokens.ask": "follows a form",
    "opengov_two_factor.begin": "follows a form",
    "opengov_work.start": "only leads elsewhere",
    "dataset_resource.download": "answers with a file",
    "resource.download": "answers with a file",
    "resource.edit": "only leads elsewhere",
    "resource.new": "only leads elsewhere",
    "datastore.api_info": "a piece of CKAN's page of a file, which ours has no more",
    "consultation_people.data": "answers with a file",
    "datastore.dump": "answers with a file",
    "group.member_dump": "answers with a file",
    "organization.member_dump": "answers with a file",
    "opengov_findings.download": "answers with a file",
    "opengov_findings.original": "answers with a file",
    "opengov_findings.report": "answers with a file",
    "opengov_revise.download": "answers with a file",
    "opengov_schemas.descriptor": "answers with a file",
    "opengov_schemas.sample": "answers with a file",
    "opengov_tables.download": "answers with a file",
    "group.bulk_process": "CKAN has it for public bodies alone, and breaks for groups",
    "util.primer": "for CKAN's developers",
    "util.custom_form_fields": "for CKAN's developers",
    "activity.dashboard_testing": "for CKAN's developers",
}
"""Endpoints, or whole blueprints, and why no person reads them."""

LOOKED_AT_ELSEWHERE = {
    "complaints_case": "opens with two numbers: tests/browser/test_complaints.py",
    "complaints_catalogue": "asks for a second factor: tests/browser/test_complaints.py",
    "complaints_desk": "asks for a second factor: tests/browser/test_complaints.py",
    "complaints_filing": "needs a draft: tests/browser/test_complaints.py",
    "complaints_holds": "asks for a second factor: tests/browser/test_complaints.py",
    "complaints_overview": "asks for a second factor: tests/browser/test_complaints.py",
    "complaints_templates": "asks for a second factor: tests/browser/test_complaints.py",
    "complaints_network": "asks for a second factor: tests/browser/test_complaints.py",
    "complaints_requests": "asks for a second factor: tests/browser/test_complaints.py",
    "complaints_intake": "asks for a second factor: tests/browser/test_complaints.py",
    "complaints_programs": "asks for a second factor: tests/browser/test_complaints.py",
    "complaints_triage": "asks for a second factor: tests/browser/test_complaints.py",
}
"""Blueprints whose pages an address and an account alone do not open, and what sees them."""

KINDS = {
    "consultation": "consultation",
    "consultation_answers": "consultation",
    "consultation_body": "organization",
    "consultation_members": "consultation",
    "consultation_guests": "consultation",
    "consultation_data": "consultation",
    "consultation_follow": "consultation",
    "consultation_own": "consultation",
    "consultation_people": "consultation",
    "consultation_replies": "consultation",
    "consultation_review": "review",
    "consultation_staff": "consultation",
    "consultation_text_work": "text",
    "consultation_texts": "text",
    "dataset": "dataset",
    "dataset_resource": "dataset",
    "resource": "dataset",
    "datastore": "dataset",
    "opengov_findings": "dataset",
    "opengov_leaving": "leaving",
    "opengov_policies": "organization",
    "opengov_portal": "portal",
    "opengov_publish": "dataset",
    "opengov_members": "organization",
    "opengov_review": "dataset",
    "opengov_revise": "dataset",
    "opengov_schemas": "schema",
    "opengov_standing": "standing",
    "opengov_tokens": "user",
    "activity.package": "dataset",
    "activity.resource": "dataset",
    "activity.group": "group",
    "activity.organization": "organization",
    "activity.user": "user",
    "group": "group",
    "organization": "organization",
    "user": "user",
}
"""The kind of object that a blueprint is about; in ``activity`` the first word tells it."""

QUERIES = {
    "consultation_guests.confirm": ("token",),
    "opengov_members.ask": ("user",),
    "organization.member_delete": ("user",),
    "group.member_delete": ("user",),
    "dataset.collaborator_delete": ("user_id",),
    "user.perform_reset": ("key",),
}
"""What the address of a page has behind its question mark, where its object has it."""

OPERATORS = {"organization.new", "group.new", "dataset.followers"}
"""What only an operator does, outside the pages of administration."""

REVIEWERS = {
    "consultation_review.appeals",
    "consultation_review.several",
    "consultation_review.show",
}
"""What only those see who decide on the words of others."""

# Pages of one activity: their parameter is its id, whatever it is named.
ABOUT_AN_ACTIVITY = {
    "activity.package_changes",
    "activity.group_changes",
    "activity.organization_changes",
}


@dataclass(frozen=True, slots=True)
class Page:
    """What one person gets at an address."""

    endpoint: str
    path: str
    who: str | None


def pages(url_map: Map, cases: Iterable[Case]) -> Iterator[Page]:
    """Yield every page, once for each person who has business there.

    Raises:
        LookupError: A page's address has a parameter for which no object stands in.
    """
    cases, seen = list(cases), set()
    for rule in url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or not _is_page(rule.endpoint):
            continue
        for path, people in _paths(rule, cases):
            for who in people:
                if (path, who) not in seen:
                    seen.add((path, who))
                    yield Page(rule.endpoint, path, who)


def _is_page(endpoint: str) -> bool:
    names = {endpoint, endpoint.partition(".")[0]}
    return names.isdisjoint(NOT_A_PAGE) and names.isdisjoint(LOOKED_AT_ELSEWHERE)


def _paths(rule: Rule, cases: list[Case]) -> Iterator[tuple[str, tuple[str | None, ...]]]:
    asked = rule.arguments - set(rule.defaults or ())
    if not asked:
        is_operators = rule.rule.startswith("/ckan-admin") or rule.endpoint in OPERATORS
        staff = REVIEWER if rule.endpoint in REVIEWERS else EDITOR
        yield rule.rule, (OPERATOR,) if is_operators else (VISITOR, staff)
        return
    fitting = [each for each in cases if each.kind == _kind(rule.endpoint)]
    filled = [each for each in fitting if _names(rule.endpoint, asked) <= set(each.parameters)]
    if not filled:
        raise LookupError(
            f"No object stands in for {sorted(asked)} of {rule.endpoint}: {rule.rule}"
        )
    for case in filled:
        people = (OPERATOR,) if rule.endpoint in OPERATORS else case.people
        yield _filled(rule, asked, case.parameters), people


def _kind(endpoint: str) -> str | None:
    blueprint, _dot, name = endpoint.partition(".")
    return KINDS.get(blueprint) or KINDS.get(f"{blueprint}.{name.partition('_')[0]}")


def _names(endpoint: str, asked: set[str]) -> set[str]:
    """Return the parameters of a case that the page's own stand for."""
    return {"activity_id"} if endpoint in ABOUT_AN_ACTIVITY else asked


def _filled(rule: Rule, asked: set[str], parameters: Mapping[str, str]) -> str:
    is_activity = rule.endpoint in ABOUT_AN_ACTIVITY
    values = {name: parameters["activity_id" if is_activity else name] for name in asked}
    built = rule.build({**(rule.defaults or {}), **values}, append_unknown=False)
    if built is None:
        raise LookupError(rule.rule)
    names = QUERIES.get(rule.endpoint, ())
    query = {name: parameters[name] for name in names if name in parameters}
    return built[1] + (f"?{urlencode(query)}" if query else "")
