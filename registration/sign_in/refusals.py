"""What somebody tried with a second factor and was refused: the log has each, administrators hear of the grave ones."""

import logging
from datetime import timedelta
from functools import wraps

from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone

from ..models import Alarm, Cause, Mail, SecondFactorNews, User
from .limits import Limit

log = logging.getLogger("techtrack.sign_in")

# Everybody mistypes twice; who goes on has somebody's mailbox, and not their enrolment code.
WRONG_ENROLMENT_CODES = Limit("wrong enrolment codes", 2, timedelta(hours=1))
WRONG_FACTORS = Limit("wrong second factors", 9, timedelta(days=1))  # what comes after is told


def noticed(view):
    """For pages that add or remove a factor. Only a POST is a try: links, and pages left open, lead to a GET."""

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        if request.method == "POST" and _is_anothers(kwargs.get("pk"), request.user):
            Alarm.objects.sound(Cause.TRIED, what="removing another's")
        try:
            return view(request, *args, **kwargs)
        except ReauthenticationRequired:
            if request.method == "POST":
                log.warning("a second factor was not changed: none was given just now")
            raise

    return wrapped


def enrolment_code(person):
    """A wrong one was typed."""
    log.warning("an enrolment code was refused")
    if WRONG_ENROLMENT_CODES.spend(str(person.pk)):
        Alarm.objects.sound(Cause.TRIED, what="enrolling without a code", but_not=person)


def second_factor(person):
    """A wrong one was given, by somebody who has typed a code from this organiser's mail: told once a day."""
    log.warning("a second factor was refused")
    if not WRONG_FACTORS.spend(str(person.pk)):
        return
    Alarm.objects.sound(Cause.GUESSED, but_not=person)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)
        told = Mail.objects.filter(person=person, purpose=Mail.SECOND_FACTOR, about=SecondFactorNews.GUESSED)
        if not told.filter(created_at__gt=timezone.now() - WRONG_FACTORS.span).exists():
            Mail.objects.queue(Mail.SECOND_FACTOR, person, about=SecondFactorNews.GUESSED)


def _is_anothers(pk, person):
    return pk is not None and Authenticator.objects.filter(pk=pk).exclude(user=person).exists()
