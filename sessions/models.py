"""The programme: one event, its tracks, their sessions, and who takes part.

Views reach these rows through ``visible_to(audience)`` and nothing else.
"""

import functools
import zoneinfo
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse

from .addresses import opaque_slug, readable_slug
from .audience import Audience


@functools.cache  # it looks into some six hundred files
def time_zones():
    return zoneinfo.available_timezones()


def check_time_zone(name):
    if name not in time_zones():
        raise ValidationError("%(name)s is no IANA time zone; write it like America/Chicago.", params={"name": name})


class EventQuerySet(models.QuerySet):
    def current(self):
        """The one event that the site is about now, or None before any was loaded."""
        return self.filter(is_current=True).first()

    def holding(self, slug):
        """The event of the session at this address, else the current one: one query either way, so that the time
        an answer takes does not tell a private session from one that never existed.
        """
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
    date = models.DateField()
    time_zone = models.CharField(max_length=60, validators=[check_time_zone])
    intro = models.TextField(blank=True, help_text="Words of welcome; an empty line begins a new paragraph.")
    contact_email = models.EmailField(blank=True)
    registration_opens = models.DateTimeField(null=True, blank=True)
    registration_closes = models.DateTimeField(null=True, blank=True)
    capacity = models.PositiveIntegerField(null=True, blank=True, help_text="Places in the private sessions.")
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


class Track(models.Model):
    """A part of the day with one audience."""

    class Reader(models.TextChoices):
        PUBLIC = "public", "open to all attendees"
        INDUSTRY = "industry", "private, industry only"

    class Teaser(models.TextChoices):
        NOTHING = "nothing", "nothing"
        TITLES = "titles", "titles of its sessions"
        ABSTRACTS = "abstracts", "titles and abstracts"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="tracks")
    slug = models.SlugField(max_length=60)
    title = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField(default=1, help_text="Place in the day, from 1.")
    audience = models.CharField(max_length=10, choices=Reader.choices, default=Reader.INDUSTRY)
    teaser = models.CharField(
        max_length=10,
        choices=Teaser.choices,
        default=Teaser.NOTHING,
        help_text="What the public is shown of a private track, in the panel that stands for it.",
    )

    class Meta:
        ordering = ["event", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "slug"],
                name="unique_track_slug",
                violation_error_message="This event has a track of that slug.",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def is_private(self):
        return self.audience != self.Reader.PUBLIC

    def open_to(self, audience):
        """Whether this audience may read the track's sessions."""
        return not self.is_private or audience >= Audience.INDUSTRY

    def change_audience(self, audience):
        """Open or close the track. One that turns private gives its sessions new opaque addresses, for good."""
        with transaction.atomic():
            locked = Track.objects.select_for_update().get(pk=self.pk)
            turns_private = locked.audience == self.Reader.PUBLIC and audience != self.Reader.PUBLIC
            Track.objects.filter(pk=self.pk).update(audience=audience)
            if turns_private:
                for session in self.sessions.all():
                    session.slug = opaque_slug()
                    session.save(update_fields=["slug"])
        self.audience = audience


class SessionQuerySet(models.QuerySet):
    def visible_to(self, audience):
        """The sessions this audience may read: the one door to the programme."""
        if audience >= Audience.ORGANISER:
            return self
        published = self.filter(published=True)
        if audience >= Audience.INDUSTRY:
            return published
        return published.filter(track__audience=Track.Reader.PUBLIC)

    def in_order(self):
        """As the day goes: by track, then by time where it is known, then by number."""
        unknowns_last = [F(name).asc(nulls_last=True) for name in ("start", "number")]  # databases differ in this
        return self.order_by("track__position", "track", *unknowns_last, "pk")

    def with_people(self):
        return self.select_related("track__event").prefetch_related(
            models.Prefetch(
                "participations",
                Participation.objects.select_related("organisation", "speaker").order_by("position", "pk"),
            )
        )


class Session(models.Model):
    """One item of a track."""

    class Kind(models.TextChoices):
        TALK = "talk", "talk"
        PANEL = "panel", "panel"
        DISCUSSION = "discussion", "discussion"
        BREAK = "break", "break"
        MEAL = "meal", "meal"
        NETWORKING = "networking", "networking"

    class TLP(models.TextChoices):
        CLEAR = "CLEAR", "TLP:CLEAR"
        GREEN = "GREEN", "TLP:GREEN"
        AMBER = "AMBER", "TLP:AMBER"
        AMBER_STRICT = "AMBER+STRICT", "TLP:AMBER+STRICT"
        RED = "RED", "TLP:RED"

    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="sessions")
    number = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Begins again at 1 in each track.")
    key = models.SlugField(
        max_length=100, blank=True, help_text="The slug that the programme file gives; never shown to anyone."
    )
    slug = models.SlugField(max_length=160, unique=True, help_text="The last part of the session's address.")
    title = models.CharField(max_length=300)
    abstract = models.TextField(blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.TALK)
    start = models.TimeField(null=True, blank=True, help_text="In the event's time zone.")
    end = models.TimeField(null=True, blank=True)
    room = models.CharField(max_length=100, blank=True)
    tlp = models.CharField("TLP label", max_length=12, choices=TLP.choices, blank=True)
    published = models.BooleanField(default=False, help_text="Hidden from everyone but organisers until ticked.")
    cancelled = models.BooleanField(default=False)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["track__position", "track", "number", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["track", "number"],
                name="unique_number_within_a_track",
                violation_error_message="Another session of this track has that number.",
            ),
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(start__isnull=False, end__gt=F("start")),
                name="session_ends_after_it_starts",
                violation_error_message="A session must start, and end after that.",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("sessions:session", args=[self.slug])

    @property
    def starts_at(self):
        """When it starts, in the event's zone, or None."""
        return self.start and datetime.combine(self.track.event.date, self.start, self.track.event.zone)

    @property
    def ends_at(self):
        return self.end and datetime.combine(self.track.event.date, self.end, self.track.event.zone)

    def give_address(self, wanted=""):
        """Set the slug that fits the session's track: opaque in a private one, else from ``wanted`` or the title."""
        if self.track.is_private:
            self.slug = opaque_slug()
        else:
            others = Session.objects.exclude(pk=self.pk)
            self.slug = readable_slug(
                wanted or self.title, self.track.event.slug, lambda slug: others.filter(slug=slug).exists()
            )


class Organisation(models.Model):
    """A company or body that takes part."""

    name = models.CharField(max_length=200)
    full_name = models.CharField(max_length=300, blank=True)
    website = models.URLField(blank=True)
    email_domains = models.JSONField(default=list, blank=True, help_text='A list like ["example.org"].')
    member = models.BooleanField("member of the Tech Coalition", default=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="unique_organisation_name",
                violation_error_message="There is an organisation of that name.",
            ),
        ]

    def __str__(self):
        return self.name


class Speaker(models.Model):
    """A person on the programme of one event."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="speakers")
    name = models.CharField(max_length=200)
    affiliation = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "name", "affiliation"],
                name="unique_speaker",
                violation_error_message="This event has that speaker.",
            ),
        ]

    def __str__(self):
        return f"{self.name}, {self.affiliation}" if self.affiliation else self.name


class Participation(models.Model):
    """Who takes part in a session, and how: an organisation or a speaker."""

    class Role(models.TextChoices):
        HOST = "host", "hosts"
        PRESENTER = "presenter", "presents"
        PARTICIPANT = "participant", "takes part"

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="participations")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="participations"
    )
    speaker = models.ForeignKey(Speaker, on_delete=models.CASCADE, null=True, blank=True, related_name="participations")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.PARTICIPANT)
    position = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=False, speaker__isnull=True)
                | Q(organisation__isnull=True, speaker__isnull=False),
                name="an_organisation_or_a_speaker",
                violation_error_message="Choose an organisation or a speaker, not both.",
            ),
            models.UniqueConstraint(
                fields=["session", "organisation"],
                name="organisation_once_a_session",
                violation_error_message="That organisation takes part already.",
            ),
            models.UniqueConstraint(
                fields=["session", "speaker"],
                name="speaker_once_a_session",
                violation_error_message="That speaker takes part already.",
            ),
        ]

    def __str__(self):
        return f"{self.organisation or self.speaker} {self.get_role_display()}"
