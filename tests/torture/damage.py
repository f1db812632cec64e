"""Ways to break the product on purpose: a harness that reports zeros has to be seen reporting something else."""

from collections.abc import Callable, Mapping
from typing import Any

from studio.contract.errors import InvalidRequest, StudioError
from studio.credits import ledger
from studio.jobs import machine
from studio.jobs.models import Submission


def resend() -> None:
    """The naive queue: what got no answer is sent again."""

    def lose(submission: Submission, error: StudioError) -> None:
        machine._move_submission(submission, machine.S.QUEUED, lease_until=None)

    machine.lose = lose


def forget() -> None:
    """The naive client: what got no answer has failed."""

    def lose(submission: Submission, error: StudioError) -> None:
        machine.refuse(submission, InvalidRequest(error.sentence))

    machine.lose = lose


def uncharged() -> None:
    """A ledger that misses the charges."""

    def charge(account: ledger.Account, *figures: Any) -> None:
        ledger.release(account)

    ledger.charge = charge


DAMAGES: Mapping[str, Callable[[], None]] = {
    "": lambda: None,
    "resend": resend,
    "forget": forget,
    "uncharged": uncharged,
}
