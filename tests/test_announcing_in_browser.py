"""An organiser's phone tells guests what happens, and a guest's phone shows it, in a real Chromium."""

import pytest
from playwright.sync_api import expect

from sessions.models import Announcement

from . import people, world
from .at_the_desk import signed_in
from .browser import follow

pytestmark = [pytest.mark.browser]

PHONE = {"width": 320, "height": 800}
TEXT = "The second session begins ten minutes late."


def is_as_wide_as_the_screen(page):
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_written_on_one_phone_without_scripts_and_read_on_another(live_site, new_page, olga):
    event = world.event()
    world.private_part(event, world.Canaries(), count=1)
    world.public_part(event)
    guest = people.approved("guest@example.com", event, by=olga)
    site = live_site.start()  # each test's database numbers kinds of content anew
    desk = signed_in(new_page, site, olga, java_script_enabled=False, viewport=PHONE)
    phone, strange = signed_in(new_page, site, guest, viewport=PHONE), new_page(base_url=site.url)

    phone.goto("/")
    expect(phone.locator(".announcement")).to_have_count(0)
    desk.goto("/admin/agenda/announcement/add/")
    desk.get_by_label("guests, who may read").check()
    desk.get_by_label("Text", exact=False).first.fill(TEXT)
    follow(desk.get_by_role("button", name="Look at it first"))
    expect(desk.locator(".announcement-preview")).to_contain_text(TEXT)
    is_as_wide_as_the_screen(desk)
    assert not Announcement.objects.exists()
    follow(desk.get_by_role("button", name="Save and continue editing"))
    expect(desk.locator(".announcement-state")).to_contain_text("On now, until")

    phone.goto("/")
    expect(phone.get_by_role("status").filter(has_text=TEXT)).to_contain_text("Private, industry only")
    is_as_wide_as_the_screen(phone)
    strange.goto("/")
    expect(strange.locator(".announcement")).to_have_count(0)
    follow(desk.get_by_role("button", name="End it now"))
    expect(desk.locator(".messagelist")).to_contain_text("It is off all pages.")
    phone.goto("/")
    expect(phone.locator(".announcement")).to_have_count(0)
    follow(desk.get_by_role("button", name="Undo"))
    phone.goto("/")
    expect(phone.locator(".announcement")).to_contain_text(TEXT)
