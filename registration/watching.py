"""What is looked at from time to time, by the mail worker and by the timer, so that one is enough to notice."""

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from .models import Alarm, Backup, Cause, Mail

BACKUP_MAY_BE = timedelta(days=1)
MAIL_MAY_WAIT = timedelta(minutes=5)


def oldest_waiting():
    """When the oldest mail that still waits was queued, or None."""
    return (
        Mail.objects.filter(state=Mail.State.QUEUED).order_by("created_at").values_list("created_at", flat=True).first()
    )


def last_backup():
    """When the last backup was made; for a site without any, when its database was."""
    newest = Backup.objects.values_list("made_at", flat=True).first()
    return newest or MigrationRecorder(connection).migration_qs.order_by("applied").values_list("applied").first()[0]


def look():
    oldest = oldest_waiting()
    if oldest and timezone.now() - oldest > MAIL_MAY_WAIT:
        Alarm.objects.sound(
            Cause.QUEUE,
            minutes=int((timezone.now() - oldest).total_seconds() // 60),
            waiting=Mail.objects.filter(state=Mail.State.QUEUED).count(),
        )
    age = timezone.now() - last_backup()
    if not settings.LOCAL and age > BACKUP_MAY_BE:
        Alarm.objects.sound(Cause.BACKUP, hours=int(age.total_seconds() // 3600))
