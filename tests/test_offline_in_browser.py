"""In a real Chromium: without a network the public programme is still there, and nothing that a person got is."""

import os
import signal

import pytest
from playwright.sync_api import expect

from registration.models import AccessRequest, User
from sessions.models import Session, Track

from . import people, world
from .browser import follow, wait_for_worker
from .processes import children, wait_until
from .test_whole_way import sign_in_by_code

pytestmark = [pytest.mark.browser]

CYCLE, EQUALLY, NOTE = "Reporting cycle", "Should all reports be treated equally?", "The network does not answer."


@pytest.fixture
def morning(live_site):
    """The private part; the public one is there as well."""
    event, canaries = world.event(), world.Canaries()
    world.public_part(event)
    return world.private_part(event, canaries)


@pytest.fixture
def site(live_site, morning):
    """A site of one's own, to be stopped."""
    return live_site.start()


@pytest.fixture
def visitor(page, site):
    """A page of somebody whose device has kept the programme."""
    page.goto(site.url)
    wait_for_worker(page)
    return page


def wait_for(page, script):
    """Asked from here: Playwright's own waiting takes a promise for true."""
    wait_until(lambda: page.evaluate(script), 60, script)


def kept(page):
    """``{path: text}`` of all that the device keeps of pages."""
    return page.evaluate("""async () => {
        const all = {};
        for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) {
                all[new URL(request.url).pathname] = await (await cache.match(request)).text();
            }
        }
        return all;
    }""")


def without_network(site, console):
    console.expect("ERR_CONNECTION_REFUSED")
    for how in ("RESET", "CLOSED", "ABORTED"):
        console.allow(f"ERR_CONNECTION_{how}")  # of what was being sent at that moment, an icon for one
    console.allow("ERR_EMPTY_RESPONSE")
    site.stop()


def test_without_a_network_the_programme_is_there_and_says_of_when(visitor, site, console):
    without_network(site, console)
    for path, title in [("/sessions/equally/", EQUALLY), ("/", "Tech Track 2022"), ("/?q=cycle", "Tech Track 2022")]:
        visitor.goto(site.url + path)
        expect(visitor.locator("h1")).to_have_text(title)
        expect(visitor.get_by_role("status")).to_contain_text(NOTE)
        assert visitor.locator("h1").evaluate("part => getComputedStyle(part).fontFamily").startswith('"Iowan')
    visitor.goto(f"{site.url}/privacy/")
    expect(visitor.locator("h1")).to_have_text("This page needs a network")
    follow(visitor.get_by_role("link", name="To the agenda"))
    expect(visitor.get_by_role("link", name=CYCLE)).to_be_visible()


def test_without_the_worker_there_is_nothing_to_read(new_page, site, console):
    """The control."""
    page = new_page(service_workers="block")
    console.expect("Service Worker registration blocked")
    page.goto(site.url)
    without_network(site, console)
    with pytest.raises(Exception, match="ERR_CONNECTION_REFUSED"):
        page.goto(site.url)


def test_with_a_network_pages_come_from_the_site(visitor, site):
    Session.objects.filter(slug="equally").update(title="Should some?")
    visitor.goto(f"{site.url}/sessions/equally/")
    expect(visitor.locator("h1")).to_have_text("Should some?")
    assert NOTE not in visitor.content()


def test_what_changed_is_kept_anew(visitor, site):
    (worker,) = visitor.context.service_workers
    Session.objects.filter(slug="equally").update(title="Should some?")
    visitor.reload()
    assert EQUALLY in kept(visitor)["/sessions/equally/"]
    worker.evaluate("refreshed = 0")  # ten minutes later
    visitor.reload()
    wait_for(
        visitor, """caches.match("/sessions/equally/").then(it => it.text()).then(it => it.includes("Should some?"))"""
    )


def test_what_is_no_longer_public_is_kept_no_longer(visitor, site):
    assert "/sessions/equally/" in kept(visitor)
    Track.objects.get(sessions__slug="equally").change_audience(Track.Reader.INDUSTRY)
    visitor.evaluate("navigator.serviceWorker.ready.then(it => it.update())")
    wait_for(visitor, """caches.match("/sessions/equally/").then(it => !it)""")
    assert EQUALLY not in "".join(kept(visitor).values())


def test_the_device_keeps_nothing_of_a_guests_visit(visitor, site, morning, mailbox, mail_worker, console):
    """CACHE-06: during it, after it, when somebody else signs in, and when access ends while there is no network."""
    secret = visit_as_guest(visitor, site, morning, mailbox)
    assert secret.title in visitor.content()
    (worker,) = visitor.context.service_workers
    wait_until(lambda: worker.evaluate("refreshed"), 60, "the worker to keep all anew")
    only_public(visitor, secret)
    console.expect("Clear-Site-Data")
    visitor.goto(f"{site.url}/account/logout/")
    follow(visitor.get_by_role("button", name="Sign out"))
    only_public(visitor, secret)
    sign_in_by_code(visitor, site.url, mailbox, "other@example.com")
    visitor.wait_for_url("**/register/status/")
    only_public(visitor, secret)
    sign_in_again(visitor, site, mailbox)
    without_network(site, console)
    AccessRequest.objects.get().revoke(by=User.objects.get(is_staff=True))
    for path in (secret.get_absolute_url(), "/register/status/", "/"):
        visitor.goto(site.url + path)
        assert secret.title not in visitor.content()
        assert "guest@example.com" not in visitor.content()


def only_public(page, secret):
    found = kept(page)
    assert {"/", "/offline/", "/sessions/equally/"} < set(found)
    for word in (secret.title, secret.slug, "@example.com", "Sign out", "csrfmiddlewaretoken"):
        assert word not in "".join(found.values())


def sign_in_again(page, site, mailbox):
    page.goto(f"{site.url}/account/logout/")
    follow(page.get_by_role("button", name="Sign out"))
    mailbox.clear()
    sign_in_by_code(page, site.url, mailbox, "guest@example.com")
    page.wait_for_url("**/register/status/")


def visit_as_guest(page, site, morning, mailbox):
    people.approved("guest@example.com", morning.event, by=people.organiser())
    secret = morning.sessions.first()
    sign_in_by_code(page, site.url, mailbox, "guest@example.com")
    page.wait_for_url("**/register/status/")
    (worker,) = page.context.service_workers
    worker.evaluate("refreshed = 0")  # so that it keeps all anew, for a guest now
    for path in ("/register/status/", secret.get_absolute_url(), "/"):
        page.goto(site.url + path)
    return secret


def test_a_worker_that_copies_what_a_person_gets_is_found(visitor, site, morning, mailbox, mail_worker):
    """The control."""
    (worker,) = visitor.context.service_workers
    worker.evaluate("""keep = async () => {
        for (const client of await clients.matchAll()) await (await caches.open(store)).add(client.url);
        await (await caches.open(store)).add("/");
    }""")
    secret = visit_as_guest(visitor, site, morning, mailbox)
    wait_until(lambda: secret.title in "".join(kept(visitor).values()), 60, "a private page to be kept")


@pytest.mark.slow
def test_a_network_that_hangs_is_not_waited_for(visitor, site):
    workers = [site.process.pid, *(child.pid for child in children(site.process))]
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        visitor.goto(f"{site.url}/sessions/equally/")
        expect(visitor.get_by_role("status")).to_contain_text(NOTE)
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)


def test_what_the_worker_is_told_to_keep_is_public(morning):
    told = people.Browser().get("/sw.js").content.decode()
    assert '"/sessions/equally/"' in told
    assert not any(session.slug in told for session in morning.sessions.all())
