"""In a real Chromium, on phones of the door: a list is loaded, the network goes, people come, and it comes back."""

import datetime as dt
import re

import pytest
from django.db import connection
from playwright.sync_api import expect

from registration.login_sessions import SessionStore
from registration.models import Pass, Scan, Visit
from sessions.models import Event

from . import people, world
from .browser import PATIENCE, follow, wait_for_worker
from .processes import wait_until
from .wire import login_session

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EVERYTHING = """async () => {
    const all = [{...localStorage}, {...sessionStorage}];
    for (const { name, version } of await indexedDB.databases()) {
        const base = await new Promise(found => {
            const asked = indexedDB.open(name, version);
            asked.onsuccess = () => found(asked.result);
        });
        for (const store of base.objectStoreNames) {
            all.push(store, await new Promise(found => {
                const asked = base.transaction(store).objectStore(store).getAll();
                asked.onsuccess = () => found(asked.result);
            }));
        }
        base.close();
    }
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) all.push(request.url, await (await cache.match(request)).text());
    }
    return JSON.stringify(all);
}"""
DAY = dt.date(2099, 8, 9)  # so that no list ends while it is looked at


class Phone:
    """A steward's, on a site of its own, whose end is the end of its network."""

    def __init__(self, live_site, page, console, steward, door):
        self.site, self.page, self.console = live_site.start(), page, console
        store = SessionStore(login_session(steward))
        store["door"] = door
        store.save()
        page.context.add_cookies([{"name": "sessionid", "value": store.session_key, "url": self.site.url}])

    def goto(self, path):
        self.page.goto(self.site.url + path)

    def load(self, passes):
        """The list, on the door's page."""
        self.goto("/door/")
        self.page.get_by_role("button", name="Load the list for this door").click()
        expect(self.page.locator(".without-network .of-list")).to_contain_text(f": {passes} pass")
        wait_for_worker(self.page)

    def leave_the_network(self):
        for how in ("REFUSED", "RESET", "CLOSED", "ABORTED"):
            self.console.allow(f"ERR_CONNECTION_{how}")
        self.console.allow("ERR_EMPTY_RESPONSE")
        self.site.stop()

    def come_back(self):
        self.site.start()
        wait_until(self.site.answers, 120, "the site's /healthz")

    def look_at(self, entry_pass):
        self.goto(f"/pass/{entry_pass.token}/")
        expect(self.page.locator("h1")).to_have_text("Door without a network")

    def says(self, large, small=""):
        expect(self.page.locator(".verdict h2")).to_contain_text(large)
        expect(self.page.locator(".verdict p")).to_contain_text(small)

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def waits(self, steps):
        expect(self.page.locator(".of-queue")).to_contain_text(steps)

    def everything(self):
        return self.page.evaluate(EVERYTHING)


@pytest.fixture(autouse=True)
def _seen_once():
    if connection.vendor == "postgresql":
        pytest.skip("what a phone keeps does not depend on the database: seen on SQLite, and test_door_sync.py on both")


@pytest.fixture
def phone(live_site, new_page, console):
    """A function: the phone of a steward at a door."""

    def phone(steward, door):
        return Phone(live_site, new_page(), console, steward, door)

    return phone


def guests(event, *names):
    """Their passes."""
    boss = people.organiser()
    for name in names:
        people.approved(f"{name}@example.com", event, by=boss, full_name=f"{name.title()} Guest")
    return list(Pass.objects.order_by("request"))


def test_a_door_goes_on_without_a_network_and_holds_no_name(live_site, phone):
    """QR-05, CACHE-06 and CACHE-07: of all that the site keeps of people the phone holds not one word."""
    made = world.World()
    Event.objects.filter(pk=made.event.pk).update(date=DAY)
    one = guests(Event.objects.current(), "ada")[-1]
    passes = Pass.objects.valid().count()
    west = phone(made.people["door steward"], "West")
    west.goto("/door/offline/")
    expect(west.page.locator(".of-list")).to_contain_text("There is no list on this phone.")
    west.load(passes)
    west.goto(f"/pass/{one.token}/")
    expect(west.page.locator("main")).to_contain_text("Ada Guest")  # with a network the site itself answers
    west.leave_the_network()
    west.look_at(one)
    west.says("Valid", "which is less than a minute old")
    expect(west.page.locator(".of-list")).to_contain_text("door “West” of ")
    west.press("Check in")
    west.says("Checked in", "Kept on this phone until it is sent.")
    west.waits("1 step is kept on this phone and not sent yet. They are sent when the network is back.")
    west.page.clock.set_fixed_time(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=30))
    west.look_at(one)
    west.says("Seen here at ", "Checked in at this door.")
    expect(west.page.locator(".of-list")).to_have_text(re.compile(r" 3\d minutes old\.$"))
    west.goto("/door/")
    west.page.get_by_label("Code under the picture").fill(f" {one.code.lower()} ")
    west.press("Check this code")
    west.says("Seen here at ")
    west.page.get_by_label("Code under the picture").fill("AAAA-AAAA-AAAA-AAAA")
    west.press("Check this code")
    west.says("Not valid on the list of ", "Ask an organiser.")
    west.page.get_by_label("Code under the picture").fill("AAAA")
    west.press("Check this code")
    west.says("Not a pass")
    found = west.everything()
    assert one.door_id in found  # the control: what there is is seen
    assert not made.canaries.found_in(found.encode(), made.groups())
    for word in ("Ada", "@example.com", one.token, one.code, "csrfmiddlewaretoken", "Sign out"):
        assert word not in found, word
    assert not one.request.visits.exists()
    west.come_back()
    west.goto("/door/offline/")
    west.waits("Everything done here is sent.")
    visit = one.request.visits.get()
    assert (visit.came_door, visit.came_by) == ("West", made.people["door steward"])


def test_two_doors_without_a_network_tell_of_whom_both_let_in(live_site, phone, console):
    """And of a pass that died meanwhile, and of one that was renewed: each as fresh as the list, which says so."""
    event = world.event(date=DAY)
    ada, rex, nia = guests(event, "ada", "rex", "nia")
    west, east = phone(people.steward(), "West"), phone(people.steward("east@example.com"), "East")
    for door in (west, east):
        door.load(3)
        door.leave_the_network()
    rex.request.revoke(by=people.User.objects.get(is_superuser=True))
    before = Pass.objects.get(pk=nia.pk)
    nia.renew()
    for door in (west, east):
        door.look_at(ada)
        door.says("Valid", "On the list of ")
        door.press("Check in")
        door.says("Checked in")
    east.look_at(rex)  # as far as this phone knows
    east.says("Valid", "minute")
    east.press("Check in")
    east.says("Checked in")
    east.look_at(nia)
    east.says("Not valid on the list of ", "renewed since the list was loaded")
    east.look_at(before)
    east.says("Valid")
    east.press("Check in")
    east.says("Checked in")
    east.press("Undo this check-in")
    east.says("Taken back")
    east.press("Check in")
    east.says("Checked in")
    east.waits("5 steps are kept on this phone")

    west.come_back()
    west.goto("/door/")
    expect(west.page.locator(".without-network .conflicts")).to_have_text("Steps that did not fit: none")
    east.come_back()
    east.goto("/door/offline/")
    east.waits("Everything done here is sent.")
    told = east.page.locator(".told li")
    expect(told).to_have_count(5)
    expect(told.first).to_contain_text("this person was inside already, since ")
    expect(told.first).to_contain_text("door “West”")
    expect(told.nth(1)).to_contain_text("has a pass that is not valid any more")
    west.goto("/door/")
    expect(west.page.locator(".without-network .conflicts")).to_have_text("Steps that did not fit: 5")
    follow(west.page.locator(".without-network .conflicts"))
    expect(west.page.locator(".door-guests h2").last).to_have_text("Ada Guest, Example Platform")
    assert [visit.request for visit in Visit.objects.all()] == [ada.request]
    assert Scan.objects.filter(offline=True).count() == 6


def test_nobody_signs_out_of_what_is_unsent_by_mistake(live_site, phone, console):
    console.allow("Clear-Site-Data")
    console.allow("404")  # what a door's script is told who may not work there
    event = world.event(date=DAY)
    ada, ben = guests(event, "ada", "ben")
    steward = people.steward()
    west = phone(steward, "West")
    west.load(2)
    steward.groups.clear()  # so that the site takes nothing from this phone any more
    west.goto("/door/offline/")
    for one in (ada, ben):
        west.page.get_by_label("Code under the picture").fill(one.code)
        west.press("Check this code")
        west.says("Valid")
        west.press("Check in")
        west.says("Checked in")
    west.waits("2 steps are kept on this phone")
    west.goto("/account/logout/")
    west.press("Sign out")
    expect(west.page.locator(".unsent")).to_contain_text("has not sent yet: 2.")
    assert west.page.url.endswith("/account/logout/")

    end_the_day(west)  # the list goes, and what is unsent stays
    west.goto("/door/offline/")
    expect(west.page.locator(".of-list")).to_contain_text("There is no list on this phone.")
    west.waits("2 steps are kept on this phone")
    assert ada.door_id in west.everything()

    west.goto("/account/logout/")
    west.press("Sign out")
    west.page.get_by_label("Sign out and lose them").check()
    with west.page.expect_navigation():
        west.press("Sign out")
    assert ada.door_id not in west.everything()
    assert "/door/" not in west.everything()
    assert not Scan.objects.exists()


def end_the_day(phone):
    phone.page.evaluate("""() => new Promise(done => {
        const asked = indexedDB.open("door");
        asked.onsuccess = () => {
            const step = asked.result.transaction("about", "readwrite"), abouts = step.objectStore("about");
            abouts.get("list").onsuccess = ({ target }) =>
                abouts.put({ ...target.result, expires_at: "2022-08-10T05:00:00Z" }, "list");
            step.oncomplete = () => { asked.result.close(); done(); };
        };
    })""")


def test_the_worker_ends_a_list_that_nobody_looks_at(live_site, phone):
    """On the next page of the site that is opened, which need be none of the door's."""
    event = world.event(date=DAY)
    (ada,) = guests(event, "ada")
    west = phone(people.steward(), "West")
    west.load(1)
    (worker,) = west.page.context.service_workers
    west.goto("/privacy/")
    assert ada.door_id in west.everything()
    worker.evaluate("Date.now = () => Date.parse('2100-01-01'); refreshed = 0")
    west.goto("/privacy/")
    wait_until(lambda: ada.door_id not in west.everything(), 60, "the list to go")


def test_a_visitors_phone_keeps_nothing_of_the_door(live_site, page):
    world.event()
    page.goto(live_site.url)
    wait_for_worker(page)
    found = page.evaluate(EVERYTHING)
    assert "/static/" in found  # the control
    assert "door" not in found.replace("indoor", "")


EYE = """
    window.BarcodeDetector = class {
        static async getSupportedFormats() { return ["qr_code"]; }
        async detect(video) { return video.videoWidth && window.seen ? [{ rawValue: window.seen }] : []; }
    };
"""


@pytest.fixture
def with_a_camera(_chromium, console):
    """A page in a Chromium whose camera shows a test picture, and which is lent the eye that it has not here."""
    browser = _chromium.launch("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    context = browser.new_context(permissions=["camera"])
    context.set_default_timeout(PATIENCE)
    context.add_init_script(EYE)
    console.listen(context)
    yield context.new_page()
    context.close()
    browser.close()


def test_a_camera_reads_a_pass_without_a_network(live_site, with_a_camera, console):
    event = world.event(date=DAY)
    (ada,) = guests(event, "ada")
    west = Phone(live_site, with_a_camera, console, people.steward(), "West")
    west.load(1)
    west.leave_the_network()
    west.goto("/door/")
    west.press("Scan with the camera")
    expect(west.page.locator("video")).to_be_visible()
    west.page.evaluate("address => { window.seen = address; }", f"{west.site.url}/pass/{ada.token}/")
    west.says("Valid")
