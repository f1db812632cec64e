"""How often a token may call: so many in a minute, counted in the database, since several processes answer."""

import time

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from studio.gateway.answers import Problem
from studio.gateway.models import Calls
from studio.tokens.models import Scope, Token

MINUTE = 60


def most(scope: Scope) -> int:
    return settings.API_READS_PER_MINUTE if scope == Scope.READ else settings.API_CLIPS_PER_MINUTE


def count(token: Token, scope: Scope) -> None:
    """Raises Problem (429) for the call that is one too many: it is not counted."""
    now = int(time.time())
    this_minute, limit = now // MINUTE, most(scope)
    row = Calls.objects.filter(token=token, scope=scope)
    if row.filter(minute=this_minute, count__lt=limit).update(count=F("count") + 1):
        return
    if row.exclude(minute=this_minute).update(minute=this_minute, count=1):
        return
    if _begun(token, scope, this_minute):
        return
    if row.filter(minute=this_minute, count__lt=limit).update(count=F("count") + 1):
        return  # the first row was written by another process meanwhile
    wait = MINUTE - now % MINUTE
    raise Problem(
        429,
        f"This token called more than {limit:,} times within a minute. Try again in {wait} s.",
        headers={"Retry-After": str(wait)},
    )


def _begun(token: Token, scope: Scope, minute: int) -> bool:
    """The first call ever of its kind."""
    try:
        with transaction.atomic():
            Calls.objects.create(token=token, scope=scope, minute=minute, count=1)
    except IntegrityError:
        return False
    return True
