"""Turns: whose request was last sent at each connection. The order of sending (dispatch.order) reads them."""

from django.db.models import Max

from studio.jobs.models import Submission, Turn


def take_turn(submission: Submission) -> None:
    """Count a turn for the owner. The caller holds the lock of the connection's row, so that turns are in sequence."""
    turns = Turn.objects.filter(connection=submission.connection_id)
    number = (turns.aggregate(last=Max("number"))["last"] or 0) + 1
    if not turns.filter(owner=submission.owner_id).update(number=number):
        Turn.objects.create(
            connection_id=submission.connection_id, owner_id=submission.owner_id, number=number
        )
