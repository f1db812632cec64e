"""Target 10: what web server and worker hold in memory stays as it is while tabs are watching."""

import threading
import time
from collections.abc import Iterator

from tests.bench.figures import Figure
from tests.bench.held import try_load, watched_installation
from tests.bench.processes import megabytes
from tests.bench.viewers import poll_address
from tests.worker.processes import descendants

TABS = 400
MINUTES = 3
MOST = 160  # megabytes


def measure() -> Iterator[Figure]:
    with watched_installation() as (home, cookies):
        address = poll_address(home, cookies[0])
        polls = [f"{cookie}\t{address}" for cookie in cookies]
        watching = threading.Thread(target=try_load, args=(home, polls, TABS, MINUTES * 60), daemon=True)
        watching.start()
        time.sleep(60)
        after_a_minute = megabytes([home.process.pid, *descendants(home.process.pid)])
        time.sleep((MINUTES - 1) * 60)
        at_last = megabytes([home.process.pid, *descendants(home.process.pid)])
        watching.join(60)
    detail = f"{at_last:.0f} MB against {after_a_minute:.0f} MB"
    what = f"memory after {MINUTES} minutes of {TABS} tabs, against one"
    yield Figure("10", what, at_last / after_a_minute, 1.05, detail=detail)
    yield Figure("10", "web server and worker together", at_last, MOST, "MB")
