"""In a real Chromium: the way back after signing out shows nothing private, to nobody."""

import pytest
from playwright.sync_api import expect

from . import people, world
from .browser import follow
from .test_whole_way import sign_in_by_code

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def secret(live_site):
    event = world.event()
    people.approved("guest@example.com", event, by=people.organiser())
    return world.private_part(event, world.Canaries()).sessions.first()


def read_and_sign_out(page, live_site, mailbox, secret):
    sign_in_by_code(page, live_site.url, mailbox, "guest@example.com")
    page.wait_for_url("**/register/status/")
    for address in ("/", secret.get_absolute_url()):  # the first shows itself anew after signing out, the second never
        page.goto(live_site.url + address)
        assert secret.title in page.content()
    follow(page.get_by_role("link", name="Sign out"))
    follow(page.get_by_role("button", name="Sign out"))
    expect(page).to_have_url(f"{live_site.url}/")
    assert secret.title not in page.content()


def all_the_way_back(page, secret):
    """Press Back until nothing is left; at no step is the secret shown."""
    steps = 0
    while page.go_back(wait_until="load") is not None and steps < 12:
        steps += 1
        assert secret.title not in page.content()
    return steps


def test_back_after_signing_out_shows_nothing_private(page, console, live_site, mailbox, mail_worker, secret):
    console.expect("Clear-Site-Data header")  # Chromium says that it did
    console.expect("404")  # and that the private page is not there any more
    read_and_sign_out(page, live_site, mailbox, secret)
    assert all_the_way_back(page, secret) > 1


def test_back_shows_nothing_private_to_the_next_person(page, console, live_site, mailbox, mail_worker, secret):
    console.expect("Clear-Site-Data header")  # Chromium says that it did
    console.expect("404")  # and that the private page is not there any more
    read_and_sign_out(page, live_site, mailbox, secret)
    sign_in_by_code(page, live_site.url, mailbox, "eve@example.com")
    page.wait_for_url("**/register/**")
    assert all_the_way_back(page, secret) > 1


def test_what_a_browser_may_keep_back_shows_again(page, live_site, mailbox, mail_worker, secret):
    """The control: without ``no-store``, ``Vary`` and ``Clear-Site-Data``, each of which would do."""
    site = live_site.start(env={"UNLOCKED": "kept"}, wsgi="tests.unlocked:application")
    read_and_sign_out(page, site, mailbox, secret)
    with pytest.raises(AssertionError):
        all_the_way_back(page, secret)


def test_a_page_shown_again_from_memory_asks_anew(page, live_site, secret):
    """What the script does when a browser keeps whole pages, which one under remote control does not do."""
    from .wire import login_session

    guest = people.User.objects.get(email="guest@example.com")
    page.context.add_cookies([{"name": "sessionid", "value": login_session(guest), "url": live_site.url}])
    page.goto(live_site.url)
    assert secret.title in page.content()
    guest.shut_out()
    assert secret.title in page.content()  # the control: nothing has asked yet
    with page.expect_navigation():
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    assert secret.title not in page.content()
