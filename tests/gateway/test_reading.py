"""What a script may read: models, the member's own jobs, and each of them in every state."""

from datetime import timedelta

import pytest
from django.utils import timezone

from studio.contract.decode.jobs import decode_history, decode_status
from studio.contract.decode.models import decode_models
from studio.credits.balance import note_balance
from studio.credits.models import Budget
from studio.jobs.job_report import WORDS
from studio.jobs.models import Job
from studio.jobs.money.spending_check import family_of
from studio.jobs.states import JobState
from studio.tokens.models import Scope
from tests.factories import a_budget, a_job, a_member, a_token, altered, store
from tests.gateway.conftest import Script, at_fault

HISTORY = "/api/v1/video-studio/history/"

ANY_LENGTH = {"model_slug": "veo31_fast", "prompt": "a lighthouse"}

WORD_OF = {
    "approval": "pending",
    "declined": "failed",
    "queued": "pending",
    "sending": "pending",
    "unknown": "pending",
    "attention": "pending",
    "blocked": "pending",
    "rejected": "failed",
    "cancelled": "failed",
    "abandoned": "failed",
    "pending": "pending",
    "processing": "processing",
    "stopped": "processing",
    "failed": "failed",
    "stored": "completed",
    "lost": "completed",
    "completed": "processing",  # its files are still copied
}


def status_of(script: Script, job: Job) -> dict:
    return script.get(f"/api/v1/video-studio/status/{job.public_id}/").json()["job"]


def test_the_models_are_as_the_catalog_has_them(script: Script, model) -> None:
    told = script.get("/api/v1/models/video/").json()
    assert told["success"] is True
    assert decode_models(told).capabilities == (model.capability,)


def test_a_length_that_the_studio_chose_is_told_of_the_film(script: Script) -> None:
    job = altered(a_job("stored", owner=script.token.owner), request=ANY_LENGTH, seconds=7.96)
    assert status_of(script, job)["provider_meta"]["effective_duration_seconds"] == 8


def test_every_state_has_a_word() -> None:
    assert {state for state in WORD_OF if state in JobState.values} == set(JobState.values)
    assert set(WORDS) <= set(JobState.values)


@pytest.mark.parametrize(("state", "word"), WORD_OF.items())
def test_a_job_is_told_in_the_api_s_words(script: Script, state: str, word: str) -> None:
    job = a_job(state, owner=script.token.owner)
    told = status_of(script, job)
    read = decode_status({"success": True, "job": told})
    assert (told["status"], read.state) == (word, word)
    assert (read.job_id, read.prompt, read.duration_seconds) == (str(job.public_id), job.prompt, 8)
    assert (read.completed_at is not None) == (word in ("completed", "failed"))
    assert bool(read.error_message) == (word == "failed")
    assert bool(read.result_urls) == (word == "completed")


def test_what_was_never_made_cost_nothing(script: Script) -> None:
    for state in ("declined", "cancelled", "rejected"):
        told = status_of(script, a_job(state, owner=script.token.owner))
        assert (told["credits_charged"], told["credits_refunded"]) == (0, True)


def test_a_result_is_our_own_copy_and_opens_without_a_session(
    script: Script, client, settings, tmp_path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    job = store(a_job("completed", owner=script.token.owner))
    (url,) = status_of(script, job)["result_urls"]
    assert url.startswith(f"{settings.PUBLIC_URL}/media/{job.files.get().clip}?")
    assert client.get(url.removeprefix(settings.PUBLIC_URL)).status_code in (200, 404)  # never to sign-in


def test_a_result_that_has_no_copy_is_the_studio_s_and_opens_where_that_is_us(
    script: Script, settings
) -> None:
    told = ["https://media.example.com/a.mp4", "/media/sandbox/a.mp4"]
    job = altered(a_job("lost", owner=script.token.owner), result_urls=told)
    theirs, ours = status_of(script, job)["result_urls"]
    assert theirs == told[0]
    assert ours.startswith(f"{settings.PUBLIC_URL}/media/sandbox/a.mp4?until=")


def test_the_history_is_the_member_s_newest_first_and_holds_no_refusals(script: Script) -> None:
    mine = [a_job(state, owner=script.token.owner) for state in ("queued", "rejected", "stored", "cancelled")]
    a_job("queued", owner=a_member("colleague@example.com"))
    told = script.get(HISTORY).json()
    assert [job["job_id"] for job in told["jobs"]] == [str(mine[2].public_id), str(mine[0].public_id)]
    assert decode_history(told).unreadable == ()


@pytest.mark.parametrize("state", ["rejected", "cancelled", "declined"])
def test_what_was_told_pending_first_stays_in_the_history_however_it_ended(
    script: Script, state: str
) -> None:
    """A script that follows its jobs by the history alone learns of the end."""
    asked = timezone.now() - timedelta(minutes=5)
    job = altered(a_job(state, owner=script.token.owner), created_at=asked)
    (told,) = script.get(HISTORY).json()["jobs"]
    assert (told["job_id"], told["status"]) == (str(job.public_id), "failed")
    assert told["error_message"]


@pytest.mark.parametrize(
    ("asked", "length"), [("", 20), ("?limit=1", 1), ("?limit=100", 21), ("?limit=5000", 21)]
)
def test_the_history_is_as_long_as_asked(script: Script, asked: str, length: int) -> None:
    for _ in range(21):
        a_job("queued", owner=script.token.owner)
    assert len(script.get(f"{HISTORY}{asked}").json()["jobs"]) == length


@pytest.mark.parametrize("limit", ["0", "-1", "abc", "", "1.5", "²"])
def test_a_limit_that_is_none_is_refused(script: Script, limit: str) -> None:
    assert script.get(f"{HISTORY}?limit={limit}").status_code == 400


def pages_of(script: Script, path: str, between=lambda: None) -> list[list[str]]:
    """The ids on each page, by following ``next``."""
    found = []
    while path:
        told = script.get(path).json()
        found.append([job["job_id"] for job in told["jobs"]])
        path = told["next"]
        between()
    return found


def test_older_jobs_are_on_the_next_page_whatever_is_made_in_between(script: Script) -> None:
    jobs = [str(a_job("queued", owner=script.token.owner).public_id) for _ in range(5)][::-1]
    pages = pages_of(script, f"{HISTORY}?limit=2", lambda: a_job("queued", owner=script.token.owner))
    assert pages == [jobs[:2], jobs[2:4], jobs[4:]]


def test_a_page_may_be_asked_for_by_a_job_alone(script: Script) -> None:
    jobs = [str(a_job("queued", owner=script.token.owner).public_id) for _ in range(3)][::-1]
    told = script.get(f"{HISTORY}?before={jobs[0]}").json()
    assert [job["job_id"] for job in told["jobs"]] == jobs[1:]
    assert told["next"] is None
    assert script.get(f"{HISTORY}?before={jobs[2]}").json()["jobs"] == []


def test_a_full_last_page_has_no_next_one(script: Script) -> None:
    """Also where an unlisted refusal is older."""
    a_job("rejected", owner=script.token.owner)
    for _ in range(2):
        a_job("queued", owner=script.token.owner)
    assert [len(page) for page in pages_of(script, f"{HISTORY}?limit=2")] == [2]


def test_before_is_a_job_of_ones_own(script: Script) -> None:
    foreign = a_job("queued", owner=a_member("colleague@example.com")).public_id
    for word in ("", "7", "not-a-job", foreign, "8990f846-f6f0-4ff1-a298-d0a72d49e7ad"):
        refused = script.get(f"{HISTORY}?before={word}")
        assert refused.status_code == 400
        assert at_fault(refused) == ["before"]


@pytest.mark.parametrize("query", ["Limit=5", "limits=5", "page=2", "offset=20", "limit=5&limit=6"])
def test_a_parameter_that_is_not_there_is_refused_rather_than_ignored(script: Script, query: str) -> None:
    """A script that pages by another name would read the first page for ever."""
    refused = script.get(f"{HISTORY}?{query}")
    assert refused.status_code == 400
    assert query.partition("=")[0] in refused.json()["error"]


def test_the_history_takes_few_queries_however_long_it_is(
    script: Script, django_assert_max_num_queries
) -> None:
    for _ in range(10):
        a_job("stored", owner=script.token.owner)
    with django_assert_max_num_queries(18):
        script.get(HISTORY)


def test_the_history_tells_what_is_left_whatever_is_asked_for_next(script: Script, model) -> None:
    """An installation behind ours learns of it there: what it holds for want of credits goes on by itself."""

    def told() -> int | None:
        return decode_history(script.get(HISTORY).json()).credits_remaining

    assert told() is None
    note_balance(model.connection_id, 2_000, timezone.now(), timezone.now())
    assert told() == 2_000
    a_budget(limit=70, scope=Budget.Scope.FAMILY, model_family=family_of(model.capability))
    assert told() == 70
    a_budget(limit=40, scope=Budget.Scope.TOKEN, token=script.token)
    assert told() == 40
    a_budget(limit=10, scope=Budget.Scope.PERSON, person=a_member("colleague@example.com"))
    assert told() == 40


def test_a_job_of_somebody_else_is_not_there(script: Script) -> None:
    job = a_job("stored", owner=a_member("colleague@example.com"))
    assert script.get(f"/api/v1/video-studio/status/{job.public_id}/").status_code == 404
    assert script.get(f"/api/v1/generate/{job.public_id}/").status_code == 404
    assert script.get("/api/v1/video-studio/status/not-an-id/").status_code == 404


def test_a_token_that_only_asks_may_follow_what_it_asked_for(script: Script) -> None:
    asking = Script(*a_token(script.token.owner, [Scope.GENERATE]))
    by_hand = a_job("queued", owner=script.token.owner)
    own = altered(a_job("queued", owner=script.token.owner), api_token=asking.token)
    answers = [asking.get(f"/api/v1/video-studio/status/{job.public_id}/") for job in (own, by_hand)]
    assert [answer.status_code for answer in answers] == [200, 404]
    assert asking.get(HISTORY).status_code == 403
