"""A steward's and an organiser's phone at one door: a guest without a pass, and somebody who is on no list."""

import re

import pytest
from django.db import connection
from playwright.sync_api import expect

from registration.models import AccessRequest, Visit

from . import people, world
from .at_the_desk import signed_in
from .test_axe import faults_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True}


def test_a_guest_by_name_and_a_walk_up_on_the_spot(new_page, live_site):
    """The steward's phone runs no scripts; the organiser's is dark."""
    if connection.vendor == "postgresql":
        pytest.skip(
            "what a page shows does not depend on the database, and its views have tests on both: seen on SQLite"
        )
    event, olga = world.event(), people.organiser()
    people.approved("l@example.com", event, by=olga, full_name="Łukasz Żółć", organisation="Example Games")
    door = signed_in(new_page, live_site, people.steward(), java_script_enabled=False, **PHONE)
    organiser = signed_in(new_page, live_site, olga, color_scheme="dark", **PHONE)

    door.goto("/door/")
    door.get_by_role("link", name="Find a guest by name").click()
    door.get_by_label("Name or organisation").fill("zo")
    door.get_by_role("button", name="Search").click()
    expect(door.locator("#id_name_error")).to_have_text("Type at least 3 letters.")
    expect(door.get_by_label("Name or organisation")).to_have_value("zo")
    door.get_by_label("Name or organisation").fill("zolc luk")
    door.get_by_role("button", name="Search").click()
    expect(door.locator(".door-guests .door-who")).to_have_text("Łukasz ŻółćExample Games")
    door.get_by_role("button", name="Check in Łukasz Żółć").click()
    expect(door.locator(".verdict h1")).to_have_text(re.compile("^Checked in"))

    door.get_by_role("link", name="Enter a walk-up").click()
    door.get_by_label("Full name").fill("Will Walker")
    door.get_by_label("Organisation", exact=False).first.fill("Example Hosting")
    door.get_by_label("E-mail address").fill("will@example.com")
    door.get_by_label("Kind of organisation").select_option("hosting")
    door.get_by_role("button", name="Send to the organisers").click()
    expect(door.locator("#error_1_id_rules")).to_be_visible()
    expect(door.get_by_label("Full name")).to_have_value("Will Walker")
    door.get_by_label("I have read the handling rules").check()
    door.get_by_role("button", name="Send to the organisers").click()
    expect(door.locator(".door-guests h2")).to_have_text("Waits for an organiser")

    organiser.goto("/door/walk-ups/")
    assert faults_of(organiser) == []
    organiser.get_by_role("button", name="Approve: Will Walker").click()
    expect(organiser.locator(".door-guests h2")).to_have_text("Approved")
    door.get_by_role("link", name="Look again").click()
    expect(door.locator(".door-guests h2")).to_have_text("Approved")
    door.get_by_role("button", name="Check in Will Walker").click()
    expect(door.locator(".verdict h1")).to_have_text(re.compile("^Checked in"))
    organiser.get_by_role("link", name="Look again").click()
    expect(organiser.locator(".door-guests .door-note").first).to_have_text(re.compile("^Already inside since"))
    assert Visit.objects.open().count() == 2
    assert AccessRequest.objects.get(origin="at-door").state == "approved"
