"""The waiting lists at the desk: who is first in line, how many places are free, and everybody's number in the line."""

from django.db.models import Count, OuterRef, Q, Subquery, Window
from django.db.models.functions import RowNumber

from sessions.models import Event

from .. import places, waiting_list
from ..models import AccessRequest
from ..steps import State


def lists():
    """For each event that somebody waits for: ``{"event", "waiting", "left", "first"}``; ``left`` None: no limit.

    As many queries for many events as for one.
    """
    line = AccessRequest.objects.in_line(OuterRef("pk")).order_by().values("event")
    count = Subquery(line.annotate(count=Count("pk")).values("count"))
    events = list(Event.objects.annotate(waiting=count).filter(waiting__gt=0).order_by("-date"))
    left, first = places.left_of(events), waiting_list.first_in_lines(events)
    return [
        {"event": event, "waiting": event.waiting, "left": left[event.pk], "first": first.get(event.pk)}
        for event in events
    ]


def number(requests):
    """Each that waits with ``number``, its place in the line, from 1; one query for all."""
    waiting = {one.pk: one for one in requests if one.state == State.WAITING}
    if not waiting:
        return
    lines = AccessRequest.objects.filter(state=State.WAITING, event__in={one.event_id for one in waiting.values()})
    place = Window(RowNumber(), partition_by="event", order_by=["waiting_since", "pk"])
    # The "or", of what never is, has the rows counted before they are chosen.
    found = lines.order_by().annotate(place=place).filter(Q(pk__in=waiting) | Q(place=0))
    for pk, in_line in found.values_list("pk", "place"):
        waiting[pk].number = in_line
