"""A small whole world: two events, a programme with a private part, and one person for each role.

Every private field holds a canary: a random word that stands nowhere else. Who may read which is in ``Canaries``.
"""

import datetime as dt
import secrets

from django.contrib.auth.models import Group
from django.utils import timezone

from registration import by_hand, inviting, roles
from registration.address_list import Line
from registration.models import (
    AccessRequest,
    CalendarFeed,
    Circular,
    Deed,
    DeletionRequest,
    Invitation,
    KeptSession,
    MailText,
    Record,
    Scan,
    Visit,
)
from sessions.audience import Audience
from sessions.materials import names
from sessions.materials.checking import Checked
from sessions.models import Announcement, Change, Event, Material, Organisation, Participation, Session, Speaker, Track

from . import people


class Canaries:
    """Random words, each filed under who may read it."""

    def __init__(self):
        self.words = {}  # word -> (group, what it is)

    def new(self, group, what):
        word = "zq" + secrets.token_hex(6)
        self.words[word] = (group, what)
        return word

    def of(self, *groups):
        return {word for word, (group, _) in self.words.items() if group in groups}

    def found_in(self, content: bytes, groups):
        lowered = content.lower()
        return {self.words[word] for word in self.of(*groups) if word.encode() in lowered}


PRIVATE = "private programme"  # guests and organisers
HIDDEN = "unpublished programme"  # organisers
REQUESTS = "requests"  # organisers who may see requests, and each person their own
NEEDS = "needs"  # organisers who may see them, and each person their own
INSIDE = "inside"  # organisers who may see reasons
LETTERS = "mails to guests"  # each of them, and organisers who write to many
TEXTS = "texts of mails"  # organisers who may edit them
RECORDS = "records"  # what organisers did: administrators
SHOWN = "names of guests"  # each their own, who reads requests, and who works at a door that their pass is shown at
NAMES = "names of walk-ups"  # who entered them, and organisers who may see requests
DOORS = "doors"  # who works at one, and each guest those they came and left by
OTHER_EVENT = "private programme of another edition"
BEHIND = "behind the programme"  # organisers who may change the programme
WORDS_OF_AN_EVENT = ("name", "host", "conference", "city", "venue", "venue_address", "intro")


def event(slug="cacc-2022", *, current=True, **fields):
    made = Event.objects.create(
        slug=slug,
        **{
            "name": "Tech Track",
            "host": "The Tech Coalition",
            "conference": "Crimes Against Children Conference (CACC)",
            "city": "Dallas",
            "date": dt.date(2022, 8, 9),
            "time_zone": "America/Chicago",
            "intro": "A forum for the tech industry.\n\nPlanning to attend?",
            "announced": True,
        }
        | fields,
    )
    if current:
        made.make_current()
    return made


def track(of, slug, audience, position, **fields):
    return Track.objects.create(
        event=of, slug=slug, title=f"{slug.title()} sessions", audience=audience, position=position, **fields
    )


def session(of, title, number=None, *, published=True, slug=None, **fields):
    made = Session(track=of, title=title, number=number, published=published, **fields)
    made.give_address()
    made.slug = slug or made.slug
    made.save()
    return made


def announcement(of, text, audience=Audience.PUBLIC, **fields):
    """On all the time, unless told otherwise."""
    always = {"begins_at": dt.datetime(2001, 1, 1, tzinfo=dt.UTC), "ends_at": dt.datetime(2100, 1, 1, tzinfo=dt.UTC)}
    return Announcement.objects.create(event=of, text=text, audience=audience, **always | fields)


def public_part(of):
    afternoon = track(of, "afternoon", "public", 2)
    reception = track(of, "reception", "public", 3)
    first = session(afternoon, "Reporting cycle", 1, abstract="How reports travel.", slug="reporting-cycle")
    session(afternoon, "Should all reports be treated equally?", 2, abstract="A lively session.", slug="equally")
    session(reception, "Networking reception", kind="networking", slug="networking-reception")
    Participation.objects.create(session=first, organisation=organisation("NCMEC"), role="presenter")
    Participation.objects.create(session=first, speaker=speaker(of, "Kim Example"), position=2)
    return afternoon


def organisation(name, **fields):
    made = Organisation(name=name, **fields)
    made.give_address()
    made.save()
    return made


def speaker(of, name, affiliation=""):
    made = Speaker(event=of, name=name, affiliation=affiliation)
    made.give_address()
    made.save()
    return made


def private_part(of, canaries, group=PRIVATE, count=4):
    """The private morning, every field of it a canary."""
    morning = track(of, "morning", "industry", 1)
    for number in range(1, count + 1):
        secret = session(
            morning,
            f"Title {canaries.new(group, 'session title')}",
            number,
            abstract=f"Abstract {canaries.new(group, 'abstract')}",
            room=f"Room {canaries.new(group, 'room')}",
            key=canaries.new(group + " key", "key of the file"),
            start=dt.time(8 + number),
            end=dt.time(8 + number, 45),
            tlp="AMBER",
        )
        canaries.words[secret.slug] = (group, "opaque slug")
        host = organisation(
            f"Org {canaries.new(group, 'organisation')}",
            full_name=canaries.new(group, "full name of an organisation"),
            website=f"https://{canaries.new(group, 'website')}.example/",
            email_domains=[f"{canaries.new(BEHIND, 'e-mail domain')}.example"],
        )
        presenter = speaker(of, f"Speaker {canaries.new(group, 'speaker')}", f"Of {canaries.new(group, 'affiliation')}")
        for who in (host, presenter):
            canaries.words[who.key] = (group, f"opaque address of {who._meta.model_name}")
        Participation.objects.create(session=secret, organisation=host, role="host")
        Participation.objects.create(session=secret, speaker=presenter, role="presenter")
        changed(secret, canaries, group)
    return morning


def changed(session, canaries, group=PRIVATE):
    """Made while the session was private: a change that guests were told of, and one that nobody was told of yet."""
    about = {"session": session, "public": False}
    Change.objects.create(
        what="title",
        before=f"Once {canaries.new(group, 'title before')}",
        after=session.title,
        published_at=timezone.now(),
        by_name=canaries.new(BEHIND, "who published a change"),
        **about,
    )
    Change.objects.create(
        what="room",
        before=f"Was {canaries.new(BEHIND, 'room in a draft')}",
        after=f"Is {canaries.new(BEHIND, 'room in a draft')}",
        **about,
    )


def material(of, title="Slides", content=b"What was shown.", *, name="slides", kind=Material.Kind.TEXT, **fields):
    """A file of a session, for whoever may read it unless told otherwise."""
    made = Material(session=of, title=title, **{"audience": "session", **fields})
    made.put(
        Checked(names.cleaned(name, ".pdf" if kind == Material.Kind.PDF else ".txt"), content, kind, ["author: Kim"])
    )
    return made


def secret_material(of, canaries, group, **fields):
    """Every word of it a canary, those in the file too."""
    made = material(
        of,
        f"Slides {canaries.new(group, 'title of a material')}",
        f"Inside {canaries.new(group, 'words in a material')}".encode(),
        name=canaries.new(group, "name of a material"),
        **fields,
    )
    Material.objects.filter(pk=made.pk).update(found=f"author: {canaries.new(BEHIND, 'found in a material')}")
    canaries.words[made.key] = (group, "key of a material")
    return made


class World:
    """``browsers`` holds one for each role; ``people`` and ``requests`` the rows behind them."""

    def __init__(self):
        self.canaries = Canaries()
        self.event = event()
        self.morning = private_part(self.event, self.canaries)
        self.afternoon = public_part(self.event)
        hidden = session(
            self.afternoon, f"Draft {self.canaries.new(HIDDEN, 'title')}", 9, published=False, slug="a-draft"
        )
        changed(self.afternoon.sessions.first(), self.canaries)  # which was private once
        timed = self.afternoon.sessions.get(slug="reporting-cycle")
        timed.start, timed.end = dt.time(13), dt.time(13, 45)
        timed.save()
        self.earlier = event("cacc-2021", current=False, date=dt.date(2021, 8, 10))
        self.earlier_morning = private_part(self.earlier, self.canaries, group=OTHER_EVENT, count=1)
        self.planned = self._edition_in_preparation()
        self.announcement = self._announce()
        self.secret = self.morning.sessions.first()
        self.earlier_secret = self.earlier_morning.sessions.first()
        self.hidden = hidden
        self.handout = material(timed)
        self.slides = secret_material(self.secret, self.canaries, PRIVATE)
        self.slides_kept_back = secret_material(self.secret, self.canaries, HIDDEN, audience="organisers")
        self.earlier_slides = secret_material(self.earlier_secret, self.canaries, OTHER_EVENT)
        self.group = Group.objects.create(name="Some group")
        self.people, self.requests, self.browsers = {}, {}, {}
        self._settle()

    def _announce(self):
        """To everyone, to organisers, to guests of either edition; and to guests what is over, and what is to come."""

        def words(group, what):
            return f"Now {self.canaries.new(group, what)}"

        announcement(self.event, "The doors are open.")
        announcement(self.event, words(HIDDEN, "announcement to organisers"), Audience.ORGANISER)
        announcement(self.earlier, words(OTHER_EVENT, "announcement"), Audience.INDUSTRY)
        long_ago, far_off = dt.datetime(2001, 1, 2, tzinfo=dt.UTC), dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
        announcement(self.event, words(BEHIND, "announcement that is over"), Audience.INDUSTRY, ends_at=long_ago)
        announcement(self.event, words(BEHIND, "announcement to come"), Audience.INDUSTRY, begins_at=far_off)
        return announcement(
            self.event,
            words(PRIVATE, "announcement"),
            Audience.INDUSTRY,
            text_es=words(PRIVATE, "announcement in Spanish"),
            made_by_name=self.canaries.new(BEHIND, "who announced"),
        )

    def _edition_in_preparation(self):
        """Not announced; its sessions are published all the same, and must not be seen before it is."""
        words = {name: f"{name} {self.canaries.new(HIDDEN, f'{name} of an event')}" for name in WORDS_OF_AN_EVENT}
        made = event("cacc-2023", current=False, announced=False, date=dt.date(2023, 8, 8), **words)
        made.contact_email = f"{self.canaries.new(HIDDEN, 'contact_email of an event')}@techtrack.test"
        made.save()
        part = track(made, "afternoon", "public", 1)
        part.title = f"Part {self.canaries.new(HIDDEN, 'title of a track')}"
        part.save()
        planned = session(part, f"Planned {self.canaries.new(HIDDEN, 'title')}", 1)
        for who in (
            {"organisation": organisation(f"Invited {self.canaries.new(HIDDEN, 'organisation')}")},
            {"speaker": speaker(made, f"Invited {self.canaries.new(HIDDEN, 'speaker')}")},
        ):
            Participation.objects.create(session=planned, **who)
        return made

    def _settle(self):
        self.tokens = {}
        staff = {
            "administrator": None,
            "administrator by role": roles.ADMINISTRATOR,
            "moderator": roles.MODERATOR,
            "viewer": roles.VIEWER,
            "programme editor": roles.EDITOR,
            "organiser without second factor": None,
        }
        for name, role in staff.items():
            self.people[name] = people.organiser(f"{name.replace(' ', '-')}@techtrack.test", role=role, name=name)
        boss = self.people["administrator"]
        self.people["signed in"] = people.person("signed-in@example.com")
        for role in ("applicant", "waiting", "declined", "withdrawn", "revoked", "guest", "guest of another edition"):
            where = self.earlier if role == "guest of another edition" else self.event
            self.people[role], self.requests[role] = self._somebody_who_asked(role, where)
        self.people["door steward"] = people.steward("door-steward@techtrack.test")
        self._settle_who_was_entered(boss)
        self._settle_who_was_invited(boss)
        self._settle_who_walked_up(boss)
        self.requests["waiting"].wait(by=boss)
        self.requests["declined"].decline(
            by=boss,
            reason=f"Inside {self.canaries.new(INSIDE, 'reason')}",
            words=f"Words {self.canaries.new(f'{REQUESTS} of declined', 'words')}",
        )
        before = self.requests["applicant"]
        before.edit({"why": f"why {self.canaries.new(f'{REQUESTS} of applicant', 'why')}"}, version=before.version)
        self.requests["withdrawn"].withdraw(by=self.people["withdrawn"])
        for role in ("guest", "guest of another edition", "revoked"):
            self.requests[role].approve(by=boss, reason=f"Inside {self.canaries.new(INSIDE, 'reason')}")
        self.tokens["revoked"] = CalendarFeed.renew(self.people["revoked"], self.event)
        self.circular = self._mail_to_guests(boss)
        self.requests["revoked"].revoke(by=boss)
        AccessRequest.objects.filter(pk=self.requests["guest"].pk).update(to_confirm=True)  # as after a restore
        self.requests["guest"].confirm(by=boss, reason=f"Inside {self.canaries.new(INSIDE, 'reason to confirm')}")
        self.requests["guest"].hear_of_changes(True)
        KeptSession.objects.keep(self.people["guest"], [self.secret, self.hidden, self.afternoon.sessions.first()])
        self.tokens["guest"] = CalendarFeed.renew(self.people["guest"], self.event)
        MailText.objects.create(
            purpose="codes-used-up",
            language="en",
            subject=f"Subject {self.canaries.new(TEXTS, 'subject of a mail')}",
            text=f"Text {self.canaries.new(TEXTS, 'text of a mail')}",
        )
        self.record = Record.objects.write(Deed.MAILED, by=boss, about=f"About {self.canaries.new(RECORDS, 'about')}")
        DeletionRequest.objects.ask(self.people["guest"])
        self._was_here(self.requests["guest"], by=self.people["door steward"])
        self.browsers["visitor"] = people.Browser()
        for role, user in self.people.items():
            user.refresh_from_db()
            self.browsers[role] = people.browser_of(
                user, second_factor=user.is_staff and role != "organiser without second factor"
            )

    def _was_here(self, request, *, by):
        """Came in by one door and left by another."""
        came, left = (f"Door {self.canaries.new(DOORS, what)}" for what in ("door in", "door out"))
        now = timezone.now()
        Visit.objects.create(
            request=request, came_at=now, came_door=came, came_by=by, left_at=now, left_door=left, left_by=by
        )
        done = {"event": self.event, "request": request, "by": by, "at": now}
        Scan.objects.create(kind="in", outcome="admitted", door=came, since=now, since_door=came, **done)
        Scan.objects.create(kind="out", outcome="left", door=left, since=now, since_door=came, **done)

    def _mail_to_guests(self, boss):
        """To everybody who is let in at this moment."""
        made = Circular.objects.create(
            event=self.event,
            state="approved",
            made_by=boss,
            **{
                name: f"{name} {self.canaries.new(LETTERS, f'{name} of a mail to many')}"
                for name in ("subject", "text", "subject_es", "text_es")
            },
        )
        made.queue(by=boss, looked_at=made.looked_at(made.addressees()))
        return made

    def _settle_who_was_entered(self, boss):
        """Approved, and the address proven; the rules are not agreed to yet."""
        user, answers = self._somebody("entered by hand")
        made, _ = by_hand.enter(self.event, user.email, by=boss, **people.ANSWERS | answers)
        made.approve(by=boss)
        self.people["entered by hand"], self.requests["entered by hand"] = user, made

    def _settle_who_walked_up(self, boss):
        """Entered by the steward, and declined: nobody who ever signed in."""
        word = self.canaries.new(f"{REQUESTS} of walk-up", "domain")
        made, _ = by_hand.walk_up(
            self.event,
            f"{self.canaries.new(f'{REQUESTS} of walk-up', 'address')}@{word}.example",
            by=self.people["door steward"],
            full_name=f"Name {self.canaries.new(NAMES, 'full_name')}",
            organisation=f"Of {self.canaries.new(NAMES, 'organisation')}",
            kind="gaming",
        )
        made.decline(by=boss, reason=f"Inside {self.canaries.new(INSIDE, 'reason')}")
        self.walked_up = made

    def _settle_who_was_invited(self, boss):
        user, answers = self._somebody("invited")
        line = Line(1, user.email, answers["full_name"], answers["organisation"])
        inviting.invite([line], self.event, by=boss, language="en", days=30)
        self.invitation = Invitation.objects.get()
        self.people["invited"] = user

    def _somebody_who_asked(self, role, where):
        user, answers = self._somebody(role)
        return user, people.ask(user, where, **answers)

    def _somebody(self, role):
        group = f"{REQUESTS} of {role}"
        groups = {"needs": f"{NEEDS} of {role}"}
        if role == "guest":
            groups |= {"full_name": SHOWN, "organisation": SHOWN}
        word = self.canaries.new(group, "domain")
        user = people.person(f"{self.canaries.new(group, 'address')}@{word}.example")
        return user, {
            name: f"{name} {self.canaries.new(groups.get(name, group), name)}"
            for name in ("full_name", "organisation", "job_title", "why", "needs")
        }

    @property
    def roles(self):
        return list(self.browsers)

    def groups_open_to(self, role):
        """The canaries that this role may read."""
        own = {f"{REQUESTS} of {role}", f"{NEEDS} of {role}"}
        everyones_requests = {f"{REQUESTS} of {other}" for other in (*self.requests, "walk-up")}
        everyones_needs = {f"{NEEDS} of {other}" for other in self.requests}
        programme = {PRIVATE, HIDDEN, OTHER_EVENT}
        invited = {f"{REQUESTS} of invited"}
        behind = {INSIDE, BEHIND, RECORDS, TEXTS, LETTERS, DOORS, SHOWN, NAMES}
        all_there_is = everyones_requests | everyones_needs | programme | invited | behind
        return {
            "guest": own | {PRIVATE, LETTERS, DOORS, SHOWN},
            "door steward": own | {DOORS, SHOWN, NAMES},
            "guest of another edition": own | {OTHER_EVENT},
            "viewer": everyones_requests | programme | {SHOWN, NAMES},
            "moderator": all_there_is - {RECORDS, TEXTS, LETTERS},
            "programme editor": programme | {BEHIND},
            "administrator by role": all_there_is,
            "administrator": all_there_is,
        }.get(role, own)

    def groups(self):
        return {group for group, _ in self.canaries.words.values() if not group.endswith(" key")}

    def request_of(self, role) -> AccessRequest:
        return AccessRequest.objects.get(pk=self.requests[role].pk)
