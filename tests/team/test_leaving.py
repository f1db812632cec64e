"""The page on which an admin lets somebody go."""

import re

import pytest
from django.test import Client

from studio.audit.models import Entry
from studio.jobs.models import Job
from studio.team.models import Member
from tests.factories import a_job, a_member, fresh
from tests.team.test_people import text_of


@pytest.fixture
def leaving(db: None) -> Member:
    return a_member("leaving@example.com", name="Leaving")


def let_go(client: Client, member: Member, **choice: object):
    return client.post(f"/people/{member.pk}/deactivate/", choice)


def test_the_page_tells_what_there_is_and_proposes_the_admin(
    as_admin: Client, admin: Member, leaving: Member
) -> None:
    for state in ("queued", "blocked", "processing", "attention", "stored"):
        a_job(state, owner=leaving)
    page = text_of(as_admin.get(f"/people/{leaving.pk}/deactivate/"))
    assert "2 queued, 1 in progress, 1 needs attention, 1 finished" in page
    assert f'<option value="{admin.pk}" selected>' in page
    assert re.search(r'value="unfinished"[^>]* checked', page)
    assert leaving.is_active


def test_who_takes_over_has_the_unfinished_clips(as_admin: Client, admin: Member, leaving: Member) -> None:
    job, kept = a_job("processing", owner=leaving), a_job("stored", owner=leaving)
    let_go(as_admin, leaving, clips="unfinished", to=admin.pk)
    page = text_of(as_admin.get("/people/"))
    assert "Leaving can no longer sign in. 1 clip was reassigned to you." in page
    assert (fresh(job).owner, fresh(kept).owner) == (admin, leaving)
    assert not Member.objects.get(pk=leaving.pk).is_active
    told = [
        (entry.action, entry.about, entry.detail)
        for entry in Entry.objects.filter(by=admin).order_by("number")
    ]
    assert told == [
        ("clips.handed_over", f"member:{leaving.pk}", {"to": admin.pk, "clips": 1}),
        ("member.deactivated", f"member:{leaving.pk}", {}),
    ]
    assert "Owner changed" in text_of(as_admin.get(f"/jobs/{job.pk}/"))


def test_an_open_list_shows_the_new_owner(as_admin: Client, member: Member, leaving: Member) -> None:
    job = a_job("processing", owner=leaving)
    let_go(as_admin, leaving, clips="everything", to=member.pk)
    changes = as_admin.get(f"/jobs/live/?since={fresh(job).rev - 1}", headers={"HX-Request": "true"})
    assert f'data-job-id="{job.pk}"' in text_of(changes)


def test_nobody_takes_over_and_what_waits_is_cancelled(as_admin: Client, leaving: Member) -> None:
    waiting, running = a_job("queued", owner=leaving), a_job("processing", owner=leaving)
    let_go(as_admin, leaving, clips="cancel")
    assert "1 clip was cancelled." in text_of(as_admin.get("/people/"))
    assert (fresh(waiting).state, fresh(running).state) == ("cancelled", "processing")


def test_all_may_stay_as_it_is(as_admin: Client, leaving: Member) -> None:
    job = a_job("queued", owner=leaving)
    let_go(as_admin, leaving, clips="stay")
    assert (fresh(job).state, fresh(job).owner) == ("queued", leaving)
    assert not Member.objects.get(pk=leaving.pk).is_active


@pytest.mark.parametrize("choice", [{}, {"clips": "burn"}, {"clips": "unfinished", "to": ""}])
def test_without_a_choice_nothing_happens(as_admin: Client, leaving: Member, choice: dict[str, str]) -> None:
    a_job("queued", owner=leaving)
    assert let_go(as_admin, leaving, **choice).status_code == 422
    assert Member.objects.get(pk=leaving.pk).is_active
    assert not Entry.objects.filter(action="member.deactivated").exists()


def test_clips_go_to_active_people_who_make_clips_only(as_admin: Client, leaving: Member) -> None:
    viewer = a_member("viewer@example.com", role="viewer")
    gone = a_member("gone@example.com", is_active=False)
    a_job("queued", owner=leaving)
    for to in (viewer, gone, leaving):
        assert let_go(as_admin, leaving, clips="everything", to=to.pk).status_code == 422
    assert Job.objects.get().owner == leaving


def test_a_refused_deactivation_moves_no_clip(as_admin: Client, admin: Member, member: Member) -> None:
    a_job("queued", owner=admin)
    let_go(as_admin, admin, clips="everything", to=member.pk)
    assert "You can’t deactivate yourself." in text_of(as_admin.get("/people/"))
    assert Job.objects.get().owner == admin


def test_who_is_out_already_has_no_such_page(as_admin: Client, leaving: Member) -> None:
    Member.objects.filter(pk=leaving.pk).update(is_active=False)
    assert as_admin.get(f"/people/{leaving.pk}/deactivate/").status_code == 404
