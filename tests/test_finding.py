"""Filters and search: what is found, in which order, and that nothing private shapes what a visitor gets."""

import datetime as dt
import gzip
import re
from urllib.parse import urlencode

import pytest

from sessions.finding import plain
from sessions.models import Participation, Session, Speaker

from . import people, world
from .crawling import masked
from .people import Browser, browser_of
from .ungated import gate_off

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


def found(browser=None, path="/", **asked):
    """The titles on the page, in its order."""
    answer = (browser or Browser()).get(f"{path}?{urlencode(asked)}")
    assert answer.status_code == 200
    return re.findall(r'<h4>.*?<a href="[^"]*">(.*?)</a></h4>', answer.content.decode())


@pytest.fixture
def day(event):
    """Three public talks, a reception, and a private morning of which a visitor must learn nothing."""
    afternoon = world.track(event, "afternoon", "public", 2)
    first = world.session(afternoon, "Über Crème brûlée", 1, abstract="Łódź and Straße", start=dt.time(13))
    second = world.session(afternoon, "Hash sharing", 2, kind="panel", abstract="A lively panel.", start=dt.time(14))
    world.session(afternoon, "Coffee", kind="break", start=dt.time(15))
    world.session(world.track(event, "reception", "public", 3), "Wine-down", kind="networking")
    acme = world.organisation("Ácme & Söhne")
    Participation.objects.create(session=second, organisation=acme, role="host")
    Participation.objects.create(session=first, speaker=world.speaker(event, "Zoë Ñandú", "Example"))
    secret = world.session(world.track(event, "morning", "industry", 1), "Secret hash talk", 1, kind="discussion")
    Participation.objects.create(session=secret, organisation=world.organisation("Hidden Ltd"))
    Participation.objects.create(session=secret, organisation=acme)
    return event


@pytest.fixture
def guest(day):
    return browser_of(people.approved("guest@example.com", day, by=people.organiser()))


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("creme brulee", ["Über Crème brûlée"]),
        ("UBER", ["Über Crème brûlée"]),
        ("lodz", ["Über Crème brûlée"]),
        ("STRASSE", ["Über Crème brûlée"]),
        ("nandu zoe", ["Über Crème brûlée"]),  # both words, in any order
        ("Zoe Example", ["Über Crème brûlée"]),  # name and affiliation
        ("acme sohne", ["Hash sharing"]),
        ("hash", ["Hash sharing"]),
        ("hash lively", ["Hash sharing"]),
        ("hash brulee", []),
        ("Hidden Ltd", []),
        ("   ", ["Über Crème brûlée", "Hash sharing", "Coffee", "Wine-down"]),
    ],
)
def test_words_are_found_whatever_their_case_and_accents(day, words, titles):
    assert found(q=words) == titles


def test_plain_text_is_the_same_for_every_way_to_write_it():
    assert plain("É") == plain("e\u0301") == plain("E") == "e"
    assert plain("ﬁle") == "file"


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ({"track": "reception"}, ["Wine-down"]),
        ({"kind": "panel"}, ["Hash sharing"]),
        ({"kind": "discussion"}, []),
        ({"organisation": "acme-sohne"}, ["Hash sharing"]),
        ({"track": "afternoon", "kind": "talk"}, ["Über Crème brûlée"]),
        ({"track": "afternoon", "q": "coffee"}, ["Coffee"]),
        ({"track": "reception", "kind": "panel"}, []),
    ],
)
def test_filters_narrow_the_day(day, asked, titles):
    assert found(**asked) == titles
    assert found(path="/2022/", **asked) == titles


def test_a_guest_finds_what_a_guest_may_read_in_the_days_order(day, guest):
    assert found(guest, q="hash") == ["Secret hash talk", "Hash sharing"]
    assert found(guest, kind="discussion") == ["Secret hash talk"]
    assert found(guest, organisation="acme-sohne") == ["Secret hash talk", "Hash sharing"]
    page = guest.get("/").content.decode()
    assert "Hidden Ltd</option>" in page
    assert 'value="hidden-ltd"' not in page  # private sessions alone name it: its address is opaque
    opaque = re.search(r'value="([a-z0-9]{24})">Hidden Ltd<', page)[1]
    assert found(guest, organisation=opaque) == ["Secret hash talk"]
    assert found(organisation=opaque) == []


def test_choices_come_from_what_the_visitor_sees(day):
    page = Browser().get("/").content.decode()
    for there in ("Ácme &amp; Söhne</option>", 'value="panel"', 'value="break"', 'value="morning"'):
        assert there in page
    for hidden in ("Hidden Ltd", 'value="discussion"'):
        assert hidden not in page
    with gate_off():  # the control
        assert "Hidden Ltd" in Browser().get("/").content.decode()


def test_the_panel_stands_where_the_private_part_alone_is_asked_for(day):
    page = Browser().get("/?track=morning").content.decode()
    assert "This part of the day is private" in page
    assert "Afternoon sessions</h3>" not in page
    assert "This part of the day is private" not in Browser().get("/?q=hash").content.decode()


def test_an_empty_result_says_so_and_offers_the_whole_day(day):
    page = Browser().get("/?q=nothing+of+the+sort").content.decode()
    assert "No session that you can read here is like that" in page
    assert '<a class="button button-quiet" href="/">Show the whole day</a>' in page
    assert 'value="nothing of the sort"' in page
    assert "1 session found" in Browser().get("/?q=coffee").content.decode()
    assert "2 sessions found" in Browser().get("/?q=in").content.decode()


ODD = [
    "q=%FF%FE&kind=%ED%A0%80",
    "q=" + "x" * 5_000,
    "q[]=1&q=&q&=&&&",
    "track=../../etc&kind[$ne]=1&organisation=%27%20OR%201=1--",
    "q=%3Cscript%3Ealert(1)%3C/script%3E",
    "q=%0D%0ASet-Cookie:%20a=b",
    "q=%E2%80%AE%E2%80%A8",
    "kind=talk&kind=panel",
    "page=7&utm_source=mail",
    "organisation=" + "9" * 400,
    "&".join(f"p{number}=1" for number in range(500)),
]


@pytest.mark.parametrize("query", ODD)
def test_odd_parameters_break_no_page(day, query):
    for path in ("/", "/2022/"):
        answer = Browser().get(f"{path}?{query}")
        assert answer.status_code == 200
        assert b"<script>alert" not in answer.content
        assert "Set-Cookie" not in answer


def test_an_answer_to_a_search_can_be_kept_like_any_public_page(day):
    first, again = Browser().get("/?q=hash"), Browser().get("/?q=hash")
    assert first["Cache-Control"] == "no-cache"
    assert first["ETag"] == again["ETag"] != Browser().get("/?q=coffee")["ETag"]
    assert Browser().get("/?q=hash", headers={"If-None-Match": first["ETag"]}).status_code == 304
    zipped = Browser().get("/?q=hash", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(zipped.content) == first.content
    assert '<link rel="canonical" href="https://techtrack.test/">' in first.content.decode()


SEARCHES = [
    *("", "q=hash", "q=zq", "q=secret", "kind=talk", "kind=discussion", "track=morning", "track=afternoon&kind=talk"),
    *("organisation=ncmec", "organisation=hidden-ltd", "q=org", "q=a", "track=nothing"),
]


def test_nothing_private_shapes_what_a_visitor_finds(event):
    """Two worlds: the same public part, beside a private one that is empty, and one that is full."""
    world.track(event, "morning", "industry", 1)
    afternoon = world.public_part(event)
    addresses = [f"{path}?{query}" for path in ("/", "/2022/") for query in SEARCHES]
    addresses += ["/sitemap.xml", "/organisations/ncmec/", "/speakers/kim-example/", "/sessions/equally/"]
    everybody = {"visitor": Browser(), "applicant": browser_of(people.person("ada@example.com"))}
    guest = browser_of(people.approved("guest@example.com", event, by=people.organiser()))

    def seen(browser):
        return [masked(browser.get(address).content) for address in addresses]

    empty, of_guest = {role: seen(browser) for role, browser in everybody.items()}, seen(guest)
    ncmec, kim = Session.objects.get(slug="reporting-cycle").participations.all()
    for number, kind in enumerate(Session.Kind.values, 1):
        secret = world.session(event.tracks.get(slug="morning"), f"Secret hash {number}", number, kind=kind)
        Participation.objects.create(session=secret, organisation=world.organisation(f"Hidden Ltd{'.' * number}"))
        Participation.objects.create(session=secret, organisation=ncmec.organisation)
        Participation.objects.create(session=secret, speaker=kim.speaker)
        Participation.objects.create(session=secret, speaker=world.speaker(event, f"Kim Example{'.' * number}"))
    world.session(afternoon, "A draft with hash", 8, published=False, kind="discussion")
    assert {role: seen(browser) for role, browser in everybody.items()} == empty
    assert seen(guest) != of_guest  # the control


def test_who_takes_part_links_to_their_page(day, guest):
    page = Browser().get("/").content.decode()
    assert '<a href="/organisations/acme-sohne/">Ácme &amp; Söhne</a>' in page
    zoe = Speaker.objects.get()
    assert zoe.slug == "zoe-nandu-example"
    assert f'<a href="/speakers/{zoe.slug}/">Zoë Ñandú, Example</a>' in page
    assert (
        "/organisations/"
        in guest.get(Session.objects.get(title="Secret hash talk").get_absolute_url()).content.decode()
    )


# One after the other


def neighbours(path, browser=None):
    page = (browser or Browser()).get(path).content.decode()
    return [re.search(rf'rel="{rel}" href="([^"]*)"', page) for rel in ("prev", "next")]


def test_a_session_leads_to_those_before_and_after_it(day, guest):
    order = [Session.objects.get(title=title) for title in found(guest)]
    assert len(order) == 5
    for place, session in enumerate(order):
        before, after = neighbours(session.get_absolute_url(), guest)
        assert (before and before[1]) == (order[place - 1].get_absolute_url() if place else None)
        assert (after and after[1]) == (order[place + 1].get_absolute_url() if place + 1 < len(order) else None)
    assert neighbours(order[1].get_absolute_url())[0] is None  # the morning before it is not the visitor's
    Session.objects.filter(pk=order[2].pk).update(published=False)
    assert neighbours(order[1].get_absolute_url())[1][1] == order[3].get_absolute_url()
