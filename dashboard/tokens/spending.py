"""What tokens spent, and whether they can still make clips."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import F, Sum
from django.urls import reverse
from django.utils import timezone

from studio.credits.budgets import BudgetStatus
from studio.credits.models import MonthTotal
from studio.jobs.money.token_budgets import budget_status_of, stranded
from studio.tokens.models import Scope, Token

COST = Sum(F("charged") - F("refunded"))


@dataclass(frozen=True, slots=True)
class Line:
    """A token in a list. ``spent`` is in credits, for clips requested since the first of the month."""

    token: Token
    spent: int
    status: BudgetStatus | None  # of its own budget
    is_stranded: bool = False  # itsowner can no longer create clips in its project

    @property
    def spends(self) -> bool:
        return self.token.may(Scope.GENERATE)

    @property
    def report_url(self) -> str:
        return f"{reverse('dashboard:credits')}?{urlencode({'token': self.token.pk})}"


def lines_of(tokens: Iterable[Token]) -> list[Line]:
    tokens = list(tokens)
    spent, statuses, lost = _this_month(tokens), budget_status_of(tokens), stranded(tokens)
    return [Line(token, spent.get(token.pk, 0), statuses.get(token.pk), token.pk in lost) for token in tokens]


def _this_month(tokens: Iterable[Token]) -> dict[int, int]:
    month = timezone.localdate().replace(day=1)
    totals = MonthTotal.objects.filter(day=month, token_id__in=[token.pk for token in tokens])
    return dict(totals.order_by().values_list("token_id").annotate(cost=COST))
