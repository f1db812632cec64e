"""What a script can still spend, as generate and history tell it."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils import timezone

from studio.catalog.connections import default_connection
from studio.catalog.models import Connection
from studio.credits.budgets import BudgetStatus, budget_status, budget_statuses
from studio.credits.ledger import Account
from studio.credits.models import Budget
from studio.gateway.call import Caller
from studio.jobs.lifecycle.moving import account_of
from studio.jobs.models import Job
from studio.jobs.money.available import available_credits
from studio.jobs.money.token_budgets import project_of


def remaining_beside(job: Job) -> int | None:
    """Credits: the least of the studio's balance and of every hard budget that limits clips like ``job``.

    None where nobody knows.
    """
    today = replace(account_of(job), day=timezone.localdate())
    return _least(budget_statuses(today), job.connection)


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
    found = [*budget_statuses(account), *(budget_status(budget, day=account.day) for budget in of_families)]
    return _least(found, connection)


def least_of(budgets: Iterable[BudgetStatus], balance: int | None) -> int | None:
    """The least of the balance and of the hard ones of ``budgets``; None where none of them is known."""
    left = [one.left for one in budgets if one.budget.is_hard]
    return min([*left, *([] if balance is None else [balance])], default=None)


def _least(budgets: Iterable[BudgetStatus], connection: Connection) -> int | None:
    least = least_of(budgets, available_credits(connection))
    return None if least is None else max(0, least)
