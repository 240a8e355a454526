"""Public pages kept ready in memory, so that a visitor's request is answered before Django begins.

Around Django's WSGI callable stands ``KeptPages``. It answers what is plainly a visitor reading a public page
(``_plain``) from a dictionary, and hands everything else to Django: every request with a login cookie, with a query,
with a body, for another host. Three rules hold it together:

- What is kept, the site made for the public, by a request of its own (``_make``): it is never the answer that somebody
  got. A path is only asked for so after Django has once answered a visitor there with a ``public_page``.
- Before anything is answered, one ``os.stat`` looks whether anything may have been written on this machine
  (``signal_file.py``). If so, or if nobody asked for a second, which is how soon writes elsewhere show, the database is
  asked for its generation, and what was made under another is forgotten. The order (stat, generation, then make) leaves
  no gap: what was made is at least as new as what it is filed under. When the database cannot be asked, Django answers.
- The clock ends what it changes: nothing is answered after the next beginning or end of a session, nor once somebody
  has put the clock back to before it was made.

Whatever goes wrong here is told to the log, and Django answers.

Each process keeps its own, within bounds. What it gave is no line of the log each, but counted in one at the next look.
``KEEP_PAGES=0`` leaves all of this out.
"""

import io
import logging
import re
import sys
import threading
import time
from os import stat
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db import close_old_connections
from django.db.utils import Error as DatabaseError

from sessions.models import Generation
from sessions.now import next_public_boundary

from . import signal_file
from .public import MARK, takes_gzip

UNASKED = 1  # second, at most, for which nobody asks the database for its generation
# There are as many addresses as a visitor can find, about five for each session, and more ways to write some of them.
AT_MOST = 1000  # paths
BYTES_AT_MOST = 30 * 10**6  # of their bodies

log = logging.getLogger("techtrack.kept")

# Django may have to refuse these, or to think about them.
ODD = frozenset(
    [
        *("CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_CONTENT_ENCODING", "HTTP_TRANSFER_ENCODING"),
        *("HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE"),
    ]
)
OF_A_BODY = {"Content-Type", "Content-Encoding", "Content-Length", "Content-Disposition"}


class Answer(NamedTuple):
    headers: list
    body: bytes
    etag: str
    headers_unchanged: list  # of a 304


class Known(NamedTuple):
    """What one look at the database found, and the answers that were made after it."""

    signal: int  # the file's time before that look
    generation: str | None
    asked_at: float  # by the monotonic clock
    begins_at: float  # by the wall clock, when the first of them may have been made
    ends_at: float  # by the wall clock, which changes a page then
    answers: dict  # {(path, whether in gzip): Answer}

    def is_of_now(self):
        return self.begins_at <= time.time() < self.ends_at


class KeptPages:
    def __init__(self, site):
        self.site = site
        self.scheme, self.host, *_ = urlsplit(settings.SITE_URL)
        self.login_cookie, self.form_cookie = settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME
        self.sound_form_cookie = re.compile(rf"(?:^|; ?){self.form_cookie}=(?:[A-Za-z0-9]{{32}}){{1,2}}(?=;|$)")
        self.behind_a_proxy = bool(settings.TRUSTED_PROXY_COUNT)
        self.signal = signal_file.path()
        self.paths = set()  # those at which Django answered with a public page
        self.known = Known(0, None, -UNASKED, 0, 0, {})
        self.given = 0  # answers since the log was told
        self.one_at_a_time = threading.Lock()

    def __call__(self, environ, start_response):
        if not self._plain(environ):
            return self.site(environ, start_response)
        try:
            answer = self._find(environ["PATH_INFO"], takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")))
        except Exception:
            log.exception("a kept page was not found")
            answer = None
        has = environ.get("HTTP_IF_NONE_MATCH", "")
        if answer and has == answer.etag:
            self.given += 1
            start_response("304 Not Modified", [*answer.headers_unchanged])
            return []
        if answer and answer.etag not in has and "*" not in has:
            self.given += 1
            start_response("200 OK", [*answer.headers])
            return [answer.body] if environ["REQUEST_METHOD"] == "GET" else []
        response = self.site(environ, start_response)
        if MARK in environ:
            self._remember(environ["PATH_INFO"])
        return response

    def _plain(self, environ):
        """Whether this can be answered with what everyone gets; anything that is odd cannot."""
        scheme, cookies = environ["wsgi.url_scheme"], environ.get("HTTP_COOKIE", "")
        if self.behind_a_proxy:
            scheme = environ.get("HTTP_X_FORWARDED_PROTO", scheme)
        return (
            environ["REQUEST_METHOD"] in ("GET", "HEAD")
            and not environ.get("QUERY_STRING")
            and not environ.get("SCRIPT_NAME")
            and environ.get("HTTP_HOST") == self.host
            and scheme == self.scheme
            and ODD.isdisjoint(environ)
            # By name, wherever in the header it stands; and no letters that hide one.
            and self.login_cookie not in cookies
            and cookies.isascii()
            and "\\" not in cookies
            and (self.form_cookie not in cookies or self._has_sound_form_cookie(cookies))
        )

    def _has_sound_form_cookie(self, cookies):
        """Django sets one anew that it cannot have set itself."""
        return len(self.sound_form_cookie.findall(cookies)) == cookies.count(self.form_cookie)

    def _find(self, path, gzip):
        """The answer to give now, or None: Django's to give, which for a file asks no database."""
        if path not in self.paths:
            return None
        try:
            signal = stat(self.signal).st_mtime_ns
        except OSError:
            return None
        known = self.known
        if known.signal != signal or time.monotonic() - known.asked_at >= UNASKED or not known.is_of_now():
            known = self._ask(signal)
        if known is None or known.generation is None:
            return None
        return known.answers.get((path, gzip)) or self._make(path, gzip, known)

    def _ask(self, signal):
        """Look at the database, and keep what still holds. None when it does not answer."""
        before, asked_at = self.known, time.monotonic()
        close_old_connections()
        try:
            generation = Generation.objects.now()
            if generation == before.generation and before.is_of_now():
                begins_at, ends_at, answers = before.begins_at, before.ends_at, before.answers
            else:
                begins_at, boundary = time.time(), next_public_boundary()
                ends_at, answers = boundary.timestamp() if boundary else float("inf"), {}
        except DatabaseError:
            return None
        finally:
            close_old_connections()
        self.known = Known(signal, generation, asked_at, begins_at, ends_at, answers)
        self._tell()
        return self.known

    def _tell(self):
        """One line for all that was given since: a line for each would cost more than the answer."""
        given, self.given = self.given, 0
        if given:
            log.info("kept pages were given", extra={"times": given})

    def _make(self, path, gzip, known):
        """Have the site answer a visitor who does not exist. One at a time: meanwhile Django answers others."""
        if not self.one_at_a_time.acquire(blocking=False):
            return None
        try:
            status, headers, body, public = self._answer_of_the_site(path, gzip)
            if not (public and status == "200 OK" and ("Cache-Control", "no-cache") in headers):
                self.paths.discard(path)
                return None
            there = [*known.answers.values()]  # in one step: another thread may empty it
            if sum(len(one.body) for one in there) + len(body) > BYTES_AT_MOST:
                known.answers.clear()
            unchanged = [(name, value) for name, value in headers if name not in OF_A_BODY]
            return known.answers.setdefault((path, gzip), Answer(headers, body, dict(headers)["ETag"], unchanged))
        finally:
            self.one_at_a_time.release()

    def _answer_of_the_site(self, path, gzip):
        said = []
        environ = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": self.host,
            "SERVER_PORT": "0",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": self.host,
            "HTTP_X_FORWARDED_PROTO": self.scheme,
            "HTTP_ACCEPT_ENCODING": "gzip" if gzip else "",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": self.scheme,
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        response = self.site(environ, lambda status, headers, *_: said.extend((status, headers)))
        try:
            return *said, b"".join(response), MARK in environ
        finally:
            response.close()

    def _remember(self, path):
        if path in self.paths:
            return
        if len(self.paths) >= AT_MOST:  # somebody found a thousand ways to write addresses
            self.paths.clear()
            self.known.answers.clear()
        self.paths.add(path)
