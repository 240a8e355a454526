"""Sending the newest news of a request once more, for those whom the first mail did not reach."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from ..models import AccessRequest, Deed, Mail, Record, Stale, StepRefused, User
from .purposes import PURPOSES

PAUSE = timedelta(minutes=1)  # between two of them


def newest_news(request):
    """The last mail that told of the last step taken with this request, or None.

    A mail of an older step would tell what no longer holds.
    """
    last = request.decisions.order_by("-pk").first()
    return last and last.mails.first()


def why_not(request, mails):
    """In plain words why the news are not sent again now, or None; ``mails`` are those of the newest step."""
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
        news = newest_news(now)
        if news is None or news.decision_id != decision_pk:
            raise Stale("Something else was decided after you opened the page. Nothing was sent; look at it as it is.")
        refusal = why_not(now, news.decision.mails.all())
        if refusal:
            raise StepRefused(f"Nothing was sent. {refusal}")
        Record.objects.write(Deed.SENT_AGAIN, by=by, about=PURPOSES[news.purpose].title, request=now)
        return Mail.objects.queue(news.purpose, now.person, decision=news.decision)
