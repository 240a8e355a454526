"""Moving the clock that the site reads, without waiting."""

import time
from datetime import timedelta

from django.apps import apps
from django.utils import timezone

_time, _now = time.time, timezone.now


def moved(monkeypatch, **by):
    """From now on the site's clock is off by a ``timedelta`` of these arguments; what was stored stays as it was."""
    delta = timedelta(**by)
    monkeypatch.setattr(time, "time", lambda: _time() + delta.total_seconds())
    monkeypatch.setattr(timezone, "now", lambda: _now() + delta)
    for field in _stamped():
        monkeypatch.setitem(vars(field), "_get_default", lambda: timezone.now())  # what Django keeps of a default


def moved_to(monkeypatch, moment):
    """From now on it is this moment by the site's clock, and the clock goes on from there."""
    moved(monkeypatch, seconds=(moment - _now()).total_seconds())


def _stamped():
    """Fields whose default is the clock itself: they hold the function as it was when the models were read."""
    return [field for model in apps.get_models() for field in model._meta.fields if field.default is _now]
