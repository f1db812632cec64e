"""What a person decides about a clip: each decision shows on the clip and in the audit log, or changes nothing."""

from collections.abc import Callable

import pytest

from studio.audit.models import Entry as AuditEntry
from studio.credits.models import Entry
from studio.jobs.lifecycle import decisions
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Event, Job
from studio.team.models import Member
from tests.credits.adding_up import added_up, as_kept
from tests.factories import a_job, a_manager, fresh
from tests.must import must

pytestmark = pytest.mark.django_db
URL = "https://cdn.example.com/clip.mp4"
Decision = Callable[[Job, Member], object]
DECISIONS: dict[str, tuple[str, Decision, str, str]] = {
    # name: (state before, decision, action in the audit log, state afterwards)
    "cancel": ("queued", lambda job, by: decisions.cancel(job.submission, by), "clip.cancelled", "cancelled"),
    "withdraw": (
        "approval",
        lambda job, by: decisions.cancel(job.submission, by),
        "clip.cancelled",
        "cancelled",
    ),
    "send again": (
        "attention",
        lambda job, by: decisions.resend(job.submission, by),
        "clip.sent_again",
        "queued",
    ),
    "give up": (
        "attention",
        lambda job, by: decisions.give_up(job.submission, by),
        "clip.dropped",
        "abandoned",
    ),
    "recognise": (
        "attention",
        lambda job, by: decisions.settle_as(job.submission, "job-7", by),
        "clip.settled",
        "pending",
    ),
    "stop watching": ("processing", decisions.stop_watching, "clip.stopped", "stopped"),
    "mark failed": ("unclear", decisions.mark_failed, "clip.marked_failed", "failed"),
    "give the address": (
        "unclear",
        lambda job, by: decisions.mark_ready(job, URL, by),
        "clip.address_given",
        "completed",
    ),
}
BY_NAME = pytest.mark.parametrize("name", DECISIONS)


@BY_NAME
def test_a_decision_moves_the_clip_and_names_the_person_in_its_events_and_in_the_audit_log(name: str) -> None:
    before, decide, action, after = DECISIONS[name]
    job, person = a_job(before), a_manager()
    earlier = AuditEntry.objects.count()
    decide(job, person)
    assert fresh(job).state == after
    assert Event.objects.filter(job=job, person=person).exists()
    (entry,) = AuditEntry.objects.order_by("pk")[earlier:]
    assert (entry.action, entry.by, entry.about) == (action, person, f"job:{job.pk}")
    assert as_kept() == added_up()


@BY_NAME
def test_a_decision_that_comes_too_late_changes_nothing(name: str) -> None:
    before, decide, _, _ = DECISIONS[name]
    late, person = a_job(before), a_manager()
    decide(fresh(late), person)
    settled, entries, audited = fresh(late), Entry.objects.count(), AuditEntry.objects.count()
    with pytest.raises(Moved):
        decide(fresh(late), person)
    assert (fresh(late).state, fresh(late).rev) == (settled.state, settled.rev)
    assert (Entry.objects.count(), AuditEntry.objects.count()) == (entries, audited)


@pytest.mark.parametrize("name", ["cancel", "withdraw", "give up"])
def test_what_will_not_be_made_gives_its_held_credits_back(name: str) -> None:
    before, decide, _, _ = DECISIONS[name]
    job = a_job(before)
    assert job.credits == 100
    decide(job, a_manager())
    assert not fresh(job).credits
    assert Entry.objects.filter(kind="release").count() == 1


@pytest.mark.parametrize("name", ["recognise", "send again"])
def test_what_is_still_to_be_made_keeps_its_credits_held(name: str) -> None:
    before, decide, _, _ = DECISIONS[name]
    job = a_job(before)
    decide(job, a_manager())
    assert fresh(job).credits == 100
    assert not Entry.objects.filter(kind="release").exists()


def test_the_question_is_withdrawn_with_its_last_clip() -> None:
    job = a_job("approval")
    decisions.cancel(job.submission, job.owner)
    approval = fresh(job).submission.approval
    assert approval is not None
    assert (approval.verdict, approval.decided_by) == ("withdrawn", job.owner)


def test_a_clip_of_another_job_cannot_be_recognised() -> None:
    known, doubtful = a_job("pending"), a_job("attention")
    with pytest.raises(Moved):
        decisions.settle_as(doubtful.submission, must(known.upstream_id), a_manager())
    assert fresh(doubtful).state == "attention"


def test_a_clip_whose_address_is_given_is_copied_next() -> None:
    job = a_job("unclear")
    decisions.mark_ready(job, URL, a_manager())
    kept = fresh(job)
    assert (kept.result_urls, kept.archive, kept.error) == ([URL], "waiting", "")
    assert kept.archive_after is not None
    assert kept.finished_at is not None
