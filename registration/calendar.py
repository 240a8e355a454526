"""A guest's own calendar: the page on which they make, renew and remove its address, and what that address answers."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from sessions.audience import Audience
from sessions.feeds.calendar import CONTENT_TYPE, calendar
from sessions.feeds.views import ways_in
from sessions.models import Event, Session

from . import agreeing
from .audience import audience_of
from .models import CalendarFeed
from .sign_in.limits import Limit, network_of

# Addresses that open nothing. Those that open something are not counted: calendar programs of many guests fetch from
# one network, and a stranger there must not stop them.
MISSES_OF_ONE_NETWORK = Limit("calendar addresses that open nothing", 100, timedelta(minutes=10))


@require_safe
@sensitive_variables("token")
def feed(request, token):
    """What the holder may see now. No login session is looked at; whatever opens nothing answers alike."""
    found = CalendarFeed.objects.select_related("person", "event").behind(token)
    audience = audience_of(found.person, found.event) if found else Audience.PUBLIC
    if audience < Audience.INDUSTRY:
        network = network_of(request)
        wait = MISSES_OF_ONE_NETWORK.reached(network) or MISSES_OF_ONE_NETWORK.spend(network)
        return _nothing(wait)
    event = found.event
    sessions = Session.objects.filter(track__event=event).visible_to(audience).in_order().with_people()
    content = calendar(event, sessions, name=f"{event}, with the private part")
    return HttpResponse(content, content_type=CONTENT_TYPE)


def _nothing(wait):
    """A plain answer for programs: the site's pages would ask who is signed in."""
    if wait:
        again = {"Retry-After": str(int(wait.total_seconds()) + 1)}
        return HttpResponse("Too many.\n", status=429, content_type="text/plain; charset=utf-8", headers=again)
    return HttpResponse("Not found.\n", status=404, content_type="text/plain; charset=utf-8")


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@sensitive_variables("token")
@login_required
def own_calendar(request):
    """For guests of the current event, and for whoever still has an address. The address is shown once."""
    event = Event.objects.current()
    own = CalendarFeed.objects.filter(person=request.user).first()
    may_have = event is not None and not event.archived and audience_of(request.user, event) == Audience.INDUSTRY
    if not (may_have or own):
        return redirect(agreeing.first(request.user, reverse("registration:status")))
    shown = None
    if request.method == "POST" and "remove" in request.POST:
        CalendarFeed.objects.filter(person=request.user).delete()
        messages.success(request, _("Removed: the address opens nothing any more."))
        return redirect("registration:status")
    if request.method == "POST" and "make" in request.POST and may_have:
        token = CalendarFeed.renew(request.user, event)
        shown = ways_in(reverse("calendar_feed", args=[token]))
        own = CalendarFeed.objects.filter(person=request.user).first()
    elif request.method == "POST":
        return redirect("registration:calendar")
    context = {"event": event, "own": own, "may_have": may_have, "ways": shown, "site": settings.SITE_URL}
    return render(request, "registration/calendar.html", context)
