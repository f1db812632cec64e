"""Invitations by mail, against a mail server of the test's own."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from studio.audit.models import Entry
from studio.team.models import Invitation, Member
from tests.must import must
from tests.receivers.smtp import SmtpReceiver
from tests.team.test_people import link_on, text_of

NEW = {"email": "New@example.com", "role": "manager", "days": "30", "send": "on"}


def test_an_invitation_is_sent_and_its_link_lets_in(as_admin: Client, smtp: SmtpReceiver) -> None:
    made = as_admin.post("/people/invitations/", NEW)
    assert "Sent to new@example.com." in text_of(made)
    (letter,) = smtp.letters
    assert letter.recipients == ("new@example.com",)
    assert letter.subject == "Admin invited you to Dailies"
    path = must(re.search(r"http://testserver(/invite/\S+)", letter.text))[1]
    assert path == link_on(made)
    assert Client().get(path).status_code == 200
    entry = Entry.objects.get(action="invitation.issued")
    assert (entry.detail["role"], entry.detail["email"]) == ("manager", "new@example.com")
    assert path.split("/")[2] not in str(Entry.objects.values())


@pytest.mark.parametrize("refusal", ["550 5.1.1 No such person", "421 4.3.2 Not now"])
def test_a_mail_that_is_not_taken_leaves_the_link_to_pass_on(
    as_admin: Client,
    smtp: SmtpReceiver,
    refusal: str,
) -> None:
    smtp.answer("RCPT", refusal)
    made = as_admin.post("/people/invitations/", NEW)
    assert made.status_code == 200
    assert "The email to new@example.com could not be sent. Copy the link below" in text_of(made)
    assert Client().get(link_on(made)).status_code == 200


def test_a_mail_server_that_is_gone_leaves_the_link_to_pass_on(as_admin: Client, settings) -> None:
    with SmtpReceiver() as gone:
        settings.MAILERS = gone.mailers
    made = as_admin.post("/people/invitations/", NEW)
    assert "could not be sent" in text_of(made)
    assert Invitation.objects.open().count() == 1


def test_a_mail_needs_an_address(as_admin: Client, smtp: SmtpReceiver) -> None:
    response = as_admin.post("/people/invitations/", NEW | {"email": ""})
    assert response.status_code == 422
    assert "Enter an email address, or clear" in text_of(response)
    assert not Invitation.objects.exists()
    assert not smtp.letters


def test_without_mail_it_is_not_offered_and_not_sent(as_admin: Client) -> None:
    assert "Send by email" not in text_of(as_admin.get("/people/"))
    assert as_admin.post("/people/invitations/", NEW).status_code == 200


def test_a_name_with_a_line_break_writes_no_header(
    as_admin: Client, admin: Member, smtp: SmtpReceiver
) -> None:
    Member.objects.filter(pk=admin.pk).update(name="Admin\r\nBcc: else@example.com")
    as_admin.post("/people/invitations/", NEW)
    (letter,) = smtp.letters
    assert letter.recipients == ("new@example.com",)
    assert letter.message["Bcc"] is None


@pytest.mark.parametrize(("days", "expected"), [("1", 1), ("7", 7), ("30", 30), ("", 7)])
def test_an_invitation_ends_when_the_admin_says(as_admin: Client, days: str, expected: int) -> None:
    as_admin.post("/people/invitations/", {"role": "viewer", "days": days})
    invitation = Invitation.objects.get()
    lives = invitation.expires_at - invitation.created_at
    assert abs(lives - timedelta(days=expected)) < timedelta(minutes=1)
    assert "· expires " in text_of(as_admin.get("/people/"))


def test_another_length_is_refused(as_admin: Client) -> None:
    assert as_admin.post("/people/invitations/", {"role": "viewer", "days": "3650"}).status_code == 422
