"""What is made of a kept file: facts, pictures, a version that browsers play. The file stays, whatever fails."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from studio import film
from studio.library import extras
from studio.library.archive import Kept, keep
from studio.library.errors import CannotCopy, StorageTrouble
from studio.library.extras import look, make_proxy
from studio.library.wholeness import is_cut
from tests.film import odd
from tests.upstream.server import CLIP


@pytest.fixture(autouse=True)
def _media(settings, tmp_path: Path):
    settings.MEDIA_ROOT = tmp_path / "media"


def kept(path: Path) -> Kept:
    default_storage.save("sandbox/file", ContentFile(path.read_bytes()))
    return keep("/media/sandbox/file")


@pytest.mark.parametrize("name", odd.EACH_UNPLAYABLE)
def test_what_browsers_do_not_play_is_kept_named_and_gets_a_proxy(name, tmp_path):
    path = odd.UNPLAYABLE[name](tmp_path / name)
    file = kept(path)
    assert Path(default_storage.path(file.clip)).read_bytes() == path.read_bytes()
    assert Path(file.clip).suffix == Path(name).suffix
    seen = look(file.clip, file.sha256)
    assert (seen.kind, seen.width, seen.height, seen.notes) == ("video", 160, 90, ())
    assert seen.seconds == pytest.approx(2, abs=0.1)
    assert seen.needs_proxy
    assert default_storage.exists(seen.poster)
    made = make_proxy(file.clip, file.sha256)
    assert made.played == f"clips/{file.sha256[:2]}/{file.sha256}-proxy.mp4"
    assert (film.probe(Path(default_storage.path(made.played))).video_codec, made.notes) == ("h264", ())
    assert make_proxy(file.clip, file.sha256) == made


@pytest.mark.parametrize("name", odd.PLAYABLE)
def test_what_browsers_play_is_played_as_it_is(name, tmp_path):
    file = kept(odd.PLAYABLE[name](tmp_path / name))
    seen = look(file.clip, file.sha256)
    assert (seen.kind, seen.played, seen.hindrance) == ("video", file.clip, "")
    assert not seen.needs_proxy


@pytest.mark.parametrize("name", odd.SOUND)
def test_sound_alone_is_kept_as_sound(name, tmp_path):
    file = kept(odd.SOUND[name](tmp_path / name))
    seen = look(file.clip, file.sha256)
    assert (seen.kind, seen.played, seen.poster, seen.width) == ("audio", file.clip, "", None)
    assert seen.seconds == pytest.approx(2, abs=0.1)
    assert not seen.needs_proxy


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("hevc-10-bit.mp4", "MP4 · HEVC, 10 bit"),
        ("h264-444.mp4", "MP4 · H.264, 4:4:4"),
        ("prores.mov", "MOV · ProRes, 10 bit, 4:2:2 · PCM"),
        ("mpeg-4.avi", "AVI · MPEG-4 Visual · MP3"),
    ],
)
def test_a_film_is_named_as_what_it_is(name, told, tmp_path):
    file = kept(odd.UNPLAYABLE[name](tmp_path / name))
    assert look(file.clip, file.sha256).format == told


def test_a_turned_film_has_the_size_that_it_is_seen_in(tmp_path):
    file = kept(odd.PLAYABLE["turned.mp4"](tmp_path / "turned.mp4"))
    seen = look(file.clip, file.sha256)
    assert (seen.width, seen.height) == (90, 160)
    with Image.open(default_storage.path(seen.poster)) as poster:
        assert poster.size == (90, 160)


# ── What fails ───────────────────────────────────────────────────────────────────────────────────────────
def garbage(path: Path) -> Path:
    """A film by its boxes, and none by what is in them."""
    path.write_bytes(b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\1\0moov" + bytes(248))
    return path


def test_a_file_that_cannot_be_decoded_is_kept_with_a_note(tmp_path):
    file = kept(garbage(tmp_path / "none.mp4"))
    seen = look(file.clip, file.sha256)
    assert (seen.kind, seen.played, seen.poster, seen.needs_proxy) == ("other", "", "", False)
    assert [note.partition(":")[0] for note in seen.notes] == [
        "It could not be read as video, audio or an image"
    ]
    assert default_storage.exists(file.clip)


@pytest.mark.parametrize("step", ["probe", "stills", "proxy"])
def test_each_extra_may_fail_and_says_so(step, tmp_path, monkeypatch):
    file = kept(odd.UNPLAYABLE["hevc.mp4"](tmp_path / "hevc.mp4"))

    def fails(*_args, **_more):
        raise film.FilmError("It takes too long.")

    monkeypatch.setattr(film, step, fails)
    seen, made = look(file.clip, file.sha256), make_proxy(file.clip, file.sha256)
    notes = [*seen.notes, *made.notes]
    assert notes
    assert all(note.endswith("It takes too long.") for note in notes)
    assert bool(seen.poster) == (step == "proxy")
    assert default_storage.exists(file.clip)


def test_a_film_with_damage_in_its_middle_is_kept_and_said_to_be_damaged(tmp_path):
    path = odd.film(tmp_path / "film.ts", "mpeg2video", seconds=4)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 188 * 188
    del content[middle : middle + 188 * 5]
    path.write_bytes(bytes(content))
    file = kept(path)
    seen = look(file.clip, file.sha256)
    assert (seen.kind, seen.notes) == ("video", (extras.DAMAGED,))
    assert default_storage.exists(seen.poster)


def test_a_full_disk_is_our_trouble_and_no_note(tmp_path, monkeypatch):
    file = kept(CLIP)
    monkeypatch.setattr(extras, "LITTLE", 10**18)

    def fails(*_args, **_more):
        raise film.FilmError("It ended.")

    monkeypatch.setattr(film, "stills", fails)
    with pytest.raises(StorageTrouble, match="disk is full"):
        look(file.clip, file.sha256)


def test_a_file_that_is_gone_is_said_to_be(tmp_path):
    file = kept(CLIP)
    default_storage.delete(file.clip)
    with pytest.raises(CannotCopy, match="missing"):
        look(file.clip, file.sha256)


# ── Cut short ────────────────────────────────────────────────────────────────────────────────────────────
TELL_THEIR_LENGTH = {
    name: make
    for name, make in {**odd.UNPLAYABLE, **odd.PLAYABLE, **odd.SOUND}.items()
    if Path(name).suffix in (".mp4", ".mov", ".m4a", ".webm", ".mkv", ".avi", ".wav")
    and "fragments" not in name
}
KINDS = {
    ".mp4": "video/mp4", ".mov": "video/quicktime", ".m4a": "audio/mp4", ".webm": "video/webm",
    ".mkv": "video/x-matroska", ".avi": "video/x-msvideo", ".wav": "audio/wav",
    ".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp",
}  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> dict[str, bytes]:
    """One whole file of each kind that tells its own length."""
    folder = tmp_path_factory.mktemp("whole")
    made = {name: make(folder / name) for name, make in TELL_THEIR_LENGTH.items()}
    for ending in (".jpg", ".png", ".webp"):
        made[f"picture{ending}"] = folder / f"picture{ending}"
        Image.effect_noise((90, 60), 80).convert("RGB").save(made[f"picture{ending}"])
    return {name: path.read_bytes() for name, path in made.items()}


@hypothesis_settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_file_that_lacks_its_end_is_found_out_and_a_whole_one_never_is(data, whole, tmp_path):
    name = data.draw(st.sampled_from(sorted(whole)))
    content, path = whole[name], tmp_path / "file"
    path.write_bytes(content)
    assert not is_cut(path, KINDS[Path(name).suffix])
    path.write_bytes(content + data.draw(st.binary(max_size=40)))  # something put behind it
    assert not is_cut(path, KINDS[Path(name).suffix])
    path.write_bytes(content[: data.draw(st.integers(len(content) // 3, len(content) - 2))])
    assert is_cut(path, KINDS[Path(name).suffix])


@hypothesis_settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(min_size=1, max_size=400), kind=st.sampled_from(sorted(KINDS.values())))
def test_any_bytes_are_judged_without_an_error(content, kind, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(content)
    assert is_cut(path, kind) in (True, False)
