"""A PostgreSQL server that stops under a running installation: every answer says so, and all is well afterwards."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from studio.gateway.outage import AWAY
from tests.installation import Installation
from tests.postgres import Server, postgres
from tests.worker.processes import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def server() -> Iterator[Server]:
    with postgres() as running:
        yield running


def test_a_server_that_is_stopped_is_named_everywhere_and_comes_back(server: Server, tmp_path: Path) -> None:
    with (
        Installation(tmp_path / "data", DATABASE_URL=server.url) as home,
        httpx.Client(base_url=home.url, timeout=30) as browser,
    ):
        assert browser.get(home.link, follow_redirects=True).status_code == 200
        assert ready(browser)["database"] == "ok"
        server.stop("immediate")
        page = browser.get("/jobs/")
        assert (page.status_code, int(page.headers["Retry-After"]) > 0) == (503, True)
        assert AWAY.sentence in page.text
        script = browser.get("/api/v1/models/video/", headers={"Authorization": "Bearer dly_x"})
        assert (script.status_code, script.json()) == (503, {"success": False, "error": AWAY.sentence})
        assert browser.get("/jobs/live/?since=0", headers={"HX-Request": "true"}).status_code == 503
        assert (ready(browser)["ready"], ready(browser)["database"]) == (False, AWAY.sentence)
        assert browser.get("/healthz").text == browser.get("/health/live").text == "ok"
        server.start()
        wait_for(lambda: browser.get("/jobs/").status_code == 200, "the page", 60)
        assert ready(browser)["database"] == "ok"


def ready(browser: httpx.Client) -> dict[str, object]:
    return browser.get("/health/ready").json()
