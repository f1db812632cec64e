"""The layer before Django: it answers what is proven, and nothing else."""

import threading
import time
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connections, transaction
from django.test import Client, RequestFactory
from django.utils import timezone

from dashboard.polls import cursor, pulse
from dashboard.polls.layer import PollLayer
from dashboard.polls.pulse import Copy, Pulse
from studio.catalog.connections import note_answer, note_trouble
from studio.catalog.models import Connection
from studio.contract.errors import KeyRefused
from studio.jobs.lifecycle import machine
from studio.jobs.models import Job, Revision
from studio.team import second_factor
from studio.team.models import Member
from studio.worker.models import SILENT_AFTER, Heartbeat
from tests.conftest import PASSWORD
from tests.dashboard.reading import rows_of
from tests.dashboard.test_jobs_live import opened, poll_url
from tests.factories import a_job, a_member, fresh, told
from tests.must import must
from tests.team.codes import with_app
from tests.worker.processes import wait_for

pytestmark = pytest.mark.django_db
FACTORY = RequestFactory()
NAME = settings.SESSION_COOKIE_NAME


class Process:
    """A web process: the layer and Django, which counts what it is asked."""

    def __init__(self) -> None:
        self.handler, self.asked = WSGIHandler(), 0
        self.application = PollLayer(self._django)

    def _django(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        self.asked += 1
        return self.handler(environ, start_response)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: str
    reached_django: bool


class Tab:
    """A page that polls as static/live.js does: it keeps the cursor, and takes the next address from the answer."""

    def __init__(self, process: Process, client: Client, path: str = "/jobs/") -> None:
        self.process = process
        self.session = client.cookies[NAME].value
        self.address, self.cursor = opened(client, path), ""

    def ask(self, process: Process | None = None, method: str = "GET") -> Answer:
        process, begun = process or self.process, []
        headers = {"Cookie": f"{NAME}={self.session}", "Dailies-Cursor": self.cursor, "HX-Request": "true"}
        environ = FACTORY.generic(method, self.address, headers=headers).environ
        before = process.asked
        body = b"".join(process.application(environ, lambda *said: begun.append(said))).decode()
        status, found = int(begun[0][0][:3]), dict(begun[0][1])
        self.cursor = found.get("Dailies-Cursor", self.cursor)
        if status == 200:
            self.address = poll_url(body)
        return Answer(status, found, body, process.asked > before)

    def settle(self) -> "Tab":
        """The first poll gets a cursor; from then on nothing is new."""
        self.ask()
        return self


@pytest.fixture(autouse=True)
def _always_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "FRESH", -1)


@pytest.fixture(autouse=True)
def _one_transaction(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    """The test's transaction outlives its requests, as with Django's own test client."""
    monkeypatch.setattr(connections["default"], "close_if_unusable_or_obsolete", lambda: None)


@pytest.fixture
def process(db: None) -> Process:
    Heartbeat.beat("worker:1")
    a_job("processing", owner=a_member("somebody@example.com"))
    return Process()


@pytest.fixture
def tab(process: Process, as_member: Client) -> Tab:
    return Tab(process, as_member).settle()


def change(job: Job | None = None) -> Job:
    job = job or Job.objects.latest("pk")
    Job.objects.filter(pk=job.pk).update(rev=Revision.bump())
    return fresh(job)


# ── Quiet ────────────────────────────────────────────────────────────────────────────────────────────────
def test_nothing_changed_is_answered_before_django_and_kept_by_no_cache(tab: Tab) -> None:
    answer = tab.ask()
    assert (answer.status, answer.body, answer.reached_django) == (204, "", False)
    assert answer.headers == {"Cache-Control": "no-store"}


def test_a_quiet_poll_asks_the_database_nothing_while_the_copy_is_fresh(
    tab: Tab, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries
) -> None:
    monkeypatch.setattr(pulse, "FRESH", 60)
    with django_assert_num_queries(0):
        assert not tab.ask().reached_django


def test_the_copy_is_read_by_one_query(tab: Tab, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        assert not tab.ask().reached_django


def test_a_quiet_poll_of_one_clip_is_answered_before_django(process: Process, as_member: Client) -> None:
    tab = Tab(process, as_member, f"/jobs/{Job.objects.get().pk}/").settle()
    assert not tab.ask().reached_django
    job = Job.objects.get()
    machine.report(job, told(job, "completed"))
    assert "Ready" in tab.ask().body
    assert not tab.ask().reached_django


def test_a_narrowed_list_is_quiet_again_after_a_change_that_does_not_concern_it(
    process: Process, member: Member, as_member: Client
) -> None:
    tab = Tab(process, as_member, f"/jobs/?person={member.pk}").settle()
    change()
    assert (tab.ask().status, tab.ask().reached_django) == (204, False)


# ── What is not proven goes to Django ────────────────────────────────────────────────────────────────────
def test_a_change_is_told_at_once_and_then_all_is_quiet_again(tab: Tab) -> None:
    job = change()
    answer = tab.ask()
    assert [row["data-job-id"] for row in rows_of(answer.body)] == [str(job.pk)]
    assert not tab.ask().reached_django


@pytest.mark.parametrize("forged", ["", "x", "1.2.3.4.5", "0" * 200, "ÿ.ÿ.ÿ.ÿ.ÿ"])
def test_a_made_up_cursor_reaches_django(forged: str, tab: Tab) -> None:
    tab.cursor = forged
    assert tab.ask().reached_django


@pytest.mark.parametrize("part", range(5))
def test_a_cursor_with_any_part_altered_reaches_django(part: int, tab: Tab) -> None:
    parts = tab.cursor.split(".")
    parts[part] = f"{parts[part][:-1]}{(int(parts[part][-1], 16) + 1) % 10}"
    tab.cursor = ".".join(parts)
    assert tab.ask().reached_django


def test_another_session_s_cursor_is_worthless(tab: Tab, process: Process, as_admin: Client) -> None:
    foreign = Tab(process, as_admin)
    foreign.cursor = tab.cursor
    assert foreign.ask().reached_django


def test_without_a_session_the_poll_reaches_django(tab: Tab) -> None:
    tab.session = ""
    answer = tab.ask()
    assert (answer.status, answer.reached_django) == (302, True)
    assert "Dailies-Cursor" not in answer.headers


@pytest.mark.parametrize("method", ["HEAD", "POST"])
def test_another_method_reaches_django(method: str, tab: Tab) -> None:
    assert tab.ask(method=method).reached_django


def test_django_sees_every_tab_once_in_a_while(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + cursor.LIFE[1])
    assert tab.ask().reached_django
    assert not tab.ask().reached_django, "it was given a new cursor"


def test_a_restored_backup_sends_the_whole_list(tab: Tab) -> None:
    Revision.objects.update(value=1)
    answer = tab.ask()
    assert 'hx-swap="innerMorph"' in answer.body
    assert not tab.ask().reached_django


def test_a_database_that_cannot_be_asked_is_said_without_asking_it_for_each_tab(
    tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[None] = []

    def locked(*_: object) -> None:
        asked.append(None)
        raise OperationalError("database is locked")

    monkeypatch.setattr(pulse, "PAUSE", 3600)
    with monkeypatch.context() as broken:
        broken.setattr(Pulse, "read", locked)
        answers = [tab.ask() for _ in range(20)]
    assert {(answer.status, answer.reached_django) for answer in answers} == {(503, False)}
    assert answers[0].headers["Retry-After"]
    assert len(asked) == 1
    monkeypatch.setattr(pulse, "PAUSE", 0)
    assert tab.ask().status == 204, "the tab goes on where it was"


def test_tabs_that_wait_for_a_database_that_is_away_do_not_each_try_it(
    tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as one try takes, and no longer: else the tabs of a team hold every thread for minutes."""
    begun, go_on = threading.Event(), threading.Event()
    asked: list[Any] = []

    def slow(*_: object) -> None:
        asked.append(None)
        begun.set()
        go_on.wait(30)
        raise OperationalError("could not connect")

    monkeypatch.setattr(pulse, "PAUSE", 3600)
    monkeypatch.setattr(Pulse, "read", slow)
    answers: list[Answer] = []
    tabs = [threading.Thread(target=lambda: answers.append(copy(tab).ask())) for _ in range(6)]
    for each in tabs:
        each.start()
    assert begun.wait(30)
    go_on.set()
    for each in tabs:
        each.join(30)
    assert [answer.status for answer in answers] == [503] * 6
    assert len(asked) == 1


def test_an_outage_that_is_known_is_said_on_the_event_loop(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(pulse, "PAUSE", 3600)
    monkeypatch.setattr(Pulse, "read", locked)
    tab.ask()
    assert must(tab.process.application.without_waiting(environ_of(tab)))[0] == 503


# ── The session's end ────────────────────────────────────────────────────────────────────────────────────
def sign_out(client: Client, member: Member) -> None:
    client.post("/accounts/logout/")


def deactivate(client: Client, member: Member) -> None:
    member.deactivate(by=Member.objects.create_superuser("other@example.com", PASSWORD))


def change_password(client: Client, member: Member) -> None:
    answer = client.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "another quiet room", "password2": "another quiet room"},
    )
    assert answer.status_code == 302


def set_password_elsewhere(client: Client, member: Member) -> None:
    member.set_password("another quiet room")
    member.save()


def somebody_else_signs_in(client: Client, member: Member) -> None:
    client.force_login(must(Member.objects.exclude(pk=member.pk).first()))


def flush(client: Client, member: Member) -> None:
    client.session.flush()


ENDS = [sign_out, deactivate, change_password, set_password_elsewhere, somebody_else_signs_in, flush]


@pytest.mark.parametrize("end", ENDS)
def test_when_a_session_ends_its_quiet_answers_end(
    end: Callable[[Client, Member], None], tab: Tab, member: Member, as_member: Client
) -> None:
    assert not tab.ask().reached_django
    end(as_member, member)
    answer = tab.ask()
    assert answer.reached_django
    assert answer.status == 302


def test_who_has_no_second_factor_any_more_is_not_answered_before_django(
    tab: Tab, member: Member, settings
) -> None:
    with_app(member)
    settings.REQUIRE_SECOND_FACTOR = "everyone"
    assert not tab.ask().reached_django
    second_factor.forget(member)
    answer = tab.ask()
    assert (answer.status, answer.headers["HX-Redirect"]) == (403, "/profile/security/")


def test_a_new_role_is_looked_at_anew(tab: Tab, member: Member) -> None:
    member.change_role("viewer", by=Member.objects.create_superuser("other@example.com", PASSWORD))
    assert tab.ask().reached_django
    assert not tab.ask().reached_django


def test_one_person_s_sign_out_leaves_the_others_quiet(tab: Tab, as_admin: Client) -> None:
    as_admin.post("/accounts/logout/")
    assert not tab.ask().reached_django


def _reaches_django(tab: Tab, process: Process) -> bool:
    return tab.ask(process).reached_django


def test_a_sign_out_reaches_every_process_within_its_copy_s_life(
    tab: Tab, as_member: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "FRESH", 0.25)
    other = Process()
    assert not tab.ask(other).reached_django
    as_member.post("/accounts/logout/")
    for process in (tab.process, other):
        wait_for(partial(_reaches_django, tab, process), "the end of quiet answers", 0.5)


def test_a_poll_that_a_sign_out_overtakes_gets_a_cursor_that_is_worth_nothing(
    tab: Tab, as_member: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Django has let the poll in; the session ends; only then is the answer given its cursor."""
    tab.cursor = ""
    issue = cursor.issue

    def overtaken(*args: Any) -> str:
        as_member.post("/accounts/logout/")
        return issue(*args)

    with monkeypatch.context() as slow:
        slow.setattr(cursor, "issue", overtaken)
        assert tab.ask().headers["Dailies-Cursor"]
    assert tab.ask().status == 302


# ── Answers that are shared ──────────────────────────────────────────────────────────────────────────────
def test_the_same_change_is_drawn_once_for_all_tabs_but_its_owner_s(
    process: Process, member: Member, as_member: Client, as_admin: Client
) -> None:
    job = a_job("processing", owner=member)
    first, second = (Tab(process, as_admin).settle() for _ in range(2))
    own, own_too = (Tab(process, as_member).settle() for _ in range(2))
    change(job)
    answers = [tab.ask() for tab in (first, second, own, own_too)]
    assert [answer.reached_django for answer in answers] == [True, False, True, False]
    assert ["<span>you</span>" in answer.body for answer in answers] == [False, False, True, True]
    assert answers[0].body == answers[1].body
    assert answers[0].headers.keys() == answers[1].headers.keys()
    assert not any(tab.ask().reached_django for tab in (first, second, own, own_too))


@pytest.mark.parametrize("owner_is_first", [True, False])
def test_an_answer_with_a_private_clip_is_shared_by_those_alone_who_may_not_see_what_is_in_it(
    owner_is_first: bool, process: Process, member: Member, as_member: Client, as_admin: Client
) -> None:
    job = a_job("processing", owner=member, is_private=True, prompt="A dhow off Zanzibar")
    own, other, other_too = (Tab(process, client).settle() for client in (as_member, as_admin, as_admin))
    change(job)
    asking = [own, other, other_too] if owner_is_first else [other, other_too, own]
    told = {id(tab): tab.ask() for tab in asking}
    assert "Zanzibar" in told[id(own)].body
    assert "Zanzibar" not in told[id(other)].body
    assert "Private clip" in told[id(other)].body
    assert told[id(other)].body == told[id(other_too)].body
    assert [told[id(tab)].reached_django for tab in (own, other, other_too)] == [True, True, False]


def test_a_shared_answer_is_not_given_when_more_has_changed(process: Process, as_admin: Client) -> None:
    tabs = [Tab(process, as_admin).settle() for _ in range(2)]
    change()
    tabs[0].ask()
    job = change()
    answer = tabs[1].ask()
    assert rows_of(answer.body)[0]["data-rev"] == str(job.rev)


def test_a_shared_answer_is_not_given_to_a_session_that_ended(
    process: Process, as_admin: Client, as_member: Client
) -> None:
    tabs = [Tab(process, client).settle() for client in (as_admin, as_member)]
    change()
    tabs[0].ask()
    as_member.post("/accounts/logout/")
    assert tabs[1].ask().status == 302


def test_an_answer_that_went_wrong_is_not_shared(
    process: Process, as_admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tabs = [Tab(process, as_admin).settle() for _ in range(2)]
    change()
    with monkeypatch.context() as broken:
        broken.setattr("dashboard.jobs.live.render", lambda *_: 1 / 0)
        process.handler.load_middleware()
        assert tabs[0].ask().status == 500
    assert tabs[1].ask().status == 200


# ── Notices ──────────────────────────────────────────────────────────────────────────────────────────────
def silence() -> None:
    Heartbeat.objects.update(at=timezone.now() - SILENT_AFTER - timedelta(seconds=1))


@pytest.mark.parametrize("path", ["/jobs/", "/jobs/1/", "/"])
def test_a_silent_worker_is_noticed_by_a_quiet_page(path: str, process: Process, as_member: Client) -> None:
    job = Job.objects.get()
    tab = Tab(process, as_member, path.replace("1", str(job.pk))).settle()
    silence()
    assert "the background worker has not responded for 40 s" in tab.ask().body
    assert not tab.ask().reached_django
    Heartbeat.beat("worker:1")
    answer = tab.ask()
    assert 'id="notices"' in answer.body
    assert "has not responded" not in answer.body


def test_a_page_that_is_drawn_while_the_worker_is_silent_says_so(process: Process, as_member: Client) -> None:
    silence()
    assert "the background worker has not responded for 40 s" in as_member.get("/profile/").content.decode()


def test_trouble_with_a_studio_reaches_quiet_pages(tab: Tab) -> None:
    studio = Connection.objects.get()
    note_trouble(studio, KeyRefused("The key was refused."))
    assert 'id="notices"' in tab.ask().body
    assert not tab.ask().reached_django
    note_answer(studio)
    assert 'id="notices"' in tab.ask().body


def test_what_a_studio_asked_us_to_wait_for_ends_by_itself(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    Connection.objects.update(send_after=timezone.now() + timedelta(minutes=1))
    assert tab.ask().reached_django
    assert not tab.ask().reached_django
    Heartbeat.objects.update(at=timezone.now() + timedelta(minutes=2))
    later = timezone.now() + timedelta(minutes=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert 'id="notices"' in tab.ask().body


# ── The database connection ──────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_reading_the_pulse_keeps_no_connection_open() -> None:
    a_job()
    found: list[object] = []

    def serve() -> None:
        found.extend((Copy().pulse(), connections["default"].connection))

    serving = threading.Thread(target=serve)
    serving.start()
    serving.join(30)
    known, left_open = found
    assert isinstance(known, Pulse)
    assert left_open is None, "CONN_MAX_AGE is kept to, as around a request"


# ── Under load ───────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fresh_for", [-1, 0.01])
def test_no_change_is_ever_missed(fresh_for: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tabs on two processes poll while jobs change under them: in the end each shows the last of every job."""
    monkeypatch.setattr(pulse, "FRESH", fresh_for)
    member = Member.objects.create_user("watching@example.com", PASSWORD)
    client = Client()
    client.force_login(member)
    Heartbeat.beat("worker:1")
    jobs = [a_job("processing") for _ in range(5)]
    processes = [Process(), Process()]
    tabs = [Tab(processes[number % 2], client) for number in range(4)]
    done = threading.Event()
    shown: list[dict[Any, Any]] = [{} for _ in tabs]

    def write(part: int) -> None:
        try:
            for turn in range(30):
                with transaction.atomic():
                    change(jobs[(turn + part) % len(jobs)])
        finally:
            connections.close_all()

    def watch(number: int) -> None:
        try:
            last = False
            while not last:
                last = done.is_set()
                if last:
                    threading.Event().wait(0.02)  # as long as a copy lives
                answer = tabs[number].ask(processes[number % 2] if last else None)
                shown[number] |= {row["data-job-id"]: row["data-rev"] for row in rows_of(answer.body)}
        finally:
            connections.close_all()

    writers = [threading.Thread(target=write, args=(part,)) for part in range(2)]
    watchers = [threading.Thread(target=watch, args=(number,)) for number in range(len(tabs))]
    for thread in (*watchers, *writers):
        thread.start()
    for thread in writers:
        thread.join(60)
    done.set()
    for thread in watchers:
        thread.join(60)
    truth = {str(job.pk): str(fresh(job).rev) for job in jobs}
    assert [{pk: rows[pk] for pk in truth} for rows in shown] == [truth] * len(tabs)


# ── On the event loop ────────────────────────────────────────────────────────────────────────────────────
def environ_of(tab: Tab, **more: str) -> dict[str, Any]:
    headers = {"Cookie": f"{NAME}={tab.session}", "Dailies-Cursor": tab.cursor, **more}
    return FACTORY.get(tab.address, headers=headers).environ


def test_a_known_answer_is_given_without_asking_the_database(
    tab: Tab, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    without_waiting = tab.process.application.without_waiting
    assert without_waiting(environ_of(tab)) is None, "what was read is too old"
    monkeypatch.setattr(pulse, "FRESH", 3600)
    with django_assert_num_queries(0):
        assert without_waiting(environ_of(tab)) == (204, [("Cache-Control", "no-store")], b"")
        assert without_waiting(environ_of(tab, **{"Dailies-Cursor": "forged"})) is None
        assert without_waiting({**environ_of(tab), "REQUEST_METHOD": "POST"}) is None
        assert without_waiting({**environ_of(tab), "PATH_INFO": "/jobs/"}) is None


def test_nothing_is_answered_without_waiting_before_the_pulse_was_read(
    tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "FRESH", 3600)
    assert Process().application.without_waiting(environ_of(tab)) is None
