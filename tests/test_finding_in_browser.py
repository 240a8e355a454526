"""Finding one's way in a real Chromium: without scripts, and without an offence against the policy."""

import re

import pytest
from playwright.sync_api import expect

from sessions.models import Session

from . import people, world
from .browser import follow
from .wire import login_session

pytestmark = [pytest.mark.browser]


def test_the_way_from_a_search_to_who_takes_part_and_on(live_site, page_without_js):
    """The console is looked at afterwards: what search engines are told is a block of data, and offends no policy."""
    event = world.event()
    world.private_part(event, world.Canaries(), count=1)
    world.public_part(event)
    page = page_without_js
    page.goto(live_site.url)
    assert page.locator("script[type='application/ld+json']").count() == 1
    page.get_by_text("Find sessions").click()
    page.get_by_label("Words").fill("reports")
    page.get_by_label("Kind").select_option("talk")
    follow(page.get_by_role("button", name="Find"))
    expect(page).to_have_url(re.compile("q=reports"))
    expect(page.locator(".found")).to_contain_text("2 sessions found")
    expect(page.get_by_label("Kind")).to_have_value("talk")
    follow(page.locator(".found").get_by_role("link", name="Show the whole day"))
    follow(page.get_by_role("link", name="Reporting cycle"))
    expect(page.locator("a[rel=prev]")).to_have_count(0)
    follow(page.locator("a[rel=next]"))
    expect(page).to_have_url(re.compile("equally"))
    follow(page.locator("a[rel=prev]"))
    follow(page.get_by_role("link", name="NCMEC"))
    expect(page).to_have_url(f"{live_site.url}/organisations/ncmec/")
    follow(page.get_by_role("link", name="Reporting cycle"))
    expect(page.locator("h1")).to_have_text("Reporting cycle")


def test_on_a_card_the_names_lead_to_people_and_the_rest_to_the_session(live_site, page):
    """The title's link covers the whole card; the names lie above it."""
    world.public_part(world.event())
    for target, where in ((".session-card .people a", "/organisations/"), (".session-card .abstract", "/sessions/")):
        page.goto(live_site.url)
        page.locator(target).first.scroll_into_view_if_needed()
        box = page.locator(target).first.bounding_box()
        page.mouse.click(box["x"] + 8, box["y"] + box["height"] / 2)
        page.wait_for_url(f"{live_site.url}{where}**")


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_off_or_too_small_to_hit(live_site, new_page, width, scheme):
    event = world.event()
    world.private_part(event, world.Canaries(), count=1)
    world.public_part(event)
    Session.objects.filter(slug="reporting-cycle").update(title="A" * 60 + " long title")
    guest = people.approved("guest@example.com", event, by=people.organiser())
    page = new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.context.add_cookies([{"name": "sessionid", "value": login_session(guest), "url": live_site.url}])
    for path in ("/", "/?q=a", "/?q=nowhere", "/2022/", "/sessions/equally/", "/organisations/ncmec/"):
        page.goto(live_site.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        for box in page.locator(".find summary, .neighbour, .editions a, .find-form button").all():
            if box.is_visible():
                assert box.bounding_box()["height"] >= 24, path  # WCAG 2.2, 2.5.8
