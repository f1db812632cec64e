"""Reports over a long ledger: the totals answer, whichever database holds them."""

import time

import pytest
from django.test import Client
from django.utils import timezone

from studio.credits.models import Entry
from studio.credits.reports import Filter, report
from tests.bench.spending import spend

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_hundred_thousand_entries_are_reported_in_less_than_200_ms(as_member: Client) -> None:
    spend(100_000)
    assert Entry.objects.count() > 99_000
    today = timezone.localdate()
    years = f"from={today.replace(year=today.year - 2, day=1)}&until={today}"
    for path in ("/credits/?period=last-30-days", f"/credits/?{years}", f"/credits/ledger/?{years}"):
        as_member.get(path)
        start = time.process_time()
        assert as_member.get(path).status_code == 200
        assert time.process_time() - start < 0.2, path
    spent = sum(entry.amount for entry in Entry.objects.filter(kind="charge"))
    spent -= sum(entry.amount for entry in Entry.objects.filter(kind="refund"))
    assert report(Filter(Entry.objects.earliest("day").day, today)).whole.spent == spent
