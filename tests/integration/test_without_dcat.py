"""ckanext-dcat is an extra: without it only its own addresses are missing."""

import configparser
import os
import subprocess
import sys

PROGRAM = """
import sys

sys.modules["ckanext.dcat"] = sys.modules["rdflib"] = None  # as if they were not installed
from ckan.cli import load_config
from ckan.config.middleware import make_app

client = make_app(load_config(sys.argv[1])).test_client()
for path in sys.argv[2:]:
    answer = client.get(path)
    print(path, answer.status_code, "catalog.ttl" in answer.text)
"""
PAGES = ("/en/", "/ar/developers", "/api/openapi.json", "/feeds/dataset.atom", "/sitemap.xml")


def test_everything_else_works_without_dcat(portal, tmp_path):
    ini = configparser.RawConfigParser()
    ini.optionxform = str
    ini.read(os.environ["CKAN_INI"])
    settings = ini["app:main"]
    plugins = settings["ckan.plugins"].split()
    assert "dcat" in plugins
    settings["ckan.plugins"] = " ".join(name for name in plugins if name != "dcat")
    with (tmp_path / "without.ini").open("w") as out:
        ini.write(out)
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, str(tmp_path / "without.ini")]

    done = subprocess.run(
        [*command, *PAGES, "/catalog.ttl"], capture_output=True, text=True, check=False, timeout=300
    )

    assert done.returncode == 0, done.stderr
    answers = done.stdout.splitlines()[-len(PAGES) - 1 :]
    assert answers[:-1] == [f"{page} 200 False" for page in PAGES]
    assert answers[-1].startswith("/catalog.ttl 404")
