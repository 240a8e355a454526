"""Mails about changes: to guests who ticked it, one for what belongs together, and none after access ended."""

import time

import pytest
from django.db import connection
from django.utils import timezone

from registration import telling
from registration.mail.letters import letter
from registration.mail.worker import Worker
from registration.models import AccessRequest, Mail
from sessions.models import Change, Session

from . import clock, people, world
from .crawling import everything_in
from .people import Browser, browser_of
from .test_changes import change
from .wire import all_at_once

pytestmark = [pytest.mark.fast, pytest.mark.django_db(transaction=True)]

HEARING, STATUS = "/register/changes/", "/register/status/"
GUEST = "guest@example.com"


@pytest.fixture(autouse=True)
def _mail_really_leaves(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def boss():
    return people.organiser("boss@techtrack.test")


@pytest.fixture
def private(event):
    world.public_part(event)
    morning = world.track(event, "morning", "industry", 1)
    return world.session(morning, "A secret title", 1, room="A secret room")


@pytest.fixture
def guest(private, event, boss):
    """Who ticked it."""
    user = people.approved(GUEST, event, by=boss)
    AccessRequest.objects.get(person=user).hear_of_changes(True)
    Mail.objects.all().delete()
    return user


def publish(session, **fields):
    change(session, **fields)
    for draft in Change.objects.drafts():
        assert draft.publish(by_name="Olga")


def queued():
    return Mail.objects.filter(purpose=Mail.CHANGES)


def later(monkeypatch, **by):
    clock.moved(monkeypatch, **by)
    return telling.of_changes()


def in_a_thread(action):
    def act():
        try:
            return action()
        finally:
            connection.close()

    return act


class TestWhen:
    def test_one_mail_tells_of_all_that_was_published_within_minutes(self, guest, private, monkeypatch):
        publish(private, room="B")
        assert telling.of_changes() == 0
        clock.moved(monkeypatch, minutes=4)
        publish(Session.objects.get(slug="equally"), title="Another")
        assert later(monkeypatch, minutes=6) == 0  # two minutes after the second
        assert later(monkeypatch, minutes=9) == 1
        assert later(monkeypatch, hours=2) == 0
        assert queued().count() == 1

    def test_what_goes_on_changing_is_told_after_a_quarter_of_an_hour(self, guest, private, monkeypatch):
        for minute in range(0, 15, 3):
            clock.moved(monkeypatch, minutes=minute)
            publish(private, room=f"Room {minute}")
            assert telling.of_changes() == 0
        clock.moved(monkeypatch, minutes=15)
        publish(private, room="Another")
        assert telling.of_changes() == 1

    def test_what_is_published_afterwards_is_told_by_a_mail_of_its_own(self, guest, private, monkeypatch):
        publish(private, room="B")
        assert later(monkeypatch, minutes=6) == 1
        publish(private, room="C")
        assert later(monkeypatch, minutes=12) == 1
        assert queued().count() == 2

    def test_a_change_that_nobody_published_is_told_to_nobody(self, guest, private, monkeypatch):
        change(private, room="B")
        assert later(monkeypatch, days=1) == 0

    def test_three_workers_tell_it_once(self, guest, private, monkeypatch):
        publish(private, room="B")
        clock.moved(monkeypatch, minutes=6)
        assert sorted(all_at_once(*[in_a_thread(telling.of_changes)] * 3)) == [0, 0, 1]
        assert queued().count() == 1

    def test_workers_that_look_before_they_write_tell_it_several_times(self, guest, private, monkeypatch):
        """The control."""

        def unguarded(event_id):
            found = Change.objects.published().filter(mailed_at=None)
            if not found.exists():
                return 0
            time.sleep(0.5)
            found.update(mailed_at=timezone.now())
            Mail.objects.queue(Mail.CHANGES, guest)
            return 1

        monkeypatch.setattr(telling, "_tell", unguarded)
        with pytest.raises(AssertionError):
            self.test_three_workers_tell_it_once(guest, private, monkeypatch)

    def test_of_three_who_publish_at_once_one_does(self, private):
        change(private, room="B")
        draft = Change.objects.get()
        publish_it = in_a_thread(lambda: Change.objects.get(pk=draft.pk).publish(by_name="Olga"))
        assert sorted(all_at_once(*[publish_it] * 3)) == [False, False, True]

    def test_who_publishes_what_was_only_looked_at_does_it_again(self, private, monkeypatch):
        """The control."""

        def unguarded(draft, **by):
            is_draft = draft.published_at is None
            time.sleep(0.5)
            Change.objects.filter(pk=draft.pk).update(published_at=timezone.now())
            return is_draft

        monkeypatch.setattr(Change, "publish", unguarded)
        with pytest.raises(AssertionError):
            self.test_of_three_who_publish_at_once_one_does(private)

    def test_the_worker_does_it(self, guest, private, monkeypatch, mailbox):
        publish(private, room="B")
        clock.moved(monkeypatch, minutes=6)
        worker = Worker()
        worker.do_chores()
        worker.deliver_all()
        assert mailbox.wait_for(GUEST).subject == "Something changed: Tech Track 2022"


class TestToWhom:
    def test_only_guests_who_ticked_it(self, guest, private, event, boss, monkeypatch):
        people.approved("silent@example.com", event, by=boss)
        earlier = world.event("cacc-2021", current=False)
        for email, step in [("p@example.com", None), ("w@example.com", "wait"), ("d@example.com", "decline")]:
            request = people.ask(people.person(email), event)
            request.hear_of_changes(True)
            if step:
                getattr(request, step)(by=boss)
        other = people.approved("other@example.com", earlier, by=boss)
        AccessRequest.objects.get(person=other).hear_of_changes(True)
        publish(private, room="B")
        later(monkeypatch, minutes=6)
        assert [mail.recipient for mail in queued()] == [GUEST]

    @pytest.mark.parametrize("end", ["revoke", "wait", "withdraw", "inactive", "to confirm", "untick"])
    def test_never_once_access_ended_not_even_when_it_was_queued_before(
        self, guest, private, boss, monkeypatch, mailbox, end
    ):
        publish(private, room="B")
        assert later(monkeypatch, minutes=6) == 1
        request = AccessRequest.objects.get(person=guest)
        if end == "inactive":
            people.User.objects.filter(pk=guest.pk).update(is_active=False)
        elif end == "to confirm":
            AccessRequest.objects.filter(pk=request.pk).update(to_confirm=True)
        elif end == "untick":
            request.hear_of_changes(False)
        else:
            getattr(request, end)(by=guest if end == "withdraw" else boss)
        Worker().deliver_all()
        mail = queued().get()
        assert (mail.state, mailbox.find(GUEST, "Something changed")) == ("expired", [])
        publish(private, room="C")
        assert later(monkeypatch, minutes=20) == 0

    def test_the_same_mail_to_who_is_still_let_in_goes_out(self, guest, private, monkeypatch, mailbox):
        """The control of the one before."""
        publish(private, room="B")
        later(monkeypatch, minutes=6)
        Worker().deliver_all()
        assert queued().get().state == "sent"
        assert mailbox.find(GUEST, "Something changed")


class TestTheMail:
    def test_it_says_that_something_changed_and_nothing_else(self, guest, private, monkeypatch, mailbox):
        publish(private, room="B and nothing else", title="Another secret title", cancelled=True)
        later(monkeypatch, minutes=6)
        Worker().deliver_all()
        received = mailbox.wait_for(GUEST)
        raw = received.raw.decode()
        for word in ("secret", "nothing else", "Ada", "cancelled"):
            assert word not in received.text + received.html + received.subject
        assert "https://techtrack.test/changes/" in received.text
        assert "https://techtrack.test/register/changes/" in received.text
        assert received.message["List-Unsubscribe"] == "<https://techtrack.test/register/changes/>"
        assert "List-Unsubscribe-Post" not in raw  # nothing happens without the person
        assert received.recipients == (GUEST,)

    def test_no_other_mail_offers_to_end_what_one_cannot_end(self, event, boss):
        people.ask(people.person("ada@example.com"), event).approve(by=boss)
        for mail in Mail.objects.exclude(purpose=Mail.CHANGES):
            assert "List-Unsubscribe" not in letter(mail).message()


class TestTheTick:
    def test_it_is_off_until_the_guest_ticks_it_on_their_status_page(self, private, event, boss):
        browser = browser_of(people.approved("new@example.com", event, by=boss))
        own = AccessRequest.objects.get(person__email="new@example.com")
        page = browser.get(STATUS).content.decode()
        assert 'name="hears"' in page
        assert " checked" not in page
        version = own.version
        assert browser.post(HEARING, {"hears": "on"})["Location"] == STATUS
        own.refresh_from_db()
        assert (own.hears_of_changes, own.version) == (True, version)
        assert " checked" in browser.get(STATUS).content.decode()
        browser.post(HEARING, {})
        own.refresh_from_db()
        assert not own.hears_of_changes

    def test_what_the_mail_leads_to_changes_nothing_when_it_is_opened(self, guest):
        browser = browser_of(guest)
        for method in (browser.get, browser.head):
            answer = method(HEARING)
            assert answer.status_code == 200
            assert answer["Cache-Control"] == "private, no-store"
        assert AccessRequest.objects.get().hears_of_changes
        assert browser_of(guest, enforce_csrf_checks=True).post(HEARING, {}).status_code == 403
        assert AccessRequest.objects.get().hears_of_changes

    def test_signed_out_it_leads_to_sign_in_and_back(self, guest):
        assert Browser().get(HEARING)["Location"] == "/account/login/?next=/register/changes/"

    @pytest.mark.parametrize("step", [None, "wait", "decline"])
    def test_who_is_no_guest_has_no_such_tick(self, event, boss, step):
        person = people.person("p@example.com")
        request = people.ask(person, event)
        if step:
            getattr(request, step)(by=boss)
        browser = browser_of(person)
        assert browser.get(HEARING)["Location"] == STATUS
        browser.post(HEARING, {"hears": "on"})
        request.refresh_from_db()
        assert not request.hears_of_changes
        assert b"hears" not in everything_in(browser.get(STATUS))
