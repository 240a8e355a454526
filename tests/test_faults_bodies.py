"""F-01: bodies that are too much are refused at once, and take no memory that counts."""

import socket
import threading

import psutil
import pytest
from django.db import connection

from . import bodies, processes, vitals, world
from .figures import milliseconds, report, within
from .nginx import HOST, REAL, Nginx

pytestmark = [pytest.mark.live, pytest.mark.slow]

SOON = within(1)  # second
MEMORY = 50_000_000
AT_ONCE = 4


@pytest.fixture(autouse=True)
def _once():
    if connection.vendor != "sqlite":
        pytest.skip("bodies are refused before the database is asked: tried on SQLite")


@pytest.fixture
def site(live_site):
    world.event()
    return live_site.start(REAL)


@pytest.fixture
def nginx(site):
    nginx = Nginx(site.port)
    yield nginx
    nginx.stop()


def memory_of(*started):
    return {one.pid: one.memory_info().rss for process in started for _, one in vitals.of("", process)}


class Largest:
    """The most by which one of these processes grew while this lasts, looked at every few milliseconds."""

    def __init__(self, *started):
        self.started, self.before, self.grown = started, memory_of(*started), 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *raised):
        self._stop.set()
        self._thread.join(60)

    def _look(self):
        while not self._stop.wait(0.01):
            try:
                now = memory_of(*self.started)
            except psutil.NoSuchProcess:
                continue
            self.grown = max(self.grown, *(size - self.before.get(pid, size) for pid, size in now.items()))


def by_nginx(nginx):
    context = nginx.trust()
    return lambda: context.wrap_socket(socket.create_connection(("127.0.0.1", nginx.port), 60), server_hostname=HOST)


def straight(site):
    return lambda: socket.create_connection(("127.0.0.1", site.port), 60)


@pytest.mark.parametrize("way", ["nginx", "straight"])
def test_bodies_that_are_too_much_are_refused_at_once(site, nginx, way):
    connect = by_nginx(nginx) if way == "nginx" else straight(site)
    for _ in range(AT_ONCE):  # both workers have seen a form, and what they load for it
        assert bodies.send(connect, bodies.LITTLE)[0] in {302, 429}
    found, grown = {}, {}
    for what, sent in bodies.BODIES.items():
        with Largest(site.process, nginx.process) as largest:
            found[what] = [bodies.send(connect, sent) for _ in range(AT_ONCE)]
        grown[what] = largest.grown
    report(
        f"F-01 bodies that are too much, {'through nginx' if way == 'nginx' else 'straight'}",
        **{
            what: f"{max(status for status, _ in answers)} in {milliseconds(max(took for _, took in answers))}"
            f" ({grown[what] / 1e6:+.0f} MB)"
            for what, answers in found.items()
        },
    )
    for what, answers in found.items():
        assert {status for status, _ in answers} <= {400, 413}, what
        assert sorted(took for _, took in answers)[len(answers) // 2] < SOON, what
        assert grown[what] < MEMORY, what


def test_a_form_of_a_fair_size_is_taken(site, nginx):
    """The control: the same way of sending reaches the form, and what is read into memory is seen."""
    assert bodies.send(by_nginx(nginx), bodies.LITTLE)[0] == 302
    assert bodies.send(straight(site), bodies.LITTLE)[0] == 302
    with Largest(psutil.Process()) as largest:
        kept = b"a" * MEMORY * 2
        processes.wait_until(lambda: largest.grown > MEMORY, 60, "the growth to be seen")
    assert largest.grown > MEMORY
    assert kept
