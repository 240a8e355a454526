"""A database that is locked, full, stopped or unreadable: it waits or says so, and nothing is half done."""

import contextlib
import itertools
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connection

from cacc_techtrack.kept import UNASKED
from registration.models import AccessRequest

from . import environment, people, processes
from .figures import report, rounds
from .invariants import broken
from .live import database_url
from .people import FORM
from .postgres import Cluster
from .test_running import Running
from .wire import WireBrowser, all_at_once

pytestmark = [pytest.mark.live, pytest.mark.slow]

on_sqlite = pytest.mark.skipif(
    "config.option.database != 'sqlite'", reason="only SQLite's file is locked, filled and made unreadable"
)
on_postgres = pytest.mark.skipif(
    "config.option.database != 'postgres'", reason="only PostgreSQL is a server that can be stopped"
)

UNLOCKED = "tests.unlocked:application"
LOCK = "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN EXCLUSIVE'); "
LOCK += "print('locked', flush=True); time.sleep(float(sys.argv[2])); c.rollback()"
LOCK_ON_POSTGRES = "import psycopg, sys, time; c = psycopg.connect(sys.argv[1]); "
LOCK_ON_POSTGRES += "c.execute('LOCK TABLE registration_accessrequest, registration_mail IN EXCLUSIVE MODE'); "
LOCK_ON_POSTGRES += "print('locked', flush=True); time.sleep(float(sys.argv[2])); c.rollback()"


@contextlib.contextmanager
def locked_for(seconds):
    """Another process holds the database, on PostgreSQL its tables of requests and mail; all may read."""
    connection.close()
    if connection.vendor == "sqlite":
        command = [sys.executable, "-c", LOCK, str(settings.DATABASES["default"]["NAME"]), str(seconds)]
    else:
        url = database_url(connection.settings_dict).replace("postgres:", "postgresql:")
        command = [sys.executable, "-c", LOCK_ON_POSTGRES, url, str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "locked\n"
        try:
            yield
        finally:
            other.kill()


def about_to_ask(url):
    """A browser with the request form open, its token, and whose it is."""
    user = people.person(f"d{time.monotonic_ns()}@example.com")
    browser = WireBrowser(url, user)
    return browser, browser.token("/register/"), user


def is_clear_503(answer):
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "30"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "We cannot answer just now" in answer.text
    assert "Traceback" not in answer.text
    return True


def test_a_database_locked_for_three_seconds_makes_people_wait(live_site, event):
    """P-04."""
    browser, token, user = about_to_ask(live_site.url)
    with locked_for(3):
        begin = time.monotonic()
        answer = browser.post("/register/", FORM, token)
        took = time.monotonic() - begin
    assert (answer.status, answer.headers["Location"]) == (302, "/register/status/")
    assert took > 1
    assert AccessRequest.objects.filter(person=user).count() == 1
    assert broken() == []
    report("P-04 database locked for 3 s", a_write_waits=f"{took:.1f} s", and_is_saved=True)


def test_a_database_locked_for_thirty_seconds_is_told_and_nothing_is_half_done(live_site, event):
    """P-04. Who reads waits for nobody."""
    browser, token, user = about_to_ask(live_site.url)
    visitor = WireBrowser(live_site.url)
    with locked_for(120):  # until the block ends: a slow machine takes its time for what is asked there
        begin = time.monotonic()
        answer = browser.post("/register/", FORM, token)
        took = time.monotonic() - begin
        assert is_clear_503(answer)
        assert visitor.get("/").status == 200
        assert visitor.get("/healthz").status == 200
        assert not AccessRequest.objects.filter(person=user).exists()
    assert broken() == []
    assert browser.post("/register/", FORM, token).status == 302  # recovered, and what was typed can be sent again
    report("P-04 database locked for 30 s", a_write=f"503 after {took:.0f} s", pages=200, half_done=0)


@on_sqlite
def test_on_a_full_disk_writes_are_refused_clearly_and_nothing_is_half_done(live_site, event):
    """The running processes may make no file longer than it is: what a full disk does to them."""
    site = live_site.start()
    people_asking = [about_to_ask(site.url) for _ in range(rounds(4, of_hundred=20))]
    AccessRequest.objects.count()  # who has the database open keeps its files in place
    told, saved = 0, 0
    everyone = [psutil.Process(site.process.pid), *processes.children(site.process)]
    wal = Path(f"{settings.DATABASES['default']['NAME']}-wal")
    for number, (browser, token, user) in enumerate(people_asking):
        size = wal.stat().st_size if wal.exists() else 0
        # The log is written from its beginning again after a checkpoint, so a limit at its end may never be met.
        limit = (0, size // 2, size, size + 20_000)[number % 4]
        for process in everyone:
            process.rlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        answer = browser.post("/register/", FORM, token)
        assert (answer.status == 302) == AccessRequest.objects.filter(person=user).exists()
        told += answer.status != 302 and is_clear_503(answer)
        saved += answer.status == 302
        assert WireBrowser(site.url).get("/").status == 200
        assert broken() == []
    for process in everyone:
        process.rlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    for browser, token, user in people_asking:
        assert browser.post("/register/", FORM, token).status == 302
        assert AccessRequest.objects.filter(person=user).count() == 1
    assert told
    assert broken() == []
    report("full disk: no byte more", writes=told + saved, answered_503=told, saved_whole=saved, half_done=0)


@on_postgres
def test_after_postgresql_was_stopped_and_started_the_site_recovers_alone(tmp_path, request):
    """P-04. No process of the site is started anew."""
    folder = Path(os.environ["TEST_RUN_DIR"]) / f"stopped-{os.getpid()}"
    cluster = Cluster(folder)
    request.addfinalizer(cluster.stop)
    env = {
        **environment.without_settings(),
        "DATABASE_URL": cluster.url,
        "DATA_DIR": str(tmp_path / "data"),
        "PORT": str(processes.free_port()),
        "WEB_CONCURRENCY": "2",
    }
    site = Running(env, tmp_path / "log")
    request.addfinalizer(lambda: processes.stop(site.process))
    site.wait_until_ready()
    before = {process.pid for process in site.everyone()}
    key = site.shell(
        "from tests.people import person; from tests.wire import login_session; "
        "print(login_session(person('ada@example.com')))"
    )
    browser = WireBrowser(f"http://localhost:{env['PORT']}")
    browser.cookies["sessionid"] = key.strip().splitlines()[-1]
    visitor = WireBrowser(f"http://localhost:{env['PORT']}")
    token = browser.token("/register/")
    recovered = []
    for _ in range(rounds(2, of_hundred=10)):
        assert visitor.get("/").status == 200
        cluster.stop()
        time.sleep(2 * UNASKED)  # so long at most a worker gives what it keeps without asking
        for _ in range(4):  # each worker and thread has a connection of its own that is dead now
            for answer in (visitor.get("/"), browser.get("/register/"), browser.post("/register/", FORM, token)):
                assert is_clear_503(answer)
        assert visitor.get("/healthz").status == 503
        assert visitor.get("/privacy/").status == 200  # asks the database nothing
        cluster.start()
        begin = time.monotonic()
        processes.wait_until(lambda: visitor.get("/").status == 200, 60, "the site's recovery")
        recovered.append(time.monotonic() - begin)
        assert {visitor.get("/").status for _ in range(12)} == {200}
    assert browser.post("/register/", FORM, token).status == 302
    mails = tmp_path / "data" / "mail"
    processes.wait_until(lambda: any("ada@example.com" in one.read_text() for one in mails.glob("*.eml")), 60, "mail")
    assert {process.pid for process in site.everyone()} == before
    report(
        "P-04 PostgreSQL stopped and started",
        times=len(recovered),
        meanwhile="503 in the site's look",
        back_within=f"{max(recovered):.1f} s",
        processes_restarted=0,
    )


def refusal_to_start(tmp_path, spoil):
    """What ``make run`` says when it is started on a database that ``spoil`` has had its way with."""
    env = {
        **environment.without_settings(),
        "DATA_DIR": str(tmp_path / "data"),
        "PORT": str(processes.free_port()),
        "WEB_CONCURRENCY": "1",
    }
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=environment.BASE_DIR, env=env, check=True
    )
    spoil(tmp_path / "data" / "techtrack.sqlite3")
    said = {}
    for name, command in STARTS.items():
        done = subprocess.run(
            command, cwd=environment.BASE_DIR, env=env, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode not in {0, -15}
        said[name] = done.stdout + done.stderr
        assert "Traceback" not in said[name]
    return said


STARTS = {
    "make run": [sys.executable, "-m", "cacc_techtrack.serve"],
    "gunicorn": [sys.executable, "-m", "gunicorn", "-c", "python:cacc_techtrack.gunicorn"],
    "the mail worker": [sys.executable, "manage.py", "deliver_mail"],
}


@on_sqlite
@pytest.mark.parametrize(
    ("fault", "spoil", "words"),
    [
        ("read-only file", lambda path: path.chmod(0o400), "cannot be written"),
        ("file open to all", lambda path: path.chmod(0o666), "others may write"),
        ("no database in the file", lambda path: path.write_bytes(b"not a database" * 400), "file is not a database"),
        ("read-only folder", lambda path: path.parent.chmod(0o500), "cannot be written"),
    ],
)
def test_with_an_unfit_database_file_the_site_refuses_to_start(tmp_path, fault, spoil, words):
    """P-06."""
    said = refusal_to_start(tmp_path, spoil)
    for text in said.values():
        assert "Cannot start" in text
        assert words in text
    report(f"P-06 {fault}", refused=len(said))


def on_two_workers(live_site, unlocked):
    """A site with two workers of one thread each, which serve in the thread that was forked."""
    env = {"GUNICORN_CMD_ARGS": "--worker-class=sync --threads=1", "UNLOCKED": unlocked}
    return live_site.start(env=env, wsgi=UNLOCKED).url


def connections_of_two_workers(url):
    """For each worker the process of PostgreSQL that serves its connection."""
    found = {}

    def both_answered():
        found.update(all_at_once(*[lambda: WireBrowser(url).get("/").text.split()] * 4))
        return len(found) == 2

    processes.wait_until(both_answered, 120, "an answer of both workers")
    return list(found.values())


def test_fifty_people_read_over_two_workers(live_site):
    url = on_two_workers(live_site, "")
    visitors = [lambda: [WireBrowser(url).get("/healthz").status for _ in range(5)]] * 10
    assert Counter(itertools.chain(*all_at_once(*visitors))) == {200: 50}


@on_postgres
def test_workers_share_no_connection_to_the_database(live_site):
    """In one connection they would read each other's answers."""
    first, second = connections_of_two_workers(on_two_workers(live_site, "named"))
    assert first != second


@on_postgres
def test_a_connection_that_workers_inherit_is_one_for_both(live_site):
    """The control."""
    first, second = connections_of_two_workers(on_two_workers(live_site, "named,inherited"))
    assert first == second
