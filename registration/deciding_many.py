"""The same step for many requests, some in each transaction: that asks the database far less than each alone."""

from django.db import transaction

from .models import AccessRequest, Decision, StepRefused, User
from .models.writing_down import write_confirmations, write_down

BATCH = 100  # few enough that nobody waits for long for a row that it holds: about as many milliseconds


def decide_together(versions, to, *, by, reason="", words=""):
    """Take one step for each of ``{request's key: version that was seen}``, in that order, in one transaction.

    Locks all people, then all requests, each by their keys, then events by theirs if the order is such: as one decision
    does. Returns ``{request's key: StepRefused}`` of those that were refused, for which nothing was written.
    """
    given = {}
    with transaction.atomic():
        people = AccessRequest.objects.filter(pk__in=versions).values("person")
        list(User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk").values_list("pk"))
        allowed, refused = _judged(versions, lambda one, version: one._judge(to, version=version, given=given))
        if allowed:
            write_down([Decision.of(one, one.state, to, by=by, reason=reason, words=words) for one in allowed])
    return refused


def confirm_together(versions, *, by, reason=""):
    """The same for approvals that are to be confirmed."""
    with transaction.atomic():
        allowed, refused = _judged(versions, AccessRequest._judge_confirming)
        if allowed:
            write_confirmations(allowed, by=by, reason=reason)
    return refused


def _judged(versions, judge):
    """Lock these requests and judge each: ``([those that may take the step], {key: StepRefused})``."""
    allowed, refused = [], {}
    rows = AccessRequest.objects.locked().select_related("person", "event").filter(pk__in=versions).order_by("pk")
    found = {one.pk: one for one in rows}
    for pk, version in versions.items():
        if pk in found:
            try:
                judge(found[pk], version)
            except StepRefused as refusal:
                refused[pk] = refusal
            else:
                allowed.append(found[pk])
    return allowed, refused
