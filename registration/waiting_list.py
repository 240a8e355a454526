"""Free places going to the first in line by themselves, where an organiser has set the event so."""

import logging

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery

from sessions.models import Event

from . import places
from .models import AccessRequest, Decision, StepRefused, User
from .steps import State

log = logging.getLogger("techtrack.places")


def first_in_line(event):
    """Who gets the next free place, or None: the first whose account is open.

    Somebody who has not proven their address is no exception: the place is theirs, and opens nothing before.
    """
    return AccessRequest.objects.in_line(event).filter(person__is_active=True).first()


def first_in_lines(events):
    """``{pk of the event: who gets its next free place}`` of several, by one query."""
    line = AccessRequest.objects.in_line(OuterRef("pk")).filter(person__is_active=True)
    firsts = (
        Event.objects.filter(pk__in=[event.pk for event in events])
        .order_by()
        .values(first=Subquery(line.values("pk")[:1]))
    )
    return {one.event_id: one for one in AccessRequest.objects.filter(pk__in=firsts)}


def pass_all_on():
    """By the mail worker from time to time: a raised capacity, and what was not done when a place became free."""
    for event in _passing_on().filter(access_requests__state=State.WAITING).distinct():
        pass_on(event.pk)


def pass_on(event_id):
    """Give each free place of this event to the first in line, in a transaction of its own. Returns how many."""
    given, tried = 0, set()
    while (one := _next(event_id)) is not None and one.pk not in tried:
        tried.add(one.pk)
        given += _give(one)
    if given:
        log.info("free places were given", extra={"places": given})
    return given


def _passing_on():
    return Event.objects.filter(passes_places_on=True, archived=False, capacity__isnull=False)


def _next(event_id):
    event = _passing_on().filter(pk=event_id).first()
    if event is None or places.left(event) == 0:
        return None
    # Who was in and was put back onto the list was put there by somebody, who may let them in again; the site does not.
    put_back = Decision.objects.filter(
        request=OuterRef("pk"), begin=State.APPROVED, to=State.WAITING, at=OuterRef("waiting_since")
    )
    return AccessRequest.objects.in_line(event).filter(~Exists(put_back), person__is_active=True).first()


def _give(one):
    """Whether they got it; what was true a moment ago is looked at again under the locks, in their order."""
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=one.person_id)
        now = AccessRequest.objects.locked().get(pk=one.pk)
        event = Event.objects.select_for_update(no_key=True).get(pk=one.event_id)
        if now.state != State.WAITING or not person.is_active or not _passing_on().filter(pk=event.pk).exists():
            return False
        try:
            now.approve(by=None)
        except StepRefused:
            return False
    return True
