"""What is looked at from time to time, by the mail worker and by the timer, so that one is enough to notice."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef
from django.utils import timezone

from .models import Alarm, Backup, Cause, Mail, User
from .sign_in.codes import MAILS_AN_HOUR

log = logging.getLogger("techtrack.alarm")

TOLD_OF_CODES_EVERY = timedelta(days=1)
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


def organisers_whose_codes_are_used_up():
    """To whom strangers had all the codes mailed that they get in an hour, and who was not told of that for a day."""
    now = timezone.now()
    codes_of = Mail.objects.filter(person=OuterRef("pk"), purpose=Mail.SIGN_IN_CODE, known_browser="")
    the_last = codes_of.filter(created_at__gt=now - timedelta(hours=1)).order_by("-created_at")[MAILS_AN_HOUR - 1 :]
    told = Mail.objects.filter(
        person=OuterRef("pk"), purpose=Mail.CODES_USED_UP, created_at__gt=now - TOLD_OF_CODES_EVERY
    )
    return User.objects.filter(Exists(the_last.values("pk")), ~Exists(told), is_staff=True, is_active=True)


def tell_organisers_of_strangers():
    """From here and not where codes are asked for: what it costs there would tell who is an organiser."""
    for pk in organisers_whose_codes_are_used_up().values_list("pk", flat=True):
        with transaction.atomic():
            User.objects.select_for_update().get(pk=pk)  # two that look at once tell them once
            person = organisers_whose_codes_are_used_up().filter(pk=pk).first()
            if person:
                Mail.objects.queue(Mail.CODES_USED_UP, person)
                log.warning("strangers used up the codes of an organiser", extra={"codes": MAILS_AN_HOUR})


def look():
    tell_organisers_of_strangers()
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
