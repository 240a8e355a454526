"""My agenda: without an account the address is the selection; who is signed in keeps it on the server."""

import html
import re
from urllib.parse import parse_qsl, urlsplit

import icalendar
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registration.models import KeptSession
from sessions.choosing import overlaps
from sessions.models import Session

from . import html_forms, people, world
from .crawling import everything_in, masked
from .day import move, timed
from .people import Browser, browser_of

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

PAGE, KEPT = "/my-agenda/", "/my-agenda/kept/"
CYCLE, EQUALLY, RECEPTION = "Reporting cycle", "Should all reports be treated equally?", "Networking reception"


@pytest.fixture
def day(event):
    return timed(event)


@pytest.fixture
def guest(day, event):
    return people.approved("guest@example.com", event, by=people.organiser("boss@techtrack.test"))


@pytest.fixture
def theirs(guest):
    """The guest's browser."""
    return browser_of(guest)


def read(response):
    """``(chosen titles in their order, the page's text)``."""
    page = response.content.decode()
    chosen = re.findall(r'<article class="chosen-session.*?<h2><a [^>]*>(.*?)</a></h2>', page, re.DOTALL)
    return [html.unescape(title) for title in chosen], html.unescape(page)


def asked(*slugs, out=()):
    return PAGE + "?" + "&".join([*(f"s={slug}" for slug in slugs), *(f"out={slug}" for slug in out)])


def entries(address):
    """``{title: status}`` of the sessions in this calendar."""
    found = icalendar.Calendar.from_ical(Browser().get(address).content).walk("VEVENT")
    return {str(one["SUMMARY"]): str(one["STATUS"]) for one in found if "STATUS" in one}


def link(page, words):
    return html.unescape(re.search(rf'<a class="selects" href="([^"]*)">{words}', page).group(1))


class TestInTheAddress:
    def test_the_chosen_stand_in_the_days_order_however_the_address_has_them(self, day):
        for slugs in (("networking-reception", "reporting-cycle"), ("reporting-cycle", "networking-reception")):
            chosen, page = read(Browser().get(asked(*slugs)))
            assert chosen == [CYCLE, RECEPTION]
            assert "1:00 p.m." in page
        assert "left out" not in page

    def test_the_form_on_the_agenda_leads_to_it(self, day):
        (form,) = [form for form in html_forms.read(Browser().get("/").content.decode())[0] if form.action == PAGE]
        assert form.method == "get"
        page = Browser().get("/").content.decode()
        boxes = re.findall(r'<input type="checkbox" name="s" value="([^"]+)" form="choose">', page)
        assert boxes == ["reporting-cycle", "equally", "networking-reception"]

    def test_the_page_itself_lets_one_choose_anew(self, day):
        forms, _ = html_forms.read(Browser().get(asked("equally")).content.decode())
        (form,) = forms
        assert form.controls["s"].choices == ["reporting-cycle", "equally", "networking-reception"]
        assert form.controls["s"].values == ["equally"]

    def test_one_is_taken_out_put_back_and_all_are_taken_out(self, day):
        browser = Browser()
        _, page = read(browser.get(asked("reporting-cycle", "equally")))
        without = link(page, "Take out")
        assert parse_qsl(urlsplit(without).query) == [("s", "equally"), ("out", "reporting-cycle")]
        chosen, page = read(browser.get(without))
        assert chosen == [EQUALLY]
        assert f'Taken out: <q lang="en">{CYCLE}' in page
        assert read(browser.get(link(page, "Undo")))[0] == [CYCLE, EQUALLY]
        chosen, page = read(browser.get(link(page, "Take all out")))
        assert chosen == []
        assert "Nothing is chosen yet" in page
        assert read(browser.get(link(page, "Undo")))[0] == [EQUALLY]

    def test_nothing_chosen_says_so_and_offers_the_day(self, day):
        chosen, page = read(Browser().get(PAGE))
        assert chosen == []
        assert "Nothing is chosen yet" in page
        assert page.count('type="checkbox"') == 3

    def test_what_is_not_public_is_left_out_in_the_same_bytes_as_what_never_was(self, day, event):
        morning, afternoon = day
        world.session(afternoon, "Draft", 9, published=False, slug="a-draft")
        earlier = world.event("cacc-2021", current=False)
        world.session(world.track(earlier, "old", "public", 1), "Earlier", 1, slug="earlier")
        private = morning.sessions.first()
        never = {}
        for form in (asked("never-was"), asked("equally", "never-was"), asked("equally", out=["never-was"])):
            never[form] = everything_in(Browser().get(form))
            for slug in (private.slug, "a-draft", "earlier", "x" * 3000, "%F0%9F%98%80", "%3Cscript%3E"):
                assert everything_in(Browser().get(form.replace("never-was", slug))) == never[form], (form, slug)
        assert b"is left out" in never[asked("equally", "never-was")]
        assert b"is left out" not in never[asked("equally", out=["never-was"])]

    def test_it_can_be_subscribed_to(self, day):
        """The calendar holds what the page holds: what turned private, was hidden or never was is left out."""
        page = read(Browser().get(asked("reporting-cycle", "equally")))[1]
        (address,) = re.findall(r'href="webcal://[^/]+(/my-agenda\.ics\?[^"]+)"', page)
        move("equally", "14:00", "15:00", cancelled=True)
        assert entries(address) == {CYCLE: "CONFIRMED", EQUALLY: "CANCELLED"}
        private = day[0].sessions.first()
        without = Browser().get(address).content
        assert Browser().get(f"{address}&s={private.slug}").content == without
        assert entries("/my-agenda.ics") == {}
        Session.objects.filter(slug="equally").update(published=False)
        assert entries(address) == {CYCLE: "CONFIRMED"}

    def test_the_calendar_is_the_same_for_a_guest(self, day, theirs):
        private = day[0].sessions.first()
        address = f"/my-agenda.ics?s=equally&s={private.slug}"
        assert theirs.get(address).content == Browser().get(address).content

    def test_it_is_the_same_page_whoever_opens_it(self, day, theirs):
        """A guest, too, sees there what they would send to others; the menu is theirs."""
        morning, _ = day
        private = morning.sessions.first()
        chosen, page = read(theirs.get(asked("equally", private.slug)))
        assert chosen == [EQUALLY]
        assert private.title not in page
        assert "is left out" in page

    def test_browsers_may_keep_it_until_it_changes(self, day):
        first = Browser().get(asked("equally"))
        assert first["Cache-Control"] == "no-cache"
        assert Browser().get(asked("equally"), headers={"If-None-Match": first["ETag"]}).status_code == 304
        move("equally", "14:30", "15:00")
        assert Browser().get(asked("equally"), headers={"If-None-Match": first["ETag"]}).status_code == 200

    def test_a_private_session_that_changes_changes_nothing_of_it(self, day):
        address = asked("equally", day[0].sessions.first().slug)
        before = Browser().get(address)
        day[0].sessions.update(title="Something else", start="08:00")
        assert Browser().get(address, headers={"If-None-Match": before["ETag"]}).status_code == 304

    def test_a_session_that_turns_private_is_gone_from_it(self, day):
        day[1].change_audience("industry")
        chosen, page = read(Browser().get(asked("equally", "networking-reception")))
        assert chosen == [RECEPTION]
        assert EQUALLY not in page

    def test_search_engines_are_told_to_pass(self, day):
        assert '<meta name="robots" content="noindex">' in read(Browser().get(asked("equally")))[1]

    def test_it_costs_the_same_queries_for_any_number(self, day):
        def queries(address):
            with CaptureQueriesContext(connection) as found:
                assert Browser().get(address).status_code == 200
            return len(found)

        few = queries(asked("equally"))
        slugs = [world.session(day[1], f"More {number}", number).slug for number in range(10, 40)]
        assert queries(asked(*slugs)) == few == 5  # event, tracks, sessions, who takes part, announcements

    def test_before_any_event_it_says_so(self, db):
        assert "has not been announced" in read(Browser().get(asked("equally")))[1]


class TestOverlaps:
    def test_they_are_told_in_words(self, day):
        move("equally", "13:30", "14:00")
        _, page = read(Browser().get(asked("reporting-cycle", "equally")))
        assert f"“{CYCLE}” and “{EQUALLY}” overlap: at 1:30 p.m. both are on." in page

    @pytest.mark.parametrize(
        ("first", "second", "expected"),
        [
            (("13:00", "13:45"), ("13:45", "14:00"), False),  # one ends as the other begins
            (("13:00", "13:45"), ("13:44", "14:00"), True),
            (("13:00", "15:00"), ("13:30", "14:00"), True),
            (("13:00", None), ("13:30", "14:00"), False),  # when it ends is not known
            (("13:00", None), ("13:00", None), True),
            (("13:00", "13:45"), ("13:10", None), True),
            ((None, None), ("13:10", None), False),
        ],
    )
    def test_only_what_is_known_to_overlap_does(self, day, first, second, expected):
        move("reporting-cycle", *first)
        move("equally", *second)
        for slugs in (("reporting-cycle", "equally"), ("equally", "reporting-cycle")):
            found = overlaps([Session.objects.get(slug=slug) for slug in slugs])
            assert bool(found) == expected

    def test_what_is_cancelled_is_in_nobodys_way(self, day):
        move("equally", "13:30", "14:00", cancelled=True)
        chosen, page = read(Browser().get(asked("reporting-cycle", "equally")))
        assert chosen == [CYCLE, EQUALLY]
        assert "overlap" not in page
        assert "cancelled" in page


class TestKept:
    def test_the_form_on_a_guests_agenda_adds_private_sessions_too(self, theirs, day):
        private = day[0].sessions.first()
        page = theirs.get("/").content.decode()
        (form,) = [form for form in html_forms.read(page)[0] if form.action == KEPT]
        assert (form.method, form.buttons) == ("post", [("step", "add")])
        assert f'value="{private.slug}" form="choose"' in page
        for slugs in ([private.slug], ["equally"], ["equally"]):
            assert theirs.post(KEPT, {"step": "add", "s": slugs})["Location"] == KEPT
        answer = theirs.get(KEPT)
        assert read(answer)[0] == [private.title, EQUALLY]
        assert answer["Cache-Control"] == "private, no-store"

    def test_one_is_taken_out_put_back_and_all_are_taken_out(self, theirs, day):
        private = day[0].sessions.first()
        theirs.post(KEPT, {"step": "add", "s": [private.slug, "equally", "reporting-cycle"]})
        theirs.post(KEPT, {"step": "take out", "s": "equally"})
        chosen, page = read(theirs.get(KEPT))
        assert chosen == [private.title, CYCLE]
        assert f'Taken out: <q lang="en">{EQUALLY}' in page
        theirs.post(KEPT, {"step": "undo"})
        assert len(read(theirs.get(KEPT))[0]) == 3
        theirs.post(KEPT, {"step": "take all out"})
        assert read(theirs.get(KEPT))[0] == []
        theirs.post(KEPT, {"step": "undo"})
        assert len(read(theirs.get(KEPT))[0]) == 3
        theirs.post(KEPT, {"step": "set", "s": ["equally"]})
        assert read(theirs.get(KEPT))[0] == [EQUALLY]
        theirs.post(KEPT, {"step": "undo"})
        assert len(read(theirs.get(KEPT))[0]) == 3

    def test_only_the_last_step_can_be_undone(self, theirs, day):
        theirs.post(KEPT, {"step": "add", "s": ["equally", "reporting-cycle"]})
        theirs.post(KEPT, {"step": "take out", "s": "equally"})
        theirs.post(KEPT, {"step": "take out", "s": "reporting-cycle"})
        theirs.post(KEPT, {"step": "undo"})
        assert read(theirs.get(KEPT))[0] == [CYCLE]
        assert KeptSession.objects.count() == 1

    def test_what_one_may_not_read_is_left_out_like_what_never_was(self, day, event):
        private = day[0].sessions.first()
        world.session(day[1], "Draft", 9, published=False, slug="a-draft")
        applicant = people.person("applicant@example.com")
        people.ask(applicant, event)
        browser = browser_of(applicant)
        pages = set()
        for slug in (private.slug, "a-draft", "never-was", "\0", "<b>"):
            browser.post(KEPT, {"step": "add", "s": ["equally", slug]})
            pages.add(masked(browser.get(KEPT).content))
        assert len(pages) == 1
        assert b"is left out" in pages.pop()
        assert KeptSession.objects.count() == 1

    def test_after_a_revocation_the_private_ones_are_gone_at_the_next_click(self, theirs, guest, day, event):
        private = day[0].sessions.first()
        theirs.post(KEPT, {"step": "add", "s": [private.slug, "equally"]})
        theirs.post(KEPT, {"step": "take out", "s": private.slug})
        assert private.title in read(theirs.get(KEPT))[1]
        people.AccessRequest.objects.get(person=guest).revoke(by=people.organiser("other@techtrack.test"))
        assert theirs.get(KEPT).status_code == 302
        guest.refresh_from_db()
        again = browser_of(guest)  # who may sign in, as anybody may
        chosen, page = read(again.get(KEPT))
        assert chosen == [EQUALLY]
        assert private.title not in page
        assert private.slug not in page

    def test_nobody_sees_anothers(self, theirs, day, event):
        theirs.post(KEPT, {"step": "add", "s": ["equally"]})
        other = people.approved("other@example.com", event, by=people.organiser("o@techtrack.test"))
        assert read(browser_of(other).get(KEPT))[0] == []
        browser_of(other).post(KEPT, {"step": "take all out"})
        assert read(theirs.get(KEPT))[0] == [EQUALLY]

    def test_overlaps_are_told_there_too_and_what_is_public_has_an_address_to_share(self, theirs, day):
        private = day[0].sessions.first()
        move(private.slug, "13:10", "13:20")
        theirs.post(KEPT, {"step": "add", "s": [private.slug, "reporting-cycle"]})
        _, page = read(theirs.get(KEPT))
        assert f"“{CYCLE}” and “{private.title}” overlap: at 1:10 p.m. both are on." in page
        assert f'href="{PAGE}?s=reporting-cycle"' in page

    def test_it_costs_the_same_queries_for_any_number(self, theirs, day):
        def queries():
            with CaptureQueriesContext(connection) as found:
                assert theirs.get(KEPT).status_code == 200
            return len(found)

        theirs.post(KEPT, {"step": "add", "s": ["equally"]})
        few = queries()
        slugs = [world.session(day[1], f"More {number}", number).slug for number in range(10, 40)]
        theirs.post(KEPT, {"step": "add", "s": slugs})
        assert queries() == few

    def test_a_step_without_the_forms_token_is_refused(self, guest, day):
        strict = browser_of(guest, enforce_csrf_checks=True)
        assert strict.post(KEPT, {"step": "add", "s": "equally"}).status_code == 403
        assert not KeptSession.objects.exists()

    def test_opening_the_page_changes_nothing(self, theirs, day):
        theirs.get(f"{KEPT}?step=add&s=equally")
        assert not KeptSession.objects.exists()

    def test_who_deletes_a_session_in_admin_is_not_told_whose_agenda_it_is_on(self, theirs, day, desk):
        session = Session.objects.get(slug="equally")
        theirs.post(KEPT, {"step": "add", "s": ["equally"]})
        page = desk.get(f"/admin/agenda/session/{session.pk}/delete/").content.decode()
        assert "guest@example.com" not in page
        desk.post(f"/admin/agenda/session/{session.pk}/delete/", {"post": "yes"})
        assert read(theirs.get(KEPT))[0] == []


def test_a_page_that_listed_what_the_address_names_would_be_found(day, monkeypatch):
    """The control: with every session open to everyone, the bytes differ."""
    monkeypatch.setattr("sessions.views.my_agenda.parts_of_the_day", lambda event, audience: everything(event))
    with pytest.raises(AssertionError):
        TestInTheAddress().test_what_is_not_public_is_left_out_in_the_same_bytes_as_what_never_was(day, None)


def everything(event):
    from sessions.audience import Audience
    from sessions.programme import parts_of_the_day

    return parts_of_the_day(event, Audience.ORGANISER)
