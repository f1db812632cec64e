"""Private clips: what is in one is for whoever asked for it, on whatever page, in whatever state."""

import hashlib
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import models
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone

from studio.audit.models import Entry
from studio.jobs.handover import hand_over
from studio.jobs.models import Event, HistoryRecord, Job
from studio.jobs.queries import JobRow, rows
from studio.jobs.states import JobState
from studio.team.models import Member, Role
from tests.dashboard.reading import rows_of
from tests.factories import a_job, a_member, altered, store
from tests.test_permissions import RULES, Team, arguments, full_name, reverse

pytestmark = pytest.mark.django_db
SECRET = "zanzibar"  # part of everything that must not be told
PROMPT = f"A dhow off {SECRET} at dawn"
DIGEST = hashlib.sha256(SECRET.encode()).hexdigest()
STATES = (*(state for state in JobState.values if state != "sending"), "stored", "lost")
FILES = (
    {"clip": f"clips/{DIGEST[:2]}/{DIGEST}.mp4"}
    | {role: f"clips/{DIGEST[:2]}/{DIGEST}-{role}.jpg" for role in ("poster", "thumb", "preview")}
    | {"played": f"clips/{DIGEST[:2]}/{DIGEST}-proxy.mp4"}
)


@pytest.fixture
def team(settings, tmp_path: Path) -> Team:
    settings.MEDIA_ROOT = tmp_path
    for name in FILES.values():
        default_storage.save(name, ContentFile(b"\x00\x00\x00\x18ftypisom"))
    return Team()


@pytest.fixture
def colleague(team: Team) -> Client:
    client = Client()
    client.force_login(team.colleague)
    return client


def a_private_job(state: str, owner: Member) -> Job:
    """Whatever the studio or we write beside a clip quotes it."""
    images = (f"https://files.example.com/{SECRET}.png",)
    job = a_job("completed" if state == "stored" else state, owner=owner, is_private=True, prompt=PROMPT,
                input_image_urls=images)  # fmt: skip
    if state == "stored":
        store(job, sha256=DIGEST, **FILES)
    said = dict.fromkeys(("error", "archive_error", "state_word"), f"No {SECRET} here.")
    if state == "attention":  # the one sentence that is ours alone
        del said["error"]
    Event.objects.create(job=job, what="failed", detail=f"No {SECRET} here.")
    _on_record(job)
    return altered(job, **said, result_urls=[f"https://media.example.com/{SECRET}.mp4"])


def _on_record(job: Job) -> None:
    """A row that is linked; one that could be it, one that cannot be read, one that tells nothing but an address."""
    urls = [f"https://media.example.com/{SECRET}.mp4"]
    rows: tuple[dict[str, Any], ...] = (
        {"job_id": job.pk, "prompt": job.prompt, "raw": {"prompt": job.prompt}},
        {"prompt": f" {job.prompt} ", "raw": {"prompt": job.prompt, "urls": urls}},
        {"unreadable_reason": f"“{SECRET}” is no state.", "raw": {"input": [{"text": job.prompt}]}},
        {"raw": {"urls": urls}, "result_urls": urls, "model_slug": job.model_slug},
    )
    for number, told in enumerate(rows):
        in_doubt = job.submission.lost_at is not None
        if number == 0 or in_doubt:
            HistoryRecord.objects.create(
                connection=job.connection, upstream_id=f"{job.pk}-{number}",
                made_at=job.submission.sent_at or timezone.now(), **told,
            )  # fmt: skip


# ── The sweep ────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.slow
@pytest.mark.parametrize("role", Role)
def test_no_page_tells_anybody_else_what_is_in_a_private_clip_of_any_state(team: Team, role: Role) -> None:
    jobs = [a_private_job(state, team.colleague) for state in STATES]
    addresses = _addresses(team, jobs if role == Role.ADMIN else jobs[::8])
    assert [address for address in addresses if _tells(team.clients[role], address)] == []


def test_to_whoever_asked_for_it_everything_is_told(team: Team, colleague: Client) -> None:
    jobs = [a_private_job(state, team.colleague) for state in STATES]
    assert all(_tells(colleague, f"/jobs/{job.pk}/") for job in jobs)
    assert all(
        _tells(colleague, path) for path in ("/jobs/", "/history/", "/attention/", "/credits/approvals/")
    )
    assert _tells(colleague, f"/?from={jobs[0].pk}")


def test_the_status_in_the_shell_tells_no_prompt(team: Team) -> None:
    for state in STATES:
        a_private_job(state, team.colleague)
    said = StringIO()
    with pytest.raises(SystemExit):  # no worker lives
        call_command("status", stdout=said)
    assert SECRET not in said.getvalue().lower()


def _addresses(team: Team, jobs: list[Job]) -> Iterator[str]:
    for name, rule in RULES.items():
        if rule.get is None or name == "media":
            continue
        query = "&".join(f"{key}={value}" for key, value in rule.query.items())
        if "job_id" in arguments(name):
            found = [reverse(full_name(name), args=[job.pk]) for job in jobs]
        else:
            found = [team.address(name, team.colleague, rule)]
        yield from (f"{address}?{query}" for address in found)
    yield from (f"/?from={job.pk}" for job in jobs[:3])
    yield "/jobs/?private=1"
    yield "/jobs/live/?since=0&newest=0"


def _tells(client: Client, address: str) -> bool:
    response = client.get(address)
    return any(word in b"".join(response).decode(errors="replace").lower() for word in (SECRET, DIGEST))


# ── Columns ──────────────────────────────────────────────────────────────────────────────────────────────
OPEN = {"upstream_id", "model_slug", "model_name", "model_family", "state", "archive"}


def test_each_column_that_could_hold_words_is_told_to_all_or_blanked(member: Member) -> None:
    """Who adds one decides which."""
    words = (models.CharField, models.TextField, models.JSONField)
    columns = {field.name for field in Job._meta.concrete_fields if isinstance(field, words)}
    assert columns - set(a_job(owner=member).blank()) == OPEN


def test_a_clip_that_is_not_told_in_full_cannot_be_saved(member: Member, admin: Member) -> None:
    job = Job.objects.for_user(admin).get(pk=a_job(owner=member, is_private=True).pk)
    job.refresh_from_db()
    assert job.prompt == "Private clip"
    with pytest.raises(TypeError):
        job.save()


def test_rows_read_for_nobody_tell_nothing_of_private_clips(member: Member) -> None:
    a_job(owner=member, is_private=True, prompt=PROMPT)
    [row] = rows(Job.objects.all())
    assert isinstance(row, JobRow)
    assert (row.prompt, row.is_hidden, row.estimate) == ("Private clip", True, 100)


def test_who_looks_after_it_later_does_not_see_it(team: Team, colleague: Client) -> None:
    job = a_private_job("attention", team.colleague)
    heir, admin = team.people[Role.MEMBER], team.people[Role.ADMIN]
    hand_over(team.colleague, heir, by=admin, everything=True)
    page = team.clients[Role.MEMBER].get(f"/jobs/{job.pk}/").content.decode()
    assert "Private clip" in page
    assert f"/attention/{job.pk}/drop/" in page  # but decides on it
    assert SECRET not in page.lower()
    assert _tells(colleague, f"/jobs/{job.pk}/")


# ── The history ──────────────────────────────────────────────────────────────────────────────────────────
def test_what_was_made_elsewhere_is_told_beside_private_requests_in_doubt(team: Team) -> None:
    a_private_job("attention", team.colleague)
    elsewhere = {"prompt": "Waves", "raw": {"prompt": "Waves"}, "model_slug": "veo31_fast"}
    connection = Job.objects.get().connection
    HistoryRecord.objects.create(
        connection=connection, upstream_id="other", made_at=timezone.now(), **elsewhere
    )
    page = team.clients[Role.MEMBER].get("/history/").content.decode()
    assert page.count("Waves") == 2  # its line, and the record
    assert page.count("Private clip") == 4


def test_a_manager_decides_on_a_private_request_by_time_and_number(team: Team) -> None:
    job = a_private_job("attention", team.colleague)
    page = team.clients[Role.MANAGER].get("/attention/").content.decode()
    assert f"<code>{job.pk}-1</code>" in page
    assert f"/attention/{job.pk}/settle/" in page


# ── Files ────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("name", FILES.values(), ids=FILES)
def test_the_files_of_a_private_clip_are_not_there_for_others(
    name: str, team: Team, colleague: Client
) -> None:
    a_private_job("stored", team.colleague)
    other = team.clients[Role.ADMIN]
    tag = _closed(colleague.get(f"/media/{name}"))["ETag"]
    for headers in ({}, {"Range": "bytes=0-3"}, {"If-None-Match": tag}, {"If-None-Match": "*"}):
        assert other.get(f"/media/{name}", headers=headers).status_code == 404
    assert other.head(f"/media/{name}").status_code == 404
    assert other.get(f"/media/{name}?download=clip.mp4").status_code == 404


def test_a_browser_asks_again_for_a_private_file(team: Team, colleague: Client) -> None:
    a_private_job("stored", team.colleague)
    response = _closed(colleague.get(f"/media/{FILES['clip']}"))
    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-cache")


def test_a_file_that_a_clip_of_the_team_has_too_is_the_team_s(team: Team) -> None:
    a_private_job("stored", team.colleague)
    store(a_job("completed", owner=team.colleague), sha256=DIGEST, **FILES)
    response = _closed(team.clients[Role.VIEWER].get(f"/media/{FILES['thumb']}"))
    assert response.status_code == 200


def test_what_the_sandbox_drew_for_a_private_clip_is_not_there_for_others(
    team: Team, colleague: Client
) -> None:
    job = a_private_job("completed", team.colleague)
    name = default_storage.save(f"sandbox/{job.upstream_id}.mp4", ContentFile(b"\x00\x00\x00\x18ftypisom"))
    assert team.clients[Role.ADMIN].get(f"/media/{name}").status_code == 404
    assert _closed(colleague.get(f"/media/{name}")).status_code == 200


def _closed(response: HttpResponseBase) -> HttpResponseBase:
    b"".join(response)  # closes the file behind it
    return response


# ── Hide and show ────────────────────────────────────────────────────────────────────────────────────────
def test_who_asked_for_a_clip_hides_it_and_shows_it_again(
    member: Member, as_member: Client, as_admin: Client
) -> None:
    job = a_job("processing", owner=member, prompt=PROMPT)
    as_member.post(f"/jobs/{job.pk}/hide/")
    changed = as_admin.get(f"/jobs/live/?since={job.rev}&newest={job.pk}").content.decode()
    assert "Private clip" in changed
    assert SECRET not in changed
    assert rows_of(changed)[0]["data-job-id"] == str(job.pk)
    as_member.post(f"/jobs/{job.pk}/show/")
    assert _tells(as_admin, f"/jobs/{job.pk}/")
    recorded = Entry.objects.filter(action__startswith="clip.", about=f"job:{job.pk}")
    actions = recorded.order_by("number").values_list("action", "by")
    assert list(actions)[-2:] == [("clip.hidden", member.pk), ("clip.shown", member.pk)]


def test_hiding_twice_is_hiding_once(member: Member, as_member: Client) -> None:
    job = a_job(owner=member)
    for _ in range(2):
        as_member.post(f"/jobs/{job.pk}/hide/")
    assert Entry.objects.filter(action="clip.hidden").count() == 1


def test_what_was_published_cannot_be_hidden(member: Member, as_member: Client) -> None:
    job = a_job("completed", owner=member, prompt_directory_optin=True)
    page = as_member.post(f"/jobs/{job.pk}/hide/", follow=True).content.decode()
    assert "published in the prompt directory" in page
    assert not Job.objects.get().is_private


def test_those_who_decide_on_spending_find_who_made_private_clips(member: Member, as_admin: Client) -> None:
    private, _ = a_job(owner=member, is_private=True), a_job(owner=member)
    page = as_admin.get("/jobs/?private=1").content.decode()
    assert [row["data-job-id"] for row in rows_of(page)] == [str(private.pk)]
    assert re.search(r'name="private" value="1" checked', page)


def test_a_private_clip_says_to_all_what_it_costs_and_whose_it_is(member: Member, as_admin: Client) -> None:
    job = a_job("completed", owner=member, is_private=True)
    page = as_admin.get(f"/jobs/{job.pk}/").content.decode()
    for told in ("Veo 3.1 Fast", "100 credits", str(a_member()), "General", "Ready"):
        assert told in page
