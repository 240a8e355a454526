"""schedule.xml and schedule.json, held against each rule of C3VOC's schemas, which are in no package."""

import datetime as dt
import json
import re
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest

from sessions.feeds import frab
from sessions.models import Session, Speaker

from . import world
from .people import Browser

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

EVENT = {
    *("room", "title", "subtitle", "type", "date", "start", "duration", "abstract", "slug", "track", "language"),
    *("description", "url", "persons"),
}
REQUIRED = EVENT - {"description"} | {"id", "guid", "links"}
CONFERENCE = {"title", "acronym", "start", "end", "days", "timeslot_duration", "base_url", "time_zone_name"}
WITH_OFFSET = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d"


@pytest.fixture
def day(event):
    world.private_part(event, world.Canaries())
    afternoon = world.public_part(event)
    first = afternoon.sessions.get(number=1)
    Session.objects.filter(pk=first.pk).update(start=dt.time(13), end=dt.time(13, 45), room="Ballroom")
    Session.objects.filter(slug="equally").update(start=dt.time(9), end=dt.time(10, 5), abstract="a\x07<b>&")
    first.participations.create(speaker=Speaker.objects.create(event=event, name="Sam Speaker"))
    return event


def xml():
    return check_xml(ET.fromstring(Browser().get("/schedule.xml").content))  # noqa: S314  # our own


def whole():
    return check_json(json.loads(Browser().get("/schedule.json").content))


def check_xml(root):
    assert [one.tag for one in root] == ["version", "conference", "day"]
    conference = {one.tag: one.text for one in root.find("conference")}
    assert set(conference) == CONFERENCE
    check_conference(conference)
    assert conference["days"] == "1"
    assert conference["base_url"].startswith("http")
    day = root.find("day")
    assert set(day.attrib) == {"index", "date", "start", "end"}
    items = []
    for room in day:
        assert (room.tag, set(room.attrib), bool(room.get("name"))) == ("room", {"name"}, True)
        for one in room:
            assert (one.tag, set(one.attrib)) == ("event", {"id", "guid"})
            assert sorted(part.tag for part in one) == sorted(EVENT)
            assert all(set(part.attrib) == set() and part.tag == "person" for part in one.find("persons"))
            item = {part.tag: part.text or "" for part in one} | {"id": int(one.get("id")), "guid": one.get("guid")}
            assert item["room"] == room.get("name")
            items.append(item)
    check_items(items, day.get("start"), day.get("end"), day.get("date"))
    return items


def check_json(found):
    assert set(found) == {"schedule"}
    assert set(found["schedule"]) == {"version", "base_url", "conference"}
    conference = found["schedule"]["conference"]
    assert set(conference) == CONFERENCE - {"base_url"} | {"daysCount"}
    check_conference(conference)
    (day,) = conference["days"]
    assert set(day) == {"index", "date", "day_start", "day_end", "rooms"}
    items = [item for room in day["rooms"].values() for item in room]
    for item in items:
        assert set(item) == REQUIRED | {"description"}
        assert all(set(person) == {"name"} for person in item["persons"])
    check_items(items, day["day_start"], day["day_end"], day["date"])
    return items


def check_conference(conference):
    assert conference["acronym"] == "cacc_tech_2022"
    assert re.fullmatch(r"[a-z0-9_-][a-z0-9_]{3,}", conference["acronym"])
    assert conference["start"] == conference["end"] == "2022-08-09"
    assert re.fullmatch(r"[A-Z][a-z]+/[A-Z][a-z]+", conference["time_zone_name"])
    assert re.fullmatch(r"\d\d:\d\d", conference["timeslot_duration"])


def check_items(items, begins, ends, date):
    assert date == "2022-08-09"
    assert re.fullmatch(WITH_OFFSET, begins)
    assert re.fullmatch(WITH_OFFSET, ends)
    for unique in ("id", "guid", "slug"):
        assert len({item[unique] for item in items}) == len(items)
    for item in items:
        assert 1 <= item["id"] <= 2**31 - 1
        assert str(UUID(item["guid"])) == item["guid"]
        assert UUID(item["guid"]).version == 4
        assert re.fullmatch(WITH_OFFSET, item["date"])
        assert re.fullmatch(r"[0-2]\d:[0-5]\d", item["start"])
        assert re.fullmatch(r"\d\d:[0-5]\d", item["duration"])
        assert item["date"][11:16] == item["start"]
        hours, minutes = map(int, item["duration"].split(":"))
        from_, until = dt.datetime.fromisoformat(item["date"]), dt.timedelta(hours=hours, minutes=minutes)
        assert dt.datetime.fromisoformat(begins) <= from_
        assert from_ + until <= dt.datetime.fromisoformat(ends)
        assert re.fullmatch(r"[a-z0-9_-]+[a-z0-9]", item["slug"])
        assert item["url"].startswith("http")
        assert item["language"] == "en"


def test_both_files_hold_the_public_sessions_by_the_rules(day):
    for items in (xml(), whole()):
        assert [(item["title"], item["start"], item["duration"], item["room"]) for item in items] == [
            ("Should all reports be treated equally?", "09:00", "01:05", "Dallas"),
            ("Reporting cycle", "13:00", "00:45", "Ballroom"),
        ]
        assert items[1]["subtitle"] == "NCMEC (presents)"
        assert items[0]["date"] == "2022-08-09T09:00:00-05:00"
    assert whole()[1]["persons"] == [{"name": "Sam Speaker"}, {"name": "Kim Example"}]
    assert [item["id"] for item in xml()] == [item["id"] for item in whole()]


def test_what_is_cancelled_or_has_no_end_is_left_out(day):
    Session.objects.filter(slug="equally").update(end=None)
    Session.objects.filter(slug="reporting-cycle").update(cancelled=True)
    assert xml() == whole() == []


def test_without_times_both_are_valid_and_empty(day):
    Session.objects.update(start=None, end=None)
    assert xml() == whole() == []


def test_ids_neither_count_nor_meet(day):
    assert frab._number(UUID(int=5), {6, 7}) == 8
    assert frab._number(UUID(int=frab.LARGEST - 1), {frab.LARGEST}) == 1
    before = {item["title"]: item["id"] for item in whole()}
    Session.objects.filter(slug="equally").delete()
    assert {item["title"]: item["id"] for item in whole()}.items() <= before.items()


def test_both_are_kept_by_their_etag(day):
    for address in ("/schedule.xml", "/schedule.json"):
        tag = Browser().get(address)["ETag"]
        assert Browser().get(address, headers={"If-None-Match": tag}).status_code == 304


PITFALLS = {
    "a key too many": lambda item: item | {"do_not_record": "no"},
    "a date without an offset": lambda item: item | {"date": item["date"][:19]},
    "a start that is a moment": lambda item: item | {"start": item["date"]},
    "minutes alone": lambda item: item | {"duration": "45"},
    "an id that is too large": lambda item: item | {"id": 2**31},
    "a guid that is none": lambda item: item | {"guid": "1"},
    "a day that ends before its last item": lambda item: item | {"duration": "12:00"},
}


@pytest.mark.parametrize("pitfall", PITFALLS)
def test_each_pitfall_is_found(day, monkeypatch, pitfall):
    """The control."""
    right = frab._item
    monkeypatch.setattr(frab, "_item", lambda *of: PITFALLS[pitfall](right(*of)))
    with pytest.raises((AssertionError, ValueError)):
        whole()
