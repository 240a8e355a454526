"""What was changed of the programme after people could read it: noted at each write, told once somebody publishes it.

``stamps`` sees the change, for calendars, which tell it at once, and for these drafts alike.
"""

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.dateformat import time_format
from django.utils.dateparse import parse_time
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..audience import Audience
from .session import Session
from .track import Track

CANCELLED = "cancelled"


@dataclass(frozen=True)
class AsItWas:
    """What people could read of a session at one moment, as texts that ``Change`` keeps."""

    values: dict
    published: bool  # to anybody but organisers
    public: bool

    @classmethod
    def of(cls, session, track=None):
        track = track or session.track
        was_read = session.published and track.event.announced
        times = [time.strftime("%H:%M") for time in (session.start, session.end) if time]
        return cls(
            {
                Change.What.TIME: "-".join(times),
                Change.What.ROOM: session.room,
                Change.What.TITLE: session.title,
                Change.What.CANCELLED: CANCELLED if session.cancelled else "",
            },
            was_read,
            was_read and not track.is_private,
        )


class ChangeQuerySet(models.QuerySet):
    def drafts(self):
        """Noted, and told to nobody."""
        return self.filter(published_at=None)

    def published(self):
        return self.filter(published_at__isnull=False)

    def visible_to(self, audience):
        """The published changes of sessions that this audience may read now.

        To the public only what was changed, and published, while the session was public: else the words from before
        could be those of a private session that was opened later.
        """
        found = self.published().filter(session__in=Session.objects.visible_to(audience))
        return found if audience >= Audience.INDUSTRY else found.filter(public=True)

    def newest_first(self):
        return self.select_related("session__track").order_by("-published_at", "-pk")


class Change(models.Model):
    """One thing that became another: time, room, title, or whether the session takes place."""

    class What(models.TextChoices):
        TIME = "time", _("New time")
        ROOM = "room", _("New room")
        TITLE = "title", _("New title")
        CANCELLED = "cancelled", _("Cancelled")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # of the feed's entry; does not count
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="changes")
    what = models.CharField(max_length=10, choices=What.choices)
    before = models.CharField(max_length=300, blank=True)  # times like "13:00-13:45"
    after = models.CharField(max_length=300, blank=True)
    public = models.BooleanField()  # the session was, when this was changed and when it was published
    published_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=150, blank=True)  # shown to organisers alone
    mailed_at = models.DateTimeField(null=True)  # when the mails to those who asked for them were queued

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "what", "public"],
                condition=Q(published_at=None),
                name="one_draft_of_each_change",
                violation_error_message="Somebody else is changing this session.",
            ),
        ]
        indexes = [models.Index(fields=["-published_at"], name="changes_by_time")]

    def __str__(self):
        return self.sentence()

    @classmethod
    def note(cls, before, session):
        """Keep as drafts what a write made of the session, which was ``before`` (an ``AsItWas``).

        Two changes of the same thing are one; one that is taken back is none. Nothing is noted of what nobody could
        read: a session that was hidden, or is. Called in the transaction of the write.
        """
        # Held, so that a track that turns private at this moment does so before or after.
        track = Track.objects.select_for_update(of=("self",)).select_related("event").get(pk=session.track_id)
        after = AsItWas.of(session, track)
        if not (before.published and after.published):
            return
        public = before.public and after.public
        for what, value in after.values.items():
            if value == before.values[what]:
                continue
            draft = cls.objects.drafts().filter(session=session, what=what, public=public).first()
            if draft is None:
                cls.objects.create(session=session, what=what, public=public, before=before.values[what], after=value)
            elif draft.before == value:
                draft.delete()
            else:
                draft.after = value
                draft.save(update_fields=["after"])

    def publish(self, *, by=None, by_name=""):
        """Tell it to who may read the session. False when somebody was quicker, and published or forgot it.

        ``by`` is a person, or None with a ``by_name`` for what is none.
        """
        with transaction.atomic():
            now = Change.objects.drafts().select_for_update(of=("self",)).filter(pk=self.pk, after=self.after).first()
            if now is None:
                return False
            now.public = now.public and AsItWas.of(now.session).public
            now.published_at = timezone.now()
            now.by, now.by_name = by, (by_name or str(by))[:150]
            now.save()
        self.refresh_from_db()
        return True

    def forget(self):
        """Tell it to nobody, now or later. False when somebody was quicker."""
        return bool(Change.objects.drafts().filter(pk=self.pk, after=self.after).delete()[0])

    # In words

    @property
    def label(self):
        if self.what == self.What.CANCELLED and not self.after:
            return _("It takes place after all")
        return self.get_what_display()

    @property
    def is_of_programme_text(self):
        """Whether the values are the organisers' own words."""
        return self.what in {self.What.ROOM, self.What.TITLE}

    @property
    def new(self):
        """The value after, as people read it; nothing where the label says it all."""
        return self._shown(self.after)

    @property
    def old(self):
        return self._shown(self.before)

    def _shown(self, value):
        if self.what == self.What.CANCELLED:
            return ""
        if not value:
            return gettext("to be announced")
        if self.what == self.What.TIME:
            return " – ".join(time_format(parse_time(time), gettext("g:i a")) for time in value.split("-"))
        return value

    def sentence(self):
        if self.what == self.What.CANCELLED:
            return str(self.label)
        return str(format_lazy("{}: {} ({} {})", self.label, self.new, gettext("before:"), self.old))
