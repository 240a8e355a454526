"""What was done with a request: each step as a row that is never changed, and each edit of the person's own."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from .. import steps
from ..steps import State

CHANGED_MEANWHILE = "This request was changed after you opened the page. Nothing was decided; look at it as it is now."


class StepRefused(Exception):
    """A step that was not taken; its text is for the person who asked for it. Nothing was changed."""


class AlreadyDecided(StepRefused):
    """The state no longer allows the step."""


class Stale(StepRefused):
    """The request was changed after the page was opened."""


class Full(StepRefused):
    """An approval past the event's capacity."""

    def __init__(self, request, capacity, taken):
        self.request, self.capacity, self.taken = request, capacity, taken
        few = {0: "There are no places", 1: "The one place is taken"}
        places = few.get(capacity, f"All {capacity} places are taken")
        more = f" (approved: {taken})" if taken > capacity else ""
        stays = " The request stays on the waiting list." if request.state == State.WAITING else ""
        super().__init__(f"{places}{more}. Nothing was decided.{stays}")

    @property
    def may_wait(self):
        """Whether the waiting list is a step that can be taken instead."""
        return (State(self.request.state), State.WAITING) in steps.STEPS


class Edit(models.Model):
    """What the person changed of the answers that organisers judge by, so that these can see it."""

    request = models.ForeignKey("registration.AccessRequest", on_delete=models.PROTECT, related_name="edits")
    version = models.PositiveIntegerField()  # the version of the request that this edit made
    at = models.DateTimeField(default=timezone.now)
    changes = models.JSONField()  # {"organisation": ["before", "after"]}

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{', '.join(self.changes)} on {self.at:%Y-%m-%d %H:%M}"

    def lines(self):
        """``(label, before, after)`` for each answer, as people read them."""
        for name, values in self.changes.items():
            field = self.request._meta.get_field(name)
            before, after = (dict(field.flatchoices).get(value, value) or "not given" for value in values)
            yield field.verbose_name, before, after


FORGOTTEN = "(forgotten)"  # in place of somebody's name


class NeverChanged(models.QuerySet):
    """Rows that are written once."""

    def forget_words(self, **blank):
        """Take personal words out, and nothing else: the one way past the rule below, for ``forgetting.py`` alone.

        Who decided what, from which state to which, and when, cannot be named here, and nothing new can be written.
        """
        if not set(blank) <= {"reason", "words", "actor_name", "about", "figures"}:
            raise TypeError("Of these rows words alone are forgotten.")
        if any(value not in ("", FORGOTTEN, {}) for value in blank.values()):
            raise TypeError("Words are forgotten, not changed.")
        return super().update(**blank)

    def update(self, **fields):
        raise TypeError("These rows are never changed.")

    def delete(self):
        raise TypeError("These rows are never deleted.")


class Decision(models.Model):
    """One step in a request's life: who, when, from, to. Never changed afterwards."""

    request = models.ForeignKey("registration.AccessRequest", on_delete=models.PROTECT, related_name="decisions")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=150)
    at = models.DateTimeField(default=timezone.now)
    begin = models.CharField("from", max_length=10, choices=State.choices, blank=True)
    to = models.CharField(max_length=10, choices=State.choices)
    reason = models.TextField("reason, kept inside", blank=True)
    words = models.TextField("words to the person", blank=True)
    # Of a request that was closed for another one of the same person: that one.
    merged_into = models.ForeignKey(
        "registration.AccessRequest", on_delete=models.PROTECT, null=True, related_name="merged_from"
    )

    objects = NeverChanged.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(to__in=State.values), name="decision_to_known_state"),
        ]

    def __str__(self):
        return f"{self.get_to_display()} by {self.actor_name}"

    def save(self, *args, **kwargs):
        if self.pk:
            raise TypeError("A decision is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("A decision is never deleted.")

    @classmethod
    def of(cls, request, begin, to, *, by, **said):
        """A step of a request, not written down yet; ``by`` is None where the site itself takes it."""
        name = str(by or steps.THE_SITE)[:150]
        return cls(request=request, actor=by, actor_name=name, begin=begin or "", to=to, **said)

    @property
    def step(self):
        return steps.MERGE if self.merged_into_id else steps.step_of(self.begin, self.to, self.request.origin)

    def told_to_the_person(self):
        """What was done, as the person reads it of their own request."""
        if not self.begin:
            return self._told_of_the_beginning()
        match self.to:
            case State.PENDING if self.begin in steps.LIVE:
                return gettext("organisers took their decision back and will decide anew")
            case State.PENDING:
                return gettext("organisers reopened your request")
            case State.APPROVED if self.actor_id is None:
                return gettext("a place became free, and it is yours")
            case State.APPROVED:
                return gettext("organisers approved your request")
            case State.WAITING:
                return gettext("organisers put you on the waiting list")
            case State.DECLINED:
                return gettext("organisers declined your request")
            case State.REVOKED:
                return gettext("organisers revoked your access")
            case State.WITHDRAWN if self.merged_into_id:
                return gettext("organisers closed this request, since you have another one under another address")
            case State.WITHDRAWN:
                return gettext("you withdrew your request")

    def _told_of_the_beginning(self):
        match self.request.origin:
            case self.request.Origin.BY_HAND:
                return gettext("organisers entered this request for you")
            case self.request.Origin.AT_DOOR:
                return gettext("you asked at the door, and your request was entered there")
            case self.request.Origin.INVITATION:
                return gettext("you accepted the organisers’ invitation")
        return gettext("you asked for access")


class Confirmation(models.Model):
    """That an organiser confirmed an approval, after a backup or for another address. Never changed afterwards."""

    request = models.ForeignKey("registration.AccessRequest", on_delete=models.PROTECT, related_name="confirmations")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=150)
    at = models.DateTimeField(default=timezone.now)
    reason = models.TextField("reason, kept inside", blank=True)

    objects = NeverChanged.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"confirmed by {self.actor_name}"

    def save(self, *args, **kwargs):
        if self.pk:
            raise TypeError("A confirmation is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("A confirmation is never deleted.")
