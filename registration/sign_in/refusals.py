"""What somebody tried with a second factor and was refused: the log has each, administrators hear of the grave ones."""

import logging
from datetime import timedelta
from functools import wraps

from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator

from ..models import Alarm, Cause
from .limits import Limit

log = logging.getLogger("techtrack.sign_in")

# Everybody mistypes twice; who goes on has somebody's mailbox, and not their enrolment code.
WRONG_ENROLMENT_CODES = Limit("wrong enrolment codes", 2, timedelta(hours=1))


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


def _is_anothers(pk, person):
    return pk is not None and Authenticator.objects.filter(pk=pk).exclude(user=person).exists()
