"""What CKAN says when it starts with too few plugins."""

import configparser
import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("plugins", "message"),
    [
        ("activity datastore consultation", "consultation needs opengov"),
        ("activity datastore complaints", "complaints needs opengov"),
        ("opengov", "opengov needs activity, datastore"),
    ],
)
def test_a_missing_plugin_is_named_at_start(tmp_path, plugins, message):
    ini = configparser.RawConfigParser()
    ini.optionxform = str
    ini.read(os.environ["CKAN_INI"])
    ini["app:main"]["ckan.plugins"] = plugins
    with (tmp_path / "few.ini").open("w") as out:
        ini.write(out)
    command = [sys.executable, "-W", "ignore", "-c", "from ckan.cli.cli import ckan; ckan()"]

    done = subprocess.run(
        [*command, "-c", str(tmp_path / "few.ini"), "db", "version"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert message in done.stdout + done.stderr
