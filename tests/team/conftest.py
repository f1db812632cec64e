from tests.receivers.fixtures import smtp  # noqa: F401 - a fixture
