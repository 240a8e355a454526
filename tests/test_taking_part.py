"""The pages of organisations and speakers: of whom one may see no session, there is no page and no trace."""

import datetime as dt
import importlib
import re

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions.models import Event, Organisation, Participation, Session, Speaker

from . import people, world
from .crawling import masked
from .people import Browser, browser_of
from .ungated import gate_off

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

NEVER = {"organisation": "/organisations/abcdefghjkmnpqrstuvwxyz2/", "speaker": "/speakers/abcdefghjkmnpqrstuvwxyz2/"}


@pytest.fixture
def day(event):
    """Both sides of the day, and Acme and Kim on both; Hidden Ltd and Robin in private alone."""
    world.public_part(event)
    secret = world.session(world.track(event, "morning", "industry", 1), "Secret talk", 1)
    for who in (
        {"organisation": Organisation.objects.get(name="NCMEC")},
        {"organisation": world.organisation("Hidden Ltd", full_name="Hidden Limited", website="https://hidden.test/")},
        {"speaker": Speaker.objects.get(name="Kim Example")},
        {"speaker": world.speaker(event, "Robin", "Hidden Ltd")},
    ):
        Participation.objects.create(session=secret, **who)
    return event


@pytest.fixture
def guest(day):
    return browser_of(people.approved("guest@example.com", day, by=people.organiser()))


def titles(answer):
    assert answer.status_code == 200
    return re.findall(r'<h3><a href="/sessions/[^"]*">(.*?)</a></h3>', answer.content.decode())


@pytest.mark.parametrize("path", ["/organisations/ncmec/", "/speakers/kim-example/"])
def test_the_page_lists_the_sessions_that_the_visitor_may_see(day, guest, path):
    assert titles(Browser().get(path)) == ["Reporting cycle"]
    assert titles(guest.get(path)) == ["Secret talk", "Reporting cycle"]
    with gate_off():  # the control
        assert titles(Browser().get(path)) == ["Secret talk", "Reporting cycle"]


def test_in_several_editions_each_by_what_one_may_read_of_it(day, guest):
    earlier = world.event("cacc-2021", current=False, date=dt.date(2021, 8, 10))
    kim = world.speaker(earlier, "Kim Example")
    for audience, position in (("public", 2), ("industry", 1)):
        of_2021 = world.session(world.track(earlier, f"{audience}-part", audience, position), f"Old {audience}", 1)
        Participation.objects.create(session=of_2021, organisation=Organisation.objects.get(name="NCMEC"))
        Participation.objects.create(session=of_2021, speaker=kim)
    assert titles(Browser().get("/organisations/ncmec/")) == ["Reporting cycle", "Old public"]
    assert titles(guest.get("/organisations/ncmec/")) == ["Secret talk", "Reporting cycle", "Old public"]
    olga = browser_of(people.organiser("otto@techtrack.test"))
    assert titles(olga.get("/organisations/ncmec/")) == ["Secret talk", "Reporting cycle", "Old industry", "Old public"]
    assert titles(Browser().get("/speakers/kim-example/")) == ["Reporting cycle", "Old public"]  # one page for her


def test_whom_private_sessions_alone_name_has_an_opaque_address(day, guest):
    for kind, row in (
        ("organisation", Organisation.objects.get(name="Hidden Ltd")),
        ("speaker", Speaker.objects.get(name="Robin")),
    ):
        opaque, readable = f"/{kind}s/{row.key}/", f"/{kind}s/{row.slug}/"
        assert titles(guest.get(opaque)) == ["Secret talk"]
        assert b'name="robots" content="noindex"' in guest.get(opaque).content
        for private in (b"canonical", b"og:", b"ld+json"):
            assert private not in guest.get(opaque).content
        assert guest.get(readable).status_code == 404
        for browser in (Browser(), browser_of(people.person(f"{kind}@example.com"))):
            for path in (opaque, readable):
                real, none = browser.get(path), browser.get(NEVER[kind])
                assert (real.status_code, masked(real.content)) == (404, masked(none.content))
        Participation.objects.create(session=Session.objects.get(slug="equally"), **{kind: row})
        assert titles(Browser().get(readable)) == [Session.objects.get(slug="equally").title]
        assert titles(guest.get(opaque)) == titles(guest.get(readable))


@pytest.mark.parametrize("kind", ["organisation", "speaker"])
def test_whoever_is_looked_for_the_statements_are_the_same(day, kind):
    private = Participation.objects.filter(session__title="Secret talk", **{f"{kind}__isnull": False}).last().who
    unknown = NEVER[kind].split("/")[2]

    def statements(browser, part):
        with CaptureQueriesContext(connection) as found:
            assert browser.get(f"/{kind}s/{part}/").status_code == 404
        return [re.sub(r"'\d{4}-[^']*'", "now", query["sql"].replace(part, "…")) for query in found]

    for browser in (Browser(), browser_of(people.person("ada@example.com"))):
        never = statements(browser, unknown)
        assert statements(browser, private.key) == statements(browser, private.slug) == never


def test_an_address_tells_of_no_other_of_that_name(event):
    """Two worlds: in one, somebody private has the name already."""
    secret = world.session(world.track(event, "morning", "industry", 1), "Secret talk", 1)
    for who in (
        {"organisation": world.organisation("N.C.M.E.C.")},
        {"organisation": world.organisation("Ncmec!")},
        {"speaker": world.speaker(event, "Kim  Example")},
    ):
        Participation.objects.create(session=secret, **who)
    world.public_part(event)
    page = Browser().get("/").content.decode()
    assert 'href="/organisations/ncmec/">NCMEC<' in page
    assert 'href="/speakers/kim-example/">Kim Example<' in page
    assert titles(Browser().get("/organisations/ncmec/")) == ["Reporting cycle"]
    assert "Ncmec!" not in Browser().get("/organisations/ncmec/").content.decode()


def test_two_public_ones_of_one_address_share_a_page(day):
    twin = world.organisation("N-C-M-E-C")
    twin.slug = "ncmec"
    twin.save()
    Participation.objects.create(session=Session.objects.get(slug="equally"), organisation=twin)
    page = Browser().get("/organisations/ncmec/")
    assert len(titles(page)) == 2
    assert "N-C-M-E-C · NCMEC" in page.content.decode()


def test_a_name_that_latin_letters_cannot_write_has_the_opaque_address(event):
    world.public_part(event)
    abroad = world.organisation("日本")
    Participation.objects.create(session=Session.objects.get(slug="equally"), organisation=abroad)
    assert abroad.slug == ""
    assert f'href="/organisations/{abroad.key}/">日本<' in Browser().get("/").content.decode()
    assert titles(Browser().get(f"/organisations/{abroad.key}/"))


def test_a_new_name_gives_a_new_address(event):
    """A name that was not to be known must not live on in an address."""
    world.public_part(event)
    desk = browser_of(people.organiser())
    ncmec = Organisation.objects.get()
    desk.post(f"/admin/agenda/organisation/{ncmec.pk}/change/", {"name": "Working title", "email_domains": ""})
    assert Browser().get("/organisations/ncmec/").status_code == 404
    assert Browser().get("/organisations/working-title/").status_code == 200


def test_without_a_session_there_is_no_page_and_no_trace(event):
    world.public_part(event)
    lonely = world.organisation("Lonely")
    assert Browser().get("/organisations/lonely/").status_code == 404
    Participation.objects.create(session=Session.objects.get(slug="equally"), organisation=lonely)
    assert Browser().get("/organisations/lonely/").status_code == 200
    Session.objects.filter(slug="equally").update(published=False)
    for path in ("/", "/sitemap.xml"):
        assert "lonely" not in Browser().get(path).content.decode().lower()
    assert Browser().get("/organisations/lonely/").status_code == 404


def test_many_sessions_cost_as_many_queries_as_few(day, guest):
    def queries(browser, path):
        with CaptureQueriesContext(connection) as found:
            assert browser.get(path).status_code == 200
        return len(found)

    paths = ("/organisations/ncmec/", "/speakers/kim-example/", "/sessions/reporting-cycle/", "/?q=more")
    few = [queries(browser, path) for path in paths for browser in (Browser(), guest)]
    for track in day.tracks.all():
        for number in range(20, 35):
            made = world.session(track, f"More {number}", number)
            Participation.objects.create(session=made, organisation=Organisation.objects.get(name="NCMEC"))
            Participation.objects.create(session=made, speaker=Speaker.objects.get(name="Kim Example"))
    assert [queries(browser, path) for path in paths for browser in (Browser(), guest)] == few


def test_the_migration_gives_addresses_to_those_who_are_there(event):
    world.public_part(event)
    abroad = Organisation.objects.create(name="Ørsted & Zoë")
    for model in (Organisation, Speaker):
        model.objects.update(slug="", key=None)
    Event.objects.update(is_current=False, announced=False)
    step = importlib.import_module("sessions.migrations.0003_pages_of_people_and_announced_events")
    step.give_addresses(apps, None)
    step.announce_what_is_there(apps, None)
    assert sorted(Organisation.objects.values_list("slug", flat=True)) == ["ncmec", "orsted-zoe"]
    assert Speaker.objects.get().slug == "kim-example"
    keys = [row.key for model in (Organisation, Speaker) for row in model.objects.all()]
    assert len(set(keys)) == 3
    assert all(len(key) == 24 for key in keys)
    assert Event.objects.get().announced
    abroad.give_address()
    assert abroad.slug == "orsted-zoe"  # as the site itself would
