"""What browsers play as it is, and what they are said not to play."""

from typing import Any

import pytest

from studio.film import Probe
from studio.library.playable import describe, hindrance, strain

H264: dict[str, Any] = {
    "container": "mp4",
    "video_codec": "h264",
    "audio_codec": "aac",
    "width": 1920,
    "height": 1080,
}


def probe(**facts: Any) -> Probe:
    return Probe(**{**H264, "duration": 8.0, "pixels": 1920 * 1080, **facts})


@pytest.mark.parametrize(
    ("media_type", "facts", "reason"),
    [
        ("video/mp4", {}, ""),
        ("video/mp4", {"video_codec": "av1", "audio_codec": "opus"}, ""),
        ("video/webm", {"video_codec": "vp9", "audio_codec": ""}, ""),
        ("video/mp4", {"video_codec": "hevc"}, "HEVC video"),
        ("video/mp4", {"video_codec": "of-2031"}, "OF-2031 video"),
        ("video/mp4", {"bits": 10}, "video with 10 bits a colour"),
        ("video/mp4", {"chroma": "4:4:4"}, "video with 4:4:4 colours"),
        ("video/mp4", {"chroma": ""}, "video with such colours"),
        ("video/quicktime", {}, "MOV files"),
        ("video/x-msvideo", {}, "AVI files"),
        ("video/mp4", {"video_codec": ""}, ""),
        ("audio/mpeg", {"video_codec": "", "audio_codec": "mp3"}, ""),
        ("video/mxf", {"video_codec": "", "audio_codec": "pcm_s16le"}, "MXF files"),
    ],
)
def test_browsers_do_not_play(media_type: str, facts: dict[str, object], reason: str) -> None:
    assert hindrance(media_type, probe(**facts)) == reason


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, ""),
        ({"pixels": 3840 * 2160}, ""),
        ({"pixels": 7680 * 4320}, "video of this size well"),
        ({"starts_at": 3600.0}, "video whose time does not start at zero well"),
        ({"starts_at": -0.04}, ""),
        ({"audio_codec": "ac3"}, "AC-3 sound"),
        ({"video_codec": "", "audio_codec": "ac3", "starts_at": 9.0}, ""),
    ],
)
def test_browsers_play_but_not_well(facts: dict[str, object], reason: str) -> None:
    assert strain(probe(**facts)) == reason


@pytest.mark.parametrize(
    ("media_type", "facts", "told"),
    [
        ("video/mp4", {}, "MP4 · H.264 · AAC"),
        ("video/mp4", {"video_codec": ""}, "MP4 · AAC"),
        ("audio/mpeg", {"video_codec": "", "audio_codec": "mp3"}, "MP3"),
        ("video/quicktime", {"video_codec": "prores", "bits": 10, "chroma": "4:2:2", "audio_codec": ""},
         "MOV · ProRes, 10 bit, 4:2:2"),
    ],
)  # fmt: skip
def test_a_file_is_described_by_what_is_in_it(media_type: str, facts: dict[str, object], told: str) -> None:
    assert describe(media_type, probe(**facts)) == told
