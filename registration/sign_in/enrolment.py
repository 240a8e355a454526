"""The one-time code that lets an organiser set up a second factor."""

from datetime import timedelta

from allauth.core.internal.cryptokit import generate_user_code, normalize_user_code
from django.utils import timezone

from cacc_techtrack.sealing import digest

from ..models import EnrolmentCode

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


def use(user, code):
    """Consume the code by one conditional UPDATE; False when it is not this person's, too old, or used."""
    now = timezone.now()
    return bool(
        EnrolmentCode.objects.filter(user=user, digest=digest_of(code), used_at=None, expires_at__gt=now).update(
            used_at=now
        )
    )
