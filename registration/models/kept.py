"""The sessions that somebody who signs in has put on their own agenda."""

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone


class KeptSessionQuerySet(models.QuerySet):
    def of(self, person, sessions):
        """What this person keeps of these sessions: those that they may read now, or it would tell of others."""
        return self.filter(person=person, session__in=sessions)

    def kept(self):
        return self.filter(taken_out_at=None)

    def taken_out(self):
        """What went with the last step, and may be put back until the next."""
        return self.filter(taken_out_at__isnull=False)

    def keep(self, person, sessions):
        with transaction.atomic():
            self._forget_the_last_step(person)
            self._add(person, sessions)

    def take_out(self, person, sessions):
        with transaction.atomic():
            self._forget_the_last_step(person)
            self.of(person, sessions).update(taken_out_at=timezone.now())

    def keep_just(self, person, sessions, *, of):
        """Of all the sessions ``of`` keep these and no others."""
        with transaction.atomic():
            self._forget_the_last_step(person)
            self.of(person, of).exclude(session__in=sessions).update(taken_out_at=timezone.now())
            self._add(person, sessions)

    def put_back(self, person):
        self.taken_out().filter(person=person).update(taken_out_at=None)

    def _forget_the_last_step(self, person):
        self.taken_out().filter(person=person).delete()

    def _add(self, person, sessions):
        rows = [self.model(person=person, session=session) for session in sessions]
        self.bulk_create(rows, ignore_conflicts=True)  # kept already


class KeptSession(models.Model):
    """One session on one person's agenda."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="kept_sessions")
    session = models.ForeignKey("agenda.Session", on_delete=models.CASCADE, related_name="kept")
    taken_out_at = models.DateTimeField(null=True)

    objects = KeptSessionQuerySet.as_manager()

    class Meta:
        verbose_name = "session on somebody's agenda"
        verbose_name_plural = "sessions on somebody's agenda"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "session"],
                name="kept_once",
                violation_error_message="This session is on the agenda already.",
            ),
        ]

    def __str__(self):
        return "on somebody's agenda"  # admin lists it to who deletes a session, and they need not know whose
