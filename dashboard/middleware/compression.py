"""Pages and answers travel compressed; clips and pictures, which are compressed already, as they are."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressText(GZipMiddleware):
    """Django's own, with its random padding against guessing secrets by length; text only, so that the byte
    ranges of a clip stay what they say."""

    KINDS = ("text/", "application/json")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.get("Content-Type", "").startswith(self.KINDS):
            return response
        return super().process_response(request, response)
