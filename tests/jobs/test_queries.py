"""What pages ask about jobs, by the indexes that were made for it."""

import pytest
from django.db import connection
from django.utils import timezone

from studio.jobs.lifecycle import archiving, extras
from studio.jobs.models import Job
from studio.jobs.queries import MOST_COUNTED, Count, JobFilter, count, moving
from studio.worker.steps.lease import LEASE
from tests.factories import a_job, a_member, store
from tests.must import must

pytestmark = pytest.mark.django_db


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's own words on its plan")
@pytest.mark.parametrize(
    ("jobs", "index"),
    [
        (lambda: Job.objects.to_archive(), "job_to_archive"),
        (
            lambda: Job.objects.filter(archive_after__lte=timezone.now()).order_by("archive_after", "id")[:1],
            "job_to_archive",
        ),
        (lambda: Job.objects.to_be_looked_at(), "job_file_extras"),
        (lambda: extras.due("proxy").order_by("extras_after", "pk")[:1], "job_file_extras"),
        (lambda: Job.objects.filter(connection=1).watched(), "job_at_connection"),
        (
            lambda: Job.objects.filter(connection=1, state="completed").order_by("-id")[:20],
            "job_at_connection",
        ),
        (lambda: Job.objects.changed_since(5).order_by("rev")[:101], "rev>"),
        (lambda: Job.objects.newest_first().before(5)[:50], "PRIMARY KEY"),
    ],
)
def test_what_is_asked_often_walks_no_table(jobs, index: str) -> None:
    plan = jobs().explain()
    assert index in plan
    assert "TEMP B-TREE" not in plan


def test_a_clip_is_no_longer_to_be_copied_once_it_is_stored_or_lost() -> None:
    waiting = a_job("completed")
    a_job("stored")
    a_job("lost")
    assert list(Job.objects.to_archive()) == [waiting] == [archiving.claim_next(LEASE)]


def test_what_is_moving_is_told_for_a_person_and_for_a_model() -> None:
    other = a_member("other@example.com")
    a_job("processing", owner=other)
    a_job("completed")
    everybody = Job.objects.all()
    assert moving(everybody, JobFilter()).running == Count(1)
    mine = moving(everybody, JobFilter(person=a_member().pk))
    assert (mine.running, mine.copying, bool(mine)) == (Count(0), True, True)
    assert not moving(everybody, JobFilter(model="kling_3_0"))


def test_a_page_asks_often_until_the_pictures_of_a_kept_clip_are_there() -> None:
    job = store(a_job("completed"), extras="look", extras_after=timezone.now())
    assert moving(Job.objects.all(), JobFilter())
    assert list(Job.objects.to_be_looked_at()) == [job]
    extras.looked(must(extras.claim_next("look", LEASE)), {"notes": ()}, needs_proxy=True)
    assert not moving(Job.objects.all(), JobFilter())


def test_a_count_says_where_it_stopped() -> None:
    assert str(Count(MOST_COUNTED)) == "1,000"
    assert str(Count(MOST_COUNTED + 1)) == "1,000+"
    a_job()
    assert str(count(Job.objects.all())) == "1"
