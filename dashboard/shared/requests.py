"""The type of a request for a page: who signed in, and what htmx says of it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from studio.team.models import Member


class MemberRequest(HttpRequest):
    """Of a page that needs a sign-in: the middleware lets nobody else in. For annotations only."""

    user: Member
    htmx: HtmxDetails
