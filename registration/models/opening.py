"""Which requests open what: the gate of the whole site is ``_opening``."""

from django.db import models

from .. import rules, steps
from ..steps import State
from .address_parts import DomainOf, MailboxOf
from .people import RulesAcceptance

AT_DOOR = "at-door"  # how the request of somebody came who was in nobody's list


def _agreed():
    """Of a request: its person agreed to the version of the handling rules that is in force."""
    return models.Exists(RulesAcceptance.objects.filter(person=models.OuterRef("person"), version=rules.VERSION))


class AccessRequestQuerySet(models.QuerySet):
    def live(self):
        return self.filter(state__in=steps.LIVE)

    def locked(self):
        """For the transaction at hand: a row lock on PostgreSQL; on SQLite the transaction itself is IMMEDIATE."""
        return self.select_for_update(of=("self",))

    def with_domain(self):
        """Each with the ``domain`` of the person's address."""
        return self.annotate(domain=DomainOf("person__email"))

    def at_mailboxes(self, mailboxes):
        """Those whose person has one of these, however their address is spelled (``addresses.mailbox_of``)."""
        return self.annotate(mailbox=MailboxOf("person__email")).filter(mailbox__in=mailboxes)

    def of(self, person, event):
        """This person's requests for this event, the newest first."""
        return self.filter(person=person, event=event).order_by("-pk")

    def opening(self, person, event):
        """The approved request that opens this event's private sessions to this person, if any."""
        return self._opening().filter(person=person, event=event)

    def hearing_of_changes(self, event):
        """Of those who may read this event's private sessions, who asked for a mail when something changes."""
        return self._opening().filter(event=event, hears_of_changes=True)

    def to_be_agreed_to(self):
        """Live ones whose person has not agreed to the handling rules as they are now."""
        return self.live().exclude(_agreed())

    def holding_places(self, event):
        """Those who are in. One that is to be confirmed holds its place: confirming it needs no other."""
        return self.filter(event=event, state=State.APPROVED)

    def in_line(self, event):
        """The waiting list, the first in line first."""
        return self.filter(event=event, state=State.WAITING).order_by("waiting_since", "pk")

    def walk_ups(self, event):
        """Those whom a steward entered there."""
        return self.filter(event=event, origin=AT_DOOR)

    def letting_in(self):
        """Those that open their event's private sessions."""
        return self._opening()

    def admitting(self):
        """Those that let their person in at the door: what opens the private sessions, and walk-ups on top.

        Who was let in on the spot was seen by an organiser, and agreed to the rules there; their address nobody proved,
        so that on the site nothing is open to them.
        """
        opening = self.model._default_manager.letting_in().filter(pk=models.OuterRef("pk"))
        walked_up = models.Q(origin=AT_DOOR, state=State.APPROVED, to_confirm=False, person__is_active=True)
        return self.filter(walked_up | models.Exists(opening))

    def _opening(self):
        """Approved, confirmed, the address proven, the person not shut out, and the handling rules agreed to.

        The last is asked here, not where somebody agrees: whoever asks on the site agrees in the form, but organisers
        may approve what they entered by hand before its person was ever here, and the rules may be others by now.
        """
        return self.filter(
            _agreed(),
            state=State.APPROVED,
            to_confirm=False,
            person__is_active=True,
            person__emailaddress__email=models.F("person__email"),
            person__emailaddress__verified=True,
        )
