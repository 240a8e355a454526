"""Reminders on the day before: where an organiser wishes it, once each, and to nobody who is not let in any more."""

import datetime as dt
import logging
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import connection

from registration import reminding
from registration.desk.announcements import shown
from registration.mail.letters import letter
from registration.mail.worker import Worker
from registration.models import AccessRequest, Mail, Pass, User
from registration.passes.picture import png
from registration.restored import check_cuts, do_nothing_by_itself
from sessions.models import Event, Session

from . import clock, day, people, world
from .people import browser_of
from .steps import seen_on
from .test_telling import in_a_thread
from .wire import all_at_once

pytestmark = [pytest.mark.fast, pytest.mark.django_db(transaction=True)]

NINE = day.at("09:00", day=8)
EVENING = day.at("18:00", day=8)
GUESTS = [f"guest{number}@example.com" for number in range(3)]


@pytest.fixture(autouse=True)
def _mail_really_leaves(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def boss():
    return people.organiser("boss@techtrack.test")


@pytest.fixture
def event(db):
    return world.event(reminds=True)


@pytest.fixture
def guests(event, boss):
    made = [people.approved(address, event, by=boss) for address in GUESTS]
    Mail.objects.all().delete()
    return made


@pytest.fixture
def guest(event, boss):
    made = people.approved(GUESTS[0], event, by=boss)
    Mail.objects.all().delete()
    return made


def queued():
    return Mail.objects.filter(purpose=Mail.REMINDER)


def at(monkeypatch, moment):
    clock.moved_to(monkeypatch, moment)
    return reminding.of_tomorrow()


class TestWhen:
    @pytest.mark.parametrize(
        ("moment", "count"),
        [
            (NINE - dt.timedelta(seconds=1), 0),
            (NINE, 3),
            (day.at("23:59", day=8), 3),
            (day.at("00:00"), 0),
            (day.at("09:00"), 0),
            (NINE - dt.timedelta(days=1), 0),
        ],
    )
    def test_from_nine_on_the_day_before_until_the_day_begins(self, guests, monkeypatch, moment, count):
        assert (at(monkeypatch, moment), queued().count()) == (count, count)

    @pytest.mark.parametrize(
        ("zone", "date"),
        [
            ("Pacific/Kiritimati", dt.date(2022, 8, 9)),
            ("Pacific/Pago_Pago", dt.date(2022, 8, 9)),
            ("America/Chicago", dt.date(2022, 3, 13)),  # clocks go forward that night
            ("America/Chicago", dt.date(2022, 11, 6)),  # back
            ("America/Chicago", dt.date(2022, 3, 14)),  # the night before
            ("Asia/Beirut", dt.date(2022, 3, 27)),  # on which there is no midnight
        ],
    )
    def test_by_the_clock_of_the_place(self, guests, event, monkeypatch, zone, date):
        Event.objects.update(time_zone=zone, date=date)
        before = dt.datetime.combine(date - dt.timedelta(days=1), dt.time(9), ZoneInfo(zone))
        midnight = dt.datetime.combine(date, dt.time(), ZoneInfo(zone)).astimezone(dt.UTC)
        second = dt.timedelta(seconds=1)
        assert at(monkeypatch, before.astimezone(dt.UTC) - second) == 0
        assert at(monkeypatch, midnight) == 0
        assert at(monkeypatch, before) == 3
        Mail.objects.all().delete()
        assert at(monkeypatch, midnight - second) == 3

    @pytest.mark.parametrize("change", [{"reminds": False}, {"archived": True}, {"is_current": False}])
    def test_only_of_the_event_on_the_front_page_which_wishes_it_and_is_not_over(self, guests, monkeypatch, change):
        Event.objects.update(**change)
        assert at(monkeypatch, EVENING) == 0

    def test_it_is_off_until_somebody_ticks_it(self):
        assert (Event().reminds, Event().reminder_with_picture) == (False, False)

    def test_whoever_is_let_in_later_gets_theirs_until_the_day_begins(self, guests, event, boss, monkeypatch):
        assert at(monkeypatch, NINE) == 3
        for number, moment in enumerate([EVENING, day.at("23:59", day=8), day.at("00:00")]):
            people.approved(f"late{number}@example.com", event, by=boss)
            assert at(monkeypatch, moment) == int(number < 2)
        assert queued().count() == 5


class TestOnce:
    def test_however_often_it_is_looked(self, guests, monkeypatch):
        assert [at(monkeypatch, NINE + dt.timedelta(hours=hour)) for hour in range(4)] == [3, 0, 0, 0]

    def test_by_three_workers_at_once(self, guests, monkeypatch):
        clock.moved_to(monkeypatch, NINE)
        counts = all_at_once(*[in_a_thread(reminding.of_tomorrow)] * 3)
        assert sum(counts) == 3
        assert sorted(queued().values_list("recipient", flat=True)) == GUESTS

    def test_without_the_constraint_workers_at_once_queue_several(self, guests, monkeypatch):
        """The control: each looks who has none before any has written."""
        clock.moved_to(monkeypatch, NINE)
        constraint = next(one for one in Mail._meta.constraints if one.name == "one_reminder_a_person")
        plainly = Mail.to
        monkeypatch.setattr(Mail, "to", lambda *about, **more: time_passes() or plainly(*about, **more))
        with connection.schema_editor() as schema:
            schema.execute(f"DROP INDEX {constraint.name}")
        try:
            all_at_once(*[in_a_thread(reminding.of_tomorrow)] * 3)
            assert queued().count() > 3
        finally:
            Mail.objects.all().delete()
            with connection.schema_editor() as schema:
                schema.execute(constraint.create_sql(Mail, schema))

    def test_a_worker_that_breaks_off_in_the_middle_leaves_all_of_a_round_or_nothing(self, guests, monkeypatch):
        """RACE-06 for reminders: whoever comes after it queues each one once."""
        clock.moved_to(monkeypatch, NINE)
        monkeypatch.setattr(reminding, "AT_ONCE", 2)
        inserts = []

        def breaks_off(execute, sql, params, many, context):
            if sql.startswith("INSERT") and "registration_mail" in sql:
                inserts.append(sql)
                if len(inserts) == 2:
                    raise KeyboardInterrupt
            return execute(sql, params, many, context)

        with connection.execute_wrapper(breaks_off), pytest.raises(KeyboardInterrupt):
            reminding.of_tomorrow()
        assert queued().count() == 0
        assert reminding.of_tomorrow() == 3
        assert sorted(queued().values_list("recipient", flat=True)) == GUESTS

    def test_one_that_did_not_leave_hinders_none_that_does(self, guest, boss, monkeypatch, mailbox):
        """Revoked by mistake, and let in again within the hour."""
        assert at(monkeypatch, NINE) == 1
        request = AccessRequest.objects.get()
        request.revoke(by=boss)
        Worker().deliver_all()
        request.reopen(by=boss)
        request.approve(by=boss)
        for _ in range(2):
            reminding.of_tomorrow()
            Worker().deliver_all()
        assert sorted(queued().values_list("state", flat=True)) == ["expired", "sent"]
        assert len(mailbox.find(GUESTS[0], "Reminder")) == 1

    def test_the_log_says_how_many_and_whose_round_it_was(self, guests, monkeypatch, caplog):
        with caplog.at_level(logging.INFO, "techtrack.reminders"):
            at(monkeypatch, NINE)
        (line,) = [record for record in caplog.records if record.name == "techtrack.reminders"]
        assert line.mails == 3
        assert len(set(queued().values_list("request_id", flat=True))) == 1


def time_passes():
    import time

    time.sleep(0.1)


class TestToWhom:
    def test_to_those_who_are_let_in_and_nobody_else(self, monkeypatch):
        made = world.World()
        Event.objects.filter(pk=made.event.pk).update(reminds=True)
        at(monkeypatch, NINE)
        assert [mail.person for mail in queued()] == [made.people["guest"]]

    ENDS = {
        "revoked": lambda request, boss: request.revoke(by=boss),
        "put onto the waiting list": lambda request, boss: request.wait(by=boss),
        "withdrawn": lambda request, boss: request.withdraw(by=request.person),
        "to be confirmed": lambda request, boss: AccessRequest.objects.update(to_confirm=True),
        "shut out": lambda request, boss: User.objects.filter(pk=request.person_id).update(is_active=False),
        "another address": lambda request, boss: Mail.objects.update(recipient="elsewhere@example.com"),
        "not wished any more": lambda request, boss: Event.objects.update(reminds=False),
        "archived": lambda request, boss: Event.objects.update(archived=True),
        "the event is gone": lambda request, boss: Mail.objects.update(event=None),
    }

    @pytest.mark.parametrize("end", [None, *ENDS])
    def test_asked_again_before_it_leaves(self, guest, boss, monkeypatch, mailbox, end):
        """The control: where nothing ended, it goes out."""
        assert at(monkeypatch, NINE) == 1
        if end:
            self.ENDS[end](AccessRequest.objects.get(), boss)
        Worker().deliver_all()
        assert queued().get().state == ("expired" if end else "sent")
        assert bool(mailbox.find(GUESTS[0], "Reminder")) == (end is None)

    @pytest.mark.parametrize(("moment", "state"), [("11:59", "sent"), ("12:00", "expired")])
    def test_what_was_held_up_goes_out_until_noon(self, guest, monkeypatch, mailbox, moment, state):
        at(monkeypatch, NINE)
        clock.moved_to(monkeypatch, day.at(moment))
        Worker().deliver_all()
        assert queued().get().state == state

    def test_after_a_restore_to_nobody_until_it_is_ticked_again(self, guest, boss, monkeypatch):
        AccessRequest.objects.update(to_confirm=True)
        Pass.objects.all().delete()
        with pytest.raises(ValueError, match="events that remind guests by themselves"):
            check_cuts(keep_organisers=True)
        do_nothing_by_itself()
        check_cuts(keep_organisers=True)
        AccessRequest.objects.get().confirm(by=boss)
        assert at(monkeypatch, NINE) == 0


class TestTheMail:
    @pytest.fixture
    def planned(self, event):
        """What is known of the day."""
        morning, _ = day.timed(event)
        Event.objects.filter(pk=event.pk).update(venue="Sheraton", venue_address="400 Olive Street")
        return morning

    def received(self, mailbox, monkeypatch):
        at(monkeypatch, NINE)
        worker = Worker()
        worker.do_chores()
        worker.deliver_all()
        return mailbox.wait_for(GUESTS[0])

    def test_it_says_when_and_where_and_leads_to_pass_agenda_and_calendar(self, guest, planned, monkeypatch, mailbox):
        mail = self.received(mailbox, monkeypatch)
        assert mail.subject == "Reminder: Tech Track 2022"
        assert "Tech Track 2022, on Tuesday, 9 August 2022." in mail.text
        assert "- Where: Sheraton, 400 Olive Street, Dallas\n" in mail.text
        times = "Morning sessions from 9 a.m.; Afternoon sessions from 1 p.m.; Reception sessions from 5 p.m."
        assert f"- When: {times} (America/Chicago)\n" in mail.text.replace(":00", "")
        for path in ("/register/pass/", "/", "/register/calendar/", "/register/status/"):
            assert f"\nhttps://techtrack.test{path}\n" in mail.text
            assert f'href="https://techtrack.test{path}"' in mail.html

    def test_what_nobody_has_said_is_not_invented(self, guest, monkeypatch, mailbox):
        mail = self.received(mailbox, monkeypatch)
        assert "- Where: Dallas\n- When: to be announced\n" in mail.text

    def test_in_spanish(self, guest, planned, monkeypatch, mailbox):
        User.objects.update(language="es")
        mail = self.received(mailbox, monkeypatch)
        assert mail.subject == "Recordatorio: Tech Track 2022"
        assert "martes, 9 de agosto de 2022" in mail.text
        assert "Morning sessions desde las 09:00" in mail.text
        assert "https://techtrack.test/es/register/pass/" in mail.text

    def test_it_goes_to_one_person_and_tells_nothing_private(self, guest, planned, monkeypatch, mailbox):
        """L-13."""
        mail = self.received(mailbox, monkeypatch)
        assert mail.recipients == (GUESTS[0],)
        for header in ("Cc", "Bcc", "List-Unsubscribe"):
            assert mail.message[header] is None
        private = [word for one in planned.sessions.all() for word in (one.title, one.room, one.abstract, one.slug)]
        for word in [*private, *people.ANSWERS.values()]:
            assert not word or word in {"yes", "maybe", "platform"} or word not in mail.text + mail.html + mail.subject

    def test_without_the_tick_no_picture_and_with_it_the_pass_as_it_is_now(self, guest, event, monkeypatch, mailbox):
        """MAIL-06: drawn as it leaves, so that one renewed since it was queued is the new one, and stored nowhere."""
        assert at(monkeypatch, NINE) == 1
        assert letter(queued().get()).attachments == []
        Event.objects.update(reminder_with_picture=True)
        Pass.objects.get().renew()
        Worker().deliver_all()
        mail = mailbox.wait_for(GUESTS[0])
        (picture,) = [part for part in mail.message.walk() if part.get_content_type() == "image/png"]
        own = Pass.objects.select_related("request__event").get()
        assert picture.get_filename() == "tech-track-pass.png"
        assert picture.get_payload(decode=True) == png(own)
        held = str([list(model._default_manager.values()) for model in apps.get_models()])
        for opens in (own.token, own.code, own.address):
            assert opens not in held + mail.text + mail.html

    def test_who_has_no_pass_yet_is_given_one(self, guest, event, monkeypatch, mailbox):
        Event.objects.update(reminder_with_picture=True)
        Pass.objects.all().delete()
        self.received(mailbox, monkeypatch)
        assert Pass.objects.get().request.person == guest


class TestAtTheDesk:
    def page(self, event, browser):
        return browser.get(f"/admin/agenda/event/{event.pk}/change/")

    def test_it_tells_what_is_sent_when_and_how_far_it_came(self, guests, event, boss, monkeypatch, mailbox):
        clock.moved_to(monkeypatch, NINE - dt.timedelta(hours=1))
        desk = browser_of(boss)
        said = self.page(event, desk).content.decode()
        assert shown(NINE, event) == "8 August 2022, 09:00 (America/Chicago)"
        assert "A mail to each guest on 8 August 2022, 09:00 (America/Chicago)" in said
        assert "without the picture" in said
        assert "<strong>3 guests</strong> would get it" in said
        at(monkeypatch, NINE)
        AccessRequest.objects.get(person=guests[0]).revoke(by=boss)
        Worker().deliver_all()
        desk = browser_of(boss)
        found = self.page(event, desk).context["reminders"]
        assert (found.to_come, found.sent) == (0, {"accepted by the mail server": 2, "not sent in time": 1})
        clock.moved_to(monkeypatch, day.at("00:00"))
        assert "No more are sent" in self.page(event, browser_of(boss)).content.decode()

    def test_how_many_guests_there_are_is_for_who_may_see_requests(self, guests, event):
        editor = browser_of(people.organiser("editor@techtrack.test", role="Programme editor"))
        answer = self.page(event, editor)
        assert "reminders" not in answer.context
        assert "guests are reminded on the day before" in answer.content.decode().lower()

    def test_a_page_from_before_it_was_unticked_ticks_nothing_again(self, event, boss):
        desk, address = browser_of(boss), f"/admin/agenda/event/{event.pk}/change/"
        old = seen_on(desk, address)
        form = desk.get(address).context["adminform"].form
        data = {name: value for name, value in form.initial.items() if value not in (None, "", False)}
        assert desk.post(address, {**data, **old, "reminds": ""}).status_code == 302
        assert not Event.objects.get().reminds
        assert "Somebody changed the" in desk.post(address, {**data, **old}).content.decode()
        assert not Event.objects.get().reminds


def test_of_all_there_is_the_reminder_alone_carries_anything(guests, event, monkeypatch):
    """The control of what is attached."""
    Event.objects.update(reminder_with_picture=True)
    at(monkeypatch, NINE)
    assert Session.objects.count() == 0
    assert {len(letter(mail).attachments) for mail in Mail.objects.all()} == {1}
