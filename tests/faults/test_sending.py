"""Faults 1 to 15: a request that does not leave, is refused, or whose answer never comes or makes no sense."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.html import escape

from dashboard.connections.notices import connection_troubles
from studio.credits.models import Entry
from studio.jobs.models import Job, Submission
from tests.factories import fresh
from tests.faults.scene import HURRY, Books, Scene
from tests.upstream.doors import DOORS
from tests.upstream.faults import says

pytestmark = pytest.mark.django_db


# ── Nothing left this machine ───────────────────────────────────────────────────────────────────────────
def sent_once_the_door_is_open(scene: Scene, settings, door: str) -> str:
    """The clip's page while the studio is out of reach. Then it is back, and the clip is made."""
    job = scene.ask()
    with DOORS[door]() as url, scene.away_at(settings, url):
        assert scene.send()
        page = scene.clip_page(job)
        assert (scene.state(job), scene.connection.state) == ("queued", "unreachable")
        assert scene.pause(job) >= timedelta(seconds=2)
    assert (scene.posts(), scene.books()) == (0, Books(held=100))
    scene.finish(job)
    assert (scene.state(job), scene.posts(), scene.paid()) == ("completed", 1, 1)
    assert scene.books() == Books(charged=100, taken=100)
    return page


@pytest.mark.parametrize(
    ("door", "why"),
    [
        ("refused", "it refused the connection"),
        ("no such name", "its name could not be found"),
        ("untrusted", "its certificate or encryption cannot be trusted"),
    ],
)
def test_fault_01_what_never_left_stays_in_the_queue(scene: Scene, settings, door, why):
    page = sent_once_the_door_is_open(scene, settings, door)
    assert "Queued" in page
    assert f"The Video Studio did not answer: {why}." in page
    assert "Nothing was sent. It will be tried again automatically." in page


@pytest.mark.parametrize("deadline", [HURRY])
def test_fault_02_a_connection_that_is_not_made_in_time_stays_in_the_queue(scene: Scene, settings):
    page = sent_once_the_door_is_open(scene, settings, "no room")
    assert "The Video Studio did not answer: the connection could not be made in time." in page
    assert "Nothing was sent. It will be tried again automatically." in page


# ── The answer was lost, and the request may have been charged ──────────────────────────────────────────
def lost(scene: Scene, fault: str) -> str:
    """The clip's page after one request whose answer met the fault, which is not sent again."""
    job = scene.ask()
    scene.studio.fault(fault)
    assert scene.send()
    page = scene.clip_page(job)
    assert scene.state(job) == "unknown"
    assert scene.books().held == 100
    assert "never sent again automatically" in page
    scene.work()
    assert len(scene.studio.calls("POST")) <= 1
    return page


def linked(scene: Scene) -> str:
    """The clip's page once the history has shown it, and it is ready."""
    job = Submission.objects.get().jobs.get()
    scene.passes(seconds=5)
    scene.work()
    assert scene.is_linked(job)
    scene.finish(job)
    assert (scene.state(job), scene.posts(), scene.paid()) == ("completed", 1, 1)
    assert scene.books() == Books(charged=100, taken=100)
    return scene.clip_page(job)


def asked(scene: Scene) -> str:
    """The page of the clip that nothing in the history can be: a person decides, and nothing is sent."""
    job = Submission.objects.get().jobs.get()
    scene.passes(minutes=3)
    scene.work(turns=2)
    assert (scene.state(job), scene.paid()) == ("attention", 0)
    assert scene.books() == Books(held=100)
    return scene.clip_page(job)


def test_fault_03_a_reset_before_the_request_was_read_asks_a_person(scene: Scene):
    lost(scene, "reset-before-read")
    page = asked(scene)
    assert "Needs attention" in page
    assert "the studio's history shows no clip that is certainly this one" in page
    assert "Not made: send again" in scene.page("attention-list")


@pytest.mark.parametrize("fault", ["accept-then-reset", "accept-then-half-close"])
def test_fault_04_accept_then_reset_is_linked_by_the_history(scene: Scene, fault):
    assert "The Video Studio did not answer: the connection was cut." in lost(scene, fault)
    assert "Its answer was lost. The studio's history shows it as" in linked(scene)


@pytest.mark.parametrize("deadline", [HURRY])
def test_fault_05_accept_then_hang_is_linked_by_the_history(scene: Scene):
    assert "The Video Studio did not answer: the answer took too long." in lost(scene, "accept-then-hang")
    assert "Its answer was lost. The studio's history shows it as" in linked(scene)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
def test_fault_06_a_server_error_is_held_and_never_sent_again(scene: Scene, status):
    page = lost(scene, str(status))
    assert f"The Video Studio answered {status}: the clip may have been accepted." in page
    assert "Needs attention" in asked(scene)
    assert scene.posts() == 1


def test_fault_06_a_server_error_after_the_studio_took_it_is_linked(scene: Scene):
    assert "The Video Studio answered 500: the clip may have been accepted." in lost(scene, "500-accepted")
    linked(scene)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("html-200", "The Video Studio's answer could not be read: the clip may have been accepted."),
        ("half-body", "The Video Studio did not answer: the connection was cut."),
    ],
)
def test_fault_07_an_answer_that_is_a_web_page_or_cut_short_is_linked(scene: Scene, fault, why):
    assert why in lost(scene, fault)
    assert "Its answer was lost. The studio's history shows it as" in linked(scene)


@pytest.mark.parametrize("fault", ["no-ids", "doubled-ids"])
def test_fault_08_an_answer_that_names_no_job_or_one_twice_is_not_believed(scene: Scene, fault):
    page = lost(scene, fault)
    assert "The studio's answer names no job that could be followed. The clip may have been started." in page
    assert " Checking " in scene.page("attention-list")
    linked(scene)


@pytest.mark.parametrize("deadline", [HURRY])
@pytest.mark.parametrize("fault", ["drip", "drip-headers"])
def test_fault_09_a_dripped_answer_ends_at_the_deadline(scene: Scene, fault):
    started = timezone.now()
    assert "The Video Studio did not answer: the answer took too long." in lost(scene, fault)
    assert timezone.now() - started < timedelta(seconds=10)  # of 5 h that a body of that length would take
    linked(scene)


def test_fault_10_a_redirected_request_is_not_followed(scene: Scene):
    job = scene.ask()
    scene.studio.fault("307")
    assert scene.send()
    assert (scene.state(job), scene.books()) == ("queued", Books(held=100))
    page = scene.clip_page(job)
    assert "The studio's address leads elsewhere: it answered 307, a redirect." in page
    assert "The request was not accepted. It is sent again in 5 min." in page
    assert [call.path for call in scene.studio.calls("POST")] == ["/api/v1/video-studio/generate/"]
    scene.passes(minutes=6)
    assert scene.send()
    scene.finish(job)
    assert (scene.state(job), scene.posts(), scene.paid()) == ("completed", 2, 1)
    assert scene.books() == Books(charged=100, taken=100)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 502])
def test_fault_10_the_page_of_a_proxy_refuses_nothing(scene: Scene, status):
    page = lost(scene, f"page:{status}")
    assert (
        f"A proxy, not the Video Studio itself, answered {status}: the clip may have been accepted." in page
    )
    assert scene.connection.is_working
    assert "Needs attention" in asked(scene)


# ── The studio says no ──────────────────────────────────────────────────────────────────────────────────
def waits(scene: Scene, fault: str, wait: timedelta) -> str:
    """The page of a clip that met a rate limit, and is sent once that time is over."""
    job = scene.ask()
    scene.studio.fault(fault)
    assert scene.send()
    page = scene.clip_page(job)
    assert (scene.state(job), scene.books()) == ("queued", Books(held=100))
    assert wait <= scene.pause(job) < wait + timedelta(minutes=1)
    scene.passes(seconds=wait.total_seconds() + 60)
    assert scene.send()
    scene.finish(job)
    assert (scene.state(job), scene.posts(), scene.paid()) == ("completed", 2, 1)
    assert scene.books() == Books(charged=100, taken=100)
    return page


def test_fault_11_a_rate_limit_waits_as_long_as_it_says(scene: Scene):
    assert "It is sent again in 7 min." in waits(scene, "429:420", timedelta(minutes=7))


def test_fault_11_meanwhile_nothing_else_is_sent_either(scene: Scene):
    scene.ask()
    scene.studio.fault("429:420")
    assert scene.send()
    scene.ask("a harbour at night")
    scene.passes(minutes=6)
    assert not scene.send()
    assert len(scene.studio.calls("POST")) == 1
    page = scene.page("create")
    assert "Your clip will wait. The studio accepts no more requests until" in page
    assert "Clips are sent automatically after that." in page


@pytest.mark.parametrize("retry_after", ["1000000000", "Fri, 01 Jan 2100 00:00:00 GMT"])
def test_fault_12_an_absurd_wait_is_capped(scene: Scene, retry_after):
    assert "It is sent again in 15 min." in waits(scene, f"429:{retry_after}", timedelta(minutes=15))


@pytest.mark.parametrize(
    "retry_after", ["-5", "soon", "0", "", "Fri, 01 Jan 1999 00:00:00 GMT", "nan", "1e9"]
)
def test_fault_12_a_wait_that_makes_no_sense_is_ours(scene: Scene, retry_after):
    assert "It is sent again in 2 s." in waits(scene, f"429:{retry_after}", timedelta(seconds=2))


def out_of_credits(scene: Scene) -> Job:
    """A clip that cost more than was left, and what its page says; then the account is topped up."""
    scene.studio.account.credits = scene.credits = 94
    job = scene.ask()
    assert scene.send()
    page = scene.clip_page(job)
    assert "Insufficient credits: 100 required, 94 available." in page
    assert "It resumes automatically once the account has enough credits." in page
    scene.passes(minutes=5)
    scene.work(turns=2)
    assert (scene.state(job), scene.posts(), scene.books()) == ("blocked", 1, Books(held=100))
    scene.studio.account.credits = scene.credits = 300
    return job


def sent_once_more(scene: Scene, job: Job) -> None:
    scene.finish(job)
    assert (scene.state(job), scene.posts(), scene.paid()) == ("completed", 2, 1)
    assert scene.books() == Books(charged=100, taken=100)


def test_fault_13_too_few_credits_hold_it_until_the_balance_has_risen(scene: Scene):
    scene.studio.tells_balance = True
    job = out_of_credits(scene)
    scene.passes(minutes=5)
    scene.work(turns=3)
    sent_once_more(scene, job)
    assert "The balance covers it now." in scene.clip_page(job)


def test_fault_13_a_person_who_topped_up_tries_again(scene: Scene):
    job = out_of_credits(scene)  # this studio tells its balance to those who pay only
    scene.press("job-try-again", job.pk)
    scene.press("job-try-again", job.pk)
    sent_once_more(scene, job)
    assert "Retried on request." in scene.clip_page(job)


def test_fault_14_a_refused_key_pauses_the_connection_with_one_alert(scene: Scene):
    job, other = scene.ask(), scene.ask("a harbour at night")
    key = scene.studio.key
    scene.studio.key = "another key"
    for _ in range(3):
        scene.work()
        scene.passes(seconds=20)
    assert [scene.state(job), scene.state(other), scene.connection.state] == ["blocked", "queued", "paused"]
    assert len(scene.studio.calls("POST")) == 1
    assert "Invalid API key" in scene.clip_page(job)
    (trouble,) = connection_troubles()
    page = scene.page("connection-list")
    assert trouble[1].sentence in page
    assert "Clips wait. The key is retried every few minutes; an admin can enter a new one." in page
    scene.studio.key = key
    scene.passes(hours=2)
    scene.work(turns=2)
    for each in (job, other):
        scene.finish(each)
    assert (scene.posts(), scene.paid(), scene.posts("a harbour at night")) == (2, 1, 1)
    assert scene.books() == Books(charged=200, taken=200)
    assert list(connection_troubles()) == []


def test_fault_14_a_403_is_about_its_request_and_nobody_else_waits(scene: Scene):
    job, other = scene.ask(), scene.ask("a harbour at night")
    scene.studio.fault(says(403, {"error": "Prompt violates the content policy"}))
    assert scene.send_all() == 2
    assert (scene.state(job), scene.connection.state) == ("rejected", "working")
    assert "Prompt violates the content policy" in scene.clip_page(job)
    assert list(connection_troubles()) == []
    scene.finish(other)
    scene.passes(hours=3)
    scene.work(turns=2)
    assert (scene.posts(), scene.paid(), scene.paid("a harbour at night")) == (1, 0, 1)
    assert scene.books() == Books(charged=100, taken=100)
    form = scene.client.get(f"/?from={job.pk}").content.decode()
    (field,) = (part for part in form.split('<div class="field') if 'name="prompt"' in part)
    assert "Prompt violates the content policy" in field


def test_fault_14_a_stray_401_pauses_nothing(scene: Scene):
    job, other = scene.ask(), scene.ask("a harbour at night")
    scene.studio.fault("401")
    assert scene.send_all() == 2
    assert (scene.state(job), scene.connection.state) == ("blocked", "working")
    assert list(connection_troubles()) == []
    assert "It is sent again automatically once the key works." in scene.clip_page(job)
    for each in (other, job):
        scene.finish(each)
    assert (scene.posts(), scene.paid()) == (2, 1)
    assert scene.books() == Books(charged=200, taken=200)


def test_fault_15_a_bad_request_is_shown_at_its_field_and_holds_nothing(scene: Scene):
    job = scene.ask()
    for model in scene.studio.account.models:
        model["durations"] = [5]  # the studio changed its mind after its models were read
    assert scene.send()
    assert (scene.state(job), fresh(job).error_field) == ("rejected", "duration_seconds")
    assert scene.books() == Books()
    page = scene.clip_page(job)
    assert "Rejected" in page
    assert "Charged nothing" in page
    sentence = fresh(job).error
    assert sentence in page
    form = scene.client.get(f"/?from={job.pk}").content.decode()
    (field,) = (part for part in form.split("<fieldset")[1:] if 'name="duration_seconds"' in part)
    assert escape(sentence) in field.partition("</fieldset>")[0]
    assert Entry.objects.filter(kind="release", reason="refused").exists()
