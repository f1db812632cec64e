"""Writes the ledger. Every function is safe to repeat, because an entry is unique by its kind and reference.

Call them in the transaction that makes the change. The daily totals are updated in the same transaction.
"""

from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Q

from studio.credits import totals
from studio.credits.models import Entry


@dataclass(frozen=True, slots=True)
class Account:
    """What an amount belongs to. ``day`` is the one that it counts for, ``outcome`` as in DayTotal."""

    reference: str
    connection_id: int
    day: date
    person_id: int | None = None
    project_id: int | None = None
    token_id: int | None = None
    job_id: int | None = None
    model_slug: str = ""
    model_family: str = ""
    outcome: str = ""

    @property
    def key(self) -> totals.Key:
        return totals.Key(
            day=self.day,
            connection_id=self.connection_id,
            person_id=self.person_id or 0,
            project_id=self.project_id or 0,
            token_id=self.token_id or 0,
            model_slug=self.model_slug,
            model_family=self.model_family,
            outcome=self.outcome,
        )


def ask(account: Account, estimate: int | None) -> None:
    """A clip was requested: count it, and hold its estimate, if there is one."""
    totals.count(account.key)
    if estimate:
        hold(account, estimate)


def end(account: Account, outcome: str) -> None:
    """A clip ended: move its totals from ``account.outcome`` to ``outcome``."""
    totals.move(account.key, replace(account, outcome=outcome).key, account.job_id or 0)


def hold(account: Account, amount: int) -> None:
    """Set ``amount`` credits aside for a request that is about to be sent."""
    _write(Entry.Kind.HOLD, account, amount)


def release(account: Account, reason: str = "") -> None:
    """End the hold: nothing was charged, or the charge replaces it."""
    held = Entry.objects.filter(kind=Entry.Kind.HOLD, reference=account.reference).first()
    if held is not None:
        _write(Entry.Kind.RELEASE, account, held.amount, reason)


def charge(account: Account, amount: int, reason: str = "") -> None:
    """Book the clip's cost and end its hold."""
    release(account, "charged")
    _write(Entry.Kind.CHARGE, account, amount, reason)


def correct(account: Account, reported: int) -> None:
    """The upstream reported another charge than was booked: book the difference. May happen several times."""
    reference = f"{account.reference}:told"
    charge = Q(kind=Entry.Kind.CHARGE, reference=account.reference)
    booked = Entry.objects.filter(charge | Q(reference__startswith=reference))
    figures = [entry.amount if entry.kind == Entry.Kind.CHARGE else -entry.amount for entry in booked]
    if difference := reported - sum(figures):
        kind = Entry.Kind.CHARGE if difference > 0 else Entry.Kind.REFUND
        account = replace(account, reference=f"{reference}:{len(figures)}")
        _write(kind, account, abs(difference), "the studio reported another charge")


def refund(account: Account, reported: int) -> None:
    """Book the difference between the total refund reported and the one booked, even if it was reversed."""
    reference = f"{account.reference}:back"
    first = Q(kind=Entry.Kind.REFUND, reference=account.reference)
    booked = Entry.objects.filter(first | Q(reference__startswith=reference))
    figures = [entry.amount if entry.kind == Entry.Kind.REFUND else -entry.amount for entry in booked]
    if difference := reported - sum(figures):
        kind = Entry.Kind.REFUND if difference > 0 else Entry.Kind.CHARGE
        if figures:
            account = replace(account, reference=f"{reference}:{len(figures)}")
        _write(kind, account, abs(difference), "the studio reports another refund" if figures else "")


def top_up(account: Account, amount: int, reason: str = "", booked_by: int | None = None) -> None:
    """Credits were bought for a connection. ``booked_by`` is the member who classified it."""
    _write(Entry.Kind.TOP_UP, account, amount, reason, booked_by)


def adjust(account: Account, amount: int, reason: str, booked_by: int | None = None) -> None:
    """The balance of a connection changed by ``amount``, which may be negative, not through a clip of ours."""
    _write(Entry.Kind.ADJUSTMENT, account, amount, reason, booked_by)


def _write(
    kind: Entry.Kind, account: Account, amount: int, reason: str = "", booked_by: int | None = None
) -> None:
    _, is_new = Entry.objects.get_or_create(
        kind=kind,
        reference=account.reference,
        defaults={
            "amount": amount,
            "day": account.day,
            "connection_id": account.connection_id,
            "person_id": account.person_id,
            "project_id": account.project_id,
            "token_id": account.token_id,
            "job_id": account.job_id,
            "model_slug": account.model_slug,
            "model_family": account.model_family,
            "reason": reason,
            "booked_by_id": booked_by,
        },
    )
    if is_new:
        totals.book(account.key, kind, amount)
