"""The page for failed CSRF checks: names the likely cause, and the setting to correct."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

USUAL_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Cause:
    """The reason for a failed check. ``opened`` is the origin that the browser shows, if it matters."""

    name: str
    opened: str = ""


def refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW. Needs neither database nor session."""
    context = {"cause": cause_of(request), "expected": settings.PUBLIC_URL}
    return render(None, "403_csrf.html", context, status=403)


def cause_of(request: HttpRequest) -> Cause:
    opened = _origin(request.headers.get("Origin", "")) or _origin(request.headers.get("Referer", ""))
    here = _origin(f"{request.scheme}://{request.get_host()}")
    if not opened or opened == here or opened in settings.CSRF_TRUSTED_ORIGINS:
        needs_https = settings.CSRF_COOKIE_SECURE and opened.startswith("http://")
        return Cause("needs https", opened) if needs_https else Cause("out of date")
    return Cause("unknown address", opened) if _is_our_page(request, opened) else Cause("another site")


def _is_our_page(request: HttpRequest, opened: str) -> bool:
    """Whether the form came from our own page, opened through a proxy under an origin that is not configured.

    Over https, Sec-Fetch-Site says so. The origin of another site must never be recommended as trusted.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    forwarded = request.headers.get("X-Forwarded-Host", "").rpartition(",")[2].strip()
    return urlsplit(opened).netloc in (request.get_host(), forwarded)


def _origin(address: str) -> str:
    """Scheme, host and port in the form of an Origin header; "" if the URL has no valid origin."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in USUAL_PORTS or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if port in (None, USUAL_PORTS[parts.scheme]) else f":{port}")
