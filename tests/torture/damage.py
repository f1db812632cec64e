"""Ways to break the product on purpose: a harness that reports zeros has to be seen reporting something else."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from studio.contract.errors import InvalidRequest, OutcomeUnknown, StudioError
from studio.credits import ledger
from studio.jobs import submit
from studio.jobs.lifecycle import machine
from studio.jobs.lifecycle.moving import move_submission
from studio.jobs.models import Submission
from studio.jobs.states import SubmissionState


def _resend(submission: Submission, error: StudioError) -> None:
    """The naive queue: what got no answer is sent again."""
    with transaction.atomic():
        move_submission(submission, SubmissionState.QUEUED, lease_until=None)


def _forget(submission: Submission, error: StudioError) -> None:
    """The naive client: what got no answer has failed."""
    machine.refuse(submission, InvalidRequest(error.sentence))


def _either(submission: Submission, error: StudioError) -> None:
    (_resend if submission.pk % 2 else _forget)(submission, error)


def _miss_the_charge(account: ledger.Account, *figures: Any) -> None:
    ledger.release(account)


def resend() -> None:
    _lose_by(_resend)


def forget() -> None:
    _lose_by(_forget)


def _lose_by(lose: Callable[[Submission, StudioError], None]) -> None:
    """Also what was cut off along with its worker."""
    machine.lose = lose  # type: ignore[assignment]  # the damage
    machine.reap = lambda submission: lose(submission, OutcomeUnknown("Its worker is gone."))


def uncharged() -> None:
    ledger.charge = _miss_the_charge  # type: ignore[assignment]  # the damage


def everything() -> None:
    _lose_by(_either)
    ledger.charge = _miss_the_charge  # type: ignore[assignment]  # the damage


def trusting() -> None:
    """What a restored backup does not know was never sent."""
    submit.may_be_forgotten = lambda connection, token: None  # type: ignore[attr-defined]  # the damage


DAMAGES: Mapping[str, Callable[[], None]] = {
    "none": lambda: None,
    "resend": resend,
    "forget": forget,
    "uncharged": uncharged,
    "everything": everything,
    "trusting": trusting,
}
