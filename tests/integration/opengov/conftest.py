"""What the tests of accounts share."""

import pytest
from tests.common.people import Person

import ckan.plugins.toolkit as tk


@pytest.fixture
def policy(monkeypatch):
    """Sets who needs a second factor."""

    def put(value):
        monkeypatch.setitem(tk.config, "ckanext.opengov.two_factor", value)

    return put


@pytest.fixture
def amel(portal, clock):
    """Someone with two-step sign-in, who is signed in."""
    return Person(portal, clock, "amel").get_ready()
