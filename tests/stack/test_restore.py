"""Backup, loss of everything, restore: by the very commands of docs/operations.md."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import redis
import requests
import sqlalchemy as sa
from opengov_stack import installation, servers, settings, supervision
from tests.common.running import running_portal, wait_until
from tests.stack.test_kill import CSV, Site

APPLICATIONS = ("web", "worker-default", "worker-short", "worker-long", "sweep")
OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


def commands(heading):
    """Return the shell commands under a heading of the page for operators."""
    section = OPERATIONS.read_text().split(f"## {heading}\n")[1]
    return re.search(r"```sh\n(.*?)```", section, re.DOTALL)[1]


@pytest.fixture(scope="module")
def site():
    """A portal with a published dataset that was revised, and a draft."""
    with running_portal() as (folder, address):
        site = Site(folder, address)
        site.here = installation.load(folder)
        site.publish_one()
        yield site


def keys_folder(site):
    """Return where the keys of complaints lie."""
    return site.here.folder / "storage" / "complaints" / "keys"


def run(site, script, backup, apart):
    """Run commands as an operator would."""
    here = site.here
    programs = (servers.postgres_binary("pg_dump").parent, Path(sys.executable).parent)
    main, datastore = (
        settings.database_url("ckan", here.secrets.ckan, here.ports, name)
        for name in settings.DATABASES.values()
    )
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([*map(str, programs), os.environ["PATH"]]),
        "BACKUP": str(backup),
        "MAIN_URL": main,
        "DATASTORE_URL": datastore,
        "STORAGE": str(here.folder / "storage"),
        "KEYS": str(keys_folder(site)),
        "KEYS_BACKUP": str(apart),
        "CKAN_INI": str(here.ini),
    }
    done = subprocess.run(
        ["bash", "-e", "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def lose_everything(site):
    """Drop both databases; delete the files; empty Redis and the search index."""
    here = site.here
    site.ckan("search-index", "clear")
    redis.Redis(port=here.ports.redis).flushall()
    shutil.rmtree(here.folder / "storage")
    superuser = settings.database_url("postgres", here.secrets.postgres, here.ports, "postgres")
    engine = sa.create_engine(superuser, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in settings.DATABASES.values():
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
            connection.execute(sa.text(f"CREATE DATABASE {name} OWNER ckan"))
    engine.dispose()


def seen(site):
    """Return what the public gets, and the history that its own people get."""
    ((dataset_id, resource_id),) = site.published.items()
    dataset = site.call(None, "package_show", id=dataset_id)[1]
    return (
        dataset,
        requests.get(dataset["resources"][0]["url"], timeout=30).text,
        site.call(None, "datastore_search", resource_id=resource_id)[1],
        site.call(None, "package_search", q="*:*")[1]["count"],
        site.call("amel", "opengov_dataset_history", id=dataset_id)[1],
    )


def test_after_a_restore_the_site_is_the_same(site, tmp_path):
    wait_until(lambda: seen(site)[2].get("total") == 2 and seen(site)[3] == 1, 60)
    site.ckan("complaints", "keys", "list")
    before = seen(site)
    control = supervision.control(site.here.socket)

    for name in ("backup", "apart"):
        (tmp_path / name).mkdir()

    run(site, commands("Backup"), tmp_path / "backup", tmp_path / "apart")
    keys = (keys_folder(site) / "service").read_text()
    kept = subprocess.check_output(["tar", "--list", "--file", tmp_path / "backup" / "files.tar"])
    for name in APPLICATIONS:
        control.stopProcess(name)
    lose_everything(site)
    run(site, commands("Restore"), tmp_path / "backup", tmp_path / "apart")
    for name in APPLICATIONS:
        control.startProcess(name, False)
    wait_until(site.answers, 120)

    assert before[1] == CSV
    assert b"service" not in kept
    assert (keys_folder(site) / "service").read_text() == keys
    assert seen(site) == before
