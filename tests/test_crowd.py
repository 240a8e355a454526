"""The crowd of eight in the morning, in small: benchmarks/crowd.py has five thousand, and the goal."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.servers import BROWSER, ask
from benchmarks.visitors import AS_BROWSERS_ASK, come, files_of, p95

from . import people, world
from .figures import milliseconds, report
from .nginx import REAL, Nginx
from .tls import TlsBrowser
from .wire import login_session

pytestmark = [pytest.mark.live, pytest.mark.slow]

VISITORS, GUESTS, SECONDS = 300, 20, 4


@pytest.fixture
def secret(transactional_db):
    event = world.event()
    world.public_part(event)
    return world.private_part(event, world.Canaries()).sessions.first()


@pytest.fixture
def site(live_site):
    return live_site.start(REAL)


@pytest.fixture
def nginx(site):
    made = Nginx(site.port)
    yield made
    made.stop()


def test_everybody_of_a_crowd_gets_the_public_day_and_each_guest_the_private_one(site, nginx, secret):
    public = ask(site.port, "/", BROWSER | AS_BROWSERS_ASK).body
    files = files_of(TlsBrowser(nginx).get("/").text)
    assert len(files) == 4  # two style sheets, an icon, a script
    crowd = come(nginx, VISITORS, SECONDS, files, is_due=public.__eq__)
    assert crowd.failed == []
    assert crowd.requests == VISITORS * 5

    olga = people.organiser()
    guests = [people.approved(f"guest{number}@example.com", secret.track.event, by=olga) for number in range(GUESTS)]
    cookies = [f"__Host-sessionid={login_session(guest)}" for guest in guests]
    title = secret.title.encode()
    seen = come(nginx, GUESTS, 1, files, is_due=lambda page: title in page, cookies=cookies)
    assert seen.failed == []
    assert seen.requests == GUESTS * 5
    report(
        "a crowd through nginx",
        visits=VISITORS,
        p95=milliseconds(p95(crowd.every)),
        guests=GUESTS,
        p95_of_guests=milliseconds(p95(seen.every)),
    )


def test_a_wrong_page_and_a_site_that_is_away_are_seen(site, nginx, secret):
    """The control."""
    wrong = come(nginx, 3, 0, [], is_due=lambda page: secret.title.encode() in page)
    missing = come(nginx, 3, 0, ["/static/no-such-file.css"], is_due=lambda page: True)
    site.stop()
    away = come(nginx, 3, 0, [], is_due=lambda page: True)
    assert [len(one.failed) for one in (wrong, missing, away)] == [3, 3, 3]


def test_a_crowd_comes_where_a_loop_runs_already(nginx):
    """As in a process in which a browser is open."""

    async def beside():
        return come(nginx, 3, 0, [], is_due=lambda page: True)

    with ThreadPoolExecutor(1) as aside:
        crowd = aside.submit(lambda: asyncio.run(beside())).result()
    assert (crowd.failed, len(crowd.pages)) == ([], 3)
