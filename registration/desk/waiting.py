"""The waiting lists at the desk: who is first in line, how many places are free, and everybody's number in the line."""

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from sessions.models import Event

from .. import places, waiting_list
from ..models import AccessRequest
from ..steps import State


def lists():
    """For each event that somebody waits for: ``{"event", "waiting", "left", "first"}``; ``left`` None: no limit."""
    waits = Q(access_requests__state=State.WAITING)
    events = Event.objects.filter(waits).annotate(waiting=Count("access_requests", filter=waits)).order_by("-date")
    return [
        {
            "event": event,
            "waiting": event.waiting,
            "left": places.left(event),
            "first": waiting_list.first_in_line(event),
        }
        for event in events
    ]


def number(requests):
    """Each that waits with ``number``, its place in the line, from 1; one query for all."""
    waiting = {one.pk: one for one in requests if one.state == State.WAITING}
    if not waiting:
        return
    before = Q(waiting_since__lt=OuterRef("waiting_since")) | Q(
        waiting_since=OuterRef("waiting_since"), pk__lt=OuterRef("pk")
    )
    ahead = AccessRequest.objects.filter(before, event=OuterRef("event"), state=State.WAITING)
    count = ahead.order_by().values("event").annotate(count=Count("pk")).values("count")
    found = AccessRequest.objects.filter(pk__in=waiting).annotate(ahead=Coalesce(Subquery(count), 0))
    for pk, ahead in found.values_list("pk", "ahead"):
        waiting[pk].number = ahead + 1
