"""The studio's history as it is kept here: every row once, nothing lost, nothing hidden by one bad row."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DataError, OperationalError
from django.utils import timezone

from studio.catalog.connections import default_connection
from studio.catalog.models import Connection
from studio.contract.answers import History, JobReport, Refund
from studio.contract.capability import Unreadable
from studio.credits.balance import latest
from studio.jobs.models import HistoryRecord
from studio.jobs.sync import history as mirroring
from studio.jobs.sync.history import mirror_history
from tests.factories import a_job, told

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def connection(db: None) -> Connection:
    return default_connection()


def a_report(job_id: str = "1", **fields: Any) -> JobReport:
    said = {"state": "completed", "prompt": "waves", "created_at": NOON, "raw": {"id": job_id}}
    return JobReport(job_id, **{**said, **fields})


def test_a_row_is_kept_as_it_was_read(connection: Connection) -> None:
    report = a_report(credits_charged=100, credits_refunded=40, result_urls=("https://a.example/x.mp4",))
    mirror_history(connection, History((report,)))
    row = HistoryRecord.objects.get()
    assert (row.upstream_id, row.state, row.prompt, row.made_at) == ("1", "completed", "waves", NOON)
    assert (row.charged, row.refunded, row.refund, row.raw) == (100, True, 40, {"id": "1"})
    assert row.result_urls == ["https://a.example/x.mp4"]


@pytest.mark.parametrize(
    ("refunded", "is_refunded", "amount"), [(None, False, None), (0, False, 0), (Refund.WHOLE, True, None)]
)
def test_a_refund_without_an_amount_is_the_whole_charge(
    connection: Connection, refunded: Any, is_refunded: bool, amount: int | None
) -> None:
    mirror_history(connection, History((a_report(credits_refunded=refunded),)))
    row = HistoryRecord.objects.get()
    assert (row.refunded, row.refund) == (is_refunded, amount)


def test_the_same_history_writes_nothing_and_a_change_one_row(connection: Connection) -> None:
    job = a_job("pending")
    mine, other = told(job, "pending", created_at=NOON), a_report("other")
    assert mirror_history(connection, History((mine, other))) == {job.pk}
    assert mirror_history(connection, History((mine, other))) == set()
    done = told(job, "completed", created_at=NOON)
    assert mirror_history(connection, History((done, other))) == {job.pk}
    assert HistoryRecord.objects.get(upstream_id=job.upstream_id).state == "completed"
    assert HistoryRecord.objects.count() == 2


def test_what_the_studio_no_longer_lists_stays(connection: Connection) -> None:
    mirror_history(connection, History((a_report("1"),)))
    mirror_history(connection, History((a_report("2"),)))
    assert HistoryRecord.objects.count() == 2


def test_a_row_without_a_time_keeps_the_one_of_its_first_reading(connection: Connection) -> None:
    mirror_history(connection, History((a_report(created_at=None, state="pending"),)))
    first = HistoryRecord.objects.get().made_at
    assert abs(first - timezone.now()) < timedelta(minutes=1)
    mirror_history(connection, History((a_report(created_at=None),)))
    assert HistoryRecord.objects.get().made_at == first


def test_a_row_is_linked_to_its_clip_as_soon_as_that_is_known(connection: Connection) -> None:
    mirror_history(connection, History((a_report("late"),)))
    job = a_job("pending")
    type(job).objects.filter(pk=job.pk).update(upstream_id="late")
    assert mirror_history(connection, History((a_report("late"),))) == {job.pk}
    assert HistoryRecord.objects.get().job == job


def test_an_unreadable_row_is_listed_once_with_its_reason(connection: Connection) -> None:
    bad = (Unreadable("", "It has no id.", {"a": 1}), Unreadable("9", "It has no state.", None))
    for _ in range(2):
        mirror_history(connection, History((a_report(),), bad))
    rows = HistoryRecord.objects.exclude(unreadable_reason="").order_by("pk")
    assert [(row.unreadable_reason, row.raw) for row in rows] == [
        ("It has no id.", {"a": 1}),
        ("It has no state.", {}),
    ]
    assert HistoryRecord.objects.count() == 3


def refuse_rows_with(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database rejects a row that holds "poison"."""
    write = mirroring._write

    def write_or_refuse(connection: Any, record: Any, upstream_id: str, job_id: Any, fields: Any) -> bool:
        if fields["raw"].get("id") == "poison":
            raise error
        return write(connection, record, upstream_id, job_id, fields)

    monkeypatch.setattr(mirroring, "_write", write_or_refuse)


def test_a_row_that_the_database_rejects_hides_no_other(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_rows_with(DataError("out of range"), monkeypatch)
    mirror_history(connection, History((a_report("poison"), a_report("2"))))
    reasons = dict(HistoryRecord.objects.values_list("upstream_id", "unreadable_reason"))
    assert reasons.keys() == {"poison", "2"}
    assert reasons["poison"]
    assert not reasons["2"]


def test_a_database_that_is_away_is_no_row_s_fault(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_rows_with(OperationalError("gone"), monkeypatch)
    with pytest.raises(OperationalError):
        mirror_history(connection, History((a_report("2"), a_report("poison"))))
    assert not HistoryRecord.objects.exists()


def test_the_balance_and_the_time_of_the_answer_are_kept(connection: Connection) -> None:
    mirror_history(connection, History((), credits_remaining=1_234, is_rounded=True), NOON)
    assert Connection.objects.get(pk=connection.pk).history_read_at == NOON == connection.history_read_at
    reading = latest(connection.pk)
    assert reading
    assert reading.credits == 1_234
    assert Connection.objects.get(pk=connection.pk).reports_fractions
