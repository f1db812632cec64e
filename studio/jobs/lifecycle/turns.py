"""Turns: whose request was sent last at each connection, as the order of sending (dispatch.order) reads them."""

from django.db.models import Max

from studio.jobs.models import Submission, Turn


def take_turn(submission: Submission) -> None:
    """The connection's row must be locked, so that turns are counted one after the other."""
    turns = Turn.objects.filter(connection=submission.connection_id)
    number = (turns.aggregate(last=Max("number"))["last"] or 0) + 1
    if not turns.filter(owner=submission.owner_id).update(number=number):
        Turn.objects.create(
            connection_id=submission.connection_id, owner_id=submission.owner_id, number=number
        )
