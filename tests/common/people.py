"""People at their browsers, with an authenticator app on their phones."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime

import sqlalchemy as sa

from ckan import model

from ckanext.opengov.shared import audit, outbox, second_factor
from ckanext.opengov.shared.domain import totp
from ckanext.opengov.shared.second_factor import steps

PASSWORD = "correct-horse-battery"
TABLE = "opengov_second_factor"


def _in_english(path):
    return path if path.startswith("/api/") else f"/en{path}"


class Clock:
    """The time in steps of 30 seconds, for the server and the phones."""

    def __init__(self):
        self.step = 60_000_000

    def tick(self, steps=1):
        self.step += steps


class Person:
    """Somebody who signs in."""

    def __init__(self, portal, clock, name, address="192.0.2.1", *, is_new=True):
        self.portal, self.clock, self.name, self.address = portal, clock, name, address
        if is_new and model.User.get(name) is None:
            portal.user(name)
        self.id = model.User.get(name).id
        model.Session.remove()
        self.client = portal.client.flask_app.test_client()
        self.secret, self.recovery, self.handover = None, [], None

    def elsewhere(self, address="198.51.100.7"):
        """The same person, or who pretends to be, at another browser."""
        other = Person(self.portal, self.clock, self.name, address, is_new=False)
        other.secret, other.recovery = self.secret, self.recovery
        return other

    def get(self, path):
        """Open a page, in English."""
        environ = {"REMOTE_ADDR": self.address}
        answer = self.client.get(_in_english(path), environ_overrides=environ)
        model.Session.remove()
        return answer

    def send(self, path, to=None, **fields):
        """Open the page and send a form on it, to its own address or another; return the answer."""
        mark = 'name="_csrf_token" value="'
        page = self.get(path).text
        if mark not in page:
            # A token of the session serves on every page.
            page = self.get("/user/login").text
        token = page.split(mark)[-1].split('"')[0]
        answer = self.client.post(
            _in_english(to or path),
            data={**fields, "_csrf_token": token},
            environ_overrides={"REMOTE_ADDR": self.address},
        )
        model.Session.remove()
        return answer

    def give_password(self, password=PASSWORD, path="/user/login"):
        return self.send(path, login=self.name, password=password)

    def code(self, drift=0):
        """Return what the app shows."""
        return totp.code_at(self.secret, self.clock.step + drift)

    def give_code(self, code=None):
        self.clock.tick()
        return self.send("/user/login/code", code=self.code() if code is None else code)

    def sign_in(self):
        """Go both steps, if there are two."""
        answer = self.give_password()
        if self.secret and answer.location and answer.location.endswith("/user/login/code"):
            answer = self.give_code()
        assert self.is_in(), answer.text
        return answer

    def is_in(self):
        """Tell whether the site takes this browser for the person, in pages and API alike."""
        page = self.get("/user/edit").status_code == 200
        lists = f"/api/3/action/api_token_list?user_id={self.name}"
        api = self.get(lists).status_code == 200
        assert page is api
        return page

    def read_key(self, page):
        """Let the app read the key from a page, as text."""
        key = re.search(r'id="two-factor-key"[^>]*>([A-Z2-7 ]+)<', page).group(1)
        self.secret = base64.b32decode(key.replace(" ", ""))
        self.candidate = re.search(r'name="candidate" value="([0-9a-f]+)"', page).group(1)

    def confirm(self, path="/user/two-factor/begin"):
        """Enter the first code of a key that was just read; keep the recovery codes."""
        self.clock.tick()
        fields = {"candidate": self.candidate, "code": self.code()}
        answer = self.send(path, "/user/two-factor/confirm", **fields)
        self.recovery = re.findall(r'<code class="og-code">([0-9A-Z-]{19})</code>', answer.text)
        return answer

    def enrol(self):
        """Set up two-step sign-in from a session that is in."""
        page = self.send(
            "/user/two-factor", "/user/two-factor/begin", password=PASSWORD, code=self.next_code()
        )
        self.read_key(page.text)
        answer = self.confirm("/user/two-factor")
        assert len(self.recovery) == 10, answer.text
        return self

    def get_ready(self):
        """Have two-step sign-in, and a browser that is in, without the pages that lead there."""
        self.clock.tick()
        with self.portal.client.flask_app.test_request_context():
            session, now = model.Session, datetime.now(UTC)
            made = steps.begin(session, self.id, "", now)
            self.secret = made.secret
            bodies = second_factor.bodies_of(session, self.id)
            self.recovery = steps.confirm(
                session, self.id, made.token, self.code(), now, bodies=bodies
            )
            enrolment = second_factor.standing(session, self.id).enrolment
        model.Session.remove()
        with self.client.session_transaction() as kept:
            kept["_user_id"], kept["_fresh"] = self.id, True
            kept[second_factor.PASSED] = [self.id, enrolment]
        return self

    def next_code(self):
        if self.secret is None:
            return ""
        self.clock.tick()
        return self.code()

    def row(self):
        """Return the person's row as it lies in the database."""
        with model.ensure_engine().connect() as connection:
            found = connection.execute(
                sa.text(f"SELECT * FROM {TABLE} WHERE user_id = :id"), self._id
            )
            row = found.mappings().first()
        return dict(row) if row else None

    @property
    def _id(self):
        return {"id": self.id}

    def write(self, **columns):
        """Change columns of the row, as whoever holds the database may."""
        changes = ", ".join(f"{name} = :{name}" for name in columns)
        self.sql(f"UPDATE {TABLE} SET {changes} WHERE user_id = :id", **columns)

    def put_back(self, row):
        """Replace the row by an earlier one, whole."""
        self.sql(f"DELETE FROM {TABLE} WHERE user_id = :id")
        table = model.meta.metadata.tables[TABLE]
        with model.ensure_engine().begin() as connection:
            connection.execute(sa.insert(table).values(row))

    def sql(self, statement, **values):
        with model.ensure_engine().begin() as connection:
            connection.execute(sa.text(statement), {**values, **self._id})


def standing(person):
    found = second_factor.standing(model.Session, person.id)
    model.Session.remove()
    return found


def audited(person):
    query = sa.select(audit.AuditRow.step).where(audit.AuditRow.subject == f"account:{person.id}")
    return list(model.Session.execute(query.order_by(audit.AuditRow.seq)).scalars())


def told(person):
    query = sa.select(outbox.Message.kind).where(outbox.Message.recipient_id == person.id)
    return list(model.Session.execute(query.order_by(outbox.Message.created_at)).scalars())


def in_app(portal, function):
    """Let a function run in another thread as in a request."""

    def run(argument):
        with portal.client.flask_app.test_request_context():
            return function(argument)

    return run


def thief_of(amel):
    """Someone who knows the password, and nothing else."""
    return amel.elsewhere("203.0.113.66")
