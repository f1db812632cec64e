"""The threads that the WSGI application runs in: few, and with a bounded queue before them."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from studio.front.refusals import busy


class Threads:
    """Used from one event loop."""

    def __init__(self, count: int, most_waiting: int) -> None:
        self.count = count
        self.most_waiting = most_waiting
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="request")
        self._taken = 0  # calls that run or wait
        self._progress_at = time.monotonic()

    async def run[**P, T](self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Raises Refused (503) when too many calls wait already."""
        if self._taken >= self.count + self.most_waiting:
            raise busy()
        if self._taken < self.count:
            self._progress_at = time.monotonic()
        self._taken += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: call(*args, **kwargs))
        finally:
            self._taken -= 1
            self._progress_at = time.monotonic()

    def stuck_for(self) -> float:
        """Seconds that calls have waited without any thread finishing one; 0 while a thread is free."""
        return time.monotonic() - self._progress_at if self._taken > self.count else 0.0

    def stop(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
