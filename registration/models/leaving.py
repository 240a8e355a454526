"""That somebody asked for their data to be deleted: kept until it is done, or until they take it back."""

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone


class DeletionRequestQuerySet(models.QuerySet):
    def open(self):
        return self.filter(taken_back_at=None, done_at=None)

    def ask(self, person):
        """The open one of this person, made if there is none: asking twice is asking once."""
        with transaction.atomic():
            _hold(person)
            return self.open().filter(person=person).first() or self.create(person=person)

    def take_back(self, person):
        """False when there was none any more: it was done, or taken back before."""
        with transaction.atomic():
            _hold(person)
            return bool(self.open().filter(person=person).update(taken_back_at=timezone.now()))


def _hold(person):
    """One at a time for each person, with whoever carries it out."""
    from .people import User

    User.objects.select_for_update().get(pk=person.pk)


class DeletionRequest(models.Model):
    """One wish of one person. It changes nothing by itself: an administrator carries it out (``forgetting.py``)."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deletion_requests")
    asked_at = models.DateTimeField(default=timezone.now)
    taken_back_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    objects = DeletionRequestQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(taken_back_at=None, done_at=None),
                name="one_open_deletion_request",
                violation_error_message="This person has asked already.",
            ),
            models.CheckConstraint(
                condition=Q(taken_back_at=None) | Q(done_at=None),
                name="deletion_taken_back_or_done",
                violation_error_message="What was taken back cannot be done.",
            ),
        ]

    def __str__(self):
        return f"deletion asked for on {self.asked_at:%Y-%m-%d}"
