"""Backups' other end: an empty site of its own to restore to, and one with much to lose to make a backup of."""

import os
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from . import environment, people, world
from .people import Browser, browser_of, person
from .postgres import find_binaries
from .steps import ask_for_code


def of_its_own(settings, folder, capsys):
    """Settings for a site that makes backups: folders and a key of its own. Returns the private key's file."""
    settings.DATA_DIR = folder / "data"
    settings.DATA_DIR.mkdir(mode=0o700)
    storages = {**settings.STORAGES}
    storages["default"] = {**storages["default"], "OPTIONS": {"location": settings.DATA_DIR / "files"}}
    settings.STORAGES = storages
    settings.PG_BINDIR = str(find_binaries()) if connection.vendor == "postgresql" else ""
    call_command("backup", "--new-key", folder / "private-key")
    settings.BACKUP_KEY = capsys.readouterr().out.splitlines()[0].removeprefix("BACKUP_KEY=")
    return folder / "private-key"


def busy_site():
    """The site's people, one for each state, with everything that must not come back; gives the event."""
    event, boss = world.event(passes_places_on=True), people.organiser()
    browser_of(boss)
    guest = people.approved("guest@example.com", event, by=boss)
    browser_of(guest)
    people.ask(person("applicant@example.com"), event)
    people.approved("revoked-since@example.com", event, by=boss)
    ask_for_code(Browser(), "canary-address@example.com")
    uploads = settings.STORAGES["default"]["OPTIONS"]["location"]
    uploads.mkdir()
    (uploads / "slides.pdf").write_bytes(b"canary-upload" * 1000)
    return event


class Elsewhere:
    """An empty site of its own: another DATA_DIR, another database."""

    def __init__(self, folder, server=None):
        self.name = f"restored_{os.getpid()}"
        self.env = {
            **environment.without_settings(),
            **{name: os.environ[name] for name in ("SECRET_KEY", "EMAIL_URL", "DEFAULT_FROM_EMAIL")},
            "SITE_URL": environment.SITE_URL,
            "TRUSTED_PROXY_COUNT": "0",
            "DATA_DIR": str(folder),
        }
        if connection.vendor == "postgresql":
            server = server or os.environ["TEST_DATABASE_URL"]
            self.server = server.replace("postgres://", "postgresql://")
            # Another order of letters and another zone, as another machine may have.
            self.on_server(f"CREATE DATABASE {self.name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
            self.on_server(f"ALTER DATABASE {self.name} SET TimeZone = 'Asia/Kolkata'")
            self.env["DATABASE_URL"] = server.rpartition("/")[0] + f"/{self.name}"
            self.env["PG_BINDIR"] = str(find_binaries())

    def on_server(self, statement):
        with closing(psycopg.connect(self.server, autocommit=True)) as server:
            server.execute(statement)

    def manage(self, *arguments):
        """``(status, what was printed)``."""
        command = [sys.executable, "manage.py", *map(str, arguments)]
        done = subprocess.run(command, env=self.env, cwd=environment.BASE_DIR, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def ask(self, code):
        status, printed = self.manage("shell", "--verbosity=0", "-c", f"from registration.models import *; {code}")
        assert status == 0, printed
        return printed.strip()

    def put_away(self):
        if connection.vendor == "postgresql":
            self.on_server(f"DROP DATABASE {self.name} WITH (FORCE)")


def picture():
    """All that a restore could change, to compare: every row of every table, and every upload."""
    rows = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 -- the database named it
            rows[table] = sorted(map(repr, cursor.fetchall()))
    connection.close()
    return rows, uploads_in(Path(settings.STORAGES["default"]["OPTIONS"]["location"]))


def uploads_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def what_lies_in(folder):
    """Names beside the database and the uploads that should not be there for long."""
    return sorted(path.name for path in folder.iterdir() if "backup-at-work" in path.name or "restoring" in path.name)


class Writing:
    """Somebody asks, again and again, while this lasts; each request has its decision and its mail."""

    def __init__(self, event):
        self.event, self.stop, self.made = event, threading.Event(), 0
        self.thread = threading.Thread(target=self.work)

    def work(self):
        try:
            while not self.stop.is_set() and self.made < 2000:
                people.ask(person(f"writer{self.made}@example.com"), self.event)
                self.made += 1
        finally:
            connection.close()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
