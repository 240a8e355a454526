"""Organisers look at the programme as others see it. What they may read is lowered for it, and never raised.

The wish is kept in the organiser's own login session, put there by a form of admin. It is looked at only once somebody
was found to be an organiser at this request: for everybody else nothing is any different, whatever they send.
"""

from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.http import HttpResponseBadRequest
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from cacc_techtrack.row_keys import is_key
from sessions.audience import Audience
from sessions.models import Event

KEY = "seen_as"
AUDIENCES = {"public": Audience.PUBLIC, "guest": Audience.INDUSTRY}


@dataclass(frozen=True)
class View:
    """``event``: the key of the one whose guest it is; of all others a guest is a visitor."""

    audience: Audience
    event: int

    @property
    def of_a_guest(self):
        return self.audience == Audience.INDUSTRY

    def of(self, event_key):
        return self.audience if event_key == self.event else Audience.PUBLIC


def lowered(request, audiences):
    """``{event's key: audience}`` of an organiser, as they wish to see the site now; none of it is more than before."""
    wish = request.session.get(KEY)
    if not wish:
        return audiences
    request.seen_as = View(AUDIENCES[wish["audience"]], wish["event"])
    return {key: min(audience, request.seen_as.of(key)) for key, audience in audiences.items()}


@require_POST
def see_as(request):
    """Begin to see the site as ``audience``, or end it where none is named; goes on to ``next``."""
    name, event = request.POST.get("audience", ""), request.POST.get("event", "")
    if name in AUDIENCES:
        if not is_key(event) or not Event.objects.filter(pk=event).exists():
            return HttpResponseBadRequest("There is no such event.")
        request.session[KEY] = {"audience": name, "event": int(event)}
    else:
        request.session.pop(KEY, None)
    wanted = request.POST.get("next", "")
    return redirect(wanted if wanted and get_adapter(request).is_safe_url(wanted) else "admin:index")
