"""The programme as files for calendars and conference apps, and the page that says how to use them."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from cacc_techtrack.public import public_page

from ..audience import Audience
from ..models import Announcement, Event, Session
from . import frab
from .calendar import CONTENT_TYPE, calendar


def ways_in(path):
    """The two addresses of a calendar: one that opens a calendar program, and one to copy."""
    https = settings.SITE_URL + path
    return {"webcal": "webcal:" + https.partition(":")[2], "https": https}


@require_safe
@public_page
def how_to_subscribe(request):
    event = Event.objects.current()
    if event is None:
        return render(request, "sessions/no_event.html")
    public = _public(event)
    return render(
        request,
        "sessions/calendar.html",
        {
            "event": event,
            "announcements": Announcement.objects.on_now(event, request.audience_for(event)),
            "ways": ways_in(reverse("feeds:agenda")),
            "has_times": any(session.start for session in public),
            "has_schedule": any(session.start and session.end and not session.cancelled for session in public),
        },
    )


@require_safe
@public_page
def agenda(request):
    """The public day, whoever asks: what is subscribed to is often passed on."""
    event = _current()
    return HttpResponse(calendar(event, _public(event), name=str(event)), content_type=CONTENT_TYPE)


@require_safe
@public_page
def session(request, slug):
    event = Event.objects.holding(slug)
    if event is None:
        raise Http404
    visible = Session.objects.filter(track__event=event).visible_to(request.audience_for(event))
    found = get_object_or_404(visible.with_people(), slug=slug, start__isnull=False)
    response = HttpResponse(calendar(event, [found], name=str(event), with_day=False), content_type=CONTENT_TYPE)
    response.headers["Content-Disposition"] = "attachment"  # named as the address ends
    return response


@require_safe
@public_page
def schedule_xml(request):
    event = _current()
    return HttpResponse(frab.schedule_xml(event, _public(event)), content_type="application/xml; charset=utf-8")


@require_safe
@public_page
def schedule_json(request):
    event = _current()
    return HttpResponse(frab.schedule_json(event, _public(event)), content_type="application/json")


def _current():
    event = Event.objects.current()
    if event is None:
        raise Http404
    return event


def _public(event):
    return list(Session.objects.filter(track__event=event).visible_to(Audience.PUBLIC).in_order().with_people())
