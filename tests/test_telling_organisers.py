"""Organisers who ticked it hear by mail that requests wait: once, until nobody waited any more, or a day later."""

import time

import pytest
from django.utils import timezone

from registration import roles, telling_organisers
from registration.mail.worker import Worker
from registration.models import AccessRequest, Mail, User

from . import clock, people, world
from .people import browser_of, person
from .test_telling import in_a_thread
from .wire import all_at_once

pytestmark = [pytest.mark.fast, pytest.mark.django_db(transaction=True)]

LIST = "/admin/registration/accessrequest/"
PAGE = f"{LIST}hearing/"
OTTO = "otto@techtrack.test"


@pytest.fixture(autouse=True)
def _mail_really_leaves(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def event(db):
    return world.event()


@pytest.fixture
def otto(event):
    """A moderator who ticked it while nobody waited."""
    made = people.organiser(OTTO, role=roles.MODERATOR, name="Otto")
    made.hear_of_requests(True)
    return made


def asks(event, name="ada"):
    return people.ask(person(f"{name}@corp.example"), event, full_name=f"{name.title()} Secretive")


def queued():
    return Mail.objects.filter(purpose=Mail.REQUESTS_WAIT)


class TestWhen:
    def test_the_first_who_waits_is_told_of_and_the_next_are_not(self, event, otto):
        assert telling_organisers.of_requests() == 0
        asks(event, "ada")
        assert telling_organisers.of_requests() == 1
        asks(event, "bea")
        assert telling_organisers.of_requests() == 0
        assert [(mail.recipient, mail.language) for mail in queued()] == [(OTTO, "en")]

    def test_once_nobody_waited_any_more_the_next_is_told_of_again(self, event, otto, olga):
        request = asks(event, "ada")
        telling_organisers.of_requests()
        request.approve(by=olga)
        assert telling_organisers.of_requests() == 0
        asks(event, "bea")
        assert telling_organisers.of_requests() == 1
        assert queued().count() == 2

    def test_while_somebody_waits_once_a_day(self, event, otto, olga, monkeypatch):
        first = asks(event, "ada")
        telling_organisers.of_requests()
        asks(event, "bea")
        first.decline(by=olga)
        clock.moved(monkeypatch, hours=23)
        assert telling_organisers.of_requests() == 0
        clock.moved(monkeypatch, hours=25)
        assert telling_organisers.of_requests() == 1
        assert telling_organisers.of_requests() == 0

    def test_the_waiting_list_and_a_day_that_is_over_need_no_decision(self, event, otto, olga):
        asks(event, "ada").wait(by=olga)
        over = world.event("cacc-2021", current=False)
        asks(over, "bea")
        over.archive()
        assert telling_organisers.of_requests() == 0

    def test_three_workers_tell_it_once(self, event, otto):
        asks(event)
        assert sorted(all_at_once(*[in_a_thread(telling_organisers.of_requests)] * 3)) == [0, 0, 1]
        assert queued().count() == 1

    def test_workers_that_look_before_they_write_tell_it_several_times(self, event, otto, monkeypatch):
        """The control."""

        def unguarded(organiser):
            time.sleep(0.2)
            User.objects.filter(pk=organiser.pk).update(told_of_requests_at=timezone.now())
            Mail.objects.queue(Mail.REQUESTS_WAIT, organiser)
            return 1

        monkeypatch.setattr(telling_organisers, "_tell", unguarded)
        with pytest.raises(AssertionError):
            self.test_three_workers_tell_it_once(event, otto)

    def test_the_worker_does_it(self, event, otto, mailbox):
        asks(event)
        worker = Worker()
        worker.do_chores()
        worker.deliver_all()
        assert mailbox.wait_for(OTTO).subject == "Requests for the Tech Track wait for a decision"


class TestToWhom:
    def test_only_organisers_who_may_decide_and_ticked_it(self, event, otto, olga):
        people.organiser("silent@techtrack.test", role=roles.MODERATOR)
        for name, role in (("viewer", roles.VIEWER), ("editor", roles.EDITOR)):
            people.organiser(f"{name}@techtrack.test", role=role).hear_of_requests(True)
        person("guest@corp.example").hear_of_requests(True)
        olga.hear_of_requests(True)
        asks(event)
        assert telling_organisers.of_requests() == 2
        assert {mail.recipient for mail in queued()} == {OTTO, olga.email}

    @pytest.mark.parametrize("end", ["no organiser", "no role", "closed", "untick", "decided by others"])
    def test_never_once_it_is_not_for_them_even_if_it_was_queued_before(self, event, otto, olga, mailbox, end):
        request = asks(event)
        assert telling_organisers.of_requests() == 1
        if end == "no organiser":
            User.objects.filter(pk=otto.pk).update(is_staff=False)
        elif end == "no role":
            otto.groups.clear()
        elif end == "closed":
            User.objects.filter(pk=otto.pk).update(is_active=False)
        elif end == "untick":
            otto.hear_of_requests(False)
        else:
            request.approve(by=olga)
        Worker().deliver_all()
        assert (queued().get().state, mailbox.find(OTTO)) == ("expired", [])
        if end != "decided by others":
            User.objects.filter(pk=otto.pk).update(told_of_requests_at=None)
            assert telling_organisers.of_requests() == 0

    def test_the_same_mail_to_who_still_may_goes_out(self, event, otto, mailbox):
        """The control of the one before."""
        asks(event)
        telling_organisers.of_requests()
        Worker().deliver_all()
        assert queued().get().state == "sent"
        assert mailbox.find(OTTO)


def test_it_says_how_many_and_where_and_names_nobody(event, otto, mailbox):
    User.objects.filter(pk=otto.pk).update(language="es")
    otto.refresh_from_db()
    requests = [asks(event, "ada"), asks(event, "bea")]
    telling_organisers.of_requests()
    requests.append(asks(event, "cid"))
    Worker().deliver_all()
    received = mailbox.wait_for(OTTO)
    for part in (received.text, received.html):
        assert "wait for a decision: 3" in part
        assert f"https://techtrack.test{LIST}" in part
        assert f"https://techtrack.test{PAGE}" in part
        assert not any(word in part for one in requests for word in ("Secretive", one.person.email, "corp.example"))


class TestTheTick:
    def test_it_is_off_until_they_tick_it_and_theirs_alone(self, event, olga):
        otto = people.organiser(OTTO, role=roles.MODERATOR)
        browser = browser_of(otto)
        assert "checked" not in browser.get(PAGE).content.decode()
        assert f'href="{PAGE}"' in browser.get(LIST).content.decode()
        assert browser.post(PAGE, {"hears": "on"})["Location"] == LIST
        assert list(User.objects.filter(hears_of_requests=True)) == [otto]
        assert "checked" in browser.get(PAGE).content.decode()
        browser.post(PAGE, {})
        assert not User.objects.filter(hears_of_requests=True)

    def test_who_ticks_it_knows_of_those_who_wait_already(self, event, olga, monkeypatch):
        first = asks(event, "ada")
        otto = people.organiser(OTTO, role=roles.MODERATOR)
        browser_of(otto).post(PAGE, {"hears": "on"})
        assert telling_organisers.of_requests() == 0
        first.approve(by=olga)
        telling_organisers.of_requests()
        asks(event, "bea")
        assert telling_organisers.of_requests() == 1

    def test_looking_changes_nothing(self, event, otto):
        browser = browser_of(otto)
        for method in (browser.get, browser.head):
            assert method(f"{PAGE}?hears=").status_code == 200
        assert User.objects.get(pk=otto.pk).hears_of_requests
        assert browser_of(otto, enforce_csrf_checks=True).post(PAGE, {}).status_code == 403

    def test_a_superuser_sees_and_sets_it_on_the_persons_page(self, desk, event, otto):
        page = desk.get(f"/admin/registration/user/{otto.pk}/change/").content.decode()
        assert 'name="hears_of_requests"' in page

    def test_nobody_who_only_reads_has_it(self, event):
        viewer = browser_of(people.organiser(OTTO, role=roles.VIEWER))
        assert viewer.get(PAGE).status_code == 403
        assert viewer.post(PAGE, {"hears": "on"}).status_code == 403
        assert PAGE not in viewer.get(LIST).content.decode()
        assert AccessRequest.objects.count() == 0
