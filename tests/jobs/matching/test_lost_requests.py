"""What becomes of lost answers: the upstream's history settles them, or a person is asked with the evidence."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from studio.catalog.connections import engine_for
from studio.catalog.models import Connection, StudioModel
from studio.contract.answers import Accepted, JobReport
from studio.credits.models import Entry
from studio.jobs.dispatch import sending
from studio.jobs.lifecycle import decisions, machine
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.matching import lost_requests
from studio.jobs.matching.evidence import cases
from studio.jobs.matching.lost_requests import Doubt
from studio.jobs.models import Attempt, Event, HistoryRecord, Job, Submission
from studio.jobs.submit import Intent, submit
from studio.jobs.sync import watching
from tests.factories import a_member, a_request, fresh
from tests.must import must
from tests.upstream.server import FakeStudio

pytestmark = pytest.mark.django_db
NOW = timedelta(0)


def ask(connection: Connection, variations: int = 1, **changes) -> list[Job]:
    model = StudioModel.objects.get(connection=connection, slug="veo31_fast")
    return submit(Intent(a_member(), model, a_request(**changes), uuid4(), variations))


def lose(connection: Connection, studio: FakeStudio, fault: str, **changes) -> Job:
    """One request, sent, whose answer meets the fault."""
    (job,) = ask(connection, **changes)
    studio.fault(fault)
    assert sending.send_next(connection)
    assert fresh(job).state == "unknown"
    return job


def read(connection: Connection) -> None:
    watching.read_history(Connection.objects.get(pk=connection.pk))


def accepted(job: Job) -> bool:
    return fresh(job).state in ("pending", "processing", "completed")


@pytest.fixture
def at_once(monkeypatch):
    """As if every wait were over."""
    monkeypatch.setattr(lost_requests, "LINK_AFTER", NOW)
    monkeypatch.setattr(lost_requests, "ASK_AFTER", NOW)


@pytest.mark.parametrize("fault", ["accept-then-reset", "html-200", "half-body", "500-accepted", "no-ids"])
def test_a_lost_answer_is_found_again_in_the_history(
    connection, video_studio: FakeStudio, fault, monkeypatch
):
    monkeypatch.setattr(lost_requests, "LINK_AFTER", NOW)
    job = lose(connection, video_studio, fault)
    read(connection)
    job = fresh(job)
    assert (accepted(job), job.upstream_id) == (True, video_studio.account.jobs[0].job_id)
    assert video_studio.paid_posts == len(video_studio.calls("POST")) == 1
    assert job.submission.state == "accepted"
    assert Event.objects.filter(job=job, detail__contains="history shows it").exists()


def test_one_fitting_row_proves_nothing_before_others_had_time_to_show(connection, video_studio: FakeStudio):
    job = lose(connection, video_studio, "accept-then-reset")
    read(connection)
    assert fresh(job).state == "unknown"


@pytest.mark.parametrize("fault", ["reset-before-read", "500", "303", "409", "page:403"])
def test_nothing_in_the_history_asks_a_person_and_sends_nothing(connection, video_studio, fault, at_once):
    job = lose(connection, video_studio, fault)
    read(connection)
    assert fresh(job).state == "attention"
    assert "no clip that is certainly this one" in fresh(job).error
    posts = len(video_studio.calls("POST"))
    assert not sending.send_next(connection)
    assert (len(video_studio.calls("POST")), video_studio.paid_posts) == (posts, 0)


def test_a_person_is_not_asked_before_the_history_had_time(connection, video_studio: FakeStudio):
    job = lose(connection, video_studio, "reset-before-read")
    read(connection)
    assert fresh(job).state == "unknown"
    then = timezone.now() - lost_requests.ASK_AFTER - timedelta(seconds=1)
    Submission.objects.update(sent_at=then, lost_at=then)
    read(connection)
    assert fresh(job).state == "attention"


def test_the_same_prompt_run_at_the_vendors_site_asks_a_person(connection, video_studio: FakeStudio, at_once):
    job = lose(connection, video_studio, "accept-then-reset")
    video_studio.account.made_elsewhere(prompt="a lighthouse at dawn", duration_seconds=8)
    read(connection)
    job = fresh(job)
    assert (job.state, job.upstream_id) == ("attention", None)
    assert "2 clips in the studio's history could be this one" in job.error
    assert len(Doubt(job.submission).fitting) == 2


def test_the_same_prompt_run_at_the_vendors_site_much_earlier_is_not_ours(
    connection, video_studio: FakeStudio, at_once
):
    elsewhere = video_studio.account.made_elsewhere(prompt="a lighthouse at dawn")
    elsewhere.created_at -= timedelta(minutes=9)
    job = lose(connection, video_studio, "reset-before-read")
    read(connection)
    assert fresh(job).state == "attention"
    (candidate,) = Doubt(fresh(job).submission).shown
    assert (candidate.same_prompt, candidate.fits) == (True, False)
    assert round(must(candidate.offset).total_seconds() / 60) == -9


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_ten_minutes_off_is_corrected(connection, video_studio: FakeStudio, minutes, at_once):
    video_studio.account.skew = timedelta(minutes=minutes)
    job = lose(connection, video_studio, "accept-then-reset")
    read(connection)
    assert accepted(job)
    assert abs(Connection.objects.get(pk=connection.pk).clock_skew - minutes * 60) < 20


@pytest.mark.parametrize(
    "header",
    [
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Sat, 31 Feb 2026 25:61:61 GMT",
        "yesterday",
    ],
)
def test_an_absurd_date_stops_no_connection_and_pays_for_nothing_twice(
    connection, video_studio: FakeStudio, header, at_once
):
    video_studio.account.date_header = header
    job = lose(connection, video_studio, "accept-then-reset")
    read(connection)
    (other,) = ask(connection, prompt="a lighthouse at dusk")
    assert sending.send_next(connection)
    read(connection)
    assert accepted(other)
    assert accepted(job) or fresh(job).state == "attention"
    assert len(video_studio.calls("POST")) == 2


def test_another_prompt_model_or_parameter_is_never_linked(connection, video_studio: FakeStudio, at_once):
    job = lose(connection, video_studio, "reset-before-read")
    for other in (
        {"prompt": "a lighthouse at dusk"},
        {"prompt": "a lighthouse at dawn", "model_slug": "kling_3_0"},
        {"prompt": "a lighthouse at dawn", "duration_seconds": 5},
    ):
        video_studio.account.made_elsewhere(**other)
    read(connection)
    assert fresh(job).state == "attention"


def test_a_row_that_was_seen_before_the_request_left_is_not_its(
    connection, video_studio: FakeStudio, at_once
):
    elsewhere = video_studio.account.made_elsewhere(prompt="a lighthouse at dawn")
    read(connection)
    job = lose(connection, video_studio, "reset-before-read")
    elsewhere.created_at = video_studio.account.now()  # an upstream that is careless with its times
    read(connection)
    assert fresh(job).state == "attention"


def test_a_row_of_another_job_is_never_linked(connection, video_studio: FakeStudio, at_once):
    (first,) = ask(connection)
    sending.send_next(connection)
    job = lose(connection, video_studio, "reset-before-read")
    read(connection)
    assert fresh(first).state in ("pending", "processing")
    assert fresh(job).state == "attention"


@pytest.mark.parametrize("fault", ["500", "html-200", "reset-before-read"])
def test_a_history_that_cannot_be_read_says_nothing(connection, video_studio, fault, at_once, monkeypatch):
    monkeypatch.setattr(lost_requests, "ASK_UNREAD_AFTER", timedelta(minutes=15))
    job = lose(connection, video_studio, "accept-then-reset")
    video_studio.fault(fault, times=9, on="GET")
    read(connection)
    assert fresh(job).state == "unknown"
    Submission.objects.update(lost_at=timezone.now() - timedelta(minutes=16))
    lost_requests.match_lost_requests(connection)
    assert fresh(job).state == "attention"
    assert "could not be read" in fresh(job).error


def test_a_history_that_is_late_settles_it_even_after_a_person_was_asked(connection, video_studio, at_once):
    job = lose(connection, video_studio, "accept-then-reset")
    hidden = video_studio.account.jobs.pop()
    read(connection)
    assert fresh(job).state == "attention"
    video_studio.account.jobs.append(hidden)
    read(connection)
    assert (accepted(job), fresh(job).upstream_id) == (True, hidden.job_id)


def test_twins_of_a_request_in_doubt_wait_until_it_is_settled(
    connection, video_studio: FakeStudio, monkeypatch
):
    monkeypatch.setattr(lost_requests, "LINK_AFTER", NOW)
    lost, twin = ask(connection, variations=2)
    video_studio.fault("accept-then-reset")
    assert sending.send_next(connection)
    assert not sending.send_next(connection)
    (other,) = ask(connection, prompt="a harbour at night")
    assert sending.send_next(connection)  # others are not held up
    assert [fresh(job).state for job in (lost, twin, other)] == ["unknown", "queued", "pending"]
    read(connection)
    assert sending.send_next(connection)
    ids = [fresh(job).upstream_id for job in (lost, other, twin)]
    assert ids == [job.job_id for job in video_studio.account.jobs]


def test_a_killed_worker_is_found_out_when_its_lease_has_run_out(connection, video_studio, at_once):
    (job,) = ask(connection)
    submission = sending.claim_next(connection)
    engine_for(connection).generate(submission.generate_request)  # and killed before it could write
    assert sending.reap() == 0
    long_ago = timezone.now() - sending.LEASE
    Submission.objects.update(sent_at=long_ago, lease_until=timezone.now() - timedelta(seconds=1))
    assert sending.reap() == 1
    read(connection)
    assert (accepted(job), video_studio.paid_posts) == (True, 1)


def test_an_answer_that_comes_after_the_reaper_is_still_proof(connection, video_studio: FakeStudio):
    (job,) = ask(connection)
    submission = sending.claim_next(connection)
    answer = engine_for(connection).generate(must(submission).generate_request)
    Submission.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    sending.reap()
    assert fresh(job).state == "unknown"
    sending._settle(must(submission), answer, sending._write)
    assert (fresh(job).state, fresh(job).upstream_id) == ("pending", answer.job_ids[0])


def test_a_late_answer_to_an_attempt_that_was_sent_again_changes_nothing(connection, video_studio, caplog):
    (job,) = ask(connection)
    submission = sending.claim_next(connection)
    stale = Submission.objects.get(pk=submission.pk)
    machine.lose(submission, machine.StudioError("Lost."))
    machine.ask_a_person(submission, "Nothing was found.")
    decisions.resend(submission, a_member())
    again = sending.claim_next(connection)
    assert again.attempt == 2
    sending._settle(stale, Accepted(("u-1",)), sending._write)
    assert fresh(job).state == "sending"
    assert "changes nothing" in caplog.text


def test_a_worker_that_slept_since_its_claim_sends_nothing(connection, video_studio: FakeStudio):
    ask(connection)
    submission = sending.claim_next(connection)
    must(submission).lease_until = timezone.now() + timedelta(seconds=5)
    sending.send(must(submission), engine_for(connection))
    assert video_studio.calls("POST") == []


def everybody(workers: set[UUID]) -> set[UUID]:
    return workers


def test_a_claim_is_reaped_as_soon_as_its_worker_is_known_to_be_gone_and_no_other_one_is(
    connection, video_studio: FakeStudio, at_once
):
    (job,) = ask(connection)
    dead, alive = uuid4(), uuid4()
    submission = sending.claim_next(connection, dead)
    assert sending.reap(lambda workers: workers - {dead}) == 0
    assert sending.reap(lambda workers: workers - {alive}) == 1
    assert fresh(job).state == "unknown"
    engine_for(connection).generate(must(submission).generate_request)  # a studio that goes on without it
    read(connection)
    assert (accepted(job), video_studio.paid_posts) == (True, 1)


def test_what_a_studio_makes_after_its_worker_was_killed_is_found_until_the_lease_would_have_run_out(
    connection, video_studio: FakeStudio, at_once, monkeypatch
):
    (job,) = ask(connection)
    submission = sending.claim_next(connection, uuid4())
    sending.reap(everybody)
    slow = timedelta(seconds=40)  # longer than any other lost answer is waited for
    Submission.objects.update(
        sent_at=timezone.now() - slow,
        lost_at=timezone.now() - slow + timedelta(seconds=8),
        lease_until=timezone.now() - slow + sending.LEASE,
    )
    engine_for(connection).generate(must(submission).generate_request)
    read(connection)
    assert accepted(job)


@pytest.mark.parametrize("is_slow_clock", [False, True])
def test_a_worker_that_was_stopped_until_its_claim_was_reaped_sends_nothing_and_says_so(
    connection, video_studio: FakeStudio, is_slow_clock
):
    """On a machine that was suspended, the clock may have stood still, too."""
    (job,) = ask(connection)
    submission = sending.claim_next(connection, uuid4())
    assert sending.reap(everybody) == 1
    if not is_slow_clock:
        claimed = must(submission)
        claimed.lease_until = claimed.lease_end - timedelta(seconds=4)
    sending.send(must(submission), engine_for(connection))
    assert video_studio.calls("POST") == []
    assert (fresh(job).state, "suspended" in fresh(job).error) == ("queued", True)
    assert Attempt.objects.get().is_unsent


def in_attention(
    connection: Connection, studio: FakeStudio, fault: str = "reset-before-read", **changes
) -> Job:
    job = lose(connection, studio, fault, **changes)
    read(connection)
    assert fresh(job).state == "attention"
    return fresh(job)


def test_a_person_recognises_the_clip(connection, video_studio: FakeStudio, at_once):
    elsewhere = video_studio.account.made_elsewhere(prompt="a lighthouse at dawn, 8 seconds")
    job = in_attention(connection, video_studio)
    decisions.settle_as(job.submission, elsewhere.job_id, a_member("producer@example.com"))
    job = fresh(job)
    assert (job.state, job.upstream_id) == ("pending", elsewhere.job_id)
    assert must(must(Event.objects.filter(job=job).last()).person).email == "producer@example.com"


def in_doubt_since(job: Job, moment) -> Job:
    """As if the request had left, and its answer been lost, at that moment."""
    Submission.objects.filter(pk=job.submission_id).update(sent_at=moment, lost_at=moment)
    HistoryRecord.objects.filter(job=None, made_at__lt=moment).update(seen_at=moment)
    return fresh(job)


def test_each_of_several_lost_requests_is_shown_what_was_made_around_its_own_time(
    connection, video_studio: FakeStudio, at_once
):
    """Rows are read for all of them together."""
    hours = [timezone.now() - timedelta(hours=hours) for hours in (9, 3)]
    for moment in hours:
        for minutes in (-91, -89, 89, 91):
            made = video_studio.account.made_elsewhere(prompt=f"made {minutes:+} min")
            made.created_at = moment + timedelta(minutes=minutes)
    jobs = [in_attention(connection, video_studio, prompt=f"lost {number}") for number in range(2)]
    read(connection)
    jobs = [in_doubt_since(job, moment) for job, moment in zip(jobs, hours, strict=True)]
    for case, moment in zip(cases(jobs, a_member()), hours, strict=True):
        times = [candidate.record.made_at - moment for candidate in case.doubt.candidates]
        assert sorted(times) == [timedelta(minutes=-89), timedelta(minutes=89)]


def test_the_edges_of_that_time_belong_to_it(connection, video_studio: FakeStudio, at_once):
    job = in_attention(connection, video_studio)
    doubt = Doubt(job.submission)
    first, last = doubt.window
    moments = (first - timedelta.resolution, first, last, last + timedelta.resolution)
    rows = [
        (HistoryRecord(pk=number, made_at=at, seen_at=at), _told(at)) for number, at in enumerate(moments)
    ]
    assert {candidate.record.pk for candidate in doubt.compared_with(rows)} == {1, 2}


def _told(at, prompt: str = "a lighthouse at dawn", model: str = "veo31_fast") -> JobReport:
    return JobReport("up", "completed", prompt=prompt, model_slug=model, created_at=at)


def test_what_is_shown_begins_with_what_fits_then_the_prompt_then_the_model_then_the_nearest(
    connection, video_studio: FakeStudio, at_once
):
    job = in_attention(connection, video_studio)
    doubt = Doubt(job.submission)

    def row(name: str, minutes: float, **told) -> tuple[HistoryRecord, JobReport]:
        at = doubt.sent_at + doubt.skew + timedelta(minutes=minutes)
        record = HistoryRecord(upstream_id=name, made_at=at, seen_at=timezone.now())
        return record, _told(at, **told)

    untimed, telling = row("untimed", 0)
    rows = [
        (untimed, replace(telling, created_at=None)),
        row("nothing alike", 0, prompt="another", model="kling_3_0"),
        row("model, far", 8, prompt="another"),
        row("model, near", -2, prompt="another"),
        row("prompt, far", -9, model="kling_3_0"),
        row("prompt, near", 1, model="kling_3_0"),
        row("both, far", 20),
        row("both, near", -5),
        row("fits", 0.05),
    ]
    names = [candidate.record.upstream_id for candidate in doubt.compared_with(rows)]
    assert names == [
        *("fits", "both, near", "both, far", "untimed", "prompt, near", "prompt, far"),
        *("model, near", "model, far", "nothing alike"),
    ]


def test_a_clip_of_another_job_cannot_be_chosen(connection, video_studio: FakeStudio, at_once):
    (first,) = ask(connection, prompt="a harbour")
    sending.send_next(connection)
    job = in_attention(connection, video_studio)
    with pytest.raises(Moved):
        decisions.settle_as(job.submission, must(fresh(first).upstream_id), a_member())
    assert fresh(job).state == "attention"


def test_a_person_sends_it_again_and_it_is_an_event(connection, video_studio: FakeStudio, at_once):
    job = in_attention(connection, video_studio)
    decisions.resend(job.submission, a_member())
    assert sending.send_next(connection)
    job = fresh(job)
    assert (job.state, job.submission.attempt, video_studio.paid_posts) == ("pending", 2, 1)
    assert Event.objects.filter(job=job, detail__contains="may have been charged", person=a_member()).exists()


def test_a_person_gives_it_up_and_the_hold_ends(connection, video_studio: FakeStudio, at_once):
    job = in_attention(connection, video_studio)
    decisions.give_up(job.submission, a_member())
    assert (fresh(job).state, fresh(job).credits) == ("abandoned", None)
    assert list(Entry.objects.values_list("kind", flat=True).order_by("pk")) == ["hold", "release"]
    assert not sending.send_next(connection)


def test_nothing_is_decided_while_it_is_still_being_checked(connection, video_studio: FakeStudio):
    job = lose(connection, video_studio, "reset-before-read")
    for decide in (decisions.resend, decisions.give_up):
        with pytest.raises(Moved):
            decide(fresh(job).submission, a_member())
    assert fresh(job).state == "unknown"


def test_the_evidence_shows_the_balance_before_and_after(connection, video_studio: FakeStudio, at_once):
    ask(connection, prompt="the first tells the balance")
    sending.send_next(connection)
    job = lose(connection, video_studio, "accept-then-reset")
    hidden = video_studio.account.jobs.pop()
    (later,) = ask(connection, prompt="another, whose answer tells the balance again")
    sending.send_next(connection)
    doubt = Doubt(fresh(job).submission)
    assert hidden.cost == 100
    assert doubt.submission.balance_before == 1_900
    assert (must(doubt.balance_after).credits, doubt.balance_fell_by) == (1_700, 200)
    assert fresh(later).state == "pending"


def test_a_job_that_nobody_watches_any_more_is_still_accounted_for(connection, video_studio: FakeStudio):
    (job,) = ask(connection)
    sending.send_next(connection)
    decisions.stop_watching(fresh(job), a_member())
    assert fresh(job).state == "stopped"
    assert watching.poll(connection) == 0
    for _ in range(4):
        read(connection)
    assert (fresh(job).state, fresh(job).charged) == ("completed", 100)
    kinds = Entry.objects.values_list("kind", "amount").order_by("pk")
    assert list(kinds) == [("hold", 100), ("release", 100), ("charge", 100)]


def test_a_refund_that_is_told_after_the_end_is_taken_over_once(connection, video_studio: FakeStudio):
    (job,) = ask(connection)
    sending.send_next(connection)
    while fresh(job).state != "completed":
        read(connection)
    made = video_studio.account.jobs[0]
    honest = video_studio.account.row

    def refunded(job, media_url):
        return {**honest(job, media_url), "credits_refunded": True}

    video_studio.account.row = refunded  # type: ignore[method-assign]  # this one answers otherwise
    for _ in range(3):
        read(connection)
    assert fresh(job).refunded
    assert list(Entry.objects.filter(kind="refund").values_list("amount", flat=True)) == [made.cost]


def test_the_history_is_read_often_while_something_is_in_doubt(connection, video_studio: FakeStudio):
    job = lose(connection, video_studio, "reset-before-read")
    watching.read_history_when_due(Connection.objects.get(pk=connection.pk))
    before = len(video_studio.calls("GET", "history"))
    watching.read_history_when_due(Connection.objects.get(pk=connection.pk))
    assert len(video_studio.calls("GET", "history")) == before
    then = timezone.now() - timedelta(seconds=4)
    Connection.objects.update(history_read_at=then, history_tried_at=then)
    watching.read_history_when_due(Connection.objects.get(pk=connection.pk))
    assert len(video_studio.calls("GET", "history")) == before + 1
    assert fresh(job).state == "unknown"
    assert HistoryRecord.objects.count() == 0
