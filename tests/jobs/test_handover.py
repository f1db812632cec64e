"""Clips of somebody who leaves: who has them afterwards, and what stays as it was."""

from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.credits.models import Entry
from studio.jobs.handover import cancel_waiting, hand_over, workload
from studio.jobs.models import Event, Job, Revision, Submission
from studio.jobs.states import JobState
from studio.team.models import Member
from tests.factories import a_job, a_member, fresh

pytestmark = pytest.mark.django_db

STATES = (
    "queued",
    "unknown",
    "attention",
    "blocked",
    "pending",
    "processing",
    "stored",
    "failed",
    "cancelled",
)
ENDED = ("completed", "failed", "cancelled")


@pytest.fixture
def leaving() -> Member:
    return a_member("leaving@example.com", name="Leaving")


def one_in_each_state(owner: Member) -> list[Job]:
    return [a_job(state, owner=owner) for state in STATES]


def test_what_is_unfinished_gets_another_owner_and_the_rest_stays(
    leaving: Member, member: Member, admin: Member
) -> None:
    jobs = one_in_each_state(leaving)
    since = Revision.current()
    assert hand_over(leaving, member, by=admin, everything=False) == 6
    for job in map(fresh, jobs):
        is_over = job.state in ENDED
        assert job.owner == (leaving if is_over else member)
        assert job.submission.owner == job.owner
        assert (job.rev > since) is not is_over
    moved = Job.objects.filter(owner=member)
    assert len(set(moved.values_list("rev", flat=True))) == 6, "each has a revision of its own"
    assert Revision.current() == max(moved.values_list("rev", flat=True))


def test_everything_goes_over_where_that_is_wanted(leaving: Member, member: Member, admin: Member) -> None:
    jobs = one_in_each_state(leaving)
    assert hand_over(leaving, member, by=admin, everything=True) == len(jobs)
    assert not Job.objects.filter(owner=leaving).exists()
    assert not Submission.objects.filter(owner=leaving).exists()


def test_its_story_tells_who_handed_it_over_to_whom(leaving: Member, member: Member, admin: Member) -> None:
    job = a_job("processing", owner=leaving)
    hand_over(leaving, member, by=admin, everything=False)
    event = Event.objects.filter(job=job).latest("pk")
    assert (event.what, event.detail, event.person) == ("handed_over", "From Leaving to Member.", admin)


def test_the_ledger_stays_as_it_was_booked(leaving: Member, member: Member, admin: Member) -> None:
    one_in_each_state(leaving)
    booked = list(Entry.objects.order_by("pk").values())
    hand_over(leaving, member, by=admin, everything=True)
    assert list(Entry.objects.order_by("pk").values()) == booked


def test_a_form_that_both_have_sent_is_no_obstacle(leaving: Member, member: Member, admin: Member) -> None:
    token = uuid4()
    jobs = [a_job(owner=owner) for owner in (leaving, leaving, member)]
    for variation, job in enumerate(jobs, start=1):
        Submission.objects.filter(pk=job.submission_id).update(token=token, variation=1 + variation % 2)
    assert hand_over(leaving, member, by=admin, everything=False) == 2
    assert fresh(jobs[2]).submission.token == token
    first, second = (fresh(job).submission.token for job in jobs[:2])
    assert first == second != token


def test_nothing_to_hand_over_changes_nothing(leaving: Member, member: Member, admin: Member) -> None:
    before = Revision.current()
    assert hand_over(leaving, member, by=admin, everything=True) == 0
    assert Revision.current() == before


def test_many_clips_take_few_statements(
    leaving: Member, member: Member, admin: Member, django_assert_max_num_queries
) -> None:
    for _ in range(12):
        a_job("pending", owner=leaving)
    with django_assert_max_num_queries(12):
        hand_over(leaving, member, by=admin, everything=True)


def test_what_is_not_sent_is_cancelled_and_its_credits_are_free_again(leaving: Member, admin: Member) -> None:
    jobs = one_in_each_state(leaving)
    before = [job.state for job in jobs]
    assert cancel_waiting(leaving, by=admin) == 2
    for was, job in zip(before, map(fresh, jobs), strict=True):
        assert job.state == ("cancelled" if was in ("queued", "blocked") else was)
        assert job.owner == leaving
        if was in ("queued", "blocked"):
            assert Entry.objects.filter(job_id=job.pk, kind=Entry.Kind.RELEASE).exists()


def test_what_another_has_waiting_is_not_cancelled(leaving: Member, member: Member, admin: Member) -> None:
    job = a_job(owner=member)
    assert cancel_waiting(leaving, by=admin) == 0
    assert fresh(job).state == JobState.QUEUED


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=st.lists(st.sampled_from(STATES), max_size=5))
def test_a_workload_counts_every_clip_once(states: list[str]) -> None:
    owner = a_member(f"{uuid4()}@example.com")
    for state in states:
        a_job(state, owner=owner)
    load = workload(owner)
    assert load.unfinished + load.ended == len(states)
    assert load.waiting == sum(state in ("queued", "blocked") for state in states)
    assert load.deciding == states.count("attention")
    assert load.unfinished == Job.objects.filter(owner=owner).exclude(state__in=ENDED).count()
