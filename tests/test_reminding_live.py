"""Reminders by running workers: two at once, one of them killed in the middle."""

import datetime as dt
from collections import Counter

import pytest
from django.utils import timezone

from registration.models import Mail

from . import people, processes, world
from .figures import report

pytestmark = [pytest.mark.live, pytest.mark.slow]

GUESTS = 8


def tomorrow_somewhere():
    """An event for which it is the day before now, in the middle of it: its zone is chosen so."""
    now = timezone.now()
    ahead = min(15 - now.hour, 14)
    local = now + dt.timedelta(hours=ahead)
    zone = f"Etc/GMT{-ahead:+d}"  # whose signs are the other way round
    return world.event(date=local.date() + dt.timedelta(days=1), time_zone=zone, reminds=True)


def test_two_workers_one_of_them_killed_remind_each_guest_once(live_site, mailbox):
    """MAIL-04, MAIL-05: both look at the same moment, and each row is one person's."""
    event, boss = tomorrow_somewhere(), people.organiser()
    for number in range(GUESTS):
        people.approved(f"guest{number}@example.com", event, by=boss)
    Mail.objects.all().delete()
    mailbox.delay_after = 0.5  # so that a kill finds somebody at work
    killed, other = live_site.start_mail_worker(), live_site.start_mail_worker()
    processes.wait_until(lambda: len(mailbox.messages) >= 2, 60, "the first reminders")
    killed.kill()
    killed.wait(60)
    mailbox.delay_after = 0
    Mail.objects.update(leased_until=timezone.now() - dt.timedelta(seconds=1))  # its lease runs out
    ours = Mail.objects.filter(purpose=Mail.REMINDER)
    processes.wait_until(lambda: ours.filter(state="sent").count() == GUESTS, 60, "all to be sent")
    processes.stop(other)
    came = Counter(received.recipients[0] for received in mailbox.messages)
    assert (len(came), ours.count()) == (GUESTS, GUESTS)
    assert sum(came.values()) <= GUESTS + 2  # what was on its way when its lease ran out
    ids = {received.message["Message-ID"] for received in mailbox.messages}
    assert len(ids) == GUESTS
    report("MAIL-05 reminders by two workers, one killed", guests=GUESTS, rows=ours.count(), mails=sum(came.values()))
