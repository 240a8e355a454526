"""Telling guests who asked for it, by mail, that the programme changed: one mail for what was published together."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone

from sessions.models import Change, Event

from .models import AccessRequest, Mail

log = logging.getLogger("techtrack.changes")

QUIET = timedelta(minutes=5)  # without a further change, before the mail goes out
AT_MOST = timedelta(minutes=15)  # that the first of them waits


def of_changes():
    """Queue the mails that are due, by the mail worker from time to time. Returns how many."""
    now = timezone.now()
    waiting = Change.objects.published().filter(mailed_at=None).values("session__track__event")
    spans = waiting.annotate(first=Min("published_at"), last=Max("published_at")).order_by()
    return sum(
        _tell(one["session__track__event"])
        for one in spans
        if one["last"] <= now - QUIET or one["first"] <= now - AT_MOST
    )


def _tell(event_id):
    with transaction.atomic():
        event = Event.objects.select_for_update().get(pk=event_id)  # of two that look at once, one tells
        changes = Change.objects.published().filter(session__track__event=event, mailed_at=None)
        if not changes.update(mailed_at=timezone.now()):
            return 0
        hearing = AccessRequest.objects.hearing_of_changes(event).select_related("person")
        for request in hearing:
            Mail.objects.queue(Mail.CHANGES, request.person, event=event)
        log.info("guests are told of changes", extra={"mails": len(hearing)})
        return len(hearing)


def still_hears(mail):
    """Whether this mail may go out: its reader may have been shut out, or had enough, since it was queued."""
    return AccessRequest.objects.hearing_of_changes(mail.event).filter(person=mail.person).exists()
