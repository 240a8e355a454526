"""Forgetting people: their words and who they are go, and states, times and counts stay.

Some days after the later of the event's end and their last activity (``FORGET_AFTER_DAYS``), or at once when somebody
asked for it and an administrator carries it out. The rows of a request stay where they are, so that what was decided
when, and how many came, can still be counted; nobody can tell any more whose they were.
"""

from datetime import timedelta

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.crypto import get_random_string

from sessions.models import Event

from .models import (
    FORGOTTEN,
    AccessRequest,
    CalendarFeed,
    Circular,
    Confirmation,
    Decision,
    Deed,
    DeletionRequest,
    Edit,
    EnrolmentCode,
    Invitation,
    KeptSession,
    LoginSession,
    Mail,
    Pass,
    Record,
    RulesAcceptance,
    SignInCode,
    User,
)
from .steps import State

AT_ONCE = 50  # people a transaction, so that nobody waits long for the database
# An address without a dot in its domain: nobody can type it in to sign in (``addresses.normalise``), no mail can reach
# it (RFC 5321, 2.3.5), and it stands for one person and no other.
NOWHERE = "forgotten"


class Spared(Exception):
    """Somebody who is not forgotten; the text says why, for organisers."""


# Steps that people take themselves, of a request that was maybe handed over to another address of theirs since.
THEIR_OWN_STEP = Q(begin="") & ~Q(request__origin__in=AccessRequest.ENTERED_BY_OTHERS) | Q(
    to=State.WITHDRAWN, merged_into=None
)


# Who


def due(days, now=None):
    """Whom there is to forget: no organisers, nobody of an edition that was not over for so many days."""
    long_ago = (now or timezone.now()) - timedelta(days=days)
    ends = {event.pk: event.ends_at for event in Event.objects.all()}
    recent = [pk for pk, end in ends.items() if end >= long_ago]
    over = [end for end in ends.values() if end < long_ago]
    requests = AccessRequest.objects.filter(person=OuterRef("pk"))
    asked = people().filter(Exists(requests)).exclude(Exists(requests.filter(event__in=recent)))
    # Who never asked was here for the edition that came next: it has to be over, if there was one.
    before = (max(over) if over else None) if recent else long_ago
    never_asked = people().exclude(Exists(requests))
    found = idle_since(asked, long_ago).values("pk")
    too = idle_since(never_asked, before).values("pk") if before else User.objects.none().values("pk")
    return User.objects.filter(Q(pk__in=found) | Q(pk__in=too)).order_by("pk")


def people():
    """Who is no organiser, was none, and is not forgotten yet. What organisers did keeps their name."""
    did = [
        Decision.objects.filter(~THEIR_OWN_STEP, actor=OuterRef("pk")).exclude(request__person=OuterRef("pk")),
        Confirmation.objects.filter(actor=OuterRef("pk")),
        Record.objects.filter(actor=OuterRef("pk")).exclude(deed=Deed.DOWNLOADED),
        LogEntry.objects.filter(user=OuterRef("pk")),
        AccessRequest.objects.filter(entered_by=OuterRef("pk")),
        Invitation.objects.filter(invited_by=OuterRef("pk")),
        Circular.objects.filter(Q(made_by=OuterRef("pk")) | Q(queued_by=OuterRef("pk"))),
    ]
    found = User.objects.filter(is_staff=False, is_superuser=False, forgotten_at=None)
    for rows in did:
        found = found.exclude(Exists(rows))
    return found


def idle_since(found, moment):
    """Of these people those who did nothing since, and of whom nothing was decided: asked, edited, signed in, used."""
    theirs = Q(person=OuterRef("pk"))
    of_request = Q(request__person=OuterRef("pk"))
    for rows in (
        AccessRequest.objects.filter(theirs, asked_at__gte=moment),
        Decision.objects.filter(of_request, at__gte=moment),
        Edit.objects.filter(of_request, at__gte=moment),
        LoginSession.objects.filter(user=OuterRef("pk"), last_seen_at__gte=moment),
        DeletionRequest.objects.filter(theirs, asked_at__gte=moment),
        RulesAcceptance.objects.filter(theirs, accepted_at__gte=moment),
    ):
        found = found.exclude(Exists(rows))
    return found.filter(Q(last_login=None) | Q(last_login__lt=moment), joined_at__lt=moment)


# What


def held(found):
    """``{what: how many rows}`` of these people hold words or tell who they are."""
    requests = AccessRequest.objects.filter(person__in=found)
    return {
        "people": found.count(),
        "requests": requests.count(),
        "decisions with a reason or words": Decision.objects.filter(request__in=requests)
        .exclude(reason="", words="")
        .count(),
        "edits": Edit.objects.filter(request__in=requests).count(),
        "mails": Mail.objects.filter(person__in=found).count(),
        "login sessions": LoginSession.objects.filter(user__in=found).count(),
    }


def forget_due(days, *, by=None):
    """All that are due, a portion a transaction; may be stopped and run again. Returns ``{what: how many}``."""
    done, last = {}, 0
    while portion := list(due(days).filter(pk__gt=last).values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            list(User.objects.select_for_update().filter(pk__in=portion).order_by("pk").values_list("pk"))
            still = due(days).filter(pk__in=portion)  # somebody may have come back at this moment
            counts = held(still)
            for person in list(still):
                blank(person)
            if counts["people"]:
                Record.objects.write(Deed.FORGOT, by=by, about="After the event, by the settings", figures=counts)
        done = {what: done.get(what, 0) + count for what, count in counts.items()}
        last = portion[-1]
    return done or held(User.objects.none())


def carry_out(asked, *, by):
    """Delete the data of who asked for it, tell them by a last mail, and put it on record. False: it was too late.

    A live request is withdrawn first, as the person could themselves, so that their place is free. Raises ``Spared``.
    """
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=asked.person_id)
        if not DeletionRequest.objects.open().filter(pk=asked.pk).exists():
            return False
        if not people().filter(pk=person.pk).exists():
            raise Spared("An organiser, now or once: what they did stays on record under their name.")
        for request in AccessRequest.objects.filter(person=person).live():
            request.withdraw(by=person)
        counts = held(User.objects.filter(pk=person.pk))
        address, language = person.email, person.language
        blank(person)
        DeletionRequest.objects.filter(pk=asked.pk).update(done_at=timezone.now())
        Mail.objects.create(purpose=Mail.FORGOTTEN, recipient=address, language=language)
        Record.objects.write(Deed.FORGOT, by=by, about="Asked for by the person", figures=counts)
    return True


def blank(person):
    """In a transaction that holds the person: take out every word of theirs and about them, and who they are."""
    _blank_requests(person)
    _blank_invitations(person, requests=AccessRequest.objects.filter(person=person))
    _blank_records(person)
    for model in (RulesAcceptance, KeptSession):
        model.objects.filter(person=person).delete()
    _blank_person(person)


def _blank_requests(person):
    requests = AccessRequest.objects.filter(person=person)
    for decision in (Decision.objects, Confirmation.objects):
        decision.filter(request__in=requests, actor=person).forget_words(actor_name=FORGOTTEN)
        decision.filter(request__in=requests).forget_words(reason="")
    Decision.objects.filter(Q(request__in=requests) | Q(actor=person), THEIR_OWN_STEP).forget_words(
        actor_name=FORGOTTEN
    )
    Decision.objects.filter(request__in=requests).forget_words(words="")
    for edit in Edit.objects.filter(request__in=requests):
        Edit.objects.filter(pk=edit.pk).update(changes={name: ["", ""] for name in edit.changes})
    requests.update(
        full_name=FORGOTTEN,
        organisation="",
        job_title="",
        why="",
        needs="",
        hears_of_changes=False,
        version=F("version") + 1,  # a page that shows them as they were decides nothing any more
    )


def _blank_invitations(person, requests):
    """Those to their address, which end with it."""
    theirs = Invitation.objects.filter(Q(address=person.email) | Q(request__in=requests))
    theirs.filter(state=Invitation.State.SENT).update(state=Invitation.State.RECALLED, ended_at=timezone.now())
    theirs.update(address="", full_name="", organisation="")


def _blank_records(person):
    """What was written down of them: by their request, by their row, or by their address as it stands in words."""
    requests = AccessRequest.objects.filter(person=person)
    named = Q(request__in=requests) | Q(about__icontains=person.email)
    Record.objects.filter(named).forget_words(about="", figures={})
    Record.objects.filter(actor=person).forget_words(actor_name=FORGOTTEN, figures={})
    kinds = ContentType.objects.get_for_models(User, AccessRequest)
    their = Q(content_type=kinds[User], object_id=str(person.pk)) | Q(
        content_type=kinds[AccessRequest], object_id__in=[str(pk) for pk in requests.values_list("pk", flat=True)]
    )
    said = Q(object_repr__icontains=person.email) | Q(change_message__icontains=person.email)
    LogEntry.objects.filter(their | said).update(object_repr=FORGOTTEN, change_message="")
    mails = Mail.objects.filter(Q(person=person) | Q(recipient=person.email))
    mails.filter(state=Mail.State.QUEUED).update(state=Mail.State.EXPIRED, ended_at=timezone.now(), leased_until=None)
    mails.update(recipient="", person=None, answer="", known_browser="", sealed=None)


def _blank_person(person):
    from allauth.account.models import EmailAddress
    from allauth.mfa.models import Authenticator

    for model in (LoginSession, SignInCode, EnrolmentCode, EmailAddress, Authenticator):
        model.objects.filter(user=person).delete()
    CalendarFeed.objects.filter(person=person).delete()
    Pass.objects.filter(request__person=person).delete()
    person.groups.clear()
    person.user_permissions.clear()
    name = get_random_string(24, "abcdefghijklmnopqrstuvwxyz0123456789")
    person.shut_out()  # its key too, by which browsers were known
    User.objects.filter(pk=person.pk).update(
        email=f"{NOWHERE}-{name}@{NOWHERE}",
        name="",
        language="en",
        last_login=None,
        is_active=False,
        hears_of_requests=False,
        forgotten_at=timezone.now(),
    )
