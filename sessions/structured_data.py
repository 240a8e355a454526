"""What search engines are told of an event and its public sessions: schema.org's Event, as JSON-LD.

Only what pages say to everyone, and nothing that nobody entered. https://schema.org/Event
"""

from django.conf import settings
from django.utils.html import json_script
from django.utils.safestring import mark_safe

HAPPENS, CANCELLED = "https://schema.org/EventScheduled", "https://schema.org/EventCancelled"


def about_event(event, sessions):
    """``sessions``: those of the page; the public ones among them are named."""
    told = _event(event) | {
        "url": _site(event),
        "startDate": event.date.isoformat(),
        "endDate": event.date.isoformat(),
        "description": event.intro,
        "subEvent": [
            {
                "@type": "Event",
                "name": session.title,
                "url": _site(session),
                **_when(session),
                "location": _place(event, session.room),
                "eventStatus": CANCELLED if session.cancelled else HAPPENS,
            }
            for session in sessions
            if session.is_public
        ],
    }
    return as_script(told)


def about_session(session):
    event = session.track.event
    told = {
        "@type": "Event",
        "name": session.title,
        "description": session.abstract,
        "url": _site(session),
        **_when(session),
        "location": _place(event, session.room),
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "eventStatus": CANCELLED if session.cancelled else HAPPENS,
        "organizer": {"@type": "Organization", "name": event.host},
        "performer": [_performer(who) for who in session.participations.all()],
        "superEvent": _event(event) | {"url": _site(event), "startDate": event.date.isoformat()},
    }
    return as_script(told)


def _event(event):
    return {
        "@type": "Event",
        "name": str(event),
        "location": _place(event),
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "eventStatus": HAPPENS,
        "organizer": {"@type": "Organization", "name": event.host},
    }


def _when(session):
    """The moment where it is known, else the day."""
    begins = session.starts_at or session.track.event.date
    return {"startDate": begins.isoformat()} | ({"endDate": session.ends_at.isoformat()} if session.end else {})


def _place(event, room=""):
    address = {
        "@type": "PostalAddress",
        "addressLocality": event.city,
        "streetAddress": event.venue_address,
    }
    place = {"@type": "Place", "name": event.venue or event.city, "address": address}
    return {"@type": "Place", "name": room, "containedInPlace": place, "address": address} if room else place


def _performer(participation):
    if participation.organisation:
        return {"@type": "Organization", "name": participation.organisation.name}
    affiliation = participation.speaker.affiliation
    return {
        "@type": "Person",
        "name": participation.speaker.name,
        "affiliation": {"@type": "Organization", "name": affiliation} if affiliation else "",
    }


def _site(thing):
    return settings.SITE_URL + thing.get_absolute_url()


def as_script(told):
    """A data block: browsers do not run it, so the policy has nothing against it (HTML, 4.12.1)."""
    block = json_script({"@context": "https://schema.org"} | _said(told))
    ours = block.replace('type="application/json"', 'type="application/ld+json"', 1)
    return mark_safe(ours)  # noqa: S308  # nosec B308 B703  # json_script escaped it; only the type is another


def _said(value):
    """Without what is empty."""
    if isinstance(value, dict):
        return {key: _said(one) for key, one in value.items() if one not in ("", [], None)}
    return [_said(one) for one in value] if isinstance(value, list) else value
