"""The copy's own state machine: who may move it, and that only one does."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from studio.jobs.lifecycle import archiving
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Job
from tests.factories import a_job, altered, fresh, store

LEASE = timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_of_several_workers_at_once_one_gets_each_copy():
    wanted = {a_job("completed").pk for _ in range(4)}

    def work(_: int) -> list[int]:
        claimed = []
        try:
            while job := archiving.claim_next(LEASE):
                claimed.append(job.pk)
        finally:
            connections.close_all()
        return claimed

    with ThreadPoolExecutor(4) as workers:
        claimed = Counter(pk for some in workers.map(work, range(4)) for pk in some)
    assert claimed == Counter(wanted)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "moves"), [("stored", "claim"), ("lost", "claim"), ("stored", "ask_again")]
)
def test_what_is_not_one_of_its_moves_changes_nothing(state: str, moves: str):
    job = a_job(state)
    with pytest.raises(Moved):
        getattr(archiving, moves)(job, LEASE)
    assert fresh(job).archive == state


@pytest.mark.django_db
def test_of_a_lost_copy_what_could_be_kept_is_shown():
    job = altered(a_job("completed"), result_urls=["/a", "/b"])
    archiving.claim(job, LEASE)
    archiving.keep_file(
        job, 1, "/b", kind="video", media_type="video/mp4", sha256="", size=7, clip="clips/b.mp4"
    )
    archiving.lose(job, "1 of 2 files could not be copied.")
    assert (fresh(job).archive, fresh(job).clip, fresh(job).size) == ("lost", "clips/b.mp4", 7)


@pytest.mark.django_db
def test_a_person_s_new_try_begins_the_whole_row_anew():
    job = altered(a_job("lost"), archive_refreshed_at=timezone.now(), archive_tries=7)
    archiving.ask_again(job, job.owner)
    job = fresh(job)
    assert (job.archive, job.archive_tries, job.archive_refreshed_at) == ("waiting", 0, None)
    assert job.events.last().person == job.owner


@pytest.mark.django_db
def test_a_change_that_pages_show_gets_a_revision_and_a_claim_does_not():
    job = a_job("completed")
    before = job.rev
    archiving.claim(job, LEASE)
    assert fresh(job).rev == before
    archiving.try_again(job, "Not today.", timezone.now())
    assert fresh(job).rev > before


@pytest.mark.django_db
def test_the_database_refuses_a_copy_that_waits_for_nothing():
    job = store(a_job("completed"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(archive="waiting", archive_after=None)
