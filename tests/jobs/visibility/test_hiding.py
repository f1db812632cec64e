"""A clip becomes private or is shared again: who may do that, what is recorded, and who sees what afterwards."""

import pytest

from studio.audit.models import Entry
from studio.jobs.handover import hand_over
from studio.jobs.models import Job, Revision
from studio.jobs.privacy import HIDDEN
from studio.jobs.visibility.hiding import hide, show
from studio.team.errors import NotAllowed
from studio.team.models import Member
from tests.factories import a_job, a_member, altered, fresh

pytestmark = pytest.mark.django_db
PROMPT = "a dhow off Zanzibar"


def prompt_for(viewer: Member, job: Job) -> str:
    return Job.objects.for_user(viewer).get(pk=job.pk).prompt


def recorded(job: Job) -> list[tuple[str, str]]:
    """The audit log's entries about the clip: action, and who did it."""
    entries = Entry.objects.filter(about=f"job:{job.pk}", action__in=("clip.hidden", "clip.shown"))
    return list(entries.order_by("number").values_list("action", "by__email"))


def history_of(job: Job) -> list[str]:
    return list(job.events.filter(what__in=("hidden", "shown")).values_list("what", flat=True))


def test_a_hidden_clip_is_read_by_whoever_made_it_and_by_no_one_else(member: Member, admin: Member) -> None:
    job = a_job(owner=member, prompt=PROMPT)
    assert prompt_for(admin, job) == PROMPT
    assert hide(job, member)
    assert (prompt_for(member, job), prompt_for(admin, job)) == (PROMPT, HIDDEN)
    assert show(job, member)
    assert prompt_for(admin, job) == PROMPT


def test_hiding_and_showing_are_recorded_with_the_person(member: Member) -> None:
    job = a_job(owner=member)
    hide(job, member)
    show(job, member)
    assert recorded(job) == [("clip.hidden", member.email), ("clip.shown", member.email)]
    assert history_of(job) == ["hidden", "shown"]


@pytest.mark.parametrize("is_private", [True, False])
def test_what_is_so_already_is_neither_changed_nor_recorded(member: Member, is_private: bool) -> None:
    job = a_job(owner=member, is_private=is_private)
    before = fresh(job).rev
    assert not (hide if is_private else show)(job, member)
    assert fresh(job).rev == before
    assert recorded(job) == []
    assert history_of(job) == []


def test_open_lists_learn_of_the_change(member: Member) -> None:
    job = a_job(owner=member)
    before = Revision.current()
    hide(job, member)
    assert Job.objects.changed_since(before).get() == job


def test_no_one_hides_or_shows_the_clip_of_somebody_else(member: Member, admin: Member) -> None:
    """Not even an admin: they would take a clip from the team, or read what is private."""
    theirs, private = a_job(owner=member), a_job(owner=member, is_private=True)
    with pytest.raises(NotAllowed):
        hide(theirs, admin)
    with pytest.raises(NotAllowed):
        show(private, admin)
    assert (fresh(theirs).is_private, fresh(private).is_private) == (False, True)
    assert recorded(theirs) == recorded(private) == []


def test_whoever_takes_a_clip_over_may_not_show_it_and_its_maker_still_may(
    member: Member, admin: Member
) -> None:
    heir = a_member("heir@example.com")
    job = a_job("completed", owner=member, is_private=True, prompt=PROMPT)
    hand_over(member, heir, by=admin, everything=True)
    assert fresh(job).owner == heir
    with pytest.raises(NotAllowed):
        show(fresh(job), heir)
    assert prompt_for(heir, job) == HIDDEN
    assert show(fresh(job), member)
    assert prompt_for(heir, job) == PROMPT


def test_what_is_published_cannot_be_hidden(member: Member) -> None:
    job = a_job("completed", owner=member, prompt_directory_optin=True)
    with pytest.raises(NotAllowed):
        hide(job, member)
    assert not fresh(job).is_private
    assert recorded(job) == []


def test_whether_it_is_published_is_read_from_the_database(member: Member) -> None:
    """What the row in the database says counts, not what was read before."""
    job = a_job("completed", owner=member)
    altered(job, request={**job.request, "prompt_directory_optin": True})
    with pytest.raises(NotAllowed):
        hide(job, member)


def test_of_two_who_hide_it_at_the_same_time_one_is_recorded(member: Member) -> None:
    job = a_job(owner=member)
    first, second = fresh(job), fresh(job)
    assert hide(first, member)
    assert not hide(second, member)
    assert len(recorded(job)) == 1
