"""Runs a command beside servers of its own, and leaves nothing running.

``python -m opengov_stack.testing [--folder DIR] [--durable] -- COMMAND...``

The command finds a complete settings file in ``CKAN_INI``, the folder of received
mail in ``OPENGOV_TEST_MAIL`` and PostgreSQL's superuser in ``OPENGOV_POSTGRES``.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from opengov_stack import alone, jars, servers
from opengov_stack.problems import Problem
from opengov_stack.settings import Ports, Secrets, database_url, site_settings, write_ini

START_SECONDS = 90
STOP_SECONDS = 20
FOR_A_WHILE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""PostgreSQL need not wait for the disk: nobody reads these data after a loss of power."""


def in_memory(needed: int = 4 << 30) -> Path | None:
    """Return the folder that Linux keeps in memory; None: there is none with as much room."""
    folder = Path("/dev/shm")  # noqa: S108 - what is made there is private
    try:
        return folder if shutil.disk_usage(folder).free >= needed else None
    except OSError:
        return None


def ckan_schema() -> Path:
    """Return the Solr schema of the installed CKAN, found without importing it."""
    spec = find_spec("ckan")
    if spec is None or spec.origin is None:
        raise Problem("CKAN is not installed.", "Run `make run` or `make test`, which install it.")
    return Path(spec.origin).parent / "config" / "solr" / "schema.xml"


@contextlib.contextmanager
def running(server: servers.Server, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; wait until it is ready first."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            server.command,
            env={**os.environ, **server.environment},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            user=server.user,
            start_new_session=True,
        )
    alone.remember(log.parent, server.name, process.pid)
    try:
        until = time.monotonic() + START_SECONDS
        while not server.is_ready():
            if process.poll() is not None or time.monotonic() > until:
                tail = log.read_text(errors="replace")[-2000:]
                raise Problem(f"The server {server.name} did not start.", tail)
            time.sleep(0.1)
        yield process
    finally:
        process.send_signal(getattr(signal, f"SIG{server.stop_signal}"))
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        alone.forget(log.parent, server.name)


@contextlib.contextmanager
def portal(folder: Path, *, durable: bool) -> Iterator[dict[str, str]]:
    """Run all servers of an empty portal in ``folder``; yield the environment of its users."""
    folder.chmod(0o711)  # PostgreSQL may run under an account of its own.
    ports, keys = Ports.chosen(), Secrets.fresh()
    shutil.rmtree(folder / "postgres", ignore_errors=True)
    servers.prepare_postgres(folder / "postgres", keys.postgres)
    servers.prepare_solr(folder / "solr", ckan_schema())
    jar_folder = jars.cache_folder()
    jars.fetch(jar_folder, lambda _done, _total: None)
    ini = folder / "test.ini"
    settings = site_settings(folder, ports, keys)
    settings |= {
        "testing": "true",
        "ckan.site_url": "http://test.ckan.net",
        "ckan.display_timezone": "UTC",
    }
    write_ini(ini, settings)
    superuser = database_url("postgres", keys.postgres, ports, "postgres")
    processes = [
        servers.postgres(folder / "postgres", ports.postgres, **({} if durable else FOR_A_WHILE)),
        servers.redis(folder / "redis", ports.redis),
        servers.solr(folder / "solr", ports.solr, jar_folder),
        servers.mail_sink(folder / "mail", ports.mail),
    ]
    with contextlib.ExitStack() as stack:
        for server in processes:
            stack.enter_context(running(server, folder / f"{server.name}.log"))
        environment = {
            "CKAN_INI": str(ini),
            "OPENGOV_POSTGRES": superuser,
            "OPENGOV_TEST_MAIL": str(folder / "mail"),
        }
        subprocess.run(
            [sys.executable, "-m", "opengov_stack.site"],
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        yield environment


def main(arguments: Sequence[str]) -> int:
    """Run the command of the command line and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m opengov_stack.testing")
    parser.add_argument("--folder", type=Path, help="where to keep servers' files and logs")
    parser.add_argument("--durable", action="store_true", help="write to the disk as portals do")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        folder = options.folder
        if folder is None:
            place = None if options.durable else in_memory()
            made = tempfile.TemporaryDirectory(prefix="opengov-", dir=place)
            folder = Path(stack.enter_context(made))
        folder.mkdir(parents=True, exist_ok=True)
        stack.enter_context(alone.alone(folder))
        alone.stop_leftovers(folder)
        environment = stack.enter_context(portal(folder, durable=options.durable))
        done = subprocess.run(options.command, env={**os.environ, **environment}, check=False)
        return done.returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Problem as problem:
        sys.exit(str(problem))
