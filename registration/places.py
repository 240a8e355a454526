"""How many places an event has in its private sessions, and how many of them are taken."""

from .models import AccessRequest
from .steps import State


def taken(event):
    """By approved requests. One that is to be confirmed holds its place: confirming it needs no other."""
    return AccessRequest.objects.filter(event=event, state=State.APPROVED).count()


def left(event):
    """How many more may be approved: None without a limit, 0 also where more are in than there are places now."""
    return None if event.capacity is None else max(0, event.capacity - taken(event))
