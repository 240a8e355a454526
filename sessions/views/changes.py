"""What changed since people could first read it."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cacc_techtrack.public import public_page

from ..audience import Audience
from ..feeds import changes as feed
from ..models import Announcement, Change, Event
from ..programme import label_of_the_sheet


@require_safe
@public_page
def changes(request):
    """The published changes that whoever asks may read, the newest first."""
    event = Event.objects.current()
    if event is None:
        return render(request, "sessions/changes.html", {"event": None})
    audience = request.audience_for(event)
    found = list(Change.objects.filter(session__track__event=event).visible_to(audience).newest_first())
    sessions = [change.session for change in found]
    context = {
        "event": event,
        "announcements": Announcement.objects.on_now(event, audience),
        "changes": found,
        "sheet_label": label_of_the_sheet(sessions),
        "is_private": any(session.track.is_private for session in sessions),
        "is_guest": audience == Audience.INDUSTRY,
    }
    return render(request, "sessions/changes.html", context)


@require_safe
@public_page
def changes_feed(request):
    """The same for feed readers, who are all visitors."""
    event = Event.objects.current()
    if event is None:
        raise Http404
    return HttpResponse(feed.atom(event), content_type=feed.Feed.content_type)
