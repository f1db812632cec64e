"""Which workers count as gone, so that what they were sending is reaped."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection as database
from django.db.models.functions import Now

from studio.worker.models import Life
from studio.worker.presence import GONE_AFTER, Presence

pytestmark = pytest.mark.django_db(transaction=True)
only_on_postgresql = pytest.mark.skipif(database.vendor != "postgresql", reason="several workers need it")
only_on_sqlite = pytest.mark.skipif(database.vendor != "sqlite", reason="PostgreSQL takes several workers")


def falls_silent(one: Presence, since: timedelta) -> None:
    Life.objects.filter(pk=one.life).update(beat_at=Now() - since)


@only_on_postgresql
def test_a_worker_is_gone_once_it_was_silent_for_some_seconds_or_left_and_never_by_its_own_word():
    me, other, left = Presence(), Presence(), Presence()
    lives = {me.life, other.life, left.life}
    with me.kept(), other.kept():
        with left.kept():
            assert me.gone(lives) == set()
        assert me.gone(lives) == {left.life}
        falls_silent(me, timedelta(hours=1))
        assert me.gone(lives) == {left.life}
        assert other.gone(lives) == {me.life, left.life}
        falls_silent(other, GONE_AFTER - timedelta(seconds=3))
        assert me.gone({other.life}) == set()


@only_on_postgresql
def test_a_worker_that_was_stopped_is_seen_to_be_back_before_it_claims():
    me, other = Presence(), Presence()
    me.beat()
    falls_silent(me, timedelta(seconds=20))
    me.beat_if_late()
    assert other.gone({me.life}) == {me.life}  # it did not sleep as far as it knows: its thread beats soon
    me._beat_at -= 20
    me.beat_if_late()
    assert other.gone({me.life}) == set()


@only_on_sqlite
def test_over_sqlite_every_other_worker_is_gone_and_no_sign_of_life_is_written():
    me, other = Presence(), uuid4()
    with me.kept():
        me.beat_if_late()
        assert me.gone({me.life, other}) == {other}
    assert not Life.objects.exists()
