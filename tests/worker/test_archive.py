"""The archive step: every file of a job, tried again, refreshed once, and loudly lost when it cannot be had."""

import errno
import os
from collections import namedtuple
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from studio.catalog.models import Connection
from studio.contract.addresses import absolute
from studio.contract.errors import NotFound, Unavailable
from studio.jobs.lifecycle import archiving, machine
from studio.jobs.models import Job
from studio.library import store
from studio.upstream import guard
from studio.upstream.secret import Secret
from studio.worker.steps import archive
from studio.worker.steps.archive import HOURS, PAUSES, TRIES, archive_next
from studio.worker.steps.extras import look_next
from studio.worker.steps.lease import LEASE
from tests.factories import a_job, altered, fresh, told
from tests.upstream.fixtures import video_studio  # noqa: F401
from tests.upstream.server import CLIP, FakeStudio

pytestmark = pytest.mark.django_db
ELSEWHERE = "http://169.254.169.254/latest/meta-data/clip.mp4"


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def here() -> str:
    """The address of a whole clip."""
    default_storage.save("sandbox/clip.mp4", ContentFile(CLIP.read_bytes()))
    return "/media/sandbox/clip.mp4"


@pytest.fixture
def there(settings, video_studio: FakeStudio) -> FakeStudio:  # noqa: F811
    """A studio on a socket that clips may be fetched from."""
    settings.STUDIO_ALLOWED_HOSTS = [video_studio.host]
    return video_studio


@pytest.fixture
def engine(monkeypatch) -> "Engine":
    found = Engine()
    monkeypatch.setattr(archive, "engine_for", lambda connection: found)
    return found


class Engine:
    """Answers status with ``urls``, or raises ``error``; counts how often it was asked."""

    def __init__(self) -> None:
        self.urls: tuple[str, ...] = ()
        self.error: Exception | None = None
        self.asked = 0

    def status(self, job_id: str):
        self.asked += 1
        if self.error:
            raise self.error
        return told(Job.objects.get(upstream_id=job_id), "completed", result_urls=self.urls)


def a_ready_job(*urls: str) -> Job:
    return altered(a_job("completed"), result_urls=list(urls))


def due_now() -> None:
    Job.objects.filter(archive_after__isnull=False).update(
        archive_after=timezone.now() - timedelta(seconds=1)
    )


def tried(times: int) -> None:
    for _ in range(times):
        due_now()
        archive_next()


# ── What is kept ─────────────────────────────────────────────────────────────────────────────────────────
def test_a_ready_clip_is_copied_and_the_job_names_its_file(here):
    job = a_ready_job(here)
    assert archive_next()
    job = fresh(job)
    assert (job.archive, job.size) == ("stored", CLIP.stat().st_size)
    assert default_storage.exists(job.clip)
    assert job.events.last().what == "stored"
    assert (job.files.get().kind, job.files.get().media_type) == ("video", "video/mp4")


def test_all_files_of_a_job_are_kept_in_their_order(here):
    default_storage.save("sandbox/more.mp4", ContentFile(CLIP.read_bytes() + b"\0\0\0\x08free"))
    job = a_ready_job(here, "/media/sandbox/more.mp4")
    assert archive_next()
    first, second = fresh(job).files.all()
    assert fresh(job).clip == first.clip != second.clip
    assert second.size == first.size + 8
    assert job.events.last().detail == "Copies of all 2 files are kept here."


def test_a_file_that_is_kept_is_not_fetched_again_for_the_sake_of_another(there):
    job = a_ready_job(f"{there.url}/media/one.mp4", f"{there.url}/media/two.mp4")
    there.fault("404", on="GET /media/two")
    assert archive_next()
    assert (fresh(job).archive, fresh(job).files.count()) == ("waiting", 1)
    assert fresh(job).archive_error.startswith("1 of 2 files could not be copied.")
    tried(1)
    assert fresh(job).archive == "stored"
    assert [call.path for call in there.calls("GET")].count("/media/one.mp4") == 1


def test_nothing_waiting_is_nothing_done():
    a_job("processing")
    assert not archive_next()


# ── What fails ───────────────────────────────────────────────────────────────────────────────────────────
def test_fault_30_a_gone_address_is_refreshed_and_the_fresh_one_is_copied(there, engine):
    job = a_ready_job(f"{there.url}/media/expired.mp4")
    there.fault("403", on="GET /media/expired")
    engine.urls = (f"{there.url}/media/signed-anew.mp4",)
    tried(1)
    assert (fresh(job).archive, engine.asked) == ("waiting", 1)
    tried(1)
    assert (fresh(job).archive, engine.asked) == ("stored", 1)
    assert [event.what for event in job.events.all()][-2:] == ["refreshed", "stored"]
    assert fresh(job).files.get().url == engine.urls[0]


@pytest.mark.parametrize("fresh_address", ["/media/sandbox/none.mp4", "/media/sandbox/also-gone.mp4"])
def test_fault_30_an_address_that_stays_gone_for_a_day_is_lost(engine, fresh_address):
    job = a_ready_job("/media/sandbox/none.mp4")
    engine.urls = (fresh_address,)
    tried(TRIES - 1)
    assert fresh(job).archive == "waiting"
    tried(1)
    job = fresh(job)
    assert (job.archive, job.archive_error) == ("lost", "That file is no longer here.")
    assert [event.what for event in job.events.all()].count("refreshed") <= 1
    assert job.events.last().what == "lost"
    assert not archive_next()


@pytest.mark.parametrize("fault", ["404", "403", "425", "500", "half-body", "html-200", "410"])
def test_not_yet_is_not_never(there, engine, fault):
    """Whatever is wrong with the file at first: it is looked for, and found when it is there."""
    job = a_ready_job(f"{there.url}/media/clip.mp4")
    there.fault(fault, times=4, on="GET /media/")
    engine.urls = tuple(job.result_urls)
    waits = []
    for _ in range(4):
        tried(1)
        waits.append(fresh(job).archive_after - timezone.now())
    assert fresh(job).archive == "waiting"
    assert waits == sorted(waits)
    assert sum(waits, timedelta()) < timedelta(minutes=3)
    tried(1)
    assert fresh(job).archive == "stored"


def test_the_copy_is_tried_for_a_quarter_of_an_hour_and_then_every_hour_for_a_day(there, engine):
    job = a_ready_job(f"{there.url}/media/clip.mp4")
    there.fault("404", times=TRIES, on="GET /media/")
    engine.urls = tuple(job.result_urls)
    waits = []
    while fresh(job).archive != "lost":
        tried(1)
        if due := fresh(job).archive_after:
            waits.append(round((due - timezone.now()).total_seconds()))
    assert waits[: len(PAUSES)] == sorted(waits[: len(PAUSES)])
    assert sum(waits[: len(PAUSES)]) == 15 * 60
    assert waits[len(PAUSES) :] == [3600] * HOURS


def test_a_signature_that_changes_with_every_answer_gives_no_more_tries(there, engine, monkeypatch):
    """The studio signs the address anew each time it is asked; the file is not there all the same."""
    job = a_ready_job(f"{there.url}/media/clip.mp4?sig=0")
    there.fault("403", times=TRIES + 1, on="GET /media/")
    for number in range(TRIES):
        engine.urls = (f"{there.url}/media/clip.mp4?sig={number + 1}",)
        tried(1)
    assert fresh(job).archive == "lost"
    assert len(there.calls("GET", "/media/")) == TRIES


def test_a_job_that_the_studio_no_longer_knows_is_still_looked_for(engine, here):
    job = a_ready_job("/media/sandbox/none.mp4")
    engine.error = NotFound("No such job.")
    tried(1)
    assert fresh(job).archive == "waiting"
    assert "no longer knows the job" in fresh(job).archive_error
    default_storage.save("sandbox/none.mp4", ContentFile(CLIP.read_bytes()))
    tried(1)
    assert fresh(job).archive == "stored"


def test_a_studio_that_does_not_answer_is_asked_until_it_does(engine, here):
    job = a_ready_job("/media/sandbox/none.mp4")
    engine.error = Unavailable("The studio did not answer.")
    tried(TRIES + 3)
    assert fresh(job).archive == "waiting"
    engine.error, engine.urls = None, (here,)
    tried(2)
    assert fresh(job).archive == "stored"


def test_a_studio_that_is_not_ours_any_more_is_not_asked(there, engine):
    job = a_ready_job(f"{there.url}/media/clip.mp4")
    there.fault("404", on="GET /media/")
    Connection.objects.update(kind="http", base_url="https://former.example.com")
    tried(1)
    assert (fresh(job).archive, engine.asked) == ("waiting", 0)
    tried(1)
    assert fresh(job).archive == "stored"


def test_fault_32_a_blocked_address_is_not_tried_again(engine):
    job = a_ready_job(ELSEWHERE)
    engine.urls = (ELSEWHERE,)
    assert archive_next()
    assert (fresh(job).archive, engine.asked) == ("lost", 1)
    assert "not on the public internet" in fresh(job).archive_error


def test_fault_32_a_redirect_to_the_metadata_service_is_blocked(there, engine):
    job = a_ready_job(f"{there.url}/media/clip.mp4")
    there.fault(f"302:{ELSEWHERE}", on="GET /media/")
    engine.urls = tuple(job.result_urls)
    assert archive_next()
    assert fresh(job).archive == "lost"
    assert fresh(job).files.count() == 0


def test_fault_38_a_web_page_in_the_place_of_a_clip_is_not_kept(there, engine, tmp_path):
    job = a_ready_job(f"{there.url}/media/clip.mp4")
    there.fault("html-200", on="GET /media/")
    assert archive_next()
    assert fresh(job).archive_error == "The address does not give a clip but a web page."
    assert not (tmp_path / "clips").exists()
    tried(1)
    assert fresh(job).archive == "stored"


def test_fault_38_a_drawing_with_a_script_is_kept_to_be_saved_and_never_run(there, as_member):
    job = a_ready_job(f"{there.url}/media/clip.mp4")
    there.fault("svg-200", on="GET /media/")
    assert archive_next()
    file = fresh(job).files.get()
    assert (file.kind, file.clip[-4:], file.poster) == ("other", ".bin", "")
    response = as_member.get(f"/media/{file.clip}")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")
    assert b"script" in response.getvalue()
    assert look_next()
    page = as_member.get(f"/jobs/{job.pk}/").content.decode()
    assert "<video" not in page
    assert "“SVG drawing”" in page
    assert "You can download it" in page


# ── Our own trouble ──────────────────────────────────────────────────────────────────────────────────────
def test_fault_31_a_full_disk_is_waited_out_and_counts_as_no_try(there, monkeypatch):
    job = a_ready_job(f"{there.url}/media/clip.mp4")
    usage = namedtuple("usage", "total used free")
    with monkeypatch.context() as full:
        full.setattr(guard.shutil, "disk_usage", lambda folder: usage(1, 1, 0))
        tried(TRIES + 3)
        assert (fresh(job).archive, fresh(job).archive_tries) == ("waiting", 0)
        assert fresh(job).archive_error.startswith("The disk is full.")
        assert fresh(job).archive_after > timezone.now()
    tried(1)
    assert (fresh(job).archive, fresh(job).archive_error) == ("stored", "")


def test_fault_31_a_disk_that_fills_up_at_the_last_step_leaves_nothing(here, monkeypatch, tmp_path):
    def full(source, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    job = a_ready_job(here)
    with monkeypatch.context() as patched:
        patched.setattr(store.os, "replace", full)
        assert not archive_next()
    assert fresh(job).archive_error.startswith("The disk is full.")
    assert [path for path in (tmp_path / "clips").rglob("*") if path.is_file()] == []
    tried(1)
    assert fresh(job).archive == "stored"


def test_a_storage_that_cannot_be_written_is_waited_out(here, settings, tmp_path):
    job = a_ready_job(here)
    (tmp_path / "occupied").write_text("a file where the folder should be")
    settings.MEDIA_ROOT = tmp_path / "occupied"
    tried(2)
    assert (fresh(job).archive, fresh(job).archive_tries) == ("waiting", 0)
    assert "is not available" in fresh(job).archive_error
    settings.MEDIA_ROOT = tmp_path
    tried(1)
    assert fresh(job).archive == "stored"


# ── Several workers ──────────────────────────────────────────────────────────────────────────────────────
def test_a_copy_under_way_is_nobody_else_s_until_its_lease_runs_out(here):
    job = a_ready_job(here)
    archiving.claim(fresh(job), LEASE)  # and then its worker is killed
    assert not archive_next()
    due_now()
    assert archive_next()
    assert (fresh(job).archive, fresh(job).archive_claim, fresh(job).archive_tries) == ("stored", 2, 0)


def test_a_copy_that_was_killed_often_still_gets_all_its_tries(there):
    job = a_ready_job(f"{there.url}/media/clip.mp4")
    for _ in range(TRIES):
        archiving.claim(fresh(job), LEASE)
    there.fault("503", on="GET /media/")
    tried(1)
    job = fresh(job)
    assert (job.archive, job.archive_tries) == ("waiting", 1)
    assert job.archive_after < timezone.now() + timedelta(seconds=15)


def test_a_worker_whose_lease_ran_out_moves_nothing_any_more(here):
    job = a_ready_job(here)
    late = archiving.claim(fresh(job), LEASE)
    due_now()
    assert archive_next()
    for move in (archiving.stored, lambda one: archiving.lose(one, "Gone.")):
        with pytest.raises(machine.Moved):
            move(late)
    assert fresh(job).archive == "stored"


def test_the_lease_is_renewed_while_the_worker_is_at_it(here):
    job = archiving.claim(a_ready_job(here), timedelta(seconds=1))
    archiving.renew(job, LEASE)
    assert fresh(job).archive_after > timezone.now() + LEASE / 2


def test_ready_without_an_address_asks_the_studio_for_one(here, engine):
    job = a_ready_job()
    engine.urls = (here,)
    tried(2)
    assert (fresh(job).archive, engine.asked) == ("stored", 1)


def test_ready_without_an_address_is_lost_when_the_studio_has_none_for_a_day(engine):
    job = a_ready_job()
    tried(TRIES - 1)
    assert fresh(job).archive == "waiting"
    tried(1)
    assert (fresh(job).archive, engine.asked) == ("lost", TRIES)
    assert "gave no address" in fresh(job).archive_error


# ── Extras ───────────────────────────────────────────────────────────────────────────────────────────────
def test_a_thumbnail_that_is_not_there_is_a_note(there):
    job = altered(a_ready_job(f"{there.url}/media/clip.mp4"), extra_urls=[f"{there.url}/media/thumb.jpg"])
    there.fault("404", on="GET /media/thumb")
    assert archive_next()
    job = fresh(job)
    assert (job.archive, job.archive_error, job.files.count()) == ("stored", "", 1)
    assert job.events.last().detail.startswith(
        "A copy is kept here. An extra file, such as a thumbnail, could not"
    )


def test_an_extra_file_is_kept_behind_the_clip(there):
    job = altered(a_ready_job(f"{there.url}/media/clip.mp4"), extra_urls=[f"{there.url}/media/more.mp4"])
    assert archive_next()
    assert [file.url for file in fresh(job).files.all()] == [*job.result_urls, *job.extra_urls]
    assert fresh(job).archive == "stored"


# ── Whose address it is ──────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("address", ["/media/clip.mp4", "media/clip.mp4"])
def test_a_path_is_the_studio_s_and_never_ours(there, here, address):
    """The same path names a file here, of somebody else's."""
    job = a_ready_job(address)
    default_storage.save("clip.mp4", ContentFile(b"a private clip"))
    Connection.objects.update(kind="http", base_url=there.url)
    assert archive_next()
    assert fresh(job).archive == "stored"
    assert fresh(job).size == CLIP.stat().st_size
    assert [call.path for call in there.calls("GET")] == ["/media/clip.mp4"]


def test_an_address_of_this_installation_is_no_file_of_a_studio(there, engine, here, settings):
    job = a_ready_job(f"{settings.PUBLIC_URL}{here}")
    Connection.objects.update(kind="http", base_url=there.url)
    assert archive_next()
    assert (fresh(job).archive, fresh(job).files.count()) == ("lost", 0)


def test_an_address_with_the_key_in_it_is_fetched_as_it_was_given(there, settings):
    """It is stored and shown with the key blanked."""
    settings.STUDIO_BASE_URL, settings.STUDIO_API_KEY = there.url, there.key
    masked = Secret(there.key).hide_in(f"{there.url}/media/clip.mp4?token={there.key}")
    job = a_ready_job(absolute(masked, there.url))
    Connection.objects.update(kind="http", base_url=there.url)
    assert archive_next()
    assert fresh(job).archive == "stored"
    assert there.calls("GET", "/media/")[0].query == {"token": [there.key]}
    assert there.key not in repr(list(Job.objects.values())) + repr(list(fresh(job).files.values()))
