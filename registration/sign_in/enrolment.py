"""The one-time code that lets an organiser set up a second factor."""

from datetime import timedelta

from allauth.core.internal.cryptokit import generate_user_code, normalize_user_code
from django.db import transaction
from django.utils import timezone

from cacc_techtrack.sealing import digest

from ..models import EnrolmentCode, Mail, SecondFactorNews, User
from ..second_factor import told_apart

LIFE = timedelta(days=7)


def digest_of(code):
    return digest("enrolment-code", normalize_user_code(code))


def new_code(user):
    """A fresh code of twelve letters (20¹², about 52 bits) in place of any before it; shown once, kept as a digest."""
    code = generate_user_code(length=12)
    EnrolmentCode.objects.update_or_create(
        user=user,
        defaults={"digest": digest_of(code), "expires_at": timezone.now() + LIFE, "used_at": None},
    )
    return code


def issue(user):
    """A fresh code for an organiser, who is told by mail that there is one; returns it."""
    with transaction.atomic():
        Mail.objects.queue(Mail.SECOND_FACTOR, user, about=SecondFactorNews.ENROLMENT_CODE)
        return new_code(user)


def start_way_back(user):
    """For an organiser who lost their device: no factor holds any more, nor a login session; returns a fresh code."""
    with told_apart(user), transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        user.authenticator_set.all().delete()
        user.shut_out()
        Mail.objects.queue(Mail.SECOND_FACTOR, user, about=SecondFactorNews.DEVICE_LOST)
        return new_code(user)


def use(user, code):
    """Consume the code by one conditional UPDATE; False when it is not this person's, too old, or used."""
    now = timezone.now()
    return bool(
        EnrolmentCode.objects.filter(user=user, digest=digest_of(code), used_at=None, expires_at__gt=now).update(
            used_at=now
        )
    )
