"""Who may read what of an event: worked out in one function, from the database, at every request."""

from django.db.models import BigAutoField

from cacc_techtrack.prepared import Blank, Prepared
from sessions.audience import Audience

from . import seeing
from .addresses import for_people
from .models import AccessRequest
from .second_factor import may_enter_admin

_OPENED = Prepared(
    lambda: AccessRequest.objects.letting_in().filter(person=Blank("person", BigAutoField())).values_list("event")
)


def audience_for(request, event) -> Audience:
    """What the person behind this request may read of this event, now."""
    return Audience.PUBLIC if event is None else audiences_for(request, [event])[event.pk]


def audiences_for(request, events) -> dict:
    """The same for several events, as ``{event's key: audience}``, by as many queries as for one."""
    if not request.user.is_authenticated:
        return {event.pk: Audience.PUBLIC for event in events}
    as_organiser = may_enter_admin(request)
    found = audiences_of(request.user, events, as_organiser=as_organiser)
    return seeing.lowered(request, found) if as_organiser else found


def audiences_of(person, events, *, as_organiser=False) -> dict:
    """What this person may read, now, of each event; ``as_organiser`` where they may enter admin at this moment."""
    if as_organiser:
        return {event.pk: Audience.ORGANISER for event in events}
    opened = {event for (event,) in _OPENED.rows(person=person.pk)}
    return {event.pk: Audience.INDUSTRY if event.pk in opened else Audience.PUBLIC for event in events}


def audience_of(person, event) -> Audience:
    """What this person may read of this event without being an organiser; for addresses that open by a token."""
    return audiences_of(person, [event])[event.pk]


def name_for(request, event) -> str:
    """Whose copy of a paper it is: as their request for this event calls them that opens it, else by their own name.

    Empty for whoever is not signed in.
    """
    person = request.user
    if not person.is_authenticated:
        return ""
    theirs = AccessRequest.objects.opening(person, event).values_list("full_name", flat=True).first()
    return theirs or person.name or for_people(person.email)
