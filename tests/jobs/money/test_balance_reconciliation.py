"""The balance of a studio on a socket, against the ledger: what differs, what explains itself, what a person says."""

import threading
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection as database
from django.test import Client

from studio.audit.models import Entry as AuditEntry
from studio.catalog.connections import default_connection
from studio.catalog.models import Connection
from studio.credits.balance import note_balance
from studio.credits.differences import CannotClassify, classify
from studio.credits.models import BalanceReading, DayTotal, Difference, Entry
from studio.jobs.models import Job
from studio.jobs.money import balance_reconciliation
from studio.jobs.money.balance_reconciliation import reconcile_balance, under_way
from studio.sandbox.models import SandboxAccount
from studio.team.models import Member
from tests.credits.adding_up import added_up, as_kept
from tests.factories import a_difference, a_job, a_manager, fresh
from tests.faults.scene import Scene
from tests.must import must
from tests.upstream.server import FakeStudio

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(connection: Connection, video_studio: FakeStudio, admin: Member, as_admin: Client) -> Scene:
    """A studio that tells its balance with every history; the first reading was an hour ago."""
    video_studio.tells_balance = True
    scene = Scene(video_studio, connection.pk, as_admin, admin, video_studio.account.credits)
    read(scene)
    scene.passes(hours=1)
    return scene


def read(scene: Scene, times: int = 1) -> None:
    """A look at the history, half a minute later, and what is found then."""
    for _ in range(times):
        scene.passes(seconds=30)
        scene.read_history()
        reconcile_balance(scene.connection)


def made(scene: Scene, prompt: str = "a lighthouse at dawn") -> Job:
    job = scene.ask(prompt)
    assert scene.send()
    scene.finish(job)
    return fresh(job)


def differences(**wanted: object) -> list[int]:
    return list(Difference.objects.filter(**wanted).order_by("pk").values_list("amount", flat=True))


def only() -> Difference:
    return Difference.objects.select_related("connection").get()


# ── Found ───────────────────────────────────────────────────────────────────────────────────────────────
def test_clips_refunds_and_clips_made_elsewhere_leave_nothing_over(scene: Scene) -> None:
    made(scene)
    made(scene, "a storm [sandbox:fail]")
    scene.studio.account.made_elsewhere()
    read(scene, 2)
    made(scene)
    read(scene, 2)
    assert differences() == []
    assert BalanceReading.objects.filter(verdict="differs").count() == 0
    assert BalanceReading.objects.filter(verdict="agrees").exists()


@pytest.mark.parametrize("most", [2**31 - 1, 2**31, 2**33])
def test_a_balance_beyond_32_bits_is_stored_and_judged(scene: Scene, most: int) -> None:
    """And what follows from it: a rise, an expected figure beyond it, a fall to almost nothing."""
    scene.studio.account.credits = most
    read(scene, 2)
    assert differences() == [most - 2_000]
    made(scene, "a storm [sandbox:fail]")
    read(scene, 2)
    scene.studio.account.credits -= 50
    read(scene, 2)
    scene.studio.account.credits = 7
    read(scene, 2)
    assert differences() == [most - 2_000, -50, 7 - (most - 50)]
    assert max(BalanceReading.objects.values_list("credits", flat=True)) == most
    for difference in Difference.objects.all():
        kind = "top-up" if difference.amount > 0 else "unknown"
        classify(difference, kind, scene.person)
    assert (
        sum(Entry.objects.filter(kind__in=("top-up", "adjustment")).values_list("amount", flat=True))
        == 7 - 2_000
    )
    assert as_kept() == added_up()
    assert scene.page("reconciliation")


def test_charges_beyond_32_bits_are_booked(scene: Scene) -> None:
    dear = 3 * 2**31
    honest = scene.studio.account.row
    scene.studio.account.row = lambda *told: {**honest(*told), "credits_charged": dear}  # type: ignore[method-assign]  # this one answers otherwise
    job = made(scene)
    assert (job.charged, job.credits) == (dear, dear)
    assert Entry.objects.get(kind="charge").amount == dear
    assert as_kept() == added_up()
    assert f"{dear:,} credits" in scene.clip_page(job)


def test_a_studio_that_counts_in_fractions_makes_no_differences(scene: Scene) -> None:
    """Each clip costs 12.5 there and 13 here."""
    account = scene.studio.account
    next(model for model in account.models if model["model_slug"] == "veo31_fast")["credits"] = {"base": 12.5}
    for number in range(5):
        made(scene, f"clip {number}")
        read(scene, number % 3)
    read(scene, 2)
    assert account.credits == 2_000 - 5 * 12.5
    assert scene.connection.reports_fractions
    assert differences() == []
    account.credits -= 37
    read(scene, 2)
    assert differences() == [-37]


def test_a_difference_counts_once_it_was_told_twice(scene: Scene) -> None:
    scene.studio.account.credits -= 37
    read(scene)
    assert differences() == []
    read(scene)
    assert differences() == [-37]
    difference = only()
    assert (difference.balance_before, difference.expected, difference.balance) == (2_000, 2_000, 1_963)
    assert difference.from_at < difference.until_at


def test_differences_one_after_the_other_are_kept_apart(scene: Scene) -> None:
    for amount in (-37, 500, -20):
        scene.studio.account.credits += amount
        read(scene, 2)
        made(scene)
    read(scene, 2)
    assert differences() == [-37, 500, -20]
    found = Difference.objects.order_by("pk")
    assert all(one.until_at <= later.from_at for one, later in pairwise(found))


def test_a_difference_is_noticed_once_however_often_it_is_looked_for(scene: Scene) -> None:
    scene.studio.account.credits -= 37
    for _ in range(4):
        read(scene)
        balance_reconciliation._seen.clear()
        reconcile_balance(scene.connection)
    assert differences() == [-37]


@pytest.mark.django_db(transaction=True)
def test_several_workers_notice_it_once(scene: Scene) -> None:
    scene.studio.account.credits -= 37
    for _ in range(2):
        scene.passes(seconds=30)
        scene.read_history()
    start = threading.Barrier(3)

    def work() -> None:
        start.wait(30)
        balance_reconciliation._seen.clear()
        reconcile_balance(scene.connection)
        database.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert differences() == [-37]


@pytest.mark.parametrize("minutes", [10, -60])
def test_a_studios_clock_that_is_off_hides_and_invents_nothing(minutes: int, scene: Scene) -> None:
    scene.studio.account.skew = timedelta(minutes=minutes)
    read(scene)
    scene.studio.account.made_elsewhere()
    made(scene)
    read(scene, 2)
    assert differences() == []


def test_while_a_request_is_in_doubt_nothing_after_it_is_judged(scene: Scene) -> None:
    scene.studio.fault("accept-then-reset")
    job = scene.ask()
    assert scene.send()
    hidden = scene.studio.account.jobs.pop()
    scene.studio.account.credits -= 37
    read(scene, 2)
    assert fresh(job).state == "unknown"
    assert differences() == []
    hidden.created_at = must(fresh(job).submission.sent_at)
    scene.studio.account.jobs.append(hidden)
    scene.finish(job)
    read(scene, 3)
    assert differences() == [-37]  # the clip that was found again is none


def test_while_a_charge_is_untold_nothing_is_claimed_of_its_time(scene: Scene, monkeypatch) -> None:
    monkeypatch.setattr(scene.studio.account, "row", _without_charge(scene.studio.account.row))
    job = scene.ask()
    assert scene.send()
    scene.studio.account.jobs[0].held = True
    read(scene, 3)
    assert fresh(job).charged is None
    assert differences() == []
    assert BalanceReading.objects.filter(verdict="untold").exists()


def _without_charge(row):
    return lambda *args: {name: value for name, value in row(*args).items() if name != "credits_charged"}


def test_what_was_judged_long_ago_is_not_judged_again(scene: Scene, monkeypatch) -> None:
    """Looking back a moment only comes to the same as looking back over all."""
    monkeypatch.setattr(balance_reconciliation, "LOOKED_BACK", timedelta(minutes=2))
    monkeypatch.setattr(balance_reconciliation, "LOOKED_BACK_OPEN", timedelta(minutes=2))
    monkeypatch.setattr(balance_reconciliation, "MOST_ANCHORS", 2)
    for _ in range(4):
        made(scene)
        scene.studio.account.credits -= 5
        read(scene, 2)
        scene.passes(hours=1)
    read(scene, 2)
    assert differences() == [-5] * 4
    assert sum(differences()) == scene.studio.account.credits - 2_000 + 400


def test_the_sandbox_is_reconciled_too(db: None) -> None:
    sandbox = default_connection()
    job = a_job("completed")
    later = must(job.accepted_at) + timedelta(seconds=1)
    for credits, minutes in ((1_900, 0), (2_400, 5), (2_400, 6)):
        note_balance(sandbox.pk, credits, later + timedelta(minutes=minutes))
    reconcile_balance(sandbox)
    assert differences() == [500]
    assert SandboxAccount.objects.count() == 0  # nothing was asked of it


# ── Explained ───────────────────────────────────────────────────────────────────────────────────────────
def test_a_charge_that_is_corrected_later_explains_it(scene: Scene) -> None:
    job = made(scene)
    scene.studio.account.credits -= 20
    read(scene, 2)
    assert differences(state="open") == [-20]
    scene.studio.account.jobs[0].cost = 120
    read(scene, 2)
    difference = only()
    assert (difference.state, fresh(job).charged) == ("explained", 120)
    assert difference.explanation == f"Clip {job.pk} cost another 20."


def late_row(scene: Scene, amount: int = -137):
    """A clip made elsewhere that the history shows late; the difference has more than its price."""
    row = scene.studio.account.made_elsewhere()
    scene.studio.account.jobs.remove(row)
    scene.studio.account.credits += amount + row.cost
    read(scene, 2)
    assert differences(state="open") == [amount]
    scene.passes(minutes=5)
    row.created_at -= timedelta(minutes=6)  # it was not there to be made older meanwhile
    scene.studio.account.jobs.append(row)


def test_a_late_row_of_the_history_explains_it(scene: Scene) -> None:
    late_row(scene, -100)
    read(scene)
    assert (only().state, only().explanation) == ("explained", "A clip made elsewhere cost 100.")


def test_what_is_left_of_one_that_is_explained_in_part_is_a_difference_of_its_own(scene: Scene) -> None:
    late_row(scene)
    read(scene)
    assert differences(state="explained") == [-137]
    assert differences(state="open") == [-37]


def test_what_was_classified_and_explains_itself_is_taken_back(scene: Scene) -> None:
    late_row(scene, -100)
    classify(only(), "elsewhere", a_manager())
    read(scene)
    assert only().state == "explained"
    assert booked() == [("adjustment", -100), ("adjustment", 100)]
    assert must(AuditEntry.objects.first()).action == "difference.explained"
    read(scene, 2)
    assert differences(state="open") == []


# ── Classified ──────────────────────────────────────────────────────────────────────────────────────────
def booked() -> list[tuple[str, int]]:
    entries = Entry.objects.filter(reference__startswith="difference:").order_by("pk")
    return list(entries.values_list("kind", "amount"))


@pytest.mark.parametrize(
    ("amount", "kind", "entry"),
    [(500, "top-up", "top-up"), (-37, "elsewhere", "adjustment"), (-37, "unknown", "adjustment")],
)
def test_what_a_person_says_is_booked_and_recorded(db: None, amount: int, kind: str, entry: str) -> None:
    manager = a_manager()
    classify(a_difference(amount), kind, manager, "the agency's card")
    assert booked() == [(entry, amount)]
    assert Entry.objects.get().booked_by == manager
    assert (only().state, only().decided_by) == ("classified", manager)
    told = AuditEntry.objects.get()
    assert (told.action, told.about, told.detail["amount"]) == (
        "difference.classified",
        f"difference:{only().pk}",
        amount,
    )
    assert as_kept() == added_up()


def test_a_second_click_books_nothing(db: None) -> None:
    difference = a_difference()
    stale = Difference.objects.get()
    classify(difference, "elsewhere", a_manager())
    for one in (difference, stale):
        with pytest.raises(CannotClassify):
            classify(one, "elsewhere", a_manager())
    assert booked() == [("adjustment", -37)]


def test_to_classify_anew_takes_back_what_was_booked(db: None) -> None:
    difference = a_difference(500)
    for kind in ("top-up", "unknown", "elsewhere", "top-up"):
        classify(difference, kind, a_manager())
    assert booked() == [
        ("top-up", 500),
        ("adjustment", -500),
        ("adjustment", 500),
        ("adjustment", -500),
        ("adjustment", 500),
        ("adjustment", -500),
        ("top-up", 500),
    ]
    totals = DayTotal.objects.get()
    assert totals.topped_up + totals.adjusted == 500
    assert as_kept() == added_up()


@pytest.mark.parametrize(("amount", "kind"), [(-37, "top-up"), (37, "gift"), (37, "")])
def test_what_cannot_be_is_refused_with_a_sentence(db: None, amount: int, kind: str) -> None:
    with pytest.raises(CannotClassify) as refused:
        classify(a_difference(amount), kind, a_manager())
    assert refused.value.sentence.endswith(".")
    assert booked() == []


def test_a_classified_difference_stays_as_readings_go_on(scene: Scene) -> None:
    scene.studio.account.credits += 500
    read(scene, 2)
    classify(only(), "top-up", a_manager())
    made(scene)
    read(scene, 3)
    assert only().state == "classified"
    assert booked() == [("top-up", 500)]


def test_a_person_is_shown_what_happened_meanwhile(scene: Scene) -> None:
    before = made(scene, "long over")
    scene.passes(minutes=10)
    read(scene)
    job = made(scene)
    scene.studio.account.made_elsewhere()
    scene.studio.account.credits -= 37
    scene.studio.account.jobs[-1].created_at -= timedelta(seconds=20)
    read(scene, 2)
    shown = under_way(only())
    assert job in shown.jobs
    assert before not in shown.jobs
    assert len(shown.elsewhere) <= 1
