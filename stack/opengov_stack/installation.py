"""One installation: a private folder with the settings, secrets and files of a portal."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from opengov_stack import servers
from opengov_stack.problems import Problem
from opengov_stack.settings import Ports, Secrets

USUAL_PORT = 5000


@dataclass(frozen=True, slots=True)
class Installation:
    """Where a portal lives, and its ports and secrets."""

    folder: Path
    ports: Ports
    secrets: Secrets

    @property
    def ini(self) -> Path:
        """The settings file that CKAN reads."""
        return self.folder / "ckan.ini"

    @property
    def accounts(self) -> Path:
        """The demo accounts and their passwords."""
        return self.folder / "accounts.json"

    @property
    def sample(self) -> Path:
        """How far the sample is that a new portal begins with; no file: there is none."""
        return self.folder / "sample"

    @property
    def logs(self) -> Path:
        """The folder of the servers' logs."""
        return self.folder / "logs"

    @property
    def socket(self) -> Path:
        """The supervisor's socket. Paths of sockets must be short: it lies elsewhere."""
        return socket_of(self.folder)

    @property
    def address(self) -> str:
        """Where the portal answers."""
        return f"http://{servers.LOOPBACK}:{self.ports.web}"


def socket_of(folder: Path) -> Path:
    """Return the path of the supervisor's socket for an installation's folder."""
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"opengov-{os.geteuid()}-{name}.sock"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    incoming = path.with_suffix(".incoming")
    incoming.unlink(missing_ok=True)
    with os.fdopen(os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    incoming.replace(path)


def load(folder: Path) -> Installation | None:
    """Return the installation in the folder; None: there is none yet."""
    try:
        kept = json.loads((folder / "installation.json").read_text())
    except FileNotFoundError:
        return None
    return Installation(folder, Ports(**kept["ports"]), Secrets(**kept["secrets"]))


def prepare(folder: Path, port: int | None) -> Installation:
    """Make the installation or take up the one that is there, on ports that are free now.

    Raises:
        Problem: ``port`` was asked for and is taken.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # PostgreSQL may run under an account of its own, which must find its folder.
    folder.chmod(0o711)
    kept = load(folder)
    ports = asdict(kept.ports if kept else Ports.chosen())
    if kept is None:
        ports["web"] = USUAL_PORT
    if port is not None:
        if servers.answers(port):
            raise Problem(
                f"Port {port} is taken by another program.",
                "Stop that program, or choose another port: opengov run --port NUMBER.",
            )
        ports["web"] = port
    for name, number in ports.items():
        if servers.answers(number):
            ports[name] = servers.free_port()
    secrets = kept.secrets if kept else Secrets.fresh()
    installation = Installation(folder, Ports(**ports), secrets)
    kept_text = json.dumps({"ports": ports, "secrets": asdict(secrets)})
    write_private(folder / "installation.json", kept_text)
    return installation
