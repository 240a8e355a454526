"""The programme: one event, its tracks, their sessions, and who takes part.

Views reach these rows through ``visible_to(audience)`` and nothing else.
"""

from .announcements import Announcement
from .changes import AsItWas, Change, ChangeQuerySet
from .editions import copy_edition
from .event import Event, EventQuerySet, check_time_zone
from .generation import Generation
from .materials import Material, MaterialQuerySet
from .people import Organisation, Participation, Speaker
from .session import Session, SessionQuerySet
from .track import Track

__all__ = [
    "Announcement",
    "AsItWas",
    "Change",
    "ChangeQuerySet",
    "Event",
    "EventQuerySet",
    "Generation",
    "Material",
    "MaterialQuerySet",
    "Organisation",
    "Participation",
    "Session",
    "SessionQuerySet",
    "Speaker",
    "Track",
    "check_time_zone",
    "copy_edition",
]
