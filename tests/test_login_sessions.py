"""Login sessions: how long they live, that people see and end their own, and what stays after signing out."""

from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from registration import tidying
from registration.models import LoginSession
from registration.sign_in.devices import in_plain_words

from . import people, world
from .clock import moved
from .people import Browser, browser_of
from .steps import ask_for_code, is_signed_in, newest_code, sign_in, type_code

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

OWN = "/account/sessions/"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"
LAPTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def row_of(browser):
    return LoginSession.objects.get(pk=LoginSession.key_for(browser.cookies["__Host-sessionid"].value))


def test_a_guest_is_signed_out_fourteen_days_after_signing_in(monkeypatch):
    browser = browser_of(people.person("ada@example.com"))
    moved(monkeypatch, days=13, hours=23)
    assert is_signed_in(browser)
    moved(monkeypatch, days=14, minutes=1)
    assert not is_signed_in(browser)


def test_using_a_login_session_does_not_make_it_live_longer(monkeypatch):
    """The cookie and its row are written anew with a form; the day of signing in stays."""
    ada = people.person("ada@example.com")
    event = world.event()
    people.ask(ada, event)
    browser = browser_of(ada)
    begun = row_of(browser).created_at
    for day in (5, 10, 13):
        moved(monkeypatch, days=day)
        cookie = browser.cookies["__Host-sessionid"].value
        session = browser.session
        session["something"] = day
        session.save()
        browser.cookies["__Host-sessionid"] = cookie
        assert is_signed_in(browser)
    assert row_of(browser).created_at == begun
    assert row_of(browser).expire_date > begun + timedelta(days=20)  # the control: by this alone it would go on
    moved(monkeypatch, days=14, minutes=1)
    assert not is_signed_in(browser)


def test_an_organiser_is_signed_out_after_twelve_hours_however_busy(monkeypatch):
    browser = browser_of(people.organiser())
    for minutes in range(0, 12 * 60, 20):
        moved(monkeypatch, minutes=minutes)
        assert browser.get("/admin/").status_code == 200
    moved(monkeypatch, hours=12, minutes=1)
    assert browser.get("/admin/").status_code == 302
    assert not is_signed_in(browser)


def test_an_organiser_who_does_nothing_for_thirty_minutes_is_signed_out(monkeypatch):
    browser, guest = browser_of(people.organiser()), browser_of(people.person("ada@example.com"))
    moved(monkeypatch, minutes=29)
    assert browser.get("/admin/").status_code == 200  # which moves the clock
    moved(monkeypatch, minutes=58)
    assert browser.get("/admin/").status_code == 200
    moved(monkeypatch, minutes=89)
    assert browser.get("/admin/").status_code == 302
    assert is_signed_in(guest)  # the control


def test_who_becomes_an_organiser_lives_by_their_rule_from_then_on(monkeypatch):
    ada = people.person("ada@example.com")
    browser = browser_of(ada)
    moved(monkeypatch, hours=1)
    assert is_signed_in(browser)
    ada.is_staff = True
    ada.save()
    assert not is_signed_in(browser)


def test_the_idle_clock_is_written_at_most_once_a_minute(monkeypatch):
    browser = browser_of(people.organiser())
    at = row_of(browser).last_seen_at
    moved(monkeypatch, seconds=50)
    browser.get("/privacy/")
    assert row_of(browser).last_seen_at == at
    moved(monkeypatch, seconds=61)
    browser.get("/privacy/")
    later = row_of(browser).last_seen_at
    assert later > at
    browser.get("/privacy/")
    assert row_of(browser).last_seen_at == later


def test_reading_writes_nothing_of_a_guest_and_a_visitor_costs_no_query(monkeypatch, django_assert_num_queries):
    browser = browser_of(people.person("ada@example.com"))
    before = list(LoginSession.objects.values())
    moved(monkeypatch, hours=5)
    for path in ("/", "/privacy/", OWN, "/register/status/"):
        browser.get(path)
    assert list(LoginSession.objects.values()) == before
    with django_assert_num_queries(0):
        Browser().get("/privacy/")


def test_what_is_over_is_deleted_and_nothing_else(monkeypatch):
    guest, organiser = browser_of(people.person("ada@example.com")), browser_of(people.organiser())
    tidying.everything()
    assert LoginSession.objects.count() == 2
    moved(monkeypatch, minutes=31)
    tidying.everything()
    assert [row.user.email for row in LoginSession.objects.all()] == ["ada@example.com"]
    assert is_signed_in(guest)
    assert not is_signed_in(organiser)
    moved(monkeypatch, days=15)
    tidying.everything()
    assert not LoginSession.objects.exists()


@pytest.mark.parametrize(("address", "kept"), [("ada@example.com", 59), ("olga@techtrack.test", 29)])
def test_signing_in_that_nobody_completes_is_kept_for_an_hour(address, kept, monkeypatch):
    """A code was asked for; of an organiser it was typed as well, and the second factor is not given."""
    browser = Browser()
    if "olga" in address:
        TOTP.activate(people.organiser(), generate_totp_secret())
        assert sign_in(browser, address)["Location"].startswith("/account/second-factor/sign-in/")
    else:
        ask_for_code(browser, address)
    assert browser.cookies["__Host-sessionid"]["max-age"] == 3600
    moved(monkeypatch, minutes=kept)
    tidying.everything()
    assert LoginSession.objects.count() == 1
    moved(monkeypatch, minutes=61)
    assert not browser.session.load()
    assert LoginSession.objects.over().count() == 1
    tidying.everything()
    assert not LoginSession.objects.exists()


def test_each_step_of_signing_in_begins_the_hour_anew_and_the_last_ends_it(monkeypatch):
    browser = Browser()
    ask_for_code(browser, "ada@example.com")
    moved(monkeypatch, minutes=50)
    ask_for_code(browser, "ada@example.com")
    moved(monkeypatch, minutes=59)
    type_code(browser, newest_code("ada@example.com"))
    assert browser.cookies["__Host-sessionid"]["max-age"] == 14 * 24 * 3600
    moved(monkeypatch, days=2)
    tidying.everything()
    assert is_signed_in(browser)


@pytest.mark.parametrize("address", ["ada@example.com", "olga@techtrack.test"])
def test_one_rule_two_spellings(address, monkeypatch):
    """The row's own rule and the queryset's agree at every age."""
    made = people.organiser(address) if "olga" in address else people.person(address)
    browser_of(made, second_factor=False)
    for age in (0, 29, 31, 11 * 60, 12 * 60 + 1, 13 * 24 * 60, 14 * 24 * 60 + 1):
        moved(monkeypatch, minutes=age)
        row = LoginSession.objects.get()
        assert row.is_over() == LoginSession.objects.over().exists() != bool(LoginSession.objects.opening(made))


def test_people_see_where_they_are_signed_in():
    ada = "ada@example.com"
    phone, laptop, other = Browser(), Browser(), Browser()
    sign_in_with(phone, ada, PHONE)
    sign_in_with(laptop, ada, LAPTOP)
    sign_in_with(other, "eve@example.com", "curl/8")
    page = phone.get(OWN).content.decode()
    assert "Safari on an iPhone" in page
    assert "Firefox on Windows" in page
    assert page.index("Safari on an iPhone") < page.index("This one.") < page.index("Firefox on Windows")
    assert "A browser" not in page.replace('aria-label="Sign out: ', "")
    for row in LoginSession.objects.all():
        assert row.session_key not in page
    assert b"signed in nowhere else" in other.get(OWN).content


def test_who_only_asked_for_a_code_in_ones_name_is_not_signed_in():
    ada = people.person("ada@example.com")
    browser = browser_of(ada)
    ask_for_code(Browser(), ada.email)
    assert LoginSession.objects.filter(user=ada).count() == 2
    assert b"signed in nowhere else" in browser.get(OWN).content


def sign_in_with(browser, address, user_agent):
    browser.defaults["HTTP_USER_AGENT"] = user_agent
    sign_in(browser, address)


def test_people_end_one_of_their_own_or_all_others():
    ada, eve = people.person("ada@example.com"), people.person("eve@example.com")
    here, there, elsewhere, eves = browser_of(ada), browser_of(ada), browser_of(ada), browser_of(eve)
    ended = here.post(OWN, {"end": row_of(there).name}, follow=True)
    assert b"Signed out there." in ended.content
    assert [is_signed_in(each) for each in (here, there, elsewhere, eves)] == [True, False, True, True]
    here.post(OWN, {"all": "1"})
    assert [is_signed_in(each) for each in (here, there, elsewhere, eves)] == [True, False, False, True]


def test_nobody_ends_what_is_not_theirs_and_reading_ends_nothing():
    ada, eve = people.person("ada@example.com"), people.person("eve@example.com")
    adas, eves = browser_of(ada), browser_of(eve)
    for form in ({"end": row_of(eves).name}, {"end": row_of(eves).session_key}, {"end": ""}, {}, {"all": "1"}):
        adas.post(OWN, form)
        adas.get(OWN, form)
    assert is_signed_in(eves)
    assert is_signed_in(adas)
    assert Browser().post(OWN, {"all": "1"}).status_code == 302
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = adas.cookies
    assert strict.post(OWN, {"all": "1"}).status_code == 403


def test_signing_out_empties_what_the_browser_kept():
    browser = browser_of(people.person("ada@example.com"))
    assert "Clear-Site-Data" not in browser.get("/account/logout/")
    assert browser.post("/account/logout/")["Clear-Site-Data"] == '"cache"'


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (PHONE, "Safari on an iPhone"),
        (LAPTOP, "Firefox on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", "Safari on a Mac"),
        ("Something (X11; Linux x86_64)", "A browser on Linux"),
        ("<script>alert(1)</script>", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_browser_is_named_in_plain_words(user_agent, words):
    assert in_plain_words(user_agent) == words
