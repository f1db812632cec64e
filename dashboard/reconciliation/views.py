"""A connection's reported balances, the expected ones, and the differences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from dashboard.access import manager_required
from dashboard.reconciliation import words
from dashboard.shared.query_reader import whole_number
from dashboard.shared.requests import MemberRequest
from studio.catalog.models import Connection
from studio.core.errors import UserFacingError
from studio.credits.differences import bookings, classify
from studio.credits.models import BalanceReading, Difference, Entry
from studio.jobs.money.balance_reconciliation import GOOD, UnderWay, first_doubt, under_way
from studio.team.models import Member

READINGS = 30  # on a page
MOST_SETTLED = 12
MOST_COUNTED = 10_000


class ClassifyForm(forms.Form):
    """``kind`` is the pressed button; ``decisions`` is how often it had been classified when the page was rendered."""

    note = forms.CharField(label="Note", max_length=160, required=False, help_text="Saved in the ledger.")
    decisions = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    kind = forms.CharField(required=False, widget=forms.HiddenInput)


@dataclass(frozen=True, slots=True)
class Shown:
    """A difference as the page shows it; ``form`` is None for people who cannot classify it."""

    difference: Difference
    form: ClassifyForm | None
    under_way: UnderWay
    entries: Sequence[Entry] = ()

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The buttons, without the current classification."""
        kinds = [(kind.value, str(kind.label)) for kind in Difference.Kind]
        if self.difference.amount < 0:
            kinds = kinds[1:]
        return [kind for kind in kinds if kind[0] != self.difference.kind]


@dataclass(frozen=True, slots=True)
class Line:
    """One reading in the table."""

    reading: BalanceReading
    differences: Sequence[Difference]

    @property
    def verdict(self) -> str:
        return words.verdict(self.reading)


@require_safe
def reconciliation(request: MemberRequest) -> HttpResponse:
    connections = list(Connection.objects.order_by("-is_default", "name"))
    asked = request.GET.get("studio", "")
    connection = next(
        (each for each in connections if str(each.pk) == asked), connections[0] if connections else None
    )
    context: dict[str, object] = {"connections": connections, "connection": connection}
    if connection is not None:
        context |= _of(connection, request.user, request.GET.get("before", ""))
    return render(request, "reconciliation/list.html", context)


def _of(connection: Connection, user: Member, before: str) -> dict[str, object]:
    known = Difference.objects.filter(connection=connection).select_related(
        "before", "reading", "connection", "decided_by"
    )
    opened = list(known.open())
    settled = list(known.exclude(state=Difference.State.OPEN)[:MOST_SETTLED])
    judged = BalanceReading.objects.filter(connection=connection, verdict__in=GOOD)
    oldest = judged.order_by("pk").first()
    classified = known.filter(state=Difference.State.CLASSIFIED).count()
    readings = judged[:MOST_COUNTED].count()
    lines = list(_lines(connection, before))
    return {
        "opened": list(_shown(opened, user)),
        "settled": list(_shown(settled, user)),
        "summary": words.summary(readings, oldest.at if oldest else None, len(opened), classified),
        "doubt": first_doubt(connection),
        "lines": lines[:READINGS],
        "older": lines[READINGS - 1].reading.pk if len(lines) > READINGS else None,
        "is_older": bool(before),
    }


def _shown(differences: Sequence[Difference], user: Member) -> Iterator[Shown]:
    booked = bookings(differences)
    for difference in differences:
        form = _form(difference) if user.is_manager and difference.is_standing else None
        yield Shown(difference, form, under_way(difference), booked.get(difference.pk, ()))


def _form(difference: Difference) -> ClassifyForm:
    said = {"decisions": difference.decisions, "note": difference.note}
    return ClassifyForm(initial=said, auto_id=f"difference-{difference.pk}-%s")


def _lines(connection: Connection, before: str) -> Iterator[Line]:
    """Newest first, with one more than fits a page, if there is one."""
    readings = BalanceReading.objects.filter(connection=connection)
    if older_than := whole_number(before):
        readings = readings.filter(pk__lt=older_than)
    for reading in readings.prefetch_related("differences")[: READINGS + 1]:
        yield Line(reading, [each for each in reading.differences.all() if each.is_standing])


@require_POST
@manager_required
def difference_classify(request: MemberRequest, difference_id: int) -> HttpResponse:
    """A stale page, a second click and a difference that was explained in the meantime change nothing."""
    difference = get_object_or_404(Difference.objects.select_related("connection"), pk=difference_id)
    form = ClassifyForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing changed: a note can have up to 160 characters.")
    elif form.cleaned_data["decisions"] != difference.decisions or not difference.is_standing:
        messages.warning(request, "Nothing changed: it was already classified or explained.")
    else:
        _classify(request, difference, form)
    return redirect(f"{reverse('dashboard:reconciliation')}?studio={difference.connection_id}")


def _classify(request: MemberRequest, difference: Difference, form: ClassifyForm) -> None:
    try:
        classify(difference, form.cleaned_data["kind"], request.user, form.cleaned_data["note"])
    except UserFacingError as error:
        messages.error(request, f"Nothing changed. {error.sentence}")
    else:
        messages.success(request, words.done(difference))
