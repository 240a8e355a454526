"""Now and next: right at every minute of the day, for each audience, and told as long as it holds."""

import datetime as dt
import re
from html import unescape
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from sessions.audience import Audience
from sessions.models import Session
from sessions.now import next_boundary, now_and_next

from . import clock, people, world
from .day import at, move, timed
from .people import Browser, browser_of

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

BOX = re.compile(r'<section class="now-next".*?</section>', re.DOTALL)


@pytest.fixture
def day(event):
    return timed(event)


def shown(browser=None):
    """``(now, next)`` as lists of titles, or None where the page has no such box, or hides it."""
    found = BOX.search((browser or Browser()).get("/").content.decode())
    if not found or "hidden" in found.group().partition(">")[0]:
        return None
    return tuple(
        [unescape(title) for title in re.findall(r"<a [^>]*>(.*?)</a>", part)]
        for part in found.group().split("<dt>")[1:]
    )


def marked(page):
    """The titles that bear a mark on the agenda itself."""
    cards = re.findall(r'<article class="session-card.*?</article>', page, re.DOTALL)
    return {
        mark.group(1): unescape(re.search(r"<h4>.*<a [^>]*>(.*?)</a></h4>", card).group(1))
        for card in cards
        if (mark := re.search(r'label-moment">(\w+)<', card))
    }


CYCLE, EQUALLY, RECEPTION = "Reporting cycle", "Should all reports be treated equally?", "Networking reception"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at("23:59", day=8), None),
        (at("00:00"), ([], [CYCLE])),
        (at("12:59"), ([], [CYCLE])),
        (at("13:00"), ([CYCLE], [EQUALLY])),
        (at("13:44"), ([CYCLE], [EQUALLY])),
        (at("13:45"), ([], [EQUALLY])),
        (at("14:00"), ([EQUALLY], [RECEPTION])),
        (at("16:00"), ([], [RECEPTION])),
        (at("17:00"), ([RECEPTION], [])),
        (at("23:59"), ([RECEPTION], [])),  # it has no end: until the day has
        (at("00:00", day=10), None),
    ],
)
def test_a_visitor_is_shown_what_is_on_and_what_comes(day, monkeypatch, moment, expected):
    clock.moved_to(monkeypatch, moment)
    assert shown() == expected


def test_the_sessions_themselves_are_marked(day, monkeypatch):
    clock.moved_to(monkeypatch, at("13:10"))
    assert marked(Browser().get("/").content.decode()) == {"Now": CYCLE, "Next": EQUALLY}


def test_on_other_days_the_page_says_nothing_of_it(day, monkeypatch):
    clock.moved_to(monkeypatch, at("13:10", day=8))
    page = Browser().get("/").content.decode()
    assert marked(page) == {}
    assert "<li>" not in BOX.search(page).group()  # an empty place, for the script of a page that stays open till then
    clock.moved_to(monkeypatch, at("13:10", day=10))
    assert not BOX.search(Browser().get("/").content.decode())


def test_without_times_there_is_none(event, monkeypatch):
    world.public_part(event)
    clock.moved_to(monkeypatch, at("13:10"))
    page = Browser().get("/").content.decode()
    assert "now-next" not in page
    assert "now.js" not in page
    assert next_boundary(event, Audience.PUBLIC, at("13:10")) is None


def test_once_the_event_is_archived_there_is_none(day, event, monkeypatch):
    event.archived = True
    event.save()
    clock.moved_to(monkeypatch, at("13:10"))
    assert shown() is None
    assert next_boundary(event, Audience.PUBLIC, at("13:10")) is None


def test_a_cancelled_or_hidden_session_is_never_on(day, event, monkeypatch):
    move("reporting-cycle", "13:00", "13:45", cancelled=True)
    move("equally", "14:00", "15:00", published=False)
    clock.moved_to(monkeypatch, at("13:10"))
    assert shown() == ([], [RECEPTION])
    assert shown(browser_of(people.organiser())) == ([], [RECEPTION])


def test_a_session_without_an_end_lasts_until_the_next_begins(day, monkeypatch):
    move("reporting-cycle", "13:00", None)
    clock.moved_to(monkeypatch, at("13:59"))
    assert shown() == ([CYCLE], [EQUALLY])
    clock.moved_to(monkeypatch, at("14:00"))
    assert shown() == ([EQUALLY], [RECEPTION])


def test_two_that_begin_together_are_both_told(day, monkeypatch):
    move("equally", "13:00", "15:00")
    clock.moved_to(monkeypatch, at("12:00"))
    assert shown() == ([], [CYCLE, EQUALLY])
    clock.moved_to(monkeypatch, at("13:00"))
    assert shown() == ([CYCLE, EQUALLY], [RECEPTION])


def test_a_guest_is_shown_private_sessions_too_and_nobody_else_is(day, event, monkeypatch):
    morning, _ = day
    first, second = morning.sessions.order_by("number")[:2]
    clock.moved_to(monkeypatch, at("09:10"))
    guest = people.approved("guest@example.com", event, by=people.organiser())
    applicant = people.person("applicant@example.com")
    people.ask(applicant, event)
    assert shown(browser_of(guest)) == ([first.title], [second.title])
    assert shown() == shown(browser_of(applicant)) == ([], [CYCLE])


def test_private_times_shape_nothing_public(event, monkeypatch):
    """Two worlds, looked at a minute after each private time: with private sessions, and with none."""
    moments = [at(f"{hour:02}:{minute}") for hour in (8, 9, 10, 11, 12, 13) for minute in ("01", "46")]

    def seen(audience):
        pages, boundaries = [], []
        for moment in moments:
            clock.moved_to(monkeypatch, moment)
            pages.append(Browser().get("/").content)
            boundaries.append(next_boundary(event, audience, moment))
        return pages, boundaries

    timed(event)
    with_private = {audience: seen(audience) for audience in (Audience.PUBLIC, Audience.INDUSTRY)}
    Session.objects.filter(track__slug="morning").delete()
    without = {audience: seen(audience) for audience in (Audience.PUBLIC, Audience.INDUSTRY)}
    assert with_private[Audience.PUBLIC] == without[Audience.PUBLIC]
    assert with_private[Audience.INDUSTRY][1] != without[Audience.INDUSTRY][1]  # the control


class TestBoundary:
    @pytest.mark.parametrize(
        ("audience", "now", "then"),
        [
            (Audience.PUBLIC, at("10:00", day=1), at("00:00")),
            (Audience.PUBLIC, at("00:00"), at("13:00")),
            (Audience.PUBLIC, at("13:00"), at("13:45")),
            (Audience.PUBLIC, at("13:45"), at("14:00")),
            (Audience.PUBLIC, at("17:00"), at("00:00", day=10)),
            (Audience.PUBLIC, at("00:00", day=10), None),
            (Audience.INDUSTRY, at("00:00"), at("09:00")),
            (Audience.INDUSTRY, at("09:00"), at("09:45")),
            (Audience.ORGANISER, at("12:00"), at("12:45")),
        ],
    )
    def test_it_is_the_next_moment_that_changes_the_page(self, day, event, audience, now, then):
        assert next_boundary(event, audience, now) == then

    def test_between_two_boundaries_nothing_changes_and_at_each_something_does(self, day, event, monkeypatch):
        """Minute by minute would be slow; a second before and at each boundary says the same."""
        moment, found = at("20:00", day=8), []
        while moment := next_boundary(event, Audience.PUBLIC, moment):
            found.append(moment)
        assert len(found) == 7
        for begins, ends in pairwise(found):
            pages = []
            for look in (begins, ends - dt.timedelta(seconds=1), ends):
                clock.moved_to(monkeypatch, look)
                pages.append(Browser().get("/"))
            assert pages[0].content == pages[1].content != pages[2].content
            assert pages[0]["ETag"] == pages[1]["ETag"] != pages[2]["ETag"]
            assert Browser().get("/", headers={"If-None-Match": pages[1]["ETag"]}).status_code == 200

    def test_it_is_one_query_for_the_day_and_one_for_what_is_announced(self, day, event):
        with CaptureQueriesContext(connection) as queries:
            next_boundary(event, Audience.PUBLIC, at("13:00"))
        assert len(queries) == 2

    def test_a_time_that_moves_moves_it(self, day, event):
        move("reporting-cycle", "12:30", "13:45")
        assert next_boundary(event, Audience.PUBLIC, at("00:00")) == at("12:30")


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"])
def test_the_day_is_that_of_the_events_zone(zone, db, monkeypatch):
    with transaction.atomic():
        made = world.event(time_zone=zone)
        world.public_part(made)
        move("reporting-cycle", "00:30", "01:30")
        there = ZoneInfo(zone)
        for moment, expected in [
            (at("23:59", day=8, zone=there), None),
            (at("00:00", zone=there), ([], [CYCLE])),
            (at("00:30", zone=there), ([CYCLE], [])),
            (at("01:30", zone=there), ([], [])),
            (at("00:00", day=10, zone=there), None),
        ]:
            clock.moved_to(monkeypatch, moment)
            assert shown() == expected, moment


@pytest.mark.parametrize(
    ("zone", "date", "hours"),
    [("Europe/London", dt.date(2022, 10, 30), 25), ("America/New_York", dt.date(2022, 3, 13), 23)],
)
def test_on_the_night_of_the_change_the_day_has_another_length(db, zone, date, hours):
    made = world.event(time_zone=zone, date=date)
    world.public_part(made)
    move("reporting-cycle", "13:00", "13:45")
    found = now_and_next(made, Session.objects.filter(slug="reporting-cycle"), dt.datetime(2022, 1, 1, tzinfo=dt.UTC))
    assert (found.ends.astimezone(dt.UTC) - found.begins.astimezone(dt.UTC)) == dt.timedelta(hours=hours)
    starts = dt.datetime.combine(date, dt.time(13), ZoneInfo(zone))
    assert next_boundary(made, Audience.PUBLIC, found.begins) == starts
    assert now_and_next(made, Session.objects.filter(slug="reporting-cycle"), starts).now


def test_a_day_with_more_sessions_costs_no_more_queries(day, event, monkeypatch):
    def queries():
        with CaptureQueriesContext(connection) as found:
            assert shown()[0]
        return len(found)

    clock.moved_to(monkeypatch, at("13:10"))
    few = queries()
    for number in range(10, 30):
        world.session(day[1], f"More {number}", number, start=dt.time(13), end=dt.time(14))
    assert queries() == few


def test_a_page_that_stands_still_is_found(day, event, monkeypatch):
    """The control."""
    monkeypatch.setattr(
        "sessions.views.agenda.now_and_next", lambda event, sessions, now: now_and_next(event, sessions, at("13:10"))
    )
    with pytest.raises(AssertionError):
        TestBoundary().test_between_two_boundaries_nothing_changes_and_at_each_something_does(day, event, monkeypatch)
