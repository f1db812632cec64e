"""The mail that brings an invitation."""

import logging
from smtplib import SMTPException

from django.core.mail import send_mail
from django.template.loader import render_to_string

from studio.core.errors import UserFacingError
from studio.team.models import Invitation

logger = logging.getLogger(__name__)


class MailFailed(UserFacingError):
    """The mail server could not be reached, or did not accept the mail."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"The mail to {address} could not be sent. Copy the link below and pass it on yourself."
        )


def send_invitation(invitation: Invitation, link: str) -> None:
    """Call it after the commit: a mail cannot be taken back. Raises MailFailed."""
    text = render_to_string("people/invitation_mail.txt", {"invitation": invitation, "link": link})
    subject = f"{invitation.invited_by} invites you to Dailies"
    try:
        send_mail(" ".join(subject.split()), text, None, [invitation.email])
    except (OSError, SMTPException) as error:
        logger.warning("The mail server did not take an invitation: %s", error)
        raise MailFailed(invitation.email) from error
