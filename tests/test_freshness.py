"""What an organiser closes, no request sees that begins once the save has answered: several workers, under load."""

import http.client
import os
import threading
import time
import tomllib
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from cacc_techtrack.kept import UNASKED
from sessions.models import Session, Track

from . import environment, people, processes
from .figures import milliseconds, report, rounds
from .html_forms import read
from .live import GUNICORN, Site
from .wire import WireBrowser

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

READERS = 6
ENOUGH = 30  # answers to requests that began after a change, before the next one
PROGRAMME = processes.BASE_DIR / "content" / "cacc-2022.toml"
STALE = {"UNLOCKED": "stale"}


def title_of(programme):
    """Of a session that everyone may read."""
    open_one = next(track for track in tomllib.loads(programme)["tracks"] if track["audience"] == "public")
    return open_one["slug"], open_one["sessions"][0]["title"]


PUBLIC = PROGRAMME.read_text()
AFTERNOON, TITLE = title_of(PUBLIC)
PRIVATE = PUBLIC.replace('audience = "public"', 'audience = "industry"')


class Readers:
    """Visitors who open the agenda over and over; every other one asks as a browser does that has it already.

    ``seen`` is one line for each answer: when the request was begun, when the answer was there, whether it shows the
    title. Each request has a connection of its own, so that all workers get some.
    """

    def __init__(self, port):
        self.port, self.seen, self.broken = port, [], []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(bool(one % 2),)) for one in range(READERS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *raised):
        self._stop.set()
        for thread in self._threads:
            thread.join(120)

    def _read(self, again):
        etag, shown = None, None
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                status, etag_now, body = self._ask(etag if again else None)
            except (OSError, http.client.HTTPException) as error:
                self.broken.append(repr(error))
                continue
            if status == 200:
                etag, shown = etag_now, TITLE.encode() in body
            elif status != 304:
                self.broken.append(status)
            self.seen.append((began, time.monotonic(), shown))
            self._stop.wait(0.005)

    def _ask(self, etag):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers = {"Host": f"localhost:{self.port}"} | ({"If-None-Match": etag} if etag else {})
            connection.request("GET", "/", headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers["ETag"], answer.read()
        finally:
            connection.close()

    def begun_after(self, moment):
        return [one for one in list(self.seen) if one[0] >= moment]

    def wait_for_enough(self, moment):
        processes.wait_until(lambda: len(self.begun_after(moment)) >= ENOUGH, 120, "readers read")


class Desk:
    """An organiser at a running site, who changes what it shows by each of the ways there are."""

    def __init__(self, site, folder):
        self.site, self.folder = site, folder
        self.browser = WireBrowser(site.url, people.organiser())

    def save_in_admin(self, shown):
        page = f"/admin/agenda/track/{Track.objects.get(slug=AFTERNOON).pk}/change/"
        forms = read(self.browser.get(page).text)[0]
        controls = next(form.controls for form in forms if "audience" in form.controls)
        form = {
            name: control.values if control.several else control.values[0]
            for name, control in controls.items()
            if control.values and "__prefix__" not in name
        }
        assert self.browser.request("POST", page, form | {"audience": "public" if shown else "industry"}).status == 302

    def bulk_action(self, shown):
        page = "/admin/agenda/session/"
        rows = [str(pk) for pk in Session.objects.filter(track__slug=AFTERNOON).values_list("pk", flat=True)]
        form = {"action": "publish" if shown else "hide", "_selected_action": rows, "index": 0}
        assert self.browser.post(page, form, self.browser.token(page)).status == 302

    def load_programme(self, shown):
        file = self.folder / "programme.toml"
        file.write_text(PUBLIC if shown else PRIVATE)
        log = self.folder / "load_programme.log"
        arguments = [GUNICORN[0], "manage.py", "load_programme", str(file), "--open-tracks"]
        assert processes.start(arguments, self.site.env, log).wait(120) == 0, log.read_text()


WAYS = [Desk.save_in_admin, Desk.bulk_action, Desk.load_programme]


def flips(site, folder, way, times):
    """Close and open so often; returns ``(stale, judged)`` of requests that began when all was said and done."""
    desk, stale, judged = Desk(site, folder), [], 0
    with Readers(site.port) as readers:
        readers.wait_for_enough(time.monotonic())
        for _ in range(times):
            for shown in (False, True):
                way(desk, shown)
                answered = time.monotonic()
                readers.wait_for_enough(answered)
                found = readers.begun_after(answered)
                judged += len(found)
                stale += [one for one in found if one[2] is not shown]
    assert readers.broken == []
    return stale, judged


@pytest.fixture
def programme(transactional_db):
    call_command("load_programme", PROGRAMME, verbosity=0)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_request_that_begins_after_a_save_sees_what_it_closed(programme, live_site, tmp_path, way):
    """G-13. Both ways round: nor is anything missing that was opened."""
    site = live_site.start(env={"WEB_CONCURRENCY": "3"})
    stale, judged = flips(site, tmp_path, way, rounds(1))
    report(f"freshness, {way.__name__}", requests_after_a_change=judged, stale=len(stale))
    assert judged >= 2 * ENOUGH
    assert stale == []


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_where_nobody_looks_they_do(programme, live_site, tmp_path, way):
    """The control: a process that neither looks at the signal nor asks for the generation."""
    site = live_site.start(env={"WEB_CONCURRENCY": "3", **STALE}, wsgi="tests.unlocked:application")
    stale, judged = flips(site, tmp_path, way, 1)
    assert 0 < len(stale) <= judged


# Another machine


@pytest.fixture
def another_machine(live_site, tmp_path):
    """A function: a site on the same database that shares no file with the first."""
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite there is one machine: the database is a file of it")

    def start(env=None, wsgi=None) -> Site:
        folder = tmp_path / "another"
        folder.mkdir(exist_ok=True)
        for name in environment.STATIC:
            if not (folder / name).exists():
                (folder / name).symlink_to(Path(os.environ["TEST_STATIC_DIR"]) / name)
        return live_site.start(env={"DATA_DIR": str(folder), **(env or {})}, wsgi=wsgi)

    return start


def test_another_machine_shows_a_change_within_a_second(programme, live_site, another_machine, tmp_path):
    """No request does not show it that begins later than that; the bound is the site's own, whatever machine it is."""
    here, there = live_site.start(), another_machine()
    desk, late, stale, longest = Desk(here, tmp_path), [], 0, 0
    with Readers(there.port) as readers:
        readers.wait_for_enough(time.monotonic())
        for _ in range(rounds(1)):
            for shown in (False, True):
                desk.bulk_action(shown)
                answered = time.monotonic()
                readers.wait_for_enough(answered + UNASKED)
                old = [began - answered for began, _, seen in readers.begun_after(answered) if seen is not shown]
                stale += len(old)
                longest = max([longest, *old])
                late += [after for after in old if after >= UNASKED]
    report("freshness, another machine", stale=stale, longest=milliseconds(longest), promised=milliseconds(UNASKED))
    assert readers.broken == []
    assert late == []


def test_another_machine_that_does_not_ask_shows_it_never(programme, live_site, another_machine, tmp_path):
    """The control."""
    here, there = live_site.start(), another_machine(STALE, "tests.unlocked:application")
    desk = Desk(here, tmp_path)
    with Readers(there.port) as readers:
        readers.wait_for_enough(time.monotonic())
        desk.bulk_action(shown=False)
        moment = time.monotonic() + UNASKED
        readers.wait_for_enough(moment)
        assert any(seen for _, _, seen in readers.begun_after(moment))
