"""Who was turned away and asks again under another spelling of their address, which is another person to the site."""

from collections import defaultdict

from django.db.models import Q

from ..addresses import mailbox_of
from ..models import AccessRequest
from ..steps import REOPENED_BY_ORGANISERS_ONLY


def turned_away_twins(requests):
    """``{pk: [request, …]}``: what was declined or revoked, or whose person was shut out, at the same mailbox.

    A hint for whoever decides, no more: at some mail servers two spellings are two people.
    """
    mailboxes = {one.pk: mailbox_of(one.person.email) for one in requests}
    away = Q(state__in=REOPENED_BY_ORGANISERS_ONLY) | Q(person__is_active=False)
    at = defaultdict(list)
    for other in (
        AccessRequest.objects.filter(away).at_mailboxes(set(mailboxes.values())).select_related("person", "event")
    ):
        at[other.mailbox].append(other)
    return {one.pk: [other for other in at[mailboxes[one.pk]] if other.person_id != one.person_id] for one in requests}
