"""Serves stored files from our own origin: with byte ranges for players, and never as a page of ours."""

import hashlib
import re
from pathlib import PurePosixPath

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from dashboard.media.byte_range import OutOfRange, byte_range
from dashboard.media.file_part import FilePart
from studio.jobs.visibility import links
from studio.jobs.visibility.media_access import Access, access
from studio.library.errors import StorageTrouble
from studio.library.kinds import ENDINGS, HEAD, shown_as

PLAYER_PART = 2 * 1024 * 1024  # bytes
NAME = re.compile(r"(?:clips|sandbox)(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+", re.ASCII)
DIGEST = re.compile(r"[0-9a-f]{64}")  # as studio.library.archive names a file
FOREVER = "private, max-age=31536000, immutable"
RUN_OUT = "This URL is invalid or has expired. Get the status of the job for a new one."
UNSAFE_IN_NAMES = re.compile(r"[^\w .,()+-]+")
NEVER_A_PAGE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@login_not_required
def media(request: HttpRequest, name: str) -> HttpResponseBase:
    """A file below ``clips/`` or ``sandbox/``; ``?download=`` saves it under that name. Supports Range requests.

    For members, and for anyone with a signed URL from ``studio.jobs.visibility.links``.
    """
    if links.opens(name, request.GET.get("until", ""), request.GET.get("signature", "")):
        response = _file(request, name, Access.OWN, whole=True)
        # The signed URL alone grants access, so other sites may embed the clip.
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response
    if not request.user.is_authenticated:
        return _to_a_stranger(request)
    may = access(request.user, name) if NAME.fullmatch(name) else Access.NONE
    if may == Access.NONE:
        raise Http404("No such file.")
    return _file(request, name, may, whole="download" in request.GET)


def _to_a_stranger(request: HttpRequest) -> HttpResponse:
    """Redirects browsers to sign-in. A script with a signed URL gets 403, or it would save that page as its clip."""
    if "signature" not in request.GET or "text/html" in request.headers.get("Accept", ""):
        response: HttpResponse = redirect_to_login(request.get_full_path())
    else:
        response = HttpResponse(RUN_OUT, status=403, content_type="text/plain; charset=utf-8")
    patch_cache_control(response, no_store=True)
    patch_vary_headers(response, ["Accept"])
    return response


@require_safe
def _file(request: HttpRequest, name: str, may: Access, *, whole: bool) -> HttpResponseBase:
    """With ``whole``, a range is sent in full, as a resumed download needs it. Players get a short part and request
    the next: a paused player then holds no connection, and a clip that was withdrawn stops playing.
    """
    try:
        file, etag = _open(name)
    except StorageTrouble as trouble:
        return HttpResponse(
            trouble.sentence, status=503, content_type="text/plain", headers={"Retry-After": "60"}
        )
    response = _whole_or_part(request, file, etag, 0 if whole else PLAYER_PART)
    response.headers["Accept-Ranges"] = "bytes"
    # Private files are revalidated each time: someone else may use this browser next.
    lasts = name.startswith("clips/") and may == Access.OPEN
    response.headers["Cache-Control"] = FOREVER if lasts else "private, no-cache"
    for header, value in NEVER_A_PAGE.items():
        response.headers[header] = value
    if response.status_code in (200, 206):
        _describe(response, file, name, request.GET.get("download", ""))
    if not response.streaming:
        file.close()
    return response


def _open(name: str) -> "tuple[File[bytes], str]":
    """The file and its ETag. Raises Http404 if there is none, or StorageTrouble."""
    try:
        changed = (
            "" if name.startswith("clips/") else str(default_storage.get_modified_time(name).timestamp())
        )
        file = default_storage.open(name)
        return file, _etag(name, file.size, changed)
    except OSError as error:
        raise Http404("No such file.") from error
    except Exception as error:  # remote storages raise their own errors
        raise StorageTrouble from error


def _etag(name: str, size: int, changed: str) -> str:
    """A strong ETag: for a clip its digest, which is its name; for other files a hash of name, size and time."""
    stem = PurePosixPath(name).stem
    if DIGEST.fullmatch(stem):
        return f'"{stem}"'
    return f'"{hashlib.sha256(f"{name}|{size}|{changed}".encode()).hexdigest()[:32]}"'


def _whole_or_part(request: HttpRequest, file: "File[bytes]", etag: str, most: int) -> HttpResponseBase:
    """``most``: the largest part in bytes, or 0 for no limit. RFC 9110 lets a 206 contain less than was requested."""
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        unchanged.headers["ETag"] = etag
        return unchanged
    try:
        wanted = byte_range(_range_asked(request, etag), file.size)
    except OutOfRange:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{file.size}", "ETag": etag})
    part = range(file.size) if wanted is None else wanted[: most or None]
    status = 200 if wanted is None else 206
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse(status=status)
    else:
        response = PartResponse(FilePart(file, part), status=status)
    response.headers["ETag"] = etag
    response.headers["Content-Length"] = str(len(part))
    if wanted is not None:
        response.headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{file.size}"
    return response


def _range_asked(request: HttpRequest, etag: str) -> str:
    """The Range header, or "" if it does not apply: not a GET, or If-Range names another version of the file."""
    if request.method != "GET" or request.headers.get("If-Range", etag) != etag:
        return ""
    return request.headers.get("Range", "")


class PartResponse(FileResponse):
    """A part of a file. The web server sends it itself if possible: see studio.front."""

    block_size = 64 * 1024

    def set_headers(self, filelike: object) -> None:
        """Does nothing: the view sets the headers."""


def _describe(response: HttpResponseBase, file: "File[bytes]", name: str, download: str) -> None:
    """Sets the type from the file's first bytes. Types that are not on our list are downloaded, never shown."""
    found = shown_as(_head(file))
    response.headers["Content-Type"] = found or "application/octet-stream"
    saved = _safe_name(download, found) if download else PurePosixPath(name).name
    if download or not found:
        response.headers["Content-Disposition"] = content_disposition_header(True, saved)


def _head(file: "File[bytes]") -> bytes:
    file.seek(0)
    head: bytes = file.read(HEAD)
    return head


def _safe_name(asked: str, content_type: str | None) -> str:
    """The requested file name without path characters, with the extension of its content type."""
    stem = UNSAFE_IN_NAMES.sub("-", asked).strip(" .-")[:120] or "clip"
    ending = ENDINGS.get(content_type or "", "")
    return stem if not ending or stem.lower().endswith(ending) else f"{stem}{ending}"
