"""``manage.py up``: prepares the installation, then runs web server and worker until stopped."""

import errno
import os
import resource
import socket
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from studio.team.models import Member, SignInLink
from studio.worker.memory import exit_on_shortage
from studio.worker.supervision.preparation import DatabaseAway, prepare
from studio.worker.supervision.supervisor import Plan, become


class Command(BaseCommand):
    help = "Prepare the installation, then run web server and worker until Ctrl-C."
    # `manage.py check` runs the checks; here they would delay every start.
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        try:
            check_address(settings.HOST, settings.PORT)
            with exit_on_shortage("Dailies cannot start"):
                prepare()
            plan = Plan(
                commands={"web server": web_server(), "worker": worker()},
                health=(settings.NEAR_HOST, settings.PORT),
                greeting=greeting(),
                longer={
                    "worker": settings.GENERATE_DEADLINE + 20
                },  # it may have to wait for the answer to a paid request
            )
        except DatabaseAway as error:
            sys.exit(f"Dailies cannot start: {error.sentence}")
        except KeyboardInterrupt:
            sys.exit("Stopped before Dailies was ready.")
        # Inherited by the programs, so that their log lines arrive immediately, even through a pipe.
        os.environ["PYTHONUNBUFFERED"] = "1"
        connections.close_all()  # exec would leave an open session behind on the database server
        become(plan)


def greeting() -> str:
    lines = ["", f"  Dailies is ready at {settings.PUBLIC_URL}/"]
    if admin := Member.objects.active_admins().first():
        link = SignInLink.objects.issue(member=admin)
        lines += ["", f"  Sign in as {admin.email} (works once, within 60 minutes):"]
        lines += [f"  {settings.PUBLIC_URL}{link.get_absolute_url()}"]
    return "\n".join([*lines, "", "  Press Ctrl-C to stop.", ""])


MOST_CONNECTIONS = 8192  # per process of the web server
MOST_FILES = 65536


def web_server() -> list[str]:
    """The web server's command. Its figures were measured with a thousand open tabs: with granian's defaults,
    kept-alive connections starve new ones.
    """
    options = {
        "interface": "rsgi",
        "http": "1",
        "host": settings.HOST,
        "port": settings.PORT,
        "workers": 2,
        "backlog": 16384,
        "backpressure": connections_at_once(),
        "http1-header-read-timeout": 30_000,  # milliseconds, also between two requests
        "working-dir": settings.BASE_DIR,
        "log-level": "warning",
        "workers-kill-timeout": 3,
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    flags = ["--no-ws", "--no-access-log", "--respawn-failed-workers"]
    return [sys.executable, "-m", "granian", *arguments, *flags, "studio.rsgi:application"]


def connections_at_once() -> int:
    """The number of connections per process: half of the available file descriptors, because a client needs two while
    it receives a file. A server without free descriptors can accept no one. Also raises the limit of descriptors as far
    as the system allows, for all programs.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return max(16, min(MOST_CONNECTIONS, (most - 128) // 2))


def worker() -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker"]


def check_address(host: str, port: int) -> None:
    """Exits with a message if the web server could not listen on the address, before anything is started."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        sys.exit(f"Dailies cannot start: {_why_not(host, port, error)}")


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        other = f"Stop the program that uses it, or choose another port: PORT={port + 1 if port < 65535 else 8000}."
        return f"port {port} on {host} is in use. {other}"
    if error.errno == errno.EACCES:
        return f"port {port} is reserved for the system. Choose one above 1023."
    return f"HOST={host} is not an address of this machine ({error.strerror})."
