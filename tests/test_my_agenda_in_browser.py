"""In a real Chromium: choosing sessions with scripts and without; the device remembers slugs and nothing else."""

import json

import pytest
from playwright.sync_api import expect

from . import people, world
from .browser import follow
from .day import move, timed
from .test_whole_way import sign_in_by_code

pytestmark = [pytest.mark.browser]

CYCLE, EQUALLY, RECEPTION = "Reporting cycle", "Should all reports be treated equally?", "Networking reception"


@pytest.fixture
def day(live_site):
    made = world.event()
    return made, *timed(made)


def stored(page):
    """Everything that the site has put into this browser, but for the public pages (test_offline_in_browser.py)."""
    return page.evaluate("""async () => JSON.stringify([
        {...localStorage}, {...sessionStorage},
        (await indexedDB.databases()).map(one => one.name),
        (await caches.keys()).filter(name => !name.startsWith("public ")),
    ])""")


def chosen(page):
    return page.locator(".chosen h2")


def tick(page, title):
    page.get_by_label(f"My agenda: {title}").check()


def test_without_scripts_the_address_is_the_selection(page_without_js, live_site, day):
    page = page_without_js
    page.goto(live_site.url)
    tick(page, EQUALLY)
    tick(page, RECEPTION)
    follow(page.get_by_role("button", name="Show my agenda"))
    expect(page).to_have_url(f"{live_site.url}/my-agenda/?s=equally&s=networking-reception")
    expect(chosen(page)).to_have_text([EQUALLY, RECEPTION])
    follow(page.get_by_role("link", name=f"Take out {EQUALLY}"))
    expect(chosen(page)).to_have_text([RECEPTION])
    follow(page.get_by_role("link", name="Undo"))
    expect(page).to_have_url(f"{live_site.url}/my-agenda/?s=equally&s=networking-reception")
    page.get_by_label(CYCLE).check()
    follow(page.get_by_role("button", name="Show my agenda"))
    expect(chosen(page)).to_have_text([CYCLE, EQUALLY, RECEPTION])
    for hidden in (".remember", ".forget", ".remembered"):
        expect(page.locator(hidden)).to_be_hidden()


def test_the_device_remembers_what_was_ticked_and_nothing_else(page, live_site, day):
    page.goto(live_site.url)
    tick(page, EQUALLY)
    tick(page, CYCLE)
    assert json.loads(stored(page)) == [{"my-agenda": '["reporting-cycle","equally"]'}, {}, [], []]
    page.reload()
    expect(page.get_by_label(f"My agenda: {EQUALLY}")).to_be_checked()
    expect(page.get_by_label(f"My agenda: {RECEPTION}")).not_to_be_checked()
    page.goto(f"{live_site.url}/my-agenda/")
    follow(page.get_by_role("link", name="This device remembers another selection"))
    expect(chosen(page)).to_have_text([CYCLE, EQUALLY])
    follow(page.get_by_role("link", name=f"Take out {CYCLE}"))
    assert json.loads(stored(page))[0] == {"my-agenda": '["equally"]'}
    page.get_by_role("button", name="Forget it").click()
    assert json.loads(stored(page))[0] == {}


def test_somebody_elses_selection_does_not_take_the_place_of_ones_own(page, live_site, day):
    page.goto(live_site.url)
    tick(page, EQUALLY)
    page.goto(f"{live_site.url}/my-agenda/?s=reporting-cycle&s=networking-reception")
    follow(page.get_by_role("link", name=f"Take out {CYCLE}"))
    assert json.loads(stored(page))[0] == {"my-agenda": '["equally"]'}
    page.get_by_role("button", name="Remember this selection").click()
    assert json.loads(stored(page))[0] == {"my-agenda": '["networking-reception"]'}


def test_a_device_that_keeps_nothing_shows_the_same(new_page, live_site, day):
    page = new_page()
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no') }})")
    page.goto(live_site.url)
    tick(page, EQUALLY)
    follow(page.get_by_role("button", name="Show my agenda"))
    expect(chosen(page)).to_have_text([EQUALLY])


def test_after_a_guests_visit_nothing_of_it_is_on_the_device(page, live_site, mailbox, mail_worker, day):
    event, morning, _ = day
    people.approved("guest@example.com", event, by=people.organiser())
    secret = morning.sessions.first()
    move(secret.slug, "13:10", "13:30")
    sign_in_by_code(page, live_site.url, mailbox, "guest@example.com")
    page.wait_for_url("**/register/status/")
    page.goto(live_site.url)
    tick(page, secret.title)
    tick(page, CYCLE)
    follow(page.get_by_role("button", name="Keep in my agenda"))
    expect(page).to_have_url(f"{live_site.url}/my-agenda/kept/")
    expect(chosen(page)).to_have_text([secret.title, CYCLE])
    assert f"“{CYCLE}” and “{secret.title}” overlap" in page.content()
    for path in ("/", "/changes/", "/register/status/", secret.get_absolute_url()):
        page.goto(live_site.url + path)
    assert json.loads(stored(page)) == [{}, {}, [], []]


def test_what_a_script_keeps_of_a_guest_would_be_found(page, live_site, day):
    """The control."""
    page.goto(live_site.url)
    page.evaluate("localStorage.setItem('name', 'Ada')")
    assert json.loads(stored(page)) != [{}, {}, [], []]


def test_the_days_width_holds_on_a_small_phone(new_page, live_site, day):
    for path in ("/", "/my-agenda/?s=equally&s=reporting-cycle", "/changes/"):
        page = new_page(viewport={"width": 320, "height": 700})
        page.goto(live_site.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
