"""Requests that organisers enter for people who wrote an e-mail: marked as such, and unproven until a code is typed."""

from django.db import transaction

from .models import AccessRequest, Deed, Record, User


class ShutOut(Exception):
    """The person behind the address was shut out; its text is for the organiser. Nothing was made."""


def enter(event, email, *, by, language="en", **answers):
    """Make a request for the person behind an address, or return the one that stands; ``(request, made)``.

    The address stays unproven and no rules are agreed to: both are for the person alone, at the first sign-in, and
    until then an approval opens nothing. ``language`` is that of mails to somebody who was never here.
    """
    with transaction.atomic():
        person = User.objects.get_or_create_for(email)
        User.objects.select_for_update(no_key=True).get(pk=person.pk)  # one at a time for each person, as in ``ask``
        if not person.is_active:
            raise ShutOut("This person was shut out. Open the account first, on their page under People.")
        if not AccessRequest.may_ask(person, event):
            return AccessRequest.objects.of(person, event).first(), False
        if person.last_login is None:
            person.reads(language)
        made = AccessRequest.objects.create(
            person=person, event=event, origin=AccessRequest.Origin.BY_HAND, entered_by=by, **answers
        )
        made.begin(by=by)
        Record.objects.write(Deed.ENTERED, by=by, about=str(event), request=made)
        return made, True
