"""A network of bodies with its people at their browsers, for all tests of complaints."""

from __future__ import annotations

import json
from contextlib import contextmanager

import flask
import sqlalchemy as sa
from tests.common.people import Person

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.complaints.model import catalogue, members, network
from ckanext.opengov.shared import second_factor

TEXTS = {"ar": "وحدة", "fr": "Unité", "en": "Unit"}
POLICY = {
    "ack_days": 3,
    "answer_days": 30,
    "day_type": "calendar",
    "extension_days": 15,
    "again_days": 15,
    "appeal_days": 30,
    "decision_days": 30,
    "pause_days": 15,
    "pause_wait_days": 30,
    "reopen_days": 15,
    "accept_days": 2,
    "retention_days": 1825,
}


class Officer(Person):
    """Somebody who signs in, with a second factor if they are made by ``officer``."""

    _token = None

    def call(self, action, **data):
        """Call an action over HTTP in this browser's session; return status and result or error."""
        answer = self.client.post(
            f"/api/3/action/{action}",
            data=json.dumps(data),
            headers={"Content-Type": "application/json", "X-CSRFToken": self.token()},
            environ_overrides={"REMOTE_ADDR": self.address},
        )
        model.Session.remove()
        content = answer.json
        assert content, answer.text
        return answer.status_code, content.get("result", content.get("error"))

    def token(self):
        """Return what shows that a call comes from a page of this browser: one for its session."""
        if self._token is None:
            page = self.get("/user/login").text
            self._token = page.split('name="_csrf_token" value="')[-1].split('"')[0]
        return self._token

    def ok(self, action, **data):
        """Call an action that must succeed; return its result."""
        status, result = self.call(action, **data)
        assert status == 200, result
        return result

    @contextmanager
    def inside(self):
        """Run code as in a request of this browser's session: yields the context of an action."""
        with self.client.session_transaction() as kept:
            here = dict(kept)
        with self.portal.client.flask_app.test_request_context(method="POST"):
            flask.session.update(here)
            user = model.User.get(self.name)
            try:
                yield {"user": self.name, "auth_user_obj": user, "session": model.Session}
            finally:
                model.Session.rollback()
        model.Session.remove()

    def act(self, action, **data):
        """Call an action as a page of this browser would: those with content too."""
        with self.inside() as context:
            return tk.get_action(action)(context, data)


def officer(portal, clock, name, *posts):
    """Return somebody with a second factor and a browser that is in; posts: (unit id, role)."""
    person = Officer(portal, clock, name).get_ready()
    for unit_id, role in posts:
        appoint(person.id, unit_id, role)
    return person


def appoint(user_id, unit_id, role):
    """Give somebody a role, as the operator does."""
    session = model.Session
    unit = network.unit(session, unit_id, lock=True)
    members.admit(session, unit, user_id, role, network.now(session))
    session.commit()
    session.remove()


def dismiss(user_id, unit_id, role=""):
    """Take a role, or all in a unit, from somebody."""
    session = model.Session
    network.unit(session, unit_id, lock=True)
    members.remove(session, unit_id, user_id, role)
    session.commit()
    session.remove()


def answering(portal, name="meteo", *kinds, parent=None, intake=True, coordinator=None):
    """Make a public body of the network; return its id, and its units' ids by kind."""
    org = portal.body(name)
    session, units = model.Session, {}
    network.hold(session)
    row = network.make_body(session, org["id"])
    row.parent_org_id, row.intake_open, row.coordinator_unit_id = parent, intake, coordinator
    session.flush()
    for kind in kinds or ("general",):
        made = network.make_unit(session, org["id"], kind, TEXTS, network.now(session))
        units[kind] = made.id
    network.seal(session)
    session.commit()
    session.remove()
    return org["id"], units


def coordinated_by(org_id, unit_id):
    """Let a unit get what nobody in a body holds."""
    network.hold(model.Session).bodies[org_id].coordinator_unit_id = unit_id
    network.seal(model.Session)
    model.Session.commit()
    model.Session.remove()


def change_network(statement, **values):
    """Change the network by a statement, and sign it so: as stewards would have made it."""
    sql(statement, **values)
    network.seal_anew(model.Session)
    model.Session.commit()
    model.Session.remove()


def policy(code="standard", **changed):
    """Make a policy; return its id."""
    row = catalogue.make_policy(
        model.Session, code=code, labels=TEXTS, source={}, active=True, **{**POLICY, **changed}
    )
    made = row.id
    model.Session.commit()
    model.Session.remove()
    return made


def category(code="roads", *, track="ordinary", policy_id=None, parent_id=None, routes=None):
    """Make a category, with a policy if none is given; return its id."""
    found = catalogue.policy(model.Session, "standard")
    policy_id = policy_id or (found.id if found else policy())
    row = catalogue.make_category(
        model.Session,
        code=code,
        parent_id=parent_id,
        track=track,
        policy_id=policy_id,
        labels=TEXTS,
        active=True,
        position=0,
    )
    made = row.id
    catalogue.set_routes(model.Session, made, routes or {})
    model.Session.commit()
    model.Session.remove()
    return made


BUS = {"code": "bus", "label": {"fr": "Autobus", "ar": "حافلة", "en": "By bus"}}
ROAD = {"code": "road", "label": {"fr": "Route", "ar": "طريق", "en": "On the road"}}
SEVERAL = {
    "id": "means",
    "kind": "choices",
    "label": {"fr": "De quoi s'agit-il ?", "ar": "عمّ يتعلّق الأمر؟", "en": "How do you travel?"},
    "help": {"fr": "Plusieurs à la fois.", "ar": "أكثر من واحد.", "en": "Take several."},
    "required": True,
    "choices": [BUS, ROAD],
}
OFTEN = {
    "id": "often",
    "kind": "yes-no",
    "label": {"fr": "Est-ce fréquent ?", "ar": "هل يتكرّر ذلك؟", "en": "Does it come often?"},
    "help": {"fr": "Plus d'une fois.", "ar": "أكثر من مرّة.", "en": "More than once."},
}


def form(category_id, *questions, org_id=None):
    """Make a category's next form; return its id."""
    session = model.Session
    found = catalogue.category(session, category_id, lock=True)
    made = catalogue.make_form(session, found, org_id, list(questions), network.now(session)).id
    session.commit()
    session.remove()
    return made


def row_of(table, **where):
    """Return a row as it lies in the database, as whoever holds a copy has it."""
    clause = " AND ".join(f"{name} = :{name}" for name in where)
    with model.ensure_engine().connect() as connection:
        found = connection.execute(sa.text(f"SELECT * FROM {table} WHERE {clause}"), where)
        row = found.mappings().first()
    return dict(row) if row else None


def put_row(table, row):
    """Write a row as whoever holds the database may."""
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.insert(model.meta.metadata.tables[table]).values(row))


def sql(statement, **values):
    """Change the database past the portal."""
    with model.ensure_engine().begin() as connection:
        return connection.execute(sa.text(statement), values).rowcount


def without_second_factor(person):
    """Let the browser forget that it passed the second step."""
    with person.client.session_transaction() as kept:
        kept.pop(second_factor.PASSED, None)
    return person
