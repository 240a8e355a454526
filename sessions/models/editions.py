"""A new edition made after an old one."""

from django.db import transaction
from django.db.models import Prefetch

from .event import Event
from .people import Participation
from .session import Session
from .track import Track

# Not the venue, times, rooms and capacity, which nobody has said anything about yet.
OF_THE_EVENT = ("host", "conference", "conference_url", "city", "time_zone", "intro", "contact_email")
OF_A_TRACK = ("slug", "title", "position", "audience")  # not the teaser: closed until opened
OF_A_SESSION = ("number", "title", "abstract", "kind", "tlp")
OF_A_PARTICIPATION = ("organisation_id", "role", "position")


def copy_edition(event, *, slug, name, date):
    """A new event with the tracks, sessions and organisations of this one. No people: neither speakers nor requests.

    Nothing of it is public: the event is not announced, its sessions are not published and have addresses of their
    own, and no key of a programme file, since the new edition has no file yet.
    """
    with transaction.atomic():
        new = Event.objects.create(slug=slug, name=name, date=date, **_values(event, OF_THE_EVENT))
        organisations = Participation.objects.filter(organisation__isnull=False).order_by("position")
        sessions = Session.objects.order_by("pk").prefetch_related(Prefetch("participations", organisations))
        for track in event.tracks.order_by("position", "pk").prefetch_related(Prefetch("sessions", sessions)):
            new_track = Track.objects.create(event=new, **_values(track, OF_A_TRACK))
            for session in track.sessions.all():
                _copy_session(session, new_track)
    return new


def _copy_session(session, track):
    new = Session(track=track, **_values(session, OF_A_SESSION))
    new.give_address()
    new.save()
    Participation.objects.bulk_create(
        Participation(session=new, **_values(one, OF_A_PARTICIPATION)) for one in session.participations.all()
    )


def _values(row, names):
    return {name: getattr(row, name) for name in names}
