"""A guest's own pass: the page that is held up at the door, a picture of it to keep, and how to get another one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sessions.models import Event

from .. import agreeing
from ..models import AccessRequest, Pass
from ..views import own_request
from . import picture, qr


def pass_of(person):
    """Their pass that is valid now, or None."""
    return Pass.objects.valid().filter(request__person=person).first()


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def own_pass(request):
    """Mails lead here, without a token: whoever reads them signs in first."""
    mine = pass_of(request.user)
    if request.method != "POST":
        if mine is None:
            return render(request, "registration/no_pass.html", why_none(request))
        return render(request, "registration/pass.html", {"pass": mine, "qr": qr.svg(mine.address)})
    match request.POST.get("step"):
        case "make" if mine is None:
            Pass.objects.make_for(admitting(request.user, Event.objects.current()))
        case "renew" if mine and "sure" not in request.POST:
            return render(request, "registration/pass_renew.html")
        case "renew" if mine:
            mine.renew()
            messages.success(request, _("This is your new pass. The one before opens nothing any more."))
    return redirect("registration:pass")


def admitting(person, event):
    """Their request that lets them in at the door of this event, if any."""
    return AccessRequest.objects.admitting().filter(person=person, event=event)


def why_none(request):
    own = own_request(request)
    return {
        "own": own,
        "event": own.event if own else Event.objects.current(),
        "is_to_agree": agreeing.is_asked_of(request.user),
        "may_make": bool(own and not own.event.archived and admitting(request.user, own.event).exists()),
    }


@require_safe
@login_required
def own_picture(request):
    """For the photos of a phone, or to print from elsewhere."""
    mine = pass_of(request.user)
    if mine is None:
        return redirect("registration:pass")
    headers = {"Content-Disposition": 'attachment; filename="pass.png"'}
    return HttpResponse(picture.png(mine), content_type="image/png", headers=headers)
