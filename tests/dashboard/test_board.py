"""The board: what is made, what comes next, and what each person uses."""

import re
from datetime import timedelta
from itertools import islice
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from dashboard.board.lanes import MOST
from dashboard.polls import pulse
from studio.catalog.models import Connection
from studio.contract.errors import NotSent
from studio.credits.models import Budget
from studio.jobs.dispatch.forecast import departures
from studio.jobs.dispatch.priority import move_first
from studio.jobs.dispatch.sending import LEASE
from studio.jobs.lifecycle import machine
from studio.jobs.models import Attempt, Job, Submission
from studio.team.models import Member
from studio.worker.models import Heartbeat
from tests.dashboard.reading import rows_of
from tests.dashboard.test_jobs_live import opened, poll_url, trigger
from tests.dashboard.test_polls import Process, Tab
from tests.factories import a_budget, a_job, a_manager, a_member, altered, told

pytestmark = pytest.mark.django_db


def words(page: str) -> str:
    """What of a page is read, in one line."""
    return " ".join(re.sub("<[^>]+>", " ", page).split())


def shown(client: Client) -> str:
    return client.get("/team/").content.decode()


def part(page: str, kind: str) -> list[str]:
    """The jobs in a list of the board: "making" or "queue"."""
    return [row["data-job-id"] for row in rows_of(page) if row["id"].startswith(f"{kind}-")]


@pytest.fixture
def as_manager(client: Client) -> Client:
    client.force_login(a_manager())
    return client


def test_an_empty_installation_says_what_will_be_here(as_member: Client) -> None:
    assert "No clips yet" in shown(as_member)


def test_who_makes_what_stands_beside_what_comes_next_in_its_order(as_member: Client) -> None:
    ann, bob = a_member("ann@example.com", name="Ann"), a_member("bob@example.com", name="Bob")
    made = a_job("processing", owner=ann, prompt="a harbour")
    altered(made, expected_seconds=90)
    hers, more, his = a_job(owner=ann), a_job(owner=ann), a_job(owner=bob)
    page = shown(as_member)
    assert part(page, "making") == [str(made.pk)]
    # Hers was sent last, so his turn comes first.
    assert part(page, "queue") == [str(job.pk) for job in (his, hers, more)]
    text = words(page)
    assert "a harbour Ann Veo 3.1 Fast In progress" in text
    assert "1 in progress" in text
    assert "3 queued" in text
    assert f"Bob {made.model_name} 100 credits" in text


def test_what_is_held_back_for_itself_comes_last_and_says_why(as_member: Client) -> None:
    twin = a_job("unknown")
    held, free = a_job(), a_job(prompt="something else")
    page = shown(as_member)
    assert part(page, "queue") == [str(free.pk), str(held.pk)]
    assert f"waiting for the check of clip {twin.pk}" in page
    assert "1 unconfirmed" in words(page)


def test_a_connection_that_does_not_send_says_so_once(as_member: Client) -> None:
    for _ in range(3):
        a_job()
    Connection.objects.update(paused_since=timezone.now())
    board = shown(as_member).partition('<div id="board"')[2]
    assert words(board).count("Clips wait until an admin resumes it.") == 1


def test_a_private_clip_is_told_to_its_owner_alone(client: Client, as_member: Client, member: Member) -> None:
    own = a_job(owner=member, prompt="my own secret")
    others = a_job("pending", owner=a_member("other@example.com"), prompt="their secret")
    Job.objects.update(is_private=True)
    page = shown(as_member)
    assert "my own secret" in page
    assert "their secret" not in page
    assert "Private clip" in page
    assert (part(page, "queue"), part(page, "making")) == ([str(own.pk)], [str(others.pk)])


# ── When ────────────────────────────────────────────────────────────────────────────────────────────────
def test_when_a_clip_is_ready_is_told_where_past_ones_tell_how_long_it_takes(as_member: Client) -> None:
    job = a_job()
    assert "ready in about" not in shown(as_member)
    altered(job, expected_seconds=180)
    assert "ready in about 3 min" in shown(as_member)
    Connection.objects.update(paused_since=timezone.now())
    assert "ready in about" not in shown(as_member)


def test_requests_beyond_the_hours_limit_leave_as_the_hour_frees_them() -> None:
    job, now = a_job(), timezone.now()
    Connection.objects.update(kind="http", posts_per_hour=3)
    for minutes in (50, 10):
        Attempt.objects.create(
            submission=job.submission,
            connection=job.connection,
            number=minutes,
            at=now - timedelta(minutes=minutes),
        )
    leave = islice(departures(Connection.objects.get(), now), 5)
    assert [round((at - now).total_seconds() / 60) for at in leave] == [0, 10, 50, 60, 70]


def test_without_requests_allowed_nothing_ever_leaves() -> None:
    a_job()
    Connection.objects.update(kind="http", posts_per_hour=0)
    assert list(departures(Connection.objects.get(), timezone.now())) == []


# ── People ──────────────────────────────────────────────────────────────────────────────────────────────
def person(page: str, member: Member) -> str:
    found = re.search(rf'<li id="person-{member.pk}".*?</li>', page, re.DOTALL)
    assert found
    return words(found[0])


def test_each_person_s_use_is_told_and_the_others_are_folded(as_member: Client, member: Member) -> None:
    ann, bob = a_member("ann@example.com", name="Ann"), a_member("bob@example.com", name="Bob")
    for _ in range(3):
        a_job("completed", owner=ann)
    a_job("completed", owner=bob)
    a_job("failed", owner=bob)
    a_job("pending", owner=bob)
    a_job(owner=bob)
    page = shown(as_member)
    assert person(page, ann).startswith("Ann 300 this month 3 made today 300 credits today 75 % of the team")
    assert person(page, bob).startswith("Bob 100 this month 1 in progress 1 queued 1 made today 100 credits")
    assert f"person-{member.pk}" not in page
    assert "1 other with no activity this month" in words(page)
    assert "400 credits today 400 this month" in words(page)


def test_a_budget_of_one_s_own_stands_beside_its_person(as_member: Client) -> None:
    ann, bob = a_member("ann@example.com"), a_member("bob@example.com")
    a_budget(250, scope=Budget.Scope.EACH)
    a_budget(105, scope=Budget.Scope.PERSON, person=bob)
    a_budget(90_000)  # the team's is nobody's own
    a_job("completed", owner=ann)
    a_job("pending", owner=bob)  # what is held counts, too
    page = shown(as_member)
    assert "Personal budget: 100 of 250 used (40 %)" in person(page, ann)
    assert "Personal budget: 100 of 105 used (95 %)" in person(page, bob)


# ── What a manager does ─────────────────────────────────────────────────────────────────────────────────
def test_only_a_manager_is_offered_to_move_a_clip_and_the_board_follows(
    as_manager: Client, member: Member
) -> None:
    jobs = [a_job(owner=member) for _ in range(3)]
    page = shown(as_manager)
    last = f"/jobs/{jobs[-1].pk}/first/"
    assert last in page
    answer = as_manager.post(last, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Trigger"]) == (204, "jobs-changed")
    changed = as_manager.get(poll_url(page)).content.decode()
    assert part(changed, "queue") == [str(jobs[place].pk) for place in (2, 0, 1)]
    assert f"/jobs/{jobs[-1].pk}/in-line/" in changed
    viewer = Client()
    viewer.force_login(member)
    assert "/first/" not in shown(viewer)


def test_a_clip_s_own_page_moves_it_first_and_says_what_happened(as_manager: Client, member: Member) -> None:
    job = a_job(owner=member)
    page = as_manager.post(f"/jobs/{job.pk}/first/", follow=True).content.decode()
    assert "Moved to the front of the queue." in page
    assert "Moved to the front of the queue" in page
    assert "Return to queue" in page
    page = as_manager.post(f"/jobs/{job.pk}/in-line/", follow=True).content.decode()
    assert "Returned to its place in the queue." in page
    machine.claim(job.submission, LEASE)
    assert "Nothing changed" in as_manager.post(f"/jobs/{job.pk}/first/", follow=True).content.decode()


# ── Live ────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_board_is_drawn_anew_only_when_something_changed(as_member: Client) -> None:
    job = a_job("pending")
    url = opened(as_member, "/team/")
    assert as_member.get(url).status_code == 204
    machine.report(job, told(job, "completed"))
    answer = as_member.get(url).content.decode()
    assert 'id="board" class="board" hx-swap-oob="outerMorph"' in answer
    assert part(answer, "making") == []
    assert as_member.get(poll_url(answer)).status_code == 204


def test_what_has_no_revision_is_noticed_too(as_member: Client) -> None:
    a_job()
    url = opened(as_member, "/team/")
    a_budget(500, scope=Budget.Scope.EACH)
    answer = as_member.get(url)
    assert answer.status_code == 200
    Connection.objects.update(send_after=timezone.now() + timedelta(hours=2))
    assert as_member.get(poll_url(answer.content.decode())).status_code == 200


def test_a_board_at_rest_is_asked_for_less_often(as_member: Client) -> None:
    job = a_job("pending")
    assert "every 2s" in trigger(shown(as_member))
    machine.report(job, told(job, "failed"))
    assert "every 15s" in trigger(shown(as_member))


def test_quiet_polls_are_answered_before_django_and_answers_are_shared_but_for_managers_and_owners(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pulse, "FRESH", -1)
    monkeypatch.setattr(connections["default"], "close_if_unusable_or_obsolete", lambda: None)
    job = a_job(owner=a_member("owner@example.com"), prompt="a secret")
    Job.objects.update(is_private=True)
    Heartbeat.beat("worker:1")
    process = Process()
    tabs = {}
    for name in ("one", "two", "owner"):
        tabs[name] = Tab(process, _signed_in(a_member(f"{name}@example.com")), "/team/")
    tabs["manager"] = Tab(process, _signed_in(a_manager()), "/team/")
    assert not any(tab.settle().ask().reached_django for tab in tabs.values())
    move_first(job, a_manager())
    answers = {name: tab.ask() for name, tab in tabs.items()}
    assert [name for name, answer in answers.items() if not answer.reached_django] == ["two"]
    assert ["a secret" in answer.body for answer in answers.values()] == [False, False, True, False]
    assert ["/in-line/" in answer.body for answer in answers.values()] == [False, False, False, True]


def _signed_in(member: Member) -> Client:
    client = Client()
    client.force_login(member)
    return client


# ── However much there is ───────────────────────────────────────────────────────────────────────────────
def test_a_thousand_waiting_clips_make_no_longer_page_and_no_more_queries(
    as_member: Client, django_assert_max_num_queries
) -> None:
    job, running = a_job(), a_job("pending")
    machine.put_back(_claimed(a_job()), NotSent("Refused."))
    a_job("unknown", prompt="another")
    with django_assert_max_num_queries(60) as few:
        shown(as_member)
    many(job, 1_000)
    many(running, 100)
    with django_assert_max_num_queries(len(few)):
        page = shown(as_member)
    assert (len(part(page, "queue")), len(part(page, "making"))) == (MOST, MOST)
    assert "and 952 more" in words(page)
    assert "and 51 more" in words(page)


def _claimed(job: Job) -> Submission:
    return machine.claim(job.submission, LEASE)


def many(job: Job, number: int) -> None:
    """As many more of it, of ten people."""
    people = [a_member(f"person{place}@example.com") for place in range(10)]
    state = "queued" if job.state == "queued" else "accepted"
    begin = Submission.objects.latest("pk").pk
    Submission.objects.bulk_create(
        Submission(
            owner=people[place % 10],
            connection=job.connection,
            token=uuid4(),
            request=job.request,
            fingerprint=job.submission.fingerprint,
            state=state,
        )
        for place in range(number)
    )
    made = Submission.objects.filter(pk__gt=begin).order_by("pk").values_list("pk", "owner")
    Job.objects.bulk_create(
        Job(
            **{
                name: getattr(job, name)
                for name in ("connection_id", "project_id", "model_slug", "model_name")
            },
            submission_id=pk,
            owner_id=owner,
            spender_id=owner,
            asked_on=job.asked_on,
            prompt=job.prompt,
            request=job.request,
            state=job.state,
            upstream_id=None if job.state == "queued" else str(uuid4()),
        )
        for pk, owner in made
    )
