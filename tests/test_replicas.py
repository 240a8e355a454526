"""More than one machine: a replica is killed, the shared cache is killed, versions change, and nobody is let down."""

import contextlib
import http.client
import shutil
import socket
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from django.core.cache.backends.redis import RedisCache
from django.db import connection

from cacc_techtrack import at_work, static_files
from registration.models import AccessRequest, Mail

from . import people, processes, world
from .cache_server import CacheServer
from .figures import milliseconds, report
from .invariants import broken
from .replicas import ChangedNginx, Replicas, data_dir, kill, start_again, straight_from, without
from .test_faults_cache import ADA, LOGIN, all_else_is_up, sign_in_is_closed
from .test_faults_deploy import AtWork
from .tls import Connection, TlsBrowser
from .wire import WireBrowser

pytestmark = [pytest.mark.live, pytest.mark.slow]

NEW_FILES = [f"site.0123456789a{number}.css" for number in range(6)]  # of a version that one machine has


@pytest.fixture
def event(transactional_db):
    made = world.event()
    world.public_part(made)
    return made


@pytest.fixture
def secret(event):
    return world.private_part(event, world.Canaries()).sessions.first()


@pytest.fixture
def start(live_site):
    """A function: the whole of it, on the test's PostgreSQL."""
    if connection.vendor != "postgresql":
        pytest.skip("more than one machine shares a PostgreSQL; SQLite is for one")
    with contextlib.ExitStack() as stack:

        def start(**how):
            made = Replicas(live_site, **how)
            stack.callback(made.stop)
            return made

        yield start


# A machine dies


class WithVisitors(AtWork):
    """Who reads is kept apart from who sends a form."""

    def failed_readers(self):
        return [failure for failure in self.failed if not failure.startswith("POST")]


def killed_while_at_work(replicas, event):
    with WithVisitors(replicas.nginx, event, asking=60) as crowd:
        time.sleep(0.5)
        kill(replicas.a)
        time.sleep(1)
        start_again(replicas.a)
        time.sleep(0.5)
    return crowd


def test_a_replica_killed_shows_no_reader_an_error(start, event, mailbox):
    replicas = start()
    replicas.start_mail_workers()
    crowd = killed_while_at_work(replicas, event)
    assert crowd.failed_readers() == []
    # Of those who were sending, nobody's request is there twice, and each has its mail once.
    saved, lost = crowd.saved(), len(crowd.failed)
    assert 0 < crowd.posted - lost <= saved <= crowd.posted
    assert broken() == []
    processes.wait_until(lambda: not Mail.objects.filter(state="queued").exists(), 60, "all to be delivered")
    came = Counter(received.recipients[0] for received in mailbox.messages)
    assert came == Counter(AccessRequest.objects.values_list("person__email", flat=True))
    # The one that was killed works again: it serves alone.
    kill(replicas.b)
    alone = TlsBrowser(replicas.nginx)
    processes.wait_until(lambda: alone.get("/").status_code == 200, 60, "the first replica's answer")
    report(
        "two replicas: kill -9 of one, and its start, under load",
        requests=len(crowd.seconds),
        of_them_writes=crowd.posted,
        readers_with_an_error=0,
        writers_with_an_error=lost,
        writes_doubled=0,
        mails=sum(came.values()),
        longest_wait=milliseconds(crowd.longest),
    )


def test_without_a_second_try_readers_see_the_kill(start, event):
    """The control."""
    replicas = start(changed=without(r"(proxy_next_upstream) error.*;", r"\1 off;"))
    assert killed_while_at_work(replicas, event).failed_readers()


class Dies(threading.Thread):
    """In a replica's place: takes each request whole, and closes without a word. ``came`` has their methods."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.came = []

    def run(self):
        while True:
            try:
                taken, _ = self.listening.accept()
            except OSError:
                return
            with taken:
                said = taken.makefile("rb")
                self.came.append(said.readline().split()[0].decode())
                headers = http.client.parse_headers(said)
                said.read(int(headers.get("Content-Length", 0)))
                said.close()

    def stop(self):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.join(60)


def times_sent(method, changed=lambda text: text):
    """How often nginx sends one request, when each replica dies of it."""
    dying = [Dies(), Dies()]
    for one in dying:
        one.start()
    nginx = ChangedNginx(changed, *(one.port for one in dying))
    asked = Connection(nginx)
    try:
        asked.request(method, "/register/", b"why=because" if method == "POST" else None)
        assert asked.getresponse().status == 503
    finally:
        asked.close()
        nginx.stop()
        for one in dying:
            one.stop()
    return sum(one.came.count(method) for one in dying)


@pytest.mark.parametrize(("method", "times"), [("GET", 2), ("POST", 1)])
def test_a_page_is_asked_for_again_and_a_form_never_sent_twice(method, times):
    assert times_sent(method) == times


def test_a_proxy_that_sends_forms_again_is_seen():
    """The control."""
    assert times_sent("POST", without(r"(proxy_next_upstream error timeout);", r"\1 non_idempotent;")) == 2


# The cache dies


def test_the_cache_killed_closes_sign_in_alone_and_started_again_opens_it(live_site, secret):
    redis = CacheServer()
    try:
        url = live_site.start(env={"CACHE_URL": redis.url}).url
        browser = WireBrowser(url)
        token = browser.token(LOGIN)
        redis.kill()
        assert all_else_is_up(url, secret)
        assert sign_in_is_closed(url)
        redis.start()
        assert browser.post(LOGIN, ADA, token).status == 302
    finally:
        redis.stop()


def counts_left(redis):
    """How many of fifty counts a cache still has after ``kill -9`` and a new start."""
    counters = RedisCache(redis.url, {})
    try:
        for number in range(50):
            counters.set(f"tries-{number}", number, 600)
        redis.kill()
        redis.start()
        return sum(counters.get(f"tries-{number}") is not None for number in range(50))
    finally:
        counters.close()
        redis.stop()


def test_the_cache_killed_forgets_no_count():
    assert counts_left(CacheServer()) == 50


def test_a_cache_that_keeps_nothing_on_disk_forgets_them():
    """The control."""
    assert counts_left(CacheServer(without("appendonly yes"))) == 0


# Two machines, one site


def sign_in_through(nginx, mailbox, address):
    """Each step may meet the other replica. Gives the browser."""
    browser = TlsBrowser(nginx)
    assert browser.post(LOGIN, {"email": address, "next": "/register/"}).status_code == 302
    form = {"code": mailbox.code_for(address), "next": "/register/"}
    assert browser.post("/account/login/code/", form).status_code == 302
    return browser


def test_who_signed_in_on_one_is_signed_in_on_the_other_and_out_on_both(start, secret, mailbox):
    replicas, olga = start(), people.organiser()
    replicas.start_mail_workers()
    browser = sign_in_through(replicas.nginx, mailbox, "ada@example.com")
    request = people.ask(people.User.objects.get(email="ada@example.com"), secret.track.event)
    page = secret.get_absolute_url()

    def seen():
        return [straight_from(site, page, browser)[0] for site in (replicas.a, replicas.b)]

    assert seen() == [404, 404]
    request.approve(by=olga)
    assert seen() == [200, 200]
    request.revoke(by=olga)
    assert seen() == [404, 404]


def test_a_replica_that_remembers_whom_it_let_in_is_found(start, secret):
    """The control: each remembers what it saw, so one of them lets in whom the other has shut out."""
    one_worker_each = {"UNLOCKED": "grants", "WEB_CONCURRENCY": "1"}  # of two, the one that remembers may not be asked
    replicas, olga = start(env=one_worker_each, wsgi="tests.unlocked:application"), people.organiser()
    ada = people.approved("ada@example.com", secret.track.event, by=olga)
    key, page = TlsBrowser(replicas.nginx, people.browser_of(ada)), secret.get_absolute_url()
    assert straight_from(replicas.a, page, key)[0] == 200
    # Not by the verb, which would end the login session too.
    AccessRequest.objects.update(state="revoked")
    assert [straight_from(site, page, key)[0] for site in (replicas.a, replicas.b)] == [200, 404]


def test_a_replica_believes_a_proxy_on_another_machine(start, event):
    """From an address that is not 127.0.0.1: it is told that people speak https, and who they are."""
    elsewhere = without(r"(proxy_http_version 1\.1;)", r"\1 proxy_bind 127.0.0.2;")
    replicas = start(changed=elsewhere)
    browser = TlsBrowser(replicas.nginx)
    for _ in range(4):
        assert browser.get("/").status_code == 200
    assert browser.post(LOGIN, ADA).status_code == 302
    assert not Mail.objects.exclude(purpose=Mail.SIGN_IN_CODE).exists()


# Two versions at once

MAKE_READY = [sys.executable, "manage.py", "make_ready"]
UNTIDY = """
import contextlib, django
django.setup()
from cacc_techtrack import at_work, serve
at_work.one_machine_at_a_time = contextlib.nullcontext
serve.bring_up_to_date()
"""


def waits_for_another(live_site, command):
    """Whether it is still at it, waiting, while another machine changes the tables; afterwards it ends well."""
    if connection.vendor != "postgresql":
        pytest.skip("more than one machine shares a PostgreSQL; SQLite is for one")
    folder = data_dir()
    (folder / "static.state").write_text(static_files.state_of_sources())
    env = live_site.shared.env | {"DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "cacc_techtrack.settings"}
    with at_work.one_machine_at_a_time():
        process = live_site.start_mail_worker(env, command)
        processes.wait_until(lambda: process.poll() is not None or somebody_waits(), 120, "its end, or that it waits")
        waits = process.poll() is None
    assert process.wait(120) == 0
    return waits


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return cursor.fetchone() is not None


def test_one_machine_at_a_time_migrates(live_site):
    assert waits_for_another(live_site, MAKE_READY)


def test_a_machine_that_does_not_wait_is_seen(live_site):
    """The control."""
    assert not waits_for_another(live_site, [sys.executable, "-c", UNTIDY])


def statuses_of_new_files(replicas):
    """The first replica has a newer version, and with it files that the second lacks; each is asked for once."""
    static_root = Path(replicas.a.env["DATA_DIR"]) / "static"
    old = static_root.resolve()
    static_root.unlink()
    shutil.copytree(old, static_root)
    for name in NEW_FILES:
        (static_root / name).write_text("body { margin: 0 }")
    kill(replicas.a)
    start_again(replicas.a)
    browser = TlsBrowser(replicas.nginx)
    return [browser.get(f"/static/{name}").status_code for name in NEW_FILES]


def test_while_versions_change_each_page_finds_its_files(start):
    assert statuses_of_new_files(start()) == [200] * 6


def test_a_proxy_that_asks_one_machine_alone_misses_some(start):
    """The control."""
    assert 404 in statuses_of_new_files(start(changed=without(" http_404")))
