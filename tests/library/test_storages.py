"""Nothing leans on the file system: the same clips in memory, and in a bucket over a real socket."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client, override_settings

from studio.library.archive import keep
from studio.library.errors import StorageTrouble
from studio.library.extras import look, make_proxy
from studio.library.store import local_path, store
from studio.library.temporary import sweep
from studio.library.verify import fault_of
from tests.library.bucket import Bucket
from tests.upstream.server import CLIP

MEMORY: dict[str, Any] = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
FILM = CLIP.read_bytes()


def in_storage(settings, default: dict[str, Any], tmp_path: Path) -> override_settings:
    """MEDIA_ROOT stays for what is brought and not placed yet."""
    return override_settings(STORAGES={**settings.STORAGES, "default": default}, MEDIA_ROOT=tmp_path)


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with Bucket() as found:
        yield found


@pytest.fixture(params=["memory", "bucket"])
def elsewhere(request, settings, tmp_path: Path) -> Iterator[None]:
    default = MEMORY
    if request.param == "bucket":
        options = request.getfixturevalue("bucket").options
        default = {"BACKEND": "studio.library.s3.BucketStorage", "OPTIONS": options}
    with in_storage(settings, default, tmp_path):
        default_storage.save("sandbox/film.mp4", ContentFile(FILM))
        yield


@pytest.fixture
def in_bucket(settings, bucket: Bucket, tmp_path: Path) -> Iterator[Bucket]:
    default: dict[str, Any] = {"BACKEND": "studio.library.s3.BucketStorage", "OPTIONS": bucket.options}
    with in_storage(settings, default, tmp_path):
        default_storage.save("sandbox/film.mp4", ContentFile(FILM))
        yield bucket


def test_a_clip_is_kept_where_there_are_no_paths(elsewhere, tmp_path: Path):
    assert local_path("clips/a") is None
    kept = keep("/media/sandbox/film.mp4")
    assert default_storage.open(kept.clip).read() == FILM
    seen = look(kept.clip, kept.sha256)
    assert seen.played == kept.clip
    assert all(default_storage.exists(name) for name in (seen.poster, seen.thumb, seen.preview))
    assert keep("/media/sandbox/film.mp4") == kept
    made = make_proxy(kept.clip, kept.sha256)
    assert default_storage.open(made.played).read(12)[4:8] == b"ftyp"
    assert fault_of(kept.clip, kept.size, kept.sha256) == ""
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert sweep(0) == 0


def test_half_a_file_in_the_place_of_a_whole_one_is_replaced(elsewhere, tmp_path: Path):
    default_storage.save("clips/ab/whole.mp4", ContentFile(FILM[:100]))
    (tmp_path / "whole").write_bytes(FILM)
    assert store(tmp_path / "whole", "clips/ab/whole.mp4") == "clips/ab/whole.mp4"
    assert default_storage.open("clips/ab/whole.mp4").read() == FILM


def test_a_damaged_file_and_one_that_is_gone_are_told_apart(elsewhere):
    default_storage.save("clips/ab/another.mp4", ContentFile(FILM[:100]))
    kept = keep("/media/sandbox/film.mp4")
    default_storage.delete(kept.clip)
    assert fault_of(kept.clip, kept.size, kept.sha256) == "The stored file is missing."
    default_storage.save(kept.clip, ContentFile(FILM[:-1] + b"\0"))
    assert "content has changed" in fault_of(kept.clip, kept.size, kept.sha256)


@pytest.fixture
def get(as_member: Client) -> Iterator[Callable]:
    opened = []

    def fetch(name: str, **headers: str):
        opened.append(as_member.get(f"/media/{name}", headers=headers))
        return opened[-1]

    yield fetch
    for response in opened:
        response.close()


@pytest.mark.django_db
def test_pages_get_whole_files_and_parts_from_any_storage(elsewhere, get):
    kept = keep("/media/sandbox/film.mp4")
    whole = get(kept.clip)
    assert (whole.status_code, whole["Content-Type"], whole.getvalue()) == (200, "video/mp4", FILM)
    part = get(kept.clip, Range="bytes=100-199")
    assert (part.status_code, part.getvalue()) == (206, FILM[100:200])
    assert part["Content-Range"] == f"bytes 100-199/{len(FILM)}"
    assert get(kept.clip, Range="bytes=-7").getvalue() == FILM[-7:]
    assert get(kept.clip, Range=f"bytes={len(FILM)}-").status_code == 416
    assert get(kept.clip, **{"If-None-Match": f'"{kept.sha256}"'}).status_code == 304
    assert get("clips/ab/none.mp4").status_code == 404


@pytest.mark.django_db
def test_the_end_of_a_film_in_a_bucket_is_not_fetched_by_way_of_its_beginning(in_bucket: Bucket, get):
    name = default_storage.save("clips/ab/long.mp4", ContentFile(FILM + bytes(2_000_000)))
    in_bucket.log.clear()
    assert get(name, Range="bytes=2000000-").getvalue() == bytes(len(FILM))
    fetched = [line for line in in_bucket.log if line.startswith("GET")]
    assert [line.rpartition(" ")[2] for line in fetched] == ["bytes=0-", "bytes=2000000-"]


@pytest.mark.django_db
def test_no_page_leads_to_the_bucket_and_the_sandbox_names_our_own_address(in_bucket: Bucket):
    from studio.sandbox.models import SandboxAccount, SandboxJob

    account = SandboxAccount.objects.create()
    job = SandboxJob(
        account=account, state="completed", result_name="sandbox/film.mp4", request={"model_slug": "a"},
        credits_charged=1,
    )  # fmt: skip
    assert job.report().result_urls == ("/media/sandbox/film.mp4",)


@pytest.mark.django_db
def test_a_storage_that_refuses_is_our_trouble_and_not_the_clip_s(in_bucket: Bucket, get):
    in_bucket.down = True
    with pytest.raises(StorageTrouble) as trouble:
        keep("/media/sandbox/film.mp4")
    assert "is not available" in trouble.value.sentence
    with pytest.raises(StorageTrouble):
        fault_of("clips/ab/a.mp4", 1, "")
    response = get("clips/ab/a.mp4")
    assert (response.status_code, response["Retry-After"]) == (503, "60")


def test_a_storage_without_any_clip_is_taken_for_the_wrong_one(elsewhere):
    with pytest.raises(StorageTrouble, match="its disk is mounted"):
        fault_of("clips/ab/a.mp4", 1, "")
