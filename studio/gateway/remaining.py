"""What a script can still spend, as generate and history tell it."""

from dataclasses import replace

from django.utils import timezone

from studio.catalog.connections import default_connection
from studio.credits.budgets import Standing, standing, standings
from studio.credits.ledger import Account
from studio.credits.models import Budget
from studio.gateway.call import Caller
from studio.jobs.allowance import project_of
from studio.jobs.available import available_credits
from studio.jobs.models import Job
from studio.jobs.moving import account_of


def remaining_beside(job: Job) -> int | None:
    """Credits: the least of the studio's balance and of every hard budget that limits clips like ``job``.

    None where nobody knows.
    """
    today = replace(account_of(job), day=timezone.localdate())
    return _least(standings(today), available_credits(job.connection))


def remaining(caller: Caller) -> int | None:
    """As above, whatever the model: an installation that asks us for clips goes on as soon as this covers what it
    holds back, so it must never be more than a request finds.
    """
    connection = default_connection()
    account = Account(
        reference="",
        connection_id=connection.pk,
        day=timezone.localdate(),
        person_id=caller.member.pk,
        project_id=project_of(caller.token).pk,
        token_id=caller.token.pk,
    )
    of_families = Budget.objects.running().filter(scope=Budget.Scope.FAMILY, from_day__lte=account.day)
    found = [*standings(account), *(standing(budget, day=account.day) for budget in of_families)]
    return _least(found, available_credits(connection))


def _least(budgets: list[Standing], balance: int | None) -> int | None:
    left = [one.left for one in budgets if one.budget.is_hard]
    figures = [*left, *([] if balance is None else [balance])]
    return max(0, min(figures)) if figures else None
