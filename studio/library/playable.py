"""Describes a video or audio file in words, and decides whether common browsers play it as it is. Pure."""

from studio.film import Probe
from studio.library.kinds import ENDINGS

CONTAINERS = {
    "video/mp4": "MP4",
    "video/quicktime": "MOV",
    "video/webm": "WebM",
    "video/x-matroska": "MKV",
    "video/x-msvideo": "AVI",
    "video/mp2t": "MPEG-TS",
    "video/mpeg": "MPEG",
    "video/x-flv": "FLV",
    "video/x-ms-wmv": "WMV",
    "video/mxf": "MXF",
    "video/ogg": "Ogg",
    "audio/mp4": "M4A",
    "audio/mpeg": "MP3",
    "audio/aac": "AAC",
    "audio/wav": "WAV",
    "audio/flac": "FLAC",
}
CODECS = {
    "h264": "H.264",
    "hevc": "HEVC",
    "vvc": "VVC",
    "vp8": "VP8",
    "vp9": "VP9",
    "av1": "AV1",
    "prores": "ProRes",
    "mpeg4": "MPEG-4 Visual",
    "mpeg2video": "MPEG-2",
    "mpeg1video": "MPEG-1",
    "wmv1": "WMV 7",
    "wmv2": "WMV 8",
    "wmv3": "WMV 9",
    "theora": "Theora",
    "mjpeg": "Motion JPEG",
    "dnxhd": "DNxHD",
    "flv1": "Sorenson Spark",
    "aac": "AAC",
    "mp3": "MP3",
    "opus": "Opus",
    "vorbis": "Vorbis",
    "flac": "FLAC",
    "ac3": "AC-3",
    "eac3": "E-AC-3",
}
BROWSERS_PLAY_FILES = ("video/mp4", "video/webm")
BROWSERS_PLAY_FILMS = ("h264", "vp8", "vp9", "av1")
BROWSERS_PLAY_SOUND = ("aac", "mp3", "opus", "vorbis", "flac")
BROWSERS_PLAY_SOUND_FILES = (
    *BROWSERS_PLAY_FILES,
    "video/ogg",
    *(kind for kind in ENDINGS if kind.startswith("audio/")),
)
MOST_PIXELS = 4096 * 2304  # the largest frame that browsers play smoothly
LATE = 0.5  # seconds; the timeline of a film that starts later has nothing at its beginning


def describe(media_type: str, probe: Probe) -> str:
    """A description such as "MP4 · HEVC, 10 bit · AAC"."""
    picture = ", ".join(filter(None, (name(probe.video_codec), _bits(probe), _chroma(probe))))
    sound = name(probe.audio_codec)
    container = CONTAINERS.get(media_type, "")
    return " · ".join(dict.fromkeys(part for part in (container, picture, sound) if part))


def name(codec: str) -> str:
    """The common name of a codec."""
    return "PCM" if codec.startswith("pcm_") else CODECS.get(codec, codec.upper())


def hindrance(media_type: str, probe: Probe) -> str:
    """Why common browsers do not play the file as it is, as the end of "Browsers do not play …"; "" if they do."""
    container = f"{CONTAINERS.get(media_type, 'such')} files"
    if not probe.has_video:
        return "" if media_type in BROWSERS_PLAY_SOUND_FILES else container
    if probe.video_codec not in BROWSERS_PLAY_FILMS:
        return f"{name(probe.video_codec)} video"
    if probe.bits > 8:
        return f"video with {probe.bits} bits a colour"
    if probe.chroma != "4:2:0":
        return f"video with {probe.chroma or 'such'} colours"
    return "" if media_type in BROWSERS_PLAY_FILES else container


def strain(probe: Probe) -> str:
    """What common browsers play badly about a film, in the same form; "" if they play it well."""
    if not probe.has_video:
        return ""
    if probe.has_audio and probe.audio_codec not in BROWSERS_PLAY_SOUND:
        return f"{name(probe.audio_codec)} sound"
    if probe.pixels > MOST_PIXELS:
        return "video of this size well"
    return "video whose time does not start at zero well" if probe.starts_at > LATE else ""


def _bits(probe: Probe) -> str:
    return f"{probe.bits} bit" if probe.has_video and probe.bits > 8 else ""


def _chroma(probe: Probe) -> str:
    return probe.chroma if probe.has_video and probe.chroma != "4:2:0" else ""
