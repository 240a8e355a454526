"""Counters of what may be done only so often. ``sign_in.limits`` has the verbs."""

from django.db import models


class Tally(models.Model):
    """How often something was done in a span of time that began with its first; who did it stands nowhere."""

    key = models.CharField(max_length=64, primary_key=True)  # a digest of what is counted, and of whom
    count = models.PositiveIntegerField(default=1)
    until = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "tallies"

    def __str__(self):
        return f"{self.count} until {self.until:%Y-%m-%d %H:%M}"
