"""Detects what a file is by its first bytes. Its name and the server's content type are not trusted."""

HEAD = 512  # bytes that are needed
MOST_TEXT = 64 * 1024  # bytes; a text up to this size, instead of a clip, is an error message
STILL_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")  # images in the same container as MP4
SOUND_BRANDS = (b"M4A ", b"M4B ")
PAGE = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script")
PLAYLIST = (b"#extm3u", b"<mpd", b"ffconcat version", b"[playlist]")
MP4_BOXES = (b"styp", b"moof", b"sidx")
QUICKTIME_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")  # for files without "ftyp"

ENDINGS = {
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "video/x-matroska": ".mkv",
    "video/x-msvideo": ".avi",
    "video/mp2t": ".ts",
    "video/mpeg": ".mpg",
    "video/x-flv": ".flv",
    "video/x-ms-wmv": ".wmv",
    "video/mxf": ".mxf",
    "video/ogg": ".ogg",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/aac": ".aac",
    "audio/wav": ".wav",
    "audio/flac": ".flac",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
}
# Types that our pages may show. Everything else can only be downloaded.
SHOWABLE = frozenset(
    {"video/mp4", "video/webm", "video/ogg", "image/jpeg", "image/png", "image/webp", "image/gif"}
    | {name for name in ENDINGS if name.startswith("audio/")}
)
OTHER = "application/octet-stream"

STARTS = (  # first bytes, and the type
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"FLV\x01", "video/x-flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-wmv"),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01", "video/mxf"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x00\x00\x01\xb3", "video/mpeg"),
    (b"OggS\x00", "video/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
)
RIFF = {b"WEBP": "image/webp", b"AVI ": "video/x-msvideo", b"WAVE": "audio/wav"}
NAMES = (  # files that are neither video, audio nor an image that we read
    (b"PK\x03\x04", "ZIP archive"),
    (b"\x1f\x8b", "gzip archive"),
    (b"%PDF-", "PDF document"),
    (b"8BPS", "Photoshop picture"),
    (b"II*\x00", "TIFF picture"),
    (b"MM\x00*", "TIFF picture"),
    (b"v/1\x01", "OpenEXR picture"),
    (b"BM", "BMP picture"),
    (b"glTF", "3D model"),
    (b"WEBVTT", "subtitles"),
)


def media_type(head: bytes) -> str | None:
    """The type of a video, audio or image file, one of ENDINGS; None for anything else."""
    if head[4:8] == b"ftyp":
        return _of_mp4_family(head[8:12])
    if head[4:8] in MP4_BOXES:
        return "video/mp4"
    if head[4:8] in QUICKTIME_BOXES and head[0] < 0x20:  # a length, not a letter
        return "video/quicktime"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if head.startswith(b"RIFF"):
        return RIFF.get(head[8:12])
    if head[0:1] == head[188:189] == head[376:377] == b"G":
        return "video/mp2t"
    return next((kind for start, kind in STARTS if head.startswith(start)), None)


def _of_mp4_family(brand: bytes) -> str | None:
    if brand in STILL_BRANDS:
        return None
    if brand in SOUND_BRANDS:
        return "audio/mp4"
    return "video/quicktime" if brand == b"qt  " else "video/mp4"


def shown_as(head: bytes) -> str | None:
    """The type with which a file may be shown in a browser; None if it can only be downloaded."""
    found = media_type(head)
    return found if found in SHOWABLE else None


def name_of(head: bytes) -> str:
    """A name for a file of another kind, for people; "" if unknown."""
    if head[4:8] == b"ftyp":
        return "AVIF picture" if head[8:12] in (b"avif", b"avis") else "HEIC picture"
    if b"<svg" in head.lower():
        return "SVG drawing"
    return next((name for start, name in NAMES if head.startswith(start)), "")


def is_web_page(head: bytes) -> bool:
    """True for a web page instead of a clip: an error or a sign-in form with status 200."""
    start = _start(head)
    return start.startswith(PAGE) or (start.startswith(b"<?xml") and b"<html" in start)


def is_playlist(head: bytes) -> bool:
    """True for a playlist (HLS, DASH) instead of the film: a list of the addresses of its parts."""
    start = _start(head)
    return start.startswith(PLAYLIST) or (start.startswith(b"<?xml") and b"<mpd" in start)


def is_text(content: bytes) -> bool:
    """True for an error message, as JSON or plain text, instead of a clip. False for drawings and subtitles."""
    if b"\0" in content or b"<svg" in content.lower() or _start(content).startswith(b"webvtt"):
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _start(head: bytes) -> bytes:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
