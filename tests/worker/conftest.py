"""A catalog and jobs over a real Video Studio API, as the steps' own tests have them."""

from tests.jobs.conftest import connection, video_studio  # noqa: F401
