"""The rule of private clips where rows are read: every reader, every way to read, and nothing by the back door."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from studio.jobs.models import Event, HistoryRecord, Job
from studio.jobs.privacy import HIDDEN, is_hidden
from studio.team.models import Member
from tests.factories import a_job, a_member, altered, fresh

pytestmark = pytest.mark.django_db
PROMPT = "a dhow off Zanzibar"


@pytest.fixture
def private(member: Member) -> Job:
    return a_job("stored", owner=member, is_private=True, prompt=PROMPT)


@pytest.mark.parametrize("role", Member.Role.values)
def test_no_role_sees_what_is_in_the_private_clip_of_another(private: Job, role: str) -> None:
    viewer = a_member("viewer@example.com", role=role)
    seen = Job.objects.for_user(viewer).get()
    assert (seen.is_hidden, seen.prompt) == (True, HIDDEN)
    assert seen.request == {"model_slug": private.model_slug, "prompt": HIDDEN}
    assert (seen.clip, seen.result_urls, seen.size, seen.visible_files) == ("", [], None, [])


def test_its_maker_sees_all_of_it(private: Job, member: Member) -> None:
    seen = Job.objects.for_user(member).get()
    assert (seen.is_hidden, seen.prompt, seen.request) == (False, PROMPT, private.request)
    assert len(seen.visible_files) == 1


def test_everyone_sees_whose_it_is_what_it_cost_and_how_it_stands(private: Job, admin: Member) -> None:
    seen = Job.objects.for_user(admin).get()
    told = (seen.owner_id, seen.charged, seen.state, seen.model_name, seen.created_at)
    assert told == (
        private.owner_id,
        private.charged,
        private.state,
        private.model_name,
        private.created_at,
    )


def test_no_one_who_is_not_an_active_member_reads_any_clip(private: Job, admin: Member) -> None:
    a_job(owner=admin)
    admin.is_active = False
    assert not Job.objects.for_user(admin).exists()
    assert not Job.objects.for_user(AnonymousUser()).exists()


def test_without_a_viewer_the_product_itself_reads_everything(private: Job) -> None:
    assert Job.objects.get().prompt == PROMPT
    assert is_hidden(private, None)  # but nothing is drawn for nobody


def test_every_way_of_reading_hides_the_same(private: Job, admin: Member) -> None:
    seen = Job.objects.for_user(admin)
    narrowed = seen.filter(state="completed").order_by("-id").select_related("owner")
    found = [seen[0], seen.first(), narrowed.last(), *narrowed, *narrowed.iterator(), *seen[:5], *seen.all()]
    assert {job.prompt for job in found if job} == {HIDDEN}
    assert len(found) == 7


def test_a_clip_read_for_another_stays_hidden_when_it_is_read_again(private: Job, admin: Member) -> None:
    seen = Job.objects.for_user(admin).get()
    seen.refresh_from_db()
    assert (seen.prompt, seen.clip) == (HIDDEN, "")
    seen.refresh_from_db(fields=["prompt"])
    assert seen.prompt == HIDDEN


def test_a_clip_read_for_another_cannot_be_saved_over_the_whole_one(private: Job, admin: Member) -> None:
    seen = Job.objects.for_user(admin).get()
    with pytest.raises(TypeError):
        seen.save()
    assert fresh(private).prompt == PROMPT


def test_a_row_of_the_history_read_for_another_cannot_be_saved(private: Job, admin: Member) -> None:
    HistoryRecord.objects.create(
        connection=private.connection,
        job=private,
        upstream_id="1",
        prompt=PROMPT,
        raw={"prompt": PROMPT},
        made_at=private.created_at,
    )
    seen = HistoryRecord.objects.for_user(admin).get()
    with pytest.raises(TypeError):
        seen.save()
    seen.refresh_from_db()
    assert (seen.prompt, seen.raw) == (HIDDEN, {})


def test_what_happened_to_it_is_told_without_the_details(private: Job, member: Member, admin: Member) -> None:
    Event.objects.create(job=private, what="failed", detail="No Zanzibar here.")
    read = {viewer: Job.objects.for_user(viewer).get().visible_events for viewer in (member, admin)}
    assert [event.what for event in read[admin]] == [event.what for event in read[member]]
    assert {event.detail for event in read[admin]} == {""}
    assert "No Zanzibar here." in [event.detail for event in read[member]]


@pytest.mark.parametrize(
    ("state", "upstream_id", "is_told"),
    [("attention", None, True), ("attention", "1", False), ("failed", "1", False), ("blocked", None, False)],
)
def test_only_a_sentence_of_our_own_is_told_beside_a_private_clip(
    member: Member, admin: Member, state: str, upstream_id: str | None, is_told: bool
) -> None:
    """The studio's may quote the prompt."""
    job = a_job("unclear" if upstream_id and state == "attention" else state, owner=member, is_private=True)
    altered(job, error="Please decide.")
    assert bool(Job.objects.for_user(admin).get().error) is is_told


def test_the_private_clips_of_others_are_those_that_are_hidden(private: Job, member: Member) -> None:
    other = a_member("other@example.com")
    theirs = a_job(owner=other, is_private=True)
    a_job(owner=other)
    for viewer in (member, other):
        hidden = {job.pk for job in Job.objects.for_user(viewer) if job.is_hidden}
        assert {job.pk for job in Job.objects.hidden_from(viewer)} == hidden
    assert set(Job.objects.private()) == {private, theirs}


def test_values_are_not_hidden_and_whoever_reads_them_must_do_it(private: Job, admin: Member) -> None:
    """studio.jobs.queries does: this is the reason why it has to."""
    values: list[Any] = list(Job.objects.for_user(admin).values_list("prompt", flat=True))
    assert values == [PROMPT]
