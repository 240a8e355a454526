"""The pages of organisations and speakers: what of their part in the programme whoever asks may read."""

from itertools import groupby

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cacc_techtrack.public import public_page

from ..models import Announcement, Event, Organisation, Session, Speaker
from ..programme import label_of_the_sheet


@require_safe
@public_page
def organisation(request, slug):
    return _page_of(request, Organisation, slug)


@require_safe
@public_page
def speaker(request, slug):
    return _page_of(request, Speaker, slug)


def _page_of(request, model, slug):
    """Of nobody in whose sessions there is none to see; the look-up is the same whether there is such a row or not."""
    events = list(Event.objects.all())
    audiences = request.audiences_for(events)
    visible = Session.objects.visible_to_each(audiences)
    found = list(model.objects.taking_part_in(visible).at(slug))
    if not found:
        raise Http404
    theirs = visible.of(found).select_related("track__event").in_order_of_days()
    current = next((event for event in events if event.is_current), None)
    context = {
        "found": found,
        "announcements": Announcement.objects.on_now(current, audiences[current.pk]) if current else [],
        "editions": [(event, list(sessions)) for event, sessions in groupby(theirs, lambda one: one.track.event)],
        "sheet_label": label_of_the_sheet(theirs),
        "is_private": any(session.track.is_private for session in theirs),
        "canonical": settings.SITE_URL + found[0].get_absolute_url(),
        "is_public": any(one.is_public for one in found),
    }
    return render(request, "sessions/taking_part.html", context)
