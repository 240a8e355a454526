"""Sending the newest news of a request once more, for those whom the first mail did not reach."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from ..models import AccessRequest, Deed, Mail, Record, Stale, StepRefused, User
from .purposes import PURPOSES

PAUSE = timedelta(minutes=1)  # between two of them


def newest_news(request):
    """The last step taken with this request, if a mail told of it; an older one would tell what no longer holds."""
    last = request.decisions.order_by("-pk").first()
    return last if last and last.step.mail and last.mails.exists() else None


def why_not(request, decision, mails):
    """In plain words why the mail of this step is not sent again now, or None; ``mails`` are the step's."""
    if not request.person.is_active:
        return "This person is shut out."
    if request.to_confirm:
        return "This approval opens nothing until somebody confirms it."
    if any(mail.state == Mail.State.QUEUED and mail.recipient == request.person.email for mail in mails):
        return "It is waiting to go out already."
    if any(mail.created_at > timezone.now() - PAUSE for mail in mails):
        return "It was sent less than a minute ago."
    return None


def send_again(request, decision_pk, *, by):
    """Queue it anew, to the address that the person has now, on record. Raises ``StepRefused``: then nothing is sent.

    ``decision_pk`` is the newest step as the page showed it.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=request.person_id)
        now = AccessRequest.objects.locked().select_related("person").get(pk=request.pk)
        decision = newest_news(now)
        if decision is None or decision.pk != decision_pk:
            raise Stale("Something else was decided after you opened the page. Nothing was sent; look at it as it is.")
        refusal = why_not(now, decision, decision.mails.all())
        if refusal:
            raise StepRefused(f"Nothing was sent. {refusal}")
        Record.objects.write(Deed.SENT_AGAIN, by=by, about=PURPOSES[decision.step.mail].title, request=now)
        return Mail.objects.queue(decision.step.mail, now.person, decision=decision)
