"""Target 5: any credit report at 1,000,000 entries costs at most twice the same at 1,000.

One database, filled twice: the reports of the small ledger are taken first. Those of few entries are of the same
three years, so that both draw as many bars and lines.
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import median

from django.conf import settings
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from studio.credits.models import DayTotal, Entry, MonthTotal
from studio.team.models import Member
from studio.worker.supervision.preparation import prepare
from tests.bench.figures import Figure
from tests.bench.spending import spend
from tests.factories import a_member

FEW, SOME, MANY = 1_000, 100_000, 1_000_000
ROUNDS = 9
MOST_MS = 200  # of a report over SOME


def measure() -> Iterator[Figure]:
    prepare()
    settings.ALLOWED_HOSTS.append("testserver")
    few, some, many = (_taken(entries) for entries in (FEW, SOME, MANY))
    for name, address in _addresses().items():
        ours, theirs = many[address], few[address]
        detail = f"{ours:.0f} ms against {theirs:.0f} ms of CPU"
        yield Figure("5", f"{name}: {MANY:,} entries against {FEW:,}", ours / theirs, 2, detail=detail)
    slowest = max(some.values())
    yield Figure("5", f"slowest report over {SOME:,} entries, CPU", slowest, MOST_MS, unit="ms")


def _addresses() -> dict[str, str]:
    """Full pages of a report, or of the ledger; each of them at its length whatever the ledger's."""
    today = timezone.localdate()
    years = f"from={today - timedelta(days=1_000)}&until={today - timedelta(days=1)}"
    person = Member.objects.get(email="person3@example.com").pk
    token = Member.objects.get(email="person4@example.com").tokens.latest("pk").pk
    return {
        "report of this month": "/credits/?period=this-month",
        "report of 30 days": "/credits/?period=last-30-days",
        "report of a quarter": f"/credits/?from={today - timedelta(days=91)}&until={today}",
        "report of this year": "/credits/?period=this-year",
        "report of years": f"/credits/?{years}",
        "report of a person's years": f"/credits/?{years}&person={person}",
        "report of a token's years": f"/credits/?{years}&token={token}",
        "ledger of years": f"/credits/ledger/?{years}",
        "ledger of a token's years": f"/credits/ledger/?{years}&token={token}",
    }


def _taken(entries: int) -> dict[str, float]:
    """Milliseconds of CPU for each address, the median of some rounds."""
    for table in (DayTotal, MonthTotal, Entry):
        with database.cursor() as cursor:
            cursor.execute(f'DELETE FROM "{table._meta.db_table}"')
    spend(entries)
    client = Client()
    client.force_login(a_member())
    return {address: _milliseconds(client, address) for address in _addresses().values()}


def _milliseconds(client: Client, address: str) -> float:
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        assert client.get(address).status_code == 200
        rounds.append(time.process_time() - start)
    return median(rounds[1:]) * 1_000
