"""Telling organisers who ticked it, by mail, that requests wait for a decision: once, until nobody waited any more.

A mail that comes with every request would be filtered away; one a day is read.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, Q
from django.utils import timezone

from .models import AccessRequest, Mail, User
from .steps import State

log = logging.getLogger("techtrack.requests")

A_MAIL_EVERY = timedelta(days=1)  # while the same line never ends


def waiting():
    """The requests that somebody should decide on; of a day that is over nobody needs to."""
    return AccessRequest.objects.filter(state=State.PENDING, event__archived=False)


def how_many():
    return waiting().count()


def of_requests():
    """Queue the mails that are due, by the mail worker from time to time. Returns how many."""
    told = User.objects.filter(told_of_requests_at__isnull=False)
    told.filter(~Exists(waiting())).update(told_of_requests_at=None)
    return sum(_tell(organiser) for organiser in _due() if organiser.may_decide()) if waiting().exists() else 0


def _due():
    """Who is to hear of it now, whether or not they may still decide."""
    not_today = Q(told_of_requests_at=None) | Q(told_of_requests_at__lt=timezone.now() - A_MAIL_EVERY)
    return User.objects.filter(not_today, hears_of_requests=True, is_staff=True, is_active=True)


def _tell(organiser):
    with transaction.atomic():
        if not _due().filter(pk=organiser.pk).update(told_of_requests_at=timezone.now()):
            return 0  # of two that look at once, one tells
        Mail.objects.queue(Mail.REQUESTS_WAIT, organiser)
    log.info("an organiser is told that requests wait")
    return 1


def still_hears(mail):
    """Whether this mail may go out: its reader may have lost the right, or had enough, or others decided meanwhile."""
    return bool(mail.person and mail.person.hears_of_requests and mail.person.may_decide() and waiting().exists())
