"""Editions: past ones under their year, one that is copied into the next, what is announced, what comes next."""

import datetime as dt
import re

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions.copying import CopyForm
from sessions.models import Event, Organisation, Participation, Session, Speaker, Track, copy_edition

from . import people, world
from .people import Browser, browser_of
from .steps import seen_on

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


def text(path, browser=None):
    answer = (browser or Browser()).get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def past(event):
    """The one of 2021, with a public session and a private one."""
    world.public_part(event)
    made = world.event("cacc-2021", current=False, date=dt.date(2021, 8, 10), archived=True)
    world.session(world.track(made, "afternoon", "public", 2), "Old talk", 1, slug="old-talk")
    world.session(world.track(made, "morning", "industry", 1), "Old secret", 1, slug="old-secret")
    return made


def test_a_past_edition_stays_readable_under_its_year(past):
    page = text("/2021/")
    assert "Tech Track 2021" in page
    assert "Old talk" in page
    assert "This day is over" in page
    assert "Reporting cycle" not in page
    assert '<link rel="canonical" href="https://techtrack.test/2021/">' in page
    assert 'href="/2021/"' in text("/")


def test_the_current_edition_stands_at_the_front_and_under_its_year_with_one_canonical_address(past):
    front, year = text("/"), text("/2022/")
    for page in (front, year):
        assert "Reporting cycle" in page
        assert '<link rel="canonical" href="https://techtrack.test/">' in page
    assert without_its_own_address(front) == without_its_own_address(year)


def without_its_own_address(page):
    return re.sub(r'action="[^"]*"| aria-current="page"|href="[^"]*" hreflang', "", page)


def test_sessions_of_another_edition_lead_back_to_their_own_agenda(past):
    assert '<a class="back" href="/2021/">' in text("/sessions/old-talk/")
    assert '<a class="back" href="/">' in text("/sessions/reporting-cycle/")


def test_a_guest_of_one_edition_is_a_visitor_in_another(past, event):
    olga = people.organiser()
    of_2021 = browser_of(people.approved("then@example.com", past, by=olga))
    of_2022 = browser_of(people.approved("now@example.com", event, by=olga))
    assert "Old secret" in text("/2021/", of_2021)
    for browser in (of_2022, Browser()):
        page = text("/2021/", browser)
        assert "Old secret" not in page
        assert "It stays closed to everyone who was not approved for 2021" in page
        assert 'class="button"' not in page.split('class="private-panel"')[1].split("</div>")[0]  # nothing to ask for
        assert browser.get("/sessions/old-secret/").status_code == 404
    assert of_2021.get("/sessions/old-secret/").status_code == 200


@pytest.mark.parametrize("year", ["1", "1999", "2020", "9999", "99999999999999999999", "0"])
def test_a_year_without_an_edition_has_no_page(past, year):
    assert Browser().get(f"/{year}/").status_code == 404


def test_an_edition_is_hidden_until_it_is_announced(past):
    planned = world.event("cacc-2023", current=False, announced=False, date=dt.date(2023, 8, 8))
    part = world.track(planned, "afternoon", "public", 1)
    talk = world.session(part, "Planned talk", 1)  # published, and hidden with its edition all the same
    desk = browser_of(people.organiser())
    assert "Not announced yet" in text("/2023/", desk)
    for browser in (Browser(), browser_of(people.person("ada@example.com"))):
        assert browser.get("/2023/").status_code == 404
        assert browser.get(talk.get_absolute_url()).status_code == 404
        assert "2023" not in text("/", browser)
    assert talk.get_absolute_url() not in text("/sitemap.xml")
    Event.objects.filter(pk=planned.pk).update(announced=True)
    assert "Planned talk" in text("/2023/")
    assert 'href="/2023/"' in text("/")
    assert talk.get_absolute_url() in text("/sitemap.xml")


def test_an_edition_that_nobody_knows_of_answers_with_the_statements_of_one_that_never_was(past):
    world.event("cacc-2023", current=False, announced=False, date=dt.date(2023, 8, 8))

    def statements(browser, path):
        with CaptureQueriesContext(connection) as found:
            assert browser.get(path).status_code == 404
        return [query["sql"].replace("2023", "2019") for query in found]

    for browser in (Browser(), browser_of(people.person("ada@example.com"))):
        there, never = statements(browser, "/2023/"), statements(browser, "/2019/")
        assert len(there) == len(never)
        assert there[0] == never[0]


def test_after_the_day_the_front_page_says_so_and_what_comes_next(past, event):
    assert "This day is over" not in text("/")
    event.archive()
    page = text("/")
    assert "This day is over" in page
    assert "The next Tech Track is to be announced here." in page
    planned = world.event("cacc-2023", current=False, announced=False, date=dt.date(2023, 8, 8))
    assert text("/") == page  # what is not announced changes nothing
    Event.objects.filter(pk=planned.pk).update(announced=True)
    assert 'What comes next: <a href="/2023/">Tech Track 2023</a>, on 8 August 2023 in Dallas.' in text("/")
    assert 'What comes next: <a href="/">' in text("/2021/")
    planned.make_current()
    assert "This day is over" not in text("/")
    assert "This day is over" in text("/2022/")


def test_the_archive_is_an_organisers_click(past, event):
    desk = browser_of(people.organiser())
    event.archived = False
    desk.post("/admin/agenda/event/", {"action": "archive", "_selected_action": [event.pk], "index": 0})
    assert Event.objects.get(pk=event.pk).archived


# Copies


@pytest.fixture
def rich(event):
    """An edition with everything that might be copied, people as well."""
    world.private_part(event, world.Canaries(), count=2)
    world.public_part(event)
    Track.objects.update(teaser="titles")
    Session.objects.update(cancelled=True, room="Landmark", start="09:00", end="09:45", key="of-the-file")
    Event.objects.update(venue="Hotel", venue_address="1 Main St", capacity=5, contact_email="hello@techtrack.test")
    event.refresh_from_db()
    people.approved("guest@example.com", event, by=people.organiser("boss@techtrack.test"))
    return event


def test_a_copy_has_the_parts_texts_and_organisations_and_no_people(rich):
    new = copy_edition(rich, slug="cacc-2023", name="Tech Track", date=dt.date(2023, 8, 8))

    def told(event):
        return [
            (
                *(session.track.slug, session.track.title, session.track.audience, session.track.position),
                *(session.number, session.title, session.abstract, session.kind, session.tlp),
                [(one.organisation.name, one.role) for one in session.participations.exclude(organisation=None)],
            )
            for session in Session.objects.filter(track__event=event).in_order()
        ]

    assert told(new) == told(rich)
    assert (new.intro, new.host, new.contact_email) == (rich.intro, rich.host, "hello@techtrack.test")
    assert not new.speakers.exists()
    assert not new.access_requests.exists()
    assert not Participation.objects.filter(session__track__event=new, organisation=None).exists()
    assert (new.venue, new.venue_address, new.capacity, new.archived) == ("", "", None, False)
    for session in Session.objects.filter(track__event=new):
        assert (session.published, session.cancelled, session.key) == (False, False, "")
        assert (session.start, session.end, session.room) == (None, None, "")
    old = set(Session.objects.filter(track__event=rich).values_list("slug", flat=True))
    fresh = dict(Session.objects.filter(track__event=new).values_list("slug", "track__audience"))
    assert not old & set(fresh)
    assert all(len(slug) == 24 for slug, audience in fresh.items() if audience == "industry")
    assert set(new.tracks.values_list("teaser", flat=True)) == {"nothing"}
    assert (new.announced, new.is_current) == (False, False)


def test_a_copy_changes_no_public_byte(rich):
    addresses = ("/", "/2022/", "/2023/", "/sitemap.xml", "/organisations/ncmec/", "/sessions/reporting-cycle/")
    before = [Browser().get(address).content for address in addresses]
    new = copy_edition(rich, slug="cacc-2023", name="Tech Track", date=dt.date(2023, 8, 8))
    assert [Browser().get(address).content for address in addresses] == before
    Event.objects.filter(pk=new.pk).update(announced=True)  # the control
    assert [Browser().get(address).content for address in addresses] != before


def test_an_organiser_copies_an_edition_announces_it_and_puts_it_on_the_front_page(rich):
    desk = browser_of(people.organiser())
    address = f"/admin/agenda/event/{rich.pk}/copy/"
    assert address in desk.get(f"/admin/agenda/event/{rich.pk}/change/").content.decode()
    form = {"name": "Tech Track", "slug": "cacc-2023", "date": "2023-08-08"}
    refused = desk.post(address, form | {"date": "2022-12-01"}).content.decode()
    assert "There is an edition of that year" in refused
    made = desk.post(address, form)
    new = Event.objects.get(slug="cacc-2023")
    assert made["Location"] == f"/admin/agenda/event/{new.pk}/change/"
    assert desk.post(address, form).status_code == 200  # a double click: the second is told
    assert Event.objects.count() == 2
    assert Browser().get("/2023/").status_code == 404
    desk.post("/admin/agenda/event/", {"action": "make_current", "_selected_action": [new.pk], "index": 0})
    page = text("/")
    assert "Tech Track 2023" in page
    assert "Reporting cycle" not in page  # each session is hidden until published
    Session.objects.filter(track__event=new).update(published=True)
    assert "Reporting cycle" in text("/")
    assert "Tech Track 2022" in text("/2022/")


def test_of_two_copies_at_the_same_moment_the_second_is_told(rich, monkeypatch):
    desk = browser_of(people.organiser())
    monkeypatch.setattr(CopyForm, "_post_clean", lambda form: None)  # it looked before the first was there
    form = {"name": "Tech Track", "slug": rich.slug, "date": "2023-08-08"}
    refused = desk.post(f"/admin/agenda/event/{rich.pk}/copy/", form)
    assert "There is an edition of that slug." in refused.content.decode()
    assert Event.objects.count() == 1


def test_the_edition_on_the_front_page_cannot_be_hidden(event):
    desk = browser_of(people.organiser())
    address = f"/admin/agenda/event/{event.pk}/change/"
    form = desk.get(address).context["adminform"].form
    data = {name: value for name, value in form.initial.items() if value not in (None, "", False, True)}
    hidden = desk.post(address, data | seen_on(desk, address)).content.decode()
    assert "The event on the front page is announced; put another one there first." in hidden
    assert desk.post(address, data | seen_on(desk, address) | {"announced": "on"}).status_code == 302


def test_one_edition_a_year(event):
    with pytest.raises(ValidationError, match="There is an edition of that year"):
        Event(
            **{name: getattr(event, name) for name in ("name", "host", "conference", "city", "date", "time_zone")}
        ).clean()


def test_many_editions_cost_as_many_queries_as_few(past):
    def queries(path, browser):
        with CaptureQueriesContext(connection) as found:
            assert browser.get(path).status_code == 200
        return len(found)

    guest = browser_of(people.approved("guest@example.com", past, by=people.organiser()))
    paths = ("/", "/2021/", "/sessions/old-talk/", "/organisations/ncmec/", "/speakers/kim-example/", "/sitemap.xml")
    few = [queries(path, browser) for path in paths for browser in (Browser(), guest)]
    ncmec, kim = Organisation.objects.get(), Speaker.objects.get()
    for year in range(2005, 2020):
        other = world.event(f"cacc-{year}", current=False, date=dt.date(year, 8, 8))
        part = world.track(other, "afternoon", "public", 1)
        for number in range(1, 4):
            made = world.session(part, f"Talk {number}", number)
            Participation.objects.create(session=made, organisation=ncmec)
            Participation.objects.create(session=made, speaker=kim)
            Participation.objects.create(session=made, speaker=world.speaker(other, f"Sam {number}"))
    assert [queries(path, browser) for path in paths for browser in (Browser(), guest)] == few
