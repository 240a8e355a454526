"""Moving the clock that the site reads, without waiting."""

import time
from datetime import timedelta

from django.utils import timezone

_time, _now = time.time, timezone.now


def moved(monkeypatch, **by):
    """From now on the site's clock is off by a ``timedelta`` of these arguments; what was stored stays as it was."""
    delta = timedelta(**by)
    monkeypatch.setattr(time, "time", lambda: _time() + delta.total_seconds())
    monkeypatch.setattr(timezone, "now", lambda: _now() + delta)
