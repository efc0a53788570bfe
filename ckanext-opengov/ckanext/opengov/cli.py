"""``ckan opengov``: what an operator runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import click
from flask_babel import force_locale
from sqlalchemy.exc import OperationalError

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov.logic.candidates import candidates, check
from ckanext.opengov.model import revisions
from ckanext.opengov.shared import audit, audit_roots, jobs, outbox
from ckanext.opengov.validation.report import Verdict, printed, written

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
    is_blocked = False
    for each in found:
        if each.sha256 and dataset in (each.resource_id, package.id, package.name):
            kept = check(each, lambda _share: None)
            is_blocked = is_blocked or kept["verdict"] == Verdict.BLOCKED
            with force_locale(lang):
                click.echo(printed(written(kept, tk._, lang), as_json=as_json))
    if is_blocked:
        raise SystemExit(1)


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
