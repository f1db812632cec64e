"""The pages of spending: their numbers agree with each other, with the files, with the ledger and with the clips."""

import csv
import io
import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from dashboard.credits import words
from dashboard.credits.periods import chosen, preset
from dashboard.credits.question import Question, asked
from dashboard.jobs.filter import asked as asked_for_jobs
from studio.audit.models import Entry as AuditEntry
from studio.catalog.connections import default_connection
from studio.credits import ledger
from studio.credits.balance import note_balance
from studio.credits.models import Entry
from studio.credits.reports import BREAKDOWNS, report
from studio.jobs.lifecycle.moving import account_of
from studio.jobs.models import Job
from studio.projects.models import Colour, Project
from studio.team.models import Member
from studio.tokens.models import Token
from tests.dashboard.reading import rows_of
from tests.factories import a_job, a_member, a_model, a_token, altered

pytestmark = pytest.mark.django_db
SUNDAY = date(2026, 11, 22)


@pytest.fixture
def scene(admin: Member) -> dict[str, Member | Project | Token]:
    """Clips in every state of the money, by two people, for two projects, on three days."""
    other = a_member("other@example.com", name="=Other")
    campaign = Project.objects.create(name="Spring campaign", colour=Colour.CORAL)
    a_model(model_slug="kling_3_0", name="Kling 3.0", engine="Kling", credits={"base": 60})
    today = timezone.localdate()
    states = (
        "completed",
        "completed",
        "failed",
        "processing",
        "rejected",
        "attention",
        "abandoned",
        "approval",
    )
    for number, state in enumerate(states):
        owner = (admin, other)[number % 2]
        job = a_job(state, owner=owner)
        _book_elsewhere(job, today - timedelta(days=number % 3 * 20), campaign if number % 3 else job.project)
    script = a_token(other, name="+Script")[0]
    for state in ("completed", "failed", "processing"):
        _book_elsewhere(a_job(state, owner=other, api_token=script), today - timedelta(days=20), campaign)
    corrected = a_job("completed", owner=other)
    altered(
        corrected, charged=130, is_private=True, owner_id=admin.pk
    )  # handed over, and told another figure
    ledger.correct(account_of(Job.objects.get(pk=corrected.pk)), 130)
    ledger.top_up(ledger.Account("bought:1", default_connection().pk, today), 1_000, "invoice 7", admin.pk)
    return {"other": other, "campaign": campaign, "script": script}


def _book_elsewhere(job: Job, day: date, project: Project) -> None:
    """As if it had been asked for on that day and for that project: its totals move along."""
    from studio.credits import totals

    before = account_of(job)
    job = altered(job, asked_on=day, project_id=project.pk)
    totals.move(before.key, account_of(job).key, job.pk)
    Entry.objects.filter(job_id=job.pk).update(day=day, project=project)


def lines_of(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(response).decode())))


def credits_of(clips: list[Job]) -> int:
    return sum(job.credits or 0 for job in clips)


QUERIES = (
    *("", "person={other}", "project={campaign}", "model=veo31_fast", "outcome=open", "outcome=failed"),
    *("person={other}&project={campaign}", "family=Veo+3.1", "connection={studio}"),
    *("token={script}", "token=0", "token={script}&outcome=failed"),
)


def test_the_numbers_agree_everywhere(scene: dict, as_admin: Client) -> None:
    """The page, each breakdown, each file, the ledger's entries, and the clips that it leads to."""
    names = {name: one.pk for name, one in scene.items()} | {"studio": default_connection().pk}
    for query in QUERIES:
        _numbers_agree(as_admin, query.format(**names))


def _numbers_agree(as_admin: Client, told: str) -> None:
    today = timezone.localdate()
    for days in ("period=this-month", f"from={today - timedelta(days=30)}&until={today}", "from=2020-01-01"):
        address = f"{told}&{days}"
        question = asked(QueryDict(address))
        whole = report(question.narrowed).whole
        assert question.complaints == []
        page = as_admin.get(f"/credits/?{address}").content.decode()
        assert f"<strong>{whole.spent:,}</strong> credits" in page
        for by in (*BREAKDOWNS, "day"):
            lines = lines_of(as_admin.post(f"/credits/export/?{address}&by={by}"))
            assert sum(int(line["spent"]) for line in lines) == whole.spent
            assert sum(int(line["under_way"]) for line in lines) == whole.held
            assert sum(int(line["clips"]) for line in lines) == whole.clips
        clips = list(
            asked_for_jobs(QueryDict(question.jobs_url().partition("?")[2])).narrowed.jobs(Job.objects.all())
        )
        assert len(clips) == whole.clips
        assert credits_of(clips) == whole.spent + whole.held
        if not question.narrowed.outcome:
            _ledger_agrees(as_admin, question, address, whole.spent + whole.held)


def _ledger_agrees(client: Client, question: Question, address: str, used: int) -> None:
    lines = lines_of(client.post(f"/credits/ledger/export/?{address}"))
    bought = sum(int(line["credits"]) for line in lines if line["kind"] == "top-up")
    total = sum(int(line["credits"]) for line in lines)
    assert total == bought - used
    page = unescape(client.get(f"/credits/ledger/?{address}").content.decode())
    if lines:
        assert f"<strong>{'−' if total < 0 else '+' if total else ''}{abs(total):,}</strong>" in page


def test_a_breakdown_leads_to_the_clips_of_each_part(scene: dict, as_admin: Client) -> None:
    page = unescape(as_admin.get("/credits/?from=2020-01-01").content.decode())
    links = set(re.findall(r'href="(/jobs/\?[^"]+)"', page))
    assert {
        f"&spender={scene['other'].pk}",
        f"&project={scene['campaign'].pk}",
        f"&token={scene['script'].pk}",
        "&token=0",
        "&state=open",
        "&state=failed",
    } <= {f"&{part}" for link in links for part in link.split("&")[1:]}
    for link in links:
        assert rows_of(as_admin.get(link).content.decode()), link


def test_a_private_clip_counts_and_shows_no_prompt(scene: dict, as_member: Client) -> None:
    for path in ("/credits/", "/credits/ledger/"):
        page = as_member.get(path).content.decode()
        assert "a lighthouse at dawn" not in page
    job = Job.objects.get(is_private=True)
    assert f"clip {job.pk}" in as_member.get("/credits/ledger/").content.decode()


def test_a_file_says_its_period_and_is_recorded(scene: dict, as_member: Client, member: Member) -> None:
    response = as_member.post("/credits/export/?by=person&from=2026-11-01&until=2026-11-22")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].endswith(
        'filename="credits-by-person-2026-11-01-to-2026-11-22.csv"'
    )
    entry = AuditEntry.objects.get(action="report.exported")
    assert (entry.by, entry.about) == (member, "credits-by-person")
    assert as_member.get("/credits/export/").status_code == 405


def test_a_file_holds_no_formula(scene: dict, as_member: Client) -> None:
    names = [
        line["person"] for line in lines_of(as_member.post("/credits/export/?by=person&from=2020-01-01"))
    ]
    assert "'=Other" in names


def test_by_token_is_offered_only_where_there_are_tokens(as_member: Client, member: Member) -> None:
    a_job("completed", owner=member)
    assert "By token" not in as_member.get("/credits/").content.decode()
    a_token(member, name="Night script")
    page = unescape(as_member.get("/credits/?stack=token").content.decode())
    assert 'id="by-token"' in page
    assert "In the browser" in page
    lines = lines_of(as_member.post("/credits/export/?by=token"))
    assert [(line["token"], line["id"], line["spent"]) for line in lines] == [("In the browser", "0", "100")]


def test_the_ledger_names_the_token_and_so_does_its_file(scene: dict, as_member: Client) -> None:
    address = f"token={scene['script'].pk}&from=2020-01-01"
    page = unescape(as_member.get(f"/credits/ledger/?{address}").content.decode())
    assert "by the token +Script" in page
    lines = lines_of(as_member.post(f"/credits/ledger/export/?{address}"))
    assert {line["token"] for line in lines} == {"'+Script (=Other)"}


def test_the_ledger_says_who_bought_and_pages_on(
    scene: dict, as_member: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = unescape(as_member.get("/credits/ledger/?kind=topped_up").content.decode())
    assert "invoice 7, by Admin" in page
    assert "+1,000" in page
    monkeypatch.setattr("dashboard.credits.ledger.PAGE", 5)
    seen, url = [], "/credits/ledger/?from=2020-01-01"
    while url:
        page = unescape(as_member.get(url).content.decode())
        seen += re.findall(r'<tr data-kind="([^"]+)"', page)
        older = re.search(r'href="(\?[^"]*before=\d+)"', page)
        url = f"/credits/ledger/{older[1]}" if older else ""
    assert len(seen) == Entry.objects.count()
    rows = as_member.get("/credits/ledger/", headers={"HX-Request": "true", "HX-Target": "tr#older"})
    assert rows.content.decode().lstrip().startswith("<tr data-kind")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("person=999", "This person is not on the team"),
        ("project=x", "This project does not exist"),
        ("outcome=gone", "There is no outcome “gone”"),
        ("period=ever", "There is no period “ever”"),
        ("from=2026-02-30", "“2026-02-30” is not a date"),
        ("until=0001-01-01", "“0001-01-01” is not a date"),
        ("connection=77", "This connection does not exist"),
        ("token=77", "This token does not exist"),
        ("token=0", "This token does not exist"),
        ("model=%00", ""),
    ],
)
def test_what_cannot_be_read_is_left_out_and_said(query: str, sentence: str, as_member: Client) -> None:
    for path in ("/credits/", "/credits/ledger/"):
        response = as_member.get(f"{path}?{query}")
        assert response.status_code == 200
        assert sentence in response.content.decode()


def test_the_first_day_is_empty_and_says_so(as_member: Client) -> None:
    page = as_member.get("/credits/").content.decode()
    assert "No clips in this period" in page
    assert "<figure" not in page
    assert "No entries in this period" in as_member.get("/credits/ledger/").content.decode()


@pytest.mark.parametrize(
    ("days", "unit", "bars"),
    [(1, None, 0), (30, "day", 30), (95, "week", 14), (400, "month", 14), (9_000, "year", 2)],
)
def test_the_bars_are_as_wide_as_the_period_asks(
    days: int, unit: str | None, bars: int, member: Member, as_member: Client
) -> None:
    for back in (days - 1, 0) if days < 1_000 else (400, 0):
        _book_elsewhere(
            a_job("completed", owner=member), SUNDAY - timedelta(days=back), Project.objects.general()
        )
    page = as_member.get(
        f"/credits/?from={SUNDAY - timedelta(days=days - 1)}&until={SUNDAY}"
    ).content.decode()
    if unit is None:
        assert "<svg viewBox=" not in page.partition("figures")[2].partition("By person")[0]
        return
    assert f"Spent by {unit}" in page
    assert f"{bars} bars, at most" in page
    assert page.count("<rect data-colour") == 2


# ── Periods and words ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("name", "days", "before"),
    [
        ("today", "22 Nov 2026", "21 Nov 2026"),
        ("this-week", "16–22 Nov 2026", "9–15 Nov 2026"),
        ("this-month", "1–22 Nov 2026", "1–22 Oct 2026"),
        ("last-month", "1–31 Oct 2026", "1–30 Sep 2026"),
        ("last-30-days", "24 Oct – 22 Nov 2026", "24 Sep – 23 Oct 2026"),
        ("this-year", "1 Jan – 22 Nov 2026", "1 Jan – 22 Nov 2025"),
    ],
)
def test_a_period_is_compared_with_as_much_of_the_one_before(name: str, days: str, before: str) -> None:
    period = preset(name, SUNDAY)
    assert (period.words, period.before_words) == (days, before)


def test_the_end_of_a_long_month_is_compared_with_the_whole_of_a_short_one() -> None:
    assert preset("this-month", date(2026, 3, 31)).before == (date(2026, 2, 1), date(2026, 2, 28))
    assert preset("this-year", date(2028, 2, 29)).before == (date(2027, 1, 1), date(2027, 2, 28))


def test_days_that_stand_in_the_form_keep_the_name_of_their_period() -> None:
    today = timezone.localdate()
    said = f"period=this-month&from={today.replace(day=1)}&until={{}}"
    assert asked(QueryDict(said.format(today))).period.name == "this-month"
    other = asked(QueryDict(said.format(today + timedelta(days=1)))).period
    assert (other.name, other.until) == ("", today + timedelta(days=1))
    backwards = asked(QueryDict("from=2026-11-22&until=2026-11-01")).period
    assert (backwards.since, backwards.until) == (date(2026, 11, 1), date(2026, 11, 22))


def test_a_comparison_is_said_in_words() -> None:
    period = chosen(date(2026, 11, 2), date(2026, 11, 2))
    said = [
        words.change(now, before, period) for now, before in ((150, 100), (50, 100), (9, 9), (5, 0), (0, 0))
    ]
    assert said == [
        "50 % more than on 1 Nov 2026 (100).",
        "50 % less than on 1 Nov 2026 (100).",
        "The same as on 1 Nov 2026.",
        "Nothing was spent on 1 Nov 2026.",
        "Nothing, as on 1 Nov 2026.",
    ]


@pytest.mark.parametrize(
    ("available", "burn", "sentence"),
    [
        (1_100, 10, "Lasts until about 12 March 2027."),
        (90, 10, "Lasts until about 1 December."),
        (5, 10, "At this rate, it runs out today."),
        (0, 10, "No credits left."),
        (1_000_000, 1, "Lasts more than 2 years."),
        (100, None, "No spending in the last 14 days to estimate from."),
        (None, 10, "The studio has not reported a balance yet."),
    ],
)
def test_until_when_credits_last_is_said_or_why_not(
    available: int | None, burn: float | None, sentence: str
) -> None:
    assert words.lasting(available, burn, SUNDAY) == sentence


def test_the_page_tells_how_long_the_balance_lasts(member: Member, as_member: Client) -> None:
    a_job("completed", owner=member)
    note_balance(default_connection().pk, 1_000)
    until = timezone.localdate() + timedelta(days=10)
    page = as_member.get("/credits/").content.decode()
    assert f"Lasts until about {until.day} {until:%B}" in page
    assert "Spending: 100 credits per day" in page
    assert 'id="balance" href="/credits/"' in page
