"""Differences between the balance and the ledger: found, explained later, or classified by a person.

Each decision of a person is booked once; a later decision reverses the earlier booking by an entry of its own. Readings
are compared in studio.credits.balance_matching, not here.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import Any

from django.db import transaction
from django.utils import timezone

from studio.audit.log import record
from studio.core.errors import UserFacingError
from studio.core.rows import compare_and_set
from studio.credits import ledger
from studio.credits.balance_matching import Gap
from studio.credits.models import Difference, Entry

type Explain = Callable[[Difference], str]  # returns the explanation of a difference, as a sentence

MOST_SHIFTED = 6  # differences that are searched for the ones that became explained


class CannotClassify(UserFacingError):
    """The difference cannot be classified like that; nothing was changed."""


# ── Decisions of a person ───────────────────────────────────────────────────────────────────────────────
def classify(difference: Difference, kind: str, person: Any, note: str = "") -> None:
    """Book what a difference was. Raises CannotClassify if it changed since it was read, or the kind is impossible."""
    if kind not in Difference.Kind.values:
        raise CannotClassify("Choose what it was: a top-up, spent elsewhere, or unknown.")
    if kind == Difference.Kind.TOP_UP and difference.amount < 0:
        raise CannotClassify("This can’t be a top-up, because the balance fell.")
    if (difference.kind, difference.note) == (kind, note):
        raise CannotClassify("It is already classified like this.")
    with transaction.atomic():
        before = _decide(difference, kind, person, note)
        if before:
            _take_back(difference, before, person.pk)
        _book(difference, person.pk)
        detail = {"amount": difference.amount, "kind": kind, "before": before, "note": note}
        record("difference.classified", by=person, about=f"difference:{difference.pk}", **detail)


def _decide(difference: Difference, kind: str, person: Any, note: str) -> str:
    """Compare-and-set; returns the previous kind."""
    before = difference.kind
    changes = {
        "state": Difference.State.CLASSIFIED,
        "kind": kind,
        "note": note,
        "decided_by": person,
        "decided_at": timezone.now(),
        "decisions": difference.decisions + 1,
    }
    as_read = Difference.objects.current().filter(decisions=difference.decisions)
    if not compare_and_set(as_read, difference, **changes):
        raise CannotClassify("Someone else has changed it. Check it again.")
    return before


def _book(difference: Difference, booked_by: int | None) -> None:
    account, reason = _account(difference, str(difference.decisions)), _reason(difference)
    if difference.kind == Difference.Kind.TOP_UP:
        ledger.top_up(account, difference.amount, reason, booked_by)
    else:
        ledger.adjust(account, difference.amount, reason, booked_by)


def _take_back(difference: Difference, kind: str, booked_by: int | None) -> None:
    """Reverse a booking by an adjustment: entries are never changed, and only an adjustment can be negative."""
    reason = f"Taken back: {Difference.Kind(kind).label.lower()}"
    ledger.adjust(_account(difference, f"{difference.decisions}:back"), -difference.amount, reason, booked_by)


def _reason(difference: Difference) -> str:
    label = str(Difference.Kind(difference.kind).label)
    return (f"{label}: {difference.note}" if difference.note else label)[:200]


def _account(difference: Difference, decision: str) -> ledger.Account:
    """It counts for the day on which it was noticed."""
    return ledger.Account(
        reference=f"difference:{difference.pk}:{decision}",
        connection_id=difference.connection_id,
        day=timezone.localdate(difference.until_at),
    )


def bookings(differences: Iterable[Difference]) -> dict[int, list[Entry]]:
    """The bookings of each difference, by its id, oldest first."""
    wanted = [difference for difference in differences if difference.decisions > 0]
    by_reference = {
        f"difference:{difference.pk}:{decision}{back}": difference.pk
        for difference in wanted
        for decision in range(1, difference.decisions + 2)
        for back in ("", ":back")
    }
    found: dict[int, list[Entry]] = {}
    entries = Entry.objects.filter(reference__in=by_reference).select_related("booked_by").order_by("pk")
    for entry in entries:
        found.setdefault(by_reference[entry.reference], []).append(entry)
    return found


# ── Results of the readings ─────────────────────────────────────────────────────────────────────────────
def settle(current: Sequence[Difference], found: Sequence[Gap], connection_id: int, explain: Explain) -> None:
    """Update the ``current`` differences of a range of time to match the gaps that are found there now.

    Call it in a transaction that holds the connection's row. Idempotent. A gap may have grown: then either its
    differences still add up to it, or some of them became explained.
    """
    known = list(current)
    for gap in found:
        within = [difference for difference in known if _lies_in(gap, difference)]
        known = [difference for difference in known if difference not in within]
        kept = _still_unexplained(within, gap.amount)
        for difference in within:
            if difference not in kept:
                _explained(difference, explain(difference))
        if rest := gap.amount - sum(d.amount for d in kept):
            _notice(gap, rest, connection_id)
    for difference in known:
        _explained(difference, explain(difference))


def agrees(current: Iterable[Difference], found: Sequence[Gap]) -> bool:
    """Whether ``settle`` would change nothing."""
    known = {(d.before_id, d.reading_id, d.amount) for d in current}
    return known == {(gap.base.reading_id, gap.point.reading_id, gap.amount) for gap in found}


def _lies_in(gap: Gap, difference: Difference) -> bool:
    is_same = (difference.before_id, difference.reading_id) == (gap.base.reading_id, gap.point.reading_id)
    return is_same or (difference.from_at < gap.until and difference.until_at > gap.since)


def _still_unexplained(within: Sequence[Difference], amount: int) -> list[Difference]:
    """As many of them as possible that add up to ``amount``, preferring those classified by a person; else none."""
    ranked = sorted(within, key=lambda d: (d.state != Difference.State.CLASSIFIED, d.pk))
    for number in range(min(len(ranked), MOST_SHIFTED), 0, -1):
        for some in combinations(ranked, number):
            if sum(d.amount for d in some) == amount:
                return list(some)
    return []


def _notice(gap: Gap, amount: int, connection_id: int) -> None:
    Difference.objects.create(
        connection_id=connection_id,
        amount=amount,
        before_id=gap.base.reading_id,
        reading_id=gap.point.reading_id,
        from_at=gap.since,
        until_at=gap.until,
    )


def _explained(difference: Difference, explanation: str) -> None:
    """Mark it as explained and reverse its booking, because otherwise the ledger would count it twice."""
    was_booked = difference.state == Difference.State.CLASSIFIED
    difference.state, difference.explanation = Difference.State.EXPLAINED, explanation
    difference.explained_at = timezone.now()
    difference.save(update_fields=["state", "explanation", "explained_at"])
    if was_booked:
        difference.decisions += 1
        difference.save(update_fields=["decisions"])
        _take_back(difference, difference.kind, None)
        detail = {"amount": difference.amount, "kind": difference.kind, "by_what": explanation}
        record("difference.explained", by=None, about=f"difference:{difference.pk}", **detail)
