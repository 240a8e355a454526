"""What administrators must hear of: each cause at most once a day by mail, always on the health page and in the log."""

import logging
from datetime import timedelta

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from .outbox import Mail
from .people import User

log = logging.getLogger("techtrack.alarm")

A_MAIL_EVERY = timedelta(days=1)


class Cause(models.TextChoices):
    CODES = "alarm-codes", "many sign-in codes were refused within a minute"
    ORGANISER = "alarm-organiser", "somebody became an organiser"
    ADMINISTRATOR = "alarm-administrator", "an organiser became an administrator"
    ADDRESS = "alarm-address", "an organiser's address was changed"
    FACTOR = "alarm-factor", "an organiser's second factor was removed"
    TRIED = "alarm-tried", "somebody tried to change a second factor that is not theirs"
    GUESSED = "alarm-guessed", "ten wrong second factors were given for one organiser within a day"
    QUEUE = "alarm-queue", "mail has been waiting for more than five minutes"
    BACKUP = "alarm-backup", "the last backup is more than a day old"
    EXPORT = "alarm-export", "requests were exported"
    BADGES = "alarm-badges", "badges were printed"


def causes():
    """What there is to hear of; asked for by name, so that a new one needs no migration."""
    return Cause.choices


class AlarmManager(models.Manager):
    def sound(self, cause, *, but_not=None, **figures):
        """Write it down, log it, and mail each administrator who was not mailed of this cause for a day.

        ``but_not`` is somebody who is told by a mail of their own, or who may be the one it is about.
        ``figures`` stand in the log and on the health page: counts and times, nothing of a person.
        """
        log.warning(Cause(cause).label, extra={"cause": str(cause), **figures})
        now = timezone.now()
        with transaction.atomic():
            self.get_or_create(cause=cause)
            row = self.filter(cause=cause)
            row.update(last_at=now, times=F("times") + 1, figures=figures)  # which holds the row till all are queued
            told = Mail.objects.filter(purpose=cause, created_at__gt=now - A_MAIL_EVERY, person__isnull=False)
            administrators = User.objects.filter(is_superuser=True, is_staff=True, is_active=True)
            for administrator in administrators.exclude(pk__in=told.values("person")):
                if administrator != but_not:
                    Mail.objects.queue(cause, administrator, language="en")
                    row.update(mailed_at=now)


class Alarm(models.Model):
    """One cause, and when it last gave reason."""

    cause = models.CharField(max_length=20, choices=causes, unique=True)
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    times = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=dict)
    mailed_at = models.DateTimeField(null=True)

    objects = AlarmManager()

    class Meta:
        ordering = ["-last_at"]

    def __str__(self):
        return self.get_cause_display()


class RefusedCodes(models.Model):
    """How many sign-in codes were refused, minute by minute: guessing shows here first."""

    minute = models.DateTimeField(unique=True)
    count = models.PositiveIntegerField(default=0)

    TOO_MANY = 20  # a minute
    KEPT = timedelta(days=7)

    def __str__(self):
        return f"{self.count} in the minute of {self.minute:%Y-%m-%d %H:%M}"

    @classmethod
    def count_one(cls):
        minute = timezone.now().replace(second=0, microsecond=0)
        cls.objects.get_or_create(minute=minute)
        with transaction.atomic():  # its row is locked by the UPDATE, so each count is seen once
            cls.objects.filter(minute=minute).update(count=F("count") + 1)
            count = cls.objects.get(minute=minute).count
        if count == cls.TOO_MANY:
            Alarm.objects.sound(Cause.CODES, refused=count)
