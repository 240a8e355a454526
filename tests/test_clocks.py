"""P-13: the event's zone, whatever the server's; nights of changing clocks, leap days, clocks that jump or are off."""

import datetime as dt
import io
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db.models import QuerySet

from registration import tidying
from registration.mail.worker import Worker
from registration.models import AccessRequest, Decision
from registration.sign_in import codes, views
from registration.sign_in.limits import Limit
from registration.views import why_closed
from sessions.models import Event, Session

from . import people, world
from .clock import moved
from .people import FORM, Browser, browser_of, organiser, person
from .steps import ask_for_code, is_signed_in, newest_code, sign_in, type_code
from .test_guards_off import fails
from .test_second_factor import secret_of, totp
from .wire import WireBrowser

fast = [pytest.mark.fast, pytest.mark.django_db]
ADA = "ada@example.com"
CHICAGO = ZoneInfo("America/Chicago")

SOON = 5  # seconds that a control waits for a mail that does not come; the worker has ended by then


@pytest.fixture(autouse=True)
def _mail_really_leaves(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # pytest-django puts another in its place


def clock_says(monkeypatch, moment):
    moved(monkeypatch, seconds=(moment - dt.datetime.now(dt.UTC)).total_seconds())


class TestNightsOfChangingClocksAndLeapDays:
    pytestmark = fast

    @pytest.mark.parametrize(
        ("date", "start", "shown"),
        [
            ("2027-03-13", "09:00", "2027-03-13T09:00:00-06:00"),
            ("2027-03-14", "01:45", "2027-03-14T01:45:00-06:00"),  # put forward at two
            ("2027-03-14", "09:00", "2027-03-14T09:00:00-05:00"),
            ("2027-11-07", "00:30", "2027-11-07T00:30:00-05:00"),  # put back at two
            ("2027-11-07", "01:30", "2027-11-07T01:30:00-05:00"),  # which comes twice: the first
            ("2027-11-07", "09:00", "2027-11-07T09:00:00-06:00"),
            ("2028-02-29", "09:00", "2028-02-29T09:00:00-06:00"),
        ],
    )
    def test_a_time_is_the_events_own_on_every_day(self, date, start, shown):
        day = world.event(date=dt.date.fromisoformat(date))
        world.public_part(day)
        end = f"{int(start[:2]) + 3:02}:00"
        Session.objects.filter(slug="reporting-cycle").update(start=start, end=end)
        page = Browser().get("/sessions/reporting-cycle/").content.decode()
        assert f'datetime="{shown}"' in page
        assert "(America/Chicago)" in page
        found = dt.datetime.fromisoformat(shown)
        assert f"{found:%A}, {found.day} {found:%B %Y}" in page
        session = Session.objects.select_related("track__event").get(slug="reporting-cycle")
        assert session.starts_at.astimezone(dt.UTC) == found.astimezone(dt.UTC)
        assert session.ends_at - session.starts_at > timedelta(0)

    def test_an_offset_that_is_taken_for_a_zone_is_found(self, monkeypatch):
        """The control."""
        monkeypatch.setattr(Event, "zone", dt.timezone(timedelta(hours=-6)))
        fails(self.test_a_time_is_the_events_own_on_every_day, "2027-03-14", "09:00", "2027-03-14T09:00:00-05:00")

    def test_requests_close_at_the_moment_and_not_at_the_hour_that_comes_twice(self, monkeypatch):
        first = dt.datetime(2027, 11, 7, 6, 30, tzinfo=dt.UTC)
        event = world.event(date=dt.date(2027, 11, 7), registration_closes=first + timedelta(hours=1))
        assert first.astimezone(CHICAGO).time() == event.registration_closes.astimezone(CHICAGO).time()
        clock_says(monkeypatch, first + timedelta(minutes=1))
        assert why_closed(event) is None
        clock_says(monkeypatch, first + timedelta(minutes=59))
        assert why_closed(event) is None
        clock_says(monkeypatch, first + timedelta(minutes=61))
        assert why_closed(event) == "Requests closed on 7 November 2027, 01:30 (America/Chicago)."

    def test_requests_open_after_the_hour_that_does_not_come(self, monkeypatch):
        opens = dt.datetime(2027, 3, 14, 8, 0, tzinfo=dt.UTC)
        event = world.event(date=dt.date(2027, 3, 14), registration_opens=opens)
        clock_says(monkeypatch, opens - timedelta(minutes=1))
        assert why_closed(event) == "You can ask for access from 14 March 2027, 03:00 (America/Chicago)."
        clock_says(monkeypatch, opens + timedelta(minutes=1))
        assert why_closed(event) is None

    @pytest.mark.parametrize(
        "moment",
        [
            dt.datetime(2028, 2, 29, 12, tzinfo=dt.UTC),
            dt.datetime(2028, 2, 29, 23, 58, tzinfo=dt.UTC),  # and over midnight
            dt.datetime(2027, 3, 14, 7, 58, tzinfo=dt.UTC),
            dt.datetime(2027, 11, 7, 6, 58, tzinfo=dt.UTC),
        ],
    )
    def test_the_whole_way_goes_on_a_leap_day_and_in_such_a_night(self, moment, monkeypatch):
        day = world.event(date=dt.date(2028, 2, 29))
        words = world.Canaries()
        world.private_part(day, words)
        clock_says(monkeypatch, moment)
        ada, boss = Browser(), organiser()
        ask_for_code(ada, ADA)
        clock_says(monkeypatch, moment + timedelta(minutes=4))
        type_code(ada, newest_code(ADA))
        assert ada.post("/register/", FORM)["Location"] == "/register/status/"
        request = AccessRequest.objects.get()
        request.approve(by=boss)
        assert request.decisions.last().at - moment < timedelta(minutes=6)
        clock_says(monkeypatch, moment + timedelta(minutes=6))
        call_command("tidy", stdout=io.StringIO())
        assert words.found_in(ada.get("/").content, [world.PRIVATE])
        assert f"{moment + timedelta(minutes=4):%-d %B %Y, %H:%M} UTC" in ada.get("/register/status/").content.decode()


class TestAClockThatJumps:
    pytestmark = fast

    @pytest.mark.parametrize("hours", [1, -1])
    def test_a_code_from_before_is_dead_and_a_new_one_works_at_once(self, hours, monkeypatch, mailbox):
        browser = Browser()
        ask_for_code(browser, ADA)
        before = newest_code(ADA)
        moved(monkeypatch, hours=hours)
        type_code(browser, before)
        assert not is_signed_in(browser)
        ask_for_code(browser, ADA)
        Worker().deliver_all()
        now = mailbox.code_for(ADA)
        assert now != before
        type_code(browser, now)
        assert is_signed_in(browser)

    @pytest.mark.parametrize("hours", [1, -1])
    def test_mail_that_waits_goes_out_at_once(self, hours, monkeypatch, mailbox):
        people.ask(person(ADA), world.event())
        moved(monkeypatch, hours=hours)
        Worker().deliver_all()
        assert [mail.recipients for mail in mailbox.messages] == [(ADA,)]

    @pytest.mark.parametrize("hours", [1, -1])
    def test_who_is_signed_in_stays_so_and_nothing_is_deleted_early(self, hours, monkeypatch):
        guest, boss = browser_of(person(ADA)), browser_of(organiser())
        people.User.objects.create_user("new@example.com")
        moved(monkeypatch, hours=hours)
        deleted = tidying.everything()
        assert is_signed_in(guest)
        assert is_signed_in(boss) == (hours < 0)  # idle for an hour, as far as one can tell
        assert deleted == dict.fromkeys(deleted, 0) | {"login sessions": int(hours > 0)}

    @pytest.mark.parametrize("span", [timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1)])
    @pytest.mark.parametrize("hours", [1, -1])
    def test_a_limit_that_was_reached_holds_nobody_up_for_more_than_an_hour_longer(self, hours, span, monkeypatch):
        limit = Limit("tries", 3, span)
        assert [limit.spend() for _ in range(3)] == [None] * 3
        assert limit.spend() <= span
        moved(monkeypatch, hours=hours)
        wait = limit.spend()
        assert wait is None or wait <= span + timedelta(hours=1)
        assert wait is None or span == timedelta(hours=1)

    def test_a_browser_that_must_wait_for_the_clock_is_found(self, monkeypatch, mailbox):
        """The control: what was asked for in the future counts as asked for just now."""
        monkeypatch.setattr(mailbox, "patience", SOON)
        monkeypatch.setattr(views, "seconds_to_wait", lambda request: 30)
        with pytest.raises((AssertionError, TimeoutError)):
            self.test_a_code_from_before_is_dead_and_a_new_one_works_at_once(-1, monkeypatch, mailbox)


class TestMachinesWhoseClocksAreFiveMinutesApart:
    """One answers pages, the other delivers mail and tidies."""

    pytestmark = fast

    @pytest.mark.parametrize("minutes", [5, -5])
    def test_signing_in_goes_on(self, minutes, monkeypatch, mailbox):
        moved(monkeypatch, minutes=minutes)
        browser = Browser()
        ask_for_code(browser, ADA)
        moved(monkeypatch, minutes=0)
        Worker().deliver_all()
        tidying.everything()
        code = mailbox.code_for(ADA)
        moved(monkeypatch, minutes=minutes)
        type_code(browser, code)
        assert is_signed_in(browser)

    @pytest.mark.parametrize("minutes", [5, -5])
    def test_a_clock_that_is_set_right_leaves_codes_alive(self, minutes, monkeypatch):
        """Or the other machine answers the next page."""
        browser = Browser()
        ask_for_code(browser, ADA)
        moved(monkeypatch, minutes=minutes)
        type_code(browser, newest_code(ADA))
        assert is_signed_in(browser)

    def test_codes_from_the_future_that_are_killed_at_once_are_found(self, monkeypatch, mailbox):
        """The control."""
        monkeypatch.setattr(codes, "CLOCKS_DIFFER", timedelta(seconds=60))
        monkeypatch.setattr(mailbox, "patience", SOON)
        fails(self.test_signing_in_goes_on, 5, monkeypatch, mailbox)

    @pytest.mark.parametrize(("minutes", "taken"), [(0, True), (5, False), (-5, False)])
    def test_an_apps_code_needs_a_clock_that_is_right(self, minutes, taken, monkeypatch):
        """As docs/operations.md says."""
        boss = organiser()
        browser_of(boss)
        code = totp(secret_of(boss))
        moved(monkeypatch, minutes=minutes)
        browser = Browser()
        sign_in(browser, boss.email, "/admin/")
        browser.post("/account/second-factor/sign-in/", {"code": code})
        assert (browser.get("/admin/").status_code == 200) == taken


class TestTheServersZone:
    """Pages are bytes for bytes the same wherever the machine stands, and the mail worker stands elsewhere."""

    pytestmark = [pytest.mark.live, pytest.mark.slow]

    def test_no_page_hangs_on_it(self, live_site):
        shown = [seen_by(live_site.start({"TZ": zone}), guest) for guest in [a_day()] for zone in ZONES]
        assert shown[0] == shown[1] == shown[2]
        assert "2027-03-14T09:00:00-05:00" in shown[0]["/"]
        assert "14 March 2027, 14:00 UTC" in shown[0]["/register/status/"]

    def test_a_site_that_shows_the_servers_zone_is_found(self, live_site):
        """The control."""
        guest = a_day()
        here, there = (
            seen_by(live_site.start({"ZONE": zone, "UNLOCKED": "zoned"}, wsgi="tests.unlocked:application"), guest)
            for zone in ("UTC", "Asia/Kolkata")
        )
        assert here["/register/status/"] != there["/register/status/"]

    @pytest.mark.parametrize(("web", "mail"), [("Asia/Kolkata", "America/Chicago"), ("America/Chicago", "UTC")])
    def test_signing_in_works_across_zones(self, web, mail, live_site, mailbox):
        world.event()
        site = live_site.start({"TZ": web})
        live_site.start_mail_worker({"TZ": mail})
        browser = WireBrowser(site.url)
        browser.post("/account/login/", {"email": ADA}, browser.token("/account/login/"))
        code = mailbox.code_for(ADA)
        browser.post("/account/login/code/", {"code": code}, browser.token("/account/login/code/"))
        assert "Sign out" in browser.get("/privacy/").text


ZONES = ("UTC", "Asia/Kolkata", "America/Chicago")


def a_day():
    """The day after clocks were put forward at night, with all that has a time; gives a guest of it."""
    at = dt.datetime(2027, 3, 14, 14, 0, tzinfo=dt.UTC)
    event = world.event(date=at.date(), registration_opens=at - timedelta(days=30))
    world.private_part(event, world.Canaries())
    world.public_part(event)
    Session.objects.filter(slug="reporting-cycle").update(start="09:00", end="10:00")
    guest = people.approved("guest@example.com", event, by=organiser())
    QuerySet(Decision).update(at=at)  # by its own way a decision is never changed
    return guest


def seen_by(site, guest):
    """``{address: page}``, for a visitor and for a guest, without what differs at each request."""
    shown = {}
    for browser in (WireBrowser(site.url), WireBrowser(site.url, guest)):
        for address in ("/", "/sessions/reporting-cycle/", "/register/", "/register/status/"):
            page = re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", browser.get(address).text)
            shown[address] = shown.get(address, "") + page.replace(site.url, "")
    return shown
