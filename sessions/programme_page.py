"""What admin's pages of an event, a track and a session share: what to look at, and how others see it."""

from django.urls import reverse

from . import warnings
from .models import Event, Session, Track


class ProgrammePage:
    """Mixed into their admin; the templates are in ``templates/admin/agenda/``."""

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if change and obj is not None and request.user.has_perm("agenda.view_session"):
            context |= {"cautions": cautions_of(obj)}
        if change and obj is not None:
            context |= {"seen_at": seen_at(obj), "event_seen": event_of(obj)}
        return super().render_change_form(request, context, add, change, form_url, obj)


def cautions_of(row):
    match row:
        case Event():
            return warnings.of_event(row)
        case Track():
            return warnings.of_track(row)
        case Session():
            return warnings.of_session(row)


def event_of(row):
    match row:
        case Event():
            return row
        case Track():
            return row.event
        case Session():
            return row.track.event


def seen_at(row):
    """The address at which the site shows it."""
    if isinstance(row, Session):
        return row.get_absolute_url()
    event = event_of(row)
    page = reverse("sessions:edition", args=[event.date.year])
    return f"{page}#part-{row.slug}" if isinstance(row, Track) else page
