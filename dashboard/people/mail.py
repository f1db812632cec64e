"""The invitation email."""

import logging
from smtplib import SMTPException

from django.core.mail import send_mail
from django.template.loader import render_to_string

from studio.core.errors import UserFacingError
from studio.team.models import Invitation

logger = logging.getLogger(__name__)


class MailFailed(UserFacingError):
    """The mail server could not be reached or did not accept the email."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"The email to {address} could not be sent. Copy the link below and share it yourself."
        )


def send_invitation(invitation: Invitation, link: str) -> None:
    """Call after the commit: a sent email cannot be rolled back. Raises MailFailed."""
    text = render_to_string("people/invitation_mail.txt", {"invitation": invitation, "link": link})
    subject = f"{invitation.invited_by} invited you to Dailies"
    try:
        send_mail(" ".join(subject.split()), text, None, [invitation.email])
    except (OSError, SMTPException) as error:
        logger.warning("The mail server rejected an invitation: %s", error)
        raise MailFailed(invitation.email) from error
