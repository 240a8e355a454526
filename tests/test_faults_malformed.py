"""NET-01: requests that no honest client sends are refused, and nobody takes one request for two."""

import json
import socket
import socketserver
import threading
from collections import Counter

import pytest
from django.db import connection

from . import desync, world
from .figures import report
from .malformed import REQUESTS, TAKEN
from .nginx import HOST, REAL, Nginx

pytestmark = [pytest.mark.live, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _once():
    if connection.vendor != "sqlite":
        pytest.skip("malformed requests are refused before the database is asked: tried on SQLite")


@pytest.fixture
def site(live_site):
    world.event()
    return live_site.start(REAL)


@pytest.fixture
def nginx(site):
    nginx = Nginx(site.port)
    yield nginx
    nginx.stop()


def connection_to(port, tls=None):
    plain = socket.create_connection(("127.0.0.1", port), 10)
    return tls.wrap_socket(plain, server_hostname=HOST) if tls else plain


class Seen:
    """Which requests reached the site's code, from its log; ``since()`` gives those that are new."""

    def __init__(self, log):
        self.log, self.place = log, log.stat().st_size

    def since(self):
        new = self.log.read_bytes()[self.place :]
        self.place += len(new)
        return [json.loads(line) for line in new.splitlines() if b'"event": "answered"' in line]


@pytest.mark.parametrize("way", ["nginx", "straight"])
def test_malformed_requests_are_refused_and_none_is_taken_for_two(site, nginx, way):
    tls = nginx.trust() if way == "nginx" else None
    port = nginx.port if tls else site.port
    seen, outcomes, too_many = Seen(site.log), {}, []
    for name, sent in REQUESTS.items():
        outcome = outcomes[name] = desync.attempt(lambda: connection_to(port, tls), sent)
        markers = 1 + outcome.kept_open
        if len(seen.since()) > 1 + markers:
            too_many.append(name)
    taken = {name for name, outcome in outcomes.items() if not outcome.refused}
    statuses = Counter(status for outcome in outcomes.values() for status in outcome.statuses)
    report(
        f"NET-01 malformed requests, {'through nginx' if way == 'nginx' else 'straight'}",
        sent=len(outcomes),
        refused=len(outcomes) - len(taken),
        taken_as_one=len(taken),
        desyncs=sum(bool(outcome.faults) for outcome in outcomes.values()) + len(too_many),
        answers=dict(sorted(statuses.items())),
    )
    assert len(outcomes) > 81
    assert {name: outcome.faults for name, outcome in outcomes.items() if outcome.faults} == {}
    assert too_many == []
    assert sorted(taken) == sorted(taken & set(TAKEN[way]))


class Naive(socketserver.StreamRequestHandler):
    """A server that knows nothing of bodies: what stands behind the fields is the next request to it."""

    def handle(self):
        while line := self.rfile.readline().strip():
            while self.rfile.readline().strip():
                pass
            body = line.split()[1] if b" " in line else b""
            self.wfile.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def test_a_server_that_takes_one_for_two_is_found():
    """The control."""
    smuggling = {name: sent for name, sent in REQUESTS.items() if name.startswith(("length: ", "chunks and length"))}
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Naive) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        outcomes = {
            name: desync.attempt(lambda: connection_to(server.server_address[1]), sent)
            for name, sent in smuggling.items()
        }
        server.shutdown()
    assert len(outcomes) > 10
    assert [name for name, outcome in outcomes.items() if not outcome.faults] == []
