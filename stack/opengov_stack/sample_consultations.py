"""Fills a new portal with consultations in every state, one of them with all that can be in one.

The bodies that consult are made up: no real one is shown as saying what it never said. Every step
is taken through the site's actions, as the people of the demo accounts would take it, and as if
it all happened now; then the dates are set back (``sample_past``). Until a consultation is
finished its reply is due in ten years: whatever an interrupted set-up has left of one is thrown
away and made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from opengov_stack import sample
from opengov_stack.sample import AUTHOR, FOLDER, LANGUAGES, Entry, act
from opengov_stack.sample_past import MOMENT, Mark, set_back

from ckan import model

STEPS: dict[str, tuple[str, ...]] = {
    "draft": ("draft",),
    "returned": ("draft", "submit", "return"),
    "in-review": ("draft", "submit"),
    "scheduled": ("draft", "submit", "publish"),
    "cancelled": ("draft", "submit", "publish", "cancel"),
    "open": ("draft", "submit", "publish", "discuss", "take-up"),
    "closed": ("draft", "submit", "publish", "discuss"),
    "results": ("draft", "submit", "publish", "discuss"),
    "archived": ("draft", "submit", "publish", "discuss"),
}
"""By where the sample shows a consultation: the steps that lead there while it is open."""
AFTERWARDS: dict[str, tuple[str, ...]] = {
    "results": ("revise", "take-up", "answer"),
    "archived": ("revise", "take-up", "answer", "archive"),
}
"""The steps that follow once it is over."""
FAR = timedelta(days=3650)
"""When a consultation closes, and when its reply is due, until it is finished."""
WINDOW = {"opens_at": "opens", "closes_at": "closes", "response_due_at": "due"}
MIDNIGHT = timedelta(hours=1)
"""How far the portal's time zone is from UTC."""
VALUES = {"for": 1, "neutral": 0, "against": -1}
ROWS = sa.table(
    "consultation",
    sa.column("id", sa.Text),
    sa.column("name", sa.Text),
    *(sa.column(name, MOMENT) for name in WINDOW),
)
COMMENTS = sa.table("consultation_comment", sa.column("consultation_id", sa.Text))


def fill() -> None:
    """Make what is missing of the consultations; bodies, accounts and datasets are there."""
    content = sample.read("consultations.yaml")
    for body in content["bodies"]:
        sample.make_body(body)
    reviewers = {body["name"]: body["reviewer"] for body in content["bodies"]}
    stories = [
        Story(with_discussion(entry), reviewers[entry["body"]], content["note"])
        for entry in content["consultations"]
        if not is_finished(entry["name"])
    ]
    for story in stories:
        discard(story.entry["name"])
        begin(story)
    # What is most supported is found while people may still vote.
    sample.sweep()
    for story in stories:
        finish(story)
    sample.work()


def is_finished(name: str) -> bool:
    """Tell whether a consultation is there, with its own dates."""
    query = sa.select(ROWS.c.response_due_at < sa.func.now() + FAR / 2).where(ROWS.c.name == name)
    found = model.Session.execute(query).scalar()
    model.Session.rollback()
    return bool(found)


def discard(name: str) -> None:
    """Throw away what an interrupted set-up has left of a consultation."""
    session = model.Session
    mine = sa.select(ROWS.c.id).where(ROWS.c.name == name).scalar_subquery()
    session.execute(sa.delete(COMMENTS).where(COMMENTS.c.consultation_id == mine))
    session.execute(sa.delete(ROWS).where(ROWS.c.name == name))
    session.commit()


def with_discussion(entry: Entry) -> Entry:
    """Return a consultation with what is said in it."""
    name = f"discussions/{entry['name']}.yaml"
    said: Entry = sample.read(name) if (FOLDER / name).exists() else {}
    return entry | said


def begin(story: Story) -> None:
    """Take a consultation through its steps while it is open."""
    take(story, STEPS[story.entry["state"]])
    story.mark("ended")
    story.set_back()


def finish(story: Story) -> None:
    """Let the time be over, take the steps that follow, and give the consultation its dates."""
    days = story.entry["days"]
    window = {name: midnight(story.at(days[each])) for name, each in WINDOW.items()}
    change_row(story.id, opens_at=window["opens_at"], closes_at=window["closes_at"])
    afterwards = AFTERWARDS.get(story.entry["state"], ())
    if afterwards:
        story.mark("closes")
        take(story, afterwards)
        story.marks.append(Mark(story.now(), story.marks[-1].told + timedelta(hours=1)))
        story.set_back()
    change_row(story.id, **window)


def take(story: Story, steps: Sequence[str]) -> None:
    """Take steps one after the other."""
    for step in steps:
        DO[step](story)


def midnight(moment: datetime) -> datetime:
    """Return the beginning of the day: people say "until Friday", not "until Friday, 10:37"."""
    local = moment.astimezone(UTC) + MIDNIGHT
    return local.replace(hour=0, minute=0, second=0, microsecond=0) - MIDNIGHT


class Story:
    """A consultation that is being made, and when its steps are said to have been taken."""

    def __init__(self, entry: Entry, reviewer: str, note: dict[str, str]) -> None:
        self.entry, self.reviewer, self.note = entry, reviewer, note
        self.id, self.document, self.version = "", "", ""
        self.began = self.now()
        self.marks: list[Mark] = []
        self.comments: dict[str, Entry] = {}
        """By the keys of the sample's file."""

    @staticmethod
    def now() -> datetime:
        """Return the moment by the clock that the actions go by."""
        moment: datetime = model.Session.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        model.Session.rollback()
        return moment

    def at(self, days: float) -> datetime:
        """Return the moment so many days from today."""
        return self.began + timedelta(days=days)

    def mark(self, name: str) -> None:
        """Say of now that it was then, if the sample says when."""
        days = self.entry["days"]
        if name in days:
            self.marks.append(Mark(self.now(), self.at(days[name])))

    def set_back(self) -> None:
        """Move what was done since the first mark to when it is said to have been done."""
        set_back(model.Session, self.marks)
        model.Session.commit()
        self.marks = []

    def here(self) -> Entry:
        """Return how actions on parts of a consultation name it."""
        return {"consultation_id": self.id}


def change_row(id_: str, **values: Any) -> None:
    """Change what no action changes."""
    model.Session.execute(sa.update(ROWS).where(ROWS.c.id == id_).values(values))
    model.Session.commit()


def draft(story: Story) -> None:
    """Draft the consultation with its texts."""
    entry, later = story.entry, story.now() + FAR
    story.mark("drafted")
    summary = {code: f"{entry['summary'][code]}\n\n{story.note[code]}" for code in LANGUAGES}
    made = act(
        "consultation_create",
        AUTHOR,
        name=entry["name"],
        owner_org=entry["body"],
        kind=entry["kind"],
        primary_lang="ar",
        title_translated=entry["title"],
        summary_translated=summary,
        opens_at=(story.now() + timedelta(minutes=5)).isoformat(),
        closes_at=later.isoformat(),
        response_due_at=(later + timedelta(days=1)).isoformat(),
        settings=entry.get("settings", {}),
    )
    story.id = made["id"]
    if "text" in entry:
        story.document = act("consultation_document_create", AUTHOR, **story.here())["id"]
        send_text(story, {})


def send_text(story: Story, changes: dict[str, list[list[str]]]) -> None:
    """Send the text in each language, with these changes of words, and have it read."""
    for code in LANGUAGES:
        path = FOLDER / "texts" / f"{story.entry['text']}.{code}.md"
        if not path.exists():
            continue
        words = path.read_text(encoding="utf-8")
        for old, new in changes.get(code, []):
            if words.count(old) != 1:
                raise ValueError(f"{path.name} has this {words.count(old)} times: {old}")
            words = words.replace(old, new)
        sent = {"document_id": story.document, "language": code, "text": words}
        story.version = act("consultation_document_version_create", AUTHOR, **sent)["id"]
        sample.work()


def submit(story: Story) -> None:
    """Hand it over for review."""
    story.mark("submitted")
    act("consultation_submit_review", AUTHOR, id=story.id)


def return_(story: Story) -> None:
    """Give it back to its author."""
    act("consultation_return", story.reviewer, id=story.id, reason=story.entry["reason"])


def publish(story: Story) -> None:
    """Approve it, and name those who moderate with the reviewer."""
    story.mark("published")
    act("consultation_publish", story.reviewer, id=story.id)
    for user, role in story.entry.get("members", {}).items():
        act("consultation_member_add", story.reviewer, id=story.id, user=user, role=role)


def cancel(story: Story) -> None:
    """Give it up, as everyone may read."""
    story.mark("cancelled")
    act("consultation_cancel", story.reviewer, id=story.id, reason=story.entry["reason"])


def discuss(story: Story) -> None:
    """Open it and let people speak; then publish a new text, if it has one, and go on."""
    change_row(story.id, opens_at=story.now())
    story.mark("opens")
    for said in story.entry.get("discussion", []):
        say(story, said)
    if "afterwards" in story.entry:
        story.mark("revised")
        revise(story)
        for said in story.entry["afterwards"]:
            say(story, said)


def revise(story: Story) -> None:
    """Publish the text with changed words; what is said of it goes along, where that is sure."""
    if "revision" not in story.entry:
        return
    send_text(story, story.entry["revision"])
    act("consultation_document_version_publish", story.reviewer, version_id=story.version)
    sample.work()


def answer(story: Story) -> None:
    """Publish the results."""
    story.mark("answered")
    act("consultation_results_publish", story.reviewer, id=story.id)


def archive(story: Story) -> None:
    """Put it into the archive."""
    story.mark("archived")
    act("consultation_archive", story.reviewer, id=story.id)


def say(story: Story, said: Entry, parent_id: str | None = None) -> None:
    """Let somebody say something, and others react to it."""
    fields = {name: said[name] for name in ("body", "eid", "position") if name in said}
    comment = act(
        "consultation_comment_create", said["by"], **story.here(), **fields, parent_id=parent_id
    )
    story.comments[said.get("key", comment["id"])] = comment
    if comment["state"] == "pending" and not said.get("waits"):
        decide(story, comment, said.get("refused", {"decision": "publish"}))
    for name, value in VALUES.items():
        for user in said.get(name, "").split():
            act("consultation_comment_vote", user, id=comment["id"], value=value)
    for reply in said.get("replies", []):
        say(story, reply, comment["id"])
    if "edited" in said:
        act("consultation_comment_update", said["by"], id=comment["id"], body=said["edited"])
    react(story, said, comment)


def react(story: Story, said: Entry, comment: Entry) -> None:
    """Let readers report a comment, moderators hide it, its author contest that or take it back."""
    for user, reason in said.get("reported", {}).items():
        act("consultation_comment_report", user, id=comment["id"], reason=reason)
    if "hidden" in said:
        decide(story, comment, said["hidden"])
    if "appeal" in said:
        act("consultation_appeal_create", said["by"], id=comment["id"], text=said["appeal"])
    if "appeal_decided" in said:
        decide_appeal(story, said["by"], comment, said["appeal_decided"])
    if said.get("withdrawn"):
        act("consultation_comment_withdraw", said["by"], id=comment["id"])
    if "reply" in said:
        reply(story, said["reply"], comment_id=comment["id"])


def decide(story: Story, comment: Entry, verdict: Entry) -> None:
    """Decide on a comment as a moderator."""
    verdict = dict(verdict)
    user = verdict.pop("moderator", story.reviewer)
    item = act("consultation_review_claim", user, comment_id=comment["id"])
    named = {"id": item["id"], "version": item["version"]}
    act("consultation_review_decide", user, **named, **verdict)


def decide_appeal(story: Story, author: str, comment: Entry, verdict: Entry) -> None:
    """Decide on an appeal as another moderator than the one who decided first."""
    verdict = dict(verdict)
    own = act("consultation_comment_mine_list", author, **story.here())["results"]
    (appeal,) = (each["decision"]["appeal"] for each in own if each["id"] == comment["id"])
    act("consultation_appeal_decide", verdict.pop("moderator"), id=appeal["id"], **verdict)


def take_up(story: Story) -> None:
    """Gather what people said in themes, and reply."""
    for theme in story.entry.get("themes", []):
        made = act(
            "consultation_theme_create",
            AUTHOR,
            **story.here(),
            title_translated=theme["title"],
            summary_translated=theme["summary"],
        )
        ids = [story.comments[key]["id"] for key in theme["comments"].split()]
        act("consultation_theme_comment_add", AUTHOR, id=made["id"], comment_ids=ids)
        if "reply" in theme:
            reply(story, theme["reply"], theme_id=made["id"])
    for to_all in story.entry.get("replies", []):
        reply(story, to_all)


def reply(story: Story, said: Entry, **target: str) -> None:
    """Draft a reply as its author, link what changed for it, and publish it as the reviewer."""
    given = {"decision": said["decision"], "text_translated": said["text"], **target}
    made = act("consultation_reply_create", AUTHOR, **story.here(), **given)
    for eid, change in said.get("changes", {}).items():
        link = {"version_id": story.version, "eid": eid, "change": change}
        act("consultation_change_link_create", AUTHOR, reply_id=made["id"], **link)
    if not said.get("draft"):
        act("consultation_reply_publish", story.reviewer, id=made["id"])
        sample.work()


DO: dict[str, Callable[[Story], None]] = {
    "draft": draft,
    "submit": submit,
    "return": return_,
    "publish": publish,
    "cancel": cancel,
    "discuss": discuss,
    "revise": revise,
    "take-up": take_up,
    "answer": answer,
    "archive": archive,
}
