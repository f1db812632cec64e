"""The receivers are what the tests of mails and webhooks believe: so they are held against the standard clients."""

import smtplib
import urllib.error
import urllib.request

import pytest
from django.core.mail import EmailMessage

from tests.receivers.http import HttpReceiver
from tests.receivers.smtp import SmtpReceiver


def mail(text: str = "Words.\n.\nMore — words.") -> int:
    return EmailMessage("A subject — with a dash", text, "dailies@example.com", ["member@example.com"]).send()


def test_a_letter_arrives_as_it_was_written(smtp: SmtpReceiver) -> None:
    assert mail() == 1
    (letter,) = smtp.letters
    assert (letter.sender, letter.recipients) == ("dailies@example.com", ("member@example.com",))
    assert letter.subject == "A subject — with a dash"
    assert letter.text.splitlines() == ["Words.", ".", "More — words."]


def test_it_refuses_once_as_it_is_told(smtp: SmtpReceiver) -> None:
    smtp.answer("RCPT", "550 5.1.1 No such person")
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="550"):
        mail()
    assert mail() == 1


def test_it_cuts_the_connection_as_it_is_told(smtp: SmtpReceiver) -> None:
    smtp.close_on("DATA")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        mail()
    assert not smtp.letters


def test_a_call_arrives_as_it_was_made(http: HttpReceiver) -> None:
    request = urllib.request.Request(http.url, b'{"a": 1}', {"X-Name": "value"}, method="POST")
    with urllib.request.urlopen(request) as response:
        assert response.status == 200
    (call,) = http.calls
    assert (call.path, call.json, call.headers["x-name"]) == ("/hook", {"a": 1}, "value")


def test_it_answers_as_it_is_told(http: HttpReceiver) -> None:
    http.answer(503, {"Retry-After": "7"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(http.url, b"{}")
    assert (refused.value.code, refused.value.headers["Retry-After"]) == (503, "7")
    refused.value.close()
