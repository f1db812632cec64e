"""Drawing clips, as the sandbox and the library see it: files in a folder."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import av
import pytest
from PIL import Image

from studio import film
from studio.film.reel.drawing.casting import SCENES
from studio.film.reel.shooting import size

pytestmark = pytest.mark.slow

SHORT = film.RenderSpec("A lighthouse at dawn", 1, quality="480p")


def test_a_clip_has_its_length_its_size_and_says_who_drew_it(lighthouse):
    assert (lighthouse.duration, lighthouse.width, lighthouse.height) == (3.0, 854, 480)
    with av.open(lighthouse.clip) as clip:
        video = clip.streams.video[0]
        assert (video.codec_context.name, video.profile, video.pix_fmt) == ("h264", "Main", "yuv420p")
        assert video.codec_context.colorspace == video.codec_context.color_primaries == 1  # BT.709
        assert (video.frames, clip.metadata["title"]) == (72, "A lighthouse at dawn")
        assert "Drawn by a program" in clip.metadata["comment"]


def test_every_clip_carries_the_sandbox_mark_in_its_corner(tmp_path):
    sunset = film.render(replace(SHORT, prompt="dunes at sunset"), tmp_path, deadline=60)
    with Image.open(sunset.poster).convert("L") as poster:
        mark, sky = poster.crop((770, 10, 850, 35)), poster.crop((4, 10, 84, 35))
        assert mark.getextrema()[1] > 180  # white letters
        assert sky.getextrema()[1] < 140


def test_the_index_stands_before_the_pictures_so_that_a_browser_starts_at_once(lighthouse):
    head = lighthouse.clip.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")


def test_the_same_request_gives_the_same_bytes(tmp_path, lighthouse):
    spec = film.RenderSpec("A lighthouse at dawn", 3, quality="480p", sound=True)
    again = film.render(spec, tmp_path, deadline=60)
    assert again.clip.read_bytes() == lighthouse.clip.read_bytes()
    assert again.poster.read_bytes() == lighthouse.poster.read_bytes()


def test_another_prompt_gives_another_picture(tmp_path, lighthouse):
    other = film.render(replace(SHORT, prompt="Neon city at night"), tmp_path, deadline=60)
    assert other.poster.read_bytes() != lighthouse.poster.read_bytes()


def test_every_clip_comes_with_a_poster_and_a_moving_preview(lighthouse):
    with Image.open(lighthouse.poster) as poster:
        assert (poster.format, poster.size) == ("JPEG", (854, 480))
        assert max(high - low for low, high in poster.getextrema()) > 100  # not one flat colour
    with Image.open(lighthouse.preview) as preview:
        assert preview.format == "WEBP"
        assert preview.n_frames > 8
        assert max(preview.size) <= 360


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES)
def test_every_scene_can_be_drawn_upright(tmp_path, scene):
    spec = film.RenderSpec(SCENES[scene][0], 1, aspect_ratio="9:16", quality="480p")
    assert film.render(spec, tmp_path, deadline=60).clip.stat().st_size > 5_000


@pytest.mark.parametrize(
    ("ratio", "quality", "expected"),
    [
        ("16:9", "", (1280, 720)),
        ("9:16", "", (720, 1280)),
        ("1:1", "", (960, 960)),
        ("Auto", "", (1280, 720)),
        ("", "std", (854, 480)),
        ("16:9", "1080p", (1920, 1080)),
        ("no ratio", "no quality", (1280, 720)),
    ],
)
def test_sizes_follow_ratio_and_quality(ratio, quality, expected):
    assert size(ratio, quality) == expected


@pytest.mark.parametrize("ratio", ["4:3", "3:4", "21:9"])
def test_unusual_ratios_are_kept_within_a_hundredth_in_even_numbers(ratio):
    width, height = size(ratio, "")
    across, down = (int(part) for part in ratio.split(":"))
    assert width / height == pytest.approx(across / down, rel=0.01)
    assert width % 2 == height % 2 == 0


def test_one_image_becomes_a_moving_picture(tmp_path, photograph):
    made = film.render(replace(SHORT, images=(photograph,)), tmp_path, deadline=60)
    assert film.probe(made.clip).duration == 1.0


def test_two_images_fade_from_the_first_to_the_last(tmp_path, photograph):
    dark = tmp_path / "dark"
    Image.new("RGB", (300, 200), (10, 10, 40)).save(dark, "PNG")
    made = film.render(replace(SHORT, images=(photograph, dark), duration_seconds=2), tmp_path, deadline=60)
    with av.open(made.clip) as clip:
        frames = [frame.to_ndarray()[: made.height] for frame in clip.decode(video=0)]
    assert frames[2].mean() > frames[-2].mean() + 30


def test_a_clip_can_be_graded_anew_and_longer_than_it_is(tmp_path, lighthouse):
    made = film.render(replace(SHORT, video=lighthouse.clip, duration_seconds=5), tmp_path, deadline=60)
    assert film.probe(made.clip).duration == 5.0
    assert made.poster.read_bytes() != lighthouse.poster.read_bytes()


def test_sound_is_there_when_asked_for_and_only_then(tmp_path, lighthouse):
    silent = film.render(SHORT, tmp_path, deadline=60)
    assert not film.probe(silent.clip).has_audio
    assert film.probe(lighthouse.clip).audio_codec == "aac"


@pytest.mark.parametrize("prompt", ["", "Łódź — où çà? Ελλάδα, Київ 漢字 🎬", "[sandbox:slow]", "x" * 5000])
def test_any_prompt_can_be_drawn(tmp_path, prompt):
    assert film.render(replace(SHORT, prompt=prompt), tmp_path, deadline=60).clip.exists()


def test_nothing_but_the_results_is_left_in_the_folder(lighthouse):
    assert {path.name for path in lighthouse.clip.parent.iterdir()} == {
        "clip.mp4",
        "poster.jpg",
        "preview.webp",
    }


def test_the_parent_never_loads_the_video_library():
    loaded = "import sys, studio.film; print({'av', 'numpy', 'PIL', 'django'} & set(sys.modules))"
    root = Path(film.__file__).parents[2]
    said = subprocess.run(
        [sys.executable, "-c", loaded], cwd=root, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "set()"
