"""The type of a page request, with the signed-in member and the htmx details."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from studio.team.models import Member


class MemberRequest(HttpRequest):
    """A request by a signed-in member, which the middleware guarantees. For annotations only."""

    user: Member
    htmx: HtmxDetails
