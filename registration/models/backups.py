"""That a backup was made, so that its absence is noticed."""

from django.db import models
from django.utils import timezone


class Backup(models.Model):
    made_at = models.DateTimeField(default=timezone.now)
    bytes = models.PositiveBigIntegerField()
    seconds = models.FloatField()

    class Meta:
        ordering = ["-made_at"]

    def __str__(self):
        return f"{self.made_at:%Y-%m-%d %H:%M}, {self.bytes} bytes"
