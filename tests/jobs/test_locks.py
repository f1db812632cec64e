"""Who waits for whom. SQLite lets one write at a time; on PostgreSQL the order of the locks matters."""

import threading

import pytest
from django.db import OperationalError, connections, transaction
from django.db import connection as database

from studio.credits.balance import latest, note_balance
from studio.jobs.dispatch import sending
from tests.jobs.test_steps import ask

pytestmark = [
    pytest.mark.skipif(database.vendor != "postgresql", reason="SQLite lets one write at a time"),
    pytest.mark.django_db(transaction=True),
]


def test_a_claim_under_way_lets_others_write_rows_that_belong_to_the_connection(connection):
    """Else a claim waits for the revision that another holds, who waits for the claim: a deadlock."""
    ask(connection)
    waited: list[OperationalError] = []

    def note() -> None:
        with database.cursor() as cursor:
            cursor.execute("SET lock_timeout = '3s'")
        try:
            note_balance(connection.pk, 1_234)
        except OperationalError as error:
            waited.append(error)
        connections.close_all()

    with transaction.atomic():
        assert sending.claim_next(connection)
        other = threading.Thread(target=note)
        other.start()
        other.join()
    assert not waited
    assert latest(connection.pk).credits == 1_234
