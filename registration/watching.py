"""What is looked at from time to time, by the mail worker and by the timer, so that one is enough to notice."""

from datetime import timedelta

from django.utils import timezone

from .models import Alarm, Cause, Mail

MAIL_MAY_WAIT = timedelta(minutes=5)


def oldest_waiting():
    """When the oldest mail that still waits was queued, or None."""
    return (
        Mail.objects.filter(state=Mail.State.QUEUED).order_by("created_at").values_list("created_at", flat=True).first()
    )


def look():
    oldest = oldest_waiting()
    if oldest and timezone.now() - oldest > MAIL_MAY_WAIT:
        Alarm.objects.sound(
            Cause.QUEUE,
            minutes=int((timezone.now() - oldest).total_seconds() // 60),
            waiting=Mail.objects.filter(state=Mail.State.QUEUED).count(),
        )
