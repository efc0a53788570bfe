"""Whatever is sent to an action or a form: it is refused in words, and nothing breaks.

Actions are taken from the matrix, their parameters from their documentation: one that comes later
is tried too.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import sqlalchemy as sa
from tests.common import complaints as net
from tests.common import junk
from tests.common.racing import TOLD, Citizens
from tests.integration.complaints import test_matrix as matrix
from werkzeug.exceptions import HTTPException

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.complaints.logic import action as actions

ALLOWED = (tk.ValidationError, tk.ObjectNotFound, tk.NotAuthorized)
OF_PAGES = {"came"}
"""What is made of files that came; no program can send it."""
NAMED = re.compile(r"^ {4,8}((?:[a-z_]+,\s+)*[a-z_]+)(?: \(|:)", re.MULTILINE)
END = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
LABEL = {"ar": "طريق", "fr": "Route", "en": "Road"}


WORDS = {"text": "Vu.", "reason": "Déjà reçu.", "outcome": "refused", "title": "Merci"}


class World(matrix.World):
    """Everybody, with a case under appeal besides, a citizen in a case, and drafts."""

    def __init__(self, portal, clock):
        super().__init__(portal, clock)
        self.portal = portal
        other, mine = Citizens(portal), Citizens(portal)
        answer = {"outcome": "refused", "text": "Non."}
        self.people["handler"].act("complaint_claim", reference=other.reference)
        self.people["handler"].act("complaint_answer", reference=other.reference, **answer)
        other.asked("complaint_appeal", visit=other.opened(), text="Si.")
        [unit] = self.people["steward"].act("complaint_unit_list", org="water")["results"]
        template = {"title": "Merci", "text_translated": {"fr": "Merci."}}
        made = self.people["steward"].act("complaint_template_create", **template)
        form = self.people["steward"].act("complaint_form_create", category="roads", questions=[])
        program = {"unit_id": unit["id"], "name": "Registre", "ends_on": END}
        self.names |= {
            "TOKEN": self.people["lead"].act("complaint_program_create", **program)["token"],
            "CASE": self.reference,
            "APPEALED": other.reference,
            "ASKED": self.asked,
            "JOINT": self.joint,
            "VISIT": mine.opened(),
            "DRAFT": mine.asked("complaint_draft_begin")["draft"],
            "COUNTER": self.people["clerk"].act("complaint_intake_begin")["draft"],
            "TEMPLATE": made["id"],
            "FORM": form["id"],
            "UNIT": unit["id"],
            "ORG": unit["org_id"],
        }


@pytest.fixture(scope="module")
def world(shared_portal, shared_clock):
    return World(shared_portal, shared_clock)


LABELS = {"label_translated": LABEL}
PERIODS = {name: 30 for name in net.POLICY if name.endswith("_days")}
FILING = {**TOLD, "client_token": "x" * 40, "day": "", "when": "", "region": "", "place": ""}
FILING |= {"name": "", "email": "", "phone": "", "form": {}, "files": []}
BY = {
    "complaint_intake_record": (
        "clerk",
        {**FILING, "draft": "COUNTER", "channel": "phone", "consent": "yes"},
    ),
    "complaint_intake_keep": ("clerk", {"draft": "COUNTER"}),
    "complaint_intake_draft_show": ("clerk", {"draft": "COUNTER"}),
    "complaint_intake_receipt_show": ("clerk", {"draft": "COUNTER"}),
    "complaint_submit": ("nobody", FILING),
    "complaint_draft_show": ("nobody", {"draft": "DRAFT"}),
    "complaint_draft_answer": ("nobody", {**FILING, "draft": "DRAFT", "question": "happened"}),
    "complaint_program_call": ("nobody", {"token": "TOKEN", "call": "list", "given": {}}),
    "complaint_track": ("nobody", {"reference": "CASE", "secret": "0" * 17}),
    "complaint_visit_show": ("nobody", {"visit": "VISIT"}),
    "complaint_hold_set": ("supervisor", {"reference": "CASE", "reason": "Tribunal, 7"}),
    "complaint_hold_end": ("supervisor", {"reference": "CASE"}),
    "complaint_hold_list": ("supervisor", {}),
    "complaint_dashboard": ("supervisor", {}),
    "complaint_dashboard_cases": ("supervisor", {"org": "water"}),
    "complaint_oversight_reopen": ("supervisor", {"reference": "APPEALED", "reason": "Si."}),
    "complaint_template_create": (
        "lead",
        {"unit_id": "UNIT", "title": "Merci", "text_translated": {"fr": "Merci."}},
    ),
    "complaint_template_update": (
        "steward",
        {"id": "TEMPLATE", "title": "Merci", "text_translated": {"fr": "Merci."}},
    ),
    "complaint_template_delete": ("steward", {"id": "TEMPLATE"}),
    "complaint_program_create": (
        "lead",
        {"unit_id": "UNIT", "name": "Registre", "ends_on": END},
    ),
    "complaint_slow_close": (
        "lead",
        {"references": ["CASE"], "duplicate_of": "SECOND", "reason": "Déjà."},
    ),
    "complaint_slow_release": ("lead", {"references": ["CASE"]}),
    "complaint_member_list": ("lead", {"unit_id": "UNIT"}),
    "complaint_member_admit": ("steward", {"unit_id": "UNIT", "user": "ali", "role": "clerk"}),
    "complaint_member_remove": ("steward", {"unit_id": "UNIT", "user": "nobody", "role": ""}),
    "complaint_form_show": ("steward", {"category": "roads", "org": "", "id": "FORM"}),
    "complaint_form_list": ("steward", {"category": "roads"}),
    "complaint_unit_list": ("steward", {"org": "water"}),
    "complaint_holiday_list": ("nobody", {"year": 2026, "org": "water"}),
    "complaint_acknowledgement_verify": ("nobody", {"document": "{}", "text": "x"}),
    "complaint_body_update": ("steward", {"org": "water", "intake_open": True, "parent": ""}),
    "complaint_category_create": (
        "steward",
        {**LABELS, "code": "a-b", "track": "ordinary", "policy": "standard", "routes": []},
    ),
    "complaint_category_update": ("steward", {**LABELS, "id": "roads", "policy": "standard"}),
    "complaint_form_create": ("steward", {"category": "roads", "questions": []}),
    "complaint_holiday_import": ("steward", {"year": 2026}),
    "complaint_holiday_create": ("steward", {**LABELS, "day": "2027-01-01", "source": "JORT"}),
    "complaint_policy_create": (
        "steward",
        {
            **LABELS,
            **PERIODS,
            "code": "a-b",
            "day_type": "calendar",
            "source": {},
            "retention_days": 900,
        },
    ),
    "complaint_policy_update": ("steward", {**LABELS, "id": "standard", "source": {}}),
    "complaint_unit_create": ("steward", {**LABELS, "org": "water", "kind": "appeal"}),
    "complaint_unit_update": ("steward", {**LABELS, "id": "UNIT", "active": "true"}),
}
"""Of actions that the matrix has elsewhere, or whose parameters it leaves out."""
NOT_SENT = {"complaint_program_call": {"call", "given"}}
"""The address says the one; the other is an object always."""
NOT_NOW = (
    *("accept", "appeal", "file_open", "reopen", "track", "intake_receipt_show", "receipt_show"),
    *("resume", "hold_end", "holiday_delete", "member_remove", "oversight_reopen"),
    *("program_revoke", "survey", "slow_close", "slow_release"),
)
OUT_OF_TURN = {f"complaint_{each}" for each in NOT_NOW}
"""What the cases of this world do not let happen now; what is sent is read all the same."""
UNDONE = {"complaint_submit": {"happened": ""}, "complaint_intake_record": {"consent": ""}}
"""What keeps a case from being filed at each try, which takes a third of a second."""
KEYS = ("visit", "reference", "secret")
"""By what a citizen comes: one of them is looked at, if the others are not there."""


def calls():
    """Yield each action with who calls it, and what a call that is in order takes."""
    tables = ((matrix.CASE, {"reference": "CASE"}), (matrix.REQUEST, {"id": "ASKED"}))
    tables += ((matrix.TOGETHER, {"id": "JOINT"}), (matrix.APPEAL, {"reference": "APPEALED"}))
    order = ("lead", "asked", "judge")
    found = {}
    for table, key in tables:
        for name, (may, given) in table.items():
            who = next(each for each in order if each in may)
            found.setdefault(name, (who, {**given, **key, "version": ""}))
    for name, given in matrix.CITIZENS.items():
        keys = {**dict.fromkeys(KEYS, ""), "visit": "VISIT"}
        found[name] = ("nobody", {**given, **keys})
    for name in actions.__all__:
        yield name, *BY.get(name, found.get(name, ("lead", {})))


def params(name):
    """Return what an action takes, as its documentation says."""
    text = actions.__dict__[name].__doc__ or ""
    found = NAMED.findall(text.split("Args:", 1)[1]) if "Args:" in text else []
    return {each for names in found for each in re.split(r",\s+", names)} - OF_PAGES


def attempts(name, given, turns):
    """Yield what is sent: each parameter with pieces of junk, and all with one."""
    given = {**given, **UNDONE.get(name, {})}
    taken = sorted((params(name) | set(given)) - NOT_SENT.get(name, set()))
    for param in taken:
        alone = {each: "" for each in KEYS if param in KEYS and each in given}
        for kind, value in junk.some(next(turns)).items():
            yield f"{param}: {kind}", {**given, **alone, param: value}, value
    for kind, value in junk.some(next(turns)).items():
        yield f"all: {kind}", {**given, **dict.fromkeys(taken, value)}, value


def wrong_with(context, undone, name, sent, value):
    """Return what is wrong with how an action takes junk; nothing, if all is well."""
    told = ""
    try:
        tk.get_action(name)(context, sent)
    except tk.ValidationError as error:
        told = str(error.error_dict) + str(error)
        if "__codes" not in error.error_dict:
            return f"no codes: {told}"
    except (tk.ObjectNotFound, tk.NotAuthorized, HTTPException) as error:
        told = str(error)
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        return f"{type(error).__name__}: {str(error)[:200]}"
    if junk.is_echoed(value, told):
        return f"echo: {told[:200]}"
    left = [each for each in undone.left if "complaints_visit" not in each]
    if told and left:
        return f"left behind: {left[:2]}"
    model.Session.execute(sa.text("SELECT 1"))
    return ""


def test_no_junk_breaks_an_action(world):
    found, turns = {}, count()
    with junk.nothing_stays() as undone:
        for name, who, given in calls():
            for what, sent, value in attempts(name, world.given(given), turns):
                with undone.once(), world.people[who].inside() as context:
                    wrong = wrong_with(context, undone, name, sent, value)
                if wrong:
                    found.setdefault((name, wrong), []).append(what)
    assert found == {}


def test_junk_is_tried_on_calls_that_are_in_order(world):
    """Else all would be refused for something else, and nothing be learned."""
    refused = {}
    with junk.nothing_stays() as undone:
        for name, who, given in calls():
            with undone.once(), world.people[who].inside() as context:
                try:
                    tk.get_action(name)(context, world.given(given))
                except (*ALLOWED, HTTPException) as error:
                    refused[name] = str(getattr(error, "error_dict", error))
    assert set(refused) == OUT_OF_TURN
