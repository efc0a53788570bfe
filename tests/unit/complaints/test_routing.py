"""Which unit gets a new complaint."""

from dataclasses import replace

import pytest

from ckanext.complaints.domain.routing import (
    Because,
    BodyRow,
    CategoryRoute,
    NobodyReceives,
    Route,
    below,
    route,
)

GOVERNMENT = BodyRow("government", None, True, "coordinator", "office", "government")
MINISTRY = BodyRow("ministry", "government", True, "coordinator", "ministry-office", "government")
AGENCY = BodyRow("agency", "ministry", True, "ministry-office", "agency-office")
BRANCH = BodyRow("branch", "agency", True, None, "branch-office")
NETWORK = {row.org_id: row for row in (GOVERNMENT, MINISTRY, AGENCY, BRANCH)}
WATER = CategoryRoute("agency", {"TN-11": "branch"})
NO_ROUTE = CategoryRoute()


def changed(org_id, **values):
    return {**NETWORK, org_id: replace(NETWORK[org_id], **values)}


def excluding(bodies, *org_ids):
    return below(bodies, org_ids).__contains__


def test_the_citizens_choice_wins():
    assert route(NETWORK, "ministry", "TN-11", WATER) == Route(
        "ministry-office", "ministry", Because.CHOSEN
    )


def test_who_does_not_know_gets_the_body_of_the_category_by_region_if_there_is_one():
    assert route(NETWORK, None, "TN-11", WATER) == Route("branch-office", "branch", Because.REGION)
    for region in ("TN-12", ""):
        assert route(NETWORK, None, region, WATER) == Route(
            "agency-office", "agency", Because.CATEGORY
        )


def test_what_nobody_is_responsible_for_goes_to_the_coordinator_of_the_root():
    assert route(NETWORK, None, "", NO_ROUTE) == Route(
        "coordinator", "government", Because.ROOT, is_coordinator=True
    )
    bare = changed("government", coordinator_unit_id=None)
    assert route(bare, None, "", NO_ROUTE) == Route("office", "government", Because.ROOT)


@pytest.mark.parametrize("without", [{"unit_id": None}, {"intake_open": False}])
def test_a_body_that_takes_nothing_falls_to_its_coordinator(without):
    assert route(changed("agency", **without), "agency", "", NO_ROUTE) == Route(
        "ministry-office", "agency", Because.CHOSEN, is_coordinator=True
    )


def test_without_a_coordinator_it_goes_up():
    assert route(changed("branch", unit_id=None), "branch", "", NO_ROUTE) == Route(
        "agency-office", "agency", Because.CHOSEN, is_passed_up=True
    )


def test_the_accused_body_is_passed_over():
    assert route(NETWORK, "agency", "", NO_ROUTE, excluding(NETWORK, "agency")) == Route(
        "ministry-office", "ministry", Because.CHOSEN, is_passed_up=True
    )


def test_so_are_the_bodies_below_it_and_its_unit_as_a_coordinator():
    found = route(NETWORK, "branch", "", NO_ROUTE, excluding(NETWORK, "ministry"))
    assert found == Route("office", "government", Because.CHOSEN, is_passed_up=True)
    # The agency's coordinator is a unit of the ministry, whatever the agency itself is.
    closed = changed("agency", intake_open=False)
    found = route(closed, "agency", "", NO_ROUTE, {"ministry"}.__contains__)
    assert found == Route("office", "government", Because.CHOSEN, is_passed_up=True)


def test_if_the_root_is_accused_nobody_receives():
    with pytest.raises(NobodyReceives):
        route(NETWORK, "branch", "", NO_ROUTE, excluding(NETWORK, "government"))


def test_a_coordinator_of_an_accused_body_is_passed_over_too():
    lent = changed("government", coordinator_unit_id="agency-office", coordinator_org_id="agency")
    found = route(lent, None, "", NO_ROUTE, excluding(lent, "agency"))
    assert found == Route("office", "government", Because.ROOT)


def test_another_root_is_better_than_nobody():
    two = {**NETWORK, "court": BodyRow("court", None, True, None, "registry")}
    found = route(two, "branch", "", NO_ROUTE, excluding(two, "government"))
    assert found == Route("registry", "court", Because.CHOSEN, is_passed_up=True)


def test_a_body_that_is_not_in_the_network_falls_to_the_root():
    found = route(NETWORK, "elsewhere", "", NO_ROUTE)
    assert found == Route("office", "government", Because.CHOSEN, is_passed_up=True)


def test_an_empty_network_is_said_so():
    with pytest.raises(NobodyReceives):
        route({}, None, "", NO_ROUTE)


def test_a_circle_of_bodies_ends():
    circle = {
        "x": BodyRow("x", "y", False, None, None),
        "y": BodyRow("y", "x", False, None, None),
    }
    assert below(circle, {"x"}) == {"x", "y"}
    with pytest.raises(NobodyReceives):
        route(circle, "x", "", NO_ROUTE)


def test_below_a_body_is_all_that_stands_under_it():
    assert below(NETWORK, {"agency"}) == {"agency", "branch"}
    assert below(NETWORK, ()) == frozenset()
