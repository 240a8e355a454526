"""The programme, as far as whoever asks may read it."""

from functools import partial

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cacc_techtrack.public import public_page

from .. import kept_day
from ..finding import Wanted
from ..models import Announcement, Change, Event, Material, Session
from ..models.event import YEARS
from ..now import now_and_next
from ..programme import label_of_the_sheet, neighbours, parts_of_the_day
from ..structured_data import about_event, about_session


@require_safe
@public_page
def agenda(request):
    """The current event and its day; a private track is a panel for whoever may not read it."""
    day = kept_day.day_for(request)
    if day.event is None:
        return render(request, "sessions/no_event.html")
    audience = request.audience_for(day.event)
    draw = partial(_day_of, event=day.event, audience=audience)
    return day.page(request, audience, draw) if kept_day.is_for(request, day, audience) else draw(request)


@require_safe
@public_page
def edition(request, year):
    """The event of a year. The current one stands here too, so that a link of today holds when it is a past one."""
    event = Event.objects.of_year(year) if year in YEARS else None
    if event is None:
        raise Http404
    audience = request.audience_for(event)
    if event.date.year != year or not event.open_to(audience):
        raise Http404
    return _day_of(request, event, audience)


def _day_of(request, event, audience, **more):
    parts = parts_of_the_day(event, audience)
    wanted = Wanted.of(request.GET, parts)
    others = [other for other in Event.objects.announced() if other != event]
    parts = wanted.narrow(parts)
    sessions = [session for part in parts for session in part.sessions]
    context = {
        "event": event,
        "announcements": Announcement.objects.on_now(event, audience),
        "parts": parts,
        "wanted": wanted,
        "sessions": sessions,
        "sheet_label": label_of_the_sheet(sessions),
        "is_private": any(session.track.is_private for session in sessions),
        "has_times": any(session.start for session in sessions),
        "clock": None if wanted else now_and_next(event, sessions, timezone.now()),
        "next_event": next((other for other in reversed(others) if other.date > event.date), None),
        "other_events": others,
        "canonical": settings.SITE_URL + event.get_absolute_url(),
        "about": about_event(event, sessions) if event.announced and not wanted else None,
    }
    return render(request, "sessions/agenda.html", context | more)


@require_safe
@public_page
def session(request, slug):
    event = Event.objects.holding(slug)
    if event is None:
        raise Http404
    audience = request.audience_for(event)
    visible = Session.objects.filter(track__event=event).visible_to(audience)
    found = get_object_or_404(visible.with_people(), slug=slug)
    before, after = neighbours(found, visible)
    context = {
        "event": event,
        "announcements": Announcement.objects.on_now(event, audience),
        "session": found,
        "sheet_label": label_of_the_sheet([found]),
        "is_private": found.track.is_private,
        "changes": Change.objects.filter(session=found).visible_to(audience).newest_first(),
        "materials": Material.objects.filter(session=found).visible_to(audience).select_related("session").in_order(),
        "before": before,
        "after": after,
        "canonical": settings.SITE_URL + found.get_absolute_url(),
        "about": about_session(found) if found.is_public else None,
    }
    return render(request, "sessions/session.html", context)
