"""What changed: noted at each save, told only when somebody publishes it, and only to who may read it."""

import datetime as dt
import re
from contextlib import nullcontext
from html import unescape
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sessions.audience import Audience
from sessions.models import Change, Session

from . import clock, people, world
from .day import at, timed
from .people import Browser, browser_of
from .programme_files import Desk, programme
from .programme_files import session as entry
from .programme_files import track as part
from .steps import seen_on
from .test_programme_in_admin import NO_PARTICIPATIONS

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

PAGE, FEED = "/changes/", "/changes.atom"
ATOM = "{http://www.w3.org/2005/Atom}"
CYCLE = "Reporting cycle"


@pytest.fixture
def day(event):
    made = timed(event)
    Change.objects.all().delete()  # those that come with the private part
    return made


@pytest.fixture
def cycle(day):
    return Session.objects.get(slug="reporting-cycle")


@pytest.fixture
def private(day):
    return day[0].sessions.order_by("number").first()


def change(session, **fields):
    """As admin does; what is saved is noted with it."""
    session = Session.objects.select_related("track").get(pk=session.pk)
    for name, value in fields.items():
        setattr(session, name, value)
    session.save()
    session.refresh_from_db()
    return session


def told(session, **fields):
    """Changed and published."""
    change(session, **fields)
    for draft in Change.objects.drafts().filter(session=session):
        assert draft.publish(by_name="Olga")


def lines(browser=None, address=PAGE):
    """``[(title, sentence)]`` as the page lists them."""
    page = (browser or Browser()).get(address).content.decode()
    found = re.findall(r"<h2><a [^>]*>(.*?)</a>.*?</h2>\s*<p>(.*?)</p>", page, re.DOTALL)
    return [(unescape(title), unescape(re.sub(r"<[^>]+>", "", words)).strip()) for title, words in found]


def parsed(content):
    return ElementTree.fromstring(content)  # noqa: S314  # our own feed


def entries():
    root = parsed(Browser().get(FEED).content)
    return [one.find(f"{ATOM}summary").text for one in root.findall(f"{ATOM}entry")]


class TestTelling:
    """At the desk."""

    @pytest.fixture
    def save(self, desk, cycle):
        """Saves the session in admin with these fields; gives the answer."""
        address = f"/admin/agenda/session/{cycle.pk}/change/"

        def save(**fields):
            form = desk.get(address).context["adminform"].form
            data = {name: value for name, value in form.initial.items() if value not in (None, "", False)}
            people_of = {"participations-TOTAL_FORMS": 0, "participations-INITIAL_FORMS": 0}
            data |= NO_PARTICIPATIONS | people_of | seen_on(desk, address) | fields
            answer = desk.post(address, {name: value for name, value in data.items() if value is not None})
            assert answer.status_code == 302, answer.context["errors"]
            return answer

        return save

    @pytest.fixture
    def page(self, cycle):
        return f"/admin/agenda/session/{cycle.pk}/changes/"

    def ticks(self, desk, page):
        return re.findall(r'name="line" value="([^"]+)"', desk.get(page).content.decode())

    def test_after_a_save_the_organiser_is_asked_and_nobody_is_told(self, save, desk, page):
        assert save(room="Landmark B", start="13:15")["Location"] == page
        asked = desk.get(page).content.decode()
        assert "Publish this change: <strong>New room: Landmark B (before: to be announced)" in asked
        assert "Publish this change: <strong>New time: 1:15 p.m. – 1:45 p.m. (before: 1:00 p.m. – 1:45 p.m.)" in asked
        assert "Everyone reads it" in asked
        assert "checked" not in asked
        assert (lines(), entries()) == ([], [])
        assert "What changed</h2>" not in Browser().get("/sessions/reporting-cycle/").content.decode()

    def test_what_is_ticked_is_told_and_what_is_not_waits(self, save, desk, page, olga):
        save(room="Landmark B", title="Reporting, once more")
        room, title = self.ticks(desk, page)
        desk.post(page, {"step": "publish", "line": room})
        assert lines() == [("Reporting, once more", "New room: Landmark B (before: to be announced)")]
        assert entries() == ["New room: Landmark B (before: to be announced)"]
        assert self.ticks(desk, page) == [title]
        after = desk.get(page).content.decode()
        assert f"{olga}: New room" in after
        assert str(olga) not in Browser().get(PAGE).content.decode()
        assert "Olga" not in Browser().get(FEED).content.decode()

    def test_a_slip_that_is_put_right_tells_nobody_and_asks_nothing(self, save, desk, page):
        save(room="Landmark B")
        assert save(room="")["Location"] != page
        assert not Change.objects.exists()

    def test_two_changes_of_one_thing_are_told_as_one(self, save, desk, page):
        save(room="Landmark B")
        save(room="Landmark C")
        desk.post(page, {"step": "publish", "line": self.ticks(desk, page)})
        assert entries() == ["New room: Landmark C (before: to be announced)"]

    def test_what_is_forgotten_is_never_told(self, save, desk, page):
        save(room="Landmark B")
        desk.post(page, {"step": "forget", "line": self.ticks(desk, page)})
        assert not Change.objects.exists()
        save(room="Landmark C")
        desk.post(page, {"step": "publish", "line": self.ticks(desk, page)})
        assert entries() == ["New room: Landmark C (before: Landmark B)"]

    def test_a_page_that_grew_old_publishes_nothing_else_than_it_said(self, save, desk, page):
        save(room="Landmark B")
        ticks = self.ticks(desk, page)
        save(room="Landmark C")
        answer = desk.post(page, {"step": "publish", "line": ticks}, follow=True)
        assert "Somebody changed this meanwhile" in answer.content.decode()
        assert entries() == []

    def test_a_second_click_publishes_nothing_twice(self, save, desk, page):
        save(room="Landmark B")
        form = {"step": "publish", "line": self.ticks(desk, page)}
        desk.post(page, form)
        at_first = Change.objects.get().published_at
        desk.post(page, form)
        assert Change.objects.get().published_at == at_first

    def test_without_a_tick_nobody_is_told(self, save, desk, page):
        save(room="Landmark B")
        answer = desk.post(page, {"step": "publish"}, follow=True)
        assert "Nothing was ticked" in answer.content.decode()
        assert entries() == []

    def test_other_fields_ask_nothing(self, save, page):
        assert save(abstract="Other words.", tlp="GREEN")["Location"] != page

    def test_it_stays_on_record(self, save, desk, page, cycle):
        save(room="Landmark B")
        desk.post(page, {"step": "publish", "line": self.ticks(desk, page)})
        history = desk.get(f"/admin/agenda/session/{cycle.pk}/history/").content.decode()
        assert "Published: New room: Landmark B" in history

    def test_of_a_private_session_it_says_who_reads_it(self, desk, private):
        change(private, room="Other")
        page = desk.get(f"/admin/agenda/session/{private.pk}/changes/").content.decode()
        assert "Guests alone read it" in page
        assert "Everyone reads it" not in page


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("time", {"start": dt.time(13, 5)}),
        ("room", {"room": "Landmark B"}),
        ("title", {"title": "Reporting, once more"}),
        ("cancelled", {"cancelled": True}),
    ],
)
def test_what_may_be_told_raises_the_number_in_calendars_by_whatever_way_it_is_written(cycle, what, fields):
    """RFC 5545, 3.8.7.4: by one look at the row, however it is written."""
    number = cycle.sequence
    Session.objects.filter(pk=cycle.pk).update(**fields)
    assert list(Change.objects.drafts().values_list("what", flat=True)) == [what]
    cycle.refresh_from_db()
    assert cycle.sequence == number + 1
    Session.objects.filter(pk=cycle.pk).update(abstract="Other words.")
    cycle.refresh_from_db()
    assert (cycle.sequence, Change.objects.count()) == (number + 1, 1)


def test_unwatched_neither_is_kept(cycle, monkeypatch):
    """The control."""
    monkeypatch.setattr("sessions.models.stamps.watched", lambda *found: nullcontext())
    with pytest.raises(AssertionError):
        test_what_may_be_told_raises_the_number_in_calendars_by_whatever_way_it_is_written(
            cycle, "room", {"room": "Landmark B"}
        )


class TestReading:
    def test_the_session_and_the_agenda_show_it(self, cycle, monkeypatch):
        clock.moved_to(monkeypatch, at("10:15"))
        told(cycle, room="Landmark B")
        page = Browser().get("/sessions/reporting-cycle/").content.decode()
        assert "told 9 August 2022, 10:15 a.m." in page
        assert "Landmark B" in page
        assert Browser().get("/").content.decode().count("label-changed") == 1

    def test_each_kind_in_words(self, cycle):
        told(cycle, start=dt.time(13, 15))
        told(cycle, start=None, end=None)
        told(cycle, title="Reporting, once more")
        told(cycle, cancelled=True)
        told(cycle, cancelled=False)
        assert [words for _, words in lines()] == [
            "It takes place after all",
            "Cancelled",
            f"New title: Reporting, once more (before: {CYCLE})",
            "New time: to be announced (before: 1:15 p.m. – 1:45 p.m.)",
            "New time: 1:15 p.m. – 1:45 p.m. (before: 1:00 p.m. – 1:45 p.m.)",
        ]
        assert entries() == [words for _, words in lines()]

    def test_a_guest_sees_those_of_private_sessions_too(self, cycle, private, event):
        told(cycle, room="Landmark B")
        told(private, room="Secret room")
        guest = browser_of(people.approved("guest@example.com", event, by=people.organiser()))
        assert [title for title, _ in lines(guest)] == [private.title, CYCLE]
        assert [title for title, _ in lines()] == [CYCLE]
        assert entries() == ["New room: Landmark B (before: to be announced)"]
        assert guest.get(PAGE)["Cache-Control"] == "private, no-store"
        assert b"Secret room" not in guest.get(FEED).content  # feed readers are all visitors
        assert "What changed</h2>" in guest.get(private.get_absolute_url()).content.decode()

    def test_of_a_session_that_turns_private_nothing_is_left(self, cycle, day):
        told(cycle, room="Landmark B")
        before = Browser().get(FEED)
        day[1].change_audience("industry")
        assert (lines(), entries()) == ([], [])
        assert Browser().get(FEED, headers={"If-None-Match": before["ETag"]}).status_code == 200
        day[1].change_audience("public")
        assert entries() == ["New room: Landmark B (before: to be announced)"]  # everybody could read it before

    def test_of_a_hidden_session_nothing_is_left(self, cycle):
        told(cycle, room="Landmark B")
        Session.objects.filter(pk=cycle.pk).update(published=False)
        assert (lines(), entries()) == ([], [])

    def test_what_was_changed_while_private_stays_so_once_the_session_is_opened(self, private, day, event):
        told(private, title="Told while private")
        change(private, room="Noted while private")
        day[0].change_audience("public")
        for draft in Change.objects.drafts():
            draft.publish(by_name="Olga")
        told(private, room="Changed in public")
        assert entries() == ["New room: Changed in public (before: Noted while private)"]  # which the agenda said then
        guest = browser_of(people.approved("guest@example.com", event, by=people.organiser()))
        assert len(lines(guest)) == 3

    def test_a_title_that_changes_as_the_session_is_opened_does_not_tell_the_one_before(self, private, day):
        afternoon = day[1]
        secret = private.title
        told(private, title="A public title", track=afternoon, number=7, slug="now-public")
        assert Browser().get("/sessions/now-public/").status_code == 200
        assert secret not in Browser().get(PAGE).content.decode()
        assert entries() == []

    def test_what_nobody_could_read_changes_for_nobody(self, cycle):
        Session.objects.filter(pk=cycle.pk).update(published=False)
        change(cycle, room="Landmark B")
        change(cycle, room="Landmark C", published=True)
        assert not Change.objects.exists()

    def test_what_changes_before_the_edition_is_announced_changes_for_nobody(self, db):
        made = world.event("cacc-2030", current=False, announced=False)
        planned = world.session(world.track(made, "afternoon", "public", 1), "A first idea", 1)
        change(planned, title="A second one")
        assert not Change.objects.exists()

    def test_a_draft_made_in_public_and_published_in_private_is_for_guests(self, cycle, day):
        change(cycle, room="Landmark B")
        day[1].change_audience("industry")
        assert Change.objects.get().publish(by_name="Olga")
        day[1].change_audience("public")
        assert entries() == []
        assert Change.objects.visible_to(Audience.INDUSTRY).count() == 1

    def test_private_changes_leave_the_public_answers_as_they_were(self, private, cycle):
        told(cycle, room="Landmark B")
        pages = (PAGE, FEED, "/", "/sessions/reporting-cycle/")
        before = {address: Browser().get(address)["ETag"] for address in pages}
        told(private, title="Something else", room="Elsewhere", start=dt.time(8), cancelled=True)
        for address, etag in before.items():
            assert Browser().get(address, headers={"If-None-Match": etag}).status_code == 304
        told(cycle, room="Landmark C")  # the control
        for address, etag in before.items():
            assert Browser().get(address, headers={"If-None-Match": etag}).status_code == (
                304 if address == "/" and "Landmark" not in Browser().get("/").content.decode() else 200
            )

    def test_it_costs_the_same_queries_for_any_number(self, cycle, day):
        def queries(address):
            with CaptureQueriesContext(connection) as found:
                Browser().get(address)
            return len(found)

        told(cycle, room="Landmark B")
        few = {address: queries(address) for address in (PAGE, FEED, "/", "/sessions/reporting-cycle/")}
        for number in range(10, 25):
            told(world.session(day[1], f"More {number}", number), room="Landmark C")
            told(cycle, room=f"Landmark {number}")
        assert {address: queries(address) for address in few} == few

    def test_when_nothing_changed_it_says_so(self, event):
        assert "Nothing was changed" in Browser().get(PAGE).content.decode()


class TestFeed:
    def test_it_is_valid_by_rfc_4287(self, cycle, monkeypatch):
        clock.moved_to(monkeypatch, at("10:15"))
        told(cycle, title="Reporting & <more>", room="Landmark B")
        clock.moved_to(monkeypatch, at("10:20"))
        told(cycle, cancelled=True)
        answer = Browser().get(FEED)
        assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
        found = faults_of_atom(answer.content)
        assert found == []
        root = parsed(answer.content)
        assert root.find(f"{ATOM}updated").text.startswith("2022-08-09T15:20:00.")
        assert [one.find(f"{ATOM}title").text for one in root.findall(f"{ATOM}entry")] == [
            "Reporting & <more>: Cancelled",
            "Reporting & <more>: New title",
            "Reporting & <more>: New room",
        ]
        links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
        assert links == {
            "alternate": "https://techtrack.test/changes/",
            "self": "https://techtrack.test/changes.atom",
        }

    def test_an_empty_one_is_valid_too_and_stays_the_same(self, day):
        first = Browser().get(FEED)
        assert faults_of_atom(first.content) == []
        assert Browser().get(FEED).content == first.content

    def test_ids_stay_when_the_session_changes_and_do_not_count(self, cycle):
        told(cycle, room="Landmark B")
        before = re.findall("<id>(.*?)</id>", Browser().get(FEED).content.decode())
        Session.objects.filter(pk=cycle.pk).update(slug="elsewhere", title="Another")
        assert re.findall("<id>(.*?)</id>", Browser().get(FEED).content.decode()) == before
        assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]+", before[1])

    def test_it_is_kept_until_it_changes(self, cycle):
        told(cycle, room="Landmark B")
        first = Browser().get(FEED)
        assert first["Cache-Control"] == "no-cache"
        assert Browser().get(FEED, headers={"If-None-Match": first["ETag"]}).status_code == 304
        told(cycle, room="Landmark C")
        assert Browser().get(FEED, headers={"If-None-Match": first["ETag"]}).status_code == 200

    @pytest.mark.parametrize(
        ("good", "bad"),
        [
            ("<updated>", "<changed>"),
            ("urn:uuid:", "uuid "),
            ("</author>", "</author><title>Twice</title>"),
            ('rel="self"', 'rel="selfish"'),
            ("+00:00</updated>", "</updated>"),
        ],
    )
    def test_what_is_not_valid_is_found(self, cycle, good, bad):
        """The control."""
        told(cycle, room="Landmark B")
        broken = Browser().get(FEED).content.decode().replace(good, bad)
        if good == "<updated>":
            broken = re.sub("<changed>.*?</updated>", "", broken)
        assert faults_of_atom(broken.encode())

    def test_before_any_event_there_is_none(self, db):
        assert Browser().get(FEED).status_code == 404


def faults_of_atom(content):
    """What RFC 4287 forbids, in words (sections 4.1.1, 4.1.2 and those of their elements)."""
    moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")  # 3.3
    root = parsed(content)
    found = [] if root.tag == f"{ATOM}feed" else ["4.1.1: no feed"]
    ids = []
    for element in [root, *root.findall(f"{ATOM}entry")]:
        where = "4.1.1" if element is root else "4.1.2"
        for name in ("id", "title", "updated"):
            if len(element.findall(f"{ATOM}{name}")) != 1:
                found.append(f"{where}: not one {name}")
        for name in ("updated", "published"):
            found += [f"3.3: {one.text}" for one in element.findall(f"{ATOM}{name}") if not moment.fullmatch(one.text)]
        ids += [one.text for one in element.findall(f"{ATOM}id")]
        links = [(link.get("rel", "alternate"), link.get("type")) for link in element.findall(f"{ATOM}link")]
        if len(set(links)) != len(links):
            found.append(f"{where}: alternate links alike")
        if element is not root and not (dict(links) or element.findall(f"{ATOM}content")):
            found.append("4.1.2: neither content nor an alternate link")
        known = {"id", "title", "updated", "published", "link", "author", "entry", "summary", "subtitle", "content"}
        found += [f"unknown: {one.tag}" for one in element if one.tag.removeprefix(ATOM) not in known]
    found += [f"4.2.6: {one} is no IRI" for one in ids if not re.match(r"[a-z][a-z0-9+.-]*:\S+$", one)]
    if len(set(ids)) != len(ids):
        found.append("4.1.2: ids alike")
    names = [one.findtext(f"{ATOM}name") for one in root.findall(f"{ATOM}author")]
    if not (names and all(names)):
        found.append("4.1.1: no author")
    if "self" not in {link.get("rel") for link in root.findall(f"{ATOM}link")}:
        found.append("4.1.1: no link to itself")
    return found


class TestTheLoader:
    @pytest.fixture
    def loaded(self, tmp_path):
        desk = Desk(tmp_path)
        desk.load(programme(part("afternoon", entry("Cycle", room="A1"))))
        return desk

    def test_it_tells_nobody_unless_asked(self, loaded):
        said = loaded.load(programme(part("afternoon", entry("Cycle", room="B2"))))
        assert entries() == []
        assert "1 changed of what people go by, told to nobody; --publish-changes tells it." in said
        assert Change.objects.drafts().count() == 1

    def test_asked_it_tells_and_says_what(self, loaded):
        changed = programme(part("afternoon", entry("Cycle", room="B2")))
        said = loaded.load(changed, "--publish-changes")
        assert "told     session afternoon / Cycle: New room: B2 (before: A1)" in said
        assert entries() == ["New room: B2 (before: A1)"]
        loaded.load(changed, "--publish-changes")
        assert len(entries()) == 1

    def test_a_dry_run_tells_nobody(self, loaded):
        said = loaded.load(programme(part("afternoon", entry("Cycle", room="B2"))), "--publish-changes", "--dry-run")
        assert "told     session" in said
        assert not Change.objects.exists()

    def test_what_is_added_or_removed_is_no_change(self, loaded):
        loaded.load(programme(part("afternoon", entry("Another", number=7))), "--publish-changes", "--prune")
        assert entries() == []

    def test_a_session_that_turns_private_with_the_same_file_tells_the_public_nothing(self, loaded):
        loaded.load(programme(part("afternoon", entry("Secret", number=1), audience="industry")))
        loaded.load(programme(part("afternoon", entry("Open", number=1))), "--open-tracks", "--publish-changes")
        assert [change.public for change in Change.objects.published()] == [False]
        assert entries() == []

    def test_an_edition_that_is_announced_with_the_same_file_tells_nothing_of_before(self, loaded):
        hidden = {"event": {"slug": "cacc-2030", "date": dt.date(2030, 8, 9), "announced": False}}
        loaded.load(programme(part("afternoon", entry("A first idea", number=1)), **hidden))
        hidden["event"]["announced"] = True
        loaded.load(programme(part("afternoon", entry("A second one", number=1)), **hidden), "--publish-changes")
        assert not Change.objects.exists()


def test_with_the_door_open_private_changes_are_found(private, cycle, monkeypatch):
    """The control."""
    monkeypatch.setattr("sessions.models.ChangeQuerySet.visible_to", lambda self, audience: self.published())
    with pytest.raises(AssertionError):
        TestReading().test_private_changes_leave_the_public_answers_as_they_were(private, cycle)
