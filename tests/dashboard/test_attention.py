"""Needs attention: the evidence, each choice and what it does, and how little the page costs."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.attention import held
from dashboard.shared.words import clock_time
from studio.catalog.models import Connection
from studio.contract.errors import StudioError
from studio.credits.balance import note_balance
from studio.jobs.lifecycle import decisions, machine
from studio.jobs.models import Event, HistoryRecord, Job, Submission
from studio.jobs.sync.repeated import KEYS_LAST
from studio.team.models import Member
from tests.factories import a_job, a_member, altered, fresh
from tests.must import must

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def a_case(owner: Member, *, ago: timedelta = 5 * MINUTE, **changes: Any) -> Job:
    """Sent so long ago, its answer lost half a minute later."""
    job = a_job("attention", owner=owner, **changes)
    sent_at = timezone.now() - ago
    lost_at = sent_at + timedelta(seconds=30)
    Submission.objects.filter(pk=job.submission_id).update(
        sent_at=sent_at, lost_at=lost_at, balance_before=1_000
    )
    return altered(job, created_at=sent_at)


def a_row(job: Job, upstream_id: str, after: timedelta, **told: object) -> HistoryRecord:
    """A row of the history, made that long after the request left."""
    made_at = must(fresh(job).submission.sent_at) + after
    raw: dict[str, object] = {
        "job_id": upstream_id,
        "prompt": job.prompt,
        "model_slug": job.model_slug,
        "status": "completed",
    }
    raw |= {"created_at": made_at.isoformat(), "result_urls": [f"https://studio.example/{upstream_id}.mp4"]}
    return HistoryRecord.objects.create(
        connection=job.connection,
        upstream_id=upstream_id,
        raw=raw | told,
        state="completed",
        prompt=job.prompt,
        made_at=made_at,
    )


def read_at(job: Job, moment: datetime) -> None:
    Connection.objects.filter(pk=job.connection_id).update(history_read_at=moment)


def text_of(client: Client, path: str = "/attention/") -> str:
    """What a person reads, on one line."""
    response = client.get(path, follow=True)
    assert response.status_code == 200
    main = response.content.decode().partition("<main")[2]
    return " ".join(re.sub("<[^>]+>", " ", main).split())


def choose(client: Client, job: Job, action: str, follow: bool = True, **fields: object):
    fields = {"attempt": job.submission.attempt, **fields}
    return client.post(f"/attention/{job.pk}/{action}/", fields, follow=follow)


# ── What is shown ────────────────────────────────────────────────────────────────────────────────────────
def test_nothing_needs_anybody(as_member: Client) -> None:
    assert "Nothing needs attention" in text_of(as_member)


def test_what_was_sent_stands_beside_what_the_history_shows(member: Member, as_member: Client) -> None:
    job = a_case(member)
    a_row(job, "up-1", timedelta(seconds=4), duration_seconds=8)
    a_row(job, "up-2", 4 * MINUTE, prompt="something else")
    page = text_of(as_member)
    for words in (
        "Request Prompt",
        "a lighthouse at dawn",
        "Made while the request was being sent",
        "Made 4 min after the request",
        "Duration 8 s same",
        "1 with other prompts, from about the same time",
        "something else different",
        "Not reported aspect ratio",
        "This is it",
    ):
        assert words in page, words


def test_a_row_that_contradicts_is_no_candidate(member: Member, as_member: Client) -> None:
    job = a_case(member)
    a_row(job, "up-1", timedelta(seconds=4), duration_seconds=5)
    assert "No clip in the history could be this one." in text_of(as_member)


def test_the_studio_s_own_file_is_a_link_that_tells_it_nothing(member: Member, as_member: Client) -> None:
    job = a_case(member)
    a_row(job, "up-1", MINUTE, result_urls=["https://studio.example/a.mp4", "javascript:alert(1)"])
    page = as_member.get("/attention/").content.decode()
    assert 'href="https://studio.example/a.mp4" target="_blank" rel="noreferrer noopener"' in page
    assert 'href="javascript' not in page


def test_the_page_says_how_far_the_history_proves_anything(member: Member, as_member: Client) -> None:
    job = a_case(member)
    assert "could not be loaded since the answer was lost" in text_of(as_member)
    read_at(job, timezone.now())
    assert "It has no clips" in text_of(as_member)
    a_row(job, "later", MINUTE)
    assert "may not cover the time of the request" in text_of(as_member)
    old = a_row(job, "earlier", -45 * MINUTE)
    assert f"It goes back to {clock_time(old.made_at)} and covers the time of the request" in text_of(
        as_member
    )


def test_rows_without_meaning_are_counted(member: Member, as_member: Client) -> None:
    job = a_case(member)
    for name in ("a", "b"):
        HistoryRecord.objects.create(
            connection=job.connection,
            upstream_id=name,
            raw={},
            unreadable_reason="No id.",
            made_at=timezone.now(),
        )
    assert "2 entries could not be read. One of them may be this clip." in text_of(as_member)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (900, "Down by 100 credits, exactly the price of this clip."),
        (1_000, "Unchanged, as if nothing had been charged."),
        (840, "Down by 160 credits; this clip costs about 100 credits."),
        (1_500, "Up by 500 credits."),
        (None, "The balance before or after is unknown"),
    ],
)
def test_the_balance_before_and_after_is_told_with_what_it_means(
    after: int | None, words: str, member: Member, as_member: Client
) -> None:
    job = a_case(member)
    note_balance(job.connection_id, after)
    assert words in text_of(as_member)


def test_equal_requests_that_wait_are_told(member: Member, as_member: Client) -> None:
    a_case(member)
    a_job("queued", owner=member)
    assert "An identical request waits for this decision" in text_of(as_member)


def test_what_is_still_checked_says_when_a_person_is_asked(member: Member, as_member: Client) -> None:
    job = a_job("unknown", owner=member)
    page = text_of(as_member)
    asked = clock_time(must(job.submission.lost_at) + 2 * MINUTE)
    assert f"a person is asked to decide by {asked}" in page
    assert "This is it" not in page


def test_while_the_history_cannot_be_read_a_person_is_asked_later(member: Member, as_member: Client) -> None:
    job = a_job("unknown", owner=member)
    lost_at = timezone.now() - 3 * MINUTE
    Submission.objects.filter(pk=job.submission_id).update(lost_at=lost_at)
    page = text_of(as_member)
    assert (
        f"could not be loaded since: a person is asked to decide by {clock_time(lost_at + 16 * MINUTE)}"
        in page
    )


def test_lost_copies_are_listed(member: Member, as_member: Client) -> None:
    a_job("lost", owner=member)
    assert "The studio has no such file any more." in text_of(as_member)


def test_connections_that_need_a_hand_are_for_admins(
    admin: Member, as_admin: Client, as_member: Client
) -> None:
    job = a_job("blocked", owner=admin)
    link = f"/connections/#connection-{job.connection_id}"
    assert link in as_admin.get("/attention/").content.decode()
    assert link not in as_member.get("/attention/").content.decode()


def test_the_job_s_own_page_has_the_same_evidence(member: Member, as_member: Client) -> None:
    job = a_case(member)
    a_row(job, "up-1", timedelta(seconds=4))
    page = text_of(as_member, f"/jobs/{job.pk}/")
    assert "Request Prompt" in page
    assert "This is it" in page


# ── It is this job ───────────────────────────────────────────────────────────────────────────────────────
def test_a_person_recognises_the_clip(member: Member, as_member: Client) -> None:
    job = a_case(member)
    a_row(job, "up-1", timedelta(seconds=4))
    response = choose(as_member, job, "settle", upstream_id="up-1")
    assert f"Clip {job.pk} was found." in response.content.decode()
    job = fresh(job)
    assert (job.state, job.upstream_id) == ("completed", "up-1")
    assert Event.objects.filter(job=job, person=member, detail__contains="up-1").exists()


def test_only_what_is_shown_can_be_chosen(member: Member, as_member: Client) -> None:
    job = a_case(member)
    a_row(job, "other-model", timedelta(seconds=4), model_slug="kling_3_0")
    for upstream_id in ("other-model", "invented", ""):
        response = choose(as_member, job, "settle", upstream_id=upstream_id)
        assert "Nothing changed" in response.content.decode()
    assert fresh(job).state == "attention"


def test_one_row_is_not_given_to_two_jobs(member: Member, as_member: Client) -> None:
    first, second = a_case(member), a_case(member)
    a_row(first, "up-1", timedelta(seconds=4))
    choose(as_member, first, "settle", upstream_id="up-1")
    response = choose(as_member, second, "settle", upstream_id="up-1")
    assert "Nothing changed" in response.content.decode()
    assert fresh(second).state == "attention"


# ── Send again, drop ─────────────────────────────────────────────────────────────────────────────────────
def test_sending_again_takes_two_steps_and_names_the_price(member: Member, as_member: Client) -> None:
    job = a_case(member)
    a_row(job, "up-1", timedelta(seconds=4))
    page = text_of(as_member, f"/attention/{job.pk}/send-again/")
    assert "The studio’s history shows a clip that matches this request." in page
    assert "It costs about 100 credits." in page
    assert "If the studio accepted the first request, you pay twice." in page
    assert fresh(job).state == "attention"
    response = choose(as_member, job, "send-again")
    assert f"Clip {job.pk} is back in the queue." in response.content.decode()
    assert fresh(job).state == "queued"
    assert Event.objects.filter(job=job, what="queued", person=member, detail__contains="again").exists()


def test_a_dropped_request_is_given_up_and_its_hold_released(member: Member, as_member: Client) -> None:
    job = a_case(member)
    assert "it was charged, and the clip will not appear here" in text_of(
        as_member, f"/attention/{job.pk}/drop/"
    )
    choose(as_member, job, "drop")
    assert fresh(job).state == "abandoned"
    assert Event.objects.filter(job=job, what="abandoned", person=member).exists()
    assert "Nothing needs attention" in text_of(as_member)


@pytest.mark.parametrize("action", ["send-again", "drop", "settle"])
def test_a_choice_made_twice_changes_nothing_the_second_time(
    action: str, member: Member, as_member: Client
) -> None:
    job = a_case(member)
    a_row(job, "up-1", timedelta(seconds=4))
    choose(as_member, job, action, upstream_id="up-1")
    state, events = fresh(job).state, Event.objects.count()
    response = choose(as_member, job, action, upstream_id="up-1")
    assert "Nothing changed" in response.content.decode()
    assert (fresh(job).state, Event.objects.count()) == (state, events)


@pytest.mark.parametrize("action", ["send-again", "drop", "settle"])
def test_a_page_from_before_another_attempt_changes_nothing(
    action: str, member: Member, as_member: Client
) -> None:
    job = a_case(member)
    decisions.resend(job.submission, member)
    machine.claim(job.submission, 5 * MINUTE)
    machine.lose(job.submission, StudioError("The answer was lost."))
    machine.ask_a_person(job.submission, "Nothing fits.")
    a_row(job, "up-1", timedelta(seconds=4))
    for attempt in ("1", "", "x"):
        response = choose(as_member, job, action, attempt=attempt, upstream_id="up-1")
        assert "Nothing changed" in response.content.decode()
    assert fresh(job).state == "attention"


@pytest.mark.parametrize("action", ["send-again", "drop"])
def test_the_second_step_is_not_offered_for_what_moved_meanwhile(
    action: str, member: Member, as_member: Client
) -> None:
    job = a_job("completed", owner=member)
    assert "is now “Ready”" in text_of(as_member, f"/attention/{job.pk}/{action}/")


@pytest.mark.parametrize(("came_from", "goes_to"), [("", "/attention/"), ("?from=job", "/jobs/{}/")])
def test_after_a_choice_one_is_back_where_it_was_made(
    came_from: str, goes_to: str, member: Member, as_member: Client
) -> None:
    job = a_case(member)
    page = as_member.get(f"/attention/{job.pk}/drop/{came_from}").content.decode()
    assert f'href="{goes_to.format(job.pk)}"' in page
    response = as_member.post(f"/attention/{job.pk}/drop/{came_from}", {"attempt": job.submission.attempt})
    assert response["Location"] == goes_to.format(job.pk)


# ── Who, and how ─────────────────────────────────────────────────────────────────────────────────────────
ACTIONS = ("settle", "send-again", "drop")


def test_a_colleague_sees_the_case_and_only_owner_and_admins_decide(
    member: Member, as_member: Client, as_admin: Client
) -> None:
    colleague = a_member("colleague@example.com", name="Colleague")
    job = a_case(colleague)
    a_row(job, "up-1", timedelta(seconds=4))
    page = text_of(as_member)
    assert "Colleague or a manager decides." in page
    assert "This is it" not in page
    for action in ACTIONS:
        assert choose(as_member, job, action, upstream_id="up-1").status_code == 404
    assert fresh(job).state == "attention"
    assert "This is it" in text_of(as_admin)
    assert choose(as_admin, job, "drop", follow=False).status_code == 302


def test_strangers_are_sent_to_sign_in(client: Client, member: Member) -> None:
    job = a_case(member)
    paths = ["", "live/", "badge/", *(f"{job.pk}/{action}/" for action in ACTIONS)]
    for path in paths:
        assert client.get(f"/attention/{path}")["Location"].startswith("/accounts/login/")
    assert choose(client, job, "drop", follow=False)["Location"].startswith("/accounts/login/")


def test_wrong_methods_and_unknown_jobs(member: Member, as_member: Client) -> None:
    job = a_case(member)
    assert as_member.get(f"/attention/{job.pk}/settle/").status_code == 405
    assert as_member.delete(f"/attention/{job.pk}/drop/").status_code == 405
    for path in ("", "live/", "badge/"):
        assert as_member.post(f"/attention/{path}").status_code == 405
    for action in ACTIONS:
        assert as_member.post(f"/attention/999/{action}/").status_code == 404


# ── Live, and its cost ───────────────────────────────────────────────────────────────────────────────────
def badge(client: Client, path: str = "/profile/") -> str:
    page = client.get(path).content.decode()
    found = re.search(r'id="attention-badge"[^>]*>(\d*)', page)
    assert found
    return found.group(1)


def test_the_badge_counts_what_one_may_decide(member: Member, as_member: Client, as_admin: Client) -> None:
    assert badge(as_member) == ""
    a_case(member)
    a_case(a_member("colleague@example.com"))
    assert (badge(as_member), badge(as_admin)) == ("1", "2")
    assert badge(as_member, "/attention/badge/") == "1"


def test_the_page_is_drawn_anew_only_when_something_changed(member: Member, as_member: Client) -> None:
    job = a_case(member)
    page = as_member.get("/attention/").content.decode()
    url = must(re.search(r'hx-get="(/attention/live/\?seen=\w+)"', page))[1]
    assert as_member.get(url).status_code == 204
    read_at(job, timezone.now())
    answer = as_member.get(url).content.decode()
    assert 'id="attention-live"' in answer
    assert 'hx-swap-oob="outerMorph"' in answer
    decisions.give_up(fresh(job).submission, member)
    answer = as_member.get(url).content.decode()
    assert "Nothing needs attention" in answer
    assert re.search(r'id="attention-badge"[^>]*>\s*</span>', answer)


def test_thirty_cases_cost_the_queries_of_one(
    admin: Member, as_admin: Client, django_assert_max_num_queries: Callable
) -> None:
    a_row(a_case(admin), "up-0", timedelta(seconds=1))
    a_job("unknown", owner=admin)
    with django_assert_max_num_queries(35) as one:
        as_admin.get("/attention/")
    for number in range(1, 30):
        a_row(a_case(admin, ago=number * MINUTE), f"up-{number}", timedelta(seconds=1))
    a_job("unknown", owner=admin)
    with django_assert_max_num_queries(len(one)):
        page = as_admin.get("/attention/").content.decode()
    assert page.count('class="card case"') == 30


def test_beyond_thirty_the_others_follow(member: Member, as_member: Client, monkeypatch) -> None:
    monkeypatch.setattr("dashboard.attention.views.MOST_CASES", 2)
    for _ in range(3):
        a_case(member)
    assert "Showing 2 of 3. The rest appear as you decide these." in text_of(as_member)


# ── A restored backup ────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def restored(admin: Member) -> Connection:
    """Held since its backup was restored, with a request that waits."""
    job = a_job(owner=admin)
    then = timezone.now() - 60 * MINUTE
    Connection.objects.filter(pk=job.connection_id).update(held_since=timezone.now(), held_from=then)
    return Connection.objects.get(pk=job.connection_id)


@pytest.mark.parametrize("path", ["/attention/", "/jobs/"])
def test_admins_are_told_of_a_restored_backup_where_they_look(
    path: str, restored: Connection, as_admin: Client, as_member: Client
) -> None:
    page = text_of(as_admin, path)
    assert f"Restored from a backup of {clock_time(restored.held_from)}. 1 request is waiting" in page
    assert "Restored from a backup" not in text_of(as_member, path)


def test_an_admin_compares_and_lets_the_queue_go_on(
    restored: Connection, admin: Member, as_admin: Client
) -> None:
    url = f"/attention/held/{restored.pk}/"
    job = Job.objects.get()
    Submission.objects.update(sent_at=timezone.now())
    a_row(job, "unheard-of", timedelta(0), prompt="")
    page = text_of(as_admin, url)
    assert "Requests that were sent after the backup was taken are paid for twice." in page
    assert page.count("a lighthouse at dawn") == 2, "what waits here, and what the studio made since"
    assert "resumed." in as_admin.post(url, follow=True).content.decode()
    assert Connection.objects.get().held_since is None
    assert Event.objects.filter(job=job, what="released", person=admin).exists()
    assert "is no longer held" in as_admin.post(url, follow=True).content.decode()
    assert "is no longer held" in text_of(as_admin, url)


def test_of_two_who_end_a_hold_the_second_learns_that_nothing_was_changed(
    restored: Connection, as_admin: Client, monkeypatch
) -> None:
    def too_late(connection: Connection, person: Member) -> bool:
        Connection.objects.update(held_since=None, held_from=None)
        return False

    monkeypatch.setattr(held, "release_hold", too_late)
    page = as_admin.post(f"/attention/held/{restored.pk}/", follow=True).content.decode()
    assert "Nothing changed" in page


def test_after_the_hold_admins_see_until_when_repeated_requests_are_compared(
    restored: Connection, as_admin: Client, as_member: Client
) -> None:
    until = restored.hold.until + KEYS_LAST
    page = text_of(as_admin, f"/attention/held/{restored.pk}/")
    assert f"until {clock_time(until)} requests that are repeated (with an Idempotency-Key" in page
    ended = {"held_since": None, "held_from": None}
    then = {"restored_at": restored.held_since, "restored_from": restored.held_from}
    Connection.objects.update(**ended, **then, kind="http", base_url="https://studio.example.com")
    page = text_of(as_admin, "/attention/")
    assert f"Until {clock_time(until)}, requests to {restored.name} that are repeated" in page
    assert "from an open form" not in text_of(as_admin, "/jobs/")
    assert "from an open form" not in text_of(as_member, "/attention/")
    Connection.objects.update(restored_at=timezone.now() - KEYS_LAST)
    assert "from an open form" not in text_of(as_admin, "/attention/")


def test_the_hold_is_for_admins(restored: Connection, as_member: Client, as_admin: Client) -> None:
    assert as_member.get(f"/attention/held/{restored.pk}/").status_code == 404
    assert as_member.post(f"/attention/held/{restored.pk}/").status_code == 404
    assert as_admin.get("/attention/held/999/").status_code == 404
    assert as_admin.delete(f"/attention/held/{restored.pk}/").status_code == 405
    assert Connection.objects.get().held_since
