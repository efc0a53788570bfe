"""Fills a new portal with a sample: public bodies, and datasets in every state.

Everything goes through the site's actions, as the people of the demo accounts would do it:
one writes, another approves. What is there already stays as it is, so that a set-up that was
interrupted goes on. Only a process that may import CKAN imports this.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from werkzeug.datastructures import FileStorage

import ckan.plugins as p
import ckan.plugins.toolkit as tk

FOLDER = Path(__file__).with_name("sample")
OPERATOR, AUTHOR = "operator", "amel"
LANGUAGES = ("ar", "fr", "en")
BODY_FIELDS = ("name", "kind", "website")

STEPS = {
    "draft": (),
    "submitted": ("submit",),
    "returned": ("submit", "return"),
    "scheduled": ("submit", "schedule"),
    "published": ("submit", "publish"),
    "withdrawn": ("submit", "publish", "withdraw"),
}
"""By the state in which the sample shows a dataset: the steps that lead there from a draft."""
DONE = {
    "submit": "submitted",
    "return": "returned",
    "schedule": "scheduled",
    "publish": "published",
    "withdraw": "withdrawn",
}
"""The state after each step."""

Entry = dict[str, Any]


def fill() -> None:
    """Make what is missing of the sample; the demo accounts must be there."""
    bodies = {body["name"]: body for body in read("bodies.yaml")}
    content, columns = read("datasets.yaml"), read("columns.yaml")
    for body in bodies.values():
        make_body(body)
    datasets = content["datasets"]
    for dataset in datasets:
        _make_draft(dataset, content, columns)
    work()
    for dataset in datasets:
        _take_steps(dataset, bodies[dataset["body"]]["reviewer"])
    work()
    changed = [dataset for dataset in datasets if "revision" in dataset]
    for dataset in changed:
        _make_revision(dataset, content)
    work()
    for dataset in changed:
        if _state_of_revision(dataset["name"]) == "draft":
            act("opengov_dataset_submit", AUTHOR, id=dataset["name"])
    work()


def work() -> None:
    """Do what the workers would do, in this process."""
    run("opengov", "work")


def sweep() -> None:
    """Do once what the sweep does now and then: put the most supported comments first, say."""
    run("opengov", "sweep", every=0)


def run(group: str, name: str, **options: Any) -> None:
    """Run a command of a plugin in this process."""
    (command,) = _commands(group, name)
    command.callback(**options)


def _commands(group: str, name: str) -> Iterator[Any]:
    for plugin in p.PluginImplementations(p.IClick):
        for each in plugin.get_commands():
            if each.name == group:
                yield each.commands[name]  # type: ignore[attr-defined]


def read(name: str) -> Any:
    """Return what a file of the sample holds."""
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def act(action: str, user: str, /, **fields: Any) -> Any:
    """Call an action as this account, with its rights."""
    return tk.get_action(action)({"user": user}, fields)


def find(action: str, user: str, name: str) -> Entry | None:
    """Return what there is under this name, as far as the account may know of it."""
    try:
        found: Entry = act(action, user, id=name)
    except tk.ObjectNotFound:
        return None
    return found


def make_body(body: Entry) -> None:
    """Make a body under its parent, with its author and reviewer, and without the operator."""
    name = body["name"]
    if find("organization_show", OPERATOR, name) is None:
        fields: Entry = {field: body[field] for field in BODY_FIELDS if field in body}
        fields["title_translated"] = body["title"]
        fields["description_translated"] = body["description"]
        fields["contact_email"] = f"contact@{name}.example.org"
        if "parent" in body:
            fields["groups"] = [{"name": body["parent"]}]
        act("organization_create", OPERATOR, **fields)
    shown = act("organization_show", OPERATOR, id=name, include_users=True)
    roles = {user["name"]: user["capacity"] for user in shown["users"]}
    for user, role in ((AUTHOR, "editor"), (body["reviewer"], "admin")):
        if user not in roles:
            act("organization_member_create", OPERATOR, id=name, username=user, role=role)
    if OPERATOR in roles:
        # CKAN makes its maker a member; who runs the portal has no part in the review.
        act("organization_member_delete", OPERATOR, id=name, username=OPERATOR)


def _make_draft(dataset: Entry, content: Entry, columns: Entry) -> None:
    """Make the draft, then upload its files: CKAN takes files into a dataset that exists."""
    name = dataset["name"]
    shown = find("package_show", AUTHOR, name)
    if shown is None:
        shown = act("package_create", AUTHOR, **_described(dataset, content))
    if shown["resources"]:
        return
    with ExitStack() as opened:
        resources = [
            {
                "name_translated": each["title"],
                "format": Path(each["file"]).suffix[1:].upper().replace("GEOJSON", "GeoJSON"),
                **({"schema": _schema(each, columns)} if "columns" in each else {}),
                "upload": _upload(opened, each["file"]),
            }
            for each in dataset["resources"]
        ]
        act("package_patch", AUTHOR, id=name, resources=resources)


def _described(dataset: Entry, content: Entry) -> Entry:
    """Return the dataset in the fields of the site."""
    copied = ("name", "license_id", "theme", "frequency")
    fields: Entry = {field: dataset[field] for field in copied}
    for field in ("temporal_start", "temporal_end"):
        if field in dataset:
            fields[field] = str(dataset[field])
    return {
        **fields,
        "owner_org": dataset["body"],
        "title_translated": dataset["title"],
        "notes_translated": _notes(dataset["notes"], dataset["source"], content),
        "tags": [{"name": tag} for tag in dataset["tags"]],
        "spatial_name": dataset.get("place", content["place"]),
        "contact_name": content["contact"],
        "contact_email": f"acces-information@{dataset['body']}.example.org",
    }


def _notes(texts: dict[str, str], source: str | dict[str, str], content: Entry) -> dict[str, str]:
    """Return the description with its source, and that it is a sample."""
    return {
        language: "{}\n\n{}{}: {}\n\n{}".format(
            texts[language],
            content["source_label"][language],
            "\u00a0" if language == "fr" else "",
            source if isinstance(source, str) else source[language],
            content["note"][language],
        )
        for language in LANGUAGES
    }


def _schema(resource: Entry, columns: Entry) -> Entry:
    """Return the Table Schema of a file."""
    fields = []
    for name in resource["columns"]:
        titles = {language: columns[name][language] for language in LANGUAGES}
        field = {"name": name, "type": columns[name]["type"], "title": titles["fr"]}
        field["title_translated"] = titles
        if name == resource.get("key"):
            field["constraints"] = {"required": True, "unique": True}
        fields.append(field)
    return {"fields": fields}


def _upload(opened: ExitStack, name: str) -> FileStorage:
    stream = opened.enter_context((FOLDER / "files" / name).open("rb"))
    return FileStorage(stream, name)


def _take_steps(dataset: Entry, reviewer: str) -> None:
    """Take a dataset from where it stands to where the sample shows it."""
    steps = STEPS[dataset.get("state", "published")]
    before = "draft"
    state = act("package_show", AUTHOR, id=dataset["name"])["publication_state"]
    for step in steps:
        if state == before:
            _take(step, dataset, reviewer)
            state = DONE[step]
        before = DONE[step]


def _take(step: str, dataset: Entry, reviewer: str) -> None:
    fields: Entry = {"id": dataset["name"]}
    if step in ("return", "withdraw"):
        fields["reason"] = dataset["reason"]
    if step == "schedule":
        step = "publish"
        moment = datetime.now(UTC) + timedelta(days=dataset["publish_in_days"])
        fields["publish_at"] = moment.isoformat()
    user = AUTHOR if step == "submit" else reviewer
    act(f"opengov_dataset_{step}", user, **fields)


def _make_revision(dataset: Entry, content: Entry) -> None:
    """Prepare the change to a published dataset that waits for its review."""
    name, change = dataset["name"], dataset["revision"]
    if act("opengov_revision_list", AUTHOR, id=name)["results"][0]["number"] > 1:
        return
    titles = {each["file"]: each["title"] for each in dataset["resources"]}
    title = titles[change["replaces"]]
    resources = act("package_show", AUTHOR, id=name)["resources"]
    (resource,) = (each for each in resources if each["name_translated"] == title)
    with ExitStack() as opened:
        act(
            "opengov_revision_create",
            AUTHOR,
            id=name,
            resource_id=resource["id"],
            upload=_upload(opened, change["file"]),
            notes_translated=_notes(change["notes"], dataset["source"], content),
            temporal_end=str(change["temporal_end"]),
        )


def _state_of_revision(name: str) -> str:
    state: str = act("opengov_revision_list", AUTHOR, id=name)["results"][0]["state"]
    return state
