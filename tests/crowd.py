"""Honest people at work while something goes on: how long each waited, and who got no good answer."""

import http.client
import threading
import time

from .nginx import HOST
from .tls import Connection

PATIENCE = 90  # seconds that somebody waits for an answer
PAGES = ("/", "/privacy/", "/account/login/")
SAYS = {"Host": HOST, "X-Forwarded-Proto": "https"}  # nginx writes the latter anew
NO_ANSWER = (OSError, http.client.HTTPException)


def through(nginx, patience=PATIENCE):
    """A function that makes a connection: the whole way, by https."""
    context = nginx.trust()
    return lambda: Connection(nginx, patience, context)


def straight(port, patience=PATIENCE):
    """A function that makes a connection: to gunicorn itself."""
    return lambda: http.client.HTTPConnection("127.0.0.1", port, timeout=patience)


class Crowd:
    """``count`` people who open public pages, each over a connection of its own, and pause; in a ``with`` block.

    ``seconds`` is how long each answer took, ``failed`` what was no answer, or not the one that was due.
    """

    def __init__(self, connect, count=3, pause=0.05, pages=PAGES):
        self.connect, self.pause, self.pages = connect, pause, pages
        self.seconds, self.failed = [], []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(place,)) for place in range(count)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *raised):
        self._stop.set()
        for thread in self._threads:
            thread.join(2 * PATIENCE)
        assert not any(thread.is_alive() for thread in self._threads)

    def _read(self, place):
        while not self._stop.is_set():
            self.ask("GET", self.pages[place % len(self.pages)], 200)
            place += 1
            self._stop.wait(self.pause)

    def ask(self, method, path, due, body=None, headers=None):
        """One request; anybody may call it, for what the crowd's own people do not do."""
        connection, begin = self.connect(), time.monotonic()
        try:
            connection.request(method, path, body, SAYS | (headers or {}))
            response = connection.getresponse()
            response.read()
            if response.status != due:
                self.failed.append(f"{method} {path}: {response.status}")
        except NO_ANSWER as error:
            self.failed.append(f"{method} {path}: {error!r}")
        finally:
            connection.close()
        self.seconds.append(time.monotonic() - begin)

    def add(self, other):
        self.seconds += other.seconds
        self.failed += other.failed

    @property
    def p95(self):
        return sorted(self.seconds)[int(len(self.seconds) * 0.95)]

    @property
    def longest(self):
        return max(self.seconds)


def for_a_while(connect, seconds, **how):
    with Crowd(connect, **how) as crowd:
        time.sleep(seconds)
    return crowd
