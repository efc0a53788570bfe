"""The network of made-up bodies in which the sample's complaints are answered.

The operator appoints the first steward at the host, who does the rest as on the pages.
"""

from __future__ import annotations

from opengov_stack import sample
from opengov_stack.sample import Entry
from opengov_stack.sample_people import Officer


def begin(content: Entry) -> None:
    """Put in what every network begins with, and its first steward."""
    sample.run("complaints", "defaults")
    root, steward = content["network"][0]["body"], content["steward"]
    given = {"body": root, "kind": "oversight", "role": "steward"}
    sample.run("complaints", "appoint", user=steward, **given)


def fill(content: Entry, steward: Officer) -> dict[str, str]:
    """Make what is missing of the network; return the units' ids by ``body/kind``."""
    units: dict[str, str] = {}
    for entry in content["network"]:
        units |= _body(entry, steward)
    for entry in content["network"]:
        coordinator = units.get(entry.get("coordinator", ""), "")
        given = {"coordinator_unit_id": coordinator, "intake_open": True}
        steward.act("complaint_body_update", org=entry["body"], **given)
    for category, body in content["routes"].items():
        steward.act("complaint_category_update", id=category, routes=[{"org": body}])
    for category, questions in content["forms"].items():
        if not steward.act("complaint_form_list", category=category)["results"]:
            steward.act("complaint_form_create", category=category, questions=questions)
    return units


def _body(entry: Entry, steward: Officer) -> dict[str, str]:
    """Take a body into the network, with its units and their people."""
    name = entry["body"]
    known = {each["name"] for each in steward.act("complaint_body_list")["results"]}
    if name not in known:
        steward.act("complaint_body_update", org=name, parent=entry.get("parent", ""))
    found = steward.act("complaint_unit_list", org=name)["results"]
    units = {each["kind"]: each["id"] for each in found if each["active"]}
    for kind, unit in entry["units"].items():
        if kind not in units:
            given = {"org": name, "kind": kind, "label_translated": unit["label"]}
            units[kind] = steward.act("complaint_unit_create", **given)["id"]
        for user, role in unit["members"].items():
            if user != steward.name:
                given = {"unit_id": units[kind], "user": user, "role": role}
                steward.act("complaint_member_admit", **given)
    return {f"{name}/{kind}": id_ for kind, id_ in units.items()}
