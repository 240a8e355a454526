"""schedule.xml and schedule.json, as frab made them and C3VOC's schemas describe them: for conference apps.

Public sessions with a start and an end; what is cancelled has no word in this standard and is left out. Numbers are
made of the random id, so that they neither count nor change.
"""

import datetime as dt
import json
import re
from xml.etree import ElementTree as ET  # nosec B405  # it writes here, and reads nothing

from django.conf import settings

from .text import one_line, plain

LARGEST = 2**31 - 1  # of an id: apps keep it in 32 bits with a sign
SLOT = "00:05"


def schedule_xml(event, sessions) -> bytes:
    day = _day(event, sessions)
    root = ET.Element("schedule")
    _put(root, "version", day["version"])
    conference = ET.SubElement(root, "conference")
    for name in ("title", "acronym", "start", "end"):
        _put(conference, name, _conference(event)[name])
    _put(conference, "days", "1")
    for name in ("timeslot_duration", "base_url", "time_zone_name"):
        _put(conference, name, _conference(event)[name])
    in_day = ET.SubElement(root, "day", index="1", date=event.date.isoformat(), start=day["start"], end=day["end"])
    for room, items in day["rooms"].items():
        in_room = ET.SubElement(in_day, "room", name=room)
        for item in items:
            one = ET.SubElement(in_room, "event", id=str(item["id"]), guid=item["guid"])
            for name in (*TEXTS, "language", "description", "url"):
                _put(one, name, item[name])
            persons = ET.SubElement(one, "persons")
            for person in item["persons"]:
                _put(persons, "person", person["name"])
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


TEXTS = ("room", "title", "subtitle", "type", "date", "start", "duration", "abstract", "slug", "track")


def schedule_json(event, sessions) -> bytes:
    day = _day(event, sessions)
    about = {name: value for name, value in _conference(event).items() if name != "base_url"}
    one_day = {
        "index": 1,
        "date": event.date.isoformat(),
        "day_start": day["start"],
        "day_end": day["end"],
        "rooms": day["rooms"],
    }
    conference = about | {"daysCount": 1, "days": [one_day]}
    whole = {"schedule": {"version": day["version"], "base_url": settings.SITE_URL + "/", "conference": conference}}
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def _conference(event):
    return {
        "title": one_line(str(event)),
        "acronym": acronym(event),
        "start": event.date.isoformat(),
        "end": event.date.isoformat(),
        "timeslot_duration": SLOT,
        "base_url": settings.SITE_URL + "/",
        "time_zone_name": event.time_zone,
    }


def acronym(event):
    """``cacc_tech_2022`` for the event ``cacc-2022``."""
    name = re.sub(r"[^a-z0-9]+", "_", event.slug.lower()).strip("_")
    return f"{name.removesuffix(f'_{event.date.year}')}_tech_{event.date.year}"


def _day(event, sessions):
    told = [session for session in sessions if session.start and session.end and not session.cancelled]
    told.sort(key=lambda session: (session.start, session.end, session.uid))
    begins, ends = dt.time(0, 0), dt.time(23, 59)  # of a day in which nothing is known yet
    if told:
        begins, ends = told[0].start, max(session.end for session in told)
    rooms, taken = {}, set()
    for session in sorted(told, key=lambda session: session.uid):
        taken.add(number := _number(session.uid, taken))
        session.frab_number = number
    for session in told:
        rooms.setdefault(_room(session), []).append(_item(event, session))
    changed = max([event.changed_at, *(session.changed_at for session in told)])
    return {
        "version": f"{changed.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}",
        "start": dt.datetime.combine(event.date, begins, event.zone).isoformat(),
        "end": dt.datetime.combine(event.date, ends, event.zone).isoformat(),
        "rooms": rooms,
    }


def _number(uid, taken):
    number = uid.int % LARGEST + 1
    while number in taken:
        number = number % LARGEST + 1
    return number


def _room(session):
    return one_line(session.place[0])


def _item(event, session):
    minutes = int((session.ends_at.astimezone(dt.UTC) - session.starts_at.astimezone(dt.UTC)).total_seconds()) // 60
    taking_part = [who for who in session.participations.all() if who.organisation_id]
    return {
        "id": session.frab_number,
        "guid": str(session.uid),
        "date": session.starts_at.isoformat(),
        "start": f"{session.start:%H:%M}",
        "duration": f"{minutes // 60:02}:{minutes % 60:02}",
        "room": _room(session),
        "slug": f"{acronym(event)}-{session.frab_number}-{session.slug.lower()}".rstrip("-_"),
        "url": settings.SITE_URL + session.get_absolute_url(),
        "title": one_line(session.title),
        "subtitle": one_line(", ".join(who.in_words() for who in taking_part)),
        "track": one_line(session.track.title),
        "type": session.get_kind_display(),
        "language": "en",
        "abstract": plain(session.abstract),
        "description": "",
        "persons": [{"name": one_line(str(who.speaker))} for who in session.participations.all() if who.speaker_id],
        "links": [],
    }


def _put(parent, name, text):
    ET.SubElement(parent, name).text = text
