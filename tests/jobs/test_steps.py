"""The worker's steps against an upstream on a real socket, honest and faulty."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from studio.catalog.models import Connection, StudioModel
from studio.contract.answers import History, JobReport
from studio.contract.errors import NotSent
from studio.credits.balance import latest, note_balance
from studio.credits.models import Entry
from studio.jobs.dispatch import sending
from studio.jobs.dispatch.hourly_quota import hourly_quota
from studio.jobs.lifecycle import machine
from studio.jobs.matching.lost_requests import HISTORY_ROWS
from studio.jobs.models import Attempt, HistoryRecord, Job, Submission
from studio.jobs.money.available import available_credits
from studio.jobs.submit import Intent, submit
from studio.jobs.sync import watching
from studio.jobs.sync.history import mirror_history
from tests.factories import a_member, a_request
from tests.must import must
from tests.upstream.server import FakeStudio

pytestmark = pytest.mark.django_db


def ask(connection: Connection, variations: int = 1, **changes) -> list[Job]:
    model = StudioModel.objects.get(connection=connection, slug="veo31_fast")
    return submit(Intent(a_member(), model, a_request(**changes), uuid4(), variations))


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def look_again(connection: Connection) -> int:
    """Poll as if the pause since the last look were over."""
    Job.objects.update(polled_at=None)
    Connection.objects.update(history_tried_at=None)
    return watching.poll(connection)


def test_a_clip_goes_from_the_queue_to_ready_and_is_paid_once(connection, video_studio: FakeStudio):
    (job,) = ask(connection)
    assert sending.send_next(connection)
    states = [fresh(job).state]
    while fresh(job).state != "completed":
        assert look_again(connection)
        states.append(fresh(job).state)
    assert list(dict.fromkeys(states)) == ["pending", "processing", "completed"]
    assert video_studio.paid_posts == 1
    assert must(latest(connection.pk)).credits == video_studio.account.credits == 1_900
    assert list(Entry.objects.values_list("kind", flat=True).order_by("pk")) == ["hold", "release", "charge"]


def test_with_nothing_queued_nothing_is_sent(connection, video_studio: FakeStudio):
    assert not sending.send_next(connection)
    assert video_studio.calls("POST") == []


def test_the_body_holds_only_what_the_model_takes(connection, video_studio: FakeStudio):
    ask(connection)
    sending.send_next(connection)
    assert video_studio.calls("POST")[0].body == {
        "model_slug": "veo31_fast",
        "prompt": "a lighthouse at dawn",
        "aspect_ratio": "16:9",
        "duration_seconds": 8,
    }


@pytest.mark.parametrize(
    "fault",
    [
        *("accept-then-reset", "html-200", "half-body", "500", "500-accepted", "no-ids"),
        *("303", "408", "409", "425", "page:400", "page:401", "page:403", "page:404", "page:502"),
    ],
)
def test_a_lost_answer_is_unknown_and_never_sent_again(connection, video_studio: FakeStudio, fault):
    (job,) = ask(connection)
    video_studio.fault(fault)
    sending.send_next(connection)
    assert fresh(job).state == "unknown"
    assert fresh(job).error
    assert not sending.send_next(connection)
    assert len(video_studio.calls("POST")) == 1
    assert Entry.objects.get().kind == "hold"


def test_a_refused_connection_leaves_the_request_in_the_queue(connection, video_studio: FakeStudio):
    (job,) = ask(connection)
    video_studio.close()
    sending.send_next(connection)
    job, connection = fresh(job), fresh(connection)
    assert (job.state, connection.state) == ("queued", "unreachable")
    assert job.error
    assert not sending.send_next(connection)  # not before its pause is over


def test_a_rate_limit_waits_and_then_sends_once(connection, video_studio: FakeStudio):
    (job,) = ask(connection)
    video_studio.fault("429:120")
    sending.send_next(connection)
    assert fresh(job).state == "queued"
    assert not sending.send_next(fresh(connection))
    Connection.objects.update(send_after=None)
    Submission.objects.update(send_after=None)
    assert sending.send_next(fresh(connection))
    assert (fresh(job).state, video_studio.paid_posts) == ("pending", 1)


def test_a_400_is_shown_in_the_studios_words_at_its_field(connection, video_studio: FakeStudio):
    (job,) = ask(connection)
    for model in video_studio.account.models:
        model["durations"] = [5]  # the studio changed its mind after we read its models
    sending.send_next(connection)
    job = fresh(job)
    assert (job.state, job.error_field) == ("rejected", "duration_seconds")
    assert "uration" in job.error


def test_insufficient_credits_wait_until_the_balance_has_risen(connection, video_studio: FakeStudio):
    video_studio.account.credits = 94
    (job,) = ask(connection)
    sending.send_next(connection)
    assert fresh(job).error == "Insufficient credits: 100 required, 94 available."
    sending.release_blocked(connection)
    assert fresh(job).state == "blocked"
    video_studio.account.credits = 300
    note_balance(connection.pk, 300)
    sending.release_blocked(connection)
    assert sending.send_next(connection)
    assert (fresh(job).state, video_studio.paid_posts) == ("pending", 1)


def test_a_top_up_that_covers_one_of_two_is_tried_for_one(connection, video_studio: FakeStudio):
    video_studio.account.credits = 94
    first, second = ask(connection, variations=2)
    sending.send_next(connection)
    Job.objects.filter(pk=second.pk).update(estimate=90)  # we think that it is cheaper: it is tried, too
    sending.send_next(connection)
    assert [fresh(job).state for job in (first, second)] == ["blocked", "blocked"]
    video_studio.account.credits = 150
    note_balance(connection.pk, 150)
    assert sending.release_blocked(connection) == 1
    while sending.send_next(connection):
        pass
    assert [fresh(job).state for job in (first, second)] == ["pending", "blocked"]
    assert len(video_studio.calls("POST")) == 3


def test_the_trailing_hours_budget_is_kept(connection, video_studio: FakeStudio):
    Connection.objects.update(posts_per_hour=3)
    connection.refresh_from_db()
    ask(connection, variations=4)
    while sending.send_next(connection):
        pass
    assert video_studio.paid_posts == 3
    Attempt.objects.update(at=timezone.now() - timedelta(hours=2))
    assert sending.send_next(connection)


def test_an_expired_lease_becomes_unknown_not_another_post(connection, video_studio: FakeStudio):
    (job,) = ask(connection)
    machine.claim(job.submission, timedelta(seconds=-1))
    assert sending.reap() == 1
    assert fresh(job).state == "unknown"
    assert not sending.send_next(connection)
    assert video_studio.calls("POST") == []


def test_twenty_running_jobs_take_one_history_call_a_look(connection, video_studio: FakeStudio):
    Connection.objects.update(posts_per_hour=100)
    connection.refresh_from_db()
    for _ in range(5):
        ask(connection, variations=4)
    while sending.send_next(connection):
        pass
    before = len(video_studio.calls("GET"))
    look_again(connection)
    asked = video_studio.calls("GET")[before:]
    assert [call.path.rsplit("/", 2)[1] for call in asked] == ["history"]


def test_one_look_serves_all_running_jobs_whenever_each_was_due(connection, video_studio: FakeStudio):
    first, second = ask(connection, variations=2)
    while sending.send_next(connection):
        pass
    long_ago = timezone.now() - timedelta(hours=1)
    Job.objects.filter(pk=first.pk).update(polled_at=long_ago)
    Job.objects.filter(pk=second.pk).update(polled_at=timezone.now())
    assert watching.poll(connection) == 2
    assert watching.poll(connection) == 0
    assert len(video_studio.calls("GET", "/history/")) == 1


def test_a_job_that_the_history_does_not_show_is_asked_for_alone(connection, video_studio: FakeStudio):
    Connection.objects.update(posts_per_hour=200)
    connection.refresh_from_db()
    (job,) = ask(connection)
    sending.send_next(connection)
    for number in range(HISTORY_ROWS):
        video_studio.account.made_elsewhere(prompt=f"another {number}")
    assert look_again(connection) == 1
    assert len(video_studio.calls("GET", f"/status/{fresh(job).upstream_id}/")) == 1


def test_a_job_is_not_looked_at_again_before_its_pause_is_over(connection):
    ask(connection)
    sending.send_next(connection)
    assert watching.poll(connection) == 1
    assert watching.poll(connection) == 0


def test_an_upstream_that_is_down_ends_no_job(connection, video_studio: FakeStudio):
    (job,) = ask(connection)
    sending.send_next(connection)
    video_studio.fault("500", times=5, on="GET /api/")
    look_again(connection)
    assert (fresh(job).state, fresh(connection).state) == ("pending", "unreachable")
    look_again(connection)
    assert fresh(connection).state == "working"


def test_clips_made_elsewhere_stand_in_the_history_without_a_job(connection, video_studio: FakeStudio):
    (job,) = ask(connection)
    sending.send_next(connection)
    video_studio.account.made_elsewhere(prompt="made on the studio's own site")
    watching.read_history(connection)
    records = {record.prompt: record.job_id for record in HistoryRecord.objects.all()}
    assert records == {"a lighthouse at dawn": job.pk, "made on the studio's own site": None}
    watching.read_history(connection)
    assert HistoryRecord.objects.count() == 2


def test_what_can_be_spent_follows_the_upstreams_word(connection, video_studio: FakeStudio):
    ask(connection, variations=2)
    sending.send_next(connection)
    assert available_credits(connection) == 1_800


def test_a_history_row_that_cannot_be_kept_hides_no_other_and_stops_no_job(connection):
    told = [
        JobReport(job_id="absurd", state="completed", credits_charged=-5, raw={"job_id": "absurd"}),
        JobReport(job_id="sound", state="completed", credits_charged=100, raw={"job_id": "sound"}),
    ]
    mirror_history(connection, History(jobs=tuple(told)))
    kept = dict(HistoryRecord.objects.values_list("upstream_id", "unreadable_reason"))
    assert kept == {"absurd": "It holds values that cannot be stored.", "sound": ""}


def test_a_history_that_could_not_be_read_is_asked_for_until_it_can(connection, video_studio: FakeStudio):
    def look() -> None:
        watching.read_history_when_due(fresh(connection))

    video_studio.fault("500", times=3, on="GET /api/v1/video-studio/history/")  # with the client's own tries
    look()
    assert fresh(connection).history_read_at is None
    Connection.objects.update(history_tried_at=timezone.now() - watching.HISTORY_RETRY)
    look()
    assert fresh(connection).history_read_at is not None
    asked = len(video_studio.calls("GET", "/history/"))
    look()
    assert len(video_studio.calls("GET", "/history/")) == asked


def test_a_rate_limit_says_when_the_clip_is_sent(connection, video_studio: FakeStudio):
    (job,) = ask(connection)
    video_studio.fault("429:7")
    sending.send_next(connection)
    assert fresh(job).error == "Injected 429. It is sent again in 7 s."


def test_a_request_that_never_left_does_not_count_in_the_hours_budget(connection, video_studio: FakeStudio):
    Connection.objects.update(posts_per_hour=2)
    connection = fresh(connection)
    ask(connection, variations=2)
    sending.send_next(connection)
    assert must(hourly_quota(connection)).left == 1
    submission = sending.claim_next(connection)
    machine.put_back(must(submission), NotSent("Refused."))
    assert must(hourly_quota(connection)).left == 1


def test_a_request_that_was_sent_twice_counts_twice(connection, video_studio: FakeStudio):
    (job,) = ask(connection)
    video_studio.fault("429")
    sending.send_next(connection)
    Connection.objects.update(send_after=None)
    Submission.objects.update(send_after=None)
    sending.send_next(fresh(connection))
    assert fresh(job).state == "pending"
    assert must(hourly_quota(connection)).left == 22


def test_while_a_402_stands_only_what_the_balance_covers_is_tried(connection, video_studio: FakeStudio):
    video_studio.account.credits = 94
    ask(connection)
    sending.send_next(connection)
    dear, cheap = ask(connection, prompt="dear"), ask(connection, prompt="cheap")
    Job.objects.filter(pk=cheap[0].pk).update(estimate=90)
    for model in video_studio.account.models:
        model["credits"] = {"base": 90}
    assert sending.send_next(connection)
    assert not sending.send_next(connection)
    assert (fresh(cheap[0]).state, fresh(dear[0]).state) == ("pending", "queued")
    video_studio.account.credits = 500
    note_balance(connection.pk, 500)
    sending.release_blocked(connection)
    assert sending.send_next(connection)
    assert sending.send_next(connection)
    assert fresh(dear[0]).state == "pending"


def test_while_the_studio_is_away_the_first_request_tries_for_all(connection, video_studio: FakeStudio):
    first, second = ask(connection, variations=2)
    video_studio.close()
    assert sending.send_next(connection)
    assert not sending.send_next(fresh(connection))
    Submission.objects.update(send_after=None)
    assert sending.send_next(fresh(connection))
    assert [fresh(job).submission.attempt for job in (first, second)] == [2, 0]


def test_nothing_is_sent_while_a_restored_backup_holds_the_queue(connection, video_studio: FakeStudio):
    ask(connection)
    Connection.objects.update(held_since=timezone.now())
    assert not sending.send_next(fresh(connection))
    assert video_studio.calls("POST") == []


def test_a_figure_told_after_an_estimate_was_charged_books_the_difference(
    connection, video_studio: FakeStudio
):
    (job,) = ask(connection)
    sending.send_next(connection)
    job = fresh(job)
    url = ("/media/clip.mp4",)
    machine.report(job, JobReport(job.upstream_id, "completed", result_urls=url))
    machine.report(fresh(job), JobReport(job.upstream_id, "completed", result_urls=url, credits_charged=80))
    booked = Entry.objects.exclude(kind__in=["hold", "release"]).values_list("kind", "amount").order_by("pk")
    assert list(booked) == [("charge", 100), ("refund", 20)]
