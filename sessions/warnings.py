"""What an organiser should look at before the day: overlaps and gaps of the programme. Nothing is refused for it."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, islice

from .models import Session

EARLIEST, LATEST = dt.time(6), dt.time(23)  # a time outside is rather a slip, like 1:00 for 13:00
HAVE_NO_ABSTRACT = (Session.Kind.BREAK, Session.Kind.MEAL, Session.Kind.NETWORKING)
OVERLAPS_AT_MOST = 50  # of each kind; whoever has more has one mistake that makes them all


class Kind(StrEnum):
    """In the order in which they are told."""

    ROOM = "Two sessions in one room"
    SPEAKER = "A speaker in two places"
    ODD_TIME = "Outside the event's day"
    NO_TIME = "No time, though the day is announced"
    NO_ROOM = "No room"
    NO_ABSTRACT = "No abstract"


@dataclass(frozen=True)
class Caution:
    """``sessions``: two for an overlap, else all that lack the same thing; ``words`` say what more is to be said."""

    kind: Kind
    sessions: tuple[Session, ...]
    words: str = ""

    def concerns(self, session):
        return session in self.sessions


def of_events(events):
    """``{event's key: [Caution]}``, in two queries however many sessions there are. Nothing is told of a past day."""
    keys = [event.pk for event in events if not event.archived]
    found = Session.objects.filter(track__event__in=keys, cancelled=False).in_order()
    days = defaultdict(list)
    for session in found.select_related("track__event").prefetch_related("participations__speaker"):
        days[session.track.event_id].append(session)
    return {event.pk: _of_a_day(days[event.pk]) for event in events}


def of_event(event):
    return of_events([event])[event.pk]


def of_track(track):
    """What concerns a session of this track; the other one of an overlap may stand in another track."""
    told = []
    for warning in of_event(track.event):
        ours = tuple(session for session in warning.sessions if session.track_id == track.pk)
        if ours:
            told.append(warning if _is_overlap(warning) else Caution(warning.kind, ours, warning.words))
    return told


def of_session(session):
    return [
        warning if _is_overlap(warning) else Caution(warning.kind, (session,), warning.words)
        for warning in of_event(session.track.event)
        if warning.concerns(session)
    ]


def _is_overlap(warning):
    return warning.kind in {Kind.ROOM, Kind.SPEAKER}


def _of_a_day(sessions):
    return [
        *_overlaps(Kind.ROOM, sessions, _rooms),
        *_overlaps(Kind.SPEAKER, sessions, _speakers),
        *_those(Kind.ODD_TIME, [one for one in sessions if _odd_time(one)], _odd_time),
        *_those(Kind.NO_TIME, [one for one in sessions if not one.start and one.published and _announced(one)]),
        *_those(Kind.NO_ROOM, [one for one in sessions if not one.room]),
        *_those(Kind.NO_ABSTRACT, [one for one in sessions if not one.abstract and one.kind not in HAVE_NO_ABSTRACT]),
    ]


def _announced(session):
    return session.track.event.announced


def _rooms(session):
    """Written one way or another, it is one room; ``(what tells it apart, its name)``."""
    return [(" ".join(session.room.casefold().split()), session.room)] if session.room else []


def _speakers(session):
    """By name: somebody may stand on the programme with two affiliations."""
    return [
        (" ".join(one.speaker.name.casefold().split()), one.speaker.name)
        for one in session.participations.all()
        if one.speaker_id
    ]


def _overlaps(kind, sessions, what):
    at_once, names = defaultdict(list), {}
    for session in sessions:
        for key, name in what(session):
            if session.start:
                at_once[key].append(session)
                names.setdefault(key, name)
    pairs = (
        Caution(kind, pair, f"{names[key]}, {_span(pair)}")
        for key, group in at_once.items()
        for pair in combinations(group, 2)
        if _meet(*pair)
    )
    return islice(pairs, OVERLAPS_AT_MOST)


def _meet(one, other):
    """Whether they share a moment. A session whose end is unknown lasts a moment, so none is invented."""
    first, second = sorted((one, other), key=lambda session: session.start)
    return first.start == second.start or (first.end is not None and first.end > second.start)


def _span(pair):
    begin = _time(max(session.start for session in pair))
    ends = [session.end for session in pair]
    return f"{begin} – {_time(min(ends))}" if all(ends) else f"at {begin}"


def _odd_time(session):
    """What is odd about the session's time, or nothing."""
    if session.start and not EARLIEST <= session.start <= LATEST:
        return f"starts at {_time(session.start)}"
    if session.end and session.end > LATEST:
        return f"ends at {_time(session.end)}"
    for moment in (session.starts_at, session.ends_at):
        if moment and moment.astimezone(dt.UTC).astimezone(moment.tzinfo).time() != moment.time():
            return f"{_time(moment.time())} does not exist on that day, since clocks are put forward"
    return ""


def _time(moment):
    """As the fields of admin have it."""
    return moment.strftime("%H:%M")


def _those(kind, sessions, words=None):
    """All that lack the same thing in one warning; where there is more to say, one each."""
    if words:
        return [Caution(kind, (session,), words(session)) for session in sessions]
    return [Caution(kind, tuple(sessions))] if sessions else []
