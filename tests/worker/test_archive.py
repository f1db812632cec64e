"""The archive step: a copy of every clip, tried again, and loudly lost when it cannot be had."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from studio.jobs.models import Job
from studio.worker.archive import TRIES, archive_next
from tests.factories import a_job
from tests.upstream.server import CLIP

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_a_ready_clip_is_copied_and_the_job_names_its_files():
    job = a_job("completed")
    default_storage.save("sandbox/clip.mp4", ContentFile(CLIP.read_bytes()))
    assert archive_next()
    job.refresh_from_db()
    assert (job.archive, job.width, job.size) == ("stored", 160, CLIP.stat().st_size)
    assert all(default_storage.exists(name) for name in (job.clip, job.poster, job.thumb, job.preview))
    assert job.events.last().what == "stored"


def test_a_copy_that_fails_is_tried_again_later_and_then_called_lost():
    job = a_job("completed")
    assert archive_next()
    job.refresh_from_db()
    assert job.archive == "waiting"
    assert job.archive_after > timezone.now()
    assert not archive_next()
    for _ in range(TRIES - 1):
        Job.objects.update(archive_after=timezone.now() - timedelta(seconds=1))
        assert archive_next()
    job.refresh_from_db()
    assert job.archive == "lost"
    assert job.archive_error
    assert job.events.last().what == "lost"
    assert not archive_next()


def test_nothing_waiting_is_nothing_done():
    a_job("processing")
    assert not archive_next()
