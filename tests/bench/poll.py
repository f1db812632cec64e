"""Target 2: a poll in which one row changed costs at most a quarter of drawing the whole list of 50."""

from collections.abc import Iterator
from typing import Any

from django.core.management import call_command
from django.test import Client, override_settings

from tests.bench.figures import Figure, cpu_ratio

ROWS = 50


@override_settings(ALLOWED_HOSTS=["testserver"])
def measure() -> Iterator[Figure]:
    call_command("migrate", verbosity=0)
    from dashboard.live import live_list

    from studio.jobs import machine
    from studio.jobs.steps import LEASE
    from tests.factories import a_job, a_member

    person = a_member()
    for _ in range(ROWS - 1):
        a_job("completed", owner=person)
    job = a_job("sending", owner=person)
    client = Client()
    client.force_login(person)
    before: Any = live_list(person, "jobs", _everything())
    machine.put_back(job.submission, _not_sent())
    machine.claim(job.submission, LEASE)
    changed = client.get(before.poll_url)
    assert changed.status_code == 200, changed.status_code
    assert changed.content.count(b"data-job-id") == 1, "exactly one row is to change"

    def whole_list() -> None:
        assert client.get("/jobs/").content.count(b"data-job-id") == ROWS

    ratio, detail = cpu_ratio(lambda: client.get(before.poll_url), whole_list)
    yield Figure("2", "poll with one row changed, against the whole list of 50", ratio, 0.25, detail=detail)


def _everything() -> Any:
    from studio.jobs.queries import JobFilter

    return JobFilter()


def _not_sent() -> Exception:
    from studio.contract.errors import NotSent

    return NotSent("The studio refused the connection.")
