"""What doors did without a network that did not fit what others knew by then: nothing of it is lost, nor counted."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from sessions.models import Event

from ..models import AccessRequest, Scan
from ..second_factor import may_enter_admin
from .who import at_the_door, door_of

AT_MOST = 200  # on the page, the newest
AS_MEANT = (Scan.Outcome.ADMITTED, Scan.Outcome.LEFT, Scan.Outcome.UNDONE)


def conflicts_of(event):
    """The scans, the newest first."""
    return Scan.objects.filter(event=event, offline=True).exclude(outcome__in=AS_MEANT).order_by("-received_at", "pk")


@require_safe
@at_the_door
def conflicts(request):
    """Each step that did not fit, with who it was about: of a pass that is dead organisers alone learn that."""
    event = Event.objects.current()
    found = list(conflicts_of(event).select_related("request")[:AT_MOST])
    sees_all = may_enter_admin(request) and request.user.has_perm("registration.view_accessrequest")
    about = {scan.request_id for scan in found}
    lets_in = set(AccessRequest.objects.admitting().filter(pk__in=about).values_list("pk", flat=True))
    for scan in found:
        scan.lets_in = scan.request_id in lets_in
        scan.is_named = scan.request is not None and (sees_all or scan.lets_in)
    return render(
        request,
        "registration/door/conflicts.html",
        {"event": event, "door": door_of(request), "found": found, "at_most": AT_MOST},
    )
