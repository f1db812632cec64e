"""Adds the origin of a request to the audit entries that it writes."""

from collections.abc import Callable

from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse

from dashboard.shared.browsers import browser_words
from studio.audit.origin import Origin, coming_from

type GetResponse = Callable[[HttpRequest], HttpResponse]


def from_where(get_response: GetResponse) -> GetResponse:
    def answered(request: HttpRequest) -> HttpResponse:
        with coming_from(lambda: origin_of(request)):
            return get_response(request)

    return answered


def origin_of(request: HttpRequest) -> Origin:
    return Origin(address_of(request), browser_words(request.headers.get("User-Agent", "")))


def address_of(request: HttpRequest) -> str:
    """The client's IP address, behind the trusted proxies; "" if unknown."""
    try:
        return get_adapter(request).get_client_ip(request)
    except (ImproperlyConfigured, PermissionDenied):
        return ""
