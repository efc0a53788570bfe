"""The wheel carries the whole suite: it works with no file of the repository beside it."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "stack/opengov_stack": "opengov_stack",
    "ckanext-opengov/ckanext/opengov": "ckanext/opengov",
    "ckanext-consultation/ckanext/consultation": "ckanext/consultation",
    "ckanext-complaints/ckanext/complaints": "ckanext/complaints",
}


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(tmp_path):
    tracked = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", *PACKAGES], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    expected = {
        target + path.removeprefix(source)
        for path in tracked
        for source, target in PACKAGES.items()
        if path.startswith(source + "/")
    }
    copy = tmp_path / "copy"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(copy)], check=True)

    subprocess.run(
        [sys.executable, "-m", "build", "-w", "-n", "-o", str(tmp_path), str(copy)],
        check=True,
        capture_output=True,
    )

    (wheel,) = tmp_path.glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == expected
