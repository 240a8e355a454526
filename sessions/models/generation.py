"""Which state of the programme the database holds, told by a value that is another after each write.

What is made of the programme and kept is good for as long as the value is the one it was made under. The database
itself gives the new value, by a trigger on every table of this app and in the writer's own transaction, so that no
writer can forget it: neither a bulk update, nor raw SQL, nor another machine. The values are random and never counted,
so that none comes back: not after a flush, and not after a restore.

A migration that makes a table, or that changes one on SQLite (which makes it anew, without its triggers), ends with
``RunPython(triggers.make)``; ``test_generation.py`` tells who forgets it.
"""

from django.db import models

from cacc_techtrack.prepared import Prepared


class GenerationQuerySet(models.QuerySet):
    def now(self) -> str | None:
        """None when nothing is known, and so nothing may be kept.

        On PostgreSQL writers do not wait for each other, so that two at once leave two values: together they are the
        generation.
        """
        return "-".join(sorted(value for (value,) in _VALUES.rows())) or None


class Generation(models.Model):
    value = models.CharField(max_length=32, primary_key=True)

    objects = GenerationQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return self.value


_VALUES = Prepared(lambda: Generation.objects.values_list("value"))
