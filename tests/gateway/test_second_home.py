"""An installation whose studio is another installation: each has its own jobs, files and books."""

from urllib.request import urlopen

import pytest

from tests.gateway.home import Home, Newcomer
from tests.gateway.test_plain_client import VEO

pytestmark = pytest.mark.slow


def test_a_clip_goes_through_both(home: Home, go_between: Newcomer, second_home: Home) -> None:
    for installation in (home, second_home):
        installation.ask("set_credits", credits=2_000)
    newcomer = second_home.newcomer()
    plain = second_home.client(newcomer)
    (job_id,) = plain.generate(**VEO).json["job_ids"]
    job = plain.wait(job_id)
    assert job["status"] == "completed"
    (url,) = job["result_urls"]
    assert url.startswith(f"{second_home.url}/media/")

    (there,) = home.client(go_between).history(limit=1).json["jobs"]
    assert there["job_id"] != job_id, "each has a number of its own for it"
    assert (there["prompt"], there["credits_charged"]) == (job["prompt"], job["credits_charged"])
    with urlopen(url) as copy, urlopen(there["result_urls"][0]) as original:
        assert copy.read() == original.read()
    assert second_home.ask("books", member=newcomer.member) == {
        "jobs": 1,
        "made": 0,  # by a sandbox of its own
        "asked": 100,
        "charged": 100,
    }
