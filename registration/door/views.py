"""The pages of the door: what a pass says to who stands there, and from where they scan the next."""

import logging
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cacc_techtrack.policies import permissions

from ..models import Pass, Scan
from . import counting
from .checking import DONE, last_done
from .forms import CodeForm, DoorForm
from .guests import Guest, current_event
from .who import at_the_door, door_of, stand_at, works_at_door

log = logging.getLogger("techtrack.door")


@require_safe
def entry_pass(request, token):
    """What the code of a pass leads to. Who does not work at the door gets one page, whatever the token is.

    For them nothing is looked up, so that neither the page nor the time it takes tells of a pass.
    """
    if not works_at_door(request):
        return render(request, "registration/door/anyone.html", {"user": AnonymousUser(), "messages": ()})
    found = Pass.objects.behind(token)
    if found is None:
        log.info("a pass was refused at the door")
        return _page(request, "registration/door/not_valid.html")
    guest = Guest(found.request, found, found.request.visits.open().first())
    before = found.request.visits.last() if guest.visit is None else None
    return _page(request, "registration/door/pass.html", {"guest": guest, "before": before})


@require_http_methods(["GET", "HEAD", "POST"])
@at_the_door
def door(request):
    """From where passes are scanned: by the camera or by the code. A POST names the door."""
    form = DoorForm(request.POST if request.method == "POST" else None, initial={"door": door_of(request)})
    if form.is_valid():
        stand_at(request, form.cleaned_data["door"])
        return redirect("door:door")
    response = _door_page(request, door_form=form, done=_just_done(request), camera=True)
    response.headers["Permissions-Policy"] = permissions(camera="(self)")
    return response


@require_POST
@sensitive_post_parameters()
@at_the_door
def look_up(request):
    """Go where the picture above this code would have led."""
    form = CodeForm(request.POST)
    if form.is_valid():
        return redirect("door:pass", form.cleaned_data["code"])
    return _door_page(request, code_form=form)


@require_safe
@at_the_door
def counts(request):
    """For the script of the door's page, which asks again and again: that keeps nobody's login session awake."""
    request.by_itself = True
    return JsonResponse(_counts(current_event()))


def _counts(event):
    found = counting.counts(event) if event else dict.fromkeys(("expected", "inside", "left"), 0)
    return found | {"at": f"{timezone.now().astimezone(event.zone):%H:%M}" if event else ""}


def _door_page(request, *, code_form=None, door_form=None, **more):
    event = current_event()
    return _page(
        request,
        "registration/door/door.html",
        {
            "counts": _counts(event),
            "code_form": code_form or CodeForm(),
            "door_form": door_form or DoorForm(initial={"door": door_of(request)}),
            **more,
        },
        event=event,
    )


def _page(request, template, more=None, *, event=None):
    context = {"event": event or current_event(), "door": door_of(request)}
    return render(request, template, context | (more or {}))


def _just_done(request):
    """What this person's button did, from whose page they came; with what is needed to take it back."""
    try:
        scan = UUID(request.GET.get("done", ""))
    except ValueError:
        return None
    done = Scan.objects.filter(pk=scan, by=request.user).select_related("request").first()
    if done is None:
        return None
    undoable = done.outcome in DONE and last_done(done.request) == done
    who = Pass.objects.valid().filter(request=done.request_id).first() if undoable else None
    return {"scan": done, "guest": Guest(done.request, who) if done.request else None}
