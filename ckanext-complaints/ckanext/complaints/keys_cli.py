"""``ckan complaints keys``: what an operator does with the service keys."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy.exc import OperationalError

from ckan import model as ckan_model

from ckanext.complaints import keys as service
from ckanext.complaints.domain import escrow
from ckanext.complaints.domain.escrow import LineMistyped, Sheet, SheetsDoNotFit
from ckanext.complaints.model import keyed
from ckanext.opengov.shared import keyring


@click.group()
def keys() -> None:
    """Look after the keys under which everything in a case is sealed."""


@contextmanager
def _told() -> Iterator[None]:
    """Say what is wrong with the keys in one sentence."""
    try:
        yield
    except service.KeysMissing as error:
        raise click.ClickException(str(error)) from error
    except ValueError as error:
        raise click.ClickException(f"{service.path()} is spoilt: put back its copy") from error


@keys.command("list")
def list_() -> None:
    """Name the keys, and say with what acknowledgements are checked."""
    with _told():
        ring, public = service.ring(), service.acknowledgement_keys()
    for key in ring.keys:
        state = "in use" if key == ring.in_use else "reads"
        click.echo(f"{key.id}  {state:6}  acknowledgements: {public[key.id].hex()}")


@keys.command()
def add() -> None:
    """Put a new key into use; the older ones go on reading."""
    with _told():
        service.ring()
        keyring.add(service.path())
        click.echo(f"{service.ring().in_use.id} is in use")
    click.echo(f"Copy {service.path()} to every web server and worker, and to its backup.")
    click.echo("The old paper shares lack this key: ckan complaints keys escrow")


@keys.command("escrow")
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write sheet-1.txt and sheet-2.txt into this folder instead.",
)
def escrow_(to: Path | None) -> None:
    """Print the keys on two sheets, for two persons; each alone says nothing."""
    with _told():
        ring = service.ring()
    pages = [_page(number, lines, ring) for number, lines in enumerate(escrow.sheets(ring), 1)]
    if to:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number, page in enumerate(pages, 1):
            keyring.write_private(to / f"sheet-{number}.txt", page)
            click.echo(str(to / f"sheet-{number}.txt"))
        return
    for page in pages:
        click.echo(page)
        # Nobody should see both at once.
        click.pause("Write it down or print it, then press a key: the screen is emptied")
        click.clear()


def _page(number: int, lines: list[str], ring: keyring.Keyring) -> str:
    day = datetime.now(UTC).date()
    head = [
        f"# Service keys of complaints, sheet {number} of 2, {day}",
        f"# Keys: {' '.join(key.id for key in ring.keys)}",
        "# Keep it where the other sheet is not. Both together read every case.",
        f"# {len(lines)} lines; the last two signs of each are its check. No O, I, L, U is used.",
    ]
    return "\n".join([*head, *lines, ""])


@keys.command()
@click.argument("sheets", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace a file with keys that the sheets lack.")
def restore(sheets: tuple[Path, ...], *, force: bool) -> None:
    """Write the file of keys from the two SHEETS: typed files or, without them, line by line."""
    if len(sheets) not in {0, 2}:
        raise click.UsageError("Give both sheets, or none to type them in")
    try:
        read = [_of_file(each) for each in sheets] or [_typed(1), _typed(2)]
        ring = escrow.joined(*read)
    except SheetsDoNotFit as error:
        raise click.ClickException(str(error)) from error
    _put_aside(service.path(), ring, force=force)
    keyring.store(service.path(), ring)
    click.echo(f"{service.path()}: {' '.join(key.id for key in ring.keys)}")
    _say_which_are_needed(ring)


def _of_file(path: Path) -> Sheet:
    lines = [each for each in path.read_text().splitlines() if each.strip()]
    try:
        return escrow.read(each for each in lines if not each.startswith("#"))
    except LineMistyped as error:
        raise click.ClickException(f"{path}: {error}") from error


def _typed(number: int) -> Sheet:
    """Ask for each line until it is as on paper."""
    click.echo(f"Sheet {number}")
    lines, count = [_typed_line(1)], 1
    count = escrow.lines_of(escrow.read_line(lines[0], 1))
    lines += [_typed_line(each) for each in range(2, count + 1)]
    return escrow.read(lines)


def _typed_line(number: int) -> str:
    while True:
        line: str = click.prompt(f"{number:02}", prompt_suffix="  ", hide_input=False)
        try:
            content = escrow.read_line(line, number)
            if number == 1:
                escrow.lines_of(content)
        except LineMistyped as error:
            click.echo(f"{error}. Again.", err=True)
        else:
            return line


def _put_aside(path: Path, ring: keyring.Keyring, *, force: bool) -> None:
    """Keep a copy of a file that will be replaced, and ask for ``--force`` if keys would go."""
    if not path.exists():
        return
    try:
        lacking = [key.id for key in keyring.load(path).keys if key not in ring.keys]
    except ValueError:
        lacking = ["what is spoilt"]
    if lacking and not force:
        raise click.ClickException(
            f"{path} has keys that the sheets lack: {' '.join(lacking)}. What they wrote would"
            " not be read any more. If you know that it is nothing: --force"
        )
    if not lacking:
        return
    aside = path.with_name(f"{path.name}.{datetime.now(UTC):%Y%m%dT%H%M%S}")
    shutil.copy2(path, aside)
    click.echo(f"What was there is kept as {aside}")


@keys.command()
def check() -> None:
    """Say which keys rows need, and whether all are there; else exit with 1."""
    try:
        ring = keyring.load(service.path())
    except FileNotFoundError:
        ring = keyring.Keyring(())
    except ValueError as error:
        raise click.ClickException(f"{service.path()} is spoilt: put back its copy") from error
    if not _say_which_are_needed(ring):
        sys.exit(1)


def _say_which_are_needed(ring: keyring.Keyring) -> bool:
    """Print a line for each key; tell whether none is missing."""
    try:
        needed = keyed.counted(ckan_model.Session)  # noqa: TID251 - a command has no context
    except OperationalError:
        click.echo("The database does not answer; later: ckan complaints keys check", err=True)
        return True
    there = [key.id for key in ring.keys]
    for key_id in [*there, *sorted(set(needed) - set(there))]:
        rows = ", ".join(f"{count} {table}" for table, count in needed.get(key_id, {}).items())
        state = "MISSING" if key_id not in there else "reads"
        state = "in use" if there[-1:] == [key_id] else state
        click.echo(f"{key_id}  {state:7}  {rows or 'no row needs it'}")
    return set(needed) <= set(there)
