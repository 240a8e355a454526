"""P-08: a worker that grows is replaced before it takes the machine's memory, and nobody gets an error."""

import psutil
import pytest
from django.db import connection

from cacc_techtrack.gunicorn import MOST_OF_A_WORKER

from . import processes, world
from .crowd import Crowd, through
from .figures import milliseconds, report, rounds
from .nginx import REAL, Nginx

pytestmark = [pytest.mark.live, pytest.mark.slow]

GROWING = "tests.growing:application"
LEAK = 20_000_000  # bytes that each request to /grow/ leaves behind
AT_WORK = 4 * LEAK  # what a worker's four threads may add before the first of them looks


@pytest.fixture(autouse=True)
def _once():
    if connection.vendor != "sqlite":
        pytest.skip("gunicorn's workers grow and go the same way on every database: tried on SQLite")


def grow(live_site, requests, leak):
    """Ask a leaking site so often, with visitors at work. Returns them, the workers seen, the most of one, the log."""
    world.event()
    site = live_site.start({**REAL, "LEAK": leak}, GROWING)
    nginx = Nginx(site.port)
    seen, most = set(), 0
    try:
        with Crowd(through(nginx)) as crowd:
            for _ in range(requests):
                crowd.ask("POST", "/grow/", 200)
                for worker in processes.children(site.process):
                    try:
                        most = max(most, worker.memory_info().rss)
                    except psutil.NoSuchProcess:
                        continue
                    seen.add(worker.pid)
    finally:
        nginx.stop()
    return crowd, seen, most, site.log.read_text()


def test_a_worker_that_grows_is_replaced_and_nobody_notices(live_site):
    replaced = rounds(2, of_hundred=20)
    requests = (2 + replaced) * MOST_OF_A_WORKER // LEAK
    crowd, seen, most, log = grow(live_site, requests, "fast")
    assert crowd.failed == []
    assert len(seen) - 2 >= replaced
    assert "makes way for a new one" in log
    assert most < MOST_OF_A_WORKER + AT_WORK
    report(
        "P-08 a worker leaks 20 MB a request",
        workers_replaced=len(seen) - 2,
        largest=f"{most / 1e6:.0f} MB",
        requests=len(crowd.seconds),
        failed=0,
        longest_wait=milliseconds(crowd.longest),
    )


def test_without_the_limit_a_worker_grows_on(live_site):
    """The control."""
    _, seen, most, _ = grow(live_site, 45, "unwatched")
    assert len(seen) == 2
    assert most > MOST_OF_A_WORKER + AT_WORK
