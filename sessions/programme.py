"""The day as pages show it: its parts in order, each with its sessions or with the panel that stands for them."""

from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef

from .audience import Audience
from .models import Change, Session, Track


@dataclass
class Part:
    """One track as one audience sees it."""

    track: Track
    is_open: bool  # to this audience; else a panel stands for it
    sessions: list[Session] = field(default_factory=list)
    teaser: list[Session] = field(default_factory=list)


def parts_of_the_day(event, audience) -> list[Part]:
    """The parts of the day, in three queries whatever its length (four with a teaser)."""
    parts = {track.pk: Part(track, track.open_to(audience)) for track in event.tracks.order_by("position", "pk")}
    changes = Change.objects.filter(session=OuterRef("pk")).visible_to(audience)
    sessions = Session.objects.filter(track__event=event).visible_to(audience).annotate(is_changed=Exists(changes))
    for session in sessions.in_order().with_people():
        if parts[session.track_id].is_open:
            parts[session.track_id].sessions.append(session)
    closed = [part.track for part in parts.values() if not part.is_open and part.track.teaser != Track.Teaser.NOTHING]
    if closed:
        for session in Session.objects.filter(track__in=closed).visible_to(Audience.INDUSTRY).in_order():
            parts[session.track_id].teaser.append(session)
    return list(parts.values())


def label_of_the_sheet(sessions):
    """What stands on every printed sheet: the strictest TLP label of what is on it, as ``Session.TLP``; None without.

    https://www.first.org/tlp/: a document bears the label of its most restricted part.
    """
    strictness = list(Session.TLP)
    labels = [Session.TLP(session.tlp) for session in sessions if session.tlp]
    return max(labels, key=strictness.index, default=None)


def neighbours(session, visible):
    """The sessions before and after this one among those in ``visible``, in the day's order; None at its ends."""
    day = list(visible.in_order().only("slug", "title"))
    place = next(place for place, other in enumerate(day) if other.pk == session.pk)
    return day[place - 1] if place else None, day[place + 1] if place + 1 < len(day) else None
