"""A portal with something on every page: its objects, and who has business with each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from tests.common.consulted import answers, consultations, guests, leaving, texts
from tests.common.moderated import SECOND, moderation

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.mailer import create_reset_key

VISITOR = None
EDITOR, REVIEWER, OPERATOR = "amel", "sami", "operator"
ROWS = "001,2026-01-02,4.5\n002,2026-01-02,0\n"
CSV = f"المحطّة,اليوم,الأمطار\n{ROWS}"
BROKEN = f"المحطّة,اليوم,الأمطار\n{ROWS}003,2026-01-02,3,4\n"
NAMES = {EDITOR: "أمل بن سالم", REVIEWER: "سامي الزواري", OPERATOR: "مدير البوّابة"}


FORMS = [
    ("/dataset/new", EDITOR, {}),
    ("/dataset/riyah/resource/new", EDITOR, {"id": "", "save": "go-metadata"}),
    ("/dataset/edit/riyah", EDITOR, {"title_translated-fr": "", "name": "A B", "tag_string": "%"}),
    ("/organization/new", OPERATOR, {}),
    ("/organization/edit/rasd", REVIEWER, {"name": ""}),
    ("/organization/member_new/rasd", REVIEWER, {}),
    ("/group/new", OPERATOR, {"name": "amtar amtar"}),
    ("/user/edit/amel", EDITOR, {"email": "no", "password1": "a", "password2": "b"}),
    ("/user/register", VISITOR, {"name": "é", "email": "no", "password1": "a", "password2": "b"}),
    ("/user/login", VISITOR, {"login": "amel", "password": "wrong"}),
    ("/user/reset", VISITOR, {}),
    ("/user/reset", VISITOR, {"user": "nobody"}),
    ("/dataset/harara/review/return", REVIEWER, {}),
    ("/dataset/bukhar/standing", EDITOR, {"most_rows": "x"}),
    ("/dataset/amtar/revise", EDITOR, {"license_id": "no", "temporal_start": "2026-13-40"}),
    ("/user/amel/api-tokens", EDITOR, {}),
    ("/user/amel/api-tokens", EDITOR, {"name": "رمز"}),
    ("/dashboard/consultation/new", EDITOR, {"name": "A B", "opens_at": "x", "edit_minutes": "x"}),
    ("/consultation/musawwada/manage/edit", EDITOR, {"name": "musawwada", "version": "0"}),
    ("/consultation/muraja/manage/return", REVIEWER, {"reason": "", "version": "2"}),
    ("/consultation/qadima/manage/extend", REVIEWER, {"closes_at": "2026-01-01T10:00"}),
    ("/consultation/maftuha/respond", EDITOR, {"body": " ", "position": "9"}),
    ("/consultation/mughlaqa/respond", EDITOR, {"body": "فات الأوان"}),
    ("/consultation/maftuha/respond", VISITOR, {"body": " ", "email": "no", "display_name": "@"}),
    ("/consultation/maftuha/guest/return", VISITOR, {"email": ""}),
    ("/consultation/maftuha/mine/name", EDITOR, {"kind": "organization", "org_name": ""}),
]
"""Forms, who sends them, and how: what is missing or wrong is said on the page that answers."""


@dataclass(frozen=True, slots=True)
class Case:
    """An object, as the parameters of a page's address, and who opens its pages."""

    kind: str
    parameters: dict[str, str]
    people: tuple[str | None, ...]


def fill(portal) -> list[Case]:
    """Fill an empty portal; its texts are in Arabic and French, so that English stands out."""
    people = {EDITOR: "editor", REVIEWER: "admin", SECOND: "admin"}
    body = portal.body("rasd", **people)
    _name_the_people()
    described = {
        "id": body["id"],
        "title": "المعهد الوطني للرصد الجوّي",
        "description": "يرصد الطقس",
    }
    portal.inside("organization_patch", OPERATOR, **described)
    group = portal.inside(
        "group_create", OPERATOR, name="climat", title="المناخ", description="ما يتعلّق بالطقس"
    )
    member = {"id": group["id"], "username": EDITOR, "role": "member"}
    portal.inside("group_member_create", OPERATOR, **member)
    cases = [*_datasets(portal, body, group["name"]), *_users(portal)]
    for kind, changed, people in (
        ("organization", body, (VISITOR, REVIEWER, OPERATOR)),
        ("group", group, (VISITOR, OPERATOR)),
    ):
        portal.inside(f"{kind}_patch", OPERATOR, id=changed["id"], description="كلّ ما يتعلّق بالطقس")
        activities = portal.inside(f"{kind}_activity_list", OPERATOR, id=changed["id"])
        change = next(each for each in activities if each["activity_type"] == f"changed {kind}")
        parameters = {"id": changed["name"], "user": EDITOR, "activity_id": change["id"]}
        cases.append(Case(kind, parameters, people))
    cases += _consultations(portal, body)
    cases.append(Case("portal", {"name": "privacy"}, (VISITOR,)))
    cases.append(Case("schema", {"name": "budget-execution", "version": "1.0.0"}, (VISITOR,)))
    model.Session.remove()
    return cases


def _name_the_people():
    for name, fullname in NAMES.items():
        model.User.get(name).fullname = fullname
    model.Session.commit()
    model.Session.remove()


def _consultations(portal, body):
    """Yield consultations in every state, and one comment in each state with its page."""
    made = consultations(portal, body)
    staff, everyone = (EDITOR, REVIEWER), (VISITOR, EDITOR)
    for name, step, people in [
        ("musawwada", "delete", staff),
        ("muada", "submit", (EDITOR,)),
        ("muraja", "publish", staff),
        ("qadima", "extend", (VISITOR, REVIEWER)),
        ("own", "cancel", (*everyone, REVIEWER)),
        ("first", "cancel", everyone),
        ("below", "cancel", everyone),
        ("stone", "cancel", everyone),
        ("waiting", "cancel", (EDITOR,)),
        ("mughlaqa", "extend", (VISITOR, REVIEWER)),
        ("mutaakhira", "results", (VISITOR, REVIEWER)),
        ("mujaba", "archive", (VISITOR, REVIEWER)),
        ("mahfudha", "archive", (VISITOR,)),
        ("mulghat", "cancel", (VISITOR, REVIEWER)),
    ]:
        yield Case("consultation", {**made[name], "step": step}, people)
    yield Case("consultation", answers(portal), everyone)
    yield Case("consultation", guests(portal), everyone)
    yield Case("leaving", leaving(portal, made["maftuha"]), (VISITOR,))
    for parameters in texts(portal, body):
        yield Case("text", parameters, (*everyone, REVIEWER))
    found = moderation(portal, body)
    yield Case("consultation", found["public"], (REVIEWER,))
    yield Case("consultation", found["contested"], (EDITOR,))
    yield Case("review", found["item"], (REVIEWER, SECOND))


def _texts(title, name):
    return {
        "name": name,
        "title": title,
        "title_translated": {"ar": title, "fr": f"Relevés : {name}"},
        "notes_translated": {"ar": "أرقام يومية", "fr": "Chiffres quotidiens"},
        "tag_string": "طقس,أمطار",
        "theme": "ENVI",
        "frequency": "DAILY",
        "temporal_start": "2026-01-01",
        "temporal_end": "2026-07-31",
        "spatial_name": "تونس",
        "contact_name": "مصلحة المناخ",
        "contact_email": "climat@example.org",
    }


def _datasets(portal, body, group):
    def draft(title, name, text=CSV, **fields):
        return _draft(portal, body, text, {**_texts(title, name), **fields})

    published = _published(portal, draft("الأمطار", "amtar", groups=[{"name": group}]))
    portal.inside("follow_dataset", EDITOR, id=published["id"])
    yield _case(portal, published, (VISITOR, EDITOR))

    yield _case(portal, draft("الرياح", "riyah", BROKEN), (EDITOR,))

    submitted = draft("الحرارة", "harara")
    portal.ok(EDITOR, "opengov_dataset_submit", id=submitted["id"])
    yield _case(portal, submitted, (REVIEWER,))

    returned = draft("الرطوبة", "rutuba")
    portal.ok(EDITOR, "opengov_dataset_submit", id=returned["id"])
    portal.ok(REVIEWER, "opengov_dataset_return", id=returned["id"], reason="ينقص الوصف")
    yield _case(portal, returned, (EDITOR,))

    revised = _published(portal, draft("الثلوج", "thuluj"))
    change = {"title_translated": {"ar": "الثلوج اليومية", "fr": "Neige"}}
    portal.ok(EDITOR, "opengov_revision_create", id=revised["id"], **change)
    portal.ok(EDITOR, "opengov_dataset_submit", id=revised["id"])
    yield _case(portal, revised, (REVIEWER,))

    withdrawn = _published(portal, draft("الضباب", "dhabab"))
    portal.ok(REVIEWER, "opengov_dataset_withdraw", id=withdrawn["id"], reason="أرقام خاطئة")
    yield _case(portal, withdrawn, (VISITOR,))
    yield from _standing(portal, draft)


def _standing(portal, draft):
    """Yield a table to which a program adds rows, and one for which that is asked for."""
    terms = {"mode": "append", "most_rows": 10, "most_rows_a_day": 20, "reason": "أرقام كلّ يوم"}
    names = CSV.splitlines()[0].split(",")
    schema = json.dumps({"fields": [{"name": name, "type": "string"} for name in names]})
    for title, name, person in (("التبخّر", "bukhar", EDITOR), ("الندى", "nada", REVIEWER)):
        dataset = draft(title, name)
        resource_id = dataset["resources"][0]["id"]
        portal.ok(EDITOR, "resource_patch", id=resource_id, schema=schema)
        portal.work()
        _published(portal, dataset)
        asked = portal.ok(EDITOR, "opengov_standing_request", resource_id=resource_id, **terms)
        if person == EDITOR:
            # Days are counted where the portal is: late in the evening, not that of UTC.
            until = datetime.now(tk.h.get_display_timezone()).date().isoformat()
            portal.ok(REVIEWER, "opengov_standing_grant", id=asked["id"], until=until)
            row = dict(zip(names, ("003", "2026-01-02", "1"), strict=True))
            sent = {"resource_id": resource_id, "records": [row], "method": "append"}
            portal.ok(EDITOR, "opengov_table_upsert", **sent)
        yield Case("standing", {"id": name, "standing_id": asked["id"]}, (person,))


def _draft(portal, body, text, fields):
    """Make a checked draft whose file has a view."""
    dataset = portal.draft(EDITOR, body, text, **fields)
    view = {"resource_id": dataset["resources"][0]["id"], "title": "معاينة"}
    portal.ok(EDITOR, "resource_view_create", **view, view_type="text_view")
    portal.work()
    return dataset


def _published(portal, dataset):
    portal.ok(EDITOR, "opengov_dataset_submit", id=dataset["id"])
    portal.ok(REVIEWER, "opengov_dataset_publish", id=dataset["id"])
    portal.work()
    return dataset


def _case(portal, dataset, people):
    resource = dataset["resources"][0]["id"]
    views = portal.inside("resource_view_list", OPERATOR, id=resource)
    activities = portal.inside("package_activity_list", OPERATOR, id=dataset["id"])
    parameters = {
        "id": dataset["name"],
        "resource_id": resource,
        "view_id": views[0]["id"],
        "user_id": REVIEWER,
        "step": "withdraw",
    }
    if activities:
        parameters["activity_id"] = activities[0]["id"]
    return Case("dataset", parameters, people)


def _users(portal):
    forgetful = model.User.get(EDITOR)
    create_reset_key(forgetful)
    yield Case("user", {"id": EDITOR, "key": forgetful.reset_key}, (VISITOR, EDITOR))
    yield Case("user", {"id": REVIEWER, "key": ""}, (OPERATOR,))
