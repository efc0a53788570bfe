"""A small network and its people, for all tests of complaints."""

from __future__ import annotations

import pytest
from tests.common import complaints as net
from tests.common.complaints import answering, officer


@pytest.fixture
def top(portal):
    """The body at the top, with an oversight unit: the id of its unit by kind, and ``org``."""
    org_id, units = answering(portal, "centre", "general", "oversight")
    return {"org": org_id, **units}


@pytest.fixture
def local(portal, top):
    """A body below it that takes complaints; its coordinator is the unit above."""
    org_id, units = answering(
        portal, "meteo", "general", "integrity", parent=top["org"], coordinator=top["general"]
    )
    return {"org": org_id, **units}


@pytest.fixture
def steward(portal, clock, top):
    return officer(portal, clock, "rim", (top["oversight"], "steward"))


@pytest.fixture
def lead(portal, clock, local):
    return officer(portal, clock, "nour", (local["general"], "lead"))


@pytest.fixture
def handler(portal, clock, local):
    return officer(portal, clock, "amel", (local["general"], "handler"))


@pytest.fixture
def network(portal):
    """A ministry that takes complaints about roads and decides on appeals: its id and units."""
    root, units = net.answering(portal, "ministry", "general", "oversight", "appeal")
    net.coordinated_by(root, units["oversight"])
    net.category("roads", routes={None: root})
    return root, units
