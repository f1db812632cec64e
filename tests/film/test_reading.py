"""Looking at files that came from elsewhere: whole, cut, or made to harm."""

import contextlib
import random
import time
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from studio import film
from studio.film.reel import reading, stills
from tests.film import odd


def test_a_probe_tells_the_facts_of_a_clip(lighthouse):
    assert film.probe(lighthouse.clip) == film.Probe(
        container="mp4", video_codec="h264", audio_codec="aac", width=854, height=480, duration=3.0,
        starts_at=0.0, bits=8, chroma="4:2:0", pixels=854 * 480, is_whole=True,
    )  # fmt: skip


@pytest.mark.parametrize("kept", [0.35, 0.8, 0.98])
def test_a_clip_that_was_cut_short_is_found_out(tmp_path, lighthouse, kept):
    whole = lighthouse.clip.read_bytes()
    half = tmp_path / "half.mp4"
    half.write_bytes(whole[: int(len(whole) * kept)])
    assert not film.probe(half).is_whole


@pytest.mark.parametrize("seed", range(6))
def test_hostile_bytes_are_refused_with_a_sentence_or_told_as_damaged(tmp_path, lighthouse, seed):
    chance = random.Random(seed)
    garbled = bytearray(lighthouse.clip.read_bytes()[:20_000])
    for _ in range(400):
        garbled[chance.randrange(8, len(garbled))] = chance.randrange(256)
    path = tmp_path / "hostile.mp4"
    path.write_bytes(bytes(garbled))
    assert said_of(path).endswith(".")
    with contextlib.suppress(film.FilmError):  # ends, and harms nobody
        film.stills(path, tmp_path)


def said_of(path: Path) -> str:
    """What a probe finds wrong with a file; "" for one that is whole."""
    try:
        return "" if film.probe(path).is_whole else "It is damaged."
    except film.FilmError as error:
        return error.sentence


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


@pytest.mark.slow
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


def average(image: Image.Image, box: tuple[float, float, float, float]) -> tuple[int, int, int]:
    """Of a part of the picture; ``box`` in shares of its sides: left, top, right, bottom."""
    sides = image.size * 2
    left, top, right, bottom = (round(share * side) for share, side in zip(box, sides, strict=True))
    part = image.crop((left, top, right, bottom))
    pixel = part.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(pixel, tuple)
    red, green, blue = pixel
    return red, green, blue


def test_a_film_turned_by_its_camera_is_measured_and_shown_upright(tmp_path):
    """Red is above blue in the frame; a quarter turn to the left brings the top to the left."""
    path = odd.film(tmp_path / "turned.mp4", turned=90)
    probe = film.probe(path)
    assert (probe.width, probe.height) == (90, 160)
    stills = film.stills(path, tmp_path)
    with Image.open(stills.poster) as poster:
        assert poster.size == (90, 160)
        left, right = average(poster, (0, 0, 0.4, 1)), average(poster, (0.6, 0, 1, 1))
    assert left[0] > 150 > left[2]
    assert right[2] > 150 > right[0]


@pytest.mark.parametrize(("turned", "size"), [(0, (160, 90)), (180, (160, 90)), (-90, (90, 160))])
def test_pixels_that_are_not_square_and_turns_are_applied_to_size_pictures_and_proxy(tmp_path, turned, size):
    path = odd.film(tmp_path / "narrow.mp4", size=(90, 90), aspect=Fraction(16, 9), turned=turned)
    probe = film.probe(path)
    assert (probe.width, probe.height) == size
    stills, proxy = film.stills(path, tmp_path), film.proxy(path, tmp_path, probe)
    with Image.open(stills.poster) as poster, Image.open(stills.preview) as preview:
        assert poster.size == preview.size == size
    shown = film.probe(proxy.film)
    assert (shown.width, shown.height, shown.pixels) == (*size, 160 * 90)


@pytest.mark.slow
def test_an_8k_film_has_a_poster(tmp_path):
    large = odd.film(tmp_path / "8k.mp4", size=(7680, 4320), seconds=0.1, options={"preset": "ultrafast"})
    probe = film.probe(large)
    assert (probe.width, probe.height, probe.is_whole) == (7680, 4320, True)
    with Image.open(film.stills(large, tmp_path, probe).poster) as poster:
        assert poster.size == (1280, 720)


def test_where_decoding_all_would_cost_too_much_the_nearest_key_frames_are_taken(tmp_path, monkeypatch):
    path = odd.film(tmp_path / "long.mp4", seconds=4, options={"g": "24", "x264-params": "scenecut=0"})
    shares = (0.1, 0.4, 0.9)
    with reading.open_video(path) as video:
        exact = [round(frame.time, 2) for frame in reading.frames_at(video, shares)]
    monkeypatch.setattr(reading, "MANY_PIXELS", 0)
    with reading.open_video(path) as video:
        near = [round(frame.time, 2) for frame in reading.frames_at(video, shares)]
    assert exact == [pytest.approx(share * 4, abs=0.05) for share in shares]
    assert near == [0, 2, 3]


@pytest.mark.parametrize("name", odd.EACH_UNPLAYABLE)
def test_a_proxy_is_8_bit_h264_from_second_zero_and_as_long_as_the_film(tmp_path, name):
    path = odd.UNPLAYABLE[name](tmp_path / name)
    probe = film.probe(path)
    proxy = film.proxy(path, tmp_path, probe)
    made = film.probe(proxy.film)
    assert (made.container, made.video_codec, made.bits, made.chroma) == ("mp4", "h264", 8, "4:2:0")
    assert (made.width, made.height, made.starts_at) == (probe.width, probe.height, 0)
    assert made.duration == pytest.approx(2, abs=0.1)
    assert proxy.duration == pytest.approx(2, abs=0.1)
    assert made.audio_codec == ("aac" if probe.has_audio else "")


def test_a_proxy_is_no_larger_than_1080p(tmp_path):
    path = odd.film(tmp_path / "high.mp4", pixels="yuv420p10le", size=(1440, 2560), seconds=0.1)
    made = film.probe(film.proxy(path, tmp_path, film.probe(path)).film)
    assert (made.width, made.height) == (1080, 1920)


@pytest.mark.parametrize("name", odd.SOUND)
def test_a_file_of_sound_alone_is_told_as_one(tmp_path, name):
    probe = film.probe(odd.SOUND[name](tmp_path / name))
    assert (probe.video_codec, probe.width, probe.height) == ("", 0, 0)
    assert probe.audio_codec
    assert probe.duration == pytest.approx(2, abs=0.1)


def test_a_film_that_begins_at_one_hour_is_as_long_as_it_plays(tmp_path):
    probe = film.probe(odd.UNPLAYABLE["one-hour.webm"](tmp_path / "hour.webm"))
    assert (round(probe.starts_at), round(probe.duration)) == (3600, 2)


def test_a_film_in_fragments_without_a_length_in_front_has_one(tmp_path):
    path = odd.PLAYABLE["fragments.mp4"](tmp_path / "fragments.mp4")
    assert film.probe(path).duration == pytest.approx(2, abs=0.1)
    assert film.stills(path, tmp_path).poster.exists()


@pytest.mark.slow
def test_pictures_of_a_long_film_cost_a_fraction_of_decoding_it(tmp_path):
    """By key frames: a film of any length gets its pictures within the limits of its child."""
    options = {"preset": "ultrafast", "g": "48", "x264-params": "scenecut=0"}
    path = odd.film(tmp_path / "long.mp4", size=(640, 360), seconds=90, options=options)
    start = time.process_time()
    with reading.open_video(path) as video:
        assert sum(1 for _ in reading.decoded(video)) == 90 * odd.RATE
    decoding = time.process_time() - start
    start = time.process_time()
    with reading.open_video(path) as video:
        moments = [frame.time for frame in reading.frames_at(video, stills.preview_times(1.0))]
    assert time.process_time() - start < decoding / 4
    assert len(set(moments)) == len(moments) == stills.PREVIEW_FRAMES
    assert moments == pytest.approx(stills.preview_times(90.0), abs=1.1)
