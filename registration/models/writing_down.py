"""Writing down steps that were found allowed, any number at once by as many statements as one takes."""

from django.db import transaction
from django.db.models import Case, F, Value, When

from .. import steps
from ..steps import State
from .calendar_feeds import CalendarFeed
from .decisions import Confirmation, Decision
from .outbox import Mail
from .passes import Pass


def write_down(decisions):
    """Inside a transaction that holds the rows of their requests: all that a step does. Returns the decisions.

    They are new, of one request each, and take the same step to the same state. What closes access closes it for each
    alone: that is rarely done to many.
    """
    _move([one for one in decisions if one.begin])
    Decision.objects.bulk_create(decisions)
    told = [one for one in decisions if one.step.mail]
    if told:
        Mail.objects.queue_all([Mail.to(one.step.mail, one.request.person, decision=one) for one in told])
    Pass.objects.make_for([one.request for one in decisions if one.step.access == "opens"])
    for one in decisions:
        if one.step.access == "closes":
            _close(one)
    _end_invitations(decisions)
    _pass_places_on({one.request.event for one in decisions if one.begin == State.APPROVED})
    return decisions


def _move(decisions):
    """Each to its state; who comes onto the waiting list gets a place in the line by the moment of the decision."""
    if not decisions:
        return
    to = decisions[0].to
    since = [When(pk=one.request_id, then=Value(one.at)) for one in decisions] if to == State.WAITING else []
    _rows(decisions).update(
        state=to,
        version=F("version") + 1,
        to_confirm=False,
        waiting_since=Case(*since) if since else None,
    )


def _rows(decisions):
    from .requests import AccessRequest

    return AccessRequest.objects.filter(pk__in=[one.request_id for one in decisions])


def _close(decision):
    one = decision.request
    CalendarFeed.objects.filter(person=one.person, event=one.event_id).delete()
    Pass.objects.end_for([one])
    if decision.step.by_organiser:
        one.person.shut_out()  # the gate reads the state anyway; this ends every open browser and live code too


def _end_invitations(decisions):
    from .invitations import Invitation

    ended = [
        one
        for one in decisions
        if one.step.by_organiser and (one.step.access == "closes" or one.to in steps.REOPENED_BY_ORGANISERS_ONLY)
    ]
    for event in {one.request.event for one in ended}:
        people = [one.request.person for one in ended if one.request.event_id == event.pk]
        Invitation.objects.end_for(people, event, by=ended[0].actor)


def _pass_places_on(events):
    from ..waiting_list import pass_on

    for event in events:
        if event.passes_places_on:  # if it fails, the mail worker soon does it
            transaction.on_commit(lambda pk=event.pk: pass_on(pk), robust=True)


def write_confirmations(requests, *, by, reason):
    """Inside a transaction that holds these approvals, which were to be confirmed: let them open again."""
    from .requests import AccessRequest

    rows = AccessRequest.objects.filter(pk__in=[one.pk for one in requests])
    rows.update(to_confirm=False, version=F("version") + 1)
    Pass.objects.make_for(requests)
    return Confirmation.objects.bulk_create(
        Confirmation(request=one, actor=by, actor_name=str(by)[:150], reason=reason) for one in requests
    )
