"""The items of a track, and the one door to them."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ..addresses import opaque_slug, readable_slug
from ..audience import Audience
from .stamps import Stamped, Told, ToldQuerySet, watched
from .track import Track


class SessionQuerySet(ToldQuerySet):
    def to_tell(self):
        return self.with_people()

    def held(self):
        """The tracks first, as ``Track.change_audience`` does: in another order two writers wait for each other."""
        tracks = Track.objects.filter(pk__in=self.order_by().values("track"))
        list(tracks.select_for_update(of=("self",)).order_by("pk"))
        return self.to_tell().select_for_update(of=("self",)).order_by("pk")

    def visible_to(self, audience):
        """The sessions this audience may read: the one door to the programme."""
        if audience >= Audience.ORGANISER:
            return self
        published = self.filter(published=True, track__event__announced=True)
        if audience >= Audience.INDUSTRY:
            return published
        return published.filter(track__audience=Track.Reader.PUBLIC)

    def visible_to_each(self, audiences):
        """The sessions of several events, by what somebody may read of each: ``{event's key: audience}``."""
        found = self.none()
        for audience in Audience:
            events = [event for event, of_this_one in audiences.items() if of_this_one == audience]
            if events:
                found |= self.filter(track__event__in=events).visible_to(audience)
        return found

    def publish(self):
        """Show those that are hidden; returns them, and not the ones that were published already."""
        return self._shown(True)

    def hide(self):
        return self._shown(False)

    def _shown(self, published):
        chosen = Session.objects.filter(pk__in=list(self.order_by().values_list("pk", flat=True)))
        with watched(chosen):
            changed = list(chosen.exclude(published=published))
            chosen.filter(pk__in=[session.pk for session in changed]).update(published=published)
        for session in changed:
            session.published = published
        return changed

    def in_order(self):
        """As the day goes: by track, then by time where it is known, then by number."""
        unknowns_last = [F(name).asc(nulls_last=True) for name in ("start", "number")]  # databases differ in this
        return self.order_by("track__position", "track", *unknowns_last, "pk")

    def in_order_of_days(self):
        """Of several events: the newest day first, each as it goes."""
        return self.in_order().order_by("-track__event__date", "track__event", *self.in_order().query.order_by)

    def of(self, people):
        """Those in which one of these organisations, or one of these speakers, takes part."""
        from .people import Participation

        kind = people[0]._meta.model_name
        theirs = Participation.objects.filter(**{f"{kind}__in": people}).values("session")
        return self.filter(pk__in=theirs)

    def with_people(self):
        """With the event, the track and who takes part, in one query more."""
        from .people import Participation

        return self.select_related("track__event").prefetch_related(
            models.Prefetch(
                "participations",
                Participation.objects.with_addresses()
                .select_related("organisation", "speaker")
                .order_by("position", "pk"),
            )
        )


class Session(Stamped, Told):
    """One item of a track."""

    class Kind(models.TextChoices):
        TALK = "talk", _("talk")
        PANEL = "panel", _("panel")
        DISCUSSION = "discussion", _("discussion")
        BREAK = "break", _("break")
        MEAL = "meal", _("meal")
        NETWORKING = "networking", _("networking")

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
    def is_public(self):
        """Whether everyone may read it; the same as ``visible_to(Audience.PUBLIC)``."""
        return self.published and not self.track.is_private and self.track.event.announced

    @property
    def starts_at(self):
        """When it starts, in the event's zone, or None."""
        return self.start and datetime.combine(self.track.event.date, self.start, self.track.event.zone)

    @property
    def ends_at(self):
        return self.end and datetime.combine(self.track.event.date, self.end, self.track.event.zone)

    @property
    def place(self):
        """Where it is, as far as that is known, from the room outwards."""
        return [self.room, *self.track.event.place] if self.room else self.track.event.place

    def people(self):
        """Who takes part, a line each."""
        return [who.in_words() for who in self.participations.all()]

    @classmethod
    def telling(cls, keys):
        return (cls.objects.filter(pk__in=keys),)

    def told(self):
        from .changes import AsItWas

        event = self.track.event
        return (AsItWas.of(self), event.date, event.time_zone, event.place), (
            self.abstract,
            self.tlp,
            self.slug,
            self.people(),
        )

    def note_change(self, plan):
        from .changes import Change

        Change.note(plan[0], self)

    def give_address(self, wanted=""):
        """Set the slug that fits the session's track: opaque in a private one, else from ``wanted`` or the title."""
        if self.track.is_private:
            self.slug = opaque_slug()
        else:
            others = Session.objects.exclude(pk=self.pk)
            self.slug = readable_slug(
                wanted or self.title, self.track.event.slug, lambda slug: others.filter(slug=slug).exists()
            )
