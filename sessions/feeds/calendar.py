"""Calendars: iCalendar (RFC 5545) with what RFC 7986 adds, written by ``icalendar``.

The bytes stay the same until something changes: DTSTAMP is that of the last change, which without METHOD it means
(RFC 5545, 3.8.7.2). There is no METHOD, ATTENDEE, ORGANIZER or VALARM.
"""

import datetime as dt
from functools import lru_cache

import icalendar
from django.conf import settings

from .text import one_line, plain

CONTENT_TYPE = "text/calendar; charset=utf-8"
REFRESH = dt.timedelta(hours=1)  # what we ask for; programs do as they like


def calendar(event, sessions, *, name, with_day=True) -> bytes:
    """``sessions``: those their reader may see, with people; the ones without a time are left out."""
    made = icalendar.Calendar()
    made.add("version", "2.0")
    made.add("prodid", "-//Tech Track//Programme//EN")
    made.add("calscale", "GREGORIAN")
    made.add("name", one_line(name))
    made.add("x-wr-calname", one_line(name))
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", icalendar.vDuration(REFRESH))
    timed = [session for session in sessions if session.start]
    if timed and event.time_zone != "UTC":  # whose times end with Z
        made.add_component(_zone(event.time_zone, event.date.year))
    if with_day:
        made.add_component(_day(event))
    for session in timed:
        made.add_component(_entry(event, session))
    return made.to_ical()


@lru_cache(maxsize=16)
def _zone(name, year):
    zone = icalendar.Timezone.from_tzid(name, first_date=dt.date(year - 1, 1, 1), last_date=dt.date(year + 2, 1, 1))
    zone.pop("COMMENT", None)
    return zone


def _stamped(row, summary):
    entry = icalendar.Event()
    entry.add("uid", str(row.uid))
    entry.add("summary", one_line(summary))
    for name in ("dtstamp", "last-modified"):
        entry.add(name, row.changed_at.astimezone(dt.UTC).replace(microsecond=0))
    entry.add("sequence", row.sequence)
    return entry


def _day(event):
    """The day itself, in which nobody is taken to be busy."""
    entry = _stamped(event, str(event))
    entry.add("dtstart", event.date)
    entry.add("dtend", event.date + dt.timedelta(days=1))
    entry.add("transp", "TRANSPARENT")
    entry.add("location", one_line(", ".join(event.place)))
    entry.add("description", plain(f"{event.conference}\n\n{event.intro}"))
    entry.add("url", settings.SITE_URL + "/")
    return entry


def _entry(event, session):
    entry = _stamped(session, session.title)
    entry.add("dtstart", session.starts_at)
    if session.end:
        entry.add("dtend", session.ends_at)
    entry.add("status", "CANCELLED" if session.cancelled else "CONFIRMED")
    entry.add("location", one_line(", ".join(session.place)))
    entry.add("description", description(session))
    entry.add("url", settings.SITE_URL + session.get_absolute_url())
    if session.track.is_private:
        entry.add("class", "PRIVATE")
    return entry


def description(session):
    about = [session.get_tlp_display()] if session.tlp else []
    about += ["Private, industry only"] if session.track.is_private else []
    parts = [". ".join(about), session.abstract, ", ".join(session.people())]
    parts.append(settings.SITE_URL + session.get_absolute_url())
    return plain("\n\n".join(part for part in parts if part))
