"""One job's page: what it shows in each state, and what can be done from it."""

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from studio.credits.models import Entry
from studio.jobs.lifecycle import archiving
from studio.jobs.models import Event, HistoryRecord, Job
from studio.jobs.states import JobState
from studio.team.models import Member
from tests.dashboard.reading import rows_of
from tests.factories import a_job, a_member, altered, fresh, store
from tests.must import must

pytestmark = pytest.mark.django_db


def page_of(client: Client, job: Job) -> str:
    response = client.get(f"/jobs/{job.pk}/")
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("state", [*JobState.values, "stored", "lost"])
def test_every_state_has_a_page(state: str, member: Member, as_member: Client) -> None:
    job = a_job(state, owner=member)
    page = page_of(as_member, job)
    (root,) = rows_of(page)
    assert (root["data-job-id"], root["data-state"]) == (str(job.pk), job.state)


def test_a_stored_clip_has_a_player_and_a_download_with_a_good_name(
    member: Member, as_member: Client
) -> None:
    job = a_job("stored", owner=member)
    page = page_of(as_member, job)
    assert '<video src="/media/clips/aa/aa.mp4"' in page
    assert f"/media/clips/aa/aa.mp4?download=a-lighthouse-at-dawn-{job.pk}.mp4" in page
    assert "0:08 · 1280 × 720" in page


def test_what_was_asked_for_is_told_in_words(member: Member, as_member: Client) -> None:
    picture = "https://pictures.example/cat.png"
    job = a_job(owner=member, input_image_urls=(picture,), prompt_directory_optin=True, aspect_ratio="9:16")
    page = page_of(as_member, job)
    for words in (
        "Veo 3.1 Fast",
        "9:16",
        "8 s",
        "shared: prompt and clip are published",
        picture,
        'viewBox="0 0 9 16"',
    ):
        assert words in page
    assert f'href="/?from={job.pk}"' in page


def test_an_input_that_is_no_web_address_is_no_link(member: Member, as_member: Client) -> None:
    job = a_job(owner=member)
    job = altered(job, request={**job.request, "input_image_urls": ["javascript:alert(1)"]})
    page = page_of(as_member, job)
    assert "javascript:alert(1)" in page
    assert 'href="javascript' not in page


def test_the_time_line_tells_who_and_what(member: Member, admin: Member, as_admin: Client) -> None:
    job = a_job("failed", owner=member)
    page = page_of(as_admin, job)
    for words in (
        "Requested",
        "Accepted by the studio",
        "In progress",
        "Failed",
        "The studio could not make it.",
    ):
        assert words in page
    assert Event.objects.filter(job=job).count() == 5


def test_estimate_and_charge_stand_with_their_ledger(member: Member, as_member: Client) -> None:
    job = a_job("stored", owner=member)
    page = page_of(as_member, job)
    for entry in Entry.objects.filter(job_id=job.pk):
        assert f"{entry.get_kind_display()} 100 credits" in page


def test_what_the_studio_said_is_shown_verbatim(member: Member, as_member: Client) -> None:
    job = a_job("stored", owner=member)
    raw = {"job_id": job.upstream_id, "status": "completed", "note": "<b>é</b>"}
    HistoryRecord.objects.create(
        connection=job.connection, upstream_id=must(job.upstream_id), job=job, raw=raw, made_at=job.created_at
    )
    page = page_of(as_member, job)
    assert "The studio’s record" in page
    assert "&lt;b&gt;é&lt;/b&gt;" in page


def test_a_lost_copy_is_said_with_where_it_may_still_be(member: Member, as_member: Client) -> None:
    job = altered(a_job("lost", owner=member), result_urls=["https://studio.example/clip.mp4"])
    page = page_of(as_member, job)
    assert "its file was not saved here" in page
    assert 'href="https://studio.example/clip.mp4"' in page


def test_an_unknown_job_is_not_found(as_member: Client) -> None:
    assert as_member.get("/jobs/999/").status_code == 404
    assert as_member.get(f"/jobs/{'9' * 30}/").status_code == 404


def test_the_page_is_read_only(member: Member, as_member: Client) -> None:
    assert as_member.post(f"/jobs/{a_job(owner=member).pk}/").status_code == 405


# ── Live ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_page_becomes_the_player_by_its_poller(member: Member, as_member: Client) -> None:
    job = a_job("completed", owner=member)
    assert "<video" not in page_of(as_member, job)
    url = f"/jobs/{job.pk}/live/?since={job.rev}"
    assert as_member.get(url).status_code == 204
    store(job)
    answer = as_member.get(url).content.decode()
    assert 'hx-swap-oob="outerMorph"' in answer
    assert '<video src="/media/clips/aa/aa.mp4"' in answer
    assert "every 2s" not in answer


def test_an_unchanged_job_costs_one_query(
    member: Member, as_member: Client, django_assert_num_queries
) -> None:
    job = a_job("processing", owner=member)
    with django_assert_num_queries(2 + 1):
        as_member.get(f"/jobs/{job.pk}/live/?since={job.rev}")


@pytest.mark.parametrize("query", ["", "since=x", "since=-1"])
def test_a_poll_without_a_cursor_is_not_found(query: str, member: Member, as_member: Client) -> None:
    assert as_member.get(f"/jobs/{a_job(owner=member).pk}/live/?{query}").status_code == 404


def test_an_unknown_job_has_nothing_live(as_member: Client) -> None:
    assert as_member.get("/jobs/999/live/?since=0").status_code == 404


# ── Cancel, try again ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("state", ["queued", "blocked"])
def test_what_was_not_sent_can_be_cancelled(state: str, member: Member, as_member: Client) -> None:
    job = a_job(state, owner=member)
    assert "Cancel" in page_of(as_member, job)
    response = as_member.post(f"/jobs/{job.pk}/cancel/", follow=True)
    assert "Cancelled. Nothing was charged." in response.content.decode()
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert Event.objects.filter(job=job, what="cancelled", person=member).exists()


def test_what_is_on_its_way_is_not_cancelled(member: Member, as_member: Client) -> None:
    job = a_job("sending", owner=member)
    assert "/cancel/" not in page_of(as_member, job)
    response = as_member.post(f"/jobs/{job.pk}/cancel/", follow=True)
    assert "could not be cancelled" in response.content.decode()
    job.refresh_from_db()
    assert job.state == "sending"


def test_a_person_sends_what_is_on_hold_again(member: Member, as_member: Client) -> None:
    job = a_job("blocked", owner=member)
    assert "Try again" in page_of(as_member, job)
    as_member.post(f"/jobs/{job.pk}/try-again/")
    job.refresh_from_db()
    assert job.state == "queued"
    assert Event.objects.filter(job=job, what="queued", person=member, detail="Retried on request.").exists()


def test_trying_again_twice_does_nothing_the_second_time(member: Member, as_member: Client) -> None:
    job = a_job("blocked", owner=member)
    as_member.post(f"/jobs/{job.pk}/try-again/")
    response = as_member.post(f"/jobs/{job.pk}/try-again/", follow=True)
    assert "no longer on hold" in response.content.decode()


@pytest.mark.parametrize("action", ["cancel", "try-again"])
def test_a_colleague_s_credits_are_not_touched_but_by_admins(
    action: str, member: Member, as_member: Client, as_admin: Client
) -> None:
    colleague = a_member("colleague@example.com")
    job = a_job("blocked", owner=colleague)
    assert f"/{action}/" not in page_of(as_member, job)
    assert as_member.post(f"/jobs/{job.pk}/{action}/").status_code == 404
    assert f"/{action}/" in page_of(as_admin, job)
    assert as_admin.post(f"/jobs/{job.pk}/{action}/").status_code == 302


@pytest.mark.parametrize("action", ["cancel", "try-again"])
def test_actions_want_a_post_and_a_job(action: str, member: Member, as_member: Client) -> None:
    assert as_member.get(f"/jobs/{a_job(owner=member).pk}/{action}/").status_code == 405
    assert as_member.post(f"/jobs/999/{action}/").status_code == 404


def test_an_unproven_outcome_is_explained_and_never_called_free(member: Member, as_member: Client) -> None:
    page = page_of(as_member, a_job("unknown", owner=member))
    assert "never sent again automatically" in page
    assert "will appear here automatically" not in page
    assert 'href="/history/"' in page
    assert "<dt>Charged</dt><dd>not known yet" in page


@pytest.mark.parametrize("state", ["rejected", "cancelled"])
def test_what_was_never_taken_cost_nothing(state: str, member: Member, as_member: Client) -> None:
    assert "<dt>Charged</dt><dd>nothing</dd>" in page_of(as_member, a_job(state, owner=member))


# ── Where its files are ──────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("state", "badge"), [("stored", "Saved"), ("completed", "Only at the studio"), ("lost", "Copy lost")]
)
def test_where_a_clip_is_kept_is_said_on_every_page(
    state: str, badge: str, member: Member, as_member: Client
) -> None:
    job = a_job(state, owner=member)
    HistoryRecord.objects.create(
        connection=job.connection, upstream_id=must(job.upstream_id), job=job, raw={}, made_at=job.created_at
    )
    for path in (f"/jobs/{job.pk}/", "/jobs/", "/history/"):
        page = as_member.get(path).content.decode()
        assert page.count('class="kept"') == 1
        assert badge in page


def test_every_file_of_a_job_is_shown_as_what_it_is(member: Member, as_member: Client) -> None:
    job = altered(a_job("completed", owner=member), result_urls=["/a", "/b", "/c"])
    store(job)
    job.files.filter(position=1).update(kind="image", clip="clips/bb/bb.png", media_type="image/png")
    job.files.filter(position=2).update(kind="other", clip="clips/cc/cc.bin", poster="")
    page = page_of(as_member, job)
    assert page.count("<video") == 1
    assert '<img src="/media/clips/bb/bb.png"' in page
    assert "You can download it" in page
    for place in (1, 2, 3):
        assert f"Download {place}</a>" in page
    assert f"a-lighthouse-at-dawn-{job.pk}-3.bin" in page


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ({"extras": "look", "played": "", "poster": ""}, "Its preview is being prepared."),
        (
            {"extras": "proxy", "played": "", "hindrance": "HEVC video"},
            "Browsers do not play HEVC video. A converted version is being made.",
        ),
        (
            {"played": "clips/aa/aa-proxy.mp4", "hindrance": "HEVC video"},
            "this page plays a converted version. Download gets you the original.",
        ),
        ({"played": "", "hindrance": "AVI files"}, "it could not be converted."),
        ({"kind": "audio", "played": "", "poster": "", "hindrance": "MXF files"}, "Download it to listen."),
        ({"kind": "other", "format": "ZIP archive", "played": "", "poster": ""}, "“ZIP archive” (976.6"),
        (
            {"kind": "other", "format": "", "played": "", "poster": ""},
            "This file cannot be played here (976.6",
        ),
        ({"notes": ["Its poster and preview could not be made: It is dark."], "poster": ""}, "It is dark."),
    ],
)
def test_what_is_missing_of_a_kept_clip_is_said_and_the_original_is_offered_all_the_same(
    file: dict[str, object], said: str, member: Member, as_member: Client
) -> None:
    job = a_job("completed", owner=member)
    store(job, **file)
    if "extras" in file:
        job.files.update(extras_after=timezone.now())
    page = page_of(as_member, job)
    assert said in unescape(page)
    assert f'href="/media/clips/aa/aa.mp4?download=a-lighthouse-at-dawn-{job.pk}.mp4"' in page
    assert ("<video" in page) == bool(file.get("played", "clip") and file.get("kind") != "audio")
    assert ("every 2s" in page) == ("extras" in file)


def test_a_lost_copy_is_tried_again_when_its_owner_or_an_admin_asks(
    member: Member, as_member: Client, as_admin: Client
) -> None:
    for person in (as_member, as_admin):
        job = a_job("lost", owner=member)
        assert "Retry the copy" in person.get(f"/jobs/{job.pk}/").content.decode()
        answer = person.post(f"/jobs/{job.pk}/copy-again/", follow=True).content.decode()
        assert "Retrying the copy." in answer
        assert "Retry the copy" not in answer
        assert "Copy retried" in answer
        assert (fresh(job).archive, fresh(job).archive_tries) == ("waiting", 0)
        assert "no longer lost" in person.post(f"/jobs/{job.pk}/copy-again/", follow=True).content.decode()


def test_a_colleague_s_lost_copy_is_nobody_else_s_to_try(as_member: Client) -> None:
    job = a_job("lost", owner=a_member("other@example.com"))
    assert "Retry the copy" not in page_of(as_member, job)
    assert as_member.post(f"/jobs/{job.pk}/copy-again/").status_code == 404
    assert as_member.get(f"/jobs/{job.pk}/copy-again/").status_code == 405
    assert fresh(job).archive == "lost"


def test_while_our_storage_is_in_trouble_the_page_says_what_it_waits_for(
    member: Member, as_member: Client
) -> None:
    job = a_job("completed", owner=member)
    archiving.claim(job, timedelta(minutes=1))
    archiving.hold(job, "The disk is full.", timezone.now())
    page = page_of(as_member, job)
    assert "The disk is full." in page
    assert "Only at the studio" in page
