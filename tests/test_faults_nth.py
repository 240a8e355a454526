"""P-07: for each thing people do, the n-th statement, mail or file write fails, for every n: all stays whole."""

import datetime as dt
import itertools
import json
import os
from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.conf import settings as site_settings
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from registration import telling, waiting_list
from registration.mail.worker import Worker
from registration.models import (
    AccessRequest,
    EnrolmentCode,
    KeptSession,
    LoginSession,
    Mail,
    SignInCode,
    User,
    requests,
)
from registration.models.requests import AccessRequestQuerySet
from sessions.models import Change, Event, Generation
from sessions.models.event import YEARS
from sessions.publishing import line_of

from . import people, world
from .figures import report
from .invariants import broken
from .load import DESK
from .nth import failing
from .people import FORM, Browser, browser_of, person
from .programme_files import full_programme, text_of
from .steps import ask_for_code, newest_code, type_code

pytestmark = [pytest.mark.fast, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

KEPT = Path(__file__).with_name("nth_failure.json")  # the N of each action; ``make faults WRITE=1`` renews it
_numbers = itertools.count(1)


def somebody(**fields):
    return person(f"p{next(_numbers)}@example.com", **fields)


class Here:
    """What an action finds: the current event, an organiser's browser, the mailbox, a folder."""

    def __init__(self, mailbox, folder, settings):
        self.event = world.event()
        self.boss = people.organiser()
        self.desk = browser_of(self.boss)
        self.mailbox, self.folder, self.settings = mailbox, folder, settings


class HTTP:
    """Something done in a browser. It may answer that it is done, or 503; and what it says is so."""

    def run(self):
        answer = self.send()
        assert answer.status_code in {200, 302, 503}, answer.status_code
        return answer.status_code == 302


class AskForACode(HTTP):
    def __init__(self, here):
        self.address = f"n{next(_numbers)}@example.com"

    def send(self):
        return ask_for_code(Browser(), self.address)

    def is_done(self):
        return Mail.objects.filter(recipient=self.address).exists()

    def is_whole(self):
        mails = Mail.objects.filter(recipient=self.address).count()
        return mails == SignInCode.objects.filter(user__email=self.address).count()


class TypeACode(HTTP):
    def __init__(self, here):
        self.address, self.browser = f"n{next(_numbers)}@example.com", Browser()
        ask_for_code(self.browser, self.address)
        self.code = newest_code(self.address)

    def send(self):
        return type_code(self.browser, self.code)

    def run(self):
        answer = self.send()
        assert answer.status_code in {200, 302, 503}, answer.status_code
        return answer.status_code == 302 and answer["Location"] == "/register/"

    def is_done(self):
        return LoginSession.objects.filter(user__email=self.address).exists()


class OnARequest(HTTP):
    before, to = (), ""

    def __init__(self, here):
        self.here = here
        self.person = somebody()
        self.browser = browser_of(self.person)
        self.request = people.ask(self.person, here.event)
        for verb in self.before:
            getattr(self.request, verb)(by=here.boss)

    def is_done(self):
        return AccessRequest.objects.filter(pk=self.request.pk, state=self.to).exists()


class AskForAccess(HTTP):
    def __init__(self, here):
        self.person = somebody()
        self.browser = browser_of(self.person)

    def send(self):
        return self.browser.post("/register/", FORM)

    def is_done(self):
        return AccessRequest.objects.filter(person=self.person).exists()


class EditARequest(OnARequest):
    def send(self):
        return self.browser.post("/register/edit/", FORM | {"organisation": "Another", "version": 1})

    def is_done(self):
        return AccessRequest.objects.filter(pk=self.request.pk, organisation="Another", version=2).exists()


class Withdraw(OnARequest):
    to = "withdrawn"

    def send(self):
        return self.browser.post("/register/withdraw/")


class Decide(OnARequest):
    def send(self):
        form = {"step": self.step, "version": self.request.version, "reason": "", "words": ""}
        return self.here.desk.post(f"{DESK}{self.request.pk}/decide/", form)


class Approve(Decide):
    step, to = "approve", "approved"


class Decline(Decide):
    step, to = "decline", "declined"


class Revoke(Decide):
    before, step, to = ("approve",), "revoke", "revoked"


class Reopen(Decide):
    before, step, to = ("decline",), "reopen", "pending"


class GiveAFreePlace:
    """By the site: to the first in line, or to nobody."""

    def __init__(self, here):
        Event.objects.filter(pk=here.event.pk).update(capacity=None)
        for one in AccessRequest.objects.filter(state="waiting"):
            one.decline(by=here.boss)
        self.event = here.event
        self.request = people.ask(somebody(), here.event)
        self.request.wait(by=here.boss)
        taken = AccessRequest.objects.filter(state="approved").count()
        Event.objects.filter(pk=here.event.pk).update(capacity=taken + 1, passes_places_on=True)

    def run(self):
        return waiting_list.pass_on(self.event.pk) == 1

    def is_done(self):
        return AccessRequest.objects.filter(pk=self.request.pk, state="approved").exists()


class ApproveThree(HTTP):
    def __init__(self, here):
        self.here = here
        self.requests = [people.ask(somebody(), here.event) for _ in range(3)]

    def send(self):
        form = {"step": "approve", "reason": "", "words": "", "line": [f"{one.pk}:1" for one in self.requests]}
        return self.here.desk.post(f"{DESK}decide/", form)

    def is_done(self):
        return AccessRequest.objects.filter(pk__in=[one.pk for one in self.requests], state="approved").count() == 3


class DeliverAMail:
    """Nothing is lost; a mail server that took it and broke off before it said so gets it a second time."""

    backend = "django.core.mail.backends.smtp.EmailBackend"
    doubles = 0

    def __init__(self, here):
        self.here = here
        here.settings.EMAIL_BACKEND = self.backend
        Mail.objects.update(state="sent", ended_at=timezone.now())
        people.ask(somebody(), here.event)
        self.mail = Mail.objects.get(state="queued")

    def run(self):
        Worker().deliver_all()
        return self.is_done()

    def is_done(self):
        return Mail.objects.filter(pk=self.mail.pk, state="sent").exists()

    def is_whole(self):
        """After what failed has passed, the worker delivers it."""
        Mail.objects.filter(state="queued").update(due_at=timezone.now(), leased_until=timezone.now() - timedelta(1))
        Worker().deliver_all()
        came = self.came()
        type(self).doubles += came - 1
        return self.is_done() and 1 <= came <= 2

    def came(self):
        return len(self.here.mailbox.find(self.mail.recipient))


class DeliverToAFolder(DeliverAMail):
    backend = "registration.mail.backend.FolderBackend"

    def came(self):
        mails = (site_settings.DATA_DIR / "mail").glob("*.eml")
        return sum(self.mail.recipient in path.read_text() for path in mails)


class LoadAProgramme:
    def __init__(self, here):
        self.key = f"event-{next(_numbers)}"
        data = full_programme()
        data["event"] |= {"slug": self.key, "date": a_free_year()}
        self.file = here.folder / f"{self.key}.toml"
        self.file.write_text(text_of(data))
        self.before = programme_rows()

    def run(self):
        call_command("load_programme", self.file, stdout=StringIO())
        return True

    def is_done(self):
        return Event.objects.filter(slug=self.key).exists()

    def is_whole(self):
        return self.is_done() or programme_rows() == self.before


def a_free_year():
    """A day in it: each year has one event."""
    taken = {date.year for date in Event.objects.values_list("date", flat=True)}
    return dt.date(next(year for year in YEARS if year not in taken), 8, 9)


def programme_rows():
    """Without the generation, which is new after a write of what was there as well."""
    models = [model for model in apps.get_app_config("agenda").get_models() if model is not Generation]
    return [list(model.objects.order_by("pk").values()) for model in models]


class OnASession(HTTP):
    """A session of the current event, whose room was changed and nobody told."""

    def __init__(self, here):
        self.here = here
        number = next(_numbers)
        track = here.event.tracks.first() or world.track(here.event, "afternoon", "public", 1)
        self.session = world.session(track, f"Session {number}", number)
        self.session.room = "Landmark B"
        self.session.save()
        self.draft = Change.objects.get(session=self.session)


class PublishAChange(OnASession):
    def send(self):
        address = f"/admin/agenda/session/{self.session.pk}/changes/"
        return self.here.desk.post(address, {"step": "publish", "line": line_of(self.draft)})

    def is_done(self):
        return Change.objects.published().filter(pk=self.draft.pk).exists()

    def is_whole(self):
        logged = LogEntry.objects.filter(object_id=self.session.pk, change_message__contains="Published").count()
        return logged == self.is_done()


class TellOfChanges(OnASession):
    """By the mail worker: each guest who asked for it, or none."""

    def __init__(self, here):
        super().__init__(here)
        AccessRequest.objects.update(hears_of_changes=False)
        self.guests = [people.approved(f"g{next(_numbers)}@example.com", here.event, by=here.boss) for _ in range(3)]
        AccessRequest.objects.filter(person__in=self.guests).update(hears_of_changes=True)
        Change.objects.update(published_at=timezone.now() - timedelta(hours=1), mailed_at=timezone.now())
        Change.objects.filter(pk=self.draft.pk).update(mailed_at=None)

    def run(self):
        return telling.of_changes() == 3

    def is_done(self):
        return Change.objects.filter(pk=self.draft.pk, mailed_at__isnull=False).exists()

    def is_whole(self):
        mails = Mail.objects.filter(person__in=self.guests, purpose=Mail.CHANGES).count()
        return mails == (3 if self.is_done() else 0)


class KeepAnotherAgenda(OnASession):
    """One session in place of another: both steps or none."""

    def __init__(self, here):
        super().__init__(here)
        self.person = somebody()
        self.browser = browser_of(self.person)
        KeptSession.objects.keep(self.person, [self.session])
        self.other = world.session(self.session.track, "Another", next(_numbers))

    def send(self):
        return self.browser.post("/my-agenda/kept/", {"step": "set", "s": self.other.slug})

    def kept(self):
        return {row.session_id for row in KeptSession.objects.kept().filter(person=self.person)}

    def is_done(self):
        return self.kept() == {self.other.pk}

    def is_whole(self):
        return self.is_done() or self.kept() == {self.session.pk}


class MakeAnOrganiser:
    def __init__(self, here):
        self.address = f"o{next(_numbers)}@techtrack.test"

    def run(self):
        call_command("organiser", self.address, stdout=StringIO())
        return True

    def is_done(self):
        return User.objects.filter(email=self.address, is_staff=True).exists()

    def is_whole(self):
        return EnrolmentCode.objects.filter(user__email=self.address).exists() == self.is_done()


ACTIONS = {
    "ask for a code": AskForACode,
    "type a code": TypeACode,
    "ask for access": AskForAccess,
    "edit": EditARequest,
    "withdraw": Withdraw,
    "approve": Approve,
    "decline": Decline,
    "revoke": Revoke,
    "reopen": Reopen,
    "approve three": ApproveThree,
    "give a free place": GiveAFreePlace,
    "deliver a mail": DeliverAMail,
    "deliver to a folder": DeliverToAFolder,
    "load a programme": LoadAProgramme,
    "make an organiser": MakeAnOrganiser,
    "publish a change": PublishAChange,
    "tell of changes": TellOfChanges,
    "keep another agenda": KeepAnotherAgenda,
}


@pytest.fixture
def here(mailbox, tmp_path, settings):
    return Here(mailbox, tmp_path, settings)


def attempt(action, n):
    """Do it with its ``n``-th point failing. Returns the counter, and whether it said that it is done."""
    with failing(n) as nth:
        try:
            said_done = action.run()
        except (DatabaseError, CommandError, OSError):
            said_done = False
    return nth, said_done


def is_faulty(action, said_done):
    """What is wrong after an attempt, in words; empty when all is whole."""
    found = broken()
    if said_done and not action.is_done():
        found.append("it said done, and is not")
    if hasattr(action, "is_whole") and not action.is_whole():
        found.append("it is half done")
    return found


def points_of(kind, here):
    attempt(kind(here), 0)  # what is read once and then remembered
    action = kind(here)
    nth, said_done = attempt(action, 0)
    assert said_done
    assert is_faulty(action, said_done) == []
    return nth.count


@pytest.mark.parametrize("name", ACTIONS)
def test_whatever_fails_in_the_middle_all_stays_whole(here, name):
    try_all(name, ACTIONS[name], here)


def try_all(name, kind, here):
    kind.doubles = 0
    points = points_of(kind, here)
    tried = range(1, points + 1)
    if not os.environ.get("FAULT_ROUNDS"):
        tried = sorted({*tried[:: max(1, points // 5)], *tried[-3:]})  # where the writes are
    for n in tried:
        action = kind(here)
        nth, said_done = attempt(action, n)
        assert nth.failed, n
        assert is_faulty(action, said_done) == [], f"after number {n} failed: {nth.failed}"
    report(f"P-07 {name}: the n-th fails", N=points, tried=len(tried), broken=0, **doubles_of(kind))
    keep(name, points)


def doubles_of(kind):
    return {"doubles": kind.doubles} if hasattr(kind, "came") else {}


def keep(name, points):
    """A smaller N than last time: something is no longer asked of the database, or no longer seen here."""
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    last = kept.get(connection.vendor, {}).get(name, 0)
    if os.environ.get("FAULT_WRITE"):
        kept.setdefault(connection.vendor, {})[name] = points
        KEPT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    else:
        assert points >= last, (
            f"“{name}” has {points} points that can fail, last time {last}. If it is meant to do less now, "
            "`make faults WRITE=1` keeps the new number."
        )


def test_without_transactions_a_decision_without_its_mail_is_found(here, monkeypatch):
    """The control."""
    from contextlib import nullcontext

    monkeypatch.setattr(AccessRequestQuerySet, "locked", lambda self: self)
    monkeypatch.setattr(requests, "transaction", SimpleNamespace(atomic=nullcontext))
    for model in (User, Event):
        without_lock = SimpleNamespace(select_for_update=lambda model=model, **how: model.objects)
        monkeypatch.setattr(requests, model.__name__, SimpleNamespace(objects=without_lock))
    points = points_of(Approve, here)
    found = []
    for n in range(1, points + 1):
        action = Approve(here)
        found += is_faulty(action, attempt(action, n)[1])
    assert any("has 0 mails" in line for line in found)
