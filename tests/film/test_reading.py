"""Looking at files that came from elsewhere: whole, cut, or made to harm."""

import random

import pytest
from PIL import Image

from studio import film


def test_a_probe_tells_the_facts_of_a_clip(lighthouse):
    assert film.probe(lighthouse.clip) == film.Probe(
        container="mp4", video_codec="h264", audio_codec="aac", width=854, height=480, duration=3.0
    )


@pytest.mark.parametrize("kept", [0.35, 0.8, 0.98])
def test_a_clip_that_was_cut_short_is_found_out(tmp_path, lighthouse, kept):
    whole = lighthouse.clip.read_bytes()
    half = tmp_path / "half.mp4"
    half.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(film.FilmError, match=r"\.$"):
        film.probe(half)


@pytest.mark.parametrize("seed", range(6))
def test_hostile_bytes_are_refused_with_a_sentence(tmp_path, lighthouse, seed):
    chance = random.Random(seed)
    garbled = bytearray(lighthouse.clip.read_bytes()[:20_000])
    for _ in range(400):
        garbled[chance.randrange(8, len(garbled))] = chance.randrange(256)
    path = tmp_path / "hostile.mp4"
    path.write_bytes(bytes(garbled))
    for look in (film.probe, lambda file: film.stills(file, tmp_path)):
        with pytest.raises(film.FilmError, match=r"\.$"):
            look(path)


@pytest.mark.parametrize(
    "text",
    [b"", b"<html></html>", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"ffconcat version 1.0\nfile x"],
)
def test_text_and_playlists_are_no_videos(tmp_path, text):
    path = tmp_path / "list.m3u8"
    path.write_bytes(text)
    with pytest.raises(film.FilmError):
        film.probe(path)


def test_a_missing_file_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(film.FilmError):
        film.probe(tmp_path / "nothing.mp4")


def test_a_picture_that_is_none_fails_the_render_with_a_sentence(tmp_path):
    fake = tmp_path / "fake.png"
    fake.write_bytes(b"\x89PNG\r\n\x1a\nnot really")
    spec = film.RenderSpec("x", 1, quality="480p", images=(fake,))
    with pytest.raises(film.FilmError, match="picture"):
        film.render(spec, tmp_path / "out", deadline=30)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_picture_far_too_large_fails_the_render_with_a_sentence(tmp_path):
    bomb = tmp_path / "bomb.png"
    Image.new("1", (20_000, 20_000)).save(bomb)
    spec = film.RenderSpec("x", 1, quality="480p", images=(bomb,))
    with pytest.raises(film.FilmError):
        film.render(spec, tmp_path / "out", deadline=30)


def test_the_stills_come_from_any_clip(tmp_path, lighthouse):
    stills = film.stills(lighthouse.clip, tmp_path)
    with Image.open(stills.poster) as poster, Image.open(stills.thumb) as thumb:
        assert (poster.size, thumb.size) == ((854, 480), (480, 270))
    with Image.open(stills.preview) as preview:
        assert preview.is_animated
