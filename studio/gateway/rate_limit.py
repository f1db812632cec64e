"""How often a token may call: at most so many times in any 60 seconds, counted in the database, since several
processes answer."""

from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from studio.gateway.answers import Problem
from studio.gateway.models import Call
from studio.tokens.models import Scope, Token

WINDOW = timedelta(seconds=60)


def most(scope: Scope) -> int:
    return settings.API_READS_PER_MINUTE if scope == Scope.READ else settings.API_CLIPS_PER_MINUTE


def count(token: Token, scope: Scope) -> None:
    """Raises Problem (429) for the call that is one too many: it is not counted."""
    wait = _counted_or_wait(token, scope, most(scope))
    if wait:
        raise Problem(
            429,
            f"This token called more than {most(scope):,} times within a minute. Try again in {wait} s.",
            headers={"Retry-After": str(wait)},
        )


@transaction.atomic
def _counted_or_wait(token: Token, scope: Scope, limit: int) -> int:
    """0 for a call that is counted, else the seconds until one will be. Calls of a token take turns here."""
    Token.objects.select_for_update(no_key=True).get(pk=token.pk)
    now = timezone.now()
    calls = Call.objects.filter(token=token, scope=scope)
    _forget(calls, now)
    # Of the last calls, as many as are allowed: the oldest of them has to leave the window first.
    times = calls.filter(at__gt=now - WINDOW).order_by("-at").values_list("at", flat=True)
    oldest = next(iter(times[limit - 1 : limit]), None)
    if oldest is not None:
        return max(1, ceil((oldest + WINDOW - now).total_seconds()))
    Call.objects.create(token=token, scope=scope, at=now)
    return 0


def _forget(calls: QuerySet[Call], now: datetime) -> None:
    """Calls that left the window, and those of a clock that has been put back since."""
    calls.filter(Q(at__lte=now - WINDOW) | Q(at__gt=now + WINDOW)).delete()
