"""Who may do what with which case: role by action by relation, stolen and expired keys too.

Whoever may not, changes nothing and learns nothing: what they are told of a case is what anyone
is told of a number that there is not.
"""

from __future__ import annotations

import io

import pytest
from tests.common import complaints as net
from tests.integration.complaints.test_filing import STORY, Citizen

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.complaints.domain import receipts
from ckanext.complaints.logic import action as actions

WORKERS, LEADS = {"handler", "lead"}, {"lead"}
STALE = 10_000
"""A version that the case never had: whoever may act is told that it changed."""

# By action: who of the people below may, and what a call takes besides the number of the case.
CASE = {
    "complaint_show": (WORKERS | {"joint"}, {}),
    "complaint_evidence_open": (WORKERS | {"joint"}, {"file": "FILE", "original": True}),
    "complaint_claim": (WORKERS, {}),
    "complaint_acknowledge": (WORKERS, {"text": "Reçu."}),
    "complaint_message_add": (WORKERS, {"text": "Bonjour."}),
    "complaint_note_add": (WORKERS, {"text": "Entre nous."}),
    "complaint_request_info": (WORKERS, {"text": "Où ?"}),
    "complaint_resume": (WORKERS, {}),
    "complaint_answer": (WORKERS, {"outcome": "granted", "text": "Oui."}),
    "complaint_refer": (WORKERS, {"unit_id": "OTHER", "mode": "opinion", "text": "Et vous ?"}),
    "complaint_recuse": (WORKERS, {}),
    "complaint_link": (WORKERS, {"other": "SECOND"}),
    "complaint_unlink": (WORKERS, {"other": "SECOND"}),
    "complaint_assign": (LEADS, {"user": "amel"}),
    "complaint_extend": (LEADS, {"reason": "Travaux."}),
    "complaint_close_duplicate": (LEADS, {"duplicate_of": "SECOND", "reason": "Déjà reçu."}),
    "complaint_exclude": (LEADS, {"user": "olfa"}),
    "complaint_exclusion_lift": (LEADS, {"id": "EXCLUSION"}),
}
REQUEST = {
    "complaint_referral_show": (WORKERS | {"asked"}, {}),
    "complaint_referral_accept": ({"asked"}, {}),
    "complaint_referral_refuse": ({"asked"}, {"reason": "Pas nous."}),
    "complaint_referral_withdraw": (WORKERS, {}),
}
TOGETHER = {
    "complaint_referral_say": (WORKERS | {"joint"}, {"text": "Vu."}),
    "complaint_referral_end": (WORKERS | {"joint"}, {}),
}
APPEAL = {
    "complaint_show": (WORKERS | {"judge", "joint"}, {}),
    "complaint_appeal_decide": ({"judge"}, {"outcome": "granted", "text": "Oui."}),
    "complaint_appeal_remand": ({"judge"}, {"text": "À revoir."}),
}
CITIZENS = {
    "complaint_accept": {},
    "complaint_acknowledgement_show": {},
    "complaint_appeal": {"text": "Non."},
    "complaint_case_show": {},
    "complaint_file_open": {"file": "FILE"},
    "complaint_reopen": {"text": "Encore."},
    "complaint_reply": {"text": "Voici."},
    "complaint_secret_change": {},
    "complaint_survey": {"score": 3},
    "complaint_withdraw": {},
}
STEWARDS = {
    "complaint_body_update",
    "complaint_category_create",
    "complaint_category_update",
    "complaint_form_create",
    "complaint_holiday_create",
    "complaint_holiday_delete",
    "complaint_holiday_import",
    "complaint_policy_create",
    "complaint_policy_update",
    "complaint_unit_create",
    "complaint_unit_update",
}
LISTS = {"complaint_list", "complaint_referral_list"}
"""Everyone who works on cases has some; what is in them, is looked at below."""
ELSEWHERE = {
    "complaint_body_list": "public",
    "complaint_category_list": "public",
    "complaint_choice_list": "public",
    "complaint_policy_list": "public",
    "complaint_holiday_list": "public",
    "complaint_intake_show": "public",
    "complaint_acknowledgement_keys": "public",
    "complaint_form_show": "test_network.py",
    "complaint_form_list": "test_network.py",
    "complaint_unit_list": "test_network.py",
    "complaint_member_list": "test_members.py",
    "complaint_member_admit": "test_members.py",
    "complaint_member_remove": "test_members.py",
    "complaint_draft_begin": "a draft is opened by its key alone: test_filing.py",
    "complaint_draft_show": "a draft is opened by its key alone: test_filing.py",
    "complaint_draft_answer": "a draft is opened by its key alone: test_filing.py",
    "complaint_submit": "everyone may: test_filing.py",
    "complaint_receipt_show": "a draft is opened by its key alone: test_filing.py",
    "complaint_statistics": "public",
    "complaint_acknowledgement_verify": "public",
    "complaint_intake_begin": "test_counter.py",
    "complaint_intake_draft_show": "test_counter.py",
    "complaint_intake_keep": "test_counter.py",
    "complaint_intake_receipt_show": "test_counter.py",
    "complaint_intake_record": "test_counter.py",
    "complaint_program_call": "test_programs.py",
    "complaint_program_create": "test_programs.py",
    "complaint_program_list": "test_programs.py",
    "complaint_program_revoke": "test_programs.py",
    "complaint_slow_close": "test_floods.py",
    "complaint_slow_release": "test_floods.py",
    "complaint_visit_show": "test_must_change.py",
    "complaint_template_create": "test_templates.py",
    "complaint_template_delete": "test_templates.py",
    "complaint_template_list": "test_templates.py",
    "complaint_template_update": "test_templates.py",
    "complaint_dashboard": "test_overview.py",
    "complaint_dashboard_cases": "test_overview.py",
    "complaint_oversight_reopen": "test_overview.py",
    "complaint_hold_list": "test_purging.py",
    "complaint_hold_set": "test_purging.py",
    "complaint_hold_end": "test_purging.py",
    "complaint_track": "test_receipts.py",
    "complaint_leave": "ends a visit; without one, nothing",
}
TOLD = (tk.ObjectNotFound, tk.NotAuthorized)


class World:
    """A case between units, and everybody who could want to know of it."""

    def __init__(self, portal, clock):
        root, above = net.answering(portal, "ministry", "general", "oversight", "appeal")
        net.coordinated_by(root, above["general"])
        units = {}
        for name in ("water", "roads", "power", "far"):
            org, made = net.answering(portal, name, "general", parent=root)
            units[name] = made["general"]
            if name == "water":
                net.category("roads", routes={None: org})

        def person(name, unit, role):
            return net.officer(portal, clock, name, (unit, role))

        self.people = {
            "handler": person("amel", units["water"], "handler"),
            "lead": person("sami", units["water"], "lead"),
            "clerk": person("clerk", units["water"], "clerk"),
            "excluded": person("olfa", units["water"], "lead"),
            "recused": person("ines", units["water"], "handler"),
            "joint": person("hedi", units["roads"], "handler"),
            "asked": person("nour", units["power"], "lead"),
            "stranger": person("zied", units["far"], "lead"),
            "judge": person("rim", above["appeal"], "lead"),
            "supervisor": person("mona", above["oversight"], "supervisor"),
            "steward": person("yara", above["oversight"], "steward"),
            "dismissed": person("gone", units["water"], "lead"),
            "without-second-factor": person("one", units["water"], "lead"),
            "nobody": person("ali", units["far"], "handler"),
            "operator": net.Officer(portal, clock, "operator").get_ready(),
        }
        net.dismiss(self.people["dismissed"].id, units["water"])
        net.dismiss(self.people["nobody"].id, units["far"])
        net.without_second_factor(self.people["without-second-factor"])
        self.citizen, self.second = Citizen(portal), Citizen(portal)
        self.citizen.file(files={"files": (io.BytesIO(b"Facture no 7.\n"), "facture.txt")})
        self.reference, self.secret = self.citizen.receipt()
        self.second.file()
        other = self.second.receipt()[0]
        self.do("handler", "complaint_claim")
        self.do("recused", "complaint_recuse")
        out = self.do("lead", "complaint_exclude", user="olfa")["excluded"]
        joint = self.do("lead", "complaint_refer", unit_id=units["roads"], mode="joint", text="?")
        self.people["joint"].act("complaint_referral_accept", id=joint["id"])
        asked = self.do(
            "lead", "complaint_refer", unit_id=units["power"], mode="transfer", text="?"
        )
        row = net.row_of("complaints_file", kind="original")
        self.names = {
            "FILE": row["id"],
            "OTHER": units["far"],
            "SECOND": other,
            "EXCLUSION": next(each["id"] for each in out if each["name"] == "olfa"),
        }
        self.joint, self.asked = joint["id"], asked["id"]

    def do(self, who, action, **data):
        return self.people[who].act(action, reference=self.reference, **data)

    def given(self, data):
        return {
            name: self.names.get(each, each) if isinstance(each, str) else each
            for name, each in data.items()
        }

    def state(self):
        """Return the case and what belongs to it, as the database has it."""
        tables = ("referral", "referral_word", "exclusion", "link", "message", "assignment")
        with model.ensure_engine().connect() as connection:
            counts = [
                connection.exec_driver_sql(f"SELECT count(*) FROM complaints_{each}").scalar()
                for each in tables
            ]
            row = connection.exec_driver_sql(
                f"SELECT * FROM complaints_case WHERE reference = '{self.reference}'"
            ).first()
        return counts, tuple(row)


@pytest.fixture
def world(portal, clock):
    return World(portal, clock)


def outcome(person, action, data):
    """Return what became of a call: ``done``, what was wrong, or what a stranger is told."""
    try:
        person.act(action, **data)
    except tk.ValidationError as error:
        return "wrong", str(error.error_dict.get("__codes"))
    except TOLD as error:
        return type(error).__name__, str(error)
    return "done", ""


def check(world, table, key, is_case=True):
    """Call every action of a table as everybody, and compare with whom the table names."""
    unknown = receipts.new_reference() if is_case else "00000000-0000-0000-0000-000000000000"
    found = {}
    for action, (may, data) in table.items():
        for who, person in world.people.items():
            given = world.given(data)
            before = world.state()
            if who in may:
                done = outcome(person, action, {**given, **key, "version": STALE})
                is_let = done[0] in ("done", "wrong")
                found[action, who] = "may" if is_let else done
                continue
            done = outcome(person, action, {**given, **key})
            of_nothing = outcome(person, action, {**given, **dict.fromkeys(key, unknown)})
            if done[0] in ("done", "wrong") or world.state() != before:
                found[action, who] = ("did", done)
            elif done != of_nothing and who not in WORKERS | {"joint", "judge", "asked"}:
                found[action, who] = ("learned", done)
    wrong = {
        pair: each
        for pair, each in found.items()
        if each != "may" or pair[1] not in table[pair[0]][0]
    }
    assert wrong == {}


def test_every_action_is_in_the_matrix():
    named = [*CASE, *REQUEST, *TOGETHER, *APPEAL, *CITIZENS, *STEWARDS, *LISTS, *ELSEWHERE]
    assert set(actions.__all__) - set(named) == set()
    assert set(named) - set(actions.__all__) == set()


def test_who_may_do_what_in_a_case(world):
    check(world, CASE, {"reference": world.reference})


def test_who_may_do_what_with_a_request_of_another_unit(world):
    check(world, REQUEST, {"id": world.asked}, is_case=False)


def test_who_may_work_together(world):
    check(world, TOGETHER, {"id": world.joint}, is_case=False)


def test_who_may_do_what_with_an_appeal(world):
    text = {"outcome": "refused", "text": "Non."}
    world.do("handler", "complaint_answer", **text)
    world.citizen.send("/complaints/track", reference=world.reference, secret=world.secret)
    world.citizen.send("/complaints/case/appeal", on="/complaints/case", text="Je conteste.")
    check(world, APPEAL, {"reference": world.reference})


def test_what_is_listed_and_counted_is_what_one_may_know_of(world):
    sees = {"handler": 2, "lead": 2, "excluded": 1, "recused": 1, "joint": 0, "asked": 0}
    for who, person in world.people.items():
        asks = {"joint": 1, "asked": 1}.get(who, 0)
        try:
            listed = person.act("complaint_list")
            requests = person.act("complaint_referral_list")["results"]
        except tk.NotAuthorized:
            assert who not in sees, who
            continue
        numbers = {each["number"] for each in listed["results"]}
        expected = sees.get(who, 0)
        assert (len(numbers), listed["counts"]["all"]) == (expected, expected), who
        assert (world.reference in numbers) == (expected == 2), who
        assert (len(requests), STORY in str((listed, requests))) == (asks, False), who


def test_the_network_is_changed_by_its_stewards_alone(world):
    for action in sorted(STEWARDS):
        for who, person in world.people.items():
            done = outcome(person, action, {})
            if who != "steward":
                assert done[0] in ("NotAuthorized", "NotFound"), (action, who, done)
            else:
                assert done[0] != "NotAuthorized", (action, done)


def test_a_citizen_comes_to_their_own_case_alone(world):
    """Whatever is not the two numbers, or a ticket that holds, opens nothing."""
    wrong = receipts.new_secret()
    before = world.state()
    for action, data in CITIZENS.items():
        for key in (
            {},
            {"visit": "x"},
            {"visit": "A" * 86},
            {"reference": world.reference},
            {"reference": world.reference, "secret": wrong},
            {"reference": world.names["SECOND"], "secret": world.secret},
        ):
            with pytest.raises(tk.ValidationError):
                world.people["stranger"].act(action, **world.given(data), **key)
    assert world.state() == before


def test_a_ticket_that_expired_opens_nothing(world):
    with world.people["nobody"].inside() as context:
        asked = {"reference": world.reference, "secret": world.secret}
        visit = tk.get_action("complaint_track")(context, asked)["visit"]
    stranger = world.people["stranger"]
    assert stranger.act("complaint_case_show", visit=visit)["number"] == world.reference
    net.sql("UPDATE complaints_visit SET expires_at = now() - interval '1 second'")
    with pytest.raises(tk.ValidationError):
        stranger.act("complaint_case_show", visit=visit)


def test_a_token_of_ckan_opens_nothing_whoever_it_belongs_to(portal, world):
    before = world.state()
    data = {"reference": world.reference, "id": world.asked}
    for name in sorted(set(actions.__all__) - set(ELSEWHERE)):
        for who in ("sami", "operator"):
            status, _error = portal.call(who, name, **data)
            is_content = getattr(actions.__dict__[name], "has_content", False)
            assert status == 404 if is_content else status in (403, 404), (name, who, status)
    assert world.state() == before
