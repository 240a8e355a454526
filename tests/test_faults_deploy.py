"""P-03: a new version is put in place while people are at work, and nobody gets an error."""

import signal
import threading
import time
from urllib.parse import urlencode

import pytest
from django.conf import settings

from registration.models import AccessRequest, Mail

from . import kept_socket, people, world
from .crowd import Crowd, through
from .figures import milliseconds, report, rounds
from .kept_socket import SiteOnKeptSocket
from .live import Site
from .nginx import HOST, REAL, Nginx
from .people import FORM
from .tls import TOKEN

pytestmark = [pytest.mark.live, pytest.mark.slow]


class AtWork(Crowd):
    """Visitors who read, and people who ask for access, each once, with a login session made beforehand."""

    def __init__(self, nginx, event, asking):
        super().__init__(through(nginx, patience=90), count=4, pause=0.02)
        self.asking = [people.person(f"deploy{number}@example.com") for number in range(asking)]
        self.posted = 0
        cookies = [people.browser_of(user).cookies[settings.SESSION_COOKIE_NAME].value for user in self.asking]
        self._cookies = iter(cookies)
        self._threads += [threading.Thread(target=self._write) for _ in range(2)]
        self._lock = threading.Lock()

    def _write(self):
        while not self._stop.is_set():
            with self._lock:
                cookie = next(self._cookies, None)
            if cookie is None:
                return
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"https://{HOST}",
                "X-CSRFToken": TOKEN,
                "Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}; {settings.CSRF_COOKIE_NAME}={TOKEN}",
            }
            self.ask("POST", "/register/", 302, urlencode(FORM), headers)
            self.posted += 1
            self._stop.wait(0.1)

    def saved(self):
        """Requests that are there with their mail."""
        asked = AccessRequest.objects.filter(person__in=self.asking)
        assert Mail.objects.filter(decision__request__in=asked, purpose="received").count() == asked.count()
        return asked.count()


def work_while(site, deploy, times, event):
    nginx = Nginx(site.port)
    try:
        with AtWork(nginx, event, asking=80 * times) as crowd:
            for _ in range(times):
                time.sleep(0.5)
                deploy(site)
                time.sleep(0.5)
        return crowd
    finally:
        nginx.stop()


@pytest.fixture
def event(transactional_db):
    return world.event()


@pytest.mark.parametrize(
    ("what", "deploy"),
    [
        ("stop, migrate, start, on the kept socket", kept_socket.restart),
        ("SIGHUP", lambda site: kept_socket.reload(site, signal.SIGHUP)),
    ],
    ids=["restart", "reload"],
)
def test_a_deploy_under_load_fails_no_request(event, what, deploy):
    site = SiteOnKeptSocket(REAL)
    times = rounds(1, of_hundred=10)
    try:
        crowd = work_while(site, deploy, times, event)
    finally:
        site.stop()
    assert crowd.failed == []
    assert crowd.posted == crowd.saved() > 0
    report(
        f"P-03 deploy under load: {what}",
        deploys=times,
        requests=len(crowd.seconds),
        of_them_writes=crowd.posted,
        failed=0,
        writes_lost=0,
        longest_wait=milliseconds(crowd.longest),
    )


def test_without_the_kept_socket_a_restart_fails_requests(event):
    """The control."""
    site = Site(REAL)
    try:
        crowd = work_while(site, kept_socket.restart, 1, event)
    finally:
        site.stop()
    assert any("503" in failure for failure in crowd.failed)
