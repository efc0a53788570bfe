"""``ckan consultation``: what an operator runs."""

from __future__ import annotations

import click

from ckan import model as ckan_model

from ckanext.consultation.logic import erasing
from ckanext.consultation.model import consultations, participations

__all__ = ["consultation"]


@click.group()
def consultation() -> None:
    """Consultations of public bodies."""


@consultation.command()
@click.argument("user")
@click.option("--consultation", "name", help="Only from this one, by id or name.")
@click.confirmation_option(prompt="Their words are gone for good. Go on?")
def erase(user: str, name: str | None) -> None:
    """Erase USER (the id or name of an account) from consultations, as they asked by letter.

    The account stays: erase from consultations first, whoever deletes it afterwards.
    """
    session = ckan_model.Session  # noqa: TID251 - a command has no context
    account = ckan_model.User.get(user)
    if account is None:
        raise click.ClickException(f"There is no account {user}")
    found = [row[:2] for row in session.execute(participations.of_user(account.id))]
    asked = [pair for pair in found if name in (None, pair[1].id, pair[1].name)]
    for person, row in asked:
        title = row.name
        locked = consultations.find(session, row.id, share=True)
        done = locked and erasing.erase(session, locked, person.id, consultations.now(session))
        session.commit()
        if done:
            click.echo(f"{title}: {done.comments} comments, {done.votes} votes")
    if not asked:
        click.echo("They took part in none")
