"""``ckan opengov``: what an operator runs."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import click
from sqlalchemy.exc import OperationalError

from ckan import model as ckan_model

from ckanext.opengov.shared import audit, jobs

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


@opengov.command("audit-verify")
def audit_verify() -> None:
    """Check the audit log; name each chain that does not hold."""
    broken = audit.verify(ckan_model.Session)  # noqa: TID251
    for place in broken:
        click.echo(f"{place.subject}: row {place.seq} was edited, moved or follows a gap")
    if broken:
        raise SystemExit(1)
    click.echo("Every chain holds")
