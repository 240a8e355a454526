"""Slides and papers of a session: files that organisers add, handed out through the gate alone.

A row knows everything of its file but the bytes, which lie in the storage that settings name, under a random name
that no address leads to. A file that gives way to another, or goes with its row, is taken away once that is committed;
what is left lying by a fault in between, ``sweep`` finds.
"""

import logging
import secrets
from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import CASCADE, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..audience import Audience
from .session import Session

FOLDER = "materials"
LEFT_LYING = timedelta(hours=1)  # longer than any upload is under way
PDF = "application/pdf"

log = logging.getLogger("techtrack.materials")


def new_key():
    """128 bits: not to be guessed, and saying nothing."""
    return secrets.token_hex(16)


def new_place(material, filename):
    """Where a file is put: nothing of the name that it came with."""
    return f"{FOLDER}/{secrets.token_hex(16)}"


def take_away_unused(places):
    """Once all is committed: the files at these places of the storage, but for what a row still needs."""
    places = [place for place in places if place]

    def take_away():
        needed = set(Material.objects.filter(file__in=places).values_list("file", flat=True))
        for place in set(places) - needed:
            try:
                default_storage.delete(place)
            except Exception as error:  # a storage's own kinds; no address leads there, and ``sweep`` tries again
                log.warning("a file was not taken away: %s", type(error).__name__)

    if places:
        transaction.on_commit(take_away)


def cascade_with_files(collector, field, rows, using):
    """For ``on_delete``: with a session go its materials, and with these their files.

    Admin also comes by when it only asks what would go; then the rows are still there afterwards, and so are the files.
    """
    take_away_unused([row.file.name for row in rows])
    CASCADE(collector, field, rows, using)


class MaterialQuerySet(models.QuerySet):
    def visible_to(self, audience):
        """What this audience may have, by what it may read of sessions: the one door to materials.

        Who reads as the public has no name, and so gets nothing that is to bear the reader's.
        """
        if audience >= Audience.ORGANISER:
            return self
        found = self.filter(audience=Material.Reader.SESSION, session__in=Session.objects.visible_to(audience))
        return found if audience >= Audience.INDUSTRY else found.filter(stamped=False)

    def in_order(self):
        return self.order_by("position", "pk")

    def delete(self):
        places = list(self.values_list("file", flat=True))
        with transaction.atomic():
            take_away_unused(places)
            return super().delete()

    delete.alters_data = True
    delete.queryset_only = True

    def sweep(self):
        """Take away files of the storage that no row names; returns how many."""
        try:
            _, names = default_storage.listdir(FOLDER)
        except FileNotFoundError:
            return 0
        places = {f"{FOLDER}/{name}" for name in names}
        unused = places - set(self.model.objects.values_list("file", flat=True))
        before = timezone.now() - LEFT_LYING
        old = [place for place in unused if default_storage.get_modified_time(place) < before]
        for place in old:
            default_storage.delete(place)
        return len(old)

    sweep.alters_data = True


class Material(models.Model):
    """One file of a session."""

    class Reader(models.TextChoices):
        SESSION = "session", "whoever may read the session"
        ORGANISERS = "organisers", "organisers only"

    class Kind(models.TextChoices):
        """By content type; what is shown as the file's kind."""

        PDF = PDF, "PDF"
        PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation", "PowerPoint"
        DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word"
        ODP = "application/vnd.oasis.opendocument.presentation", "OpenDocument"
        ODT = "application/vnd.oasis.opendocument.text", "OpenDocument text"
        PNG = "image/png", "PNG"
        JPEG = "image/jpeg", "JPEG"
        TEXT = "text/plain", _("text")

    session = models.ForeignKey(Session, on_delete=cascade_with_files, related_name="materials")
    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)
    title = models.CharField(max_length=200, blank=True, help_text="The file's name, if you leave it empty.")
    file = models.FileField(upload_to=new_place, max_length=100, unique=True, editable=False)
    name = models.CharField(max_length=120, editable=False)  # under which people save it
    content_type = models.CharField("kind", max_length=100, choices=Kind.choices, editable=False)
    size = models.PositiveIntegerField(editable=False)  # bytes
    audience = models.CharField("for", max_length=10, choices=Reader.choices, default=Reader.ORGANISERS)
    tlp = models.CharField(
        "TLP label", max_length=12, choices=Session.TLP.choices, blank=True, help_text="The session's, if left empty."
    )
    stamped = models.BooleanField(
        "with the reader's name on each page",
        default=False,
        help_text="PDF alone. The time stands beside it. Nobody gets such a file without being signed in.",
    )
    position = models.PositiveSmallIntegerField(default=1, help_text="Place among the session's materials, from 1.")
    found = models.TextField("found in it", blank=True, editable=False)  # author, comments …, a line each
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MaterialQuerySet.as_manager()

    class Meta:
        ordering = ["session", "position", "pk"]
        verbose_name = "material"
        verbose_name_plural = "materials"
        constraints = [
            models.CheckConstraint(
                condition=Q(stamped=False) | Q(content_type=PDF),
                name="only_pdf_bears_names",
                violation_error_message="Only a PDF can bear the reader's name.",
            ),
            models.CheckConstraint(condition=Q(size__gt=0), name="material_is_not_empty"),
        ]

    def __str__(self):
        return self.title or self.name

    def get_absolute_url(self):
        return reverse("material", args=[self.key, self.name])

    def put(self, checked):
        """Take this file (``materials.checking.Checked``) for the one there was, whose address is dead from now on."""
        before = self.file.name
        self.key, self.name, self.size = new_key(), checked.name, len(checked.content)
        self.content_type, self.found = checked.content_type, "\n".join(checked.found)
        self.file.save("", ContentFile(checked.content), save=False)
        with transaction.atomic():
            self.save()
            take_away_unused([before])

    def delete(self, *args, **how):
        with transaction.atomic():
            take_away_unused([self.file.name])
            return super().delete(*args, **how)

    @property
    def label(self):
        """Its own TLP label, else the session's; empty where neither has one."""
        return self.tlp or self.session.tlp

    def get_label_display(self):
        return Session.TLP(self.label).label if self.label else ""

    @property
    def is_pdf(self):
        return self.content_type == self.Kind.PDF

    @property
    def is_marked(self):
        """Whether each page is to bear the label or the reader's name when it is handed out."""
        return self.is_pdf and bool(self.stamped or self.label)

    @property
    def is_for_organisers(self):
        return self.audience == self.Reader.ORGANISERS
