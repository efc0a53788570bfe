"""What the integration tests do to a portal, mostly through its API as a developer would."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from functools import cache

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.opengov.jobs import publish_due
from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.web import generations

CSV = "station,day,millimetres\n001,2026-01-02,4.5\n002,2026-01-02,0\n"
BROKEN_CSV = "station,day,millimetres\n001,2026-01-02,4.5,9\n"


@cache
def _hash_of(password):
    """Hash a password once for all accounts that have it: hashing is slow on purpose."""
    user = model.User()
    user.password = password
    return user.password


class Portal:
    """A CKAN under test."""

    def __init__(self, client):
        self.client = client
        self.tokens = {}

    def user(self, name, *, sysadmin=False):
        """Make an account and a token for it."""
        user = model.User(name=name, email=f"{name}@example.org", sysadmin=sysadmin)
        user._password = _hash_of("correct-horse-battery")
        model.Session.add(user)
        model.Session.commit()
        token = self.inside("api_token_create", name, user=name, name="tests")
        self.tokens[name] = token["token"]
        return user

    def inside(self, action, caller, **data):
        """Call an action from inside, past authorization."""
        # The request's context must end before the client's begins, or they share a user.
        with self.client.flask_app.test_request_context():
            return tk.get_action(action)({"user": caller, "ignore_auth": True}, data)

    def body(self, name="meteo", **roles):
        """Make a public body whose members the operator appointed; ``roles`` by user name."""
        if model.User.get("operator") is None:
            self.user("operator", sysadmin=True)
        body = self.inside("organization_create", "operator", name=name, title=name)
        for user, role in roles.items():
            if model.User.get(user) is None:
                self.user(user)
            member = {"id": body["id"], "username": user, "role": role}
            self.inside("organization_member_create", "operator", **member)
        return body

    def call(self, user, action, files=None, /, **data):
        """Call an action over HTTP; return the status and the result, or the error."""
        headers = {"Authorization": self.tokens[user]} if user else {}
        address = f"/api/3/action/{action}"
        if files:
            answer = self.client.post(address, data={**data, **files}, headers=headers)
        else:
            headers["Content-Type"] = "application/json"
            answer = self.client.post(address, data=json.dumps(data), headers=headers)
        model.Session.remove()
        content = answer.json
        if not isinstance(content, dict):
            return answer.status_code, content
        return answer.status_code, content.get("result", content.get("error"))

    def ok(self, user, action, files=None, /, **data):
        """Call an action that must succeed; return its result."""
        status, result = self.call(user, action, files, **data)
        assert status == 200, result
        return result

    def draft(self, user, body, text=CSV, **fields):
        """Make a draft with one CSV file."""
        values = {"name": "rainfall", "title": "Rainfall", "license_id": "cc-by", **fields}
        dataset = self.ok(user, "package_create", **{"owner_org": body["id"], **values})
        self.add_file(user, dataset["id"], text)
        return self.ok(user, "package_show", id=dataset["id"])

    def upload(self, text=CSV, name="rainfall.csv"):
        """Return the files of a request that uploads this one."""
        return {"upload": (io.BytesIO(text.encode()), name)}

    def add_file(self, user, dataset_id, text=CSV, name="rainfall.csv"):
        """Upload a CSV file into a dataset."""
        values = {"package_id": dataset_id, "name": name, "format": "CSV"}
        return self.ok(user, "resource_create", self.upload(text, name), **values)

    def fill_in(self, path, client=None, headers=None, address="127.0.0.1", send_to=None, **fields):
        """Open a page and send its form (to where it says), with its tokens; return the answer."""
        client = client or self.client.flask_app.test_client()
        environ = {"REMOTE_ADDR": address}
        page = client.get(path, environ_overrides=environ).text
        fields["_csrf_token"] = page.split('name="_csrf_token" value="')[-1].split('"')[0]
        if 'name="form_token"' in page:
            fields.setdefault(
                "form_token", page.split('name="form_token" value="')[1].split('"')[0]
            )
        answer = client.post(
            send_to or path, data=fields, headers=headers, environ_overrides=environ
        )
        model.Session.remove()
        return answer

    def forget_pages(self):
        """Forget what is kept for everyone, as a start with other settings does."""
        generations.bump(generations.SITE)

    def work(self):
        """Do all jobs that are due, and those that they ask for, as the workers would."""
        while ids := self.due():
            for job_id in ids:
                self.run(job_id)
        failed = model.Session.query(jobs.Job).filter(jobs.Job.error.isnot(None)).all()
        assert not failed, [(job.kind, job.error) for job in failed]

    def due(self):
        """Return the ids of the jobs that a worker would do now."""
        query = model.Session.query(jobs.Job.id).filter(
            jobs.Job.status == "queued", jobs.Job.run_at <= sa.func.now()
        )
        ids = [row.id for row in query.order_by(jobs.Job.created_at)]
        model.Session.remove()
        return ids

    def run(self, job_id):
        """Do one job, as a worker would."""
        with self.client.flask_app.test_request_context():
            jobs.run(job_id)
        model.Session.remove()

    def job(self, job_id):
        """Return a job as it stands now."""
        model.Session.remove()
        return model.Session.get(jobs.Job, job_id)

    def inside_job(self, kind, subject):
        """Ask for a job and do it."""
        job_id = jobs.enqueue(model.Session, kind, subject, now=datetime.now(UTC)).id
        model.Session.commit()
        self.run(job_id)

    def run_latest(self, kind, subject):
        """Do the newest job of a kind on a subject, whenever it is due; return its status."""
        job_id = jobs.latest(model.Session, kind, subject).id
        due = sa.update(jobs.Job).where(jobs.Job.id == job_id).values(run_at=sa.func.now())
        model.Session.execute(due)
        model.Session.commit()
        self.run(job_id)
        return self.job(job_id).status

    def sweep(self, now):
        """Publish what is due at ``now``; return how many."""
        with self.client.flask_app.test_request_context():
            published = publish_due(model.Session, now)
        model.Session.remove()
        return published

    def submitted(self, user, body, **fields):
        """Make a checked draft and submit it."""
        dataset = self.draft(user, body, **fields)
        self.work()
        self.ok(user, "opengov_dataset_submit", id=dataset["id"])
        return dataset

    def published(self, author, reviewer, body, **fields):
        """Take a dataset all the way."""
        dataset = self.submitted(author, body, **fields)
        self.ok(reviewer, "opengov_dataset_publish", id=dataset["id"])
        self.work()
        return self.ok(author, "package_show", id=dataset["id"])
