"""A door without a network: the empty page for it, the list that a phone keeps of one door, and what it sends later."""

import datetime as dt
import hashlib
import logging
import secrets

from django.http import JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cacc_techtrack.policies import permissions
from cacc_techtrack.public import public_page
from cacc_techtrack.sealing import seal
from sessions.models import Event

from ..models import Pass, Visit
from . import syncing
from .conflicts import conflicts_of
from .who import at_the_door, door_of

log = logging.getLogger("techtrack.door")


@require_safe
@public_page
def offline(request):
    """The same for everyone; what it says of a pass its script finds on the phone alone."""
    response = render(request, "registration/door/offline.html")
    response.headers["Permissions-Policy"] = permissions(camera="(self)")
    return response


@require_safe
@at_the_door
def passes(request):
    """The list: of each pass that opens the door now a digest, whether its guest is inside, and ids that open nothing.

    It holds no name, and no code can be worked out from it: a code has eighty bits, and the salt is another each time.
    """
    event, salt = Event.objects.current(), secrets.token_hex(16)
    inside = set(Visit.objects.open().filter(request__event=event).values_list("request", flat=True))
    rows = [
        {
            "id": one.door_id,
            "of": seal(syncing.OF, str(one.request_id).encode()).decode(),
            "digest": hashlib.sha256((salt + one.token).encode()).hexdigest(),
            "inside": one.request_id in inside,
        }
        for one in Pass.objects.valid()
    ]
    log.info("a list for a door without a network was handed out", extra={"passes": len(rows)})
    made_at = timezone.now()
    return JsonResponse(
        {
            "door": door_of(request),
            "salt": salt,
            "zone": event.time_zone if event else "UTC",
            "made_at": made_at.isoformat(),
            "expires_at": _ends(event, made_at).isoformat(),
            "rows": rows,
        }
    )


def _ends(event, now):
    """With the event's day; where that is over, with today in its zone."""
    if event is None:
        return now
    midnight = dt.datetime.combine(now.astimezone(event.zone).date() + dt.timedelta(days=1), dt.time())
    return max(event.ends_at, midnight.replace(tzinfo=event.zone))


@require_safe
@at_the_door
def state(request):
    """Whether one may send, what a script needs to send, and how many steps there are to look at."""
    request.by_itself = True
    token = get_token(request)  # the cookie of forms is not for scripts to read
    return JsonResponse(
        {"token": token, "door": door_of(request), "conflicts": conflicts_of(Event.objects.current()).count()}
    )


@require_POST
@at_the_door
def sync(request):
    """Take what a phone did while it had no network. Said is done: what is answered for is in the database."""
    request.by_itself = True
    event = Event.objects.current()
    if event is None or event.archived:
        return _refused("No event is open: there is nothing to check in to.", 409)
    try:
        if request.content_type != "application/json":
            raise syncing.Unreadable("JSON is expected.")
        sent = syncing.read(request.body)
    except syncing.Unreadable as error:
        return _refused(str(error), 400)
    results = syncing.carry_out(sent, by=request.user)
    conflicts = conflicts_of(event).count()
    log.info("steps of a door without a network were sent", extra={"scans": len(sent), "conflicts": conflicts})
    return JsonResponse({"results": results, "conflicts": conflicts})


def _refused(why, status):
    return JsonResponse({"error": why}, status=status)
