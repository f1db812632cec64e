"""How jobs end, in whatever words and figures the studio says it, over a real socket."""

from datetime import timedelta

import pytest
from django.utils import timezone

from studio.catalog.models import Connection
from studio.contract.answers import JobReport, Refund
from studio.credits.models import Entry
from studio.jobs.lifecycle import archiving, decisions, machine
from studio.jobs.lifecycle.endings import WORD_FOR
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import HistoryRecord, Job
from studio.jobs.money.available import available_credits
from studio.notify.models import Notification
from studio.worker.steps.archive import archive_next
from tests.credits.adding_up import added_up, as_kept
from tests.factories import a_job, a_member, altered, fresh, told
from tests.faults.scene import Scene
from tests.must import must
from tests.upstream.server import FakeStudio
from tests.upstream.spelling import SPELLINGS

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(connection: Connection, video_studio: FakeStudio, admin, as_admin, settings, tmp_path) -> Scene:
    settings.MEDIA_ROOT = tmp_path
    video_studio.account.clock = type(video_studio.account.clock)()  # moved on by the tests alone
    return Scene(video_studio, connection.pk, as_admin, admin, video_studio.account.credits)


def sent(scene: Scene) -> Job:
    job = scene.ask()
    assert scene.send()
    return fresh(job)


def booked(job: Job) -> list[tuple[str, int]]:
    return list(Entry.objects.filter(job_id=job.pk).order_by("pk").values_list("kind", "amount"))


def net(job: Job) -> int:
    sense = {"charge": 1, "refund": -1}
    return sum(sense.get(kind, 0) * amount for kind, amount in booked(job))


# ── Words ────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("word", "state"),
    [
        *((word, "completed") for word in ("succeed", "finished", "SUCCEEDED", "done", "ready")),
        *((word, "failed") for word in ("canceled", "cancelled", "moderated", "nsfw", "timeout")),
    ],
)
def test_a_word_that_means_an_end_is_one(scene: Scene, word: str, state: str):
    job = sent(scene)
    made = scene.studio.account.jobs[0]
    scene.studio.account.clock.advance(10)
    honest = scene.studio.account.row
    scene.studio.account.row = lambda *told: {**honest(*told), "status": word}  # type: ignore[method-assign]  # this one answers otherwise
    assert made.says == ""
    scene.read_history()
    assert scene.state(job) == state
    if state == "failed":
        assert word in fresh(job).error
        assert word in scene.clip_page(job)


def test_a_word_that_nobody_knows_needs_attention_after_ten_minutes_and_never_says_it_will_be_made(
    scene: Scene,
):
    job = sent(scene)
    scene.studio.account.jobs[0].says = "expired"
    scene.read_history()
    assert scene.state(job) == "pending"
    assert "will make it" not in scene.clip_page(job)
    scene.passes(minutes=9)
    scene.read_history()
    assert scene.state(job) == "pending"
    scene.passes(minutes=2)
    scene.read_history()
    assert scene.state(job) == "attention"
    page = scene.clip_page(job)
    assert "The studio says “expired”." in page
    for promise in ("will start soon", "is making it", "will appear here automatically"):
        assert promise not in page
    for choice in ("Mark as failed", "The clip is ready: enter its URL"):
        assert choice in page
    assert "send it again" not in page
    assert f"Clip {job.pk}" in scene.page("attention-list")
    assert "The studio says “expired”." in scene.page("attention-list")
    assert Notification.objects.filter(kind="attention").exists()


def test_a_studio_that_finds_its_words_again_is_believed(scene: Scene):
    job = sent(scene)
    made = scene.studio.account.jobs[0]
    made.says = "expired"
    scene.read_history()
    scene.passes(minutes=11)
    scene.read_history()
    assert scene.state(job) == "attention"
    made.says = "processing"
    scene.read_history()
    assert (scene.state(job), fresh(job).error, fresh(job).state_word) == ("processing", "", "")
    made.says = ""
    scene.studio.account.clock.advance(10)
    scene.read_history()
    assert scene.state(job) == "completed"


def test_words_that_change_are_signs_of_life():
    job = a_job("processing")
    for word in ("20 %", "40 %", "60 %"):
        machine.report(job, JobReport(job.upstream_id, None, word))
        job = altered(job, word_since=timezone.now() - WORD_FOR + timedelta(minutes=1))
    assert job.state == "processing"


def test_no_word_at_all_needs_attention_too():
    job = a_job("processing")
    machine.report(job, JobReport(job.upstream_id, None))
    job = altered(job, word_since=timezone.now() - WORD_FOR)
    machine.report(job, JobReport(job.upstream_id, None))
    assert (fresh(job).state, fresh(job).error) == ("attention", "The studio does not report the outcome.")


def test_credits_given_back_for_a_clip_in_progress_need_attention_at_once():
    job = a_job("processing")
    machine.report(job, JobReport(job.upstream_id, "processing", credits_charged=100, credits_refunded=100))
    assert fresh(job).state == "attention"
    assert fresh(job).error == "The studio says “processing”, and gave credits back."
    assert net(job) == 0
    machine.report(
        fresh(job), JobReport(job.upstream_id, "processing", credits_charged=100, credits_refunded=100)
    )
    assert fresh(job).state == "attention"


# ── A studio that does not know the job ──────────────────────────────────────────────────────────────────
def test_not_found_at_three_looks_needs_attention_and_is_still_looked_at(scene: Scene):
    job = sent(scene)
    made = scene.studio.account.jobs.pop()
    for look in range(1, 4):
        assert scene.state(job) == "pending", look
        scene.passes(minutes=1)
        scene.work()
    assert scene.state(job) == "attention"
    assert "does not know this clip" in scene.clip_page(job)
    scene.passes(hours=3)
    scene.work()
    assert scene.state(job) == "attention"
    scene.studio.account.jobs.append(made)
    scene.studio.account.clock.advance(10)
    scene.passes(hours=1)
    scene.work()
    assert scene.state(job) == "completed"


def test_only_looks_in_a_row_count():
    job = a_job("processing")
    for _ in range(3):
        machine.miss(job)
        machine.miss(job)
        machine.report(job, told(job, "processing"))
    assert (fresh(job).state, fresh(job).misses) == ("processing", 0)


def test_one_that_needs_attention_is_looked_at_ever_more_rarely(scene: Scene):
    job = sent(scene)
    scene.studio.account.jobs.clear()
    for _ in range(3):
        scene.passes(minutes=1)
        scene.work()
    Job.objects.update(state_since=timezone.now() - timedelta(days=2))
    scene.studio.forget_calls()
    for _ in range(12):
        scene.passes(minutes=10)
        scene.work()
    assert 1 <= len(scene.studio.calls("GET", f"/status/{job.upstream_id}")) <= 3


def test_what_the_studio_took_is_not_taken_off_the_balance_twice():
    job = a_job("unclear")
    Connection.objects.update(kind="http")
    assert fresh(job).state == "attention"
    assert available_credits(Connection.objects.get()) == 1_900


# ── Refunds are amounts ──────────────────────────────────────────────────────────────────────────────────
def test_a_part_of_the_charge_is_refunded_as_that_part(scene: Scene):
    job = sent(scene)
    made = scene.studio.account.jobs[0]
    made.ends, made.refund = "failed", 25
    scene.studio.account.clock.advance(10)
    scene.read_history()
    scene.read_history()
    assert booked(job) == [("hold", 100), ("release", 100), ("charge", 100), ("refund", 25)]
    assert (fresh(job).credits, fresh(job).given_back) == (75, 25)
    assert scene.books().charged == scene.books().taken == 75
    assert "25 credits refunded" in scene.clip_page(job)
    assert HistoryRecord.objects.get().refund == 25


def test_a_refund_that_grows_is_booked_as_what_it_grew_by():
    job = a_job("processing")
    for amount in (25, 100, 25, Refund.WHOLE):
        machine.report(fresh(job), told(job, "failed", credits_refunded=amount))
    assert booked(job)[2:] == [("charge", 100), ("refund", 25), ("refund", 75)]
    assert as_kept() == added_up()


def test_an_amount_says_more_than_a_bare_yes():
    job = a_job("processing")
    for amount in (Refund.WHOLE, 25, Refund.WHOLE):
        machine.report(fresh(job), told(job, "failed", credits_refunded=amount))
    assert (net(job), fresh(job).credits) == (75, 75)


def test_a_refund_without_any_charge_is_no_income():
    job = a_job("processing")
    machine.report(job, JobReport(job.upstream_id, "failed", credits_refunded=40))
    assert net(job) == 0
    machine.report(fresh(job), JobReport(job.upstream_id, "failed", credits_refunded=40, credits_charged=100))
    assert net(job) == 60


# ── Completed wins ───────────────────────────────────────────────────────────────────────────────────────
def test_failed_and_then_completed_is_completed_and_paid(scene: Scene):
    job = sent(scene)
    made = scene.studio.account.jobs[0]
    made.ends = "failed"
    scene.studio.account.clock.advance(10)
    scene.read_history()
    assert (scene.state(job), scene.books().charged) == ("failed", 0)
    scene.studio.account.complete_after_all(made)
    scene.read_history()
    job = fresh(job)
    assert (job.state, job.refunded, job.error, job.archive) == ("completed", False, "", "waiting")
    assert must(job.events.last()).detail == "The studio had said that it failed."
    assert booked(job)[2:] == [("charge", 100), ("refund", 100), ("charge", 100)]
    assert scene.books().charged == scene.books().taken == 100
    assert as_kept() == added_up()
    scene.archive()
    assert fresh(job).archive == "stored"


def test_an_older_answer_that_says_failed_changes_nothing_any_more():
    job = a_job("failed")
    machine.report(job, told(job, "completed"))
    machine.report(fresh(job), told(job, "failed"))
    assert (fresh(job).state, fresh(job).refunded, net(job)) == ("completed", False, 100)


def test_a_refund_after_the_end_is_one_whatever_the_word_beside_it():
    job = a_job("completed")
    machine.report(job, told(job, "failed"))
    assert (fresh(job).state, net(job)) == ("completed", 0)


# ── What a person decides ────────────────────────────────────────────────────────────────────────────────
def test_a_person_marks_it_as_failed_and_its_charge_stays():
    job, person = altered(a_job("unclear"), charged=100), a_member()
    decisions.mark_failed(job, person)
    assert (fresh(job).state, net(job), job.events.last().person) == ("failed", 100, person)
    with pytest.raises(Moved):
        decisions.mark_failed(fresh(job), person)
    machine.report(fresh(job), told(job, "completed"))
    assert fresh(job).state == "completed"


def test_a_person_gives_the_address_of_a_clip_whose_end_is_unclear(scene: Scene):
    job = sent(scene)
    scene.studio.account.jobs.clear()
    for _ in range(3):
        scene.passes(minutes=1)
        scene.work()
    scene.press("job-address", job.pk, url=f"{scene.studio.url}/media/found.mp4")
    assert scene.state(job) == "completed"
    scene.archive()
    job = fresh(job)
    assert (job.archive, job.files.get().url) == ("stored", f"{scene.studio.url}/media/found.mp4")


def test_a_person_picks_an_address_out_of_the_studio_s_record(scene: Scene):
    job = sent(scene)
    honest = scene.studio.account.row
    odd = f"{scene.studio.url}/media/odd?id=7"
    scene.studio.account.row = lambda *told: {**honest(*told), "result_urls": [], "where_it_is": odd}  # type: ignore[method-assign]  # this one answers otherwise
    scene.studio.account.clock.advance(10)
    scene.read_history()
    assert (scene.state(job), fresh(job).archive) == ("completed", "waiting")
    assert odd in scene.clip_page(job)
    scene.press("job-address", job.pk, url=odd)
    scene.archive()
    assert fresh(job).archive == "stored"
    assert "File URL entered" in scene.clip_page(job)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "/media/clips/aa/secret.mp4",
            "http://127.0.0.1:8000/media/a.mp4",
            "javascript:alert(1)",
            "clip.mp4",
        ),
        *("https://user:pass@cdn.example/a.mp4", "ftp://cdn.example/a.mp4"),
    ],
)
def test_what_is_no_address_of_a_file_elsewhere_is_refused(as_admin, url: str):
    job = a_job("lost")
    as_admin.post(f"/jobs/{job.pk}/address/", {"url": url})
    assert (fresh(job).archive, fresh(job).result_urls) == ("lost", job.result_urls)


def test_an_address_that_a_person_gives_is_fetched_through_the_guard(as_admin):
    job = a_job("lost")
    as_admin.post(f"/jobs/{job.pk}/address/", {"url": "http://169.254.169.254/latest/meta-data/a.mp4"})
    assert archive_next()
    assert fresh(job).files.count() == 0
    assert "not on the public internet" in fresh(job).archive_error


def test_an_address_takes_the_place_of_the_file_that_is_missing():
    job = altered(a_job("completed"), result_urls=["/a", "/b", "/c"])
    archiving.claim(job, timedelta(minutes=1))
    for position in (0, 2):
        archiving.keep_file(
            job,
            position,
            "/abc"[0] + "abc"[position],
            kind="video",
            media_type="",
            sha256="",
            size=7,
            clip="c.mp4",
        )
    archiving.lose(job, "Gone.")
    archiving.use_address(job, "https://cdn.example/b.mp4", a_member())
    assert fresh(job).result_urls == ["/a", "https://cdn.example/b.mp4", "/c"]


# ── New addresses ────────────────────────────────────────────────────────────────────────────────────────
def test_another_address_opens_a_lost_copy_again_and_another_signature_does_not():
    job = altered(a_job("lost"), result_urls=["https://cdn.example/a.mp4?sig=1"])
    assert not machine.report(job, told(job, "completed", result_urls=("https://cdn.example/a.mp4?sig=2",)))
    assert machine.report(job, told(job, "completed", result_urls=("https://cdn.example/b.mp4",)))
    job = fresh(job)
    assert (job.archive, job.archive_tries, job.result_urls) == ("waiting", 0, ["https://cdn.example/b.mp4"])


def test_an_address_that_comes_late_is_tried_at_once():
    job = a_job("processing")
    machine.report(job, told(job, "completed", result_urls=()))
    job = altered(job, archive_after=timezone.now() + timedelta(hours=1), archive_tries=9)
    machine.report(job, told(job, "completed", result_urls=("/late.mp4",), extra_urls=("/thumb.jpg",)))
    job = fresh(job)
    assert (job.result_urls, job.extra_urls) == (["/late.mp4"], ["/thumb.jpg"])
    assert job.archive_after <= timezone.now()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_clip_in_any_spelling_is_stored_though_its_file_is_missing_for_forty_seconds(
    scene: Scene, spelling: str
):
    """The thumbnail that one of them lists is never there."""
    scene.studio.spelling = SPELLINGS[spelling]
    clock = scene.studio.account.clock
    job = sent(scene)
    clock.advance(10)
    scene.studio.media_from = clock.now() + 40
    scene.studio.fault("404", times=99, on="GET /media/thumb")
    scene.read_history()
    assert scene.state(job) == "completed"
    while scene.studio.media_from > clock.now():
        scene.archive()
        wait = must(fresh(job).archive_after) - timezone.now()
        clock.advance(wait.total_seconds())
        scene.passes(seconds=wait.total_seconds() + 1)
    scene.archive()
    job = fresh(job)
    assert (job.archive, job.files.count(), job.archive_error) == ("stored", 1, "")
    assert clock.now() < 100


@pytest.mark.parametrize("spelling", ["files", "unnamed"])
def test_a_failure_in_other_words_is_a_failure(scene: Scene, spelling: str):
    scene.studio.spelling = SPELLINGS[spelling]
    job = sent(scene)
    scene.studio.account.jobs[0].ends = "failed"
    scene.studio.account.clock.advance(10)
    scene.read_history()
    assert (scene.state(job), scene.books().charged) == ("failed", 0)


# ── Fractions ────────────────────────────────────────────────────────────────────────────────────────────
def test_fractions_of_credits_are_rounded_up_and_the_connection_says_so(scene: Scene):
    job = sent(scene)
    assert "fractions" not in scene.page("connection-list")
    honest = scene.studio.account.row
    scene.studio.account.row = lambda *told: {**honest(*told), "credits_charged": 12.1}  # type: ignore[method-assign]  # this one answers otherwise
    scene.studio.account.clock.advance(10)
    scene.read_history()
    assert net(job) == 13
    assert "This studio reports fractions of credits; Dailies rounds them up." in scene.page(
        "connection-list"
    )
