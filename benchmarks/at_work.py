"""People at work through nginx, all kinds at once, until told to stop: what each of them was answered."""

import contextlib
import http.client
import itertools
import threading
import time
from collections import Counter

from tests.tls import TlsBrowser

NO_ANSWER = 0
LOST = (OSError, http.client.HTTPException)
READERS = ("visitor", "guest")
LOGIN, CODE, REGISTER = "/account/login/", "/account/login/code/", "/register/"
_numbers = itertools.count(1)


class AtWork:
    """``answers``: how often which kind of person got which status. ``waited``: seconds, by kind.

    ``asking``: Cookie headers of people who may ask for access, each once; ``guests``: of guests; ``is_private`` says
    whether a page shows what they may see. ``form``: the answers they send. Use it in a ``with`` block.
    """

    def __init__(self, nginx, mailbox, *, asking, guests, form, is_private, pause=0.05):
        self.nginx, self.mailbox, self.form, self.is_private, self.pause = nginx, mailbox, form, is_private, pause
        self.asking, self.guests = iter(asking), itertools.cycle(guests)
        self.answers, self.waited = Counter(), {}
        self._lock, self._stop = threading.Lock(), threading.Event()
        jobs = [self.reads] * 3 + [self.reads_as_a_guest] * 2 + [self.asks] + [self.signs_in] * 2
        self._threads = [threading.Thread(target=self._work, args=(job,)) for job in jobs]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *raised):
        self._stop.set()
        for thread in self._threads:
            thread.join(120)

    def _work(self, job):
        while not self._stop.is_set():
            job()
            self._stop.wait(self.pause)

    def _ask(self, kind, method, path, form=None, browser=None, cookie=None):
        """The answer, or None; over a connection of its own, so that a form is sent once."""
        browser = browser or TlsBrowser(self.nginx)
        browser.cookies |= {"__Host-sessionid": cookie} if cookie else {}
        browser.close()
        browser._connection, answer, begin = None, None, time.monotonic()
        with contextlib.suppress(*LOST):
            answer = browser.get(path) if method == "GET" else browser.post(path, form)
        with self._lock:
            self.waited.setdefault(kind, []).append(time.monotonic() - begin)
            self.answers[kind, answer.status_code if answer else NO_ANSWER] += 1
        return answer

    def reads(self):
        for path in ("/", "/agenda.ics", "/register/"):
            self._ask("visitor", "GET", path)

    def reads_as_a_guest(self):
        with self._lock:
            cookie = next(self.guests)
        answer = self._ask("guest", "GET", "/", cookie=cookie)
        if answer and answer.status_code == 200 and not self.is_private(answer.content):
            with self._lock:
                self.answers["guest", "the public page"] += 1

    def asks(self):
        with self._lock:
            cookie = next(self.asking, None)
        if cookie:
            self._ask("form", "POST", REGISTER, self.form, cookie=cookie)

    def signs_in(self):
        address = f"newcomer{next(_numbers)}@example.com"
        browser, next_page = TlsBrowser(self.nginx), {"next": REGISTER}
        asked = self._ask("sign-in", "POST", LOGIN, {"email": address} | next_page, browser)
        if asked is None or asked.status_code != 302:
            return
        try:
            code = self.mailbox.code_for(address, timeout=20)
        except AssertionError:
            with self._lock:
                self.answers["sign-in", "no code came"] += 1
            return
        self._ask("sign-in", "POST", CODE, {"code": code} | next_page, browser)
        browser.close()

    def of(self, *kinds, but=()):
        """How many answers of these kinds were others than these statuses."""
        return sum(count for (kind, status), count in self.answers.items() if kind in kinds and status not in but)

    def in_words(self):
        return ", ".join(f"{kind} {status}: {count}" for (kind, status), count in sorted(self.answers.items(), key=str))
