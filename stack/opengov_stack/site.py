"""Prepares a portal's databases, in a process of its own that may import CKAN.

``python -m opengov_stack.site``, with the settings file in ``CKAN_INI`` and the
address of PostgreSQL's superuser in ``OPENGOV_POSTGRES``: a password has no place
among the arguments, which every account of the machine can list.
"""

from __future__ import annotations

import os
import secrets
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from opengov_stack import accounts as accounts_file
from opengov_stack.installation import write_private
from opengov_stack.servers import postgres_binary


def psql(url: str, sql: str) -> None:
    """Run SQL as the user of ``url``; the password does not appear in the process list."""
    parts = urlsplit(url)
    environment = {"PGPASSWORD": parts.password or "", "PGOPTIONS": "-c client_min_messages=error"}
    command = [str(postgres_binary("psql")), "-q", "-X", "-v", "ON_ERROR_STOP=1"]
    command += ["-h", parts.hostname or "", "-p", str(parts.port), "-U", parts.username or ""]
    command += ["-d", parts.path.lstrip("/")]
    subprocess.run(command, input=sql, text=True, check=True, env=environment)


def quoted(text: str) -> str:
    """Return the text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def make_databases(superuser_url: str, main_url: str, reader_url: str) -> None:
    """Make roles and empty databases; what is there stays, with today's passwords."""
    main, reader = urlsplit(main_url), urlsplit(reader_url)
    statements = []
    for role in (main, reader):
        name, password = role.username or "", quoted(role.password or "")
        statements.append(
            f"SELECT 'CREATE ROLE {name} LOGIN'"
            f" WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') \\gexec"
        )
        statements.append(f"ALTER ROLE {name} PASSWORD {password};")
    statements += [
        f"SELECT 'CREATE DATABASE {database} OWNER {main.username}'"
        f" WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{database}') \\gexec"
        for database in (main.path.lstrip("/"), reader.path.lstrip("/"))
    ]
    psql(superuser_url, "\n".join(statements))


def prepare(ini: Path, superuser_url: str) -> None:
    """Bring the databases of the portal up to date."""
    from ckan.cli import load_config
    from ckan.cli.cli import ckan

    settings: Any = load_config(str(ini))
    make_databases(superuser_url, settings["sqlalchemy.url"], settings["ckan.datastore.read_url"])
    ckan.main(["-c", str(ini), "db", "upgrade"], standalone_mode=False)

    from ckanext.datastore.cli import permissions_sql

    main, reader = (
        urlsplit(settings[key]) for key in ("sqlalchemy.url", "ckan.datastore.read_url")
    )
    grants = permissions_sql(
        maindb=main.path.lstrip("/"),
        datastoredb=reader.path.lstrip("/"),
        mainuser=main.username or "",
        writeuser=main.username or "",
        readuser=reader.username or "",
    )
    psql(superuser_url, grants)
    ckan.main(["-c", str(ini), "translation", "js"], standalone_mode=False)
    accounts, sample = (os.environ.get(f"OPENGOV_{name}") for name in ("ACCOUNTS", "SAMPLE"))
    if accounts:
        populate(settings, Path(accounts), Path(sample) if sample else None)


def populate(settings: Any, accounts: Path, sample: Path | None) -> None:
    """Make the demo accounts of a new portal, and what they have made if it is wanted."""
    if not accounts.exists():
        if sample and is_new():
            write_private(sample, BEGUN)
        make_accounts(accounts, with_citizens=sample is not None and sample.exists())
    if sample:
        fill_with_sample(settings, sample, accounts)


BEGUN, DONE = "begun", "done"
"""What stands in the file of the sample. Without that file the portal is somebody's own."""
DEMO_BODY = Path(__file__).parent / "sample" / "demo-body.yaml"
DEMO = {
    "operator": ("sysadmin", "runs the portal"),
    "amel": ("editor", "writes datasets"),
    "sami": ("admin", "approves datasets"),
    "nour": ("admin", "approves datasets"),
}
CITIZENS = ("rim", "ali", "zied", "salma", "hedi", "ines", "youssef", "marwa", "anis", "leila")
"""Who takes part in the consultations of the sample; they have no part in any body."""


def is_new() -> bool:
    """Tell whether nobody has put anything into the portal yet."""
    from ckan import model

    return not any(
        model.Session.query(kind.id).limit(1).count() for kind in (model.Package, model.Group)
    )


def fill_with_sample(settings: Any, marker: Path, accounts: Path) -> None:
    """Fill the portal with the sample, once; what people do with it afterwards stays."""
    if not marker.exists() or marker.read_text() != BEGUN:
        return
    from opengov_stack import sample, sample_complaints, sample_consultations

    from ckan.config.middleware import make_app
    from ckan.lib import search

    progress = marker.with_name("sample-complaints")
    # A commit of the search server for each change would take half of the time.
    settings["ckan.search.solr_commit"] = False
    with make_app(settings).test_request_context():
        sample.fill()
        sample_consultations.fill()
        sample_complaints.fill(accounts, progress)
        search.commit()
    write_private(marker, DONE)
    progress.unlink()


def make_accounts(path: Path, *, with_citizens: bool = False) -> None:
    """Make a demo body with its people, and keep their passwords in ``path``."""
    import ckan.plugins.toolkit as tk
    from ckan import model

    accounts, people = [], dict(DEMO)
    if with_citizens:
        people |= dict.fromkeys(CITIZENS, ("citizen", "takes part in consultations"))
    for name, (role, text) in people.items():
        password = secrets.token_urlsafe(12)
        user = model.User.get(name) or model.User(name=name, email=f"{name}@example.org")
        user.password, user.sysadmin = password, role == "sysadmin"
        model.Session.add(user)
        accounts.append({"name": name, "password": password, "role": text})
    model.Session.commit()
    context: Any = {"user": "operator", "ignore_auth": True}
    body = yaml.safe_load(DEMO_BODY.read_text(encoding="utf-8"))
    name_of_body = body["name"]
    if model.Group.get(name_of_body) is None:
        tk.get_action("organization_create")(context.copy(), body)
    for name, (role, _text) in DEMO.items():
        if role != "sysadmin":
            member = {"id": name_of_body, "username": name, "role": role}
            tk.get_action("organization_member_create")(context.copy(), member)
    accounts_file.write(path, {"accounts": accounts, "receipts": []})


if __name__ == "__main__":
    prepare(Path(os.environ["CKAN_INI"]), os.environ["OPENGOV_POSTGRES"])
