"""The list of prices, and the estimate that uses them."""

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.prices.words import accuracy_sentence, percent
from studio.catalog.connections import default_connection
from studio.catalog.models import Connection
from studio.credits.learned import Accuracy
from studio.credits.models import PriceSample
from studio.jobs.models import Job
from tests.factories import a_model
from tests.test_permissions import WISH

pytestmark = pytest.mark.django_db
PAGE = "/credits/prices/"


@pytest.fixture
def studio(db: None, settings) -> Connection:
    settings.STUDIO_BASE_URL, settings.STUDIO_API_KEY = "https://studio.example.com", "none"
    connection = default_connection()
    a_model(connection)
    return connection


def charged(connection: Connection, *credits: int, **key: object) -> None:
    for number, amount in enumerate(credits):
        said = {"model_slug": "veo31_fast", "duration": 8, "job_id": number + 1, "at": timezone.now(), **key}
        PriceSample.objects.create(connection=connection, charged=amount, estimate=100, **said)


def page_of(client: Client, query: str = "") -> str:
    response = client.get(PAGE + query)
    assert response.status_code == 200
    return response.content.decode()


def test_without_clips_the_page_says_so(as_member: Client) -> None:
    assert "No charges in this period" in page_of(as_member)
    assert "No charges in this period" in page_of(as_member, "?days=7&studio=x")


def test_published_and_learned_stand_side_by_side(as_member: Client, studio: Connection) -> None:
    charged(studio, 100, 110, 121, 130)
    page = page_of(as_member)
    assert "Veo 3.1 Fast</a> <small>8 s</small>" in page
    assert "115.5" in page
    assert "used: 130" in page  # the highest, while no three in a row agree
    assert "100 to 130 · 4 clips since" in page
    assert "In the last 90 days, 25 % of 4 clips cost exactly the estimate: " in page
    assert "400 credits estimated, 461 charged" in page


def test_a_model_that_is_gone_is_listed_by_what_it_cost(as_member: Client, studio: Connection) -> None:
    charged(studio, 60, model_slug="gone")
    page = page_of(as_member)
    assert "no longer available" in page
    assert "1 clip<" in page


def test_the_estimate_says_that_it_is_learned_and_what_is_published(
    as_member: Client, studio: Connection
) -> None:
    charged(studio, 130, 130, 130)
    page = as_member.post("/estimate/", WISH).content.decode()
    assert "<strong>130 credits</strong>" in page
    assert "learned from 3 clips: 130 each" in page
    assert "published: 100 credits" in page
    assert PAGE in page


def test_what_is_promised_is_what_is_held(as_member: Client, studio: Connection) -> None:
    charged(studio, 130, 130, 130)
    as_member.post("/", WISH)
    assert Job.objects.get().estimate == 130


@pytest.mark.parametrize(
    ("share", "words"), [(1, "100 %"), (0.999, "over 99 %"), (0.004, "under 1 %"), (0, "0 %"), (0.5, "50 %")]
)
def test_only_all_is_a_hundred_per_cent(share: float, words: str) -> None:
    assert percent(share) == words


def test_the_accuracy_of_all_clips_is_one_sentence() -> None:
    assert accuracy_sentence(Accuracy(), 30) == ""
    exact = Accuracy(clips=1, exact=1, estimated=100, charged=100)
    assert accuracy_sentence(exact, 30) == (
        "In the last 30 days, 100 % of 1 clip cost exactly the estimate: 100 credits estimated, 100 charged."
    )
