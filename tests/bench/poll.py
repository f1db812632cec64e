"""Target 2: a poll in which one row changed costs at most a quarter of drawing the whole list of 50."""

from collections.abc import Iterator

from django.test import Client

from dashboard.jobs.live import live_list
from studio.contract.errors import NotSent
from studio.jobs.lifecycle import machine
from studio.jobs.queries import JobFilter
from studio.worker.supervision.preparation import prepare
from tests.bench.figures import Figure, cpu_ratio
from tests.factories import a_job, a_member

ROWS = 50


def measure() -> Iterator[Figure]:
    prepare()
    person = a_member()
    for _ in range(ROWS - 1):
        a_job("completed", owner=person)
    job = a_job("sending", owner=person)
    poll_url = live_list(person, "jobs", JobFilter()).poll_url
    machine.put_back(job.submission, NotSent("The studio refused the connection."))
    client = Client(SERVER_NAME="localhost")
    client.force_login(person)

    def poll() -> None:
        assert client.get(poll_url).content.count(b"data-job-id") == 1

    def whole_list() -> None:
        assert client.get("/jobs/").content.count(b"data-job-id") == ROWS

    ratio, detail = cpu_ratio(poll, whole_list)
    yield Figure("2", "poll with one row changed, against the whole list of 50", ratio, 0.25, detail=detail)
