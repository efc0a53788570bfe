"""What an operator runs: ``ckan complaints …``."""

from __future__ import annotations

import click

from ckan import model as ckan_model

from ckanext.complaints.domain.network import Kind, Role
from ckanext.complaints.keys_cli import keys
from ckanext.complaints.logic import (
    appointing,
    purging,
    releasing,
    reminding,
    settling,
    tallying,
)
from ckanext.complaints.model import network
from ckanext.complaints.network_cli import of_network
from ckanext.opengov.shared.domain.errors import DomainError

__all__ = ["complaints"]

KINDS, ROLES = [str(kind) for kind in Kind], [str(role) for role in Role]


@click.group(short_help="complaints: keys, deadlines, the network of bodies")
def complaints() -> None:
    """Work on complaints from the command line."""


complaints.add_command(keys)
complaints.add_command(of_network)


@complaints.command()
@click.argument("user")
@click.option("--body", required=True, help="The organization, by name or id.")
@click.option("--kind", type=click.Choice(KINDS), default="general", show_default=True)
@click.option("--role", type=click.Choice(ROLES), required=True)
def appoint(user: str, body: str, kind: str, role: str) -> None:
    """Give USER (name or id of an account) a role in a unit of a body.

    Body and unit are made if need be. So a network gets its first steward (--kind oversight
    --role steward, in a body that has none above it), who does the rest in the pages. They need
    two-step sign-in before they can act.
    """
    session = ckan_model.Session  # noqa: TID251 - a command has no context
    account = ckan_model.User.get(user)
    if account is None or account.state != "active":
        raise click.ClickException(f"There is no account {user}")
    org_id = network.organization(session, body)
    if org_id is None:
        raise click.ClickException(f"There is no organization {body}")
    try:
        unit, is_new = appointing.appoint(session, account, org_id, Kind(kind), role)
    except DomainError as error:
        raise click.ClickException(error.template) from error
    click.echo(f"{account.name}: {role} in unit {unit.id}" + ("" if is_new else " already"))


@complaints.command()
def defaults() -> None:
    """Put in categories, a policy and holidays where they are missing; what is there stays."""
    session = ckan_model.Session  # noqa: TID251 - a command has no context
    done = settling.settle(session, network.now(session))
    session.commit()
    click.echo(f"{done.policies} policies, {done.categories} categories, {done.holidays} holidays")


@complaints.command()
def deadlines() -> None:
    """Remind of dates and take the steps whose day has come; the sweep does so too.

    Safe to run twice at once: the second leaves it to the first.
    """
    session = ckan_model.Session  # noqa: TID251 - a command has no context
    click.echo(f"{reminding.remind(session, network.now(session))} complaints looked at")


@complaints.command()
def purge() -> None:
    """Delete what cases say whose day has come and that no order holds; the sweep does so too."""
    session = ckan_model.Session  # noqa: TID251 - a command has no context
    click.echo(f"{purging.purge(session, network.now(session))} complaints deleted")


@complaints.command()
def stats() -> None:
    """Count now what the workers count: the last twelve months, and quarters that are over.

    A quarter that was released stays as it is.
    """
    session = ckan_model.Session  # noqa: TID251 - a command has no context
    now = network.now(session)
    tallying.tally(session, now)
    quarters = releasing.release(session, now)
    session.commit()
    click.echo(f"The last twelve months are counted; quarters released: {quarters}")
