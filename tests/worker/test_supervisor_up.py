"""``manage.py up`` as it is run: real server, real database, real signals."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from email.message import Message
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from tests import tables
from tests.installation import ROOT, free_port
from tests.must import must
from tests.worker.processes import Started, descendants, is_running, started, wait_for

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
MANAGE = str(ROOT / "manage.py")


@pytest.fixture
def installation(tmp_path: Path) -> dict[str, str]:
    return {"DATA_DIR": str(tmp_path / "data"), "PORT": str(free_port()), "HOST": "127.0.0.1"}


def up(tmp_path: Path, installation: dict[str, str]):
    return started([MANAGE, "up"], tmp_path, **installation)


def ready(running: Started) -> str:
    """The path of the sign-in link."""
    wait_for(lambda: "Ctrl-C" in running.out or running.process.poll() is not None, "the greeting", 180)
    assert running.process.poll() is None, running.err
    return urlsplit(must(re.search(r"http://\S+/welcome/\S+", running.out))[0]).path


class Page(NamedTuple):
    status: int
    headers: Message
    body: bytes


def get(installation: dict[str, str], path: str, cookie: str = "") -> Page:
    connection = http.client.HTTPConnection("127.0.0.1", int(installation["PORT"]), timeout=10)
    connection.request("GET", path, headers={"Cookie": cookie})
    response = connection.getresponse()
    page = Page(response.status, response.headers, response.read())
    connection.close()
    return page


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, MANAGE, *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=180,
    )


def session_of(response: Page) -> str:
    cookies = response.headers.get_all("Set-Cookie", [])
    return next(cookie.partition(";")[0] for cookie in cookies if cookie.startswith("dailies_session"))


@pytest.mark.slow
def test_the_printed_link_signs_in_once_and_a_second_start_keeps_the_people(tmp_path, installation):
    with up(tmp_path, installation) as running:
        link = ready(running)
        assert get(installation, "/healthz").body == b"ok"
        welcome = get(installation, link)
        assert welcome.status == 302
        assert get(installation, "/profile/", session_of(welcome)).status == 200
        assert get(installation, link).status == 410

        made = manage(
            "createsuperuser",
            "--noinput",
            **installation,
            DJANGO_SUPERUSER_EMAIL="second@example.com",
            DJANGO_SUPERUSER_PASSWORD="quiet screening room",
        )
        assert made.returncode == 0, made.stderr
        assert b"second@example.com" in get(installation, "/people/", session_of(welcome)).body
        assert running.stop() == 0

    with up(tmp_path, installation) as running:
        again = get(installation, ready(running))
        people = get(installation, "/people/", session_of(again)).body.decode()
        assert people.count("data-member-id") == 2
        assert running.stop(signal.SIGTERM) == 0


@pytest.mark.slow
def test_a_killed_web_server_comes_back_and_nothing_outlives_the_stop(tmp_path, installation):
    tables.install_in(Path(installation["DATA_DIR"]))
    with up(tmp_path, installation) as running:
        ready(running)
        web = next(
            pid
            for pid in descendants(running.process.pid)
            if "granian" in Path(f"/proc/{pid}/cmdline").read_text()
        )
        family = [web, *descendants(web)]
        os.kill(web, signal.SIGKILL)
        wait_for(
            lambda: not any(is_running(pid) for pid in family), "the web server and its processes to end"
        )
        wait_for(lambda: "The web server was ended by SIGKILL" in running.err, "the line about it")
        wait_for(lambda: answers(installation), "the web server to answer again")
        family = descendants(running.process.pid)
        assert running.stop() == 0
        wait_for(lambda: not any(is_running(pid) for pid in family), "every process to end")
        assert "Traceback" not in running.err


def answers(installation: dict[str, str]) -> bool:
    try:
        return get(installation, "/healthz").body == b"ok"
    except OSError:
        return False


def test_a_taken_port_is_said_in_one_sentence_before_anything_is_made(tmp_path, installation):
    with socket.create_server(("127.0.0.1", int(installation["PORT"]))):
        refused = manage("up", **installation)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.startswith(
        f"Dailies cannot start: port {installation['PORT']} on 127.0.0.1 is in use."
    )
    assert refused.stderr.count("\n") == 1
    assert not (Path(installation["DATA_DIR"]) / "dailies.sqlite3").exists()


WRONG = [
    ({"PORT": "eighty"}, "PORT must be a whole number from 1 to 65535, not 'eighty'."),
    ({"STUDIO_API_KEY": "k"}, "STUDIO_API_KEY is set but STUDIO_BASE_URL is not"),
    ({"STUDIO_BASE_URL": "nonsense", "STUDIO_API_KEY": "k"}, "STUDIO_BASE_URL must be an address"),
    ({"DATA_DIR": "/proc/nowhere"}, "DATA_DIR is /proc/nowhere, which cannot be created"),
    ({"TIME_ZONE": "Nowhere/City"}, "TIME_ZONE must be a time zone such as Europe/Berlin"),
    ({"HOST": "::g"}, "HOST must be a host name or an IP address, not '::g'."),
    ({"PUBLIC_URL": "https://example.com/dailies"}, "PUBLIC_URL must end after the host"),
    ({"STUDIO_ALLOWED_HOSTS": "10.0.0.0/8"}, "STUDIO_ALLOWED_HOSTS must list hosts as host or host:port"),
    ({"HOST": "192.0.2.1"}, "HOST=192.0.2.1 is not an address of this machine"),
    (
        {"DJANGO_SUPERUSER_EMAIL": "nonsense"},
        "DJANGO_SUPERUSER_EMAIL must be an e-mail address, not 'nonsense'.",
    ),
]


SOME_WRONG = ("PORT", "DATA_DIR")
EACH_WRONG = [
    pytest.param(*case, id=name, marks=[] if name in SOME_WRONG else pytest.mark.slow)
    for case in WRONG
    if (name := next(iter(case[0])))
]


@pytest.mark.parametrize(("environment", "sentence"), EACH_WRONG)
def test_a_wrong_environment_is_one_sentence_and_no_traceback(installation, environment, sentence):
    refused = manage("up", **(installation | environment))
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Dailies cannot start: {sentence}")
    assert refused.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_worker_without_tables_says_what_to_run(installation):
    refused = manage("worker", **installation)
    assert refused.returncode == 1
    assert (
        refused.stderr
        == "Dailies cannot start: its tables are missing or out of date. Run manage.py migrate first.\n"
    )


def test_under_another_server_a_wrong_environment_is_one_sentence_too(installation):
    loading = subprocess.run(
        [sys.executable, "-c", "import studio.wsgi"],
        env={**installation, "PORT": "eighty"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert loading.returncode == 1
    assert (
        loading.stderr == "Dailies cannot start: PORT must be a whole number from 1 to 65535, not 'eighty'.\n"
    )
