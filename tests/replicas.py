"""The site on two machines, as docs/scaling.md has it: two replicas behind nginx, one PostgreSQL, one Redis.

Both are on this machine, and each has a port and a DATA_DIR of its own. Files and configurations are the shipped ones.
"""

import http.client
import os
import re
import tempfile
from pathlib import Path

import psutil
from django.conf import settings

from . import environment, processes
from .cache_server import CacheServer
from .crowd import SAYS
from .nginx import REAL, Nginx


class Replicas:
    """``a`` and ``b`` are sites (``live.Site``), ``nginx`` is in front of both, ``cache`` is their Redis.

    ``changed`` is called with the text of nginx's configuration and gives another. ``stop()`` ends all but the
    sites, which end with the test.
    """

    def __init__(self, live_site, *, env=None, wsgi=None, changed=lambda text: text):
        self.live_site = live_site
        self.cache = CacheServer()
        self.env = REAL | {"CACHE_URL": self.cache.url} | (env or {})
        self.a, self.b = (live_site.start(self.env | {"DATA_DIR": str(data_dir())}, wsgi) for _ in range(2))
        self.nginx = ChangedNginx(changed, self.a.port, self.b.port)

    def start_mail_workers(self):
        for site in (self.a, self.b):
            self.live_site.start_mail_worker(site.env)

    def stop(self):
        self.nginx.stop()
        self.cache.stop()


class ChangedNginx(Nginx):
    def __init__(self, changed, *ports):
        self.changed = changed
        super().__init__(*ports)

    def configuration(self, *ports):
        return self.changed(super().configuration(*ports))


def without(pattern, instead=""):
    """A change of nginx's configuration: this goes, wherever it stands, and it does stand there."""

    def changed(text):
        text, count = re.subn(pattern, instead, text)
        assert count, f"deploy/nginx.conf has no {pattern} any more"
        return text

    return changed


def data_dir():
    """A folder for one replica, with the collected static files that the tests share."""
    folder = Path(tempfile.mkdtemp(prefix="replica-", dir=os.environ["TEST_RUN_DIR"]))
    for name in environment.STATIC:
        (folder / name).symlink_to(Path(os.environ["TEST_STATIC_DIR"]) / name)
    return folder


def kill(site):
    """SIGKILL for gunicorn and all its workers, the first process first, so that nobody is replaced."""
    everyone = [psutil.Process(site.process.pid), *processes.children(site.process)]
    for process in everyone:
        process.kill()
    psutil.wait_procs(everyone, 60)
    site.process.wait(60)


def start_again(site):
    site.start()
    processes.wait_until(site.answers, 120, "the replica's /healthz")


def straight_from(site, path, browser=None):
    """``(status, text)`` of one replica itself, to who is signed in in this ``TlsBrowser``, or to a visitor."""
    headers = dict(SAYS)
    if browser:
        headers["Cookie"] = f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME]}"
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()
