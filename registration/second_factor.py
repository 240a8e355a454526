"""Who may enter admin now: an organiser who, on a real site, gave a second factor in this login session."""

from contextlib import contextmanager
from contextvars import ContextVar

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings

from .models import Alarm, Cause


def has_second_factor(user):
    return Authenticator.objects.filter(user_id=user.pk).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def gave_second_factor(request):
    """True when this login session holds the record of a factor that the person still has."""
    used = [
        record["id"]
        for record in get_authentication_records(request, request.user)
        if record.get("method") == "mfa" and "id" in record
    ]
    return bool(used) and Authenticator.objects.filter(user_id=request.user.pk, pk__in=used).exists()


def may_enter_admin(request):
    """The one rule for admin and for the ``ORGANISER`` audience. Locally the second factor is offered, not required."""
    user = request.user
    if not (user.is_authenticated and user.is_active and user.is_staff and user.has_proven_address()):
        return False
    return settings.LOCAL or gave_second_factor(request)


_told_apart = ContextVar("told_apart", default=None)


@contextmanager
def told_apart(person):
    """Meanwhile a letter of their own tells this person what they lose: an alarm would be a second one."""
    before = _told_apart.set(person)
    try:
        yield
    finally:
        _told_apart.reset(before)


def removed(instance, **_):
    """An organiser who loses a second factor, by whatever way, is told to all administrators."""
    if instance.type != Authenticator.Type.RECOVERY_CODES and instance.user.is_staff:
        Alarm.objects.sound(Cause.FACTOR, but_not=_told_apart.get())
