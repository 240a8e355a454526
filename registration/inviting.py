"""Inviting many: what would become of each line, and that done for real."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from sessions.models import Event

from .models import AccessRequest, Deed, Invitation, Record, User
from .models.invitations import turned_away
from .steps import State


def look_at(lines, event):
    """Mark, of lines that were read, those that are not to be invited; by as many queries for one as for all."""
    addresses = [line.address for line in lines if not line.fault]
    invited = _invited(event, addresses)
    turned = turned_away(event, addresses)
    shut_out = set(User.objects.filter(email__in=addresses, is_active=False).values_list("email", flat=True))
    live = dict(
        AccessRequest.objects.live()
        .filter(event=event, person__email__in=addresses)
        .values_list("person__email", "state")
    )
    for line in lines:
        if line.fault:
            continue
        if line.address in shut_out:
            line.fault = "This person was shut out. Open the account first."
        elif line.address in turned:
            line.fault = f"A request of this address was {turned[line.address]}. Reopen it instead of inviting."
        elif line.address in invited:
            line.fault = f"Is invited already{invited[line.address]}. Send that invitation again instead."
        elif live.get(line.address) == State.APPROVED:
            line.fault = "Has a request that is approved."
        elif line.address in live:
            line.note = f"Has a request ({State(live[line.address]).label}): accepting approves it."
    return lines


def _invited(event, addresses):
    rows = Invitation.objects.filter(event=event, state=Invitation.State.SENT, address__in=addresses)
    return {row.address: ", but it has expired" if row.has_expired else "" for row in rows}


def invite(lines, event, *, by, language, days):
    """Send an invitation to each line that has no fault, looked at once more. Returns those lines that were sent.

    One at a time for each event, so that two organisers invite nobody twice.
    """
    with transaction.atomic():
        event = Event.objects.select_for_update(no_key=True).get(pk=event.pk)
        sent = [line for line in look_at(lines, event) if not line.fault]
        now = timezone.now()
        for line in sent:
            Invitation.objects.create(
                event=event,
                address=line.address,
                full_name=line.full_name,
                organisation=line.organisation,
                language=language,
                invited_by=by,
                invited_by_name=str(by)[:150],
                sent_at=now,
                expires_at=now + timedelta(days=days),
            ).send()
        if sent:
            Record.objects.write(Deed.INVITED, by=by, about=str(event), figures={"invitations": len(sent)})
    return sent
