"""A new edition made after an old one."""

from django.db import transaction

from .event import Event
from .people import Participation
from .session import Session
from .track import Track

# Not the venue, times, rooms and capacity, which nobody has said anything about yet.
OF_THE_EVENT = ("host", "conference", "conference_url", "city", "time_zone", "intro", "contact_email")
OF_A_TRACK = ("slug", "title", "position", "audience")  # not the teaser: closed until opened
OF_A_SESSION = ("number", "title", "abstract", "kind", "tlp")
OF_A_PARTICIPATION = ("organisation", "role", "position")


def copy_edition(event, *, slug, name, date):
    """A new event with the tracks, sessions and organisations of this one. No people: neither speakers nor requests.

    Nothing of it is public: the event is not announced, its sessions are not published and have addresses of their
    own, and no key of a programme file, since the new edition has no file yet.
    """
    with transaction.atomic():
        new = Event.objects.create(slug=slug, name=name, date=date, **_values(event, OF_THE_EVENT))
        for track in event.tracks.order_by("position", "pk"):
            new_track = Track.objects.create(event=new, **_values(track, OF_A_TRACK))
            for session in track.sessions.order_by("pk"):
                _copy_session(session, new_track)
    return new


def _copy_session(session, track):
    new = Session(track=track, **_values(session, OF_A_SESSION))
    new.give_address()
    new.save()
    organisations = session.participations.filter(organisation__isnull=False)
    Participation.objects.bulk_create(
        Participation(session=new, **_values(one, OF_A_PARTICIPATION)) for one in organisations.order_by("position")
    )


def _values(row, names):
    return {name: getattr(row, name) for name in names}
