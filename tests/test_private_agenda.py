"""The agenda of whoever is signed in: few queries, a page kept ready, and the gate asked at every request."""

import datetime as dt
import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.messages.storage.session import SessionStorage
from django.utils import timezone

from registration import audience
from registration.models import LoginSession, RulesAcceptance, User
from registration.steps import State
from sessions import kept_day
from sessions.audience import Audience
from sessions.models import Event, Generation, Session, Track

from . import access, people, two_worlds, world
from .clock import moved_to
from .crawling import canaries_in, closed_to, everything_in, masked
from .people import Browser, browser_of
from .test_seeing import see_as

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

PATHS = ("/", "/es/")


@pytest.fixture
def made():
    return world.World()


@pytest.fixture
def guests(made):
    """The guest's browser, in which both pages were seen."""
    return warmed(made.browsers["guest"])


def warmed(browser):
    for path in PATHS:
        browser.get(path)
    return browser


def drawn(browser, path, settings):
    """The page as it is drawn for this request alone."""
    settings.KEEP_PAGES = False
    try:
        return browser.get(path)
    finally:
        settings.KEEP_PAGES = True


def is_kept(browser, monkeypatch, path="/"):
    """Whether the answer was no page drawn anew."""
    calls = []
    plainly = kept_day.Page.for_request
    monkeypatch.setattr(kept_day.Page, "for_request", lambda page, request: calls.append(1) or plainly(page, request))
    browser.get(path)
    monkeypatch.setattr(kept_day.Page, "for_request", plainly)
    return bool(calls)


def titles(browser, made, path="/"):
    """How many of the morning's titles stand on the page."""
    content = browser.get(path).content.decode()
    return sum(one.title in content for one in made.morning.sessions.all())


# Queries


@pytest.mark.parametrize("sessions", [7, 200])
def test_three_queries_however_long_the_day_is(event, olga, sessions, django_assert_num_queries):
    """The programme's generation, the login session with its person, and what opens the day to them."""
    world.private_part(event, world.Canaries())
    afternoon = world.public_part(event)
    for number in range(Session.objects.count(), sessions):
        world.session(afternoon, f"Session {number}", number + 1)
    browser = warmed(browser_of(people.approved("guest@example.com", event, by=olga)))
    for path in PATHS:
        with django_assert_num_queries(3):
            page = browser.get(path)
        assert page.content.count(b'class="session-card') == sessions


def test_the_same_for_whoever_waits(made, django_assert_num_queries):
    browser = warmed(made.browsers["applicant"])
    with django_assert_num_queries(3):
        browser.get("/")


# The page is the one that would be drawn


def test_each_role_gets_what_would_be_drawn_for_it(made, settings):
    for browser in (made.browsers["guest"], made.browsers["applicant"]):
        warmed(browser)
    for path in PATHS:
        for role, browser in made.browsers.items():
            kept, plain = browser.get(path), drawn(browser, path, settings)
            assert masked(everything_in(kept)) == masked(everything_in(plain)), (role, path)
            assert browser.head(path).headers["Content-Length"] == str(len(kept.content))


def test_it_is_kept_for_outsiders_alone_and_for_the_day_as_it_is(made, guests, monkeypatch):
    kept = {role for role, browser in made.browsers.items() if is_kept(browser, monkeypatch)}
    assert kept == set(access.OUTSIDERS)
    for other in ("/?q=zq", "/?track=morning", "/?", "/2022/", "/2021/"):
        assert is_kept(guests, monkeypatch, other) == (other == "/?"), other  # an empty query asks for nothing


def test_a_message_is_shown_once_and_kept_for_nobody(made, guests):
    session = guests.session
    session[SessionStorage.session_key] = '[["__json_message", 0, 25, "Only for the guest"]]'
    session.save()
    other = browser_of(people.approved("other@example.com", made.event, by=made.people["administrator"]))
    shown = [b"Only for the guest" in browser.get("/").content for browser in (guests, guests, other)]
    assert shown == [True, False, False]


def test_the_form_on_it_can_be_sent(made):
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = warmed(made.browsers["guest"]).cookies
    tokens = {re.search(r'name="csrfmiddlewaretoken" value="(\w{64})"', page).group(1) for page in twice(strict)}
    assert len(tokens) == 2  # masked anew for each answer
    for token in tokens:
        form = {"csrfmiddlewaretoken": token, "step": "add", "s": "equally"}
        answer = strict.post("/my-agenda/kept/", form, headers={"Referer": "https://techtrack.test/"})
        assert answer.status_code == 302
    assert strict.post("/my-agenda/kept/", {"step": "add", "s": "equally"}).status_code == 403


def twice(browser):
    return [browser.get("/").content.decode() for _ in range(2)]


# What is kept


def kept_bytes():
    return {key: b"".join(page.parts) for key, page in kept_day._kept.pages.items()}


def test_what_is_kept_differs_by_audience_and_language_and_holds_nobody(made, guests):
    warmed(made.browsers["applicant"])
    pages = kept_bytes()
    assert {(int(audience), language) for audience, language in pages} == {(0, "en"), (0, "es"), (1, "en"), (1, "es")}
    assert len(set(pages.values())) == 4
    own = {word for word, (group, _) in made.canaries.words.items() if group.startswith(("requests", "needs"))}
    own |= {user.email for user in User.objects.all()} | {user.login_key for user in User.objects.all()}
    for browser in (guests, made.browsers["applicant"]):
        own |= {morsel.value for morsel in browser.cookies.values()}
        own |= set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get("/").content.decode()))
    assert len(own) > 30
    for key, content in pages.items():
        assert not {word for word in own if word.encode() in content}, key
        assert b'name="csrfmiddlewaretoken" value=""' in content
        assert made.secret.title.encode() in content or key[0] == 0


def test_what_was_kept_is_gone_once_the_programme_is_another(made, guests):
    """So there is an end to it: a page for each audience and language, of one state of the programme."""
    warmed(made.browsers["applicant"])
    assert len(kept_bytes()) == 4
    for number in range(5):
        Session.objects.filter(pk=made.secret.pk).update(title=f"Anew {number}")
        guests.get("/")
        assert set(kept_bytes()) == {(Audience.INDUSTRY, "en")}


def test_nothing_is_kept_of_what_is_not_known_to_be_good(made, guests, monkeypatch):
    assert is_kept(guests, monkeypatch)
    Generation.objects.all().delete()
    assert not is_kept(guests, monkeypatch)


# The gate is asked at every request


def as_admin_would(**fields):
    return lambda made: User.objects.filter(pk=made.people["guest"].pk).update(**fields)


SHUT = {
    "revoked": lambda made: made.request_of("guest").revoke(by=made.people["administrator"]),
    "put back to pending": lambda made: made.request_of("guest").reopen(by=made.people["administrator"]),
    "withdrawn": lambda made: made.request_of("guest").withdraw(by=made.people["guest"]),
    "to be confirmed": lambda made: made.people["guest"].access_requests.update(to_confirm=True),
    "state changed by hand": lambda made: made.people["guest"].access_requests.update(state=State.PENDING),
    "of another edition": lambda made: made.people["guest"].access_requests.update(event=made.earlier),
    "rules withdrawn": lambda made: RulesAcceptance.objects.filter(person=made.people["guest"]).delete(),
    "rules changed": lambda made: RulesAcceptance.objects.filter(person=made.people["guest"]).update(version="older"),
    "not active": as_admin_would(is_active=False),
    "another address": lambda made: made.people["guest"].change_email("elsewhere@example.com"),
    "address not proven": lambda made: EmailAddress.objects.filter(user=made.people["guest"]).update(verified=False),
    "shut out": lambda made: made.people["guest"].shut_out(),
    "another login key": as_admin_would(login_key="x" * 32),
    "login session gone": lambda made: LoginSession.objects.filter(user=made.people["guest"]).delete(),
    "login session over": lambda made: LoginSession.objects.update(expire_date=timezone.now()),
    "another event is current": lambda made: made.earlier.make_current(),
    "the track's sessions hidden": lambda made: made.morning.sessions.all().hide(),
}


@pytest.mark.parametrize("how", SHUT)
def test_whoever_is_shut_out_is_out_at_the_next_request(made, guests, how):
    assert titles(guests, made) == 4
    SHUT[how](made)
    assert [titles(guests, made, path) for path in PATHS] == [0, 0]


def test_whoever_is_let_in_again_is_in_at_the_next_request(made, guests):
    theirs = made.people["guest"].access_requests
    theirs.update(to_confirm=True)
    assert titles(guests, made) == 0
    theirs.update(to_confirm=False)
    assert titles(guests, made) == 4


def test_whoever_is_approved_is_in_at_the_next_request(made):
    browser = warmed(made.browsers["applicant"])
    assert titles(browser, made) == 0
    made.request_of("applicant").approve(by=made.people["administrator"])
    assert [titles(browser, made, path) for path in PATHS] == [4, 4]


def who_is_shown_too_much(made):
    """With the pages warm: the roles that read on them what is closed to them."""
    warmed(made.browsers["guest"])
    found = set()
    for role, browser in made.browsers.items():
        pages = {path: everything_in(browser.get(path)) for path in PATHS}
        if canaries_in(made, pages, closed_to(made, role)):
            found.add(role)
    return found


def test_with_warm_pages_each_role_reads_what_it_may_and_no_more(made):
    assert who_is_shown_too_much(made) == set()
    assert {role for role, browser in made.browsers.items() if titles(browser, made)} == {"guest", *access.ORGANISERS}


def test_a_page_that_is_looked_up_before_the_gate_was_asked_is_found(made, monkeypatch):
    """The control: one page for whoever is signed in, as it was made first."""
    plainly = kept_day.Day.page
    monkeypatch.setattr(
        kept_day.Day, "page", lambda day, request, audience, draw: plainly(day, request, "whoever", draw)
    )
    monkeypatch.setattr(kept_day, "next_boundary", lambda *about: None)
    assert who_is_shown_too_much(made) == set(access.OUTSIDERS) - {"guest"}


def test_an_audience_that_is_remembered_is_found(made, guests, monkeypatch):
    """The control of whoever is shut out: the gate answers from memory."""
    remembered = {}
    plainly = audience.audiences_of
    monkeypatch.setattr(
        audience,
        "audiences_of",
        lambda person, events, **as_: remembered.setdefault(person.pk, plainly(person, events)),
    )
    assert titles(guests, made) == 4
    SHUT["to be confirmed"](made)
    assert titles(guests, made) == 4


def test_an_organiser_reads_as_an_organiser_and_as_they_wish(made, guests):
    browser, hidden = made.browsers["administrator"], made.hidden.title.encode()
    seen = {"": browser.get("/")}
    for wish in ("public", "guest"):
        see_as(browser, wish, made.event)
        seen[wish] = browser.get("/")
    of_the_morning = {wish: made.secret.title.encode() in page.content for wish, page in seen.items()}
    assert of_the_morning == {"": True, "public": False, "guest": True}
    assert {wish: hidden in page.content for wish, page in seen.items()} == {"": True, "public": False, "guest": False}
    assert [b"See it as an organiser again" in seen[wish].content for wish in seen] == [False, True, True]
    assert b"See it as an organiser again" not in guests.get("/").content
    assert titles(made.browsers["organiser without second factor"], made) == 0


def test_two_worlds_look_the_same_though_pages_were_kept_of_another(monkeypatch):
    plainly = Browser.get
    monkeypatch.setattr(Browser, "get", lambda browser, path, **more: twice_got(plainly, browser, path, **more))
    seen = two_worlds.as_seen([4, 0])
    assert seen[4]["applicant"] == seen[0]["applicant"]
    assert seen[4]["guest"]["/"] != seen[0]["guest"]["/"]


def twice_got(get, browser, path, **more):
    """The second time a page that is kept, where one is."""
    if path in PATHS:
        get(browser, path, **more)
    return get(browser, path, **more)


# It follows the programme and the clock


CHANGES = {
    "a title": lambda made: Session.objects.filter(pk=made.secret.pk).update(title="Anew 17"),
    "a save": lambda made: setattr(made.secret, "title", "Anew 17") or made.secret.save(),
    "a new session": lambda made: world.session(made.morning, "Anew 17", 17),
    "a session shown": lambda made: (
        Session.objects.filter(pk=made.hidden.pk).update(title="Anew 17") and made.afternoon.sessions.all().publish()
    ),
    "the event": lambda made: Event.objects.filter(pk=made.event.pk).update(venue="Anew 17"),
    "the part": lambda made: Track.objects.filter(pk=made.morning.pk).update(title="Anew 17"),
    "who takes part": lambda made: (
        made.secret.participations.get(speaker=None)
        .organisation.__class__.objects.filter(participations__session=made.secret)
        .update(name="Anew 17")
    ),
    "an announcement": lambda made: world.announcement(made.event, "Anew 17", Audience.INDUSTRY),
    "another edition": lambda made: Event.objects.filter(pk=made.earlier.pk).update(name="Anew 17"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_of_the_programme_shows_at_the_next_request(made, guests, what):
    assert b"Anew 17" not in guests.get("/").content
    CHANGES[what](made)
    assert [b"Anew 17" in guests.get(path).content for path in PATHS] == [True, True]


def test_a_page_kept_under_another_generation_is_found_to_be_old(made, guests, monkeypatch):
    """The control."""
    now = kept_day._kept.generation
    monkeypatch.setattr("sessions.models.generation.GenerationQuerySet.now", lambda self: now)
    CHANGES["a title"](made)
    assert b"Anew 17" not in guests.get("/").content


def test_it_says_what_is_on_now(made, guests, settings, monkeypatch):
    """The clock alone changes it, at each beginning and end, and back where somebody sets the clock back."""
    zone = made.event.zone
    sessions = list(made.morning.sessions.order_by("number"))
    said = []
    for hour, minute in ((8, 0), (9, 0), (9, 44), (9, 45), (10, 1), (9, 10), (23, 0)):
        moved_to(monkeypatch, dt.datetime.combine(made.event.date, dt.time(hour, minute, 1), zone))
        browser = browser_of(made.people["guest"])
        page, plain = browser.get("/"), drawn(browser, "/", settings)
        assert masked(page.content) == masked(plain.content), (hour, minute)
        now = re.search(r"<dt>Now</dt><dd>(.*?)</dd>", page.content.decode(), re.DOTALL).group(1)
        said.append([number for number, one in enumerate(sessions, start=1) if one.title in now])
    assert said == [[], [1], [1], [], [2], [1], []]
