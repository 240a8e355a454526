"""More rows of all that the pages of the small world (``world.py``) show, to see whether these then ask more often."""

import datetime as dt

from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from registration import demo
from registration.models import (
    AccessRequest,
    Backup,
    Circular,
    Confirmation,
    Copy,
    Decision,
    Deed,
    DeletionRequest,
    Edit,
    Invitation,
    KeptSession,
    LoginSession,
    Mail,
    Pass,
    Record,
    RefusedCodes,
    RulesAcceptance,
    Scan,
    SignInCode,
    Visit,
)
from sessions.models import Announcement, Change, Event, Material, Organisation, Participation, Session, Speaker, Track

from . import people


def of_everything(world, numbers):
    """One for each number, of each kind; of what belongs to a row, to that of the small world whose page there is."""
    events = Event.objects.bulk_create(
        Event(slug=f"cacc-{year}", announced=True, date=dt.date(year, 8, 9), **_as_now(world.event))
        for year in (1900 + n for n in numbers)
    )
    sessions = _programme(world, numbers)
    demo.make(world.event, 30 + len(numbers))  # the first thirty are in every state, from everywhere
    for name in ("guest", "applicant"):
        _request(world, world.requests[name], numbers, events)
    for name in ("guest", "applicant", "administrator"):
        _person(world.people[name], numbers, sessions)
    _door(world, numbers)
    _desk(world, numbers)
    _history(world, numbers)


def ago(number):
    """When: so that what is listed together is of every kind."""
    return timezone.now() - dt.timedelta(minutes=number)


def _as_now(event):
    names = ("name", "host", "conference", "city", "time_zone", "intro")
    return {name: getattr(event, name) for name in names}


def _programme(world, numbers):
    tracks = Track.objects.bulk_create(
        Track(event=world.event, slug=f"t{n}", title=f"Track {n}", audience="public", position=9 + n) for n in numbers
    )
    hosts = Organisation.objects.bulk_create(
        Organisation(name=f"Organisation {n}", slug=f"organisation-{n}", email_domains=[f"organisation-{n}.example"])
        for n in numbers
    )
    speakers = Speaker.objects.bulk_create(
        Speaker(event=world.event, name=f"Speaker {n}", slug=f"speaker-{n}") for n in numbers
    )
    made = Session.objects.bulk_create(
        Session(
            track=track,
            title=f"Session {n}",
            number=100 + n,
            slug=f"{track.slug}-{n}",
            start=dt.time(9 + n // 25, n % 25),
            end=dt.time(20),
            room=f"Room {n}",
            published=True,
        )
        for n, own in zip(numbers, tracks, strict=True)
        for track in (own, world.morning)
    )
    shown = [world.secret, world.afternoon.sessions.get(slug="reporting-cycle")]
    # New ones in the sessions that have a page here, and those that have one in the new sessions.
    pairs = [
        (one, {kind: row})
        for one in shown
        for kind, rows in (("organisation", hosts), ("speaker", speakers))
        for row in rows
    ]
    for kind, model in (("organisation", Organisation), ("speaker", Speaker)):
        with_page = model.objects.filter(participations__session__in=shown).distinct().order_by("pk")[:2]
        pairs += [(one, {kind: row}) for row in with_page for one in made]
    Participation.objects.bulk_create(Participation(session=one, position=9, **who) for one, who in pairs)
    _changes(shown, made, numbers)
    Announcement.objects.bulk_create(
        Announcement(
            event=world.event,
            audience=n % 3,
            text=f"Announcement {n}",
            begins_at=dt.datetime(2001, 1, 1, tzinfo=dt.UTC),
            ends_at=dt.datetime(2100, 1, 1, tzinfo=dt.UTC),
        )
        for n in numbers
    )
    Material.objects.bulk_create(
        Material(
            session=one, title=f"Slides {n}", name="slides.txt", content_type="text/plain", size=1, **_kept(one, n)
        )
        for one in shown
        for n in numbers
    )
    return made


def _kept(session, number):
    """Nobody asks for these files."""
    return {"audience": "session", "file": f"materials/{session.pk}-{number}"}


def _changes(shown, made, numbers):
    """Told ones, of the sessions that have a page here and of the new ones; of these drafts as well."""
    at = [(one, ago(n)) for one in shown for n in numbers]
    at += [(one, told) for one in made for told in (ago(100), None)]
    Change.objects.bulk_create(
        Change(session=one, what="room", before="A", after="B", public=not one.track.is_private, published_at=told)
        for one, told in at
    )


def _request(world, request, numbers, events):
    """More of what became of it, and of the same person."""
    boss = world.people["administrator"]
    ways = [("pending", "declined"), ("declined", "pending")]
    decisions = Decision.objects.bulk_create(
        Decision(request=request, actor=boss, begin=begin, to=to, at=ago(n), words="Words")
        for n in numbers
        for begin, to in [ways[n % 2]]
    )
    Mail.objects.bulk_create(
        Mail(purpose=one.step.mail, recipient=request.person.email, person=request.person, decision=one, state="sent")
        for one in decisions
    )
    Edit.objects.bulk_create(
        Edit(request=request, version=9 + n, changes={"why": ["a", "b"]}, at=ago(n)) for n in numbers
    )
    Confirmation.objects.bulk_create(Confirmation(request=request, actor=boss, at=ago(n)) for n in numbers)
    Record.objects.bulk_create(Record(deed=Deed.MAILED, actor=boss, at=ago(n), request=request) for n in numbers)
    circulars = Circular.objects.bulk_create(
        Circular(event=world.event, state="approved", made_by=boss, queued_by=boss, queued_at=timezone.now(), **words)
        for words in [{"subject": "Subject", "text": "Text"}] * len(numbers)
    )
    mails = Mail.objects.bulk_create(
        Mail(purpose=Mail.CIRCULAR, recipient=request.person.email, person=request.person, circular=one, state="sent")
        for one in circulars
    )
    Copy.objects.bulk_create(
        Copy(circular=one, request=request, person=request.person, state="approved", mail=mail)
        for one, mail in zip(circulars, mails, strict=True)
    )
    domain = request.person.email.partition("@")[2]
    colleagues = [people.person(f"colleague-{n}@{domain}") for n in numbers]
    for asking, where in [
        *((one, world.event) for one in colleagues),
        *((request.person, event) for event in events),
    ]:
        AccessRequest.objects.create(event=where, person=asking, **people.ANSWERS)
    Copy.objects.bulk_create(
        Copy(circular=world.circular, request=one, person=one.person, state="approved")
        for one in AccessRequest.objects.filter(person__in=colleagues).select_related("person")
    )


def _person(person, numbers, sessions):
    now = timezone.now()
    KeptSession.objects.bulk_create(KeptSession(person=person, session=one) for one in sessions)
    RulesAcceptance.objects.bulk_create(RulesAcceptance(person=person, version=f"v{n}") for n in numbers)
    LoginSession.objects.bulk_create(
        LoginSession(
            session_key=f"{person.pk}-{n}",
            session_data="",
            user=person,
            device="Firefox",
            expire_date=now + dt.timedelta(days=1),
        )
        for n in numbers
    )
    Authenticator.objects.bulk_create(
        Authenticator(user=person, type="webauthn", data={"name": f"key {n}", "credential": {}}) for n in numbers
    )
    SignInCode.objects.bulk_create(SignInCode(user=person, digest=f"{person.pk}-{n}") for n in numbers)
    person.groups.add(*(Group.objects.create(name=f"Group {person.pk} {n}") for n in numbers))
    person.user_permissions.add(*Permission.objects.all()[: len(numbers)])
    DeletionRequest.objects.bulk_create(
        DeletionRequest(person=person, asked_at=now, taken_back_at=now) for _ in numbers
    )


def _door(world, numbers):
    """A pass for everybody; the guest came and went, and every second of the others is inside."""
    Pass.objects.make_for(AccessRequest.objects.filter(entry_pass=None))
    guest, by = world.requests["guest"], world.people["door steward"]
    others = AccessRequest.objects.filter(event=world.event, visits=None).exclude(pk=guest.pk)[::2]
    came = [{"came_at": ago(n), "came_door": f"Door {n}", "came_by": by} for n in numbers]
    left = {"left_at": timezone.now(), "left_door": "Door", "left_by": by}
    Visit.objects.bulk_create(Visit(request=guest, **one, **left) for one in came)
    Visit.objects.bulk_create(Visit(request=one, **came[0]) for one in others)
    Scan.objects.bulk_create(
        Scan(
            event=world.event,
            request=guest,
            kind="in",
            outcome="admitted",
            door="Door",
            by=by,
            at=ago(n),
            offline=n % 2,
        )
        for n in numbers
    )


def _desk(world, numbers):
    """What stands in the desk's lists and belongs to nobody in particular."""
    boss, now = world.people["administrator"], timezone.now()
    invitations = Invitation.objects.bulk_create(
        Invitation(
            event=world.event,
            address=f"invited-{n}@example.com",
            full_name="Somebody",
            invited_by=boss,
            invited_by_name="Olga",
            expires_at=now + dt.timedelta(days=n - 10),
        )
        for n in numbers
    )
    Mail.objects.bulk_create(
        Mail(purpose=Mail.INVITATION, recipient=one.address, invitation=one, event=one.event, state="refused")
        for one in [*invitations, *[world.invitation] * len(numbers)]
    )
    demos = AccessRequest.objects.filter(full_name__startswith="Demo", person__deletion_requests=None)[: len(numbers)]
    DeletionRequest.objects.bulk_create(DeletionRequest(person_id=one.person_id) for one in demos)
    Backup.objects.bulk_create(Backup(bytes=1, seconds=1) for _ in numbers)
    RefusedCodes.objects.bulk_create(
        RefusedCodes(minute=now.replace(minute=0, second=0, microsecond=0) - dt.timedelta(minutes=n), count=1)
        for n in numbers
    )
    world.group.permissions.add(*Permission.objects.all()[: len(numbers)])


def _history(world, numbers):
    rows = [
        world.event,
        world.morning,
        world.secret,
        world.slides,
        world.secret.participations.first().organisation,
        world.secret.participations.last().speaker,
        world.announcement,
        world.requests["applicant"],
        world.invitation,
        world.record,
        world.people["applicant"],
        world.group,
    ]
    LogEntry.objects.bulk_create(
        LogEntry(
            user=world.people["administrator"],
            content_type=ContentType.objects.get_for_model(row),
            object_id=str(row.pk),
            object_repr="row",
            action_flag=CHANGE,
            action_time=ago(n),
        )
        for row in rows
        if row
        for n in numbers
    )
