"""The model picker: every model as a card, in the order in which this person is likely to want it."""

from datetime import timedelta

from django.utils import timezone

from dashboard.models.cards import Shelf, cards_of
from studio.catalog.models import Connection
from studio.jobs.models import Job
from studio.team.models import Member

PATIENCE = timedelta(seconds=20)  # how long the worker may take to read the models
LOOK_BACK = 60  # jobs of a person, to find the models they used lately


def picker(connection: Connection, person: Member) -> Shelf:
    """Every model that can be picked, those this person used lately first."""
    rank = {slug: place for place, slug in enumerate(recently_used(connection, person))}
    cards = cards_of(list(connection.models.offered()))
    cards.sort(key=lambda card: (rank.get(card.model.slug, len(rank)), card.model.position))
    return Shelf(cards, list(connection.models.not_understood()))


def is_refreshing(connection: Connection) -> bool:
    """A person requested a refresh of the models, and the worker may still answer."""
    asked, tried = connection.refresh_asked_at, connection.models_tried_at
    if asked is None or (tried is not None and tried >= asked):
        return False
    return timezone.now() - asked < PATIENCE


def recently_used(connection: Connection, person: Member) -> list[str]:
    """Slugs, the latest first, each once."""
    jobs = Job.objects.filter(owner=person, connection=connection).order_by("-id")
    return list(dict.fromkeys(jobs.values_list("model_slug", flat=True)[:LOOK_BACK]))
