"""P-14: at a steady load, memory and open files stay where they are."""

import time
from urllib.parse import urlencode

import psutil
import pytest
from django.conf import settings

from . import people, processes, vitals, world
from .crowd import Crowd, through
from .figures import report, rounds
from .nginx import HOST, REAL, Nginx
from .tls import TOKEN

pytestmark = [pytest.mark.live, pytest.mark.slow]

SECONDS = 6  # in `make test`
REQUESTS = 100
# By how much the process that grows most may: what Python and the allocator still take in their first minutes, and
# the connections of a busy moment.
MEMORY = 12_000_000
FILES = 4 if rounds(0) else 12  # few seconds are all busy moments


class SteadyLoad(Crowd):
    """Visitors, a guest and an organiser who read, and somebody new who asks for a code every two seconds."""

    def __init__(self, connect, guest, organiser):
        self.cookies = {
            who: {"Cookie": f"{settings.SESSION_COOKIE_NAME}={one.cookies[settings.SESSION_COOKIE_NAME].value}"}
            for who, one in {"guest": guest, "organiser": organiser}.items()
        }
        super().__init__(connect, count=4, pause=0.1)
        self.asked_for_codes = 0

    def _read(self, place):
        if place == 0:
            pages, headers = ("/", "/register/status/", "/account/sessions/"), self.cookies["guest"]
        elif place == 1:
            pages, headers = ("/admin/registration/accessrequest/", "/admin/"), self.cookies["organiser"]
        else:
            pages, headers = self.pages, {}
        while not self._stop.is_set():
            for page in pages:
                self.ask("GET", page, 200, headers=headers)
                self._stop.wait(self.pause)

    def ask_for_a_code(self):
        self.asked_for_codes += 1
        form = {"email": f"steady{self.asked_for_codes}@example.com", "next": "/register/"}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"https://{HOST}",
            "X-CSRFToken": TOKEN,
            "Cookie": f"{settings.CSRF_COOKIE_NAME}={TOKEN}",
        }
        self.ask("POST", "/account/login/", 302, urlencode(form), headers)

    def go_on(self, seconds):
        """So long, and longer where a slow machine answers few requests in that time."""
        until, enough = time.monotonic() + seconds, len(self.seconds) + REQUESTS
        while time.monotonic() < until or len(self.seconds) < enough:
            self.ask_for_a_code()
            time.sleep(2)


def all_codes_came(mailbox, load):
    return len(mailbox.find(having_code=True)) == load.asked_for_codes


def steady(live_site, mailbox, seconds, wsgi=None, env=None):
    """So long after a fifth of it as warm-up. Returns the load and what was seen of the processes."""
    event = world.event()
    olga = people.organiser()
    guest = people.browser_of(people.approved("guest@example.com", event, by=olga))
    site, worker = live_site.start(REAL | (env or {}), wsgi), live_site.start_mail_worker()
    nginx = Nginx(site.port)

    def everyone():
        try:
            return [
                *vitals.of("gunicorn", site.process),
                *vitals.of("mail worker", worker),
                *vitals.of("nginx", nginx.process),
            ]
        except psutil.NoSuchProcess:
            return []

    try:
        with SteadyLoad(through(nginx), guest, people.browser_of(olga)) as load:
            load.go_on(max(2, seconds / 5))
            processes.wait_until(lambda: all_codes_came(mailbox, load), 120, "the mail worker to be at work")
            with vitals.Vitals(everyone) as seen:
                load.go_on(seconds)
    finally:
        nginx.stop()
    return load, seen


def test_at_a_steady_load_memory_and_open_files_stay_where_they_are(live_site, mailbox):
    seconds = rounds(SECONDS, of_hundred=600)
    load, seen = steady(live_site, mailbox, seconds)
    (memory, files), (most_memory, most_files) = seen.most_growth(), seen.most()
    report(
        "P-14 a steady load",
        seconds=seconds,
        requests=len(load.seconds),
        failed=len(load.failed),
        codes_mailed=len(mailbox.messages),
        processes=len(seen.memory),
        largest=f"{most_memory / 1e6:.0f} MB, {most_files} files",
        grew_most=f"{memory / 1e6:+.1f} MB, {files:+.0f} files",
    )
    assert load.failed == []
    processes.wait_until(lambda: all_codes_came(mailbox, load), 60, "each code's mail")
    assert memory < MEMORY
    assert files <= FILES


def test_a_site_that_leaks_at_each_request_is_found(live_site, mailbox):
    """The control."""
    _, seen = steady(live_site, mailbox, 4, "tests.growing:application", {"LEAK": "slow"})
    memory, files = seen.most_growth()
    assert files > FILES
    assert memory > 0
