"""The site as it runs in production: gunicorn with the project's configuration, in processes of its own."""

import os
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

from django.db import connection

from . import environment, processes

PASSED_ON = ("SECRET_KEY", "DATA_DIR", "EMAIL_URL", "DEFAULT_FROM_EMAIL")


class Site:
    """One running site on the test's database, under local settings (SITE_URL is a loopback address)."""

    def __init__(self, env=None, wsgi=None):
        self.port = processes.free_port()
        self.url = f"http://localhost:{self.port}"
        self.env = {**_environment(self.url, self.port), **(env or {})}
        self.log = Path(self.env["DATA_DIR"]) / f"site-{self.port}.log"
        self._others = []
        gunicorn = [sys.executable, "-m", "gunicorn", "-c", "python:cacc_techtrack.gunicorn"]
        self.process = processes.start([*gunicorn, *([wsgi] if wsgi else [])], self.env, self.log)
        try:
            processes.wait_until(self.answers, 20, "the site's /healthz")
        except AssertionError as error:
            self.stop()
            raise AssertionError(f"{error}\n{self.log.read_text()}") from None

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"gunicorn ended with status {self.process.returncode}")
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as response:
                return response.status == 200
        except (URLError, OSError):
            return False

    def manage(self, *arguments):
        """Start ``manage.py`` with this site's settings; ended with the site at the latest."""
        process = processes.start([sys.executable, "manage.py", *arguments], self.env, self.log)
        self._others.append(process)
        return process

    def stop(self):
        for process in [*self._others, self.process]:
            processes.stop(process)


class LiveSite:
    """What the fixture ``live_site`` gives: the site all tests share, and ``start()`` for further ones."""

    def __init__(self, shared: Site):
        self.shared = shared
        self.url = shared.url
        self._started = []
        self._seen = {shared.log: shared.log.stat().st_size}

    def start(self, env=None, wsgi=None) -> Site:
        """Another site on the same database, with other environment variables or another WSGI callable.

        ``wsgi`` is like ``"tests.something:application"``. It ends with the test.
        """
        site = Site(env, wsgi)
        self._started.append(site)
        self._seen[site.log] = 0
        return site

    def start_mail_worker(self, env=None):
        """The real ``manage.py deliver_mail`` for the shared site; returns its process."""
        arguments = [sys.executable, "manage.py", "deliver_mail"]
        process = processes.start(arguments, {**self.shared.env, **(env or {})}, self.shared.log)
        self._started.append(_Stoppable(process))
        return process

    def output(self):
        """What the sites and workers of this test printed since it began."""
        return "".join(
            log.read_bytes()[seen:].decode(errors="replace") for log, seen in self._seen.items() if log.exists()
        )

    def stop_started(self):
        for started in self._started:
            started.stop()


class _Stoppable:
    def __init__(self, process):
        self.process = process

    def stop(self):
        processes.stop(self.process)


def _environment(url, port):
    ours = environment.SETTINGS | {"DJANGO_ALLOW_ASYNC_UNSAFE"}
    env = {name: value for name, value in os.environ.items() if name not in ours}
    env.update({name: os.environ[name] for name in PASSED_ON})
    env.update(SITE_URL=url, PORT=str(port), WEB_CONCURRENCY="2", PYTHONUNBUFFERED="1")
    if connection.vendor == "postgresql":
        env["DATABASE_URL"] = _database_url(connection.settings_dict)
    return env


def _database_url(of):
    user = quote(of["USER"], safe="") + (f":{quote(of['PASSWORD'], safe='')}" if of["PASSWORD"] else "")
    port = f":{of['PORT']}" if of["PORT"] else ""
    return f"postgres://{user}@{quote(of['HOST'], safe='')}{port}/{quote(of['NAME'], safe='')}"
