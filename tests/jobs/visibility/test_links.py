"""Result URLs: they open one file for a set time without a session, and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from studio.jobs.visibility.links import ROUND, opens, result_url

NAME = "clips/aa/aa.mp4"
NOON = datetime(2026, 5, 4, 12, 0, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _settings(settings: Any) -> None:
    settings.PUBLIC_URL = "https://dailies.example.com"
    settings.RESULT_URL_HOURS = 24


def parts(url: str) -> tuple[str, str]:
    """The end and the signature of a result URL."""
    query = parse_qs(urlsplit(url).query)
    return query["until"][0], query["signature"][0]


def opens_at(moment: datetime, url: str, name: str = NAME) -> bool:
    with time_machine.travel(moment, tick=False):
        return opens(name, *parts(url))


def test_a_result_url_is_absolute_and_leads_to_the_media_of_this_installation() -> None:
    url = urlsplit(result_url(NAME))
    assert (url.scheme, url.netloc, url.path) == ("https", "dailies.example.com", f"/media/{NAME}")


def test_it_opens_its_file_for_the_hours_that_are_set_and_at_most_one_more() -> None:
    url = result_url(NAME, NOON)
    assert opens_at(NOON, url)
    assert opens_at(NOON + timedelta(hours=24), url)
    assert not opens_at(NOON + timedelta(hours=25, seconds=1), url)


def test_the_hours_are_those_of_the_setting(settings: Any) -> None:
    settings.RESULT_URL_HOURS = 1
    url = result_url(NAME, NOON)
    assert opens_at(NOON + timedelta(minutes=59), url)
    assert not opens_at(NOON + timedelta(hours=2, seconds=1), url)


def test_within_an_hour_a_file_keeps_its_address() -> None:
    """So that caches keep it, too."""
    later = NOON + timedelta(seconds=ROUND - 2)
    assert result_url(NAME, NOON) == result_url(NAME, later)
    assert result_url(NAME, NOON) != result_url(NAME, NOON + timedelta(seconds=ROUND))


def test_it_opens_no_other_file() -> None:
    assert not opens_at(NOON, result_url(NAME, NOON), "clips/bb/bb.mp4")


def test_a_later_end_than_the_signed_one_does_not_open_it() -> None:
    until, signature = parts(result_url(NAME, NOON))
    with time_machine.travel(NOON, tick=False):
        assert opens(NAME, until, signature)
        assert not opens(NAME, str(int(until) + ROUND), signature)


@pytest.mark.parametrize("signature", ["", "0", "é", "A" * 43])
@pytest.mark.parametrize("until", ["", "soon", "99999999999", "-1"])
def test_nothing_opens_without_a_signature_of_ours(until: str, signature: str) -> None:
    assert not opens(NAME, until, signature)


def test_a_new_secret_key_ends_all_addresses(settings: Any) -> None:
    url = result_url(NAME, NOON)
    settings.SECRET_KEY = "another"
    assert not opens_at(NOON, url)
