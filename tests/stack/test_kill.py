"""Kill -9 of every process in turn, while people work: what was accepted is there, once."""

import collections
import contextlib
import email
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from opengov_stack import installation, supervision
from tests.common.running import running_portal, wait_until

PROCESSES = (
    "web",
    "worker-long",
    "worker-short",
    "worker-default",
    "sweep",
    "redis",
    "mail",
    "postgres",
    "solr",
)
ACCEPTED = 200
EDITS = ("Once", "Twice", "Three times", "At last")
"""What each dataset's description is, one after the other: requests that lead to no jobs."""
ANSWERS_AGAIN_SECONDS = 30
FLOW_SECONDS = 480
SECONDS_OF_PEACE = 3
CSV = "station,day\n001,2026-01-02\n002,2026-01-03\n"


class Site:
    """A running portal, called as developers do."""

    def __init__(self, folder, address):
        self.folder, self.address = folder, address
        self.accepted = collections.Counter()
        self.published, self.seconds = {}, {}
        self.tokens = {name: self.token(name) for name in ("amel", "sami")}

    def ckan(self, *arguments):
        """Run one of CKAN's commands on the portal."""
        command = [Path(sys.executable).with_name("ckan"), "-c", self.folder / "ckan.ini"]
        return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)

    def token(self, name):
        printed = self.ckan("user", "token", "add", name, "kill-test", "-q")
        return printed.stdout.split()[-1]

    def call(self, user, action, files=None, **data):
        """Call an action; return the status and the result, 0 if nobody answers."""
        headers = {"Authorization": self.tokens[user]} if user else {}
        body = {"data": data, "files": files} if files else {"json": data}
        try:
            answer = requests.post(
                f"{self.address}/api/3/action/{action}", headers=headers, timeout=40, **body
            )
            content = answer.json()
        except (requests.RequestException, ValueError):
            return 0, {}
        return answer.status_code, content.get("result", content.get("error"))

    def accept(self, user, action, files=None, **data):
        """Call an action until it is accepted or refused; count it if it is accepted."""
        until = time.monotonic() + FLOW_SECONDS
        while time.monotonic() < until:
            status, result = self.call(user, action, files, **data)
            if status == 200:
                self.accepted[action] += 1
            if 200 <= status < 500:
                return status, result
            time.sleep(0.3)
        pytest.fail(f"{action} was never answered")

    def publish_one(self):
        """Take one dataset all the way, whatever dies meanwhile."""
        name = f"kill-{uuid.uuid4().hex[:12]}"
        fields = {"title": name, "license_id": "cc-by", "owner_org": "demo-ministry"}
        status, dataset = self.accept("amel", "package_create", name=name, **fields)
        if status != 200:
            return  # The answer to the first try was lost, and the name is taken.
        status, resource = self.accept(
            "amel", "resource_create", {"upload": ("rain.csv", CSV)}, package_id=dataset["id"]
        )
        if status != 200:
            return
        for notes in EDITS:
            if self.accept("amel", "package_patch", id=dataset["id"], notes=notes)[0] != 200:
                return
        for user, action in (
            ("amel", "opengov_dataset_submit"),
            ("sami", "opengov_dataset_publish"),
        ):
            self.wait_for_checks(dataset["id"])
            self.accept(user, action, id=dataset["id"])
        self.published[dataset["id"]] = resource["id"]

    def wait_for_checks(self, dataset_id):
        def done():
            _status, place = self.call("amel", "opengov_review_show", id=dataset_id)
            files = place.get("files") if isinstance(place, dict) else None
            return files and all(file["verdict"] for file in files)

        # More often than this, those who ask would take the time of those who check.
        wait_until(done, FLOW_SECONDS, pause=1)

    def answers(self):
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.address}/dataset/", timeout=10).status_code == 200
        return False

    def kill(self, name):
        """Kill a process; return how many seconds the site needed to answer again."""
        control = supervision.control(installation.socket_of(self.folder))
        os.kill(control.getProcessInfo(name)["pid"], signal.SIGKILL)
        start = time.monotonic()
        wait_until(self.answers, 60)
        return time.monotonic() - start


@pytest.fixture(scope="module")
def site():
    """A portal after every process was killed while datasets were published."""
    with running_portal() as (folder, address):
        site = Site(folder, address)
        finished = threading.Event()

        def work():
            while not finished.is_set() or sum(site.accepted.values()) < ACCEPTED:
                site.publish_one()

        with ThreadPoolExecutor(4) as people:
            flows = [people.submit(work) for _ in range(4)]
            try:
                for name in PROCESSES:
                    time.sleep(SECONDS_OF_PEACE)
                    site.seconds[name] = site.kill(name)
            finally:
                finished.set()
            for flow in flows:
                flow.result()
        yield site


def test_the_site_answers_again_within_30_seconds(site):
    print(site.seconds)  # noqa: T201 - the figures
    assert max(site.seconds.values()) < ANSWERS_AGAIN_SECONDS, site.seconds


def test_every_accepted_request_is_found_afterwards(site):
    print(dict(site.accepted), len(site.published))  # noqa: T201 - the figures
    assert sum(site.accepted.values()) >= ACCEPTED

    for dataset_id, resource_id in site.published.items():
        status, dataset = site.call(None, "package_show", id=dataset_id)
        assert (status, dataset["publication_state"]) == (200, "published")
        assert dataset["notes"] == EDITS[-1]
        assert resource_id in [resource["id"] for resource in dataset["resources"]]
        assert requests.get(dataset["resources"][0]["url"], timeout=30).text == CSV


def test_tables_and_index_are_complete(site):
    def complete():
        query = {"q": "name:kill-*", "rows": 0}
        return site.call(None, "package_search", **query)[1]["count"] >= len(site.published)

    wait_until(complete, FLOW_SECONDS, pause=1)

    def has_table(resource_id):
        return site.call(None, "datastore_search", resource_id=resource_id)[1].get("total") == 2

    for resource_id in site.published.values():
        wait_until(lambda each=resource_id: has_table(each), FLOW_SECONDS)


def test_every_step_happened_once(site):
    for dataset_id in site.published:
        history = site.call("amel", "opengov_dataset_history", id=dataset_id, limit=100)[1]
        steps = collections.Counter(row["step"] for row in history["results"])
        assert (steps["create"], steps["submit"], steps["publish"]) == (1, 1, 1), history
    verified = site.ckan("opengov", "audit-verify")
    assert verified.returncode == 0, verified.stdout


def test_every_message_was_sent_and_each_has_one_id(site):
    def all_sent():
        printed = site.ckan("opengov", "outbox").stdout
        states = dict(line.split(": ") for line in printed.splitlines() if ": " in line)
        return states["queued"] == "0" and states["failed"] == "0"

    wait_until(all_sent, FLOW_SECONDS, pause=2)
    sent = collections.defaultdict(set)
    for path in (site.folder / "mail").rglob("*"):
        if path.is_file():
            message = email.message_from_bytes(path.read_bytes())
            if message["Subject"]:
                sent[message["To"], message["Subject"]].add(message["Message-ID"])

    assert len(sent) >= 3 * len(site.published)
    assert {len(ids) for ids in sent.values()} == {1}
    accounts = json.loads((site.folder / "accounts.json").read_text())["accounts"]
    assert len(accounts) == 4
