from tests.receivers.fixtures import http, smtp  # noqa: F401 - fixtures
