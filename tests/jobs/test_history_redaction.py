"""The studio's own history, read beside private clips: which rows are blanked for whom, and which must stay."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from studio.catalog.models import Connection
from studio.jobs.history_redaction import TIME_TOLERANCE
from studio.jobs.models import HistoryRecord, Job, Submission
from studio.jobs.privacy import HIDDEN
from studio.team.models import Member
from tests.factories import a_job, a_member, altered

pytestmark = pytest.mark.django_db
SECRET = "a dhow off “Zanzibar”"


@pytest.fixture
def reader(db: None) -> Member:
    return a_member("reader@example.com", role=Member.Role.ADMIN)


def a_row(beside: Job, **fields: Any) -> HistoryRecord:
    """A row that no clip is linked to: of another clip, made at about the time of ``beside``."""
    said: dict[str, Any] = {
        "connection": beside.connection,
        "upstream_id": "another",
        "model_slug": beside.model_slug,
        "prompt": "waves",
        "made_at": timezone.now(),
        "result_urls": ["https://media.example.com/a.mp4"],
        "error": "No luck.",
        "state_word": "odd",
        **fields,
    }
    return HistoryRecord.objects.create(**{"raw": {"prompt": said["prompt"]}, **said})


def is_blank_for(viewer: Member, row: HistoryRecord) -> bool:
    """Blanked is all or nothing."""
    seen = HistoryRecord.objects.for_user(viewer).get(pk=row.pk)
    if not seen.is_hidden:
        assert (seen.prompt, seen.raw, seen.error) == (row.prompt, row.raw, row.error)
        return False
    words = (seen.prompt, seen.raw, seen.result_urls, seen.error, seen.state_word, seen.unreadable_reason)
    assert words == (HIDDEN, {}, [], "", "", "")
    return True


def in_doubt(owner: Member, **fields: Any) -> Job:
    """A private request whose answer was lost: its row may be any."""
    return altered(a_job("attention", owner=owner, is_private=True, prompt=SECRET), **fields)


# ── Clips that the studio numbered ───────────────────────────────────────────────────────────────────────
def test_the_row_of_a_private_clip_is_blank_for_all_but_its_maker(member: Member, reader: Member) -> None:
    job = a_job("completed", owner=member, is_private=True, prompt=SECRET)
    row = a_row(job, job=job, prompt=SECRET)
    assert is_blank_for(reader, row)
    assert not is_blank_for(member, row)


def test_the_clip_beside_a_row_is_blank_as_well(member: Member, reader: Member) -> None:
    job = a_job("completed", owner=member, is_private=True, prompt=SECRET)
    a_row(job, job=job)
    beside = HistoryRecord.objects.for_user(reader).get().job
    assert beside
    assert (beside.prompt, beside.is_hidden) == (HIDDEN, True)


@pytest.mark.parametrize("fields", [{"prompt": SECRET}, {"prompt": f"  {SECRET}\n"}])
def test_a_row_with_the_prompt_of_a_private_clip_is_blank_though_it_is_not_linked(
    member: Member, reader: Member, fields: dict[str, Any]
) -> None:
    job = a_job("completed", owner=member, is_private=True, prompt=SECRET)
    assert is_blank_for(reader, a_row(job, **fields))


def test_a_row_with_the_number_of_a_private_clip_is_blank_though_it_is_not_linked(
    member: Member, reader: Member
) -> None:
    job = a_job("completed", owner=member, is_private=True, prompt=SECRET)
    row = a_row(job, upstream_id=job.upstream_id, prompt="in other words")
    assert is_blank_for(reader, row)
    assert not is_blank_for(member, row)


def test_the_rows_of_shared_clips_and_of_other_clips_stay(member: Member, reader: Member) -> None:
    shared = a_job("completed", owner=member, prompt=SECRET)
    private = a_job("completed", owner=member, is_private=True, prompt="something else")
    rows = [a_row(shared, job=shared, prompt=SECRET), a_row(private, upstream_id="b")]
    assert [is_blank_for(reader, row) for row in rows] == [False, False]


def test_a_private_clip_without_a_prompt_hides_no_other_row_without_one(
    member: Member, reader: Member
) -> None:
    job = altered(a_job("completed", owner=member, is_private=True), prompt=" ")
    assert not is_blank_for(reader, a_row(job, prompt=""))


def test_two_studios_may_use_the_same_number_and_prompt(member: Member, reader: Member) -> None:
    job = a_job("completed", owner=member, is_private=True, prompt=SECRET)
    other = Connection.objects.create(name="B", kind=Connection.Kind.HTTP, base_url="https://b.example.com")
    row = a_row(job, connection=other, upstream_id=job.upstream_id, prompt=SECRET)
    assert not is_blank_for(reader, row)


# ── Requests whose answer was lost ───────────────────────────────────────────────────────────────────────
def test_a_row_that_quotes_the_prompt_anywhere_may_be_that_of_a_request_in_doubt(
    member: Member, reader: Member
) -> None:
    row = a_row(in_doubt(member), prompt="x", raw={"input": [{"text": f"{SECRET}, wide"}]})
    assert is_blank_for(reader, row)
    assert not is_blank_for(member, row)


@pytest.mark.parametrize(
    ("fields", "is_blank"),
    [
        ({"prompt": ""}, True),  # it tells nothing, and could be it
        ({"prompt": "", "model_slug": ""}, True),
        ({"prompt": "", "model_slug": "kling"}, False),
        ({"prompt": "waves"}, False),
    ],
)
def test_a_row_without_a_prompt_may_be_that_of_a_request_in_doubt(
    member: Member, reader: Member, fields: dict[str, Any], is_blank: bool
) -> None:
    assert is_blank_for(reader, a_row(in_doubt(member), **fields)) is is_blank


@pytest.mark.parametrize(
    ("hours", "is_blank"), [(0, True), (0.9, True), (-0.9, True), (1.1, False), (-1.1, False)]
)
def test_only_rows_of_about_that_time_may_be_it(
    member: Member, reader: Member, hours: float, is_blank: bool
) -> None:
    job = in_doubt(member)
    row = a_row(job, prompt="", made_at=timezone.now() + hours * TIME_TOLERANCE)
    assert is_blank_for(reader, row) is is_blank


def test_a_request_that_was_answered_has_its_row_so_no_other_is_blank(member: Member, reader: Member) -> None:
    job = a_job("completed", owner=member, is_private=True, prompt=SECRET)
    assert not is_blank_for(reader, a_row(job, prompt=""))


def test_a_request_that_was_sent_twice_may_have_a_second_row(member: Member, reader: Member) -> None:
    job = a_job("completed", owner=member, is_private=True, prompt=SECRET)
    Submission.objects.filter(pk=job.submission_id).update(attempt=2)
    soon, later = timezone.now(), timezone.now() + timedelta(hours=2)
    assert is_blank_for(reader, a_row(job, prompt="", made_at=soon))
    assert not is_blank_for(reader, a_row(job, prompt="", upstream_id="b", made_at=later))


def test_a_row_of_another_clip_is_not_taken_for_a_request_in_doubt(member: Member, reader: Member) -> None:
    """It is linked, so it is known whose it is."""
    in_doubt(member)
    shared = a_job("completed", owner=member)
    assert not is_blank_for(reader, a_row(shared, job=shared, prompt=""))


def test_however_many_rows_are_read_the_queries_are_the_same(
    member: Member, reader: Member, django_assert_num_queries: Any
) -> None:
    job = in_doubt(member)
    linked = a_job("completed", owner=member, is_private=True)
    for number in range(6):
        a_row(job, upstream_id=str(number), prompt="")
    a_row(linked, job=linked, upstream_id="linked")
    with django_assert_num_queries(3):  # the rows, the linked clips, those that could be
        rows = list(HistoryRecord.objects.for_user(reader))
    assert [row.is_hidden for row in rows] == [True] * 7
