"""Two stewards' phones at two doors: one shows a pass by its address, by its code and by the camera."""

import re

import pytest
from django.db import connection
from playwright.sync_api import expect

from registration.models import Pass, Visit

from . import people, world
from .at_the_desk import signed_in
from .test_by_keyboard import Keyboard

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
VERDICT = ".verdict h1"
WITH_A_CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
# Chromium reads codes by what the system brings; on Linux that is nothing, so what it would have read is said here.
READS = """
    window.BarcodeDetector = class {
        static getSupportedFormats() { return Promise.resolve(["qr_code"]); }
        detect() { return Promise.resolve((window.shown ?? []).map(rawValue => ({ rawValue }))); }
    };
"""
SHOW = "text => { document.querySelector('.door-said').textContent = ''; window.shown = [text]; }"


@pytest.fixture
def gina(live_site):
    guest = people.approved(
        "gina@example.com", world.event(), by=people.organiser(), full_name="Gina Guest", organisation="Games"
    )
    return Pass.objects.get(request__person=guest)


def sees(page, words):
    expect(page.locator(VERDICT)).to_have_text(re.compile(words))


def test_one_guest_at_two_doors(new_page, live_site, gina, console):
    """The first door by keys alone and with scripts, the second without scripts."""
    if connection.vendor == "postgresql":
        pytest.skip("what a page shows does not depend on the database, and the race has a test: seen on SQLite")
    north = signed_in(new_page, live_site, people.steward("north@techtrack.test"), **PHONE)
    south = signed_in(new_page, live_site, people.steward("s@techtrack.test"), java_script_enabled=False, **PHONE)
    south.goto("/door/")
    expect(south.locator(".door-camera")).to_be_hidden()
    south.get_by_text("At another door?").click()
    south.get_by_label("This door").fill("South")
    south.get_by_role("button", name="I am at this door").click()
    expect(south.locator("h1")).to_have_text("Door: South")

    north.goto(f"/pass/{gina.token}/")
    sees(north, "^Valid$")
    keys = Keyboard(north)
    keys.enter("Check in")
    sees(north, r"^Checked in \d\d:\d\d$")
    expect(north.locator(".door-who")).to_have_text("Gina GuestGames")
    expect(north.locator("[data-count=inside]")).to_have_text("1")

    south.get_by_label("Code of the pass").fill(gina.code.lower())
    south.get_by_role("button", name="Look up").click()
    sees(south, r"^Already inside since \d\d:\d\d \(Door\)$")
    south.get_by_role("button", name="Check out").click()
    sees(south, r"^Checked out \d\d:\d\d$")
    expect(south.locator("[data-count=left]")).to_have_text("1")

    north.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # what asks every few seconds, now
    expect(north.locator("[data-count=left]")).to_have_text("1")
    expect(north.locator("[data-count=inside]")).to_have_text("0")
    keys.enter("Undo the check-in")  # somebody did another thing since
    sees(north, "^Not inside nothing was done$")
    south.get_by_role("button", name="Undo the check-out").click()
    sees(south, "^Taken back inside again$")
    assert Visit.objects.open().count() == 1

    console.expect("status of 404")
    people.User.objects.get(email="north@techtrack.test").shut_out()
    with north.expect_navigation():
        north.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(north.locator("h1")).to_have_text("Nothing to read here")


@pytest.fixture
def with_a_camera(_chromium):
    browser = _chromium.launch(*WITH_A_CAMERA)
    yield browser
    browser.close()


def test_the_camera_follows_our_own_passes_alone(with_a_camera, console, live_site, gina):
    if connection.vendor == "postgresql":
        pytest.skip("a camera does not depend on the database: seen on SQLite")
    context = with_a_camera.new_context(permissions=["camera"])
    context.add_init_script(READS)
    console.listen(context)
    page = signed_in(lambda **_: context.new_page(), live_site, people.steward())
    page.goto(f"{live_site.url}/door/")
    expect(page.locator("video")).to_be_hidden()
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.locator("video")).to_be_visible()
    token, here = gina.token, live_site.url
    foreign = [
        f"https://evil.example/pass/{token}/",
        f"{here}.evil.example/pass/{token}/",
        f"{here}@evil.example/pass/{token}/",
        f"{here}/pass/{token}/?x=1",
        f"{here}/pass/{token}/../../account/logout/",
        f"{here}/pass/{token.lower()}/",
        f"{here}/account/logout/",
        f"javascript:location='/pass/{token}/'",
        f"/pass/{token}/",
        token,
    ]
    for text in foreign:
        page.evaluate(SHOW, text)
        expect(page.locator(".door-said")).to_have_text("This is no pass of the Tech Track.")
    page.evaluate(SHOW, f"{here}/pass/{token}/")
    page.wait_for_url(f"{here}/pass/{token}/")
    sees(page, "^Valid$")
    page.get_by_role("button", name="Check in").click()
    sees(page, "^Checked in")
    expect(page.locator("video")).to_be_visible()  # it goes on by itself
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.locator("video")).to_be_hidden()
    console.expect("camera is not allowed")
    page.goto(f"{here}/privacy/")
    refused = page.evaluate("navigator.mediaDevices.getUserMedia({ video: true }).catch(error => error.name)")
    assert refused == "NotAllowedError"  # XSS-07: on no other page
    context.close()
