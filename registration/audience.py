"""Who may read what of an event: worked out in one function, from the database, at every request."""

from sessions.audience import Audience

from .models import AccessRequest
from .second_factor import may_enter_admin


def audience_for(request, event) -> Audience:
    """What the person behind this request may read of this event, now."""
    if not request.user.is_authenticated or event is None:
        return Audience.PUBLIC
    if may_enter_admin(request):
        return Audience.ORGANISER
    if AccessRequest.objects.opening(request.user, event).exists():
        return Audience.INDUSTRY
    return Audience.PUBLIC
