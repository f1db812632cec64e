"""What is made of kept files: in two stages, by one worker at a time, and never at the file's expense."""

from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from studio import film
from studio.jobs.lifecycle import archiving, extras
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Job, JobFile
from studio.library import archive, store
from studio.worker.steps import extras as steps
from studio.worker.steps.archive import archive_next
from studio.worker.steps.extras import MOST_CLAIMS, look_next, proxy_next
from studio.worker.steps.lease import LEASE
from studio.worker.steps.verification import verify_all
from tests.factories import a_job, altered, fresh
from tests.film import odd
from tests.upstream.server import CLIP

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def a_kept_job(*paths: Path) -> Job:
    """A ready clip whose files were just kept."""
    urls = []
    for number, path in enumerate(paths):
        name = default_storage.save(f"sandbox/{number}{path.suffix}", ContentFile(path.read_bytes()))
        urls.append(f"/media/{name}")
    job = altered(a_job("completed"), result_urls=urls)
    assert archive_next()
    return fresh(job)


@pytest.fixture
def hevc(tmp_path) -> Path:
    return odd.UNPLAYABLE["hevc-10-bit.mp4"](tmp_path / "hevc.mp4")


def due_now() -> None:
    JobFile.objects.filter(extras_after__isnull=False).update(
        extras_after=timezone.now() - timedelta(seconds=1)
    )


# ── The two stages ───────────────────────────────────────────────────────────────────────────────────────
def test_a_clip_is_stored_before_anything_is_drawn_from_it_and_gets_its_pictures_after(monkeypatch):
    def drawn(*_):
        raise AssertionError("nothing may be drawn before the file is kept")

    with monkeypatch.context() as patched:
        for call in ("probe", "stills", "proxy", "picture"):
            patched.setattr(film, call, drawn)
        job = a_kept_job(CLIP)
    assert (job.archive, job.poster, job.played, job.size) == ("stored", "", "", CLIP.stat().st_size)
    revision = job.rev
    assert look_next()
    job = fresh(job)
    assert job.rev > revision
    assert (job.width, job.height, job.played) == (160, 90, job.clip)
    assert job.seconds == pytest.approx(2, abs=0.1)
    assert all(default_storage.exists(name) for name in (job.poster, job.thumb, job.preview))
    assert not look_next()
    assert not proxy_next()


def test_what_browsers_do_not_play_gets_a_version_for_the_page_and_stays_as_it_came(hevc):
    job = a_kept_job(hevc)
    assert look_next()
    file = job.files.get()
    assert (file.kind, file.played, file.extras, file.hindrance) == ("video", "", "proxy", "HEVC video")
    assert default_storage.exists(file.poster)
    assert proxy_next()
    file, job = job.files.get(), fresh(job)
    assert (file.extras, file.plays_proxy, file.notes) == ("", True, [])
    assert job.played == file.played == file.clip.replace(".mp4", "-proxy.mp4")
    assert Path(default_storage.path(file.clip)).read_bytes() == hevc.read_bytes()
    assert film.probe(Path(default_storage.path(file.played))).video_codec == "h264"


def test_a_proxy_that_fails_leaves_the_file_with_a_note(hevc, monkeypatch):
    def fails(*_):
        raise film.FilmError("It takes more computing time than one clip may use.")

    job = a_kept_job(hevc)
    look_next()
    monkeypatch.setattr(film, "proxy", fails)
    assert proxy_next()
    file = job.files.get()
    assert (fresh(job).archive, file.played, file.extras) == ("stored", "", "")
    [note] = file.notes
    assert note.endswith("failed: It takes more computing time than one clip may use.")
    assert not proxy_next()


def test_a_long_film_keeps_no_other_clip_from_its_pictures(hevc):
    a_kept_job(hevc)
    look_next()
    claimed = extras.claim_next("proxy", LEASE)  # and it takes minutes
    other = a_kept_job(CLIP)
    assert look_next()
    assert fresh(other).poster
    assert claimed.extras == "proxy"


def test_the_first_of_several_files_is_what_lists_show(tmp_path):
    job = a_kept_job(CLIP, odd.PLAYABLE["turned.mp4"](tmp_path / "turned.mp4"))
    assert look_next()
    assert look_next()
    first, second = job.files.all()
    assert (fresh(job).width, fresh(job).played) == (first.width, first.played)
    assert (second.width, second.height) == (90, 160)


def test_a_file_of_a_job_whose_other_file_is_still_awaited_is_looked_at_too(tmp_path):
    job = altered(a_job("completed"), result_urls=["/media/sandbox/one.mp4", "/media/sandbox/none.mp4"])
    default_storage.save("sandbox/one.mp4", ContentFile(CLIP.read_bytes()))
    archive_next()
    assert look_next()
    assert (fresh(job).archive, fresh(job).clip) == ("waiting", "")
    assert job.files.get().poster
    default_storage.save("sandbox/none.mp4", ContentFile(CLIP.read_bytes()))
    Job.objects.update(archive_after=timezone.now())
    archive_next()
    assert (fresh(job).archive, fresh(job).poster) == ("stored", job.files.first().poster)


# ── Workers that stop, are killed, or share the work ─────────────────────────────────────────────────────
def test_a_worker_that_stops_midway_gives_the_file_back_and_no_try_is_counted(monkeypatch):
    def interrupted(*_):
        raise film.Interrupted

    job = a_kept_job(CLIP)
    with monkeypatch.context() as stopping:
        stopping.setattr(film, "probe", interrupted)
        for _ in range(MOST_CLAIMS + 2):
            assert look_next()
    assert job.files.get().extras_claim == 0
    assert look_next()
    assert fresh(job).poster


def test_a_file_that_is_being_looked_at_is_nobody_else_s_until_the_lease_runs_out():
    job = a_kept_job(CLIP)
    late = extras.claim_next("look", LEASE)
    assert not look_next()
    extras.renew(late, LEASE)
    assert job.files.get().extras_after > timezone.now() + LEASE / 2
    due_now()
    assert look_next()
    assert fresh(job).poster
    for move in (
        lambda: extras.looked(late, {"notes": [], "kind": "other"}, needs_proxy=False),
        lambda: extras.give_up(late, "Gone."),
        lambda: extras.put_back(late, timezone.now()),
    ):
        with pytest.raises(Moved):
            move()
    assert job.files.get().kind == "video"


def test_a_file_that_ends_its_worker_each_time_is_left_alone_with_a_note():
    job = a_kept_job(CLIP)
    for _ in range(MOST_CLAIMS):
        extras.claim_next("look", LEASE)  # and then its worker is killed
        due_now()
    assert look_next()
    file = job.files.get()
    assert (file.extras, file.notes, fresh(job).archive) == ("", [steps.KILLED], "stored")
    assert not look_next()


def test_a_storage_in_trouble_is_waited_out(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    job = a_kept_job(CLIP)
    with monkeypatch.context() as patched:
        patched.setattr(store.os, "replace", full)
        assert not look_next()
    file = job.files.get()
    assert (file.extras, file.extras_claim, file.notes) == ("look", 0, [])
    assert file.extras_after > timezone.now() + timedelta(seconds=30)
    due_now()
    assert look_next()
    assert fresh(job).poster


def test_a_file_that_is_copied_again_begins_anew(hevc):
    job = a_kept_job(hevc)
    look_next()
    old = extras.claim_next("proxy", LEASE)
    archiving.find_missing(job.files.get(), "The stored file is missing.")
    archive_next()
    with pytest.raises(Moved):
        extras.proxied(old, "clips/aa/old-proxy.mp4", ())
    assert job.files.get().extras == "look"


# ── Clips that were kept before ──────────────────────────────────────────────────────────────────────────
def before_the_migration(job: Job) -> None:
    """As the columns are just after it has added them."""
    JobFile.objects.update(
        played="", format="", hindrance="", notes=[], is_looked_at=False, extras="", extras_after=None
    )
    Job.objects.update(played="")


def test_a_clip_that_was_kept_before_is_played_as_before_until_it_is_looked_at(hevc):
    job = a_kept_job(hevc)
    look_next()
    before_the_migration(job)
    JobFile.objects.update(kind="video")
    import_module("studio.jobs.migrations.0012_kept_file_extras").play_what_was_played(apps, None)
    assert fresh(job).played == job.files.get().played == job.clip
    [verdict] = verify_all()
    assert verdict.redrawn
    assert (job.files.get().played, job.files.get().extras) == ("", "proxy")
    assert proxy_next()
    assert fresh(job).played.endswith("-proxy.mp4")


def test_a_film_that_used_to_count_as_a_mere_file_is_found_to_be_one(tmp_path):
    job = a_kept_job(odd.UNPLAYABLE["prores.mov"](tmp_path / "prores.mov"))
    before_the_migration(job)
    JobFile.objects.update(kind="other")
    [verdict] = verify_all()
    assert verdict.redrawn
    assert job.files.get().kind == "video"
    assert proxy_next()
    assert fresh(job).played


def test_names_of_what_is_made_tell_whose_it_is():
    """Who may see the clip may see these: see studio.jobs.visibility.media_access."""
    from studio.jobs.visibility.media_access import KEPT

    digest = "ab" * 32
    for role, ending in (("", ".mkv"), ("-proxy", ".mp4"), ("-poster", ".jpg"), ("-preview", ".webp")):
        name = archive.name_for(digest, role, ending)
        assert KEPT.fullmatch(name.rpartition("/")[2])[1] == digest
