"""What was done at the door: who is inside since when, and each thing that a door did, as a row never changed."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .decisions import NeverChanged

DOOR_LETTERS = 40  # at most, in the name of a door


class VisitQuerySet(models.QuerySet):
    def open(self):
        """Of those who are inside."""
        return self.filter(left_at=None)


class Visit(models.Model):
    """That somebody came in, and, once they did, that they left. Who comes again has another."""

    request = models.ForeignKey("registration.AccessRequest", on_delete=models.PROTECT, related_name="visits")
    came_at = models.DateTimeField("came")
    came_door = models.CharField("came by the door", max_length=DOOR_LETTERS)
    came_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    left_at = models.DateTimeField("left", null=True)
    left_door = models.CharField("left by the door", max_length=DOOR_LETTERS, blank=True)
    left_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["came_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                condition=Q(left_at=None),
                name="inside_once",
                violation_error_message="This person is inside already.",
            ),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=F("came_at")),
                name="left_after_coming",
                violation_error_message="Nobody leaves before they came.",
            ),
        ]

    def __str__(self):
        return f"inside since {self.came_at:%Y-%m-%d %H:%M}" if self.left_at is None else f"left {self.left_at:%H:%M}"


class Scan(models.Model):
    """One thing that a door did or refused to do, by an id made where it was done: sent twice, it is done once."""

    class Kind(models.TextChoices):
        IN = "in", _("check-in")
        OUT = "out", _("check-out")
        UNDO = "undo", _("taken back")

    class Outcome(models.TextChoices):
        ADMITTED = "admitted", _("admitted")
        ALREADY_INSIDE = "already-inside", _("already inside")
        LEFT = "left", _("left")
        NOT_INSIDE = "not-inside", _("not inside")
        UNDONE = "undone", _("undone")
        NOT_VALID = "not-valid", _("not valid")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.ForeignKey("agenda.Event", on_delete=models.PROTECT, related_name="scans")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    # None: the pass opened nothing, so nobody can tell whose it was.
    request = models.ForeignKey("registration.AccessRequest", on_delete=models.PROTECT, null=True, related_name="scans")
    door = models.CharField(max_length=DOOR_LETTERS)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("when")  # as the phone had it, where that had no network
    received_at = models.DateTimeField("received", default=timezone.now)
    offline = models.BooleanField("without a network", default=False)
    outcome = models.CharField(max_length=14, choices=Outcome.choices)
    # Since when, and by which door, the person was inside: what the door was told.
    since = models.DateTimeField("inside since", null=True)
    since_door = models.CharField("by the door", max_length=DOOR_LETTERS, blank=True)
    # What was taken back by this; a check-in or check-out is taken back once.
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")

    objects = NeverChanged.as_manager()

    class Meta:
        ordering = ["received_at", "id"]
        indexes = [
            models.Index(fields=["event", "received_at"], condition=Q(offline=True), name="scans_sent_later"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["in", "out", "undo"]), name="known_kind_of_scan"),
            models.CheckConstraint(
                condition=Q(outcome__in=["admitted", "already-inside", "left", "not-inside", "undone", "not-valid"]),
                name="known_outcome_of_scan",
            ),
            models.CheckConstraint(
                condition=Q(outcome="not-valid") | Q(request__isnull=False), name="whose_pass_it_was_is_known"
            ),
            models.CheckConstraint(condition=Q(undoes=None) | Q(kind="undo"), name="undone_by_an_undo"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.get_outcome_display()}"

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise TypeError("A scan is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("A scan is never deleted.")
