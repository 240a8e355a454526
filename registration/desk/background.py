"""What is known besides the request itself: the domain, the person's other requests, and those of others from there."""

from django.db.models import Prefetch

from .. import domains, places
from ..models import AccessRequest, Decision, Deed
from ..steps import State

AT_MOST = 8  # requests of others from the same domain


def with_last_decision(requests):
    """Each with ``last``, its last decision; one query for all."""
    found = list(
        requests.select_related("event", "person").prefetch_related(
            Prefetch("decisions", Decision.objects.order_by("-pk"), to_attr="decided")
        )
    )
    for one in found:
        one.last = one.decided[0] if one.decided else None
    return found


def earlier_of_the_person(one):
    return with_last_decision(AccessRequest.objects.filter(person=one.person).exclude(pk=one.pk).order_by("-pk"))


def others_from_there(one, standing):
    """``(some, whether there are more)``: the newest requests of others from the same domain.

    Not where anybody has an address: there it would say nothing, of strangers. Nor of people whose data are forgotten,
    who have a word for a domain.
    """
    if standing.kind in (domains.Kind.FREE, domains.Kind.DISPOSABLE) or "." not in one.person.email_domain:
        return [], False
    others = AccessRequest.objects.with_domain().filter(domain=one.person.email_domain)
    found = with_last_decision(others.exclude(person=one.person).order_by("-pk")[: AT_MOST + 1])
    return found[:AT_MOST], len(found) > AT_MOST


def standing_of(one):
    domain = one.person.email_domain
    return domains.standings([domain])[domain]


def places_of(event):
    """How full the event is, for one line of the page."""
    return {
        "all": event.capacity,
        "left": places.left(event),
        "pass_on": event.passes_places_on and not event.archived,
        "waiting": AccessRequest.objects.filter(event=event, state=State.WAITING).count(),
    }


class Since:
    """What happened to a request after it had the version ``seen``, for whoever decided on it as it was then."""

    def __init__(self, one, seen):
        missed = max(0, one.version - seen)
        steps = list(one.decisions.exclude(begin="").order_by("-pk")[:missed])
        steps += one.confirmations.order_by("-pk")[:missed]
        steps += one.records.filter(deed__in=[Deed.CORRECTED, Deed.MERGED]).order_by("-pk")[:missed]
        newest = (
            sorted([*steps, *one.edits.filter(version__gt=seen)], key=lambda row: row.at)[-missed:] if missed else []
        )
        self.edits = [row for row in newest if row._meta.model_name == "edit"]
        self.steps = [row for row in newest if row._meta.model_name != "edit"]
        self.something_else = len(newest) < missed  # like another address, which leaves no row of its own

    def __bool__(self):
        return bool(self.edits or self.steps or self.something_else)
