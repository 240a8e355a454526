"""One edition of the Tech Track."""

import functools
import zoneinfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.db.models import F, Q


@functools.cache  # it looks into some six hundred files
def time_zones():
    return zoneinfo.available_timezones()


def check_time_zone(name):
    if name not in time_zones():
        raise ValidationError("%(name)s is no IANA time zone; write it like America/Chicago.", params={"name": name})


YEARS = range(2000, 2101)  # wide enough for every edition, narrow enough to catch a slip


def check_year(moment):
    if moment.year not in YEARS:
        raise ValidationError(f"The year must be from {YEARS[0]} to {YEARS[-1]}.")


class EventQuerySet(models.QuerySet):
    def current(self):
        """The one event that the site is about now, or None before any was loaded."""
        return self.filter(is_current=True).first()

    def holding(self, slug):
        """The event of the session at this address, else the current one: one query either way, so that the time
        an answer takes does not tell a private session from one that never existed.
        """
        from .session import Session

        here = Session.objects.filter(track__event=models.OuterRef("pk"), slug=slug)
        return self.annotate(is_here=models.Exists(here)).order_by("-is_here", "-is_current", "-date").first()


class Event(models.Model):
    """One edition of the Tech Track."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    host = models.CharField(max_length=200, help_text="Who hosts it.")
    conference = models.CharField(max_length=200, help_text="The conference it is part of.")
    conference_url = models.URLField(blank=True)
    city = models.CharField(max_length=100)
    venue = models.CharField(max_length=200, blank=True)
    venue_address = models.CharField(max_length=300, blank=True)
    date = models.DateField(validators=[check_year])
    time_zone = models.CharField(max_length=60, validators=[check_time_zone])
    intro = models.TextField(blank=True, help_text="Words of welcome; an empty line begins a new paragraph.")
    contact_email = models.EmailField(blank=True)
    registration_opens = models.DateTimeField(null=True, blank=True, validators=[check_year])
    registration_closes = models.DateTimeField(null=True, blank=True, validators=[check_year])
    capacity = models.PositiveIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(100_000)], help_text="Places in the private sessions."
    )
    is_current = models.BooleanField(default=False, editable=False)
    archived = models.BooleanField(default=False, help_text="The day is over; set by an organiser, not by the clock.")

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-date"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_current"],
                condition=Q(is_current=True),
                name="one_current_event",
                violation_error_message="Another event is the current one.",
            ),
            models.CheckConstraint(
                condition=Q(registration_closes__isnull=True)
                | Q(registration_opens__isnull=True)
                | Q(registration_closes__gt=F("registration_opens")),
                name="registration_closes_after_it_opens",
                violation_error_message="Registration must close after it opens.",
            ),
        ]

    def __str__(self):
        return f"{self.name} {self.date.year}"

    @property
    def zone(self):
        return zoneinfo.ZoneInfo(self.time_zone)

    def make_current(self):
        """Make this the event that ``/`` shows, in place of the one before."""
        with transaction.atomic():
            Event.objects.filter(is_current=True).exclude(pk=self.pk).update(is_current=False)
            Event.objects.filter(pk=self.pk).update(is_current=True)
        self.is_current = True
