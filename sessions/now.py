"""Now and next: what of a page the clock alone changes, and when it does so next."""

import datetime as dt
from dataclasses import dataclass, field

from django.utils import timezone

from .audience import Audience
from .models import Announcement, Event, Session


@dataclass(frozen=True)
class Span:
    """When a session is on, in UTC: times of one zone compare by their clocks, which the night of the change upsets."""

    session: Session
    begins: dt.datetime
    ends: dt.datetime


@dataclass(frozen=True)
class NowAndNext:
    """What a page shows; nothing before the day itself, when a script alone may begin to."""

    begins: dt.datetime  # the day, in the event's zone
    ends: dt.datetime
    is_today: bool
    now: list[Session] = field(default_factory=list)
    next: list[Session] = field(default_factory=list)


def day_of(event):
    """Midnight and midnight, in the event's zone."""
    return tuple(dt.datetime.combine(event.date + dt.timedelta(days=days), dt.time(), event.zone) for days in (0, 1))


def spans(event, sessions):
    """Of those that take place at a known time, by their beginning.

    One without an end lasts until the next begins, or the day ends.
    """
    timed = [one for one in sessions if one.start and one.published and not one.cancelled]
    begins = {one: _moment(event, one.start) for one in timed}
    day_ends = day_of(event)[1].astimezone(dt.UTC)

    def end_of(one):
        if one.end:
            return _moment(event, one.end)
        return min((later for later in begins.values() if later > begins[one]), default=day_ends)

    return [Span(one, begins[one], end_of(one)) for one in sorted(timed, key=begins.get)]


def now_and_next(event, sessions, now):
    """What to show of these sessions, or None: without times, after the day, and once the event is archived.

    ``sessions`` are those that the reader may see. ``now`` is aware.
    """
    begins, ends = day_of(event)
    found = spans(event, sessions)
    if event.archived or not found or now >= ends:
        return None
    if now < begins:
        return NowAndNext(begins, ends, is_today=False)
    later = [span for span in found if span.begins > now]
    return NowAndNext(
        begins,
        ends,
        is_today=True,
        now=[span.session for span in found if span.begins <= now < span.ends],
        next=[span.session for span in later if span.begins == later[0].begins],
    )


def next_boundary(event, audience, now):
    """The first moment after ``now`` when the clock alone changes what this audience is shown of the event, or None.

    A page that is kept ready is good until then. It tells of nothing that the audience may not read.
    """
    told = Announcement.objects.filter(event=event).visible_to(audience).turns(now)
    return _first(_turns_of_the_day(event, audience) + told, now)


def next_public_boundary():
    """The same from now on, for whatever of the programme the public is shown."""
    now = timezone.now()
    found = Announcement.objects.visible_to(Audience.PUBLIC).turns(now)
    for event in Event.objects.announced().filter(archived=False):
        found += _turns_of_the_day(event, Audience.PUBLIC)
    return _first(found, now)


def _first(moments, now):
    return min((moment for moment in moments if moment > now), default=None)


def _turns_of_the_day(event, audience):
    """When its sessions begin and end, and the day itself, which shows them; nothing once the event is archived."""
    if event.archived:
        return []
    visible = Session.objects.filter(track__event=event, start__isnull=False).visible_to(audience)
    found = spans(event, visible.only("start", "end", "published", "cancelled"))
    if not found:
        return []
    moments = {moment.astimezone(dt.UTC) for moment in day_of(event)}
    return [*moments, *(moment for span in found for moment in (span.begins, span.ends))]


def _moment(event, time):
    return dt.datetime.combine(event.date, time, event.zone).astimezone(dt.UTC)
