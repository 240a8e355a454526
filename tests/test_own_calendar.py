"""A guest's own calendar address: what it opens, for whom, for how long, and what is kept of it."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registration import audience
from registration.models import AccessRequest, CalendarFeed, LoginSession, Tally
from sessions.audience import Audience
from sessions.models import Event

from . import people, world
from .people import Browser, browser_of

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

PAGE = "/register/calendar/"


@pytest.fixture
def made():
    return world.World()


def at(token):
    return f"/cal/{token}/agenda.ics"


def ask_on(browser, **form):
    """The token that the page shows after this form, or None."""
    found = re.search(r"/cal/([\w-]+)/agenda\.ics", browser.post(PAGE, form).content.decode())
    return found and found[1]


def answer(token, **browser):
    got = Browser(**browser).get(at(token))
    return got.status_code, sorted(got.items()), got.content, got.cookies.output()


def as_random():
    return answer("A" * 43)


IN_AN_ENTRY = {"session title", "abstract", "room", "organisation", "speaker", "affiliation", "opaque slug"}


def test_the_address_shows_the_holder_the_whole_day(made):
    token = ask_on(made.browsers["guest"], make="1")
    got = Browser().get(at(token))
    words = got.content.replace(b"\r\n ", b"")
    assert {what for _, what in made.canaries.found_in(words, {world.PRIVATE})} == IN_AN_ENTRY
    entries = {word for word in made.canaries.of(world.PRIVATE) if made.canaries.words[word][1] in IN_AN_ENTRY}
    assert {word for word in entries if word.encode() not in words} == set()
    assert made.canaries.found_in(words, made.groups() - {world.PRIVATE}) == set()
    assert words.count(b"CLASS:PRIVATE") == 4
    assert {name: got[name] for name in ("Cache-Control", "X-Content-Type-Options", "Content-Type")} == {
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Type": "text/calendar; charset=utf-8",
    }
    assert "noindex" in got["X-Robots-Tag"]
    assert not got.has_header("ETag")
    assert not got.has_header("Last-Modified")
    assert not got.cookies


def test_it_is_shown_once_and_kept_as_a_digest(made):
    """CAL-01."""
    guest = made.browsers["guest"]
    token = ask_on(guest, make="1")
    assert len(token) == 43  # 256 bits
    assert token not in guest.get(PAGE).content.decode()
    row = CalendarFeed.objects.get(person=made.people["guest"])
    assert re.fullmatch("[0-9a-f]{64}", row.digest)
    assert all(token not in str(value) for value in vars(row).values())
    page = made.browsers["administrator"].get(f"/admin/registration/user/{row.person_id}/change/").content.decode()
    assert "has one since" in page
    assert token not in page
    assert row.digest not in page
    assert "calendarfeed" not in made.browsers["administrator"].get("/admin/").content.decode()


WAYS_OUT = {
    "renewed": lambda made: ask_on(made.browsers["guest"], make="1"),
    "removed": lambda made: ask_on(made.browsers["guest"], remove="1"),
    "revoked": lambda made: made.requests["guest"].revoke(by=made.people["administrator"]),
    "on the waiting list": lambda made: made.requests["guest"].wait(by=made.people["administrator"]),
    "withdrawn": lambda made: made.requests["guest"].withdraw(by=made.people["guest"]),
    "closed": lambda made: (
        type(made.people["guest"]).objects.filter(pk=made.people["guest"].pk).update(is_active=False)
    ),
    "another address": lambda made: made.people["guest"].change_email("new@example.com"),
    "archived": lambda made: Event.objects.filter(pk=made.event.pk).update(archived=True),
    "to confirm": lambda made: AccessRequest.objects.filter(pk=made.requests["guest"].pk).update(to_confirm=True),
    "signed out everywhere": lambda made: made.people["guest"].shut_out(),
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_an_address_that_opens_nothing_answers_like_a_random_one(made, way):
    """CAL-02, G-05, G-06."""
    token = ask_on(made.browsers["guest"], make="1")
    assert answer(token)[0] == 200
    WAYS_OUT[way](made)
    assert answer(token) == as_random()
    assert as_random()[0] == 404


def test_an_address_that_outlives_access_is_found(made, monkeypatch):
    """The control."""
    monkeypatch.setattr("registration.calendar.audience_of", lambda *of, **how: Audience.INDUSTRY)
    for way in ("closed", "to confirm"):
        with pytest.raises(AssertionError):
            test_an_address_that_opens_nothing_answers_like_a_random_one(made, way)


def test_after_revoking_and_letting_in_again_the_old_address_stays_dead(made):
    token, request, boss = made.tokens["guest"], made.requests["guest"], made.people["administrator"]
    assert answer(token)[0] == 200
    for verb in ("revoke", "reopen", "approve"):
        getattr(request, verb)(by=boss)
    assert answer(token) == as_random()


def test_organisers_get_no_more_by_it_than_guests(made):
    boss = made.people["administrator"]
    people.ask(boss, made.event).approve(by=boss)
    token = CalendarFeed.renew(boss, made.event)
    words = Browser().get(at(token)).content.replace(b"\r\n ", b"")
    assert made.canaries.found_in(words, {world.HIDDEN}) == set()
    assert made.canaries.found_in(words, {world.PRIVATE})  # the control
    assert audience.audience_of(boss, made.event) == Audience.INDUSTRY


def test_the_address_opens_nothing_else(made):
    """CAL-03."""
    token = made.tokens["guest"]
    as_cookie = Browser()
    as_cookie.cookies["__Host-sessionid"] = token
    for address in ("/register/status/", "/register/calendar/", made.secret.get_absolute_url()):
        assert as_cookie.get(address).status_code in {302, 404}
        assert Browser().get(address, {"token": token}).status_code in {302, 404}
    for person in ("guest", "applicant", "moderator"):
        assert made.people[person].email.encode() not in Browser().get(at(token)).content


def test_a_login_session_is_neither_looked_at_nor_touched(made):
    moderator = made.browsers["moderator"]
    LoginSession.objects.update(last_seen_at="2022-01-01T00:00Z")
    before = list(LoginSession.objects.values_list("pk", "last_seen_at").order_by("pk"))
    for token in (made.tokens["guest"], "A" * 43):
        with CaptureQueriesContext(connection) as asked:
            got = moderator.get(at(token))
        assert not got.cookies
        assert not [query for query in asked if "loginsession" in query["sql"]]
    assert list(LoginSession.objects.values_list("pk", "last_seen_at").order_by("pk")) == before
    assert made.canaries.found_in(moderator.get(at(made.tokens["guest"])).content, {world.HIDDEN}) == set()


def test_random_addresses_hit_nothing_and_write_no_more_than_the_counter(made):
    """CAL-05. Past the limit nothing is written, however many come; what opens something is not counted."""
    written = []
    guest = made.tokens["guest"]
    for number in range(300):
        with CaptureQueriesContext(connection) as asked:
            got = Browser().get(at(f"{number:043}"))
        writes = [query["sql"] for query in asked if not query["sql"].lstrip().upper().startswith("SELECT")]
        written += [sql for sql in writes if "SAVEPOINT" not in sql]
        assert got.status_code == (404 if number < 100 else 429)
        if number >= 100:
            assert not writes
            assert 0 < int(got["Retry-After"]) <= 601
    assert written
    assert all("registration_tally" in sql for sql in written)
    assert Tally.objects.get().count == 100
    assert answer(guest)[0] == 200
    assert answer("A" * 43, REMOTE_ADDR="192.0.2.9")[0] == 404


def test_what_has_not_the_shape_of_a_token_asks_no_database_for_it(made):
    for odd in ("a", "A" * 42, "A" * 44, "é" * 43, "%00", "A" * 42 + "."):
        with CaptureQueriesContext(connection) as asked:
            got = Browser().get(at(odd))
        assert got.status_code in {400, 404}
        assert not [query for query in asked if "calendarfeed" in query["sql"]]


def test_a_limit_that_counts_nothing_is_found(made, monkeypatch):
    """The control."""
    from registration.sign_in.limits import Limit

    monkeypatch.setattr(Limit, "spend", lambda *of: None)
    with pytest.raises(AssertionError):
        test_random_addresses_hit_nothing_and_write_no_more_than_the_counter(made)


def test_a_get_makes_no_address_and_a_form_from_elsewhere_neither(made):
    before = CalendarFeed.objects.get(person=made.people["guest"]).digest
    made.browsers["guest"].get(PAGE, {"make": "1"})
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = made.browsers["guest"].cookies
    assert strict.post(PAGE, {"make": "1"}).status_code == 403
    assert CalendarFeed.objects.get(person=made.people["guest"]).digest == before


def test_who_is_no_guest_is_led_to_their_request(made):
    for role in ("signed in", "applicant", "waiting", "revoked", "guest of another edition", "administrator"):
        assert made.browsers[role].post(PAGE, {"make": "1"}).url == "/register/status/"
    assert CalendarFeed.objects.count() == 1


def test_the_page_says_what_a_fetched_copy_does(made):
    """CAL-08."""
    for page in (made.browsers["guest"].get(PAGE), browser_of(made.people["guest"]).post(PAGE, {"make": "1"})):
        text = page.content.decode()
        assert "stay there for hours to a day after access has ended" in text
        assert page["Cache-Control"] == "private, no-store"
    assert PAGE in made.browsers["guest"].get("/register/status/").content.decode()
