"""A fortnight at a studio: its readings with three differences, two of them classified, and what clips cost there."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from studio.catalog.models import Connection
from studio.catalog.refresh import mirror
from studio.contract.decode import decode_models
from studio.credits import learned
from studio.credits.balance import note_balance
from studio.credits.differences import classify
from studio.credits.learned import Key
from studio.credits.models import BalanceReading, Difference
from studio.jobs.models import HistoryRecord
from studio.jobs.money.balance_reconciliation import reconcile_balance
from studio.sandbox import catalogue
from studio.team.models import Member

READINGS, APART = 40, timedelta(hours=8)
HIDDEN = {9: 5_000, 22: -220, 37: -37}  # by the number of the reading: what nothing explains
CHARGES = {  # by model, quality, duration: the estimate, and what was charged
    ("veo31_fast", "", 8): (100, [100] * 34),
    ("kling_3_0", "pro", 10): (270, [270, 270, 290, 290, 290, 310, 290, 290, 280, 330]),
    ("kling_3_0", "std", 5): (100, [100, 100, 100, 110, 100, 100]),
    ("hailuo_2_3_pro", "", 6): (90, [90, 86]),
}


def make_readings(connection: Connection) -> None:
    """In place of those that were made up for the clips of the other scenes."""
    BalanceReading.objects.all().delete()
    told_at, credits = timezone.now() - READINGS * APART, 9_400
    for number in range(READINGS):
        told_at += APART
        credits += HIDDEN.get(number, 0) - (cost := 60 + number % 3 * 40)
        HistoryRecord.objects.create(
            connection=connection,
            upstream_id=f"elsewhere-{number}",
            raw={"job_id": f"elsewhere-{number}", "status": "completed"},
            state="completed",
            model_slug="kling_3_0",
            charged=cost,
            made_at=told_at - timedelta(hours=2),
            seen_at=told_at - timedelta(hours=1),
        )
        for minutes in (0, 3):
            note_balance(connection.pk, credits, told_at + timedelta(minutes=minutes))
    reconcile_balance(connection)
    _classify(connection)


def _classify(connection: Connection) -> None:
    admin = Member.objects.filter(role="admin").first()
    top_up, elsewhere, _ = Difference.objects.filter(connection=connection).order_by("pk")
    classify(top_up, "top-up", admin, "Invoice of November")
    classify(elsewhere, "unknown", admin)
    classify(elsewhere, "elsewhere", admin, "The agency tried two clips on the studio’s own site")


def make_prices(connection: Connection) -> None:
    mirror(connection, decode_models(catalogue.answer()))
    for number, (key, charged, estimate) in enumerate(_charges(connection)):
        at = timezone.now() - timedelta(hours=number * 9)
        learned.keep(key, 1_000_000 + number, at, charged, estimate)


def _charges(connection: Connection) -> Iterator[tuple[Key, int, int]]:
    for (model, quality, duration), (estimate, charges) in CHARGES.items():
        for charged in charges:
            yield Key(connection.pk, model, quality, duration), charged, estimate
