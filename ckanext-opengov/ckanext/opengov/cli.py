"""``ckan opengov``: what an operator runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import FileStorage

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.lib.munge import munge_title_to_name
from ckan.types import AlchemySession

from ckanext.opengov.domain import folders
from ckanext.opengov.domain.schemas import takes_files_of
from ckanext.opengov.logic import licences, schemas
from ckanext.opengov.logic.candidates import USUAL, candidates, check
from ckanext.opengov.model import policies, publication, revisions
from ckanext.opengov.shared import audit, audit_roots, jobs, keyring, outbox, second_factor
from ckanext.opengov.shared.domain.second_factor import NothingToReset
from ckanext.opengov.shared.second_factor import rows, steps
from ckanext.opengov.shared.web.speaking import speaking
from ckanext.opengov.validation.report import Verdict, printed, written
from ckanext.opengov.validation.weights import weighed

__all__ = ["opengov"]


@click.group()
def opengov() -> None:
    """Publication of datasets."""


@opengov.command()
@click.option("--every", type=int, help="Go on, with so many seconds between two sweeps.")
def sweep(every: int | None) -> None:
    """Publish what is due, and wake workers for unfinished jobs that nobody does."""
    while True:
        session = ckan_model.Session  # noqa: TID251 - a command has no context
        now = datetime.now(UTC)
        try:
            done = jobs.sweep(session, now)
            if done or not every:
                click.echo(f"{done} datasets published or jobs woken")
        except OperationalError:
            # PostgreSQL restarts: the next sweep finds it again.
            click.echo("PostgreSQL does not answer", err=True)
        finally:
            ckan_model.Session.remove()  # noqa: TID251
        if not every:
            return
        time.sleep(every)


@opengov.command()
def work() -> None:
    """Do the jobs that are due in this process, and those they ask for, until none is left."""
    session = ckan_model.Session  # noqa: TID251 - a command has no context
    while ids := jobs.due(session):
        for job_id in ids:
            jobs.run(job_id)
            jobs.dismiss(job_id)


@opengov.command("validate")
@click.argument("dataset")
@click.option("--lang", default="en", help="The language of the sentences: ar, fr or en.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole reports.")
def validate(dataset: str, lang: str, as_json: bool) -> None:
    """Check the files of DATASET (its id, its name, or the id of one of its files) now."""
    session = ckan_model.Session  # noqa: TID251 - a command has no context
    resource = session.get(ckan_model.Resource, dataset)
    package = ckan_model.Package.get(resource.package_id if resource else dataset)
    if package is None:
        raise click.ClickException(f"There is no dataset {dataset}")
    found = candidates(session, package, revisions.open_of(session, package.id))
    policy = policies.of_datasets(session, [package.id]).get(package.id, USUAL)
    is_blocked = False
    for each in found:
        if each.sha256 and dataset in (each.resource_id, package.id, package.name):
            kept = weighed(check(each, lambda _share: None), policy)
            is_blocked = is_blocked or kept["verdict"] == Verdict.BLOCKED
            with speaking(lang):
                click.echo(printed(written(kept, tk._, lang), tk._, tk.ungettext, as_json=as_json))
    if is_blocked:
        raise SystemExit(1)


@opengov.command("publish")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--user", required=True, help="The author, who submits it.")
@click.option("--body", help="The id or name of the publishing body; needed for a new dataset.")
@click.option("--reviewer", help="Who approves it. Without one it waits for its review.")
@click.option("--licence-word", default="", help="Why, where the register is not sure.")
@click.option("--set", "values", multiple=True, metavar="FIELD=VALUE", help="A field's value.")
def publish(
    folder: Path,
    user: str,
    body: str | None,
    reviewer: str | None,
    licence_word: str,
    values: tuple[str, ...],
) -> None:
    """Publish FOLDER, a Data Package or plain files: as a new dataset or a change to one.

    By the rules of the pages: USER writes and submits, and someone else approves.
    """
    try:
        dataset = _dataset_of(folders.read(folder), body, values)
        id_ = _written(dataset, user)
        click.echo("Checking the files", err=True)
        _wait_for_checks(id_, user)
        shown = _act("opengov_dataset_submit", user, id=id_)
        if reviewer:
            # Whoever approves here looks at the files themselves, not at a page that compares.
            word = {"without_comparison": True, "licence_word": licence_word}
            shown = _act("opengov_dataset_publish", reviewer, id=id_, **word)
    except folders.UnusableFolder as error:
        raise click.ClickException(str(error)) from error
    except tk.ValidationError as error:
        sentences = (f"{field}: {said}" for field, said in error.error_summary.items())
        raise click.ClickException("\n".join(sentences)) from error
    except (tk.NotAuthorized, tk.ObjectNotFound) as error:
        raise click.ClickException(str(error) or "This account may not do this") from error
    waits = _act("opengov_review_show", user, id=id_)["revision"]
    state = waits["state"] if waits else shown["publication_state"]
    click.echo(f"{tk.url_for('dataset.read', id=shown['name'], _external=True)}: {state}")


def _act(action: str, user: str, **data: Any) -> dict[str, Any]:
    """Call an action as this account, with its rights."""
    if ckan_model.User.get(user) is None:
        raise click.ClickException(f"There is no account {user}")
    answer: dict[str, Any] = tk.get_action(action)({"user": user}, data)
    return answer


def _dataset_of(found: folders.Folder, body: str | None, values: tuple[str, ...]) -> dict[str, Any]:
    """Return the dataset in the fields of the site's schema, with its files to upload."""
    known = {
        each["field_name"] for each in tk.h.scheming_get_dataset_schema("dataset")["dataset_fields"]
    }
    dataset = {field: value for field, value in found.fields.items() if field in {*known, "tags"}}
    dataset["name"] = munge_title_to_name(str(dataset["name"]))
    licence = licences.named(found.licences)
    if licence:
        dataset["license_id"] = licence
    if body:
        group = ckan_model.Group.get(body)
        dataset["owner_org"] = group.id if group else body
    for each in values:
        field, sign, value = each.partition("=")
        if not sign:
            raise click.BadParameter(f"{each} is not FIELD=VALUE", param_hint="--set")
        dataset[field] = value
    dataset["resources"] = [
        {**file.fields, "upload": FileStorage(file.path.open("rb"), file.path.name)}
        for file in found.files
    ]
    return dataset


def _written(dataset: dict[str, Any], user: str) -> str:
    """Make the draft, or prepare the change; return the dataset's id. Files replace namesakes."""
    try:
        old = _act("package_show", user, id=dataset["name"])
    except tk.ObjectNotFound:
        # CKAN takes files into a dataset that exists.
        old = _act("package_create", user, **{**dataset, "resources": []})
    ids = {each["name"]: each["id"] for each in old["resources"]}
    for resource in dataset["resources"]:
        if resource["name"] in ids:
            resource["id"] = ids[resource["name"]]
    is_published = old["state"] == "active"
    action = "opengov_revision_create" if is_published else "package_patch"
    _act(action, user, **{**dataset, "id": old["id"]})
    return str(old["id"])


def _wait_for_checks(id_: str, user: str) -> None:
    """Do the checks that no worker does, and wait for the others."""
    session = ckan_model.Session  # noqa: TID251 - a command has no context
    while True:
        files = _act("opengov_review_show", user, id=id_)["files"]
        waiting = [each for each in files if each["sha256"] and not each["verdict"]]
        if not waiting:
            return
        for file in waiting:
            job = jobs.latest(session, "opengov.check", file["resource_id"])
            if job is None or job.status == jobs.Status.FAILED:
                raise click.ClickException(f"{file['name']} could not be checked")
            jobs.run(job.id)
        session.remove()
        time.sleep(0.5)


@opengov.command("audit-verify")
def audit_verify() -> None:
    """Check the audit log and its signed roots; name what does not hold."""
    session = ckan_model.Session  # noqa: TID251
    is_sound = True
    for sentence in _audit_problems(session):
        is_sound = False
        click.echo(sentence)
    if not is_sound:
        raise SystemExit(1)
    click.echo("Every chain and every root holds")


def _audit_problems(session: AlchemySession) -> Iterator[str]:
    for place in audit.verify(session):
        yield f"{place.subject}: row {place.seq} was edited, moved or follows a gap"
    for place in audit_roots.lost_heads(session):
        yield f"{place.subject}: row {place.seq}, which a root covers, is gone or was rewritten"
    try:
        for number in audit_roots.broken_roots(session):
            yield f"Root {number} is missing, was edited or is not signed with this key"
    except FileNotFoundError:
        yield f"The key of the roots is missing: {audit_roots.key_path()}"


@opengov.command("audit-root")
def audit_root() -> None:
    """Sign the audit log as it stands now; the sweep does so every day."""
    root = audit_roots.make_root(ckan_model.Session, datetime.now(UTC))  # noqa: TID251
    click.echo(f"Root {root.number}: {root.subjects} subjects, {root.entries} entries")
    click.echo(root.hash)


@opengov.group("schemas")
def schema_catalogue() -> None:
    """Schemas of tables that many bodies publish."""


@schema_catalogue.command("check")
def check_schemas() -> None:
    """Check the catalogue, and hold its published versions to what they are now.

    Samples beside a version (valid.csv, broken.csv, expected.json) must be what they say.
    """
    from ckanext.opengov.validation import samples  # noqa: PLC0415 - slow to import

    session = ckan_model.Session  # noqa: TID251 - a command has no context
    published, drafts = schemas.catalogue(session), schemas.drafts(session)
    versions = {**published, **drafts}
    problems = [f"{each.place}: {each.reason}" for each in schemas.faults(session)]
    for ref, version in versions.items():
        found = [f"{ref}: {each}" for each in samples.faults(version.descriptor, version.folder)]
        for older in takes_files_of(version, versions.values()):
            said = samples.sample_faults(version.descriptor, older.folder)
            found += [f"{ref}: refuses a file of {older.ref}: {each}" for each in said]
        problems += found
        if not found:
            state = " (draft)" if ref in drafts else ""
            click.echo(f"{ref}: holds, {len(version.fields)} columns{state}")
    # Drafts may still change; who publishes them notes what they are.
    schemas.note(session, published.values())
    session.commit()
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise SystemExit(1)


@opengov.command("jobs")
def show_jobs() -> None:
    """Say how many jobs of each kind wait, run, are done or were given up."""
    for kind, status, error, number in jobs.counts(ckan_model.Session):  # noqa: TID251
        click.echo(f"{kind} {status}{f' ({error})' if error else ''}: {number}")


@opengov.command("outbox")
@click.option("--retry", is_flag=True, help="Send once more what could not be sent.")
def show_outbox(retry: bool) -> None:
    """Say how many messages are queued, sent, failed or undeliverable."""
    session = ckan_model.Session  # noqa: TID251 - a command has no context
    if retry:
        again = outbox.retry_failed(session, datetime.now(UTC))
        session.commit()
        click.echo(f"{again} messages will be sent again")
    for state, number in outbox.counts(session).items():
        click.echo(f"{state}: {number}")


@opengov.group("two-factor")
def two_factor() -> None:
    """Two-step sign-in: what the operator at the server may do, and no web page."""


def _check_keys(session: AlchemySession) -> None:
    try:
        rows.keys(session)
    except (OSError, ValueError) as error:
        problem = f"The keys of two-step sign-in are missing or spoilt: {rows.folder() / 'keys'}"
        raise click.ClickException(problem) from error


@two_factor.command("reset")
@click.argument("user")
def two_factor_reset(user: str) -> None:
    """Let USER set up two-step sign-in anew, where there is no colleague who could.

    Prints the code that the person needs besides the password. They are told by mail,
    and so are the administrators of their bodies.
    """
    session = ckan_model.Session  # noqa: TID251 - a command has no context
    _check_keys(session)
    person = ckan_model.User.get(user)
    if person is None:
        raise click.ClickException(f"There is no account {user}")
    admins: set[str] = set()
    for body in second_factor.bodies_of(session, person.id):
        roles = publication.roles_in(session, body)
        admins |= {member for member, role in roles.items() if role == "admin"}
    try:
        code = steps.reset(session, person.id, by=None, tell=admins, now=datetime.now(UTC))
    except NothingToReset as error:
        raise click.ClickException(f"{user} has not set up two-step sign-in") from error
    click.echo(f"Hand over in person, valid for {steps.HANDOVER_WITHIN.days} days: {code}")


@two_factor.command("rotate")
@click.option("--lost", is_flag=True, help="The keys are gone: make new ones; no row holds then.")
def two_factor_rotate(lost: bool) -> None:
    """Put a new key into use, and write every row anew with it."""
    session = ckan_model.Session  # noqa: TID251
    if lost:
        keyring.make(rows.folder() / "keys")
    _check_keys(session)
    written = rows.rotate(session)
    signed = publication.sign_anew(session)
    session.commit()
    click.echo(f"{written} people, {signed} roles. The last line of {rows.folder() / 'keys'}")
    click.echo("is in use; nothing needs those above any more: delete them if they leaked")


@two_factor.command("vouch")
def two_factor_vouch() -> None:
    """Sign the roles in bodies as they are now: those from before the upgrade have no signature.

    Look at the members of each body first: administrators may reset second factors.
    """
    session = ckan_model.Session  # noqa: TID251
    _check_keys(session)
    signed = publication.vouch_for_all(session, datetime.now(UTC))
    session.commit()
    click.echo(f"{signed} roles signed")


@two_factor.command("restored")
def two_factor_restored() -> None:
    """Accept the rows of a database that comes from a backup."""
    session = ckan_model.Session  # noqa: TID251
    _check_keys(session)
    taken, bad = rows.accept_restored(session)
    click.echo(f"{taken} rows accepted, {bad} are not ours and open nothing")
