"""My agenda: the sessions that somebody chose, in the day's order, and which of them overlap."""

from dataclasses import dataclass
from itertools import combinations
from urllib.parse import urlencode

from django.urls import reverse

from .models import Session
from .programme import Part


@dataclass(frozen=True)
class Selection:
    """The day as somebody may read it, and what of it they chose."""

    parts: list[Part]
    chosen: list[Session]
    left_out: bool = False  # something was asked for that this reader does not find on the agenda

    @classmethod
    def of(cls, parts, slugs):
        """What of these slugs stands in these parts; the rest counts as addresses that never existed."""
        wanted = set(slugs)
        sessions = [session for part in parts for session in part.sessions]
        for session in sessions:
            session.is_chosen = session.slug in wanted
        chosen = [session for session in sessions if session.is_chosen]
        return cls(parts, chosen, left_out=len(chosen) < len(wanted))

    @property
    def slugs(self):
        return [session.slug for session in self.chosen]

    @property
    def overlaps(self):
        return overlaps(self.chosen)


@dataclass(frozen=True)
class Overlap:
    earlier: Session
    later: Session  # when it begins, both are on


def overlaps(sessions):
    """The pairs that are surely on at once: one that has no end yet is only known to begin."""
    timed = sorted((one for one in sessions if one.start and not one.cancelled), key=lambda one: one.start)
    return [
        Overlap(earlier, later)
        for earlier, later in combinations(timed, 2)
        if later.start == earlier.start or (earlier.end and later.start < earlier.end)
    ]


def address(slugs, taken_out=()):
    """Where a selection stands; ``taken_out``: what the page offers to put back."""
    asked = urlencode([("s", slug) for slug in slugs] + [("out", slug) for slug in taken_out])
    return reverse("sessions:my_agenda") + (f"?{asked}" if asked else "")


def calendar_address(slugs):
    """The same selection as a calendar."""
    return reverse("feeds:my_agenda") + "?" + urlencode([("s", slug) for slug in slugs])
