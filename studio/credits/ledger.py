"""Write the ledger. Every function is harmless when repeated: an entry is unique by its kind and reference.

Call them inside the transaction that makes the change they account for.
"""

from dataclasses import dataclass, replace

from django.db.models import Q

from studio.credits.models import Entry


@dataclass(frozen=True, slots=True)
class Account:
    """Whom, what and where an amount belongs to."""

    reference: str
    connection_id: int
    person_id: int | None = None
    job_id: int | None = None
    model_slug: str = ""


def hold(account: Account, amount: int) -> None:
    """Set ``amount`` credits aside for a request that is about to be made."""
    _write(Entry.Kind.HOLD, account, amount)


def release(account: Account, reason: str = "") -> None:
    """End the hold: nothing was charged, or the charge now stands in its place."""
    held = Entry.objects.filter(kind=Entry.Kind.HOLD, reference=account.reference).first()
    if held is not None:
        _write(Entry.Kind.RELEASE, account, held.amount, reason)


def charge(account: Account, amount: int, reason: str = "") -> None:
    """What the clip cost. The hold that stood for it ends."""
    release(account, "charged")
    _write(Entry.Kind.CHARGE, account, amount, reason)


def correct(account: Account, told: int) -> None:
    """The upstream told another figure than was charged: book the difference, however often it does."""
    reference = f"{account.reference}:told"
    charge = Q(kind=Entry.Kind.CHARGE, reference=account.reference)
    booked = Entry.objects.filter(charge | Q(reference__startswith=reference))
    figures = [entry.amount if entry.kind == Entry.Kind.CHARGE else -entry.amount for entry in booked]
    if difference := told - sum(figures):
        kind = Entry.Kind.CHARGE if difference > 0 else Entry.Kind.REFUND
        account = replace(account, reference=f"{reference}:{len(figures)}")
        _write(kind, account, abs(difference), "the studio told another figure")


def refund(account: Account, amount: int, reason: str = "") -> None:
    """What came back after a charge."""
    _write(Entry.Kind.REFUND, account, amount, reason)


def _write(kind: Entry.Kind, account: Account, amount: int, reason: str = "") -> None:
    Entry.objects.get_or_create(
        kind=kind,
        reference=account.reference,
        defaults={
            "amount": amount,
            "connection_id": account.connection_id,
            "person_id": account.person_id,
            "job_id": account.job_id,
            "model_slug": account.model_slug,
            "reason": reason,
        },
    )
