"""The receivers as fixtures."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.receivers.http import HttpReceiver
from tests.receivers.smtp import SmtpReceiver


@pytest.fixture
def smtp(settings: Any, django_mail_patch_dns: None) -> Iterator[SmtpReceiver]:
    """A mail server of its own, and the settings lead to it."""
    with SmtpReceiver() as server:
        settings.MAILERS = server.mailers
        yield server


@pytest.fixture
def http(settings: Any) -> Iterator[HttpReceiver]:
    """A web server of its own, among STUDIO_ALLOWED_HOSTS."""
    with HttpReceiver() as server:
        settings.STUDIO_ALLOWED_HOSTS = (server.host,)
        yield server
