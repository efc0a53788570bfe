"""A CKAN that has data already: the plugins added, ``ckan db upgrade``, and it works."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from opengov_stack import installation, settings, site
from tests.common.running import running_portal

PLAIN = "activity datastore scheming_datasets"
SCHEMES = "scheming_datasets scheming_organizations"
EXTENDED = f"opengov consultation complaints activity datastore {SCHEMES}"
PROLOGUE = """
import os
import ckan.plugins.toolkit as tk
from ckan import model
from ckan.cli import load_config
from ckan.config.middleware import make_app
app = make_app(load_config(os.environ["CKAN_INI"]))
def call(action, **data):
    with app.test_request_context():
        return tk.get_action(action)({"user": "root", "ignore_auth": True}, data)
"""
BEFORE = """
user = model.User(name="root", email="root@example.org", sysadmin=True)
model.Session.add(user)
model.Session.commit()
body = call("organization_create", name="old-body")
call("package_create", name="old", title="Old", owner_org=body["id"], private=False,
     resources=[{"url": "https://example.org/old.csv", "name": "old"}])
"""
AFTER = """
old = call("package_show", id="old")
assert (old["state"], old["publication_state"], old["title"]) == ("active", "published", "Old")
call("organization_member_create", id="old-body", username="root", role="admin")
revision = call("opengov_revision_create", id="old", title="Less old", license_id="cc-by")
assert (revision["number"], revision["state"]) == (2, "draft"), revision
assert call("package_show", id="old")["title"] == "Old"
assert app.test_client().get("/dataset/old").status_code == 200
"""


@pytest.fixture(scope="module")
def ini():
    """The settings file of a plain CKAN with databases of its own."""
    with running_portal() as (folder, _address):
        here = installation.load(folder)
        values = settings.site_settings(folder, here.ports, here.secrets)
        for key in ("sqlalchemy.url", "ckan.datastore.write_url", "ckan.datastore.read_url"):
            address, _, name = values[key].rpartition("/")
            values[key] = f"{address}/old_{name}"
        values |= {"ckan.plugins": PLAIN, "ckan.site_id": "old"}
        values["scheming.dataset_schemas"] = "ckanext.scheming:ckan_dataset.yaml"
        values["ckan.storage_path"] = str(folder / "old")
        path = folder / "old.ini"
        settings.write_ini(path, values)
        superuser = settings.database_url("postgres", here.secrets.postgres, here.ports, "postgres")
        yield path, superuser


def run(ini, *command):
    environment = {**os.environ, "CKAN_INI": str(ini), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [*map(str, command)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def ckan(ini, *arguments):
    return run(ini, Path(sys.executable).with_name("ckan"), "-c", ini, *arguments)


def test_an_existing_site_takes_the_plugins(ini):
    path, superuser = ini
    engine = sa.create_engine(superuser, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in ("old_ckan", "old_datastore"):
            connection.execute(sa.text(f"CREATE DATABASE {name} OWNER ckan"))
    engine.dispose()
    ckan(path, "db", "upgrade")
    site.psql(superuser, ckan(path, "datastore", "set-permissions"))
    run(path, sys.executable, "-c", PROLOGUE + BEFORE)

    ckan(path, "config-tool", path, f"ckan.plugins={EXTENDED}")
    ckan(path, "config-tool", path, "scheming.dataset_schemas=ckanext.opengov:schemas/dataset.yaml")
    ckan(path, "db", "upgrade")

    run(path, sys.executable, "-c", PROLOGUE + AFTER)


def test_wrong_plugins_are_refused_with_what_to_do(ini):
    path, _superuser = ini
    for plugins, advice in (
        ("opengov activity datastore", "scheming_organizations: add it to ckan.plugins"),
        (f"{SCHEMES} opengov activity datastore", "must stand before scheming_datasets"),
        (f"activity datastore {SCHEMES} complaints", "opengov: add it to ckan.plugins"),
    ):
        text = path.read_text()
        line = next(line for line in text.splitlines() if line.startswith("ckan.plugins"))
        wrong = path.with_name("wrong.ini")
        wrong.write_text(text.replace(line, f"ckan.plugins = {plugins}"))
        command = [Path(sys.executable).with_name("ckan"), "-c", wrong, "db", "version"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode != 0
        assert advice in done.stderr + done.stdout, done.stderr[-2000:]
