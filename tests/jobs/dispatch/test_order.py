"""Whose request is next: the rules themselves, and that what is sent follows them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.audit.models import Entry
from studio.catalog.models import Connection
from studio.contract.errors import NotSent, RateLimited
from studio.jobs.dispatch import sending
from studio.jobs.dispatch.order import QueuedRequest, in_turns, line
from studio.jobs.dispatch.priority import move_first, put_in_line
from studio.jobs.dispatch.waiting import MOST_BEFORE, Queue, why_waiting
from studio.jobs.lifecycle import machine
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Event, Job, Revision, Submission, Turn
from studio.team.errors import NotAllowed
from studio.team.models import Member
from tests.factories import a_job, a_manager, a_member

EARLY = datetime(2026, 3, 1, tzinfo=UTC)
PEOPLE = st.integers(1, 5)
MOVES = st.one_of(st.none(), st.none(), st.none(), st.integers(0, 9).map(lambda day: EARLY + timedelta(day)))
TURNS = st.dictionaries(PEOPLE, st.integers(1, 99))


@st.composite
def asked(draw: st.DrawFn, moves: st.SearchStrategy = MOVES) -> list[QueuedRequest]:
    owners = draw(st.lists(PEOPLE, max_size=30))
    return [QueuedRequest(pk, owner, draw(moves)) for pk, owner in enumerate(owners, start=1)]


# ── The rules ───────────────────────────────────────────────────────────────────────────────────────────
@given(asked(), TURNS)
def test_everything_is_sent_once_and_the_oldest_of_a_person_first(
    line: list[QueuedRequest], turns: dict[int, int]
):
    order = list(in_turns(line, turns))
    assert sorted(order) == line
    for person in {one.owner for one in line}:
        own = [one.pk for one in order if one.owner == person and one.first_at is None]
        assert own == sorted(own)


@given(asked(moves=st.none()), TURNS)
def test_nobody_waits_for_more_than_one_request_of_each_other_person(
    line: list[QueuedRequest], turns: dict[int, int]
):
    order = [one.owner for one in in_turns(line, turns)]
    for person in set(order):
        since_last: list[int] = []  # who was served while this person waited
        for served in order[: len(order) - order[::-1].index(person)]:
            assert served == person or served not in since_last
            since_last = [] if served == person else [*since_last, served]


@given(asked(), TURNS)
def test_what_was_moved_first_goes_before_all_and_the_newest_move_on_top(
    line: list[QueuedRequest], turns: dict[int, int]
):
    moves = [one.first_at for one in in_turns(line, turns)]
    count = sum(move is not None for move in moves)
    assert moves[:count] == sorted(filter(None, moves), reverse=True)


@given(asked(moves=st.none()), TURNS)
def test_who_never_had_a_turn_comes_before_all_who_had_one(line: list[QueuedRequest], turns: dict[int, int]):
    order = [one.owner for one in in_turns(line, turns)]
    first_round = list(dict.fromkeys(order))
    assert first_round == sorted(first_round, key=lambda person: (turns.get(person, 0), order.index(person)))


@given(asked(), TURNS, st.integers(0, 30))
def test_the_order_of_the_rest_is_the_same_after_some_were_sent(
    line: list[QueuedRequest], turns: dict[int, int], sent: int
):
    order = list(in_turns(line, turns))
    for one in order[:sent]:
        turns[one.owner] = max(turns.values(), default=0) + 1
    assert list(in_turns(order[sent:], turns)) == order[sent:]


# ── The tables ──────────────────────────────────────────────────────────────────────────────────────────
def people(*names: str) -> list[Member]:
    return [a_member(f"{name}@example.com") for name in names]


def sent(connection: Connection) -> Iterator[Job]:
    """Claims what is next, as the worker does, and lets the studio refuse it, until nothing is left."""
    while submission := sending.claim_next(connection):
        Submission.objects.filter(pk=submission.pk).update(state="rejected", lease_until=None)
        yield submission.jobs.get()


def expected(connection: Connection) -> list[int]:
    return line(connection, timezone.now(), 1_000)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    owners=st.lists(st.sampled_from(["ann", "bob", "eve"]), min_size=1, max_size=6),
    moved=st.sets(st.integers(0, 5)),
    held=st.sets(st.integers(0, 5)),
    served=st.lists(st.sampled_from(["ann", "bob", "eve"]), max_size=3),
)
@pytest.mark.django_db
def test_what_is_foretold_is_what_is_sent(owners: list[str], moved: set, held: set, served: list[str]):
    with transaction.atomic():
        for name in served:
            list(sent(a_job(owner=a_member(f"{name}@example.com")).connection))
        jobs = [a_job(owner=a_member(f"{name}@example.com"), prompt=str(uuid4())) for name in owners]
        for place, job in enumerate(jobs):
            if place in moved:
                move_first(job, a_manager())
            if place in held:
                Submission.objects.filter(pk=job.submission_id).update(
                    send_after=timezone.now() + timedelta(1)
                )
        foretold = expected(jobs[0].connection)
        assert [job.submission_id for job in sent(jobs[0].connection)] == foretold
        assert len(foretold) == len(jobs) - len(held & set(range(len(jobs))))
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_one_clip_passes_somebody_else_s_hundred():
    ann, bob = people("ann", "bob")
    hers = [a_job(owner=ann) for _ in range(5)]
    list(zip(sent(hers[0].connection), range(2), strict=False))  # two of hers are out
    his = a_job(owner=bob)
    assert next(sent(his.connection)) == his


@pytest.mark.django_db
@pytest.mark.parametrize("error", [NotSent("Refused."), RateLimited("Slow down.", retry_after=30)])
def test_a_request_that_is_put_back_keeps_its_place_among_those_of_its_person(error):
    ann, bob = people("ann", "bob")
    first, second, his = a_job(owner=ann), a_job(owner=ann), a_job(owner=bob)
    machine.put_back(sending.claim_next(first.connection), error)
    assert expected(first.connection) == [his.submission_id, second.submission_id]  # its pause stops nobody
    Submission.objects.update(send_after=None)
    assert expected(first.connection) == [his.submission_id, first.submission_id, second.submission_id]


@pytest.mark.django_db
def test_while_the_studio_is_away_one_request_tries_for_everybody():
    ann, bob = people("ann", "bob")
    job, _ = a_job(owner=ann), a_job(owner=bob)
    Connection.objects.update(state=Connection.State.UNREACHABLE)
    connection = Connection.objects.get()
    machine.put_back(sending.claim_next(connection), NotSent("Refused."))
    assert sending.next_to_send(connection) is None
    Submission.objects.filter(pk=job.submission_id).update(send_after=timezone.now() - timedelta(seconds=1))
    assert sending.next_to_send(connection).owner == bob


@pytest.mark.django_db
def test_turns_are_counted_for_each_connection():
    job = a_job()
    machine.claim(job.submission, sending.LEASE)
    machine.put_back(job.submission, NotSent("Refused."))
    machine.claim(job.submission, sending.LEASE)
    assert list(Turn.objects.values_list("connection", "owner", "number")) == [
        (job.connection_id, job.owner_id, 2)
    ]


# ── Why it waits ────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_a_clip_is_told_how_many_really_come_first():
    ann, bob = people("ann", "bob")
    hers = [a_job(owner=ann) for _ in range(3)]
    his = a_job(owner=bob)
    assert [why_waiting(job).before for job in (his, *hers[1:])] == [1, 2, 3]
    assert why_waiting(hers[0]) is None
    machine.claim(hers[0].submission, sending.LEASE)
    assert [why_waiting(job).before for job in (his, *hers[1:])] == [1, 2, 3]


@pytest.mark.django_db
def test_of_a_long_line_only_its_beginning_is_counted():
    job = a_job()
    copies(job, MOST_BEFORE + 20)
    last = Submission.objects.latest("pk")
    assert Queue(job.connection).before(last) == MOST_BEFORE


def copies(job: Job, number: int) -> None:
    """As many requests more of the same person, without their jobs."""
    one = job.submission
    Submission.objects.bulk_create(
        Submission(
            owner_id=one.owner_id,
            connection_id=one.connection_id,
            token=uuid4(),
            request=one.request,
            fingerprint=one.fingerprint,
        )
        for _ in range(number)
    )


# ── Moved first ─────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_a_manager_moves_a_clip_first_and_puts_it_back_in_line():
    ann, bob = people("ann", "bob")
    manager = a_manager()
    first, second, third = a_job(owner=ann), a_job(owner=bob), a_job(owner=ann)
    before = Revision.current()
    move_first(second, manager)
    move_first(third, manager)
    queue = first.connection
    assert expected(queue) == [job.submission_id for job in (third, second, first)]
    put_in_line(third, manager)
    assert expected(queue) == [job.submission_id for job in (second, first, third)]
    assert Revision.current() == before + 3 == Job.objects.get(pk=third.pk).rev
    told = Event.objects.filter(job=third, person=manager).values_list("what", flat=True)
    assert list(told) == ["first", "in-line"]
    assert list(Entry.objects.order_by("-number").values_list("action", "about")[:2]) == [
        ("clip.put_in_line", f"job:{third.pk}"),
        ("clip.moved_first", f"job:{third.pk}"),
    ]


@pytest.mark.django_db
def test_what_was_moved_first_stays_first_when_it_is_put_back():
    ann, bob = people("ann", "bob")
    _, moved = a_job(owner=ann), a_job(owner=bob)
    move_first(moved, a_manager())
    machine.put_back(sending.claim_next(moved.connection), NotSent("Refused."))
    Submission.objects.update(send_after=None)
    assert sending.next_to_send(moved.connection) == moved.submission


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["approval", "pending", "blocked", "cancelled"])
def test_only_what_waits_to_be_sent_can_be_moved(state: str):
    job = a_job(state)
    events = job.events.count()
    with pytest.raises(Moved):
        move_first(job, a_manager())
    assert job.events.count() == events


@pytest.mark.django_db
def test_only_a_manager_moves_clips():
    with pytest.raises(NotAllowed):
        move_first(a_job(), a_member())


@pytest.mark.django_db
def test_what_was_not_moved_cannot_be_put_back():
    with pytest.raises(Moved):
        put_in_line(a_job(), a_manager())


# ── What it costs ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_the_next_request_is_found_by_indexes_alone():
    job = a_job()
    a_job("blocked")  # everything is looked at
    with CaptureQueriesContext(database) as seen:
        sending.next_to_send(job.connection)
        line(job.connection, timezone.now(), 50)
    by_size = database.vendor == "postgresql"  # which takes any index of a table with a handful of rows
    for query in seen.captured_queries:
        plan = _plan(query["sql"])
        walked = "Seq Scan on jobs_" in plan or "SCAN jobs_" in plan
        assert not walked, f"{query['sql']}\n{plan}"
        if "'queued'" in query["sql"] and not by_size:
            assert "submission_line" in plan or "submission_moved_first" in plan, plan


def _plan(sql: str) -> str:
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if database.vendor == 'sqlite' else ''}{sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


@pytest.mark.django_db
def test_the_step_asks_the_same_few_questions_of_any_line(django_assert_num_queries):
    job = a_job()
    Connection.objects.update(kind="http", base_url="https://studio.example.com")
    connection = Connection.objects.get()
    with django_assert_num_queries(6):
        sending.next_to_send(connection)
    copies(job, 300)
    with django_assert_num_queries(6):
        sending.next_to_send(connection)
