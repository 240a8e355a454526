"""The programme, as far as whoever asks may read it."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from cacc_techtrack.public import public_page

from .models import Event, Session
from .programme import parts_of_the_day


@require_safe
@public_page
def agenda(request):
    """The event and its day; a private track is a panel for whoever may not read it."""
    event = Event.objects.current()
    if event is None:
        return render(request, "sessions/no_event.html")
    parts = parts_of_the_day(event, request.audience_for(event))
    has_times = any(session.start for part in parts for session in part.sessions)
    return render(request, "sessions/agenda.html", {"event": event, "parts": parts, "has_times": has_times})


@require_safe
@public_page
def session(request, slug):
    event = Event.objects.holding(slug)
    if event is None:
        raise Http404
    visible = Session.objects.filter(track__event=event).visible_to(request.audience_for(event))
    found = get_object_or_404(visible.with_people(), slug=slug)
    return render(request, "sessions/session.html", {"event": event, "session": found})
