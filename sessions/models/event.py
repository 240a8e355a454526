"""One edition of the Tech Track."""

import datetime as dt
import functools
import zoneinfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse

from ..audience import Audience
from .stamps import Stamped, Told, ToldQuerySet


@functools.cache  # it looks into some six hundred files
def time_zones():
    return zoneinfo.available_timezones()


def check_time_zone(name):
    if name not in time_zones():
        raise ValidationError("%(name)s is no IANA time zone; write it like America/Chicago.", params={"name": name})


HIDES_THE_FRONT_PAGE = "The event on the front page is announced; put another one there first."
YEARS = range(2000, 2101)  # wide enough for every edition, narrow enough to catch a slip


def check_year(moment):
    if moment.year not in YEARS:
        raise ValidationError(f"The year must be from {YEARS[0]} to {YEARS[-1]}.")


class EventQuerySet(ToldQuerySet):
    def to_tell(self):
        return self

    def held(self):
        return self.select_for_update(of=("self",)).order_by("pk")

    def current(self):
        """The one event that the site is about now, or None before any was loaded."""
        return self.filter(is_current=True).first()

    def holding(self, slug):
        """The event of the session at this address, else the current one: one query either way, so that the time
        an answer takes does not tell a private session from one that never existed.
        """
        from .session import Session

        return self._holding(Session.objects.filter(track__event=models.OuterRef("pk"), slug=slug))

    def with_material(self, key):
        """The same for the material under this key."""
        from .materials import Material

        return self._holding(Material.objects.filter(session__track__event=models.OuterRef("pk"), key=key))

    def _holding(self, here):
        return self.annotate(is_here=models.Exists(here)).order_by("-is_here", "-is_current", "-date").first()

    def of_year(self, year):
        """The event of this year, else the current one, in one query either way, for the same reason."""
        is_here = models.ExpressionWrapper(Q(date__year=year), models.BooleanField())
        return self.annotate(is_here=is_here).order_by("-is_here", "-is_current", "-announced", "-date", "pk").first()

    def announced(self):
        """All that the public knows of, the newest first."""
        return self.filter(announced=True).order_by("-date", "pk")


class Event(Stamped, Told):
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
    passes_places_on = models.BooleanField(
        "free places go to the first in line by themselves",
        default=False,
        db_default=False,
        help_text="Within seconds of being free, also when the capacity is raised; whoever gets one is told at once. "
        "Off: organisers give them by hand. Without a capacity there is no free place to give.",
    )
    reminds = models.BooleanField(
        "guests are reminded on the day before",
        default=False,
        db_default=False,
        help_text="By a mail, from nine o’clock where the event is; once each, and until the day begins also those who "
        "are let in later. Off: nobody is. What it says stands under Texts of mails.",
    )
    reminder_with_picture = models.BooleanField(
        "with the picture of their pass",
        default=False,
        db_default=False,
        help_text="Whoever has the picture can show it at the door. Off: the mail leads to the pass, for which one "
        "signs in.",
    )
    announced = models.BooleanField(
        default=False, db_default=False, help_text="Hidden from everyone but organisers until ticked, sessions and all."
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
                condition=Q(is_current=False) | Q(announced=True),
                name="the_current_event_is_announced",
                violation_error_message=HIDES_THE_FRONT_PAGE,
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

    def get_absolute_url(self):
        """``/`` for the current event, ``/2021/`` for another. The current one stands under its year as well."""
        return reverse("sessions:agenda") if self.is_current else reverse("sessions:edition", args=[self.date.year])

    def clean(self):
        if self.is_current and not self.announced:  # the constraint says so too, but not beside the field
            raise ValidationError({"announced": HIDES_THE_FRONT_PAGE})
        if self.date and Event.objects.filter(date__year=self.date.year).exclude(pk=self.pk).exists():
            raise ValidationError({"date": "There is an edition of that year; its address is the year."})

    def open_to(self, audience):
        """Whether this audience may know that there is such an event."""
        return self.announced or audience >= Audience.ORGANISER

    @property
    def zone(self):
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def ends_at(self):
        """The end of its date, where it takes place; whether somebody archived it says nothing of when it was."""
        midnight = dt.datetime.combine(self.date + dt.timedelta(days=1), dt.time())
        return midnight.replace(tzinfo=self.zone)

    @property
    def place(self):
        """Where it is, as far as that is known; the city always is."""
        return [part for part in (self.venue, self.venue_address, self.city) if part]

    @classmethod
    def telling(cls, keys):
        from .session import Session

        return cls.objects.filter(pk__in=keys), Session.objects.filter(track__event__in=keys)

    def told(self):
        return (self.date, self.place), (self.name, self.conference, self.intro, self.is_current)

    def make_current(self):
        """Make this the event that ``/`` shows, in place of the one before; that announces it."""
        with transaction.atomic():
            Event.objects.filter(is_current=True).exclude(pk=self.pk).update(is_current=False)
            Event.objects.filter(pk=self.pk).update(is_current=True, announced=True)
        self.is_current = self.announced = True

    def archive(self):
        """The day is over: ``/`` says so, and nobody can ask for access any more."""
        Event.objects.filter(pk=self.pk).update(archived=True)
        self.archived = True
