"""What is in a link lets somebody in: neither a log nor another site learns it."""

import logging
import logging.config
import re
from io import StringIO

import pytest
from django.conf import settings as installation
from django.db import OperationalError
from django.test import Client

from studio.audit.models import Entry
from studio.log_redaction import RedactingFormatter
from studio.team.models import Invitation, Member, SignInLink

pytestmark = pytest.mark.django_db


def logged(message: str, *words: object) -> str:
    """As the log of an installation has it."""
    told = installation.LOGGING["formatters"]["line"]
    formatter = RedactingFormatter(told["fmt"], style=told["style"])
    record = logging.LogRecord("a.logger", logging.ERROR, __file__, 1, message, words, None)
    return formatter.format(record)


@pytest.mark.parametrize(
    "path",
    [
        "/welcome/TOPSECRET/",
        "/invite/TOPSECRET/",
        "/accounts/password/reset/key/3-TOPSECRET/",
        "/media/clips/aa/a.mp4?until=1764151200&signature=TOPSECRET",
        "/accounts/sign-on/callback/?state=TOPSECRET&code=TOPSECRET",
        "//welcome/TOPSECRET",
    ],
)
def test_no_line_of_the_log_holds_what_a_link_opens(path: str) -> None:
    for line in (
        logged("Service Unavailable: %s", path),
        logged(f"GET {path} failed"),
        logged("%r", {"at": path}),
    ):
        assert "TOPSECRET" not in line
    assert "a.mp4" in logged("%s", "/media/clips/aa/a.mp4?signature=x")


def test_a_link_that_meets_a_database_that_is_away_stays_secret_and_good(
    client: Client, member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request is logged as failed, with its path; the link can be opened afterwards."""
    link, log = SignInLink.objects.issue(member=member), StringIO()
    handler = logging.StreamHandler(log)
    told = installation.LOGGING["formatters"]["line"]
    handler.setFormatter(RedactingFormatter(told["fmt"], style=told["style"]))
    logging.getLogger("django.request").addHandler(handler)
    client.raise_request_exception = False

    def away(*_: object) -> None:
        raise OperationalError("could not connect")

    try:
        with monkeypatch.context() as patch:
            patch.setattr(SignInLink, "consume", away)
            assert client.get(link.get_absolute_url()).status_code == 503
    finally:
        logging.getLogger("django.request").removeHandler(handler)
    assert "/welcome/…/" in log.getvalue()
    assert link.get_absolute_url().split("/")[2] not in log.getvalue()
    assert client.get(link.get_absolute_url()).status_code == 302


def test_pages_behind_links_send_no_address_to_other_sites_and_lead_to_none(
    client: Client, admin: Member
) -> None:
    invitation = Invitation.objects.issue(invited_by=admin)
    for path in (invitation.get_absolute_url(), "/welcome/x/", "/accounts/password/reset/key/1-x/"):
        page = client.get(path)
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert "no-store" in page.headers["Cache-Control"]
        assert re.findall(r'(?:href|src|action)="(?:https?:)?//[^"]*"', page.content.decode()) == []


def test_the_audit_log_names_no_link(client: Client, member: Member, admin: Member) -> None:
    link = SignInLink.objects.issue(member=member)
    client.get(link.get_absolute_url())
    secret = link.get_absolute_url().split("/")[2]
    assert Entry.objects.exists()
    assert not any(secret in repr(vars(entry)) for entry in Entry.objects.all())
