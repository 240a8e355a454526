"""Organisers see the programme as the public or as a guest does; nobody else sees anything else by it."""

import re

import pytest

from registration import seeing
from sessions.audience import Audience

from . import access
from .crawling import everything_in, masked
from .people import Browser
from .world import HIDDEN, OTHER_EVENT, PRIVATE, World

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

SEE_AS = "/admin/see-as/"
PROGRAMME = [
    line
    for line in access.PAGES
    if not line.is_spanish
    and line.route.startswith(("/sessions/", "/<int:year>/", "/organisations/", "/speakers/", "/changes/"))
] + [access.PAGES[0]]


@pytest.fixture
def world():
    return World()


def see_as(browser, audience, event, **more):
    return browser.post(SEE_AS, {"audience": audience, "event": event.pk, **more})


def main_of(answer):
    """What the page tells, without the head and foot that say who is signed in; of what is no page all of it."""
    found = re.search(rb"<main.*</main>", answer.content, re.DOTALL)
    return answer.status_code, masked(found[0] if found and answer.status_code == 200 else b"")


def differing(world, browser, other):
    addresses = {line.address(world) for line in PROGRAMME}
    return {address for address in addresses if main_of(browser.get(address)) != main_of(other.get(address))}


# Whose words differ though they read the same of the programme: what to do next depends on who one is.
OWN_WORDS = {"/", "/2022/"}


@pytest.mark.parametrize("role", access.ORGANISERS)
def test_as_the_public_an_organiser_reads_what_a_visitor_reads(world, role):
    browser = world.browsers[role]
    assert differing(world, browser, world.browsers["visitor"]) > OWN_WORDS  # the control: before, they do not
    see_as(browser, "public", world.event)
    assert differing(world, browser, world.browsers["visitor"]) <= OWN_WORDS
    for line in PROGRAMME:
        address = line.address(world)
        answer = browser.get(address)
        assert answer.status_code == line.get["visitor"], str(line)
        told = answer.content.replace(address.encode(), b"")  # the way back repeats what was asked for
        assert not world.canaries.found_in(told, (PRIVATE, HIDDEN, OTHER_EVENT)), str(line)
        assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("role", access.ORGANISERS)
def test_as_a_guest_an_organiser_reads_what_a_guest_of_that_edition_reads(world, role):
    browser = world.browsers[role]
    see_as(browser, "guest", world.event)
    assert differing(world, browser, world.browsers["guest"]) == set()
    assert b"You see the programme as a guest does." in browser.get("/").content
    see_as(browser, "guest", world.earlier)
    assert differing(world, browser, world.browsers["guest of another edition"]) == set()


def test_the_banner_leads_back_and_all_is_as_before(world):
    browser = world.browsers["moderator"]
    addresses = {line.address(world) for line in PROGRAMME}
    before = {one: main_of(browser.get(one)) for one in addresses}
    address = world.secret.get_absolute_url()
    assert see_as(browser, "public", world.event, next=address)["Location"] == address
    page = browser.get(address)
    assert page.status_code == 404
    assert b"You see the programme as the public does." in page.content
    assert f'name="next" value="{address}"'.encode() in page.content
    assert browser.post(SEE_AS, {"next": address})["Location"] == address
    assert {one: main_of(browser.get(one)) for one in addresses} == before
    assert b"You see the programme as" not in browser.get("/").content


def test_nobody_else_sees_anything_else_by_it(world):
    """Whether they send the form, put the wish into the address, or even have it in their login session."""
    for role in (*access.OUTSIDERS, "organiser without second factor", "visitor"):
        browser = world.browsers[role]
        addresses = {line.address(world) for line in PROGRAMME}
        before = {address: masked(everything_in(browser.get(address))) for address in addresses}
        for audience in ("public", "guest", "organiser", "2"):
            assert see_as(browser, audience, world.event).status_code == access.admin_table(302)[role]
        if role != "visitor":
            session = browser.session
            session[seeing.KEY] = {"audience": "guest", "event": world.event.pk}
            session.save()
        assert {address: masked(everything_in(browser.get(address))) for address in addresses} == before, role


def test_what_a_visitor_puts_into_the_address_changes_no_byte(world):
    """The link to the other language repeats whatever was asked for, and nothing else differs."""
    for name in ("as", "seen_as", "audience"):
        other = "x" * len(name)
        asked, plain = (Browser().get(f"/?{one}=guest") for one in (name, other))
        assert asked.content.replace(f"?{name}=".encode(), f"?{other}=".encode()) == plain.content
        del asked.headers["ETag"], plain.headers["ETag"]
        assert dict(asked.items()) == dict(plain.items())


@pytest.mark.parametrize("audience", ["organiser", "2", "ORGANISER", "public\0", "", "industry"])
def test_no_other_audience_can_be_asked_for(world, audience):
    browser = world.browsers["viewer"]
    see_as(browser, "public", world.event)
    see_as(browser, audience, world.event)
    assert browser.session.get(seeing.KEY) is None  # which is the organiser's own view


@pytest.mark.parametrize("event", ["", "0", "x", "9" * 30, "-1", "1 OR 1"])
def test_an_event_that_is_none_is_refused(world, event):
    browser = world.browsers["viewer"]
    assert browser.post(SEE_AS, {"audience": "guest", "event": event}).status_code == 400
    assert browser.session.get(seeing.KEY) is None


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"])
def test_it_leads_nowhere_else(world, away):
    assert see_as(world.browsers["viewer"], "public", world.event, next=away)["Location"] == "/admin/"


@pytest.mark.parametrize("real", list(Audience))
@pytest.mark.parametrize("name", seeing.AUDIENCES)
def test_it_never_raises(rf, real, name):
    request = rf.get("/")
    request.session = {seeing.KEY: {"audience": name, "event": 1}}
    assert seeing.lowered(request, {1: real, 2: real})[1] <= real
    assert seeing.lowered(request, {1: real, 2: real})[2] == Audience.PUBLIC


def test_were_it_looked_at_for_everyone_and_not_lowered_the_tests_above_would_fail(world, monkeypatch):
    """The control."""

    def raised(request, person, events, **how):
        wish = request.session.get(seeing.KEY)
        return {event.pk: seeing.AUDIENCES[wish["audience"]] if wish else Audience.PUBLIC for event in events}

    monkeypatch.setattr(
        "registration.audience.audiences_for", lambda request, events: raised(request, request.user, events)
    )
    browser = world.browsers["applicant"]
    session = browser.session
    session[seeing.KEY] = {"audience": "guest", "event": world.event.pk}
    session.save()
    assert world.canaries.found_in(browser.get("/").content, (PRIVATE,))
