"""``ckan complaints network``: what an operator does where the network was changed by others."""

from __future__ import annotations

from collections.abc import Iterator

import click

from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.complaints.model import catalogue, network, seals
from ckanext.complaints.model.network import Network


@click.group("network")
def of_network() -> None:
    """Check that the bodies, their units and the routes of complaints are what stewards made."""


@of_network.command()
def check() -> None:
    """Tell whether the network and the routes are as they were signed."""
    session = ckan_model.Session  # noqa: TID251 - a command has no context
    wrong = 0
    try:
        network.whole(session)
    except seals.Altered:
        wrong += 1
        click.echo("bodies and units: not as they were signed")
    for category in catalogue.categories(session, only_active=False):
        try:
            catalogue.routes(session, [category.id])
        except seals.Altered:
            wrong += 1
            click.echo(f"routes of {category.code}: not as they were signed")
    if wrong:
        raise click.ClickException("No complaint is sent on. See: ckan complaints network sign")
    click.echo("All of it is as it was signed.")


@of_network.command()
@click.option("--yes", is_flag=True, help="Sign without asking.")
def sign(*, yes: bool) -> None:
    """Show the network as the database has it, and sign it once you have looked at it.

    For after rows were mended by hand, or where a version without signatures made them.
    """
    session = ckan_model.Session  # noqa: TID251 - a command has no context
    found = network.seal_anew(session)
    catalogue.seal_anew(session)
    for line in [*_bodies(found), *_routes(session, found)]:
        click.echo(line)
    if not yes:
        click.confirm("Is this, line by line, the network as it should be?", abort=True)
    session.commit()
    click.echo("Signed.")


def _bodies(found: Network) -> Iterator[str]:
    for id, body in found.bodies.items():
        above = _name(found, body.parent_org_id) if body.parent_org_id else "-"
        intake = "open" if body.intake_open else "closed"
        coordinator = body.coordinator_unit_id or "-"
        yield f"body {_name(found, id)}: below {above}, intake {intake}, coordinator {coordinator}"
        for unit in found.units_of(id):
            yield f"  unit {unit.id}: {unit.kind}, {'in use' if unit.active else 'closed'}"


def _routes(session: AlchemySession, found: Network) -> Iterator[str]:
    categories = catalogue.categories(session, only_active=False)
    ways = catalogue.routes(session, [each.id for each in categories])
    for category in categories:
        for way in ways[category.id]:
            region = way.region or "anywhere"
            yield f"route of {category.code}, {region}: to {_name(found, way.org_id)}"


def _name(found: Network, org_id: str) -> str:
    return str(found.names.get(org_id, {}).get("name") or org_id)
