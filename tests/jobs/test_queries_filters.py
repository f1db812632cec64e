"""Lists of jobs: what a filter lets through, in SQL and of a row alike, and what a poller is given."""

from datetime import timedelta
from typing import Any

import pytest

from studio.jobs.models import Job, Revision
from studio.jobs.privacy import HIDDEN
from studio.jobs.queries import (
    MOST_COUNTED,
    PROMPT_SHOWN,
    Count,
    JobFilter,
    changed_rows,
    count,
    is_filtering,
    moving,
    rows,
)
from studio.jobs.states import JobState
from studio.team.models import Member
from tests.factories import a_job, a_member, a_project, a_token, altered

pytestmark = pytest.mark.django_db
STATES = (
    *(state for state in JobState.values if state != "sending"),
    "lost",
)  # one request is sent at a time


@pytest.fixture
def jobs(member: Member) -> list[Job]:
    """One in each state, of two people, and one of each other thing that a filter may want."""
    other = a_member("other@example.com")
    found = [a_job(state, owner=member) for state in STATES]
    found.append(a_job(owner=other, is_private=True))
    found.append(a_job(owner=other, project=a_project("Spring")))
    found.append(a_job(owner=other, api_token=a_token(other)[0]))
    found.append(altered(a_job("failed"), model_slug="kling", model_family="Kling"))
    found.append(altered(a_job(), asked_on=found[0].asked_on - timedelta(days=3)))
    return [a_job("sending", owner=member), *found]


def narrowings(jobs: list[Job]) -> dict[str, JobFilter]:
    private, project, scripted, kling, old = jobs[-5:]
    today, day = jobs[0].asked_on, timedelta(days=1)
    return {
        "nothing": JobFilter(),
        **{state: JobFilter(state=state) for state in JobState.values},
        "running": JobFilter(state=JobFilter.RUNNING_STATES),
        "open": JobFilter(state=JobFilter.OPEN_STATES),
        "person": JobFilter(person=private.owner_id),
        "spender": JobFilter(spender=private.spender_id),
        "no one": JobFilter(person=10**6),
        "model": JobFilter(model="kling"),
        "family": JobFilter(family="Kling"),
        "project": JobFilter(project=project.project_id),
        "connection": JobFilter(connection=kling.connection_id),
        "private": JobFilter(private=True),
        "token": JobFilter(token=scripted.api_token_id),
        "browser": JobFilter(token=0),
        "since": JobFilter(since=today),
        "until": JobFilter(until=today - day),
        "a day": JobFilter(since=old.asked_on, until=old.asked_on),
        "no day": JobFilter(since=old.asked_on + day, until=old.asked_on),
        "several": JobFilter(state=JobFilter.OPEN_STATES, person=project.owner_id, token=0, since=today),
    }


def test_a_row_fits_a_filter_exactly_if_the_list_would_hold_it(jobs: list[Job], admin: Member) -> None:
    """A poller judges rows one by one; the list is narrowed in SQL."""
    everybody = Job.objects.for_user(admin)
    every_row = rows(everybody)
    for name, wanted in narrowings(jobs).items():
        listed = set(wanted.jobs(everybody).values_list("pk", flat=True))
        assert {row.id for row in every_row if wanted.fits(row)} == listed, name
        of_any_state = set(wanted.without_state(everybody).values_list("pk", flat=True))
        assert {row.id for row in every_row if wanted.concerns(row)} == of_any_state, name


def test_each_filter_finds_what_it_is_named_after(jobs: list[Job]) -> None:
    private, project, scripted, kling, old = jobs[-5:]
    found = {name: set(wanted.jobs(Job.objects.all())) for name, wanted in narrowings(jobs).items()}
    assert found["nothing"] == set(jobs)
    assert found["no one"] == found["no day"] == set()
    assert found["private"] == {private}
    assert found["project"] == {project}
    assert found["token"] == {scripted}
    assert found["browser"] == set(jobs) - {scripted}
    assert found["model"] == found["family"] == {kling}
    assert found["until"] == found["a day"] == {old}
    assert found["since"] == set(jobs) - {old}
    assert found["several"] == {private, project}
    assert {job.state for job in found["running"]} >= {"pending", "processing"}
    assert not {job.state for job in found["running"]} & {"completed", "failed", "approval"}


def test_a_filter_is_false_only_if_it_narrows_nothing(jobs: list[Job]) -> None:
    assert {name for name, wanted in narrowings(jobs).items() if not wanted} == {"nothing"}


@pytest.mark.parametrize(
    ("name", "value", "is_one"),
    [
        ("token", 0, True),
        ("token", None, False),
        ("person", 0, False),
        ("model", "", False),
        ("model", "x", True),
    ],
)
def test_token_0_is_a_value_and_other_zeroes_are_none(name: str, value: Any, is_one: bool) -> None:
    assert is_filtering(name, value) is is_one


# ── Rows ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_row_says_the_same_as_its_job(member: Member) -> None:
    for state in (*STATES, "stored", "sending"):
        a_job(state, owner=member)
    found = {job.pk: job for job in Job.objects.for_user(member)}
    for row in rows(Job.objects.for_user(member)):
        job = found[row.id]
        shared = ("state", "charged", "estimate", "archive", "played", "model_name", "asked_on", "rev")
        assert [getattr(row, name) for name in shared] == [getattr(job, name) for name in shared]
        assert (row.is_running, row.is_finished, row.credits) == (
            job.is_running,
            job.is_finished,
            job.credits,
        )
        assert (row.prompt, row.is_private) == (job.prompt, job.is_private)


def test_a_row_carries_the_beginning_of_a_long_prompt(member: Member) -> None:
    a_job(owner=member, prompt="é" * (PROMPT_SHOWN + 1))
    [row] = rows(Job.objects.for_user(member))
    assert row.prompt == "é" * PROMPT_SHOWN


@pytest.mark.parametrize(("name", "shown"), [("Ann Other", "Ann Other"), ("", "member")])
def test_a_row_names_its_owner_by_name_else_by_the_address(member: Member, name: str, shown: str) -> None:
    Member.objects.filter(pk=member.pk).update(name=name)
    a_job(owner=member)
    [row] = rows(Job.objects.for_user(member))
    assert row.owner == shown


def test_the_row_of_a_private_clip_is_blank_for_others_and_still_counts(
    member: Member, admin: Member
) -> None:
    a_job("stored", owner=member, is_private=True, prompt="a dhow")
    [row] = rows(Job.objects.for_user(admin))
    assert (row.prompt, row.is_hidden) == (HIDDEN, True)
    assert (row.played, row.thumb, row.preview, row.error, row.state_word) == ("",) * 5
    assert (row.width, row.seconds, row.aspect_ratio) == (None, None, None)
    assert (row.charged, row.state, row.owner_id) == (100, "completed", member.pk)
    [own] = rows(Job.objects.for_user(member))
    assert (own.prompt, own.is_hidden, bool(own.thumb)) == ("a dhow", False, True)


# ── What changed ─────────────────────────────────────────────────────────────────────────────────────────
def test_a_poller_is_given_what_changed_since_newest_job_first(member: Member) -> None:
    first, second = a_job(owner=member, prompt="a"), a_job(owner=member, prompt="b")
    since = Revision.current()
    assert changed_rows(member, since, 9) == []
    third = a_job(owner=member, prompt="c")
    altered(first, rev=Revision.bump())
    changed = changed_rows(member, since, 9)
    assert changed is not None
    assert [row.id for row in changed] == [third.pk, first.pk]
    assert second.pk not in [row.id for row in changed]


def test_a_poller_that_is_too_far_behind_starts_again(member: Member) -> None:
    for number in range(3):
        a_job(owner=member, prompt=str(number))
    assert changed_rows(member, 0, 2) is None
    assert len(changed_rows(member, 0, 3) or []) == 3


def test_a_poller_is_told_nothing_of_what_is_private(member: Member, admin: Member) -> None:
    a_job(owner=member, is_private=True, prompt="a dhow")
    for viewer, prompt in ((admin, HIDDEN), (member, "a dhow")):
        changed = changed_rows(viewer, 0, 9)
        assert changed
        assert [row.prompt for row in changed] == [prompt]
    admin.is_active = False
    assert changed_rows(admin, 0, 9) == []


# ── Counts ───────────────────────────────────────────────────────────────────────────────────────────────
def test_a_count_is_of_the_filtered_and_false_if_there_is_none(jobs: list[Job]) -> None:
    found = count(JobFilter(private=True).jobs(Job.objects.newest_first()))
    assert (found, str(found), bool(found), found.is_capped) == (Count(1), "1", True, False)
    assert not count(JobFilter(person=10**6).jobs(Job.objects.all()))
    assert Count(MOST_COUNTED + 1).is_capped


def test_what_moves_is_counted_by_the_filter_but_for_its_state(jobs: list[Job], member: Member) -> None:
    everybody = Job.objects.all()
    running = set(JobFilter(state=JobFilter.RUNNING_STATES).jobs(everybody))
    assert moving(everybody, JobFilter()).running == Count(len(running))
    mine = sum(job.owner == member for job in running)
    assert moving(everybody, JobFilter(person=member.pk, state="failed")).running == Count(mine)
    assert not moving(everybody, JobFilter(model="kling"))
