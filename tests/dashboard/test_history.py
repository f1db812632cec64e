"""The mirror of the studio's history: ours, made elsewhere, and not understood."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.history.views import PAGE
from studio.catalog.connections import default_connection
from studio.catalog.models import Connection
from studio.contract.answers import History, JobReport
from studio.contract.capability import Unreadable
from studio.jobs.models import HistoryRecord
from studio.jobs.sync.history import mirror_history
from studio.team.models import Member
from tests.factories import a_job
from tests.must import must

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def page_of(client: Client, query: str = "", **headers: str) -> str:
    response = client.get(f"/history/{query}", headers=headers or None)
    assert response.status_code == 200
    return response.content.decode()


def report(job_id: str, **said: Any) -> JobReport:
    facts: dict[str, Any] = {
        "state": "completed",
        "prompt": f"prompt of {job_id}",
        "created_at": NOON,
        "raw": {"id": job_id},
    }
    return JobReport(job_id=job_id, **{**facts, **said})


def test_before_anything_was_read_the_page_says_so(as_member: Client) -> None:
    assert "Loading the history" in page_of(as_member)
    default_connection()
    assert "Loading the history" in page_of(as_member)


def test_an_empty_history_that_was_read_is_told_with_its_age(as_member: Client) -> None:
    mirror_history(default_connection(), History())
    page = page_of(as_member)
    assert "No clips at this studio yet" in page
    assert ", updated <time" in page


def test_ours_lead_to_the_job_and_others_are_marked(member: Member, as_member: Client) -> None:
    job = a_job("processing", owner=member)
    mirror_history(job.connection, History(jobs=(report(must(job.upstream_id)), report("from-elsewhere"))))
    page = page_of(as_member)
    assert f'href="/jobs/{job.pk}/"' in page
    assert page.count("Made elsewhere") == 1
    assert "prompt of from-elsewhere" in page
    assert "&quot;id&quot;: &quot;from-elsewhere&quot;" in page


def test_what_could_not_be_read_is_listed_with_its_reason(as_member: Client) -> None:
    bad = Unreadable("odd", "The record has no id.", {"what": 1})
    mirror_history(default_connection(), History(jobs=(report("good"),), unreadable=(bad,)))
    page = page_of(as_member)
    assert "Could not be read" in page
    assert "The record has no id." in page
    assert "prompt of good" in page


def test_a_word_that_is_not_ours_is_shown(as_member: Client) -> None:
    mirror_history(default_connection(), History(jobs=(report("a", state=None, state_word="dreaming"),)))
    assert "“dreaming”" in page_of(as_member)


def test_paging_goes_by_time_and_id_and_loses_none(as_member: Client) -> None:
    """Half of the records share one moment: the id decides."""
    connection = default_connection()
    for number in range(PAGE + 7):
        HistoryRecord.objects.create(
            connection=connection,
            upstream_id=f"job-{number:03}",
            raw={},
            prompt=f"clip {number:03}",
            made_at=NOON + timedelta(minutes=number % 2 * number),
        )
    expected = list(HistoryRecord.objects.order_by("-made_at", "-id").values_list("pk", flat=True))
    first = page_of(as_member)
    older = f"?studio={connection.pk}&before={expected[PAGE - 1]}"
    assert older.replace("&", "&amp;") in first
    rest = page_of(as_member, older, **{"HX-Request": "true", "HX-Target": "li#older"})
    assert rest.startswith("<li")
    assert [shown in first for shown in _ids(expected)] == [True] * PAGE + [False] * 7
    assert [shown in rest for shown in _ids(expected)] == [False] * PAGE + [True] * 7
    assert 'id="older"' not in rest


def _ids(records: list[int]) -> list[str]:
    return [f'id="record-{pk}"' for pk in records]


def test_each_studio_has_its_own_history(as_member: Client) -> None:
    first = default_connection()
    other = Connection.objects.create(name="Old studio", kind="http", base_url="https://old.example")
    mirror_history(first, History(jobs=(report("here"),)))
    mirror_history(other, History(jobs=(report("there"),)))
    assert "prompt of there" not in page_of(as_member)
    page = page_of(as_member, f"?studio={other.pk}")
    assert "prompt of there" in page
    assert "prompt of here" not in page


@pytest.mark.parametrize("query", ["?before=x", "?before=999", "?before=" + "9" * 40])
def test_a_page_that_is_not_there_shows_the_newest_and_says_so(query: str, as_member: Client) -> None:
    mirror_history(default_connection(), History(jobs=(report("here"),)))
    page = page_of(as_member, query)
    assert "This page does not exist" in page
    assert "prompt of here" in page


def test_an_unknown_studio_is_the_default_one(as_member: Client) -> None:
    mirror_history(default_connection(), History(jobs=(report("here"),)))
    assert "prompt of here" in page_of(as_member, "?studio=x")


def test_more_records_cost_no_more_queries(
    member: Member, as_member: Client, django_assert_max_num_queries
) -> None:
    jobs = [a_job("pending", owner=member) for _ in range(4)]
    mirror_history(jobs[0].connection, History(jobs=(report(must(jobs[0].upstream_id)),)))
    with django_assert_max_num_queries(20) as few:
        page_of(as_member)
    mirror_history(jobs[0].connection, History(jobs=tuple(report(must(job.upstream_id)) for job in jobs)))
    with django_assert_max_num_queries(len(few)):
        page_of(as_member)


def test_reading_the_history_notes_when(as_member: Client) -> None:
    connection = default_connection()
    assert connection.history_read_at is None
    before = timezone.now()
    mirror_history(connection, History())
    connection.refresh_from_db()
    assert must(connection.history_read_at) >= before


def test_the_page_is_read_only_and_for_members(client: Client, as_member: Client) -> None:
    assert as_member.post("/history/").status_code == 405
    assert client.get("/history/").status_code == 302


def test_an_empty_record_is_listed_and_an_endless_one_is_cut(as_member: Client) -> None:
    empty = Unreadable("", "This is not a job: “”.", None)
    endless = report("endless", raw={"id": "endless", "pad": "x" * 5_000_000})
    mirror_history(default_connection(), History(jobs=(endless,), unreadable=(empty,)))
    page = page_of(as_member)
    assert "This is not a job: “”." in page
    assert "characters in all" in page
    assert len(page) < 60_000
