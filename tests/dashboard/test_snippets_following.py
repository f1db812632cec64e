"""How the snippets follow a clip, whatever they are answered: run as they stand, against a studio made up for it."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dashboard.models.preset.snippets import status_snippets

COMMANDS = {
    "curl": ("sh", "-c"),
    "javascript": ("node", "--input-type=module", "-e"),
    "python": (sys.executable, "-c"),
}
HAS_CURL = shutil.which("curl") or os.environ.get("CI")  # which installs it
JSON_BODY = {"Content-Type": "application/json"}

type Answer = tuple[int, dict[str, str], str]  # status, headers, body


@dataclass
class Studio:
    """Gives its answers in turn, and notes when each was asked for."""

    answers: list[Answer] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)
    origin: str = ""

    def next_answer(self) -> Answer:
        self.asked.append(time.monotonic())
        return self.answers.pop(0)


@pytest.fixture
def studio() -> Iterator[Studio]:
    here = Studio()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = here.next_answer()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *told: object) -> None:
            """Nothing is written to the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        here.origin = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield here
        server.shutdown()
        thread.join()


@pytest.fixture(params=COMMANDS)
def follow(request: pytest.FixtureRequest, studio: Studio) -> Callable[[], str]:
    """Runs the snippet of one language and gives all that it printed, good or bad."""
    language = request.param
    if not shutil.which(COMMANDS[language][0]) or not (HAS_CURL or language != "curl"):
        pytest.skip(f"What runs {language} is not here.")
    code = next(each.code for each in status_snippets(studio.origin, "7") if each.language == language)

    def run() -> str:
        ran = subprocess.run([*COMMANDS[language], code], capture_output=True, timeout=110, text=True)
        return ran.stdout + ran.stderr

    return run


def test_who_is_told_to_wait_waits_and_then_reads_why_the_clip_failed(studio, follow):
    ended = {"success": True, "job": {"status": "failed", "error_message": "The studio refused the prompt."}}
    too_often = {"success": False, "error": "Too often."}
    studio.answers = [
        (429, {**JSON_BODY, "Retry-After": "1"}, json.dumps(too_often)),
        (200, JSON_BODY, json.dumps(ended)),
    ]
    assert "The studio refused the prompt." in follow()
    assert len(studio.asked) == 2
    assert studio.asked[1] - studio.asked[0] >= 0.9


def test_a_refusal_is_read_as_the_sentence_that_it_is(studio, follow):
    refused = {"success": False, "error": "This token is invalid, revoked or expired."}
    studio.answers = [(401, JSON_BODY, json.dumps(refused))]
    assert "This token is invalid, revoked or expired." in follow()
    assert len(studio.asked) == 1


def test_an_answer_that_is_not_the_api_s_ends_it_and_can_be_understood(studio, follow):
    """As a proxy gives it, or another site at that address."""
    studio.answers = [(404, {"Content-Type": "text/html"}, "<h1>404 Not Found</h1>")]
    said = follow()
    assert "404" in said
    assert "Traceback" not in said
    assert "SyntaxError" not in said
    assert len(studio.asked) == 1
