"""In a real Chromium with a clock of its own: the mark moves at each boundary, is said politely, and times are told
where the visitor is.
"""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from playwright.sync_api import expect

from . import world
from .day import move, timed

pytestmark = [pytest.mark.browser]

DATE = dt.date(2030, 8, 9)  # a Friday yet to come: the site itself shows nothing of it today
CYCLE, EQUALLY, RECEPTION = "Reporting cycle", "Should all reports be treated equally?", "Networking reception"


@pytest.fixture
def event(live_site):
    made = world.event(date=DATE)
    timed(made)
    return made


def chicago(clock, days=0):
    return dt.datetime.fromisoformat(f"{DATE + dt.timedelta(days=days)}T{clock}:00-05:00")


@pytest.fixture
def open_at(new_page, live_site, event):
    """A function: the agenda, opened at this moment by the clock of a browser in this zone."""

    def open_at(moment, zone="America/Chicago", path="/", **options):
        page = new_page(timezone_id=zone, locale="en-US", **options)
        page.clock.install(time=moment - dt.timedelta(minutes=1))
        page.clock.pause_at(moment)  # it goes on only when told to, however long the machine takes
        page.goto(live_site.url + path)
        return page

    return open_at


def shown(page):
    """``(now, next)``, or None."""
    if not page.locator(".now-next").is_visible():
        return None
    return tuple(part.locator("a").all_text_contents() for part in page.locator(".now-next dl > div").all())


def marked(page):
    return {
        card.locator(".label-moment").text_content(): card.locator("h4 a").text_content()
        for card in page.locator(".session-card:has(.label-moment)").all()
    }


def test_a_page_left_open_through_the_day_is_right_at_each_boundary(open_at):
    page = open_at(chicago("23:58", days=-1))
    said = page.locator(".now-next [role=status]")
    assert shown(page) is None
    assert marked(page) == {}
    for moment, expected in [
        ("00:01", ([], [CYCLE])),
        ("12:59", ([], [CYCLE])),
        ("13:01", ([CYCLE], [EQUALLY])),
        ("13:46", ([], [EQUALLY])),
        ("14:01", ([EQUALLY], [RECEPTION])),
        ("15:01", ([], [RECEPTION])),
        ("17:01", ([RECEPTION], [])),
    ]:
        page.clock.run_for((chicago(moment).timestamp() - page.evaluate("Date.now()") / 1000) * 1000)
        assert shown(page) == expected, moment
        words = zip(("Now", "Next"), expected, strict=True)
        assert marked(page) == {word: titles[0] for word, titles in words if titles}
        assert all(title in said.text_content() for titles in expected for title in titles) or moment == "00:01"
    expect(page.locator(".now-next")).to_contain_text("None of the sessions below is still to begin today.")
    page.clock.run_for(8 * 3_600_000)
    assert shown(page) is None
    assert marked(page) == {}


def test_at_load_nothing_is_said_and_what_changes_is_said_politely(open_at):
    page = open_at(chicago("13:44"))
    said = page.locator(".now-next [role=status]")
    assert said.text_content() == ""
    page.clock.run_for(90_000)
    assert said.text_content() == f"Now: None of the sessions below is on just now. Next: {EQUALLY}"
    assert "visually-hidden" in said.get_attribute("class")


def test_a_cancelled_session_is_never_marked(open_at):
    move("reporting-cycle", "13:00", "13:45", cancelled=True)
    page = open_at(chicago("13:10"))
    assert shown(page) == ([], [EQUALLY])


def test_a_phone_that_slept_is_right_when_it_wakes(open_at):
    page = open_at(chicago("13:10"))
    page.clock.pause_at(chicago("14:10"))  # no timer ran out meanwhile
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert shown(page) == ([EQUALLY], [RECEPTION])


def test_the_visitors_own_time_stands_beside_the_events_where_it_differs(open_at):
    page = open_at(chicago("10:00"), zone="Europe/Madrid")
    expect(page.locator(".session-card .own-time")).to_have_text(
        ["(8:00 PM – 8:45 PM)", "(9:00 PM – 10:00 PM)", "(Sat 12:00 AM)"]
    )
    expect(page.get_by_text("In brackets: the time where you are.")).to_be_visible()
    expect(page.locator(".day-note")).to_contain_text("America/Chicago")
    session = open_at(chicago("10:00"), zone="Europe/Madrid", path="/sessions/reporting-cycle/")
    expect(session.locator(".own-time")).to_contain_text("(8:00 PM – 8:45 PM)")


@pytest.mark.parametrize("zone", ["America/Chicago", "America/Winnipeg"])
def test_where_the_clocks_agree_there_is_the_events_alone(open_at, zone):
    page = open_at(chicago("10:00"), zone=zone)
    expect(page.locator(".own-time")).to_have_count(0)
    expect(page.get_by_text("In brackets")).to_be_hidden()


def test_without_scripts_nothing_of_it_is_said(new_page, live_site, event):
    page = new_page(java_script_enabled=False, timezone_id="Europe/Madrid")
    page.goto(live_site.url)
    expect(page.locator(".own-time")).to_have_count(0)
    expect(page.get_by_text("In brackets")).to_be_hidden()
    expect(page.locator(".now-next")).to_be_hidden()


def moved(page):
    """How far things moved while the page came (Chromium's layout shift)."""
    page.evaluate("""() => { window.moved = 0; new PerformanceObserver(list => {
        for (const one of list.getEntries()) window.moved += one.value;
    }).observe({type: "layout-shift", buffered: true}); }""")
    page.wait_for_timeout(300)
    return page.evaluate("window.moved")


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_moves_when_the_visitors_times_come(open_at, width):
    page = open_at(chicago("13:10", days=-1), zone="Europe/Madrid", viewport={"width": width, "height": 900})
    expect(page.locator(".own-time")).to_have_count(3)
    assert moved(page) == 0


def test_nothing_moves_on_the_day_itself_when_the_site_and_the_script_agree(new_page, live_site):
    """By the real clock."""
    made = world.event(date=dt.datetime.now(ZoneInfo("America/Chicago")).date())
    timed(made)
    move("reporting-cycle", "00:00", "23:59")
    page = new_page(timezone_id="America/Chicago", viewport={"width": 1280, "height": 900})
    page.goto(live_site.url)
    assert shown(page)[0][0] == CYCLE
    assert moved(page) == 0


def test_who_wants_less_motion_gets_none(open_at):
    page = open_at(chicago("13:10"), reduced_motion="reduce")
    parts = "[...document.querySelectorAll('.now-next, .now-next *, .label-moment')]"
    moving = page.evaluate(
        f"{parts}.map(part => getComputedStyle(part)).map(of => of.transitionDuration + of.animationName)"
    )
    assert set(moving) == {"0snone"}


def test_the_scripts_are_small():
    import gzip

    for name in ("now.js", "device.js"):
        assert len(gzip.compress((settings.BASE_DIR / "static" / name).read_bytes(), 9)) < 2000
