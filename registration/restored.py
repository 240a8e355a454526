"""What a restored database is asked, and told, before it is put in place."""

from allauth.mfa.models import Authenticator
from django.db import connection, transaction
from django.utils import timezone

from sessions.models import Announcement, Event, Material, Session, Track

from .models import AccessRequest, EnrolmentCode, Invitation, LoginSession, Mail, Pass, SignInCode, User
from .steps import State

NOBODY, INDUSTRY, EVERYONE = range(3)  # who may read something, organisers aside
READERS = {Track.Reader.INDUSTRY: INDUSTRY, Track.Reader.PUBLIC: EVERYONE}
TEASERS = list(Track.Teaser.values)  # the closest first


def check_cuts(*, keep_organisers):
    """Look whether what ``cuts`` takes away is gone indeed; raises ``ValueError``, and so nothing is restored."""
    still_there = {
        "login sessions": LoginSession.objects.all(),
        "sign-in codes": SignInCode.objects.all(),
        "enrolment codes": EnrolmentCode.objects.all(),
        "codes in mails": Mail.objects.exclude(sealed=None),
        "mails that wait": Mail.objects.filter(state=Mail.State.QUEUED),
        "events that give free places by themselves": Event.objects.filter(passes_places_on=True),
        "passes": Pass.objects.all(),
        "events that remind guests by themselves": Event.objects.filter(reminds=True),
        "invitations that hold": Invitation.objects.filter(state=Invitation.State.SENT),
        "approvals that open": AccessRequest.objects.filter(state=State.APPROVED).exclude(to_confirm=True),
    }
    if not keep_organisers:
        still_there |= {
            "second factors": Authenticator.objects.all(),
            "organisers": User.objects.filter(is_staff=True),
            "administrators": User.objects.filter(is_superuser=True),
            "people with a role": User.objects.exclude(groups=None),
            "people with permissions": User.objects.exclude(user_permissions=None),
        }
    if found := [f"{rows.count()} {what}" for what, rows in still_there.items() if rows.exists()]:
        raise ValueError(f"what a restore must take away is still there: {', '.join(found)}")


def do_nothing_by_itself():
    """Who is on the waiting list again may have been declined since, and who is to be reminded may have been so."""
    Event.objects.filter(passes_places_on=True).update(passes_places_on=False)
    Event.objects.filter(reminds=True).update(reminds=False)


def name_of(session):
    """By which it is known in another database: numbers of rows are given anew where a programme is loaded anew."""
    return session.track.event.slug, session.track.slug, session.title


def announcements_left():
    """Those that stand on pages or will; by ``words_of`` they are known in another database."""
    return Announcement.objects.filter(ends_at__gt=timezone.now()).select_related("event").order_by("pk")


def words_of(one):
    return one.event.slug, one.audience, one.text, one.text_es


def readers_of(session):
    return READERS[session.track.audience] if session.published else NOBODY


class Programme:
    """Who may read what of a programme, by names that are the same in a backup of it."""

    def __init__(self):
        tracks = Track.objects.values_list("event__slug", "slug", "audience", "teaser")
        self.tracks = {(event, slug): (READERS[audience], teaser) for event, slug, audience, teaser in tracks}
        self.sessions = {}
        for session in Session.objects.select_related("track__event"):
            name, readers = name_of(session), readers_of(session)
            self.sessions[name] = min(readers, self.sessions.get(name, readers))
        tables = connection.introspection.table_names()  # an older version lacks these two
        is_there = Announcement._meta.db_table in tables
        self.announcements = {words_of(one) for one in announcements_left()} if is_there else set()
        shown = Material.objects.filter(audience=Material.Reader.SESSION)  # of those that more than organisers may have
        is_there = Material._meta.db_table in tables
        self.materials = set(shown.values_list("key", flat=True)) if is_there else set()

    @classmethod
    def of_now(cls):
        """The one that is to be replaced, or None when there is none. Raises ``DatabaseError`` when nobody can tell."""
        try:
            tables = connection.introspection.table_names()
            found = cls() if Track._meta.db_table in tables else None
        finally:
            connection.close()
        return found if found and found.tracks else None


def close_what_was_closed(before):
    """Nothing becomes readable for more people by a restore; returns what was closed, a line each.

    A track that is private now stays private, under new addresses, and shows no more of itself; a session that fewer
    may read now, or that is not there under that title, is hidden until an organiser publishes it. A file that was
    taken away or kept for organisers, or that gave way to another, is for organisers alone. What was announced then,
    and is no more, is gone.
    """
    closed = []
    with transaction.atomic():
        for track in Track.objects.select_related("event"):
            readers, teaser = before.tracks.get((track.event.slug, track.slug), (EVERYONE, Track.Teaser.NOTHING))
            if READERS[track.audience] > readers:
                track.change_audience(Track.Reader.INDUSTRY)
                closed.append(f"track {track.slug!r} of {track.event.slug} stays private")
            if TEASERS.index(track.teaser) > TEASERS.index(teaser):
                Track.objects.filter(pk=track.pk).update(teaser=teaser)
                closed.append(f"track {track.slug!r} of {track.event.slug} shows the public: {teaser}")
        for session in Session.objects.filter(published=True).select_related("track__event"):
            if readers_of(session) > before.sessions.get(name_of(session), NOBODY):
                Session.objects.filter(pk=session.pk).update(published=False)
                track = f"track {session.track.slug!r} of {session.track.event.slug}"
                closed.append(f"session {session.pk} of {track} is hidden")
        for one in announcements_left():
            if words_of(one) not in before.announcements:
                one.delete()
                closed.append(f"an announcement of {one.event.slug} is gone")
        for material in Material.objects.filter(audience=Material.Reader.SESSION).exclude(key__in=before.materials):
            Material.objects.filter(pk=material.pk).update(audience=Material.Reader.ORGANISERS)
            closed.append(f"material {material.pk} of session {material.session_id} is for organisers alone")
    return closed


def open_tracks():
    """For somebody to look at who alone can tell."""
    rows = Track.objects.filter(audience=Track.Reader.PUBLIC).order_by("event__slug", "position")
    return [f"{slug!r} of {event}" for event, slug in rows.values_list("event__slug", "slug")]
