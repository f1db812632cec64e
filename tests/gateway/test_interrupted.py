"""Calls whose answer is late or lost, because a program of the installation stopped in the middle of them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from signal import SIGKILL

import pytest

from tests.gateway.conftest import GENERATE
from tests.gateway.home import Home, Newcomer
from tests.gateway.test_plain_client import VEO
from tests.worker.processes import wait_for

pytestmark = pytest.mark.slow
ONE_CLIP = {"jobs": 1, "made": 1, "asked": 100, "charged": 100}


@pytest.fixture(scope="module")
def own_home(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Home]:
    with Home(tmp_path_factory.mktemp("own-home")) as started:
        yield started


@pytest.fixture
def idle(own_home: Home) -> Home:
    """An installation without a worker at the moment."""
    own_home.ask("stop", name="worker")
    return own_home


@pytest.fixture
def newcomer(idle: Home) -> Newcomer:
    return idle.newcomer()


def test_what_is_asked_for_while_no_worker_runs_is_made_later(idle: Home, newcomer: Newcomer) -> None:
    plain = idle.client(newcomer)
    answer = plain.generate(**VEO | {"prompt": "nobody is there"})
    assert (answer.status, answer.json["success"]) == (200, True)
    (job_id,) = answer.json["job_ids"]
    assert plain.status(job_id).json["job"]["status"] == "pending"
    idle.ask("start", name="worker")
    assert plain.wait(job_id)["status"] == "completed"
    assert idle.ask("books", member=newcomer.member) == ONE_CLIP


def test_a_call_that_died_with_the_web_server_is_answered_under_its_key(
    idle: Home, newcomer: Newcomer
) -> None:
    plain, body = idle.client(newcomer), VEO | {"prompt": "an answer is lost"}
    with ThreadPoolExecutor(1) as pool:
        lost = pool.submit(plain.call, "POST", GENERATE, body, Idempotency_Key="a-key")
        wait_for(lambda: idle.ask("books", member=newcomer.member)["jobs"], "the row of the job")
        idle.ask("stop", name="web server", number=SIGKILL)
        assert isinstance(lost.exception(), OSError)  # no answer, as urllib tells it
    idle.ask("start", name="web server")
    idle.ask("start", name="worker")
    again = plain.call("POST", GENERATE, body, Idempotency_Key="a-key")
    assert again.status == 200
    (job_id,) = again.json["job_ids"]
    assert plain.wait(job_id)["status"] == "completed"
    assert [job["job_id"] for job in plain.history().json["jobs"]] == [job_id]
    assert idle.ask("books", member=newcomer.member) == ONE_CLIP
