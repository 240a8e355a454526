"""What a programme file may say: the keys of each table, and how each value is checked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..models import Event, Organisation, Participation, Session, Speaker, Track
from . import values


@dataclass(frozen=True)
class Key:
    check: Callable[[Any], Any]
    required: bool = False


@dataclass(frozen=True)
class Table:
    keys: dict
    required: bool = False


@dataclass(frozen=True)
class Tables:
    """An array of tables."""

    keys: dict
    required: bool = False


def column(model, name, *, required=False, lines=False):
    return Key(values.text(model._meta.get_field(name), lines=lines), required)


EVENT = {
    "slug": column(Event, "slug", required=True),
    "name": column(Event, "name", required=True),
    "host": column(Event, "host", required=True),
    "conference": column(Event, "conference", required=True),
    "conference_url": column(Event, "conference_url"),
    "city": column(Event, "city", required=True),
    "venue": column(Event, "venue"),
    "venue_address": column(Event, "venue_address"),
    "date": Key(values.day, required=True),
    "time_zone": column(Event, "time_zone", required=True),
    "intro": column(Event, "intro", lines=True),
    "contact_email": column(Event, "contact_email"),
    "registration_opens": Key(values.or_empty(values.moment)),
    "registration_closes": Key(values.or_empty(values.moment)),
    "capacity": Key(values.or_empty(values.whole_number(0, 100_000))),
    "current": Key(values.yes_or_no),
    "announced": Key(values.yes_or_no),
}

ORGANISATION = {
    "name": column(Organisation, "name", required=True),
    "full_name": column(Organisation, "full_name"),
    "website": column(Organisation, "website"),
    "email_domains": Key(values.domains),
    "member": Key(values.yes_or_no),
}

SESSION = {
    "number": Key(values.or_empty(values.whole_number(1, 999))),
    "slug": column(Session, "key"),
    "title": column(Session, "title", required=True),
    "abstract": column(Session, "abstract", lines=True),
    "kind": column(Session, "kind"),
    "start": Key(values.or_empty(values.clock)),
    "end": Key(values.or_empty(values.clock)),
    "room": column(Session, "room"),
    "tlp": column(Session, "tlp"),
    "published": Key(values.yes_or_no),
    "cancelled": Key(values.yes_or_no),
    "organisations": Tables(
        {"name": column(Organisation, "name", required=True), "role": column(Participation, "role")}
    ),
    "speakers": Tables({"name": column(Speaker, "name", required=True), "affiliation": column(Speaker, "affiliation")}),
}

TRACK = {
    "slug": column(Track, "slug", required=True),
    "title": column(Track, "title", required=True),
    "audience": column(Track, "audience"),
    "teaser": column(Track, "teaser"),
    "sessions": Tables(SESSION),
}

FILE = {"event": Table(EVENT, required=True), "organisations": Tables(ORGANISATION), "tracks": Tables(TRACK)}
