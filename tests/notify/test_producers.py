"""What happens to clips, keys and balances is told to whom it concerns, and no prompt goes with it."""

from typing import Any

import pytest

from studio.catalog import register
from studio.catalog.connections import default_connection, note_answer, note_trouble
from studio.catalog.models import Connection
from studio.contract.errors import KeyRefused, Unavailable
from studio.credits.balance import note_balance
from studio.jobs.lifecycle import machine
from studio.jobs.models import Job
from studio.notify.kinds import Kind
from studio.notify.models import Format, Hook, Notification
from studio.team.models import Member, Role
from studio.upstream.secret import Secret
from tests.factories import a_job, a_member, told

pytestmark = pytest.mark.django_db
PROMPT = "a secret lighthouse at dawn"


@pytest.fixture
def manager(db: None) -> Member:
    return a_member("manager@example.com", role=Role.MANAGER)


@pytest.fixture
def account(db: None) -> Connection:
    return register.add("Brand films", "https://api.example.com", 24, Secret("sk-0123456789"))


def titles(person: Member) -> list[str]:
    return [each.title for each in Notification.objects.inbox_of(person.pk)]


@pytest.mark.parametrize(
    ("state", "kind", "what"),
    [
        ("completed", Kind.CLIP_READY, "is ready"),
        ("failed", Kind.CLIP_FAILED, "failed"),
        ("rejected", Kind.CLIP_FAILED, "was rejected"),
    ],
)
def test_the_owner_learns_how_a_clip_ended(
    state: str, kind: Kind, what: str, member: Member, manager: Member
) -> None:
    job = a_job(state, owner=member)
    mine = Notification.objects.get()
    assert (mine.person, mine.kind, mine.title) == (member, kind, f"Clip {job.pk} {what}")
    assert mine.path == f"/jobs/{job.pk}/"


@pytest.mark.parametrize(
    "state", ["queued", "pending", "processing", "unknown", "cancelled", "stopped", "blocked"]
)
def test_what_is_no_end_is_no_news(state: str, member: Member) -> None:
    a_job(state, owner=member)
    assert not Notification.objects.exists()


def test_a_report_that_comes_again_tells_nothing_again(member: Member) -> None:
    job = a_job("completed", owner=member)
    machine.report(job, told(job, "completed", credits_charged=90))
    assert len(titles(member)) == 1


def test_a_clip_in_doubt_comes_before_its_owner_and_who_decides(
    member: Member, manager: Member, admin: Member
) -> None:
    bystander = a_member("bystander@example.com")
    job = a_job("attention", owner=member)
    for person in (member, manager, admin):
        assert titles(person) == [f"Clip {job.pk} needs attention"]
    assert titles(bystander) == []


@pytest.mark.parametrize("state", ["completed", "failed", "rejected", "attention"])
def test_no_prompt_leaves_the_house(state: str, member: Member, admin: Member) -> None:
    Hook.objects.create(name="Team", host="h", format=Format.JSON, kinds=list(Kind), sealed="x")
    a_job(state, owner=member, prompt=PROMPT)
    said = [
        *Notification.objects.values_list("title", "text"),
        *Hook.objects.get().deliveries.values_list("text"),
    ]
    assert said
    assert PROMPT not in str(said)


def test_admins_learn_once_that_a_key_is_refused(admin: Member, manager: Member, account: Connection) -> None:
    for _ in range(2):
        note_trouble(account, KeyRefused("Invalid API key."))
    assert titles(admin) == ["Brand films: the API key is refused"]
    assert titles(manager) == []
    note_answer(account)
    note_trouble(account, KeyRefused("Invalid API key."))
    assert len(titles(admin)) == 2


def test_a_studio_that_does_not_answer_is_no_refused_key(admin: Member, account: Connection) -> None:
    note_trouble(account, Unavailable("It does not answer."))
    assert titles(admin) == []


def test_who_decides_learns_once_that_a_balance_is_low(
    member: Member, manager: Member, admin: Member, account: Connection, settings: Any
) -> None:
    settings.BALANCE_LOW_BELOW = 500
    for credits in (900, 500, 499, 400, 400, 100):
        note_balance(account.pk, credits)
    assert titles(manager) == titles(admin) == ["Brand films: 499 credits left"]
    assert titles(member) == []
    for credits in (2_000, 450):
        note_balance(account.pk, credits)
    assert titles(manager) == ["Brand films: 450 credits left", "Brand films: 499 credits left"]


def test_a_sandbox_may_run_low(manager: Member) -> None:
    note_balance(default_connection().pk, 10)
    assert titles(manager) == []


def test_a_move_that_is_undone_told_nobody(member: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    job = a_job("processing", owner=member)

    def broken(*_: object) -> None:
        raise RuntimeError("The ledger is full.")

    monkeypatch.setattr(machine, "book", broken)
    with pytest.raises(RuntimeError):
        machine.report(job, told(job, "completed"))
    assert Job.objects.get(pk=job.pk).state == "processing"
    assert titles(member) == []
