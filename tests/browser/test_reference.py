"""The reference page, as axe sees it."""

import pytest

from tests.browser.conftest import OpenPage, in_every_look, must_be_accessible

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.mark.slow
@in_every_look
def test_the_reference_is_accessible_and_its_contents_unfold(
    open_page: OpenPage, width: int, scheme: str
) -> None:
    page = open_page("/api/", width=width, scheme=scheme)
    if (summary := page.locator(".contents summary")).is_visible():
        summary.press("Enter")
    page.get_by_role("link", name="Follow a job").click()
    assert page.url.endswith("#call-getJob")
    must_be_accessible(page)
