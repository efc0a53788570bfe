"""Who lost a phone is helped by a colleague, and by nobody else."""

import re
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from tests.common.people import PASSWORD, Person

from ckan import model
from ckan.cli.cli import ckan

from ckanext.opengov.model import publication
from ckanext.opengov.shared import audit, outbox, rendering, second_factor
from ckanext.opengov.shared.domain.second_factor import State
from ckanext.opengov.shared.second_factor import rows

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def enrol(portal, clock, *names):
    return [Person(portal, clock, name).get_ready() for name in names]


@pytest.fixture
def office(portal, clock):
    """A body with an editor and two administrators whom the operator appointed: all enrolled."""
    portal.body(amel="editor", sami="admin", nour="admin")
    return enrol(portal, clock, "amel", "sami", "nour")


def page_of(person, body="meteo"):
    return f"/organization/members/{body}/two-factor?user={person.id}"


def reset(colleague, person, body="meteo", code=None):
    """Fill in the colleague's page; keep the code to hand over."""
    colleague.clock.tick()
    path = page_of(person, body)
    fields = {"user": person.id, "code": colleague.code() if code is None else code}
    answer = colleague.send(path, path.split("?")[0], **fields)
    groups = re.search(r'id="handover"[^>]*>(.*?)</p>', answer.text, re.DOTALL)
    if groups:
        person.handover = "-".join(re.findall(r"<span>([0-9A-Z]{4})</span>", groups.group(1)))
    return answer


def standing(person):
    found = second_factor.standing(model.Session, person.id)
    model.Session.remove()
    return found


def told(person, kind):
    query = sa.select(sa.func.count()).select_from(outbox.Message)
    query = query.where(outbox.Message.recipient_id == person.id, outbox.Message.kind == kind)
    return model.Session.execute(query).scalar()


def call(portal, person, **values):
    return portal.call(person.name, "opengov_two_factor_reset", **{"id": "meteo", **values})


def test_a_colleague_lets_a_person_set_it_up_again(portal, office):
    amel, sami, nour = office
    asked = sami.get(page_of(amel)).text

    done = reset(sami, amel)

    assert "Reset two-step sign-in of amel?" in asked
    assert done.status_code == 200
    assert standing(amel).state is State.RESET
    assert not amel.is_in()
    assert [told(person, "two-factor-reset") for person in (amel, sami, nour)] == [1, 1, 1]
    query = sa.select(audit.AuditRow).where(audit.AuditRow.subject == f"account:{amel.id}")
    row = model.Session.execute(query.order_by(audit.AuditRow.seq.desc())).scalars().first()
    assert (row.step, row.actor_id, row.details["was"]) == ("two-factor-reset", sami.id, "on")

    # The password alone leads to the page that asks for what the colleague was given.
    browser = amel.elsewhere()
    assert browser.give_password().location.endswith("/user/two-factor/begin")
    assert "Code from your colleague" in browser.get("/user/two-factor/begin").text
    assert not browser.is_in()
    page = browser.send("/user/two-factor/begin", code=amel.handover.lower())
    browser.read_key(page.text)
    browser.confirm("/user/login")
    assert browser.is_in()
    assert standing(amel).state is State.ON
    assert browser.secret != amel.secret


def test_the_code_is_handed_over_to_one_person_once_and_for_days(portal, office, monkeypatch):
    amel, sami, nour = office
    reset(sami, amel)
    reset(sami, nour)
    thief = amel.elsewhere()
    thief.give_password()

    for wrong in ("", "000000", "ABCD-EFGH-JKMN-PQRS", nour.handover, amel.recovery[0]):
        answer = thief.send("/user/two-factor/begin", code=wrong)
        assert answer.status_code == 422, wrong
        assert "This is not the code that your colleague was given" in answer.text
    assert thief.send("/user/two-factor/begin", code=amel.handover).status_code == 429
    assert not thief.is_in()

    late = amel.elsewhere("192.0.2.99")
    late.give_password()
    with monkeypatch.context() as patch:
        patch.setattr("ckanext.opengov.logic.action.two_factor.utc_now", lambda: NOW.replace(2027))
        assert late.send("/user/two-factor/begin", code=amel.handover).status_code == 422
    page = late.send("/user/two-factor/begin", code=amel.handover)
    late.read_key(page.text)
    late.confirm("/user/login")
    assert late.is_in()
    again = amel.elsewhere("192.0.2.98")
    assert again.give_password().location.endswith("/user/login/code")


def test_the_colleague_shows_who_they_are(portal, office):
    amel, sami, _nour = office

    assert reset(sami, amel, code="000000").status_code == 422
    status, error = call(portal, sami, user=amel.id)
    assert (status, error["__codes"]) == (409, {"code": ["wrong-code"]})
    assert standing(amel).state is State.ON

    sami.clock.tick()
    answer = portal.ok(
        "sami", "opengov_two_factor_reset", id="meteo", user="amel", code=sami.code()
    )
    assert len(answer["handover_code"]) == 19
    assert standing(amel).state is State.RESET


def test_a_colleague_without_a_second_factor_helps_nobody(portal, clock):
    portal.body(amel="editor", sami="admin")
    (amel,) = enrol(portal, clock, "amel")
    sami = Person(portal, clock, "sami")
    sami.sign_in()

    status, error = call(portal, sami, user=amel.id, code="000000")

    assert (status, error["__codes"]) == (409, {"__all__": ["two-factor-not-on"]})
    assert standing(amel).state is State.ON


@pytest.fixture
def outsiders(portal, clock, office):
    """A sysadmin, a colleague without power, an administrator elsewhere, a stranger: enrolled."""
    portal.user("root", sysadmin=True)
    body = portal.inside("organization_show", "operator", id="meteo")
    for name, role in {"omar": "editor", "dina": "member"}.items():
        portal.user(name)
        member = {"id": body["id"], "username": name, "role": role}
        portal.inside("organization_member_create", "operator", **member)
    portal.body("finance", yara="admin")
    portal.user("rima")
    return enrol(portal, clock, "root", "omar", "dina", "yara", "rima")


def test_nobody_else_resets(portal, office, outsiders):
    amel, sami, nour = office

    for person in outsiders:
        person.clock.tick()
        status, _ = call(portal, person, user=amel.id, code=person.code())
        page, form = person.get(page_of(amel)), reset(person, amel)
        assert (status, page.status_code, form.status_code) == (403, 403, 403), person.name
    anonymous, _ = portal.call(None, "opengov_two_factor_reset", id="meteo", user="amel", code="1")
    oneself, error = call(portal, sami, user=sami.id, code="000000")
    stranger, _ = call(portal, sami, user=outsiders[-1].id, code="000000")

    assert anonymous == 403
    assert (oneself, error["__codes"]) == (409, {"user": ["oneself"]})
    assert stranger == 404
    assert {standing(each).state for each in (amel, sami, nour)} == {State.ON}


def test_a_sysadmin_who_makes_themselves_administrator_is_no_colleague(portal, office, outsiders):
    amel, root = office[0], outsiders[0]
    member = {"id": "meteo", "username": "root", "role": "admin"}
    portal.ok("root", "organization_member_create", **member)
    root.clock.tick()

    status, error = call(portal, root, user=amel.id, code=root.code())

    assert (status, error["__codes"]) == (409, {"__all__": ["no-colleague"]})
    assert "You gave yourself this role" in root.get(page_of(amel)).text
    assert standing(amel).state is State.ON


@pytest.mark.parametrize("forged", [False, True])
def test_whoever_writes_a_role_into_the_database_is_no_colleague(portal, office, outsiders, forged):
    amel, rima = office[0], outsiders[-1]
    rima.sql(
        "INSERT INTO member (id, group_id, table_id, table_name, capacity, state)"
        " SELECT 'forged', id, :id, 'user', 'admin', 'active' FROM \"group\" WHERE name = 'meteo'"
    )
    if forged:
        real = model.Session.query(publication.RoleEvent).filter_by(user_id=office[1].id).one()
        copied = {
            column.name: getattr(real, column.name)
            for column in publication.RoleEvent.__table__.columns
            if column.name != "id"
        }
        model.Session.add(publication.RoleEvent(**{**copied, "user_id": rima.id}))
    model.Session.commit()
    model.Session.remove()
    rima.clock.tick()
    assert rima.get("/organization/manage_members/meteo").status_code == 200

    status, error = call(portal, rima, user=amel.id, code=rima.code())

    assert (status, error["__codes"]) == (409, {"__all__": ["no-colleague"]})
    assert standing(amel).state is State.ON


def test_an_administrator_who_became_an_editor_is_no_colleague(portal, office):
    amel, sami, _nour = office
    member = {"id": "meteo", "username": "sami", "role": "editor"}
    portal.inside("organization_member_create", "operator", **member)
    # The role from before, written again past the site.
    model.Session.query(model.Member).filter_by(table_id=sami.id).update({"capacity": "admin"})
    events = model.Session.query(publication.RoleEvent).filter_by(user_id=sami.id)
    first = events.order_by(publication.RoleEvent.id).first()
    values = {
        column.name: getattr(first, column.name)
        for column in publication.RoleEvent.__table__.columns
        if column.name != "id"
    }
    model.Session.add(publication.RoleEvent(**values))
    model.Session.commit()
    model.Session.remove()
    sami.clock.tick()

    status, error = call(portal, sami, user=amel.id, code=sami.code())

    assert (status, error["__codes"]) == (409, {"__all__": ["no-colleague"]})


def test_a_body_that_takes_someone_in_gains_no_power_over_them(portal, office, outsiders):
    amel, yara = office[0], outsiders[3]
    member = {"id": "finance", "username": "amel", "role": "member"}
    portal.ok("yara", "organization_member_create", **member)
    yara.clock.tick()

    status, error = call(portal, yara, id="finance", user=amel.id, code=yara.code())
    assert (status, error["__codes"]) == (409, {"user": ["body-not-trusted"]})

    # At their next sign-in the person is asked, and may say yes.
    amel.get("/user/_logout")
    assert amel.sign_in().location.endswith("/user/two-factor")
    finance, meteo = model.Group.get("finance").id, model.Group.get("meteo").id
    stranger = "00000000-0000-0000-0000-000000000000"
    amel.send("/user/two-factor", "/user/two-factor/trust", bodies=[finance, meteo, stranger])
    assert standing(amel).bodies == {finance, meteo}
    assert reset(yara, amel, "finance").status_code == 200


def test_a_deleted_row_is_mended_by_a_colleague(portal, office):
    amel, sami, _nour = office
    amel.sql("DELETE FROM opengov_second_factor WHERE user_id = :id")
    assert standing(amel).state is State.BROKEN

    assert reset(sami, amel).status_code == 200

    browser = amel.elsewhere()
    browser.give_password()
    page = browser.send("/user/two-factor/begin", code=amel.handover)
    browser.read_key(page.text)
    browser.confirm("/user/login")
    assert browser.is_in()


def test_a_row_from_the_days_of_a_reset_is_worth_nothing_later(portal, office):
    amel, sami, _nour = office
    reset(sami, amel)
    kept = amel.row()
    browser = amel.elsewhere()
    browser.give_password()
    browser.read_key(browser.send("/user/two-factor/begin", code=amel.handover).text)
    browser.confirm("/user/login")
    amel.put_back(kept)

    again = amel.elsewhere()
    again.give_password()

    assert again.send("/user/two-factor/begin", code=amel.handover).location.endswith("/code")
    assert standing(amel).state is State.BROKEN


def test_the_members_page_says_who_has_it_to_administrators_alone(portal, office, outsiders):
    amel, sami, _nour = office
    listed = portal.ok("sami", "opengov_two_factor_list", id="meteo")
    states = {each["name"]: (each["state"], each["obstacle"]) for each in listed}

    assert states["amel"] == ("on", None)
    assert states["sami"][1]["code"] == "oneself"
    page = sami.get("/organization/manage_members/meteo").text
    assert 'data-label="Two-step sign-in"' in page
    assert page_of(amel).split("?")[0] in page
    for person in outsiders:
        status, _ = portal.call(person.name, "opengov_two_factor_list", id="meteo")
        assert status == 403, person.name
    assert (
        "Two-step sign-in</th>" not in outsiders[0].get("/organization/manage_members/meteo").text
    )


def run(*arguments):
    model.Session.remove()
    done = CliRunner().invoke(ckan, ["opengov", "two-factor", *arguments])
    model.Session.remove()
    return done


def test_the_operator_at_the_server_helps_who_has_no_colleague(portal, office):
    amel, sami, nour = office

    done = run("reset", "amel")

    assert done.exit_code == 0, done.output
    amel.handover = done.output.split()[-1]
    assert standing(amel).state is State.RESET
    assert [told(person, "two-factor-reset") for person in (amel, sami, nour)] == [1, 1, 1]
    browser = amel.elsewhere()
    browser.give_password()
    browser.read_key(browser.send("/user/two-factor/begin", code=amel.handover).text)
    browser.confirm("/user/login")
    assert browser.is_in()


def test_the_operator_vouches_for_roles_from_before_the_upgrade(portal, office):
    amel, sami, _nour = office
    model.Session.query(publication.RoleEvent).update({"key_id": None, "mac": None})
    model.Session.commit()
    sami.clock.tick()
    assert call(portal, sami, user=amel.id, code=sami.code())[0] == 409

    assert run("vouch").exit_code == 0

    assert reset(sami, amel).status_code == 200
    assert "0 roles signed" in run("vouch").output


def test_a_new_key_keeps_roles_and_people(portal, office):
    amel, sami, _nour = office

    done = run("rotate")

    assert done.exit_code == 0, done.output
    assert "3 people" in done.output
    assert reset(sami, amel).status_code == 200


def test_lost_keys_are_replaced_and_people_helped_one_by_one(portal, office):
    amel, sami, _nour = office
    path = rows.folder() / "keys"
    kept = path.read_text()
    path.unlink()
    try:
        assert standing(amel).state is State.BROKEN
        assert run("vouch").exit_code == run("reset", "sami").exit_code == 1
        assert not path.exists()

        assert "0 people, 0 roles" in run("rotate", "--lost").output
        assert run("vouch").exit_code == 0
        sami.handover = run("reset", "sami").output.split()[-1]
        sami.give_password()
        sami.read_key(sami.send("/user/two-factor/begin", code=sami.handover).text)
        sami.confirm("/user/login")
        assert sami.is_in()
        assert standing(amel).state is State.BROKEN
        assert reset(sami, amel).status_code == 200
    finally:
        path.write_text(kept)


def test_there_is_nothing_to_reset_for_who_never_had_it(portal, clock):
    portal.body(amel="editor", sami="admin")
    (sami,) = enrol(portal, clock, "sami")

    status, error = call(portal, sami, user="amel", code="000000")

    assert (status, error["__codes"]) == (409, {"user": ["nothing-to-reset"]})
    assert run("reset", "amel").exit_code == 1
    assert run("reset", "nobody").exit_code == 1


def test_messages_are_written_in_the_readers_language_and_hold_no_code(portal, office):
    amel, sami, _nour = office
    reset(sami, amel)

    with portal.client.flask_app.test_request_context():
        messages = model.Session.query(outbox.Message).all()
        to = rendering.To(model.User.get("amel"), "fr")
        for said in rendering.said(model.Session, to, messages):
            body = f"{said.sentence} {said.todo} {said.url} {said.quote}"
            assert "{" not in body
            assert "/user/two-factor" in body
            assert amel.handover not in body
            assert PASSWORD not in body
