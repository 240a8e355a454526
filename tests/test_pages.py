"""What people see: the agenda, a session, and the pages for when something is wrong."""

import gzip
import itertools
import re

import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from sessions.models import Session

from . import access, people, world
from .people import Browser, browser_of, person

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


def test_a_visitor_sees_the_afternoon_and_an_honest_panel_for_the_morning(event):
    world.private_part(event, world.Canaries())
    world.public_part(event)
    page = Browser().get("/").content.decode()
    for words in ("Tech Track 2022", "Tuesday, 9 August 2022", "Dallas", "Reporting cycle", "Networking reception"):
        assert words in page
    assert "This part of the day is private" in page
    assert page.count('href="/register/"') >= 2  # the menu and the panel's one button
    assert page.index("Morning sessions") < page.index("Afternoon sessions") < page.index("Reception sessions")


def test_the_panel_is_the_same_with_sessions_behind_it_or_none(event):
    world.track(event, "morning", "industry", 1)
    empty = Browser().get("/").content
    for number in range(1, 5):
        world.session(event.tracks.get(), f"Secret {number}", number)
    assert Browser().get("/").content == empty


def test_a_contact_address_once_set_stands_in_the_panel(event):
    world.track(event, "morning", "industry", 1)
    assert b"mailto:" not in Browser().get("/").content
    event.contact_email = "rsvp@techtrack.test"
    event.save()
    assert b'href="mailto:rsvp@techtrack.test?subject=' in Browser().get("/").content


def test_without_times_the_page_says_so_and_invents_none(event):
    world.public_part(event)
    page = Browser().get("/").content.decode()
    assert "to be announced" in page
    assert not re.search(r"\d{1,2}(:\d\d)? ?[ap]\.?m", page)
    session = Browser().get("/sessions/reporting-cycle/").content.decode()
    assert "time to be announced" in session
    assert "room to be announced" in session


def test_times_are_shown_in_the_events_zone(event):
    track = world.public_part(event)
    Session.objects.filter(slug="reporting-cycle").update(start="13:00", end="13:45", room="Landmark A")
    page = Browser().get("/sessions/reporting-cycle/").content.decode()
    assert 'datetime="2022-08-09T13:00:00-05:00"' in page
    assert "America/Chicago" in page
    assert "Landmark A" in page
    assert track.sessions.get(slug="reporting-cycle").ends_at.isoformat() == "2022-08-09T13:45:00-05:00"


def test_a_guest_sees_the_whole_day_with_labels_in_words(event):
    world.private_part(event, world.Canaries())
    world.public_part(event)
    guest = people.approved("guest@example.com", event, by=people.organiser())
    page = browser_of(guest).get("/").content.decode()
    assert page.count("label-tlp") == 4
    assert "This part of the day is private" not in page
    assert "Reporting cycle" in page


def test_a_visitor_costs_no_query_for_who_they_are_and_the_day_the_same_for_any_length(event):
    def queries(browser):
        with CaptureQueriesContext(connection) as found:
            assert browser.get("/").status_code == 200
        return len(found)

    track = world.public_part(event)
    few = queries(Browser())
    for number in range(10, 30):
        world.session(track, f"More {number}", number)
    assert queries(Browser()) == few == 6  # event, tracks, sessions, who takes part, editions, announcements
    guest = people.approved("guest@example.com", event, by=people.organiser())
    # Generation, login session with its person, access. At first the page as well, and when the clock changes it.
    assert [queries(browser_of(guest)) for _ in range(2)] == [3 + few + 2, 3]


def test_a_request_without_a_login_cookie_gets_the_same_keepable_bytes(event):
    world.public_part(event)
    for path in ("/", "/sessions/reporting-cycle/", "/privacy/", "/handling-rules/"):
        first, second = Browser().get(path), Browser().get(path)
        assert first.content == second.content
        assert b"csrfmiddlewaretoken" not in first.content
        assert first["Cache-Control"] == "no-cache"
        assert set(first["Vary"].split(", ")) == {"Accept-Encoding", "Cookie"}
        assert re.fullmatch(r'"[0-9a-f]{32}"', first["ETag"])
        assert not first.cookies

        zipped = Browser().get(path, headers={"Accept-Encoding": "br, gzip"})
        assert zipped["Content-Encoding"] == "gzip"
        assert gzip.decompress(zipped.content) == first.content
        assert zipped["ETag"] != first["ETag"]
        assert zipped.content == Browser().get(path, headers={"Accept-Encoding": "gzip"}).content
        assert "Content-Encoding" not in Browser().get(path, headers={"Accept-Encoding": "gzip;q=0"})

        unchanged = Browser().get(path, headers={"If-None-Match": first["ETag"]})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged["ETag"] == first["ETag"]
        assert "Content-Length" not in unchanged
        assert "Cookie" in unchanged["Vary"]


def test_a_request_with_a_login_cookie_gets_nothing_to_keep(event):
    """Valid or made up: by its name alone."""
    world.public_part(event)
    made_up = Browser()
    made_up.cookies[settings.SESSION_COOKIE_NAME] = "abcdefghijklmnopqrstuvwxyz012345"
    signed_in = browser_of(person("ada@example.com"))
    validators = {"If-None-Match": "*", "If-Modified-Since": "Sat, 01 Jan 2050 00:00:00 GMT"}
    for browser in (made_up, signed_in):
        for path in ("/", "/sessions/reporting-cycle/", "/privacy/"):
            response = browser.get(path, headers=validators)
            assert response.status_code == 200
            assert response["Cache-Control"] == "private, no-store"
            assert "ETag" not in response
            assert "Last-Modified" not in response


def test_everything_else_is_kept_by_nobody(event):
    world.public_part(event)
    for path in ("/register/", "/account/login/", "/no-such-page", "/admin/", "/register/status/", "/healthz"):
        response = Browser().get(path)
        assert response["Cache-Control"] == "private, no-store"
        assert "ETag" not in response


def test_pages_hold_no_inline_script_or_style(event):
    world.public_part(event)
    boss = people.organiser()
    people.ask(person("ada@example.com"), event)
    pages = [Browser().get(path) for path in ("/", "/register/", "/account/login/", "/privacy/", "/no-such-page")]
    desk = browser_of(boss)
    pages += [desk.get(path) for path in ("/admin/", access.DECIDE, "/account/second-factor/", "/register/")]
    for page in pages:
        text = page.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(?:ld\+)?json\")", text)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|data:", text)


def test_a_page_that_does_not_exist_offers_to_sign_in_and_come_back(event):
    page = Browser().get("/no-such-page/?a=1").content.decode()
    assert 'href="/account/login/?next=%2Fno-such-page%2F%3Fa%3D1"' in page
    signed_in = browser_of(person("ada@example.com")).get("/no-such-page/").content.decode()
    assert 'href="/register/status/"' in signed_in
    assert "no-such-page" not in signed_in


def test_error_pages_come_in_the_sites_look(event):
    strict = Browser(enforce_csrf_checks=True)
    found = {
        400: Browser().get("/?next=%00"),
        403: strict.post("/register/", {}),
        404: Browser().get("/no-such-page/"),
        405: Browser().put("/"),
        413: Browser().post("/register/", {"why": "x" * 2_000_000}),
    }
    for status, response in found.items():
        assert response.status_code == status
        assert b'class="site-header"' in response.content
        assert b"Traceback" not in response.content
    assert "what you typed should still be there" in found[413].content.decode()
    assert "what you typed should still be there" in found[403].content.decode()


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (RuntimeError, 500, "Something broke on our side"),
        (OperationalError, 503, "We cannot answer just now"),
        (InterfaceError, 503, "We cannot answer just now"),
    ],
)
def test_when_a_view_breaks_the_page_needs_no_database(event, monkeypatch, error, status, words):
    def broken(*args, **kwargs):
        raise error("gone")

    browser = browser_of(person("ada@example.com"))
    monkeypatch.setattr("sessions.models.EventQuerySet.current", broken)
    monkeypatch.setattr("django.db.backends.utils.CursorWrapper.execute", broken)
    for one in (browser, Browser()):
        response = one.get("/")
        assert response.status_code == status
        assert words in response.content.decode()
        assert b"gone" not in response.content
        assert response["Cache-Control"] == "private, no-store"
        assert response.get("Retry-After") == ("30" if status == 503 else None)


def test_the_health_check_says_ok_or_that_the_database_does_not_answer(monkeypatch):
    fine = Browser().get("/healthz")
    assert (fine.status_code, fine.content, fine["Content-Type"]) == (200, b"ok", "text/plain")
    assert not fine.cookies

    def broken(*args, **kwargs):
        raise OperationalError("host=secret.internal")

    monkeypatch.setattr("django.db.backends.utils.CursorWrapper.execute", broken)
    down = Browser().get("/healthz")
    assert down.status_code == 503
    assert b"secret" not in down.content


@override_settings(RESPONSIBLE="Example Data Office", CONTACT_EMAIL="hello@techtrack.test")
def test_the_privacy_page_names_who_is_responsible(event):
    page = Browser().get("/privacy/").content.decode()
    assert "Example Data Office" in page
    assert "hello@techtrack.test" in page


def test_headings_are_in_order_and_every_page_has_one_first_heading(event):
    world.private_part(event, world.Canaries())
    world.public_part(event)
    ada = people.approved("ada@example.com", event, by=people.organiser())
    browser = browser_of(ada)
    paths = [
        "/",
        "/register/status/",
        "/register/edit/",
        "/register/withdraw/",
        "/privacy/",
        "/handling-rules/",
        "/nope",
    ]
    for page in [Browser().get("/register/"), Browser().get("/account/login/"), *map(browser.get, paths)]:
        levels = [int(level) for level in re.findall(r"<h([1-6])", page.content.decode())]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
