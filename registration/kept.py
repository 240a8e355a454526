"""My agenda of somebody who is signed in: kept here, private sessions included as long as they may read them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sessions import choosing
from sessions.audience import Audience
from sessions.models import Announcement, Event, Session
from sessions.programme import label_of_the_sheet, parts_of_the_day

from .models import KeptSession


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def kept(request):
    event = Event.objects.current()
    if event is None:
        return redirect("registration:status")
    visible = Session.objects.filter(track__event=event).visible_to(request.audience_for(event))
    if request.method == "POST":
        take_step(request, visible)
        return redirect("registration:kept")
    rows = KeptSession.objects.of(request.user, visible).select_related("session")
    slugs = [row.session.slug for row in rows if row.taken_out_at is None]
    selection = choosing.Selection.of(parts_of_the_day(event, request.audience_for(event)), slugs)
    shared = [session.slug for session in selection.chosen if session.published and not session.track.is_private]
    context = {
        "event": event,
        "announcements": Announcement.objects.on_now(event, request.audience_for(event)),
        "selection": selection,
        "taken_out": [row.session for row in rows if row.taken_out_at],
        "shared": choosing.address(shared) if shared else "",
        "sheet_label": label_of_the_sheet(selection.chosen),
        "is_private": any(session.track.is_private for session in selection.chosen),
        "is_guest": request.audience_for(event) >= Audience.INDUSTRY,
    }
    return render(request, "registration/kept.html", context)


def take_step(request, visible):
    """Of what was sent, whatever this person may not read is left out, and told in the same words as what is none."""
    person, mine = request.user, KeptSession.objects
    asked = set(request.POST.getlist("s"))
    sessions = [session for session in visible if session.slug in asked] if asked else []
    match request.POST.get("step"):
        case "add":
            mine.keep(person, sessions)
        case "set":
            mine.keep_just(person, sessions, of=visible)
        case "take out":
            mine.take_out(person, sessions)
        case "take all out":
            mine.take_out(person, visible)
        case "undo":
            mine.put_back(person)
    if len(sessions) < len(asked):
        messages.warning(request, _("Something that was chosen is not on the agenda, and is left out."))
