"""A body leads its consultations through their life on pages."""

import re

import pytest
import sqlalchemy as sa
from tests.integration.consultation.browsing import get, signed_in, text_of, tree
from tests.integration.consultation.conftest import at, fields, published, shift

import ckan.plugins.toolkit as tk
from ckan import model

HERE = "/consultation/transport/manage"
NEW = "/dashboard/consultation/new"
TYPED = {
    "name": "transport",
    "kind": "regulation",
    "title_translated-ar": "مشروع أمر يتعلّق بالنقل",
    "title_translated-fr": "Projet de décret sur les transports",
    "summary_translated-fr": "Les **bus**.",
    "primary_lang": "ar",
    "opens_at": "2030-05-01T08:00",
    "closes_at": "2030-06-01T18:30",
    "response_due_at": "2030-07-01T00:00",
    "moderation": "pre",
    "edit_minutes": "20",
    "appeal_days": "10",
    "trusted_after": "2",
}


@pytest.fixture
def amel(portal, body):
    return signed_in(portal, "amel")


@pytest.fixture
def sami(portal, body):
    return signed_in(portal, "sami")


ACT = re.compile(f"{HERE}/[a-z]+$")
"""A page on which a step is taken; others lead to work in the consultation."""


def send(portal, client, path, **values):
    return portal.fill_in(f"/en{path}", client=client, **values)


def shown(portal, who="amel"):
    return portal.ok(who, "consultation_show", id="transport")


def acts(page):
    """Return the steps that a page offers."""
    links = tree(page).xpath("//ul[@class='og-acts']//a/@href")
    return sorted(each.split(f"{HERE}/")[1] for each in links if ACT.search(each))


def version(portal):
    return {"version": str(shown(portal)["version"])}


def test_a_name_is_made_of_the_title(portal, body, amel):
    typed = {**TYPED, "name": ""}
    first = send(portal, amel, NEW, owner_org=body["id"], **typed)
    again = send(portal, amel, NEW, owner_org=body["id"], **typed)
    typed["title_translated-fr"] = ""
    arabic = send(portal, amel, NEW, owner_org=body["id"], **typed)

    assert first.location.endswith("/consultation/projet-de-decret-sur-les-transports/manage")
    assert re.search(r"/projet-de-decret-sur-les-transports-[0-9a-f]{6}/manage$", again.location)
    assert re.search(r"/consultation-[0-9a-f]{6}/manage$", arabic.location)


def test_what_to_choose_is_said_without_codes(portal, body, amel):
    page = send(portal, amel, NEW, owner_org=body["id"], **{**TYPED, "kind": ""})

    assert "Choose one of those offered." in page.text
    assert "regulation, plan" not in page.text


def test_a_draft_is_made_by_a_form(portal, body, amel):
    form = tree(get(portal, NEW, amel))

    answer = send(portal, amel, NEW, owner_org=body["id"], **TYPED)

    assert form.xpath("//input[@name='owner_org']/@value") == [body["id"]]
    assert answer.location.endswith("/en/consultation/transport/manage")
    made = shown(portal)
    assert made["opens_at"] == "2030-05-01T08:00:00Z"
    assert made["closes_at"] == "2030-06-01T18:30:00Z"
    assert made["primary_lang"] == "ar"
    assert made["settings"] == {
        "moderation": "pre",
        "guests": False,
        "edit_minutes": 20,
        "appeal_days": 10,
        "trusted_after": 2,
    }
    page = get(portal, HERE, amel)
    assert acts(page) == ["cancel", "delete", "edit", "submit"]
    assert "Les bus." in text_of(page)


def test_dates_are_those_of_the_sites_time_zone(portal, body, amel, monkeypatch):
    monkeypatch.setitem(tk.config, "ckan.display_timezone", "Africa/Tunis")
    send(portal, amel, NEW, owner_org=body["id"], **TYPED)

    form = tree(get(portal, f"{HERE}/edit", amel))

    assert shown(portal)["opens_at"] == "2030-05-01T07:00:00Z"
    assert form.xpath("//input[@name='opens_at']/@value") == ["2030-05-01T08:00"]


def test_all_that_is_wrong_is_said_beside_what_was_typed(portal, body, amel):
    wrong = {
        **TYPED,
        "name": "É",
        "title_translated-ar": "",
        "title_translated-fr": "",
        "opens_at": "tomorrow",
        "edit_minutes": "many",
        "kind": "",
    }

    answer = send(portal, amel, NEW, owner_org=body["id"], **wrong)

    page = tree(answer)
    assert answer.status_code == 422
    leads = [each.removeprefix("#field-") for each in page.xpath("//div[@role='alert']//a/@href")]
    assert sorted(leads) == ["kind", "name", "opens_at", "settings", "title_translated-fr"]
    for lead in leads:
        assert page.xpath(f"//*[@id='field-{lead}']"), lead
    for name in ("name", "opens_at", "edit_minutes", "closes_at"):
        assert page.xpath(f"//input[@name='{name}']/@value") == [wrong[name]]
    assert page.xpath("//textarea[@name='summary_translated-fr']")[0].text == "Les **bus**."
    assert page.xpath("//input[@name='moderation'][@checked]/@value") == ["pre"]
    assert portal.ok("amel", "consultation_work_list")["results"] == []


def test_a_draft_is_changed_unless_someone_did_meanwhile(portal, draft, amel):
    old = {"version": str(draft["version"])}
    portal.ok("sami", "consultation_update", id="transport", kind="law")

    answer = send(portal, amel, f"{HERE}/edit", **{**TYPED, "name": "buses"}, **old)

    assert answer.status_code == 422
    assert "Someone changed this meanwhile." in text_of(answer)
    assert tree(answer).xpath("//input[@name='name']/@value") == ["buses"]
    again = tree(answer).xpath("//input[@name='version']/@value")
    answer = send(portal, amel, f"{HERE}/edit", **{**TYPED, "name": "buses"}, version=again[0])
    assert answer.location.endswith("/consultation/buses/manage")


def test_a_form_that_does_not_say_what_it_showed_changes_nothing(portal, draft, amel):
    answer = send(portal, amel, f"{HERE}/edit", **TYPED)

    assert answer.status_code == 422
    assert shown(portal)["version"] == draft["version"]


def test_it_goes_from_hand_to_hand(portal, draft, amel, sami):
    assert "What happens" in text_of(get(portal, f"{HERE}/submit", amel))
    send(portal, amel, f"{HERE}/submit", **version(portal))
    assert acts(get(portal, HERE, amel)) == []
    assert get(portal, f"{HERE}/edit", amel).status_code == 302
    assert acts(get(portal, HERE, sami)) == ["cancel", "publish", "return"]

    silent = send(portal, sami, f"{HERE}/return", reason=" ", **version(portal))
    assert silent.status_code == 422
    assert tree(silent).xpath("//div[@role='alert']//a/@href") == ["#field-reason"]
    send(portal, sami, f"{HERE}/return", reason="Name the lines.", **version(portal))
    assert "Name the lines." in text_of(get(portal, HERE, amel))

    send(portal, amel, f"{HERE}/submit", **version(portal))
    answer = send(portal, sami, f"{HERE}/publish", **version(portal))
    assert answer.location.endswith("/manage?taken=publish")
    assert shown(portal)["state"] == "published"
    assert acts(get(portal, HERE, sami)) == ["cancel", "extend"]
    assert acts(get(portal, HERE, amel)) == []


def test_who_wrote_it_is_told_why_they_cannot_approve_it(portal, body, sami):
    portal.ok("sami", "consultation_create", **fields(body))
    portal.ok("sami", "consultation_submit_review", id="transport")

    page, step = get(portal, HERE, sami), get(portal, f"{HERE}/publish", sami)

    told = "A consultation is approved by someone who neither wrote nor submitted it."
    assert told in text_of(page)
    assert "publish" not in acts(page)
    assert told in text_of(step)
    assert tree(step).xpath("//main//button[@type='submit']") == []
    answer = send(portal, sami, f"{HERE}/publish", **version(portal))
    assert answer.status_code == 422
    assert shown(portal)["state"] == "in-review"


def test_nobody_approves_what_they_were_not_shown(portal, draft, sami):
    portal.ok("amel", "consultation_submit_review", id="transport")
    seen = version(portal)
    portal.ok("nour", "consultation_return", id="transport", reason="Shorter.")
    portal.ok("amel", "consultation_update", id="transport", kind="law")
    portal.ok("amel", "consultation_submit_review", id="transport")

    for given in (seen, {}):
        answer = send(portal, sami, f"{HERE}/publish", **given)
        assert answer.status_code == 422
        assert "Someone changed this meanwhile." in text_of(answer)
    assert shown(portal)["state"] == "in-review"


def test_the_end_is_put_off_and_never_brought_forward(portal, draft, sami):
    published(portal, draft)
    asked = f"{HERE}/extend"

    sooner = send(portal, sami, asked, closes_at="2026-01-01T08:00", **version(portal))
    none = send(portal, sami, asked, closes_at="soon", **version(portal))
    later = send(portal, sami, asked, closes_at="2040-01-01T08:00", **version(portal))

    assert "never brought forward" in text_of(sooner)
    assert "Give the day and the time." in text_of(none)
    assert tree(none).xpath("//input[@name='closes_at']/@value") == ["soon"]
    assert later.status_code == 302
    assert shown(portal)["closes_at"] == "2040-01-01T08:00:00Z"


def test_what_is_over_is_not_put_off(portal, draft, sami):
    published(portal, draft)
    shift(draft, opens_at=-3)
    shift(draft, closes_at=-1)

    page = get(portal, HERE, sami)

    assert "extend" not in acts(page)
    assert "This consultation is closed." in text_of(page)
    assert "Publish at least one reply" in text_of(page)


def test_it_is_cancelled_for_a_reason_that_everyone_reads(portal, draft, sami):
    published(portal, draft)

    asked = text_of(get(portal, f"{HERE}/cancel", sami))
    send(portal, sami, f"{HERE}/cancel", reason="The draft is void.", **version(portal))

    assert "This cannot be undone." in asked
    assert "The public reads this." in asked
    assert "The draft is void." in text_of(get(portal, "/consultation/transport"))
    assert acts(get(portal, HERE, sami)) == []


def test_a_draft_is_deleted_after_a_question(portal, draft, amel):
    assert "This cannot be undone." in text_of(get(portal, f"{HERE}/delete", amel))

    answer = send(portal, amel, f"{HERE}/delete", **version(portal))

    assert answer.location.endswith("/dashboard/consultation")
    assert portal.call("amel", "consultation_show", id="transport")[0] == 404


def test_what_is_answered_is_archived(portal, draft, sami):
    published(portal, draft)
    with model.ensure_engine().begin() as connection:
        connection.execute(
            sa.text("UPDATE consultation SET state = 'results', answered_at = now()")
        )

    send(portal, sami, f"{HERE}/archive", **version(portal))

    assert shown(portal)["state"] == "archived"


@pytest.mark.parametrize("path", [HERE, f"{HERE}/edit", f"{HERE}/cancel", f"{HERE}/publish"])
def test_strangers_learn_nothing_of_these_pages(portal, draft, path):
    portal.body("other", omar="admin")
    portal.user("root", sysadmin=True)
    published(portal, draft)

    assert get(portal, path, signed_in(portal, "omar")).status_code == 404
    assert get(portal, path, signed_in(portal, "root")).status_code == 404
    assert "/user/login" in get(portal, path).location


def test_forms_of_other_sites_do_nothing(portal, draft, amel):
    for step in ("submit", "cancel", "delete", "edit"):
        answer = amel.post(f"/en{HERE}/{step}", data={"reason": "x", **version(portal)})
        assert answer.status_code in (302, 400)

    assert shown(portal)["state"] == "draft"


STATES = [
    ("draft", {}, "draft", "go-on"),
    ("draft", {"reason": "Shorter."}, "returned", "mend"),
    ("in-review", {}, "in-review", "see"),
    ("published", {}, "scheduled", "see"),
    ("published", {"opens_at": at(-2)}, "open", "see"),
    ("published", {"opens_at": at(-2), "closes_at": at(-1)}, "closed", "answer"),
    (
        "published",
        {"opens_at": at(-3), "closes_at": at(-2), "response_due_at": at(-1)},
        "overdue",
        "answer",
    ),
    ("results", {"opens_at": at(-2), "closes_at": at(-1)}, "results", "see"),
    ("cancelled", {}, "cancelled", "see"),
]
FOR_THE_ADMIN = {"in-review": "review"}


@pytest.mark.parametrize(("state", "values", "work", "next_"), STATES)
def test_what_is_to_do_next_is_told_to_each(portal, draft, state, values, work, next_):
    with model.ensure_engine().begin() as connection:
        changes = ", ".join(f"{name} = :{name}" for name in ("state", *values))
        update = sa.text(f"UPDATE consultation SET {changes}")
        connection.execute(update, {"state": state, **values})

    [mine] = portal.ok("amel", "consultation_work_list")["results"]
    theirs = portal.ok("sami", "consultation_work_list")

    assert (mine["work"], mine["next"]) == (work, next_)
    assert theirs["results"][0]["next"] == FOR_THE_ADMIN.get(work, next_)
    assert theirs["counts"][work] == 1
    assert portal.ok("sami", "consultation_work_list", state=work)["results"] != []
    other = "draft" if work != "draft" else "open"
    assert portal.ok("sami", "consultation_work_list", state=other)["results"] == []
    assert "Projet de décret" in text_of(
        get(portal, "/dashboard/consultation", signed_in(portal, "amel"))
    )


def test_work_is_of_ones_own_bodies_and_roles(portal, body, draft):
    other = portal.body("other", omar="admin")
    theirs = portal.ok("omar", "consultation_create", **fields(other, name="theirs"))
    portal.user("rim")
    member = {"id": theirs["id"], "user": model.User.get("rim").id}
    with model.ensure_engine().begin() as connection:
        add = "INSERT INTO consultation_member VALUES (:id, :user, 'responder')"
        connection.execute(sa.text(add), member)

    def names(who, **wish):
        found = portal.ok(who, "consultation_work_list", **wish)["results"]
        return [each["name"] for each in found]

    assert names("amel") == ["transport"]
    assert names("omar") == ["theirs"]
    assert names("rim") == ["theirs"]
    portal.user("root", sysadmin=True)
    assert names("root") == []
    assert names("omar", owner_org="meteo") == []
    assert names("omar", owner_org="other", q="décret") == ["theirs"]
    assert names("omar", q="nothing") == []
    assert portal.call(None, "consultation_work_list")[0] == 403
    assert portal.call("amel", "consultation_work_list", state="x")[1]["__codes"] == {
        "state": ["unknown-state"]
    }


def test_work_is_leafed_through_in_its_order(portal, body):
    for number in range(5):
        portal.ok("amel", "consultation_create", **fields(body, name=f"plan-{number}"))
    portal.ok("amel", "consultation_submit_review", id="plan-3")

    first = portal.ok("amel", "consultation_work_list", limit=2)
    second = portal.ok("amel", "consultation_work_list", limit=2, cursor=first["next_cursor"])
    third = portal.ok("amel", "consultation_work_list", limit=2, cursor=second["next_cursor"])

    names = [each["name"] for page in (first, second, third) for each in page["results"]]
    assert names[0] == "plan-3"
    assert sorted(names) == [f"plan-{number}" for number in range(5)]
    assert third["next_cursor"] is None
