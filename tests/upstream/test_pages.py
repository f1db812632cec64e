"""Catalogs in pages, over a real socket: every style is followed, and never away from the studio."""

from collections.abc import Callable

import pytest

from studio.contract.errors import Unavailable
from studio.upstream.client import VideoStudio
from studio.upstream.pages import MOST_PAGES, next_address
from tests.upstream.catalogue import MODELS
from tests.upstream.paged import INCOMPLETE, PAGERS, PATH
from tests.upstream.server import FakeStudio

HERE = f"https://api.example.com{PATH}"
SLUGS = [model["model_slug"] for model in MODELS]


@pytest.mark.parametrize("style", PAGERS)
def test_all_pages_of_a_catalog_are_read(client: VideoStudio, video_studio: FakeStudio, style: str):
    video_studio.pager = PAGERS[style]
    models = client.models()
    assert [capability.slug for capability in models.capabilities] == SLUGS
    assert (models.unreadable, models.incomplete) == ((), "")
    assert len(video_studio.calls("GET", PATH)) == -(-len(SLUGS) // 2)


@pytest.mark.parametrize("style", INCOMPLETE)
def test_what_cannot_be_followed_makes_the_catalog_incomplete(
    client: VideoStudio, video_studio: FakeStudio, style: str
):
    video_studio.pager = INCOMPLETE[style]
    models = client.models()
    assert models.capabilities
    assert models.incomplete.endswith(".")
    assert len(video_studio.calls("GET")) <= MOST_PAGES
    assert {call.path for call in video_studio.log} == {PATH}


def test_pages_behind_a_path_of_the_studio_are_followed_there(
    connect: Callable[..., VideoStudio], video_studio: FakeStudio
):
    with pytest.raises(Unavailable):
        connect(f"{video_studio.url}/behind", video_studio.key).models()
    assert video_studio.log[-1].path == f"/behind{PATH}"


@pytest.mark.parametrize("fault", ["500", "html-200", "401", "429:60"])
def test_a_later_page_that_fails_leaves_what_was_read(
    client: VideoStudio, video_studio: FakeStudio, fault: str
):
    def pager(models, query, url):
        video_studio.fault(fault, on="GET", times=3)  # for all tries of the page after this one
        return PAGERS["relative"](models, query, url)

    video_studio.pager = pager
    models = client.models()
    assert [capability.slug for capability in models.capabilities] == SLUGS[:2]
    assert models.incomplete.startswith("Page 2 of the studio's models could not be read: ")


def test_a_later_page_without_a_list_leaves_what_was_read(client: VideoStudio, video_studio: FakeStudio):
    first = PAGERS["relative"]
    video_studio.pager = lambda models, query, url: (
        {"success": False, "error": "Gone fishing"} if "page" in query else first(models, query, url)
    )
    models = client.models()
    assert [capability.slug for capability in models.capabilities] == SLUGS[:2]
    assert "Gone fishing" in models.incomplete


@pytest.mark.parametrize(
    ("reference", "address"),
    [
        ("?page=2", f"{HERE}?page=2"),
        (f"{PATH}?page=2", f"{HERE}?page=2"),
        (f"{HERE}?page=2", f"{HERE}?page=2"),
        ("//api.example.com/x?page=2", "https://api.example.com/x?page=2"),
        (f"http://api.example.com{PATH}?page=2", f"{HERE}?page=2"),  # a server behind a proxy
        (f"https://API.example.com:443{PATH}?page=2", f"{HERE}?page=2"),
        (f"https://name:password@api.example.com{PATH}?page=2#more", f"{HERE}?page=2"),
        ("https://api.example.com.evil.example/?page=2", None),
        ("https://evil.example/?page=2", None),
        ("//evil.example/?page=2", None),
        ("https://api.example.com:8443/?page=2", None),
        ("http://api.example.com:8080/?page=2", None),
        ("ftp://api.example.com/?page=2", None),
        ("file:///etc/passwd", None),
        ("javascript:alert(1)//?", None),
        ("https://api.example.com:port/", None),
        ("https://[::1/", None),
    ],
)
def test_the_next_page_is_at_the_same_origin_or_nowhere(reference: str, address: str | None):
    assert next_address(HERE, reference) == address


def test_what_the_first_page_was_asked_for_stays_with_a_cursor():
    assert next_address(f"{HERE}?limit=50&cursor=a", "?cursor=b%26c") == f"{HERE}?limit=50&cursor=b%26c"
