"""Looking after what is kept: a file that is gone or damaged is said, and copied again while that is possible."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone

from studio.jobs.models import Job, JobFile
from studio.worker.steps.archive import archive_next
from studio.worker.steps.extras import look_next
from studio.worker.steps.verification import CHECK_EVERY, verify_next
from tests.factories import a_job, fresh
from tests.must import must
from tests.upstream.server import CLIP

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(settings, tmp_path: Path) -> Job:
    """A clip that was truly kept, and is still at the studio."""
    settings.MEDIA_ROOT = tmp_path
    default_storage.save("sandbox/clip.mp4", ContentFile(CLIP.read_bytes()))
    made = a_job("completed")
    assert archive_next()
    assert look_next()
    return fresh(made)


def check(capsys) -> tuple[str | int | None, str]:
    code: str | int | None = 0
    try:
        call_command("verify-clips")
    except SystemExit as ended:
        code = ended.code
    return code, capsys.readouterr().out


def test_whole_files_are_counted(job: Job, capsys):
    assert check(capsys) == (0, "1 files checked: 1 intact, 0 missing or damaged.\n")


def test_a_missing_file_is_reported_and_copied_again(job: Job, capsys):
    default_storage.delete(job.clip)
    code, said = check(capsys)
    assert code == 1
    assert f"Clip {job.pk}: The stored file is missing." in said
    assert (fresh(job).archive, fresh(job).clip) == ("waiting", "")
    assert must(job.events.last()).what == "missing"
    assert archive_next()
    assert fresh(job).clip == job.clip
    assert check(capsys)[0] == 0


def test_several_missing_files_of_a_job_are_copied_together(settings, tmp_path: Path, capsys):
    settings.MEDIA_ROOT = tmp_path
    for place, more in enumerate((b"", b"\0\0\0\x08free")):
        default_storage.save(f"sandbox/{place}.mp4", ContentFile(CLIP.read_bytes() + more))
    made = a_job("completed")
    Job.objects.update(result_urls=["/media/sandbox/0.mp4", "/media/sandbox/1.mp4"])
    assert archive_next()
    names = list(made.files.values_list("clip", flat=True))
    Path(default_storage.path(names[0])).unlink()
    Path(default_storage.path(names[1])).write_bytes(b"damaged")
    assert "2 files checked: 0 intact, 2 missing or damaged." in check(capsys)[1]
    assert made.events.filter(what="missing").count() == 1
    assert archive_next()
    assert list(made.files.values_list("clip", flat=True)) == names
    assert check(capsys)[0] == 0


@pytest.mark.parametrize("damaged", [CLIP.read_bytes()[:-1] + b"?", CLIP.read_bytes()[:1000]])
def test_a_damaged_file_is_replaced_by_a_whole_one(job: Job, capsys, damaged: bytes):
    Path(default_storage.path(job.clip)).write_bytes(damaged)
    assert "The stored file is damaged" in check(capsys)[1]
    assert archive_next()
    assert Path(default_storage.path(job.clip)).read_bytes() == CLIP.read_bytes()


def test_a_lost_poster_is_drawn_anew_though_the_studio_has_nothing_any_more(job: Job, capsys):
    default_storage.delete("sandbox/clip.mp4")
    default_storage.delete(job.poster)
    assert check(capsys) == (
        0,
        "1 files checked: 1 intact, 0 missing or damaged. Pictures of 1 files were created again.\n",
    )
    assert default_storage.exists(job.poster)


def test_what_browsers_play_of_it_is_made_again_when_it_is_gone(job: Job, capsys):
    """And so is what an earlier version never made: a file that was kept before it looked at any."""
    name = job.clip.replace(".mp4", "-proxy.mp4")
    JobFile.objects.update(played=name)
    assert "Pictures of 1 files were created again." in check(capsys)[1]
    assert fresh(job).played == job.files.get().played == job.clip
    JobFile.objects.update(played=job.clip, is_looked_at=False, format="", poster="")
    assert "Pictures of 1 files were created again." in check(capsys)[1]
    assert (job.files.get().format, job.files.get().poster) == ("MP4 · H.264", job.poster)
    assert check(capsys) == (0, "1 files checked: 1 intact, 0 missing or damaged.\n")


def test_a_disk_that_is_not_mounted_changes_nothing(job: Job, settings, tmp_path: Path, capsys):
    settings.MEDIA_ROOT = tmp_path / "not-mounted"
    with pytest.raises(SystemExit, match="its disk is mounted"):
        call_command("verify-clips")
    assert fresh(job).archive == "stored"


def test_the_worker_looks_at_what_was_not_looked_at_for_long(job: Job):
    default_storage.delete(job.clip)
    verify_next()
    assert fresh(job).archive == "stored"
    JobFile.objects.update(checked_at=timezone.now() - CHECK_EVERY - timedelta(days=1))
    verify_next()
    assert fresh(job).archive == "waiting"
