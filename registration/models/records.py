"""What organisers did besides deciding: each deed as a row that is written once."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from .decisions import NeverChanged


class Deed(models.TextChoices):
    """What was done. A value is never given another meaning, since rows keep it."""

    EXPORTED = "exported", "exported requests"
    PRINTED = "printed", "printed badges"
    CANCELLED = "cancelled", "cancelled a mail that waited"
    MAILED = "mailed", "sent a mail"
    SENT_AGAIN = "sent-again", "sent the newest mail of a request again"
    EDITED_TEXT = "edited-text", "edited the text of a mail"
    ENTERED = "entered", "entered a request by hand"
    WALK_UP = "walk-up", "entered a walk-up at the door"
    SEARCHED = "searched", "searched at the door"
    INVITED = "invited", "sent an invitation"
    RECALLED = "recalled", "recalled an invitation"
    CORRECTED = "corrected", "corrected an address"
    MERGED = "merged", "merged two requests"
    READ_OUT = "read-out", "made a code to read out"
    VOUCHED = "vouched", "let somebody in by a code read out"
    LOADED = "loaded", "loaded organisations"
    LOADED_PROGRAMME = "loaded-programme", "loaded a programme file"
    PUBLISHED = "published", "published or hid sessions"
    FORGOT = "forgot", "deleted people's data"
    DOWNLOADED = "downloaded", "downloaded their own data"


def deeds():
    """What may be done; asked for by name, so that a new one needs no migration."""
    return Deed.choices


class RecordQuerySet(NeverChanged):
    def write(self, deed, *, by, about="", request=None, figures=None):
        """Write down, in the transaction at hand, what ``by`` did; None: the site itself.

        ``about`` says of what in a few words; ``figures`` holds counts and times. Neither holds what opens anything.
        """
        return self.create(
            deed=deed,
            actor=by,
            actor_name=str(by or "the site")[:150],
            about=about[:500],
            request=request,
            figures=figures or {},
        )


class Record(models.Model):
    """One deed: who, when, what. Never changed afterwards."""

    deed = models.CharField(max_length=20, choices=deeds)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=150)
    at = models.DateTimeField(default=timezone.now)
    about = models.CharField(max_length=500, blank=True)
    request = models.ForeignKey(
        "registration.AccessRequest", on_delete=models.PROTECT, null=True, related_name="records"
    )
    figures = models.JSONField(default=dict, blank=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["-at", "-id"], name="records_newest_first")]

    def __str__(self):
        return f"{self.actor_name} {self.get_deed_display()}"

    def save(self, *args, **kwargs):
        if self.pk:
            raise TypeError("A record is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("A record is never deleted.")
