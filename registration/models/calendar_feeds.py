"""A guest's own calendar address: what it holds is kept as a digest, and opens the schedule of one event alone."""

import re
import secrets

from django.db import models, transaction
from django.utils import timezone

from cacc_techtrack.sealing import digest

from .people import User

BYTES = 32  # of randomness in a token: 256 bits
SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")


class CalendarFeedQuerySet(models.QuerySet):
    def behind(self, token):
        """The feed that this token opens, or None. Looked up by its digest, so time tells nothing of the token."""
        if not SHAPE.fullmatch(token):
            return None
        return self.filter(digest=digest("calendar-feed", token), event__archived=False).first()


class CalendarFeed(models.Model):
    """One for each person, for the event they made it for."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="calendar_feed")
    event = models.ForeignKey("agenda.Event", on_delete=models.CASCADE, related_name="calendar_feeds")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now)

    objects = CalendarFeedQuerySet.as_manager()

    def __str__(self):
        return f"calendar feed of {self.made_at:%Y-%m-%d}"

    @classmethod
    def renew(cls, person, event):
        """Make a new one; whatever address there was opens nothing any more. Returns the token: nobody keeps it."""
        token = secrets.token_urlsafe(BYTES)
        with transaction.atomic():
            User.objects.select_for_update().get(pk=person.pk)  # one at a time: the last one stands
            cls.objects.update_or_create(
                person=person,
                defaults={"event": event, "digest": digest("calendar-feed", token), "made_at": timezone.now()},
            )
        return token
