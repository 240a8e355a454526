"""When what calendars tell of an event or a session last changed, kept for every way in which rows are written.

A calendar program that fetched an entry knows it again by ``uid``, takes another one for newer by ``sequence``, and
is told when it changed by ``changed_at``; all three stay as they are until something is told otherwise than before.
Every model whose words an entry tells is ``Told``: ``save``, ``delete`` and ``QuerySet.update`` and ``delete`` of it
run within ``watched``, which compares what the entries say before and after, stamps those that differ, and lets the
row note it for "what changed". It is done there, and not in verbs, because a writer who forgot it would leave
subscribers with an old entry for good. Where several writes are one change, whoever makes them runs all of them within
one ``watched``. The stamps themselves are written by it alone: a row that was loaded before cannot put old ones back.
"""

import uuid
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

STAMPS = ("uid", "sequence", "changed_at")

_watched = ContextVar("watched", default=frozenset())  # keys of the rows that somebody further out compares


@contextmanager
def watched(*found):
    """Stamp the rows of these querysets that are told otherwise afterwards; those that are new keep what they have."""
    with transaction.atomic():
        around = _watched.get()
        held = [row for rows in found for row in rows.held() if (type(row), row.pk) not in around]
        before = {(type(row), row.pk): row.told() for row in held}
        token = _watched.set(around | before.keys())
        try:
            yield
        finally:
            _watched.reset(token)
        now = timezone.now()
        for kind in {kind for kind, _ in before}:
            for row in kind._default_manager.filter(pk__in=[pk for of, pk in before if of is kind]).to_tell():
                (plan, words), (new_plan, new_words) = before[kind, row.pk], row.told()
                if (plan, words) != (new_plan, new_words):
                    rows = models.QuerySet(kind).filter(pk=row.pk)
                    rows.update(changed_at=now, sequence=F("sequence") + int(plan != new_plan))
                    row.note_change(plan)


class ToldQuerySet(models.QuerySet):
    def update(self, **values):
        with watched(*self.model.telling(list(self.values_list("pk", flat=True)))):
            return super().update(**values)

    update.alters_data = True

    def delete(self):
        with watched(*self.model.telling(list(self.values_list("pk", flat=True)))):
            return super().delete()

    delete.alters_data = True
    delete.queryset_only = True


class Told(models.Model):
    """A row of whose words calendar entries tell."""

    objects = ToldQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **how):
        with watched(*(self.telling_once_there() if self._state.adding else self.telling([self.pk]))):
            super().save(*args, **how)

    def delete(self, *args, **how):
        with watched(*self.telling([self.pk])):
            return super().delete(*args, **how)

    @classmethod
    def telling(cls, keys):
        """Querysets of the stamped rows whose entries tell of the rows with these keys."""
        raise NotImplementedError

    def telling_once_there(self):
        """The same for a row that is new."""
        return ()


class Stamped(models.Model):
    """A row that has a calendar entry of its own."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True

    def save(self, *args, update_fields=None, **how):
        if update_fields is None and not self._state.adding and not how.get("force_insert"):
            names = [field.name for field in self._meta.concrete_fields if not field.primary_key]
            update_fields = [name for name in names if name not in STAMPS]
        super().save(*args, update_fields=update_fields, **how)

    def told(self):
        """``(plan, words)``: title, time, place and state, by which ``sequence`` rises; and all else that its entry
        says. What rises it is more than RFC 5545, 3.8.7.4 asks for: whatever "what changed" would tell.
        """
        raise NotImplementedError

    def note_change(self, plan):
        """Called once the row is told otherwise, with the plan from before and in the transaction of the change."""
