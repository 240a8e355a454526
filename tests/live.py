"""The site as it runs in production: gunicorn with the project's configuration, in processes of its own."""

import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

from django.db import connection

from . import environment, processes

PASSED_ON = ("SECRET_KEY", "DATA_DIR", "EMAIL_URL", "DEFAULT_FROM_EMAIL")
GUNICORN = [sys.executable, "-m", "gunicorn", "-c", "python:cacc_techtrack.gunicorn"]
MAIL_WORKER = [sys.executable, "manage.py", "deliver_mail"]


class Site:
    """One running site on the test's database; under local settings unless ``env`` says otherwise."""

    def __init__(self, env=None, wsgi=None):
        self.port = self.find_port()
        self.url = f"http://localhost:{self.port}"
        self.env = {**_environment(self.url, self.port), **(env or {})}
        self.log = Path(self.env["DATA_DIR"]) / f"site-{self.port}.log"
        self.command = [*GUNICORN, *([wsgi] if wsgi else [])]
        self.start()
        try:
            processes.wait_until(self.answers, 120, "the site's /healthz")
        except AssertionError as error:
            self.stop()
            raise AssertionError(f"{error}\n{self.log.read_text()}") from None

    def find_port(self):
        return processes.free_port()

    def start(self):
        """Only the processes: that it answers is waited for when it is made."""
        self.process = processes.start(self.command, self.env, self.log)

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"gunicorn ended with status {self.process.returncode}")
        address = f"http://127.0.0.1:{self.port}/healthz"
        try:
            with urlopen(Request(address, headers={"Host": urlsplit(self.env["SITE_URL"]).netloc}), timeout=5):
                return True
        except OSError:
            return False

    def stop(self):
        """At once. That a site ends what it has begun is shown where it is what the test is about."""
        processes.stop(self.process, signum=signal.SIGQUIT)


class LiveSite:
    """What the fixture ``live_site`` gives: the site that all tests share, and ``start()`` for further ones."""

    def __init__(self, shared: Site):
        self.shared = shared
        self.url = shared.url
        self.port = shared.port
        self._started = ExitStack()
        self._printed_before = {shared.log: shared.log.stat().st_size}

    def start(self, env=None, wsgi=None) -> Site:
        """Another site on the same database, with other environment variables or another WSGI callable.

        ``wsgi`` is like ``"tests.something:application"``. It ends with the test.
        """
        site = Site(env, wsgi)
        self._started.callback(site.stop)
        self._printed_before[site.log] = 0
        return site

    def start_mail_worker(self, env=None, command=MAIL_WORKER):
        """The real ``manage.py deliver_mail`` (or another) with the shared site's settings; returns its process."""
        process = processes.start(command, {**self.shared.env, **(env or {})}, self.shared.log)
        self._started.callback(processes.stop, process)
        return process

    def output(self):
        """What the sites and mail workers of this test have printed."""
        return "".join(log.read_bytes()[size:].decode(errors="replace") for log, size in self._printed_before.items())

    def stop_started(self):
        self._started.close()


def _environment(url, port):
    env = environment.without_settings()
    env.update({name: os.environ[name] for name in PASSED_ON})
    env.update(SITE_URL=url, PORT=str(port), WEB_CONCURRENCY="2")
    if connection.vendor == "postgresql":
        env["DATABASE_URL"] = database_url(connection.settings_dict)
    return env


def database_url(of):
    """``DATABASE_URL`` for Django's settings of a PostgreSQL database."""
    user = quote(of["USER"], safe="") + (f":{quote(of['PASSWORD'], safe='')}" if of["PASSWORD"] else "")
    port = f":{of['PORT']}" if of["PORT"] else ""
    return f"postgres://{user}@{quote(of['HOST'], safe='')}{port}/{quote(of['NAME'], safe='')}"
