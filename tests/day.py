"""A day with times, for the stories of what is on and what was chosen."""

import datetime as dt
from zoneinfo import ZoneInfo

from sessions.models import Session

from . import world

CHICAGO = ZoneInfo("America/Chicago")


def at(clock, day=9, zone=CHICAGO):
    """That day of August 2022, like ``at("13:30")``."""
    return dt.datetime.combine(dt.date(2022, 8, day), dt.time.fromisoformat(clock), zone)


def timed(event):
    """Four private sessions from nine to half past twelve, two public ones from one, and a reception without an end."""
    canaries = world.Canaries()
    morning, afternoon = world.private_part(event, canaries), world.public_part(event)
    move("reporting-cycle", "13:00", "13:45")
    move("equally", "14:00", "15:00")
    move("networking-reception", "17:00", None)
    return morning, afternoon


def move(slug, start, end, **more):
    Session.objects.filter(slug=slug).update(start=start, end=end, **more)
