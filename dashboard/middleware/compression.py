"""Compresses text responses. Clips and pictures are compressed already."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressText(GZipMiddleware):
    """Django's gzip middleware, with its random padding against BREACH, for text only: compression would break the byte
    ranges of clips."""

    KINDS = ("text/", "application/json")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.get("Content-Type", "").startswith(self.KINDS):
            return response
        return super().process_response(request, response)
