"""The supervisor: it runs the servers, restarts what dies and stops all in order."""

from __future__ import annotations

import configparser
import getpass
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from pathlib import Path
from typing import Any

from opengov_stack import servers
from opengov_stack.installation import Installation
from opengov_stack.problems import Problem
from opengov_stack.servers import LOOPBACK, Server

WEB_WORKERS = 2
LONGEST_DOWNLOAD_SECONDS = 3600
STOP_SECONDS = 60


def data_servers(installation: Installation, jars: Path) -> list[Server]:
    """Return the servers that keep data, and the mail sink."""
    folder, ports = installation.folder, installation.ports
    return [
        servers.postgres(folder / "postgres", ports.postgres),
        servers.redis(folder / "redis", ports.redis),
        servers.solr(folder / "solr", ports.solr, jars),
        servers.mail_sink(folder / "mail", ports.mail),
    ]


def applications(installation: Installation) -> list[Server]:
    """Return CKAN's processes: web, a worker for each queue, and the sweep."""
    ckan = (str(Path(sys.executable).parent / "ckan"), "-c", str(installation.ini))
    environment = {"CKAN_INI": str(installation.ini)}
    port = installation.ports.web
    probe = f"{installation.address}/api/3/action/status_show"
    web = (
        *(sys.executable, "-m", "gunicorn", "opengov_stack.wsgi:application"),
        *("--bind", f"{LOOPBACK}:{port}", "--workers", str(WEB_WORKERS)),
        *("--timeout", str(LONGEST_DOWNLOAD_SECONDS), "--graceful-timeout", "20"),
    )
    # RQ's scheduler would outlive a killed worker, and the suite's sweep does its work.
    worker = (*ckan, "jobs", "worker", "--no-scheduler")
    commands = {
        "web": web,
        "worker-default": (*worker, "default"),
        "worker-short": (*worker, "opengov-short"),
        "worker-long": (*worker, "opengov-long"),
        "sweep": (*ckan, "opengov", "sweep", "--every", "10"),
    }
    return [
        Server(name, command, lambda: servers.serves(probe), environment)
        for name, command in commands.items()
    ]


def _program(server: Server, logs: Path, priority: int) -> dict[str, str]:
    """Return the supervisor's section for one server. It never gives up on restarting."""
    environment = {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore", **server.environment}
    section = {
        "command": shlex.join(server.command),
        "environment": ",".join(f'{name}="{value}"' for name, value in environment.items()),
        "priority": str(priority),
        "autostart": "false",
        "autorestart": "true",
        "startsecs": "1",
        "startretries": "1000000",
        "stopsignal": server.stop_signal,
        "stopwaitsecs": "30",
        "killasgroup": "true",
        "stdout_logfile": str(logs / f"{server.name}.log"),
        "stdout_logfile_maxbytes": "10MB",
        "stdout_logfile_backups": "2",
        "redirect_stderr": "true",
    }
    if server.user:
        section["user"] = server.user
    return {name: value.replace("%", "%%") for name, value in section.items()}


def write_configuration(installation: Installation, programs: list[Server]) -> Path:
    """Write the supervisor's configuration and return its path."""
    logs = installation.logs
    logs.mkdir(exist_ok=True)
    ini = configparser.RawConfigParser()
    ini["unix_http_server"] = {"file": str(installation.socket), "chmod": "0600"}
    ini["rpcinterface:supervisor"] = {
        "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
    }
    ini["supervisord"] = {
        "nodaemon": "true",
        "logfile": str(logs / "supervisor.log"),
        "pidfile": str(installation.folder / "supervisor.pid"),
        "childlogdir": str(logs),
        "user": getpass.getuser(),
    }
    for priority, server in enumerate(programs, start=1):
        ini[f"program:{server.name}"] = _program(server, logs, priority)
    path = installation.folder / "supervisor.conf"
    with path.open("w") as out:
        ini.write(out)
    return path


def control(socket: Path) -> Any:
    """Return the supervisor's interface; calls raise OSError while it does not run."""
    from supervisor.xmlrpc import SupervisorTransport

    transport = SupervisorTransport(None, None, f"unix://{socket}")
    return xmlrpc.client.ServerProxy(f"http://{LOOPBACK}", transport=transport).supervisor


def is_running(socket: Path) -> bool:
    """Tell whether the supervisor of the installation runs."""
    try:
        control(socket).getState()
    except OSError:
        return False
    except xmlrpc.client.Fault:
        return True  # It is stopping.
    return True


def launch(installation: Installation, programs: list[Server]) -> subprocess.Popen[bytes]:
    """Start the supervisor, with nothing under it yet."""
    configuration = write_configuration(installation, programs)
    # A session of its own: Ctrl-C reaches the command alone, which stops things in order.
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "supervisor.supervisord", "-c", str(configuration)],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: is_running(installation.socket), 20, "The supervisor did not start.", "")
    return process


def start(installation: Installation, programs: list[Server], seconds: int) -> None:
    """Start programs and wait until each is ready."""
    supervisor = control(installation.socket)
    for server in programs:
        supervisor.startProcess(server.name, False)
    for server in programs:
        log = installation.logs / f"{server.name}.log"
        advice = f"Its log says why: {log}"
        wait_until(server.is_ready, seconds, f"The server {server.name} did not start.", advice)


def stop(socket: Path) -> None:
    """Stop everything; return when it has stopped."""
    try:
        control(socket).shutdown()
    except OSError:
        return
    except xmlrpc.client.Fault:
        pass  # It is stopping already.
    wait_until(lambda: not is_running(socket), STOP_SECONDS, "The portal does not stop.", "")


def wait_until(condition: Any, seconds: int, what: str, advice: str) -> None:
    """Return once the condition holds.

    Raises:
        Problem: it does not within that time.
    """
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise Problem(what, advice)
        time.sleep(0.2)
