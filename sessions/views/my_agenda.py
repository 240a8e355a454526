"""My agenda without an account: the address is the selection."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cacc_techtrack.public import public_page

from .. import choosing
from ..audience import Audience
from ..feeds.calendar import CONTENT_TYPE, calendar
from ..feeds.views import ways_in
from ..models import Announcement, Event
from ..programme import parts_of_the_day


@require_safe
@public_page
def my_agenda(request):
    """The sessions that the address names, of those that everyone may read: the same for whoever opens it.

    A slug of a private or hidden session is left out like one that never existed. ``out`` names what was just taken
    out, to be put back.
    """
    event = Event.objects.current()
    if event is None:
        return render(request, "sessions/no_event.html")
    parts = parts_of_the_day(event, Audience.PUBLIC)
    selection = choosing.Selection.of(parts, request.GET.getlist("s"))
    sessions = [session for part in parts for session in part.sessions]
    gone = set(request.GET.getlist("out")) - set(selection.slugs)
    taken_out = [session for session in sessions if session.slug in gone]
    both = [session.slug for session in sessions if session.is_chosen or session in taken_out]
    for session in selection.chosen:
        session.without = choosing.address([slug for slug in selection.slugs if slug != session.slug], [session.slug])
    context = {
        "event": event,
        "announcements": Announcement.objects.on_now(event, request.audience_for(event)),
        "selection": selection,
        "taken_out": taken_out,
        "here": choosing.address(selection.slugs),
        "undo": choosing.address(both),
        "clear": choosing.address([], selection.slugs),
        "ways": ways_in(choosing.calendar_address(selection.slugs)),
    }
    return render(request, "sessions/my_agenda.html", context)


@require_safe
@public_page
def my_calendar(request):
    """The same selection as a calendar to subscribe to: of public sessions, whoever asks."""
    event = Event.objects.current()
    if event is None:
        raise Http404
    selection = choosing.Selection.of(parts_of_the_day(event, Audience.PUBLIC), request.GET.getlist("s"))
    content = calendar(event, selection.chosen, name=f"{event}: my agenda")
    return HttpResponse(content, content_type=CONTENT_TYPE)
