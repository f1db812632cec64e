"""Half a year of spending for the pictures of reports: booked as the product books it, without the clips themselves."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import count

from django.db import transaction
from django.utils import timezone

from studio.catalog.connections import default_connection
from studio.credits import ledger
from studio.projects.models import Colour, Project
from tests.factories import a_member, a_token

DAYS = 190
SCRIPTED = 0.6  # of what one of them asks for
PROJECTS = {
    "Spring campaign": Colour.CORAL,
    "Social clips": Colour.BLUE,
    "Showreel": Colour.ROSE,
    "Product film": Colour.AMBER,
}
MODELS = (
    *(("veo31_fast", "Veo 3.1", 100), ("hailuo_2_3_pro", "Hailuo 2.3", 60)),
    *(("kling_3_0", "Kling 3.0", 80), ("wan_2_6_v2v", "Wan 2.6", 45)),
)
ENDS = ("completed",) * 14 + ("failed", "cancelled")


def make_spending() -> None:
    """A busy team: less at weekends, and a little more every month."""
    chance = random.Random(7)
    today, numbers = timezone.localdate(), count(1)
    with transaction.atomic():
        for back in range(DAYS, 0, -1):
            day = today - timedelta(days=back)
            for account, price, outcome in _of(chance, day, DAYS - back, numbers):
                _book(account, price, outcome)


def _of(
    chance: random.Random, day: date, since: int, numbers: Iterator[int]
) -> Iterator[tuple[ledger.Account, int, str]]:
    busy = 1 if day.weekday() > 4 else 4 + since // 40
    projects = [
        Project.objects.get_or_create(name=name, defaults={"colour": colour})[0]
        for name, colour in PROJECTS.items()
    ]
    people = [
        a_member("producer@example.com", name="Producer"),
        a_member("editor@example.com", name="Editor"),
    ]
    script = people[1].tokens.first() or a_token(people[1], name="Cut-downs for social")[0]
    for _ in range(chance.randrange(busy + 1)):
        model, family, price = chance.choice(MODELS)
        person = chance.choices(people, (5, 3))[0]
        yield (
            ledger.Account(
                reference=f"demo:{next(numbers)}",
                connection_id=default_connection().pk,
                day=day,
                person_id=person.pk,
                token_id=script.pk if person == script.owner and chance.random() < SCRIPTED else None,
                project_id=chance.choices(projects, (6, 4, 2, 1))[0].pk,
                model_slug=model,
                model_family=family,
            ),
            price,
            chance.choice(ENDS),
        )


def _book(account: ledger.Account, price: int, outcome: str) -> None:
    account = replace(account, outcome=outcome)
    ledger.ask(account, price)
    if outcome == "cancelled":
        ledger.release(account, "cancelled")
        return
    ledger.charge(account, price)
    if outcome == "failed":
        ledger.refund(account, price)
