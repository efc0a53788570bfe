"""Fills a new portal with complaints in every state, answered by bodies that are made up.

Citizens and officers take every step by the site's actions, each at the moment at which the
story has it (``sample_clock``). How far it is, a file says: which cases are finished, and when the
first set-up began. A case is known by the moment of its filing; what an interrupted set-up has
left of one is thrown away and made anew.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import current_app, request
from opengov_stack import accounts, sample, sample_network, sample_people
from opengov_stack.installation import write_private
from opengov_stack.sample import FOLDER, Entry
from opengov_stack.sample_clock import Clock, clock
from opengov_stack.sample_people import Officer, alone

import ckan.plugins.toolkit as tk
from ckan import model

CITIZEN = "citizen"
NETWORK_DAYS = 400
"""For so long the network has been there, as the sample has it."""
OPENS = time(8, 10)
BETWEEN = timedelta(minutes=35)
"""From one step to the next on the same day."""
ABOUT = ("category", "happened", "wanted", "region", "place", "when", "form", "name", "email")
OF_STEPS = ("day", "by", "do", "photo")


def fill(people: Path, progress: Path) -> None:
    """Make what is missing of the complaints; ``people``: the file of the accounts."""
    content = sample.read("complaints.yaml")
    for body in [*sample.read("consultations.yaml")["bodies"], *content["bodies"]]:
        sample.make_body(body)
    officers = sample_people.make_staff(people, content["people"])
    sample_network.begin(content)
    kept = Progress(progress)
    with clock() as told:
        with told.at(kept.began - timedelta(days=NETWORK_DAYS)):
            units = sample_network.fill(content, officers[content["steward"]])
        scene = Scene(told, officers, units, kept)
        for number, entry in enumerate(every_case(content)):
            if entry["key"] not in kept.cases:
                Story(entry, number, scene).tell(people)
    # What follows from dates alone: that nobody appealed against an answer, say.
    sample.sweep()
    sample.work()


def every_case(content: Entry) -> Iterator[Entry]:
    """Return the cases: those that are told one by one, then those of which there are many."""
    yield from content["cases"]
    for many in content["closed"]:
        for number in range(many["count"]):
            yield _one_of(many, number)


def _one_of(many: Entry, number: int) -> Entry:
    """Return a case that was answered and closed, with one of the texts at one of the places."""
    text = many["texts"][number % len(many["texts"])]
    place = many["places"][number % len(many["places"])][text["language"]]
    received = many["since"] + number * many["every"]
    answer = {"do": "complaint_answer", "by": many["by"], "day": received - many["takes"]}
    return {
        "key": f"{many['category']}-{number}",
        "is_short": True,
        "body": many["body"],
        "category": many["category"],
        "form": many.get("form", {}),
        "mode": "anonymous",
        "day": received,
        "place": place,
        "region": many["region"],
        **{name: text[name] for name in ("language", "happened", "wanted")},
        "steps": [
            {"do": "complaint_claim", "by": many["by"], "day": received - 2},
            {**answer, "outcome": text["outcome"], "text": text["answer"]},
            {"do": "complaint_accept", "by": CITIZEN, "day": received - many["takes"] - 2},
        ],
    }


class Progress:
    """How far the complaints are."""

    def __init__(self, path: Path) -> None:
        self._path = path
        found = json.loads(path.read_text()) if path.exists() else {}
        self.began = datetime.fromisoformat(found.get("began", datetime.now(UTC).isoformat()))
        self.cases: dict[str, str] = found.get("cases", {})
        """References of the finished ones, by the keys of the sample's file."""
        self._write()

    def finish(self, key: str, reference: str) -> None:
        """Note that a case is finished."""
        self.cases[key] = reference
        self._write()

    def _write(self) -> None:
        content = {"began": self.began.isoformat(), "cases": self.cases}
        write_private(self._path, json.dumps(content))


class Scene:
    """What all stories have in common."""

    def __init__(
        self, told: Clock, officers: dict[str, Officer], units: dict[str, str], kept: Progress
    ) -> None:
        self.clock, self.officers, self.units, self.kept = told, officers, units, kept
        self.zone = ZoneInfo(str(tk.h.get_display_timezone()))
        bodies = {name.partition("/")[0] for name in units}
        named = model.Session.query(model.Group).filter(model.Group.name.in_(bodies))
        self.bodies = {str(body.name): str(body.id) for body in named}


class Story:
    """A complaint that is being made."""

    def __init__(self, entry: Entry, number: int, scene: Scene) -> None:
        self.entry, self.number, self.scene = entry, number, scene
        self.reference, self.secret, self.request = "", "", ""
        self.seen_by: set[str] = set()
        self.last = datetime.min.replace(tzinfo=UTC)

    def tell(self, people: Path) -> None:
        """File it, and let all that happened to it happen."""
        filed_at = self.moment(self.entry["day"])
        discard(filed_at)
        with self.scene.clock.at(filed_at):
            self._file()
        for step in self.entry.get("steps", []):
            self._take(step)
        if "receipt" in self.entry:
            receipt = {"title": self.entry["receipt"], "reference": self.reference}
            accounts.put(people, "receipts", "title", {**receipt, "secret": self.secret})
        self.scene.kept.finish(self.entry["key"], self.reference)

    def moment(self, day: int) -> datetime:
        """Return when the next step is, so many days before today: in the hours of an office.

        No two stories begin at the same moment, and nothing is yet to come.
        """
        began, zone = self.scene.kept.began, self.scene.zone
        date = began.astimezone(zone).date() - timedelta(days=day)
        into = timedelta(minutes=self.number * 7 % 240, microseconds=began.microsecond)
        usual = datetime.combine(date, OPENS, zone) + into
        latest = began - timedelta(minutes=self.number)
        next_one = self.last + (BETWEEN if day else timedelta(seconds=1))
        self.last = max(min(usual, latest), next_one)
        return self.last

    def _file(self) -> None:
        entry = self.entry
        given = {name: entry[name] for name in ABOUT if name in entry}
        given |= {"language": entry["language"], "mode": entry["mode"]}
        given["body"] = self.scene.bodies.get(entry["body"], entry["body"])
        given["notices"] = "mail" if "email" in entry else "none"
        receipt = as_citizen("complaint_submit", client_token=secrets.token_hex(16), **given)
        self.reference, self.secret = receipt["reference"], receipt["secret"]

    def _take(self, step: Entry) -> None:
        with self.scene.clock.at(self.moment(step["day"])):
            if step["by"] == CITIZEN:
                self._as_citizen(step)
            else:
                self._as_officer(step, self.scene.officers[step["by"]])

    def _as_citizen(self, step: Entry) -> None:
        given = {"reference": self.reference, "secret": self.secret, **self._fields(step)}
        if "photo" not in step:
            as_citizen(step["do"], **given)
            return
        with (FOLDER / "photos" / step["photo"]).open("rb") as stream:
            sent = {"files": (stream, step["photo"])}
            page = current_app.test_request_context("/complaints/case/reply", data=sent)
            with alone(), page:
                files: list[Any] = request.files.getlist("files")
                came = [each.stream.as_evidence("files", each.filename) for each in files]
                as_citizen(step["do"], **given, came=came)

    def _as_officer(self, step: Entry, officer: Officer) -> None:
        if step["do"].startswith("complaint_referral_"):
            officer.act(step["do"], id=self.request, **self._fields(step))
            return
        if officer.name not in self.seen_by and "is_short" not in self.entry:
            officer.act("complaint_show", reference=self.reference)
            self.seen_by.add(officer.name)
        shown = officer.act(step["do"], reference=self.reference, **self._fields(step))
        if step["do"] == "complaint_refer":
            self.request = shown.get("id", "")

    def _fields(self, step: Entry) -> Entry:
        """Return what is sent with a step; units and other cases by their ids."""
        fields = {name: value for name, value in step.items() if name not in OF_STEPS}
        if "unit" in fields:
            fields["unit_id"] = self.scene.units[fields.pop("unit")]
        for name in ("duplicate_of", "other"):
            if name in fields:
                fields[name] = self.scene.kept.cases[fields[name]]
        return fields


def as_citizen(action: str, /, **fields: Any) -> Any:
    """Call an action as somebody without an account."""
    return tk.get_action(action)({"user": "", "auth_user_obj": None}, fields)


def discard(filed_at: datetime) -> None:
    """Throw away what an interrupted set-up has left of the case that was filed at a moment."""
    cases = sa.table("complaints_case", sa.column("received_at"))
    model.Session.execute(sa.delete(cases).where(cases.c.received_at == filed_at))
    model.Session.commit()
