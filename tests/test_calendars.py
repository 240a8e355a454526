"""The public day and single sessions as calendars (RFC 5545, 7986), read back by another reader."""

import datetime as dt
import json
import os
import re
import shutil
import subprocess
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.test import override_settings

from sessions.feeds.calendar import calendar
from sessions.feeds.text import one_line, plain
from sessions.models import Event, Organisation, Participation, Session, SessionQuerySet, Track

from . import world
from .people import Browser

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

ODD = [
    "X\r\nATTACH:https://evil.example",
    'a;b,c\\n:d"e',
    "é" * 120 + "漢字🙂" * 40,
    "left \N{RIGHT-TO-LEFT OVERRIDE}right\N{POP DIRECTIONAL ISOLATE} 👩\N{ZERO WIDTH JOINER}💻",
    "with\N{LINE SEPARATOR}END:VEVENT\x0bBEGIN:VALARM\x85x\x07",
    "half \ud800 a character",
    "nul \0 here",
]


@pytest.fixture
def day(event):
    world.private_part(event, world.Canaries())
    afternoon = world.public_part(event)
    put(afternoon.sessions.get(slug="reporting-cycle"), start=dt.time(13), end=dt.time(13, 45))
    return event


def put(session, **values):
    for name, value in values.items():
        setattr(session, name, value)
    session.save()
    return session


def raw(address="/agenda.ics"):
    answer = Browser().get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return answer.content


def read(content):
    found = icalendar.Calendar.from_ical(content)
    assert not [part.errors for part in found.walk() if getattr(part, "errors", None)]
    return found


def entry(content, title):
    return next(one for one in read(content).walk("VEVENT") if one["SUMMARY"] == title)


def test_the_public_day_as_a_calendar(day):
    found = read(raw())
    assert {name: str(found[name]) for name in ("NAME", "X-WR-CALNAME", "VERSION", "CALSCALE")} == {
        "NAME": "Tech Track 2022",
        "X-WR-CALNAME": "Tech Track 2022",
        "VERSION": "2.0",
        "CALSCALE": "GREGORIAN",
    }
    assert b"\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n" in raw()
    assert [str(zone["TZID"]) for zone in found.walk("VTIMEZONE")] == ["America/Chicago"]
    whole, one = found.walk("VEVENT")
    assert (whole["DTSTART"].dt, whole["DTEND"].dt) == (dt.date(2022, 8, 9), dt.date(2022, 8, 10))
    assert (str(whole["SUMMARY"]), str(whole["LOCATION"])) == ("Tech Track 2022", "Dallas")
    chicago = ZoneInfo("America/Chicago")
    assert one["DTSTART"].dt == dt.datetime(2022, 8, 9, 13, tzinfo=chicago)
    assert one["DTEND"].dt == dt.datetime(2022, 8, 9, 13, 45, tzinfo=chicago)
    assert b"DTSTART;TZID=America/Chicago:20220809T130000" in raw()
    assert (str(one["SUMMARY"]), str(one["LOCATION"]), str(one["STATUS"])) == ("Reporting cycle", "Dallas", "CONFIRMED")
    assert "How reports travel.\n\nNCMEC (presents)" in one["DESCRIPTION"]
    assert str(one["URL"]).endswith("/sessions/reporting-cycle/")
    for name in (b"ATTENDEE", b"ORGANIZER", b"VALARM", b"METHOD"):
        assert name not in raw()


def test_the_place_is_told_from_the_room_outwards(day):
    Event.objects.filter(pk=day.pk).update(venue="Hotel", venue_address="1 Street")
    put(Session.objects.get(slug="reporting-cycle"), room="Ballroom A")
    assert str(entry(raw(), "Reporting cycle")["LOCATION"]) == "Ballroom A, Hotel, 1 Street, Dallas"


@pytest.mark.parametrize("text", ODD)
def test_odd_words_stay_words(day, text):
    """CAL-04."""
    session = Session.objects.get(slug="reporting-cycle")
    session.title = session.abstract = session.room = text
    content = calendar(day, [session], name=text)
    lines = content.split(b"\r\n")
    assert lines.pop() == b""
    for line in lines:
        assert len(line) <= 75
        line.decode()  # no character is split
        assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line)
    unfolded = content.replace(b"\r\n ", b"").split(b"\r\n")
    assert not [line for line in unfolded if line.startswith((b"ATTACH", b"BEGIN:VALARM"))]
    one = read(content).walk("VEVENT")[1]
    assert str(one["SUMMARY"]) == one_line(text)
    assert str(one["LOCATION"]) == one_line(f"{text}, Dallas")
    assert one["DESCRIPTION"].startswith(plain(text))


def test_unescaped_words_are_found(day, monkeypatch):
    """The control."""
    monkeypatch.setattr(icalendar.vText, "to_ical", lambda text: str(text).encode("utf-8", "replace"))
    monkeypatch.setattr("sessions.feeds.calendar.one_line", lambda text: text)
    with pytest.raises((AssertionError, ValueError)):
        test_odd_words_stay_words(day, ODD[0])


def test_bytes_stay_until_something_changes(day):
    before = Browser().get("/agenda.ics")
    again = Browser().get("/agenda.ics", headers={"If-None-Match": before["ETag"]})
    assert (again.status_code, before["Cache-Control"], "Cookie" in before["Vary"]) == (304, "no-cache", True)
    for session in Session.objects.all():
        session.save()  # nothing is other than before
    assert raw() == before.content
    Session.objects.filter(track__audience="industry").update(title="Something private", start=dt.time(7))
    assert raw() == before.content
    put(Session.objects.get(slug="reporting-cycle"), abstract="Other words")  # the control
    assert raw() != before.content


WAYS = {
    "time": (lambda one: put(one, start=dt.time(13, 5)), 1),
    "time, by update": (lambda one: Session.objects.filter(pk=one.pk).update(start=dt.time(13, 5)), 1),
    "room, by bulk": (lambda one: (setattr(one, "room", "A"), Session.objects.bulk_update([one], ["room"])), 1),
    "cancelled": (lambda one: put(one, cancelled=True), 1),
    "words": (lambda one: put(one, abstract="Other"), 0),
    "who": (
        lambda one: Participation.objects.create(session=one, organisation=Organisation.objects.create(name="Thorn")),
        0,
    ),
    "who is gone": (lambda one: one.participations.all().delete(), 0),
    "a name": (lambda one: put(Organisation.objects.get(name="NCMEC"), name="N.C.M.E.C."), 0),
    "the day": (lambda one: put(Event.objects.get(), date=dt.date(2022, 8, 10)), 1),
    "the venue, by update": (lambda one: Event.objects.update(venue="Hotel"), 1),
}


@pytest.mark.parametrize("way", WAYS)
def test_each_change_is_stamped_by_whatever_way_it_is_made(day, way):
    change, rises = WAYS[way]
    one = Session.objects.get(slug="reporting-cycle")
    before = entry(raw(), "Reporting cycle")
    others = {row.pk: (row.sequence, row.changed_at) for row in Session.objects.exclude(pk=one.pk)}
    Session.objects.filter(pk=one.pk)  # seconds pass in no test: the stamp is set back instead
    type(one)._base_manager.filter(pk=one.pk).update(changed_at=dt.datetime(2022, 1, 1, tzinfo=dt.UTC))
    change(one)
    after = entry(raw(), "Reporting cycle")
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] == before["SEQUENCE"] + rises
    assert after["LAST-MODIFIED"].dt == after["DTSTAMP"].dt > dt.datetime(2022, 1, 2, tzinfo=dt.UTC)
    if not way.startswith(("the ", "a name")):
        assert {row.pk: (row.sequence, row.changed_at) for row in Session.objects.exclude(pk=one.pk)} == others


def test_an_old_copy_of_a_row_puts_no_old_stamp_back(day):
    one, old = (Session.objects.get(slug="reporting-cycle") for _ in (1, 2))
    put(one, start=dt.time(13, 5))
    put(old, abstract="Other")
    assert Session.objects.get(pk=one.pk).sequence == 3  # the fixture set a time, then each of these
    assert Session.objects.get(pk=one.pk).uid == old.uid


def test_unwatched_an_update_leaves_the_old_stamp(day, monkeypatch):
    """The control."""
    from contextlib import nullcontext

    monkeypatch.setattr("sessions.models.stamps.watched", lambda *found: nullcontext())
    with pytest.raises(AssertionError):
        test_each_change_is_stamped_by_whatever_way_it_is_made(day, "time, by update")


def test_cancelled_stays_and_private_goes(day):
    """CAL-06, CAL-07."""
    put(Session.objects.get(slug="reporting-cycle"), cancelled=True)
    assert str(entry(raw(), "Reporting cycle")["STATUS"]) == "CANCELLED"
    assert str(entry(raw("/sessions/reporting-cycle.ics"), "Reporting cycle")["STATUS"]) == "CANCELLED"
    Track.objects.get(slug="afternoon").change_audience("industry")
    assert b"Reporting" not in raw()
    assert b"CANCELLED" not in raw()
    assert Browser().get("/sessions/reporting-cycle.ics").status_code == 404


def test_with_the_gate_off_the_feeds_hold_the_morning(monkeypatch):
    """The control: the private sessions have times, and would be there."""
    made = world.World()
    feeds = ("/agenda.ics", "/schedule.xml", "/schedule.json")
    pages = b"".join(Browser().get(address).content.replace(b"\r\n ", b"") for address in feeds)
    assert made.canaries.found_in(pages, made.groups()) == set()
    monkeypatch.setattr(SessionQuerySet, "visible_to", lambda rows, audience: rows)
    for address in feeds:
        page = Browser().get(address).content.replace(b"\r\n ", b"")
        assert "session title" in {what for _, what in made.canaries.found_in(page, {world.PRIVATE})}, address


@pytest.mark.parametrize("server", ["UTC", "Asia/Kolkata"])
@pytest.mark.parametrize(
    ("zone", "date"),
    [
        ("Europe/London", dt.date(2022, 3, 27)),
        ("Europe/London", dt.date(2022, 10, 30)),
        ("America/New_York", dt.date(2022, 3, 13)),
        ("America/New_York", dt.date(2022, 11, 6)),
    ],
)
def test_on_the_night_of_the_change_the_hours_are_right(day, zone, date, server):
    """CAL-07: as written, and as worked out from the VTIMEZONE alone."""
    put(day, time_zone=zone, date=date)
    one = Session.objects.get(slug="reporting-cycle")
    for start, end in ((dt.time(0, 30), dt.time(4)), (dt.time(3, 30), dt.time(9))):
        put(one, start=start, end=end)
        with override_settings(TIME_ZONE=server):
            content = raw()
        found = read(content)
        got = entry(content, "Reporting cycle")
        for name, wanted in (("DTSTART", start), ("DTEND", end)):
            moment = dt.datetime.combine(date, wanted, ZoneInfo(zone))
            assert got[name].dt.astimezone(dt.UTC) == moment.astimezone(dt.UTC)
            own = found.walk("VTIMEZONE")[0].to_tz(lookup_tzid=False)
            assert dt.datetime.combine(date, wanted).replace(tzinfo=own).utcoffset() == moment.utcoffset()


def test_the_queries_are_the_same_for_few_and_many(day, django_assert_num_queries):
    def asked():
        queries = {"/agenda.ics": 3, "/schedule.xml": 3, "/schedule.json": 3, "/calendar/": 4}  # it bears the banner
        for address, count in queries.items():
            with django_assert_num_queries(count):
                assert Browser().get(address).status_code == 200

    asked()
    track = Track.objects.get(slug="afternoon")
    for number in range(10, 18):
        one = world.session(track, f"Another {number}", number, start=dt.time(number), end=dt.time(number, 30))
        Participation.objects.create(session=one, organisation=Organisation.objects.get(name="NCMEC"))
    asked()


def test_the_page_says_how_and_how_soon(day):
    page = Browser().get("/calendar/").content.decode()
    assert 'href="webcal://techtrack.test/agenda.ics"' in page or "webcal://localhost" in page
    for word in ("Google", "Apple", "Outlook", "for hours to a day after access has ended", "schedule.xml"):
        assert word in page
    assert "No times are set yet" not in page
    Session.objects.update(start=None, end=None)
    page = Browser().get("/calendar/").content.decode()
    assert "No times are set yet" in page
    assert "They hold no sessions yet" in page


READER = """
const ICAL = require(process.argv[1]);
const calendar = new ICAL.Component(ICAL.parse(require("fs").readFileSync(0, "utf-8")));
calendar.getAllSubcomponents("vtimezone").forEach(ICAL.TimezoneService.register, ICAL.TimezoneService);
const told = calendar.getAllSubcomponents("vevent").map(one => new ICAL.Event(one)).map(one => [
  one.uid, one.summary, one.description, one.location, one.startDate.toJSDate().toISOString(),
]);
console.log(JSON.stringify(told));
"""


@pytest.fixture
def read_by_ical_js():
    """Mozilla's reader; ICAL_JS names its ical.es5.cjs (of the npm package ical.js), NODE_PATH does as well."""
    node = shutil.which("node")
    module = os.environ.get("ICAL_JS") or "ical.js"
    found = node and subprocess.run([node, "-e", f"require({json.dumps(module)})"], capture_output=True, check=False)
    if not node or found.returncode:
        pytest.skip("node with Mozilla's ical.js is not at hand (npm install ical.js; ICAL_JS=…/dist/ical.es5.cjs)")

    def read_it(content):
        done = subprocess.run(
            [node, "-e", READER, module],
            input=content,
            capture_output=True,
            check=True,
            env=os.environ | {"TZ": "Asia/Kolkata"},
        )
        return json.loads(done.stdout)

    return read_it


@pytest.mark.parametrize("text", [text for text in ODD if "\ud800" not in text])
def test_another_reader_reads_the_same(day, read_by_ical_js, text):
    session = Session.objects.get(slug="reporting-cycle")
    session.title = session.abstract = session.room = text
    put(day, time_zone="Europe/London", date=dt.date(2022, 3, 27))
    session.track.event.refresh_from_db()
    told = read_by_ical_js(calendar(session.track.event, [session], name=text))
    uid, summary, description, place, start = told[1]
    assert (uid, summary, place) == (str(session.uid), one_line(text), one_line(f"{text}, Dallas"))
    assert description.startswith(plain(text))
    assert start == "2022-03-27T12:00:00.000Z"
