from tests.upstream.fixtures import video_studio  # noqa: F401
