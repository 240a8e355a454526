"""The programme in admin by keys alone, and by dragging; scripts only add."""

import pytest
from playwright.sync_api import expect

from sessions.models import Change, Session

from . import world
from .at_the_desk import signed_in
from .test_by_keyboard import Keyboard

pytestmark = [pytest.mark.browser]

FIRST, SECOND, THIRD = "Reporting cycle", "Should all reports be treated equally?", "A draft"


@pytest.fixture
def site(live_site):
    """One of its own: the shared one remembers numbers of content types, which each test's database gives anew."""
    return live_site.start()


@pytest.fixture
def afternoon(site):
    made = world.public_part(world.event())
    world.session(made, THIRD, 3, published=False)
    return made


@pytest.fixture
def desk(new_page, site, afternoon, olga):
    return signed_in(new_page, site, olga)


def order(track):
    return list(track.sessions.order_by("number").values_list("number", "title"))


def page_of(track):
    return f"/admin/agenda/track/{track.pk}/change/"


def rows(page):
    return page.locator("#sessions-group tr.has_original")


def numbers(page, *wanted):
    """The typed numbers, in the order in which the rows stand."""
    for place, (title, number) in enumerate(wanted):
        expect(rows(page).nth(place).locator("[name$=-title]")).to_have_value(title)
        expect(rows(page).nth(place).locator("[name$=-number]")).to_have_value(str(number))


@pytest.mark.slow
def test_the_whole_programme_by_keys_alone(desk, afternoon):
    """From the desk's first page to a track in another order, with one session more, published and looked at."""
    keys = Keyboard(desk)
    desk.goto("/admin/")
    keys.enter("Tracks")
    keys.enter("Afternoon sessions")
    numbers(desk, (FIRST, 1), (SECOND, 2), (THIRD, 3))
    keys.to("Move down")
    keys.press("Enter")
    numbers(desk, (SECOND, 1), (FIRST, 2), (THIRD, 3))
    expect(desk.locator("#sessions-group [role=status]")).to_have_text(
        f"“{FIRST}” is now 2 of 3. Save to keep this order."
    )
    keys.press("Enter")  # the button kept the focus
    numbers(desk, (SECOND, 1), (THIRD, 2), (FIRST, 3))
    keys.type("Number", "4")  # of the row that waits for a new one
    keys.type("Title", "Added by keys")
    keys.enter("Save and publish all sessions")
    expect(desk.locator(".messagelist")).to_contain_text("published")
    assert order(afternoon) == [(1, SECOND), (2, THIRD), (3, FIRST), (4, "Added by keys")]
    assert set(afternoon.sessions.exclude(title="Added by keys").values_list("published", flat=True)) == {True}

    keys.enter("SEE IT AS THE PUBLIC")  # as the stylesheet writes it
    expect(desk.locator(".seen-as")).to_contain_text("You see the programme as the public does.")
    expect(desk.get_by_role("heading", name=THIRD)).to_be_visible()
    expect(desk.get_by_role("heading", name="Added by keys")).to_have_count(0)
    keys.enter("See it as an organiser again")
    expect(desk.get_by_role("heading", name="Added by keys")).to_be_visible()

    desk.goto(f"/admin/agenda/session/{Session.objects.get(title=FIRST).pk}/change/")
    keys.type("Room", "Landmark B")
    keys.enter("Save and continue editing")  # leads to whether people are told
    keys.tick("Publish this change: New room: Landmark B")
    keys.enter("Publish what is ticked")
    expect(desk.locator(".messagelist")).to_contain_text("Published: New room: Landmark B")
    assert Change.objects.published().count() == 1
    print(f"the programme by keys: {keys.keys} keys")


def test_a_row_is_dragged_to_its_place(desk, afternoon):
    desk.goto(page_of(afternoon))
    grip = rows(desk).nth(2).locator(".order-grip")
    grip.scroll_into_view_if_needed()
    start, end = grip.bounding_box(), rows(desk).nth(0).bounding_box()
    desk.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    desk.mouse.down()
    desk.mouse.move(start["x"], end["y"] + 5, steps=12)
    desk.mouse.up()
    numbers(desk, (THIRD, 1), (FIRST, 2), (SECOND, 3))
    with desk.expect_navigation():
        desk.get_by_role("button", name="Save and continue editing").click()
    assert order(afternoon) == [(1, THIRD), (2, FIRST), (3, SECOND)]


def test_without_scripts_numbers_are_typed_and_a_row_waits_for_a_new_session(new_page, site, afternoon, olga):
    page = signed_in(new_page, site, olga, java_script_enabled=False)
    page.goto(page_of(afternoon))
    for place, number in enumerate((3, 1, 2)):
        page.locator(f"[name=sessions-{place}-number]").fill(str(number))
    page.locator("[name=sessions-3-title]").fill("Added without scripts")
    with page.expect_navigation():
        page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator("[name=sessions-3-title]")).to_have_value("Added without scripts")
    numbered = afternoon.sessions.exclude(number=None).order_by("number")
    assert list(numbered.values_list("title", flat=True)) == [SECOND, THIRD, FIRST]


def test_on_a_phone_no_page_of_the_programme_is_wider_than_the_screen(desk, afternoon):
    desk.set_viewport_size({"width": 320, "height": 900})
    session = afternoon.sessions.first()
    for address in (
        "/admin/",
        page_of(afternoon),
        f"/admin/agenda/session/{session.pk}/change/",
        f"/admin/agenda/event/{afternoon.event_id}/change/",
    ):
        desk.goto(address)
        assert desk.evaluate("document.documentElement.scrollWidth") <= 320, address
