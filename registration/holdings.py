"""All that is held about one person, for that person: every table with rows of theirs or about them, every field of it.

What is left out stands in ``WITHHELD`` with its reason; a table that is added and not named here fails a test.
"""

import datetime as dt
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import ForeignKey, Q
from django.utils.dateformat import format as date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions.models import Event, Session

from .models import (
    AccessRequest,
    CalendarFeed,
    Confirmation,
    Copy,
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
    Scan,
    SignInCode,
    User,
    Visit,
)

# Each table, how it is called, and by what its rows are somebody's.
TABLES = {
    User: (_("You"), "pk"),
    EmailAddress: (_("Your address"), "user"),
    AccessRequest: (_("Your requests"), "person"),
    Decision: (_("What was decided"), "request__person"),
    Confirmation: (_("What was confirmed after a backup or a change of address"), "request__person"),
    Edit: (_("What you changed of your answers"), "request__person"),
    Invitation: (_("Invitations to you"), ""),
    RulesAcceptance: (_("Handling rules you agreed to"), "person"),
    Mail: (_("Mails to you"), "person"),
    Copy: (_("Mails that organisers wrote to many, you among them"), "person"),
    Visit: (_("When you came and left"), "request__person"),
    Scan: (_("What was done with your pass at the door"), "request__person"),
    KeptSession: (_("Sessions on your agenda"), "person"),
    CalendarFeed: (_("Your own calendar address"), "person"),
    Pass: (_("Your pass for the door"), "request__person"),
    LoginSession: (_("Where you are signed in"), "user"),
    SignInCode: (_("Sign-in codes of the last minutes"), "user"),
    EnrolmentCode: (_("Enrolment codes"), "user"),
    Authenticator: (_("Second factors"), "user"),
    DeletionRequest: (_("Deletion you asked for"), "person"),
    Record: (_("What else was done: by you, or about your request"), "request__person"),
    LogEntry: (_("What organisers changed of you in admin"), ""),
}
ORGANISERS_OWN = "what organisers did, under their name; about no other person"
NOT_ABOUT_THEM = {
    "agenda.change": ORGANISERS_OWN,
    "registration.mailtext": ORGANISERS_OWN,
    "registration.circular": ORGANISERS_OWN,
}

OPENS = "it opens something, or is a digest of what does; nobody can read it"
MACHINERY = "a number by which the site knows its own rows"
INSIDE = "kept inside, among organisers; the page says so"
OTHERS = "an organiser's name; the decision is told as the organisers'"
AT_THE_DOOR = "who worked at the door"
WITHHELD = {
    "registration.user.password": "nobody has one",
    "registration.user.login_key": OPENS,
    "registration.decision.reason": INSIDE,
    "registration.decision.actor_name": OTHERS,
    "registration.confirmation.reason": INSIDE,
    "registration.confirmation.actor_name": OTHERS,
    "registration.record.about": INSIDE,
    "registration.record.figures": INSIDE,
    "registration.record.actor_name": OTHERS,
    "registration.accessrequest.entered_by": OTHERS,
    "registration.visit.came_by": AT_THE_DOOR,
    "registration.visit.left_by": AT_THE_DOOR,
    "registration.scan.by": AT_THE_DOOR,
    "registration.scan.undoes": MACHINERY,
    "registration.invitation.invited_by": OTHERS,
    "registration.invitation.invited_by_name": OTHERS,
    "registration.mail.circular": "what was written to many stands in the mail; some of it was for guests alone",
    "registration.copy.circular": "as the mail's own",
    "registration.copy.mail": MACHINERY,
    "registration.mail.sealed": OPENS,
    "registration.mail.known_browser": OPENS,
    "registration.mail.request_id": MACHINERY,
    "registration.mail.leased_until": MACHINERY,
    "registration.mail.urgent": MACHINERY,
    "registration.loginsession.session_key": OPENS,
    "registration.loginsession.session_data": OPENS,
    "registration.signincode.read_out_by": OTHERS,
    "registration.signincode.digest": OPENS,
    "registration.enrolmentcode.digest": OPENS,
    "registration.calendarfeed.digest": OPENS,
    "registration.pass.public_id": OPENS,
    "registration.pass.generation": OPENS,
    "registration.pass.door_id": MACHINERY,
    "mfa.authenticator.data": OPENS,
    "admin.logentry.user": OTHERS,
    "admin.logentry.object_repr": "the same row's name, or address",
    "admin.logentry.object_id": MACHINERY,
    "admin.logentry.content_type": MACHINERY,
    "admin.logentry.change_message": INSIDE,
}

LABELS = {
    "email": _("e-mail address"),
    "verified": _("proven"),
    "name": _("name"),
    "language": _("language"),
    "joined_at": _("known since"),
    "last_login": _("signed in last"),
    "is_active": _("account open"),
    "event": _("event"),
    "request": _("request"),
    "state": _("state"),
    "address": _("e-mail address"),
    "sent_at": _("made"),
    "expires_at": _("ends"),
    "asked_at": _("asked"),
    "full_name": _("full name"),
    "organisation": _("organisation"),
    "job_title": _("job title"),
    "kind": _("kind of organisation"),
    "why": _("why you wish to attend"),
    "registered": _("registered for CACC"),
    "reception": _("coming to the reception"),
    "needs": _("access or dietary needs"),
    "actor": _("by"),
    "at": _("when"),
    "begin": _("from"),
    "to": _("to"),
    "words": _("words to you"),
    "changes": _("before and after"),
    "version": _("version"),
    "accepted_at": _("agreed"),
    "purpose": _("about"),
    "recipient": _("sent to"),
    "created_at": _("made"),
    "ended_at": _("ended"),
    "tries": _("tries"),
    "answer": _("the mail server’s answer"),
    "session": _("session"),
    "made_at": _("made"),
    "last_seen_at": _("last used"),
    "expire_date": _("ends"),
    "device": _("browser"),
    "used_at": _("used"),
    "taken_back_at": _("taken back"),
    "done_at": _("done"),
    "came_at": _("came"),
    "came_door": _("came by the door"),
    "left_at": _("left"),
    "left_door": _("left by the door"),
    "registration.scan.kind": _("what"),
    "door": _("door"),
    "received_at": _("received"),
    "offline": _("without a network"),
    "outcome": _("what came of it"),
    "since": _("inside since"),
    "since_door": _("came by the door"),
    "deed": _("what"),
}


@dataclass(frozen=True)
class Section:
    """``rows`` are lists of ``(name, label, value)``; values are what JSON knows."""

    name: str
    title: str
    rows: list

    def as_dicts(self):
        return [{name: value for name, _, value in row} for row in self.rows]


def of(person, audiences_for):
    """The sections that have rows. ``audiences_for(events)`` tells what this person may read now: what they keep of
    what was closed to them since is counted, and not named.
    """
    sections = []
    for model, (title, _by) in TABLES.items():
        fields = [field for field in model._meta.concrete_fields if is_told(field)]
        if model is KeptSession:
            rows = kept_by(person, audiences_for)
        else:
            rows = [
                [(field.name, label_of(field), value_of(field, row, person)) for field in fields]
                for row in rows_of(model, person).select_related(*_tied_by(fields) or [None])
            ]
        if rows:
            sections.append(Section(model._meta.model_name, str(title), rows))
    return sections


def rows_of(model, person):
    if model is LogEntry:
        kinds = ContentType.objects.get_for_models(User, AccessRequest)
        requests = [str(pk) for pk in person.access_requests.values_list("pk", flat=True)]
        return LogEntry.objects.filter(
            Q(content_type=kinds[User], object_id=str(person.pk))
            | Q(content_type=kinds[AccessRequest], object_id__in=requests)
        ).order_by("pk")
    if model is Invitation:
        return Invitation.objects.to(person).order_by("pk")
    if model is Record:
        by_them = Q(actor=person, deed=Deed.DOWNLOADED)
        return Record.objects.filter(by_them | Q(request__person=person)).order_by("pk")
    by = TABLES[model][1]
    return model._default_manager.filter(**{by: person.pk}).order_by("pk")


def _tied_by(fields):
    """What ``value_of`` tells of in words, for ``select_related``; requests and invitations name their event."""
    tied = [field for field in fields if isinstance(field, ForeignKey) and field.name != "actor"]
    with_event = (AccessRequest, Invitation)
    return [f"{field.name}__event" if field.related_model in with_event else field.name for field in tied]


def is_told(field):
    """Not the row's own number, nor whose it is, nor what is withheld."""
    if field.primary_key or name_of(field) in WITHHELD:
        return False
    return not (isinstance(field, ForeignKey) and field.name in {"person", "user", "decision"})


def name_of(field):
    return f"{field.model._meta.label_lower}.{field.name}"


def label_of(field):
    return capfirst(str(LABELS.get(name_of(field)) or LABELS.get(field.name, field.verbose_name)))


def value_of(field, row, person):
    if field.name == "actor":
        return _who(row.actor_id, person)
    if field.choices and hasattr(row, f"get_{field.name}_display"):
        return str(getattr(row, f"get_{field.name}_display")())
    value = getattr(row, field.attname)
    if isinstance(field, ForeignKey):
        return _what(field, row) if value is not None else None
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value if value is None or isinstance(value, bool | int | float | dict | list) else str(value)


def _who(actor_id, person):
    if actor_id == person.pk:
        return gettext("you")
    return gettext("the organisers") if actor_id else gettext("the site")


def _what(field, row):
    """A row that this one is tied to, in words that are no secret: an event, or the request by when it was made."""
    other = getattr(row, field.name)
    if isinstance(other, AccessRequest):
        return f"{other.event}, {date_format(other.asked_at, 'Y-m-d')}"
    return str(other)


def kept_by(person, audiences_for):
    kept = KeptSession.objects.kept().filter(person=person).select_related("session__track")
    rows, closed = list(kept.order_by("pk")), 0
    events = Event.objects.filter(pk__in={row.session.track.event_id for row in rows})
    readable = set()
    for event, audience in audiences_for(list(events)).items():
        sessions = Session.objects.filter(track__event=event)
        readable |= set(sessions.visible_to(audience).values_list("pk", flat=True))
    told = []
    for row in rows:
        if row.session_id in readable:
            told.append([("session", capfirst(str(LABELS["session"])), row.session.title)])
        else:
            closed += 1
    if closed:
        told.append([("closed_to_you_now", gettext("Sessions that you may not read now"), closed)])
    return told
