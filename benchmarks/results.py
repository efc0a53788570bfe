"""How much memory and time the results of large consultations take on their way into the catalogue.

Two consultations, one with a hundred times the comments of the other. For each, processes of
their own write the dataset (the job that ``consultation_export_create`` asks for), and take the
words of an erased comment out of it again. The claim: the peak of memory of a process is nearly
the same for both.

Run: ``.local/venv/bin/python -m opengov_stack.testing --durable -- .local/venv/bin/python
benchmarks/results.py``.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ckan import model
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.tests.helpers import CKANTestApp

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.common.portal import Portal

from ckanext.consultation.logic import results_data
from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.redaction import REDACT

FEW, MANY = 1_000, 100_000
MOST = 1.1
"""So many times the memory."""
WORDS = "الحافلات لا تكفي في ساعات الذروة، وينتظر الناس طويلا في المحطّات البعيدة. "
PEOPLE = """
INSERT INTO consultation_participant
    (id, consultation_id, number, kind, display_name, may_be_named, created_at)
SELECT :name || '-p' || n, :id, n, 'account', 'Name ' || n, n % 10 = 0, now()
FROM generate_series(1, :people) AS n
"""
COMMENTS = """
INSERT INTO consultation_comment
    (id, consultation_id, participant_id, parent_id, root_id, depth, lang, body, search_text,
     position, state, channel, client_token, norm_sha256, for_count, created_at, published_at)
SELECT :name || '-c' || n, :id, :name || '-p' || (n % :people + 1),
    CASE WHEN n % 3 = 0 THEN :name || '-c' || (n - 1) END,
    :name || '-c' || CASE WHEN n % 3 = 0 THEN n - 1 ELSE n END,
    CASE WHEN n % 3 = 0 THEN 1 ELSE 0 END, 'ar', :words || n, :words, n % 3 - 1,
    CASE WHEN n % 50 = 1 THEN 'hidden' ELSE 'published' END, 'web', gen_random_uuid(),
    sha256(n::text::bytea), n % 7, now() - interval '10 days' + n * interval '1 second', now()
FROM generate_series(1, :count) AS n
"""


def fill(ini: str) -> None:
    """Make the body and both consultations, which are over."""
    app: Any = make_app(load_config(ini))
    portal = Portal(CKANTestApp(app))
    body = portal.body("bench", amel="editor", sami="admin")
    for name, count in (("few", FEW), ("many", MANY)):
        draft = portal.inside(
            "consultation_create", "amel", name=name, owner_org=body["id"], kind="law",
            title_translated={"fr": f"Projet {name}"},
        )  # fmt: skip
        values = {"id": draft["id"], "name": name, "count": count, "people": count // 10}
        with model.ensure_engine().begin() as connection:
            connection.execute(sa.text(PEOPLE), values)
            connection.execute(sa.text(COMMENTS), {**values, "words": WORDS * 4})
            connection.execute(
                sa.text(
                    "UPDATE consultation SET state = 'published', published_at = now(),"
                    " opens_at = now() - interval '40 days', closes_at = now() - interval '1 day',"
                    " response_due_at = now() + interval '20 days'"
                    " WHERE id = :id"
                ),
                values,
            )
        portal.inside("consultation_export_create", "sami", id=name)


def work(ini: str, kind: str, name: str) -> None:
    """Do one job; print seconds, the peak of memory in MB and the size of what was written."""
    app: Any = make_app(load_config(ini))
    with app.test_request_context():
        row = model.Session.execute(
            sa.text("SELECT id, dataset_id FROM consultation WHERE name = :name"), {"name": name}
        ).one()
        if kind == REDACT:
            erase(name)
            jobs.enqueue(model.Session, REDACT, row.dataset_id, now=datetime.now(UTC))
            model.Session.commit()
        job = jobs.latest(model.Session, kind, row.dataset_id if kind == REDACT else row.id)
        began, subject = time.perf_counter(), job.id if job else ""
        jobs.run(subject)
        seconds = time.perf_counter() - began
        done = model.Session.get_one(jobs.Job, subject)
        size = model.Session.execute(
            sa.text(
                "SELECT max(f.size) FROM opengov_resource_file f JOIN resource r"
                " ON r.id = f.resource_id JOIN consultation c ON c.dataset_id = r.package_id"
                " WHERE c.name = :name"
            ),
            {"name": name},
        ).scalar()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps([done.status, seconds, peak, (size or 0) / 1e6]))


def erase(name: str) -> None:
    """Take the words of one comment away."""
    model.Session.execute(
        sa.text(
            "UPDATE consultation_comment SET state = 'erased', body = '', search_text = '',"
            " norm_sha256 = NULL WHERE id = :id"
        ),
        {"id": f"{name}-c500"},
    )


def compare() -> int:
    """Print a line for each kind of work; return 1 if one takes more memory for more comments."""
    ini = os.environ["CKAN_INI"]
    run("fill", ini)
    heading = f"{'comments':<10}{'seconds':<10}{'peak MB':<10}file MB"
    are_kept = []
    for kind in (results_data.EXPORT, REDACT):
        print(f"{kind}\n{heading}")
        peaks = []
        for name, count in (("few", FEW), ("many", MANY)):
            status, seconds, peak, size = json.loads(run("work", ini, kind, name).splitlines()[-1])
            print(f"{count:<10}{seconds:<10.1f}{peak:<10.0f}{size:.1f}", flush=True)
            peaks.append(peak)
            are_kept.append(status == jobs.Status.DONE)
        ratio = peaks[1] / peaks[0]
        are_kept.append(ratio <= MOST)
        print(f"times the memory: {ratio:.2f}, at most {MOST}")
    return int(not all(are_kept))


def run(*arguments: str) -> str:
    """Do something in a process of its own; return what it says."""
    command = [sys.executable, "-W", "ignore", __file__, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    if sys.argv[1:2] == ["fill"]:
        fill(sys.argv[2])
    elif sys.argv[1:2] == ["work"]:
        work(*sys.argv[2:5])
    else:
        sys.exit(compare())
