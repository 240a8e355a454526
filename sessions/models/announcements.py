"""What organisers tell one audience while the day goes on: a banner on its pages, from one minute to another."""

import datetime as dt

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.translation import get_language, gettext

from ..audience import Audience
from .event import Event

LONGER = dt.timedelta(minutes=15)  # what one press of the button adds


class AnnouncementQuerySet(models.QuerySet):
    def visible_to(self, audience):
        """Those that this audience may read. A private one is as private as a session."""
        found = self.filter(audience__lte=audience)
        return found if audience >= Audience.ORGANISER else found.filter(event__announced=True)

    def on_now(self, event, audience) -> list:
        """What pages of this event show this audience at this moment, the newest first."""
        now = timezone.now()
        found = self.filter(event=event, begins_at__lte=now, ends_at__gt=now).visible_to(audience)
        shown = list(found.order_by("-begins_at", "-pk"))
        for one in shown:
            one.event = event
        return shown

    def turns(self, now):
        """The moments after ``now`` when the clock alone shows one of them, or takes it away."""
        spans = self.filter(ends_at__gt=now).values_list("begins_at", "ends_at")
        return [moment for span in spans for moment in span if moment > now]


class Announcement(models.Model):
    """A few words to one audience."""

    class Reader(models.IntegerChoices):
        EVERYONE = Audience.PUBLIC.value, "everyone"
        GUESTS = Audience.INDUSTRY.value, "guests, who may read the private sessions"
        ORGANISERS = Audience.ORGANISER.value, "organisers alone"

    AT_MOST = 400  # letters: it stands above all else on a phone

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="announcements", db_index=False)
    audience = models.PositiveSmallIntegerField("for", choices=Reader.choices)
    text = models.TextField(max_length=AT_MOST, validators=[MaxLengthValidator(AT_MOST)])
    text_es = models.TextField(
        "text in Spanish", max_length=AT_MOST, blank=True, validators=[MaxLengthValidator(AT_MOST)]
    )
    begins_at = models.DateTimeField("from")
    ends_at = models.DateTimeField("until")
    # When it was to end before a button last moved that, so that a slip can be taken back.
    ended_before = models.DateTimeField(null=True, editable=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by_name = models.CharField(max_length=150, blank=True, editable=False)  # shown to organisers alone

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        ordering = ["-begins_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begins_at")),
                name="announcement_ends_after_it_begins",
                violation_error_message="It must end after it begins.",
            ),
            models.CheckConstraint(
                condition=Q(audience__in=[0, 1, 2]),
                name="announcement_for_a_known_audience",
                violation_error_message="It is for everyone, for guests, or for organisers.",
            ),
            models.CheckConstraint(
                condition=~Q(text=""),
                name="announcement_says_something",
                violation_error_message="Write what it says.",
            ),
        ]
        indexes = [models.Index(fields=["event", "ends_at"], name="announcements_of_an_event")]

    def __str__(self):
        return self.text if len(self.text) <= 60 else f"{self.text[:59]}…"

    # For pages

    @property
    def words(self):
        """In the language of the page, where it is written in that."""
        return self.text_es if get_language() == "es" and self.text_es else self.text

    @property
    def is_for_guests(self):
        return self.audience == self.Reader.GUESTS

    @property
    def is_for_organisers(self):
        return self.audience == self.Reader.ORGANISERS

    @property
    def since(self):
        """When it began, where the event is; with the date unless that is the day itself."""
        local = self.begins_at.astimezone(self.event.zone)
        time = date_format(local, gettext("g:i a"))
        return time if local.date() == self.event.date else f"{date_format(local, gettext('j F Y'))}, {time}"

    # For organisers

    @property
    def state(self):
        """ "to come", "on now" or "over"."""
        now = timezone.now()
        if now < self.begins_at:
            return "to come"
        return "on now" if now < self.ends_at else "over"

    def end_now(self, *, seen):
        """Take it off all pages. False when it is not on, or when somebody moved its end since ``seen``."""
        return self.state == "on now" and self._move_end(timezone.now(), seen)

    def show_longer(self, *, seen):
        """Keep it a while longer than it was to stand; one that is over comes back for as long. False as above."""
        return self._move_end(max(self.ends_at, timezone.now()) + LONGER, seen)

    def undo(self, *, seen):
        """It ends when it was to end before; the way back from that is the same. False as above."""
        return self.ended_before is not None and self._move_end(self.ended_before, seen)

    def _move_end(self, moment, seen):
        moved = Announcement.objects.filter(pk=self.pk, ends_at=seen, begins_at__lt=moment)
        if not moved.update(ends_at=moment, ended_before=F("ends_at")):
            return False
        self.refresh_from_db()
        return True
