"""What a prompt's words make of a clip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.film.reel.drawing.casting import SCENES, cast
from studio.film.reel.drawing.palettes import PALETTES
from studio.film.reel.drawing.titles import title


def asked(prompt: str, **more) -> dict:
    return {"prompt": prompt, "aspect_ratio": "16:9", "duration_seconds": 8, "quality": "", "take": 0, **more}


@pytest.mark.parametrize(
    ("prompt", "scene", "light"),
    [
        ("a lighthouse at dawn", "sea", "dawn"),
        ("Misty mountains at dawn, slow drone shot", "mountains", "dawn"),
        ("Neon city street at night, reflections", "city", "neon"),
        ("Northern lights over mountain peaks", "aurora", "polar"),
        ("A paper boat in the EVENING", "sea", "sunset"),
        ("Dunes in the sand under the moon", "desert", "night"),
    ],
)
def test_the_words_of_a_prompt_choose_scene_and_light(prompt, scene, light):
    role = cast(asked(prompt))
    assert (role.scene, role.palette.name) == (scene, light)


@given(st.text())
def test_any_prompt_is_given_a_scene_and_always_the_same(prompt):
    role = cast(asked(prompt))
    assert role.scene in SCENES
    assert role.palette in PALETTES
    assert cast(asked(prompt)) == role


def test_another_ratio_or_length_shows_the_same_place_in_the_same_light():
    wide, tall = (
        cast(asked("something nameless", aspect_ratio=ratio, duration_seconds=seconds))
        for ratio, seconds in (("16:9", 8), ("9:16", 4))
    )
    assert (wide.scene, wide.palette) == (tall.scene, tall.palette)
    assert wide.seed != tall.seed


def test_there_are_ten_palettes():
    assert len({palette.name for palette in PALETTES}) == 10


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("  a lighthouse\nat dawn ", "A lighthouse at dawn"),
        ("[sandbox:slow] the sea", "The sea"),
        ("", ""),
        ("word " * 60, "Word word word word word"),
    ],
)
def test_a_title_is_the_prompt_made_short(prompt, expected):
    shown = title(prompt)
    assert len(shown) <= 90
    assert shown.startswith(expected[:20])
