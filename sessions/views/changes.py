"""What changed since people could first read it."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cacc_techtrack.public import public_page

from ..audience import Audience
from ..feeds import changes as feed
from ..models import Announcement, Change, Event


@require_safe
@public_page
def changes(request):
    """The published changes that whoever asks may read, the newest first."""
    event = Event.objects.current()
    if event is None:
        return render(request, "sessions/changes.html", {"event": None})
    audience = request.audience_for(event)
    visible = Change.objects.filter(session__track__event=event).visible_to(audience)
    context = {
        "event": event,
        "announcements": Announcement.objects.on_now(event, audience),
        "changes": visible.newest_first(),
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
