"""What search engines and messengers are told: of public pages alone, and nothing that nobody entered."""

import datetime as dt
import json
import re
import xml.etree.ElementTree as ET

import pytest

from sessions.models import Event, Organisation, Participation, Session

from . import people, world
from .crawling import closed_to
from .people import Browser, browser_of
from .ungated import gate_off

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

SITE = "https://techtrack.test"
LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


@pytest.fixture
def made():
    return world.World()


def listed():
    answer = Browser().get("/sitemap.xml")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml")
    return [one.text for one in ET.fromstring(answer.content).iter(LOC)]  # noqa: S314 -- our own answer


def told(path, browser=None):
    page = (browser or Browser()).get(path).content.decode()
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return [json.loads(block) for block in blocks]


def test_the_sitemap_lists_every_public_page_and_no_other(made):
    paths = [
        *("/", "/2021/"),
        *("/sessions/reporting-cycle/", "/sessions/equally/", "/sessions/networking-reception/"),
        *("/organisations/ncmec/", "/speakers/kim-example/"),
    ]
    assert listed() == [SITE + path for path in paths]
    for path in paths:
        page = Browser().get(path)
        assert page.status_code == 200
        assert f'<link rel="canonical" href="{SITE}{path}">' in page.content.decode()
        assert b"noindex" not in page.content
        assert "X-Robots-Tag" not in page
    guests = made.browsers["guest"].get("/sitemap.xml")
    assert guests.content == Browser().get("/sitemap.xml").content  # it names what is public, whoever asks


def test_sitemap_and_robots_tell_nothing_of_private_edits(made):
    """L-02: no address, no prefix, and no time at which something private changed."""
    before = {path: Browser().get(path) for path in ("/sitemap.xml", "/robots.txt")}
    Session.objects.filter(pk=made.secret.pk).update(title="Another", published=False)
    for path, old in before.items():
        assert Browser().get(path, headers={"If-None-Match": old["ETag"]}).status_code == 304
        assert b"lastmod" not in old.content
        assert made.canaries.found_in(old.content, closed_to(made, "visitor")) == set()
    world.session(made.afternoon, "New talk", 7)  # the control
    assert f"{SITE}/sessions/new-talk/" in listed()


def test_robots_names_no_place_that_is_closed(made):
    answer = Browser().get("/robots.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode() == f"User-agent: *\nAllow: /\nSitemap: {SITE}/sitemap.xml\n"


def test_an_event_is_told_as_schema_org_says(event):
    world.public_part(event)
    world.private_part(event, world.Canaries())
    (about,) = told("/")
    place = {
        "@type": "Place",
        "name": "Dallas",
        "address": {"@type": "PostalAddress", "addressLocality": "Dallas"},
    }
    assert [one["name"] for one in about.pop("subEvent")] == [
        "Reporting cycle",
        "Should all reports be treated equally?",
        "Networking reception",
    ]
    assert about == {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": "Tech Track 2022",
        "url": f"{SITE}/",
        "startDate": "2022-08-09",
        "endDate": "2022-08-09",
        "description": event.intro,
        "location": place,
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "eventStatus": "https://schema.org/EventScheduled",
        "organizer": {"@type": "Organization", "name": "The Tech Coalition"},
    }


def test_a_session_is_told_with_its_time_place_and_people(event):
    world.public_part(event)
    Event.objects.update(venue="Hotel", venue_address="1 Main St")
    Session.objects.filter(slug="reporting-cycle").update(start=dt.time(13), end=dt.time(13, 45), room="A")
    (about,) = told("/sessions/reporting-cycle/")
    assert (about["startDate"], about["endDate"]) == ("2022-08-09T13:00:00-05:00", "2022-08-09T13:45:00-05:00")
    address = {"@type": "PostalAddress", "addressLocality": "Dallas", "streetAddress": "1 Main St"}
    hotel = {"@type": "Place", "name": "Hotel", "address": address}
    assert about["location"] == {"@type": "Place", "name": "A", "containedInPlace": hotel, "address": address}
    assert about["performer"] == [
        {"@type": "Organization", "name": "NCMEC"},
        {"@type": "Person", "name": "Kim Example"},
    ]
    assert about["superEvent"]["url"] == f"{SITE}/"
    Session.objects.update(cancelled=True)
    assert told("/sessions/reporting-cycle/")[0]["eventStatus"] == "https://schema.org/EventCancelled"


def test_a_guests_page_tells_machines_what_it_tells_them_on_everyones(made):
    assert told("/", made.browsers["guest"]) == told("/") != []
    for browser in (made.browsers["guest"], made.browsers["administrator"]):
        page = browser.get(made.secret.get_absolute_url()).content.decode()
        assert made.secret.title in page
        for public in ("ld+json", "og:", "canonical", "twitter:"):
            assert public not in page
        assert '<meta name="robots" content="noindex">' in page
    with gate_off():
        assert made.secret.title not in json.dumps(told("/"))  # what is told hangs on the session, not on who asks


def test_nothing_in_a_title_ends_the_block(event):
    track = world.track(event, "afternoon", "public", 1)
    odd = "</script><script>alert(1)</script><!-- \u2028 & \" '"
    talk = world.session(track, odd, 1, slug="odd", abstract=odd)
    Participation.objects.create(session=talk, organisation=world.organisation(odd[:60]))
    for path in ("/", "/sessions/odd/", f"/organisations/{Organisation.objects.get().slug}/"):
        assert b"<script>alert" not in Browser().get(path).content
    assert told("/sessions/odd/")[0]["name"] == odd


def test_messengers_are_told_of_public_pages_alone(made):
    page = Browser().get("/sessions/reporting-cycle/").content.decode()
    for name, content in {
        "og:title": "Reporting cycle",
        "og:description": "How reports travel.",
        "og:url": f"{SITE}/sessions/reporting-cycle/",
        "og:type": "website",
    }.items():
        assert f'<meta property="{name}" content="{content}">' in page
    for path in ("/2023/", made.secret.get_absolute_url(), "/organisations/nobody/"):
        assert b"og:" not in Browser().get(path).content


def test_a_session_that_turns_private_leaves_every_list(event):
    afternoon = world.public_part(event)
    before = listed()
    assert f"{SITE}/organisations/ncmec/" in before
    afternoon.change_audience("industry")
    left = [SITE + path for path in ("/", "/sessions/networking-reception/")]
    assert listed() == left
    guest = browser_of(people.approved("guest@example.com", event, by=people.organiser()))
    assert b"Reporting cycle" in guest.get("/").content
