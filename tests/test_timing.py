"""SI-02: how long the answer to "send me a code" takes tells nobody whether an address is known.

``make timing`` measures two hundred pairs of each and judges them; ``make test`` takes a few, looks that the answers
are the same and none is an error, and leaves the clock alone.
"""

import math
import os
import random
import statistics
import time
from dataclasses import dataclass
from itertools import count

import pytest

from registration.models import Tally

from . import people
from .figures import report
from .wire import WireBrowser

pytestmark = [pytest.mark.live, pytest.mark.slow]

PAIRS = int(os.environ.get("TIMING_PAIRS") or 0)  # of each kind; unset in `make test`
FEW = 5
AT_LEAST = 0.002  # seconds that are allowed whatever the machine
LOGIN = "/account/login/"
MAIL_SERVERS = {"at once": 0, "after 150 ms": 0.15, "after 5 s": 5, "not at all": None}
_numbers = count(1)


@dataclass
class Measured:
    """Times in seconds by kind, of triples one after another, and the answers without what must differ."""

    unknown: list
    known: list
    also_known: list
    answers: set

    @property
    def gap(self):
        return statistics.median(_gaps(self.unknown, self.known))

    @property
    def gap_of_known(self):
        return statistics.median(_gaps(self.also_known, self.known))

    @property
    def scatter(self):
        """Half of the interval in which the gap lies in 95 of 100 runs, from the order of what was measured."""
        gaps = sorted(_gaps(self.unknown, self.known))
        middle, reach = len(gaps) / 2, math.sqrt(len(gaps))
        return (gaps[min(int(middle + reach), len(gaps) - 1)] - gaps[max(int(middle - reach), 0)]) / 2

    @property
    def allowed(self):
        return max(AT_LEAST, 2 * abs(self.gap_of_known))

    @property
    def is_told(self):
        return abs(self.gap) > self.allowed

    @property
    def is_unclear(self):
        """Too large a gap, on a machine so busy that none might be there."""
        return self.is_told and abs(self.gap) < self.scatter

    def report(self, what):
        in_ms = {"gap": self.gap, "allowed": self.allowed, "known_known": self.gap_of_known, "scatter": self.scatter}
        in_ms["median_answer"] = statistics.median(self.known)
        figures = {name: f"{seconds * 1000:.2f} ms" for name, seconds in in_ms.items()}
        verdict = ("TOLD" if self.is_told else "not told") if PAIRS else "not judged: too few"
        report(f"SI-02 {what}", pairs=len(self.known), **figures, which_is_known=verdict)


class Stopwatch:
    """Asks for codes as one browser without a login session, each for another address."""

    def __init__(self, url):
        self.browser = WireBrowser(url)
        self.token = self.browser.token(LOGIN)

    def ask(self, address):
        browser = self.browser.twin()
        begin = time.perf_counter()
        answer = browser.post(LOGIN, {"email": address, "next": "/"}, self.token)
        took = time.perf_counter() - begin
        cookies = tuple(sorted(browser.cookies))
        return took, (answer.status, answer.headers["Location"], cookies, answer.text.replace(address, "ADDRESS"))

    def unknown(self):
        return f"u{next(_numbers):05}@example.com"

    def known(self):
        return people.person(f"k{next(_numbers):05}@example.com").email

    def measure(self):
        """As many pairs as asked for; where that tells nothing as many again, five times at most."""
        measured = Measured([], [], [], set())
        for _ in range(5):
            self.add_to(measured, PAIRS or FEW)
            if not (PAIRS and measured.is_unclear):
                break
        return measured

    def add_to(self, measured, pairs):
        """Triples of an unknown and two known addresses in any order, so that what slows the machine slows all."""
        triples = [(self.unknown(), self.known(), self.known()) for _ in range(pairs)]
        for number, triple in enumerate(triples):
            if number % 50 == 0:  # else the limits on strangers come in
                Tally.objects.all().delete()
                self.ask(self.unknown())
            took = {}
            for place in random.sample(range(3), 3):
                took[place], answer = self.ask(triple[place])
                measured.answers.add(answer)
            for place, times in enumerate((measured.unknown, measured.known, measured.also_known)):
                times.append(took[place])


def _gaps(these, those):
    return [one - other for one, other in zip(these, those, strict=True)]


@pytest.mark.parametrize("answers", MAIL_SERVERS)
def test_how_long_it_takes_tells_nobody_whether_an_address_is_known(live_site, mailbox, answers):
    """SI-02, with the real mail worker at work on a mail server that answers so."""
    if MAIL_SERVERS[answers] is None:
        env = {"EMAIL_URL": "smtp://127.0.0.1:1"}  # nobody listens there
    else:
        mailbox.delay, env = MAIL_SERVERS[answers], {}
    live_site.start_mail_worker(env)
    measured = Stopwatch(live_site.url).measure()
    measured.report(f"mail server answers {answers}")
    ((status, location, _, _),) = measured.answers
    assert (status, location) == (302, "/account/login/code/?next=%2F")
    assert not (PAIRS and measured.is_told)


def test_a_sleep_in_one_branch_is_found(live_site):
    """The control: 5 ms among many pairs; a second among few."""
    sleep = 0.005 if PAIRS else 1
    env = {"UNLOCKED": "telling", "TELLING": str(sleep)}
    site = live_site.start(env=env, wsgi="tests.unlocked:application")
    measured = Stopwatch(site.url).measure()
    measured.report(f"control: {sleep * 1000:.0f} ms more for an unknown address")
    assert measured.is_told
