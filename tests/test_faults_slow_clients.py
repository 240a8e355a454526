"""NET-04, NET-05: clients that take their time, or only hold on, do not take that of others; nginx keeps them."""

import os

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import connection

from . import crowd, world
from .figures import milliseconds, report, rounds
from .nginx import REAL, Nginx
from .slow_clients import SlowClients

pytestmark = [pytest.mark.live, pytest.mark.slow]

LARGE = "admin/js/vendor/xregexp/xregexp.js"  # 300 kB
MOST = 2  # times the usual p95; judged in `make faults` alone, where nothing else runs
WINDOW = 15  # seconds: idle connections are looked at before nginx ends them, which it does after 30


@pytest.fixture(autouse=True)
def _once():
    if connection.vendor != "sqlite":
        pytest.skip("slow clients wait before the site, whatever its database: tried on SQLite")


@pytest.fixture
def site(live_site):
    world.event()
    return live_site.start(REAL)


@pytest.fixture
def nginx(site):
    nginx = Nginx(site.port)
    yield nginx
    nginx.stop()


def side_by_side(nginx, seconds, times=1, **counts):
    """``(without, with)`` slow clients: crowds of honest people; and how many were held, each time."""
    connect = crowd.through(nginx)
    usual, meanwhile, held, opened = crowd.Crowd(connect), crowd.Crowd(connect), [], 0
    for _ in range(times):
        usual.add(crowd.for_a_while(connect, seconds / 2))
        slow = SlowClients(nginx.port, nginx.folder / "certificate.pem", staticfiles_storage.url(LARGE), **counts)
        with slow:
            meanwhile.add(crowd.for_a_while(connect, seconds))
        held.append(slow.held)
        opened += slow.result["opened"]
        usual.add(crowd.for_a_while(connect, seconds / 2))
    return usual, meanwhile, min(held), opened


def judge(what, usual, meanwhile, **figures):
    report(
        what,
        **figures,
        requests=len(meanwhile.seconds),
        failed=len(meanwhile.failed),
        p95=milliseconds(meanwhile.p95),
        usual_p95=milliseconds(usual.p95),
    )
    assert (usual.failed, meanwhile.failed) == ([], [])
    if os.environ.get("FAULT_ROUNDS"):
        assert meanwhile.p95 < MOST * usual.p95


def test_slow_headers_bodies_and_readers_slow_nobody_else(nginx):
    """NET-04."""
    each, seconds = rounds(20, of_hundred=500), rounds(4, of_hundred=60)
    usual, meanwhile, held, opened = side_by_side(nginx, seconds, headers=each, bodies=each, readers=each)
    judge(
        "NET-04 slow headers, slow bodies, slow readers",
        usual,
        meanwhile,
        of_each=each,
        seconds=seconds,
        held_at_the_end=held,
        opened=opened,
    )
    assert held > 2.5 * each  # some are shut out at any time, and come again


def test_idle_connections_slow_nobody_else(nginx):
    """NET-05; a tenth of them has never asked for anything."""
    count, times = rounds(100, of_hundred=2000), rounds(1, of_hundred=4)
    seconds = WINDOW if os.environ.get("FAULT_ROUNDS") else 4
    usual, meanwhile, held, _ = side_by_side(
        nginx, seconds, times, idle=count * 9 // 10, silent=count - count * 9 // 10
    )
    judge("NET-05 idle connections", usual, meanwhile, connections=count, seconds=seconds * times, held_at_the_end=held)
    assert held > 0.8 * count  # those that never asked are shut out after ten seconds, and come again


def test_straight_at_gunicorn_they_do_slow_others(site):
    """The control of both. Readers and connections at rest after an answer occupy no thread of gunicorn's either."""
    failed = {}
    for kind in ("headers", "bodies", "silent"):
        with SlowClients(site.port, **{kind: 40}):
            meanwhile = crowd.for_a_while(crowd.straight(site.port, patience=2), 1, count=2)
        failed[kind] = len(meanwhile.failed)
    report(
        "NET-04 control: forty of each straight at gunicorn", **{f"failed by {kind}": n for kind, n in failed.items()}
    )
    assert all(failed.values())
