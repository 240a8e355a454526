"""Those who stand at the door, as its pages show them."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sessions.models import Event

from ..models import AccessRequest, Pass, Visit


def current_event():
    """The one that the door is at, or None."""
    event = Event.objects.current()
    return event if event and not event.archived else None


@dataclass
class Guest:
    """A request, with its pass if that lets its person in now, and the visit if they are inside."""

    request: AccessRequest
    entry_pass: Pass | None = None
    visit: Visit | None = None
    scan: UUID = field(default_factory=uuid4)  # the check-in that its button would do, once

    @classmethod
    def of(cls, requests):
        """``{pk: Guest}`` in the order of these requests, by as many queries for many as for one."""
        found = {one.pk: cls(one) for one in requests}
        for one in Pass.objects.valid().filter(request__in=found):
            found[one.request_id].entry_pass = one
        for visit in Visit.objects.open().filter(request__in=found):
            found[visit.request_id].visit = visit
        return found
