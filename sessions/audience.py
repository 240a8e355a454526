"""What someone may read of one event."""

from enum import IntEnum


class Audience(IntEnum):
    """From the fewest to the most rights; each may read all that the one before it may."""

    PUBLIC = 0
    INDUSTRY = 1
    ORGANISER = 2
