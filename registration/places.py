"""How many places an event has in its private sessions, and how many of them are taken."""

from .models import AccessRequest


def taken(event):
    """How many are in, to be confirmed or not."""
    return AccessRequest.objects.holding_places(event).count()


def left(event):
    """How many more may be approved: None without a limit, 0 also where more are in than there are places now."""
    return None if event.capacity is None else max(0, event.capacity - taken(event))
