"""Reminding guests by mail on the day before, where an organiser has set the event so: once, and nobody else."""

import datetime as dt
import logging
import secrets
from dataclasses import dataclass

from django.db.models import Count, Exists, Min, OuterRef
from django.utils import timezone
from django.utils.dateformat import time_format
from django.utils.translation import gettext

from cacc_techtrack.logs import request_id, working_for
from sessions.audience import Audience
from sessions.models import Event, Session
from sessions.now import day_of

from .models import AccessRequest, Mail, Pass

log = logging.getLogger("techtrack.reminders")

FROM = dt.time(9)  # of the day before, where the event is
LATEST = dt.timedelta(hours=12)  # of the day itself: what was held up for longer than that helps nobody
AT_ONCE = 500  # rows an INSERT


# When


def queued_from(event):
    """When the first are queued; until the day begins those follow who are let in later."""
    return dt.datetime.combine(event.date - dt.timedelta(days=1), FROM, event.zone)


def queued_until(event):
    return day_of(event)[0]


def _reminding():
    return Event.objects.filter(is_current=True, reminds=True, archived=False)


def of_tomorrow():
    """Queue the mails that are due, by the mail worker from time to time. Returns how many."""
    now = timezone.now()
    return sum(_remind(event) for event in _reminding() if queued_from(event) <= now < queued_until(event))


# Whom


def mails_of(event):
    return Mail.objects.filter(purpose=Mail.REMINDER, event=event)


def to_remind(event):
    """Requests of those who are let in and to whom none was sent, nor is on its way."""
    theirs = mails_of(event).exclude(state=Mail.State.EXPIRED).filter(person=OuterRef("person"))
    return AccessRequest.objects.letting_in().filter(~Exists(theirs), event=event)


def _remind(event):
    """What two workers queue for one person at once the database takes from the first alone: ``one_reminder_a_person``.

    No row is locked for it, so that nobody waits; in the order of people, as whoever holds many of them takes them.
    """
    people = [one.person for one in to_remind(event).select_related("person").order_by("person")]
    if not people:
        return 0
    with working_for(secrets.token_hex(8)):
        mails = [Mail.to(Mail.REMINDER, person, event=event) for person in people]
        Mail.objects.bulk_create(mails, AT_ONCE, ignore_conflicts=True)
        count = mails_of(event).filter(request_id=request_id()).count()
        log.info("guests are reminded", extra={"mails": count})
    return count


def still_for_them(mail):
    """Whether it may go out now: its reader may have been shut out, or the event be another matter, since."""
    event = mail.event and _reminding().filter(pk=mail.event_id).first()
    if event is None or timezone.now() >= queued_until(event) + LATEST:
        return False
    opening = AccessRequest.objects.letting_in().filter(event=event, person=mail.person)
    return opening.filter(person__email=mail.recipient).exists()


# What


def times_of(event):
    """When each part begins for a guest, as far as anybody has said so."""
    if event.pk is None:  # an invented one, to look at a text
        return gettext("to be announced")
    visible = Session.objects.filter(track__event=event, start__isnull=False, cancelled=False)
    first = visible.visible_to(Audience.INDUSTRY).order_by("track__position", "track_id").values_list("track__title")
    known = [
        gettext("{part} from {time}").format(part=part, time=time_format(start, gettext("g:i a")))
        for part, start in first.annotate(Min("start"))
    ]
    return f"{'; '.join(known)} ({event.time_zone})" if known else gettext("to be announced")


def picture_for(mail):
    """The pass of this mail's reader as a PNG, drawn at this moment: what opens anything is stored nowhere."""
    from .passes import picture

    request = AccessRequest.objects.letting_in().select_related("event").get(event=mail.event_id, person=mail.person_id)
    Pass.objects.make_for([request])
    return picture.png(Pass.objects.select_related("request__event").get(request=request))


# For organisers


@dataclass(frozen=True)
class Outlook:
    """What is sent when, and how far that has come."""

    event: Event
    begins: dt.datetime  # in the event's zone
    ends: dt.datetime
    to_come: int  # who would get one now
    sent: dict  # {how it went: how many}

    @property
    def is_over(self):
        return self.event.archived or timezone.now() >= self.ends


def outlook(event):
    counts = dict(mails_of(event).order_by().values_list("state").annotate(Count("pk")))
    sent = {state.label: counts[state] for state in Mail.State if state in counts}
    return Outlook(event, queued_from(event), queued_until(event), to_remind(event).count(), sent)
