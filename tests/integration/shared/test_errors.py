"""Broken rules reach the caller as CKAN's errors, with sentences and codes."""

from __future__ import annotations

import pytest

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.opengov.shared import audit
from ckanext.opengov.shared.domain.errors import DomainError, NotFound, NotPermitted, Several
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.glue.actions import domain_action
from ckanext.opengov.shared.pager import InvalidCursor, InvalidLimit


def refused(portal, error, expected):
    """Return the CKAN error that an action ends with when it meets this rule."""

    @domain_action
    def action():
        raise error

    with portal.client.flask_app.test_request_context(), pytest.raises(expected) as caught:
        action()
    return caught.value


def test_several_broken_rules_are_told_at_once(portal):
    rules = Several(InvalidLimit(least=1, most=100), InvalidCursor(), DomainError(), DomainError())

    errors = refused(portal, rules, tk.ValidationError).error_dict

    assert {field: len(found) for field, found in errors.items()} == {
        "limit": 1,
        "cursor": 1,
        "__all__": 2,
        "__codes": 3,
    }
    assert errors["__codes"] == {
        "limit": ["invalid-limit"],
        "cursor": ["invalid-cursor"],
        "__all__": ["domain-error", "domain-error"],
    }
    assert errors["limit"][0].count("100") == 1


@pytest.mark.parametrize(
    ("error", "expected"), [(NotPermitted(), tk.NotAuthorized), (NotFound(), tk.ObjectNotFound)]
)
def test_what_one_may_not_do_or_know_has_an_error_of_its_own(portal, error, expected):
    assert refused(portal, error, expected)


def written(subject):
    """Write a row, as an action does before it comes upon a rule."""
    audit.record(model.Session, subject=subject, step="tested", actor_id=None, at=utc_now())


def kept():
    """Commit, as a page does; return the subjects that were written."""
    model.Session.commit()
    return {row.subject for row in model.Session.query(audit.AuditRow)}


def test_what_a_refused_action_wrote_is_undone(portal):
    @domain_action
    def refused_late():
        written("test:a")
        raise DomainError

    with portal.client.flask_app.test_request_context(), pytest.raises(tk.ValidationError):
        refused_late()

    assert kept() == set()


def test_one_refusal_among_several_leaves_the_rest_to_their_caller(portal):
    @domain_action
    def one(subject):
        if subject == "test:b":
            raise DomainError
        written(subject)

    @domain_action
    def several():
        for subject in ("test:a", "test:b", "test:c"):
            try:
                one(subject)
            except tk.ValidationError:
                continue

    with portal.client.flask_app.test_request_context():
        several()

    assert kept() == {"test:a", "test:c"}
