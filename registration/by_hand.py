"""Requests that others enter: organisers for who wrote an e-mail, at the door a steward for who stands there.

They are marked as such, and unproven until a code is typed.
"""

from django.db import transaction

from . import rules
from .models import AccessRequest, Deed, Record, RulesAcceptance, User


class ShutOut(Exception):
    """The person behind the address was shut out; its text is for the organiser. Nothing was made."""


def enter(event, email, *, by, language="en", **answers):
    """Make a request for the person behind an address, or return the one that stands; ``(request, made)``.

    The address stays unproven and no rules are agreed to: both are for the person alone, at the first sign-in, and
    until then an approval opens nothing. ``language`` is that of mails to somebody who was never here.
    """
    return _enter(event, email, by, language, origin=AccessRequest.Origin.BY_HAND, deed=Deed.ENTERED, **answers)


def walk_up(event, email, *, by, **answers):
    """The same for somebody who stands at the door and agreed to the handling rules there, for which ``by`` vouches.

    Their address is as unproven: an approval lets them through the door, and into nothing on the site.
    """
    return _enter(event, email, by, "en", origin=AccessRequest.Origin.AT_DOOR, deed=Deed.WALK_UP, **answers)


def _enter(event, email, by, language, *, origin, deed, **answers):
    with transaction.atomic():
        person = User.objects.get_or_create_for(email)
        User.objects.select_for_update(no_key=True).get(pk=person.pk)  # one at a time for each person, as in ``ask``
        if not person.is_active:
            raise ShutOut("This person was shut out. Open the account first, on their page under People.")
        if not AccessRequest.may_ask(person, event):
            return AccessRequest.objects.of(person, event).first(), False
        if person.last_login is None:
            person.reads(language)
        made = AccessRequest.objects.create(person=person, event=event, origin=origin, entered_by=by, **answers)
        if origin == AccessRequest.Origin.AT_DOOR:
            RulesAcceptance.write_down(person, rules.VERSION)
        made.begin(by=by)
        Record.objects.write(deed, by=by, about=str(event), request=made)
        return made, True
