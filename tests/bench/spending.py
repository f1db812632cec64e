"""Years of spending, for the reports to be measured on: a ledger, and the totals that it adds up to.

Twelve people, each on three of eight projects and with three of six models in a month, on every day of three years;
every fourth of them asks through a script.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from studio.catalog.connections import default_connection
from studio.credits.models import DayTotal, Entry, MonthTotal, Total
from studio.credits.totals import COLUMNS
from studio.projects.models import Colour, Project
from studio.team.models import Member
from tests.factories import a_member, a_token

YEARS = 3
PEOPLE, PROJECTS, AT_ONCE, SCRIPTS = 12, 8, 3, 4
MODELS = (
    *(("veo31_fast", "Veo 3.1"), ("veo31_pro", "Veo 3.1"), ("kling_3_0", "Kling")),
    *(("sora_2", "Sora"), ("hailuo_2_3_pro", "Hailuo"), ("wan_2_6", "Wan")),
)
# What becomes of a clip: nine of ten are ready.
ENDS = ("completed",) * 27 + ("failed",) * 2 + ("cancelled",)
BATCH = 5_000

type Booked = tuple[str, int]  # kind, amount


@transaction.atomic
def spend(entries: int, seed: int = 4) -> None:
    """Write about ``entries`` of them, oldest first."""
    chance = random.Random(seed)
    members = [a_member(f"person{number}@example.com") for number in range(PEOPLE)]
    scripts = {number: _script_of(members[number]) for number in range(0, PEOPLE, SCRIPTS)}
    colours = [colour.value for colour in Colour]
    projects = [
        Project.objects.get_or_create(name=f"Campaign {number}", defaults={"colour": colours[number]})[0].pk
        for number in range(PROJECTS)
    ]
    today = timezone.localdate()
    days = [today - timedelta(days=back) for back in range(365 * YEARS, -1, -1)]
    clips = entries // 3
    ledger: list[Entry] = []
    totals: dict[tuple[Any, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    studio = default_connection().pk
    for number in range(clips):
        day = days[number * len(days) // clips]
        person = chance.randrange(PEOPLE)
        project = projects[_of_the_month(chance, person, day, PROJECTS)]
        model, family = MODELS[_of_the_month(chance, person, day, len(MODELS))]
        outcome = chance.choice(ENDS)
        key = (day, studio, members[person].pk, project, scripts.get(person, 0), model, family, outcome)
        totals[key]["clips"] += 1
        for kind, amount in _booked(outcome, chance.choice((60, 100, 220))):
            column, sign = COLUMNS[kind]
            totals[key][column] += sign * amount
            ledger.append(_entry(number, kind, amount, key))
        if len(ledger) >= BATCH:
            Entry.objects.bulk_create(ledger)
            ledger.clear()
    Entry.objects.bulk_create(ledger)
    _write(DayTotal, totals)
    _write(MonthTotal, _by_month(totals))


def _script_of(member: Member) -> int:
    """The same each time: addresses name it."""
    token = member.tokens.first() or a_token(member)[0]
    return token.pk


def _of_the_month(chance: random.Random, person: int, day: date, choices: int) -> int:
    return (person + day.year * 12 + day.month + chance.randrange(AT_ONCE)) % choices


def _booked(outcome: str, price: int) -> Iterator[Booked]:
    yield "hold", price
    yield "release", price
    if outcome != "cancelled":
        yield "charge", price
    if outcome == "failed":
        yield "refund", price


def _entry(number: int, kind: str, amount: int, key: tuple[Any, ...]) -> Entry:
    day, connection, person, project, token, model, family, _ = key
    return Entry(
        kind=kind,
        amount=amount,
        reference=f"job:{number}",
        day=day,
        connection_id=connection,
        person_id=person,
        project_id=project,
        token_id=token or None,
        job_id=number,
        model_slug=model,
        model_family=family,
    )


def _by_month(totals: dict[tuple[Any, ...], dict[str, int]]) -> dict[tuple[Any, ...], dict[str, int]]:
    months: dict[tuple[Any, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (day, *rest), sums in totals.items():
        for name, amount in sums.items():
            months[(day.replace(day=1), *rest)][name] += amount
    return months


def _write(table: type[Total], totals: dict[tuple[Any, ...], dict[str, int]]) -> None:
    rows = (table(**dict(zip(Total.KEY, key, strict=True)), **sums) for key, sums in totals.items())
    table._default_manager.bulk_create(rows, batch_size=BATCH)
