"""Writes the generated pages of ``docs/``: ``docs.py`` writes, ``--check`` complains."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from ckanext.complaints.domain import clock, escalation, life, messages, referrals
from ckanext.complaints.logic import action as complaints_actions
from ckanext.consultation.domain import abuse, appeals, comments, moderation, reports
from ckanext.consultation.logic import action as consultation
from ckanext.opengov.domain import publication, schema_states, standing
from ckanext.opengov.logic import action
from ckanext.opengov.validation import causes, report, sentences
from ckanext.opengov.validation.repairs import steps, words

DOCS = Path(__file__).parents[1] / "docs"


def first_line(thing: object) -> str:
    """Return the first line of a docstring."""
    return (inspect.getdoc(thing) or "").splitlines()[0]


def table_rows(table: Mapping[Any, Any]) -> list[str]:
    """Return a life cycle as the rows of a Markdown table."""
    rows = ["| from | step | to | who | refused unless the guards agree |", "|---|---|---|---|---|"]
    for (state, step), row in table.items():
        who = ", ".join(sorted(row.roles))
        guards = "; ".join(first_line(guard) for guard in row.guards) or "none"
        rows.append(f"| {state} | {step} | {row.target} | {who} | {guards} |")
    return rows


def view_rows() -> list[str]:
    """Return who sees what of a comment, as the rows of a Markdown table."""
    readers = list(comments.Reader)
    rows = [f"| state | {' | '.join(readers)} |", f"|{'---|' * (len(readers) + 1)}"]
    for state, views in comments.VIEWS.items():
        rows.append(f"| {state} | {' | '.join(views)} |")
    meanings = "; ".join(f"`{view}`: {text}" for view, text in VIEW_MEANINGS.items())
    return [*rows, "", f"{meanings}."]


VIEW_MEANINGS = {
    comments.View.ABSENT: "not found, or a stone where it was public once",
    comments.View.WHOLE: "the words",
    comments.View.MARKED: "the words, with the state and its reason",
    comments.View.STONE: "the place and what became of the words; the answers stay",
    comments.View.EMPTIED: "the place alone",
}


def reason_rows() -> list[str]:
    """Return the reasons of moderators as the rows of a Markdown table."""
    rows = ["| code | called | everyone reads | readers may report it |", "|---|---|---|---|"]
    for reason, wording in moderation.REASONS.items():
        may = "yes" if reason in reports.REPORTABLE else "no"
        rows.append(f"| {reason} | {wording.label} | {wording.sentence} | {may} |")
    return rows


def limit_rows() -> list[str]:
    """Return the limits of participants and networks as the rows of a Markdown table."""
    rows = (
        f"| {act} | {row.whom} | {row.most} | {row.span // abuse.HOUR} |"
        for act, allowances in abuse.LIMITS.items()
        for row in allowances
    )
    return ["| act | for each | most | in hours |", "|---|---|---|---|", *rows]


def period_rows() -> list[str]:
    """Return the periods of the policy that holds where none is configured."""
    policy = clock.Policy()
    rows = (
        f"| {name} | {getattr(policy, name)} | {policy.source_of(name) or clock.UNCONFIRMED} |"
        for name in clock.PERIODS
    )
    return ["| period | days | source |", "|---|---|---|", *rows]


def reminder_rows() -> list[str]:
    """Return the reminders of complaints as the rows of a Markdown table."""
    rows = ["| kind | of | when (working days) | who is told |", "|---|---|---|---|"]
    for rule in escalation.RULES:
        days = abs(rule.working_days)
        late = f"{days} after it became late" if days else "once it is late"
        when = late if rule.is_late else f"{days} before"
        rows.append(f"| {rule.kind} | {rule.due} | {when} | {', '.join(sorted(rule.whom))} |")
    return rows


def message_rows() -> list[str]:
    """Return who writes what in a complaint, as the rows of a Markdown table."""
    rows = [
        "| kind | who writes it | in the states | read by | characters |",
        "|---|---|---|---|---|",
    ]
    for kind, rule in messages.RULES.items():
        who, states_ = ", ".join(sorted(rule.roles)), ", ".join(sorted(rule.states))
        rows.append(f"| {kind} | {who} | {states_} | {rule.reader} | {rule.least} to {rule.most} |")
    return rows


def on_complaints() -> list[str]:
    """Return the sections on complaints."""
    outcomes = ", ".join(f"`{code}` ({label})" for code, label in life.OUTCOMES.items())
    return [
        "## A complaint (`state`)",
        "",
        *table_rows(life.TRANSITIONS),
        "",
        f"A complaint has an outcome once it has ended and not before: {outcomes}.",
        "That a body is not competent is none of them: it refers the complaint.",
        "",
        "Periods where no policy says otherwise:",
        "",
        *period_rows(),
        "",
        "## A referral of a complaint to another unit (`state`)",
        "",
        *table_rows(referrals.TRANSITIONS),
        "",
        f"After {referrals.MOST_REFUSALS} refused or expired transfers the coordinator decides.",
        "",
        "## Who writes what in a complaint (`kind`)",
        "",
        *message_rows(),
        "",
        "## Who is reminded of what",
        "",
        *reminder_rows(),
        "",
    ]


def states() -> str:
    """Return the page of life cycles."""
    lines = [
        "# States",
        "",
        "Made from the transition tables of the code (`make docs`). What stands in no row is",
        "refused.",
        "",
        "## A dataset (`publication_state`)",
        "",
        *table_rows(publication.TRANSITIONS),
        "",
        "## A change to a published dataset (`state` of a revision)",
        "",
        *table_rows(publication.REVISION_TRANSITIONS),
        "",
        "## A standing approval (`state`)",
        "",
        *table_rows(standing.TRANSITIONS),
        "",
        "Why one ended (`end_code`):",
        "",
        *(f"- `{code}`: {text}" for code, text in standing.ENDS.items()),
        "",
        "## A version of a schema (`state`)",
        "",
        *table_rows(schema_states.TRANSITIONS),
        "",
        "## A comment in a consultation (`state`)",
        "",
        *table_rows(comments.TRANSITIONS),
        "",
        "What a reader sees of it:",
        "",
        *view_rows(),
        "",
        "## An appeal against a moderator's decision (`state`)",
        "",
        *table_rows(appeals.TRANSITIONS),
        "",
        "## Why a comment is rejected or hidden (`reason_code`)",
        "",
        *reason_rows(),
        "",
        "## How often participants may act",
        "",
        *limit_rows(),
        "",
        *on_complaints(),
    ]
    return "\n".join(lines)


def documented(name: str, module: ModuleType = action) -> list[str]:
    """Return the section of one action."""
    function: Callable[..., Any] = inspect.unwrap(getattr(module, name))
    text = inspect.getdoc(function) or ""
    kind = "reads" if getattr(getattr(module, name), "side_effect_free", False) else "writes"
    if getattr(getattr(module, name), "has_content", False):
        kind = "content"
    return [f"### `{name}` ({kind})", "", text.replace("Args:\n", "\nArguments:\n\n").strip(), ""]


def api() -> str:
    """Return the page of actions."""
    accounts = sorted(action.two_factor.__all__)
    own = {name for name in action.__all__ if name.startswith("opengov_")}
    ours = sorted(own - set(accounts))
    guarded = sorted(action.guards.__all__)
    lines = [
        "# The API",
        "",
        "Made from the docstrings of the actions (`make docs`). Call them as CKAN's own:",
        "`POST /api/3/action/NAME` with a JSON object; actions that read also take `GET`.",
        "",
        "What anyone may read is described for programs at `/api/openapi.json` (OpenAPI 3.1), and",
        "shown with examples at `/developers`, both in the reader's language and made of one",
        "table, `logic/openapi/registry.py`. Calls of these actions are read strictly: a value of",
        "the wrong kind is refused with 409 and the code `unreadable-value`.",
        "",
        "## Publication",
        "",
    ]
    for name in ours:
        lines += documented(name)
    lines += [
        "## Public bodies",
        "",
        "CKAN's organizations, with `title_translated`, `description_translated`, `kind`,",
        "`website` and `contact_email`. A body stands under another by CKAN's",
        '`"groups": [{"name": "parent"}]`. `organization_update` and `organization_patch` keep the',
        "texts of which they say nothing.",
        "",
    ]
    for name in sorted(action.bodies.__all__):
        lines += documented(name)
    lines += [
        "## Two-step sign-in",
        "",
        "An account's own business, and its colleagues'. The second step of a sign-in has no",
        "action: a session is a browser's, and a token needs none.",
        "",
    ]
    for name in accounts:
        lines += documented(name)
    lines += sections(CONSULTATIONS, consultation)
    lines += [
        "## Complaints",
        "",
        "Actions that carry what a case says (marked *content*) cannot be called through CKAN's",
        "action API, which logs what it is sent: pages call them, and programs use",
        "`/complaints/api`.",
        "",
    ]
    lines += sections(COMPLAINTS, complaints_actions)
    lines += [
        "## CKAN's own actions under review",
        "",
        "These work as in CKAN on drafts and returned datasets, and answer 409 with the way to",
        "go on datasets that are under review, published or withdrawn:",
        "",
        *(f"- `{name}`" for name in guarded),
        "",
    ]
    return "\n".join(lines)


CONSULTATIONS = {
    "Consultations": ("consultations", "lists", "work", "members"),
    "Texts under consultation": ("texts", "versions", "nodes", "pairing", "reading", "comparing"),
    "Comments and votes": ("comments", "participants", "people"),
    "Comments on changed texts": ("places",),
    "People without an account": ("guests",),
    "Moderation": ("moderation", "deciding", "appeals", "transparency"),
    "Themes, replies and results": ("themes", "replies", "results_data"),
    "Following": ("following", "occasions"),
}
"""The sections on consultations, by the modules whose actions they show."""


COMPLAINTS = {
    "Filing a complaint": ("filing", "verifying"),
    "Complaints taken by clerks": ("counter",),
    "Following a complaint": ("citizens", "surveys"),
    "Working on complaints": ("handling", "judging", "triage", "templates"),
    "Complaints between units": ("referring", "excluding"),
    "Programs of the staff": ("programs",),
    "Watching over complaints": ("holding",),
    "How bodies keep their dates": ("overseeing", "statistics"),
    "The network of bodies": ("bodies", "units", "members"),
    "Categories, forms, periods and the calendar": (
        "categories",
        "questions",
        "policies",
        "holidays",
    ),
}
"""The sections on complaints, by the modules whose actions they show."""


def sections(parts: Mapping[str, Sequence[str]], package: ModuleType) -> list[str]:
    """Return a section for each part of a plugin's actions."""
    lines: list[str] = []
    for heading, modules in parts.items():
        lines += [f"## {heading}", ""]
        for module in modules:
            for name in sorted(getattr(package, module).__all__):
                lines += documented(name, package)
    return lines


def findings() -> str:
    """Return the page of what a check of a file may find."""
    lines = [
        "# Findings",
        "",
        "Made from the code (`make docs`). Codes and row numbers are those of Frictionless; a row",
        "is a record, counted from 1 with the header; of a sheet, its own row. Ours alone are",
        "`check-aborted`, `formula-cell`, `nul-character`, `program`, `too-long-row`,",
        "`slow-pattern`, `slow-rule`, what is of formats (sheets, places, JSON, archives), and all",
        "that [damage.md](damage.md) describes: how damage without an error is noticed, personal",
        "data. A code may have several sentences. What a schema asks for among its rules is an",
        "error, unless the rule is called a warning there.",
        "",
        "| code | severity | says |",
        "|---|---|---|",
    ]
    for key, text in sorted(sentences.SENTENCES.items()):
        code = key.split("/")[0]
        severity = report.Severity.WARNING if code in report.WARNINGS else report.Severity.ERROR
        lines.append(f"| `{code}` | {severity} | {text} |")
    lines += [
        "",
        "## What it is called, and what to do",
        "",
        "| code | is called | what to do |",
        "|---|---|---|",
    ]
    for key, cause in sorted(causes.CAUSES.items()):
        lines.append(f"| `{key}` | {cause.title} | {cause.advice} |")
    lines += [
        "",
        "## Repairs",
        "",
        "What `opengov_repair_list` may propose, in the order in which repairs are made. They make",
        "a new file (UTF-8, RFC 4180) out of the one that was sent, which is kept; a cell that",
        "does not fit stays as it is. Dates and numbers that may be read in two ways are proposed",
        "both ways, and neither is safe.",
        "",
        "| kind | params | does |",
        "|---|---|---|",
    ]
    for kind in steps.Kind:
        named = (*steps.PARAMS.get(kind, {}), *steps.OPTIONAL.get(kind, {}))
        params = ", ".join(f"`{name}`" for name in named)
        texts = [text for key, text in words.CHANGES.items() if key.partition("/")[0] == kind]
        lines.append(f"| `{kind}` | {params} | {' '.join(texts)} |")
    return "\n".join([*lines, ""])


PAGES = {"api.md": api, "findings.md": findings, "states.md": states}


def main(is_check: bool) -> int:
    """Write or check the pages; return the exit status."""
    stale = []
    for name, page in PAGES.items():
        path, text = DOCS / name, page()
        if is_check and (not path.exists() or path.read_text() != text):
            stale.append(name)
        elif not is_check:
            path.write_text(text)
    for name in stale:
        print(f"docs/{name} is not up to date: make docs")  # noqa: T201 - a command
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
