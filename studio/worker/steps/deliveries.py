"""Sends what waits in the outbox: one mail, or one webhook call. ``delivery_pool`` sends several at the same time.

Temporary failures are tried again for hours, permanent refusals are not. See ``studio.notify.outbox`` for claims.
"""

import logging
import smtplib
import time
from typing import TYPE_CHECKING, Any

from django.conf import settings

from studio.catalog import hooks
from studio.catalog.vault import CannotOpen
from studio.jobs.job_report import job_report
from studio.jobs.models import Job
from studio.notify import outbox
from studio.notify.kinds import Channel
from studio.notify.letters import letter
from studio.notify.models import Delivery, Hook
from studio.notify.payload import body_of, headers_of
from studio.notify.telling import mail_is_offered

if TYPE_CHECKING:
    from studio.upstream.webhook import Received

log = logging.getLogger("dailies.notify")

CALL_DEADLINE = 10.0  # seconds
MAY_PASS = frozenset({408, 425, 429})  # temporary, although 4xx
LEFT = "The member is no longer active."
REMOVED = "The webhook was removed."
NO_MAIL = "This installation sends no mail: EMAIL_HOST is not set."


def deliver_next() -> bool:
    """True if something was due: there may be more."""
    if batch := outbox.claim_next():
        deliver(batch)
    return bool(batch)


def deliver(batch: list[Delivery]) -> None:
    """Send what one claim got, and record the outcome."""
    first = batch[0]
    if why := _not_wanted(first):
        outbox.dropped(batch, why)
    elif first.hook:
        _call(first, first.hook)
    elif first.person:
        _mail(batch, first.person.email)


def _not_wanted(delivery: Delivery) -> str:
    if delivery.person and not delivery.person.is_active:
        return LEFT
    if delivery.hook and delivery.hook.removed_at:
        return REMOVED
    return NO_MAIL if delivery.channel == Channel.MAIL and not mail_is_offered() else ""


# ── By mail ─────────────────────────────────────────────────────────────────────────────────────────────
def _mail(batch: list[Delivery], address: str) -> None:
    try:
        letter(batch, address).send()
    except smtplib.SMTPAuthenticationError:
        outbox.try_again(batch, "The mail server rejected this installation's user name and password.")
    except smtplib.SMTPRecipientsRefused as refused:
        _refused(batch, *next(iter(refused.recipients.values())))
    except smtplib.SMTPResponseException as refused:
        _refused(batch, refused.smtp_code, refused.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        log.info("A mail could not be sent: %r", error)
        outbox.try_again(batch, "The mail server did not answer, or cut the connection.")
    else:
        outbox.sent(batch, address)


def _refused(batch: list[Delivery], code: int, reply: bytes | str) -> None:
    words = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    end = outbox.failed if code >= 500 else outbox.try_again
    end(batch, f"The mail server rejected it: {code} {' '.join(words.split())}")


# ── By webhook ──────────────────────────────────────────────────────────────────────────────────────────
def _call(delivery: Delivery, hook: Hook) -> None:
    from studio.upstream import webhook  # noqa: PLC0415 - httpx: 100 ms that start-up should not spend
    from studio.upstream.guard import Blocked, Unreachable  # noqa: PLC0415 - the same

    delivery.answer = None
    try:
        place = hooks.opened(hook)
        body = body_of(delivery, hook.format, settings.PUBLIC_URL, _visible_report(delivery))
        headers = headers_of(delivery, hook.format, body, place.secret.reveal(), time.time())
        received = webhook.post(
            place.url.reveal(),
            body,
            headers,
            deadline=CALL_DEADLINE,
            private_hosts=settings.STUDIO_ALLOWED_HOSTS,
        )
    except (Blocked, CannotOpen) as error:
        outbox.failed([delivery], error.sentence)
    except Unreachable as error:
        outbox.try_again([delivery], error.sentence)
    else:
        _settle(delivery, received)


def _visible_report(delivery: Delivery) -> dict[str, Any] | None:
    """The job's report as the webhook's owner may see it, with file URLs that are valid from now on."""
    if delivery.job_id is None:
        return None
    return job_report(Job.objects.for_user(delivery.person).get(pk=delivery.job_id))


def _settle(delivery: Delivery, received: "Received") -> None:
    status = received.status
    delivery.answer = status
    if received.is_success:
        outbox.sent([delivery], delivery.address)
    elif 300 <= status < 400:
        outbox.failed([delivery], f"It answered {status}: the address has moved. Add the new one.")
    elif status < 500 and status not in MAY_PASS:
        outbox.failed([delivery], f"It answered {status}: it rejects this request.")
    else:
        outbox.try_again([delivery], f"It answered {status}.", received.retry_after)
