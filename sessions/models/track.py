"""The parts of the day; each has one audience."""

from django.db import models, transaction

from ..addresses import opaque_slug
from ..audience import Audience
from .event import Event
from .stamps import Told


class Track(Told):
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

    @classmethod
    def telling(cls, keys):
        from .session import Session

        return (Session.objects.filter(track__in=keys),)

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
