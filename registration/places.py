"""How many places an event has in its private sessions, and how many of them are taken."""

from django.db.models import Count

from .models import AccessRequest
from .steps import State


def taken(event):
    """How many are in, to be confirmed or not."""
    return AccessRequest.objects.holding_places(event).count()


def left(event):
    """How many more may be approved: None without a limit, 0 also where more are in than there are places now."""
    return left_of([event])[event.pk]


def left_of(events):
    """``{pk: how many more}`` of several events, by one query; by none where no event has a limit."""
    limited = [event.pk for event in events if event.capacity is not None]
    holding = AccessRequest.objects.filter(event__in=limited, state=State.APPROVED).order_by()
    held = dict(holding.values_list("event").annotate(Count("pk"))) if limited else {}
    return {
        event.pk: None if event.capacity is None else max(0, event.capacity - held.get(event.pk, 0)) for event in events
    }
