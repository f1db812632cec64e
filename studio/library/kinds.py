"""What a file is, told by its first bytes: neither its name nor what a server says of it is believed."""

HEAD = 512  # bytes that are enough to tell
STILL_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")  # of the same container as MP4
SOUND_BRANDS = (b"M4A ", b"M4B ")
PAGE = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script")

ENDINGS = {
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "video/x-matroska": ".mkv",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
}
# What may be shown on a page of ours. Everything else is only ever saved.
SHOWABLE = frozenset(ENDINGS) - {"video/quicktime", "video/x-matroska"}


def media_type(head: bytes) -> str | None:
    """The type of a film or a picture, of ENDINGS; None for all else."""
    if head[4:8] == b"ftyp":
        return _of_mp4_family(head[8:12])
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    return None


def _of_mp4_family(brand: bytes) -> str | None:
    if brand in STILL_BRANDS + SOUND_BRANDS:
        return None
    return "video/quicktime" if brand == b"qt  " else "video/mp4"


def shown_as(head: bytes) -> str | None:
    """The type under which a file may be shown to a browser; None where it may only be saved."""
    found = media_type(head)
    return found if found in SHOWABLE else None


def is_web_page(head: bytes) -> bool:
    """A page, where a clip should be: an error or a sign-in form that says 200."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith(PAGE) or (start.startswith(b"<?xml") and b"<html" in start)


def is_short_text(content: bytes) -> bool:
    """An error message, as JSON or plain words, where a clip should be."""
    if b"\0" in content:
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return b"<svg" not in content.lower()
