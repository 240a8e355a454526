"""G-15: many people at once, in few threads, and nobody is given what was made for another."""

import threading
import time

import pytest

from . import crawling
from .nginx import REAL, Nginx
from .tls import TlsBrowser
from .world import PRIVATE, World

pytestmark = [pytest.mark.live, pytest.mark.slow]

SECONDS = 10
BROWSERS = 4  # for each role
ROLES = ("visitor", "applicant", "declined", "guest", "guest of another edition", "administrator")


def ask_for_a_while(browsers, addresses, judge, seconds=SECONDS):
    """Each browser asks for all addresses over and over; ``judge(role, address, answer)`` sees every answer."""
    until, broken = time.monotonic() + seconds, []

    def run(role, browser):
        try:
            while time.monotonic() < until:
                for address in addresses:
                    judge(role, address, browser.get(address))
        except Exception as error:
            broken.append((role, error))

    threads = [threading.Thread(target=run, args=pair) for pair in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []


def others_words_found(live_site, wsgi, seconds):
    """What somebody was given of another's, as ``{(role, canary)}``."""
    made = World()
    addresses = ("/", made.secret.get_absolute_url(), made.earlier_secret.get_absolute_url(), "/register/status/")
    closed = {role: crawling.closed_to(made, role) for role in ROLES}
    foreign, own, answered, lock = set(), set(), [], threading.Lock()

    def judge(role, address, answer):
        pages = {address: crawling.everything_in(answer)}
        with lock:
            foreign.update((role, what) for what in crawling.canaries_in(made, pages, closed[role]))
            own.update((role, what) for what in crawling.canaries_in(made, pages, {PRIVATE}) if role == "guest")
            answered.append(answer.status_code)

    nginx = Nginx(live_site.start(REAL, wsgi).port)
    try:
        browsers = [(role, TlsBrowser(nginx, made.browsers[role])) for role in ROLES for _ in range(BROWSERS)]
        ask_for_a_while(browsers, addresses, judge, seconds)
    finally:
        nginx.stop()
    assert len(answered) > len(ROLES) * BROWSERS
    assert set(answered) <= {200, 302, 404}
    assert own  # a guest did find what is theirs
    return foreign


def test_under_a_mixed_load_everybody_gets_their_own(live_site):
    assert others_words_found(live_site, None, SECONDS) == set()


def test_under_a_mixed_load_with_the_gate_off_others_words_are_found(live_site):
    """The control."""
    assert others_words_found(live_site, "tests.ungated:application", 2)
