"""Announcements: on whose pages, from one minute to another, how they are written, ended and mailed."""

import datetime as dt
import re
from html import unescape

import pytest
from django.db import IntegrityError, transaction

from registration.models import Circular, Copy, Record
from sessions import kept_day
from sessions.audience import Audience
from sessions.models import Announcement

from . import access, clock, day, people, world
from .people import Browser, browser_of

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

LIST = "/admin/agenda/announcement/"
ADD = f"{LIST}add/"
EVERYONES = ["/", "/es/", "/2022/", "/?q=cycle", "/sessions/reporting-cycle/", "/organisations/ncmec/"]
EVERYONES += ["/speakers/kim-example/", "/my-agenda/", "/changes/", "/calendar/"]
OWN = ["/my-agenda/kept/", "/register/status/"]
ELSEWHERE = ["/offline/", "/privacy/", "/2021/", "/no-such-page/", "/agenda.ics", "/changes.atom", "/schedule.json"]
TEXT = "The second session begins ten minutes late."


BANNER = re.compile(r'<p class="announcement-text"[^>]*>(.*?)</p>', re.DOTALL)


def standing(browser, address):
    """The texts of the announcements on that page."""
    return [unescape(text) for text in BANNER.findall(browser.get(address).content.decode())]


# Who


def test_each_role_reads_what_is_for_it_on_each_page_of_the_event_and_nowhere_else():
    made = world.World()
    Announcement.objects.all().delete()
    to = {audience: world.announcement(made.event, f"To {audience.name}", audience).text for audience in Audience}
    world.announcement(made.planned, "Of an edition in preparation")
    off = []
    for role, browser in made.browsers.items():
        highest = 2 if role in access.ORGANISERS else int(role == "guest")
        wanted = {text for audience, text in to.items() if audience <= highest}
        for address in [*EVERYONES, *(OWN if role != "visitor" else [])]:
            if set(standing(browser, address)) != wanted:
                off.append((role, address))
        for address in ELSEWHERE:
            off += [(role, address) for text in to.values() if text in browser.get(address).content.decode()]
    assert off == []
    hers = standing(made.browsers["administrator"], "/2023/")
    assert (hers, made.browsers["guest"].get("/2023/").status_code) == (["Of an edition in preparation"], 404)


def test_an_announcement_that_everybody_finds_is_found(event, monkeypatch):
    """The control of what is private."""
    monkeypatch.setattr("sessions.models.announcements.AnnouncementQuerySet.visible_to", lambda found, audience: found)
    world.announcement(event, "Secret", Audience.INDUSTRY)
    assert standing(Browser(), "/") == ["Secret"]


def test_whoever_is_shut_out_reads_it_no_more_at_the_next_click(event, olga):
    world.announcement(event, TEXT, Audience.INDUSTRY)
    guest = people.approved("guest@example.com", event, by=olga)
    browser = browser_of(guest)
    assert standing(browser, "/register/status/") == [TEXT]
    guest.access_requests.get().revoke(by=olga)
    browser = browser_of(guest)
    assert [standing(browser, address) for address in ("/", "/register/status/")] == [[], []]


def test_the_newest_stands_first_with_whom_it_is_for_and_since_when(event, desk):
    world.announcement(event, "First", begins_at=day.at("09:05"))
    world.announcement(event, "Second", Audience.INDUSTRY, begins_at=day.at("16:10"))
    world.announcement(event, "Before", Audience.ORGANISER, begins_at=day.at("17:00", day=8))
    page = desk.get("/").content.decode()
    places = [page.index(text) for text in ("Second", "First", "Before")]
    assert places == sorted(places)
    banner = page.partition('role="status">')[2].partition("<section")[0]
    assert banner.count("From the organisers") == 3
    assert "8 August 2022, 5" in banner
    assert "Private, industry only" in banner
    assert "For organisers only" in banner


def test_in_spanish_where_it_is_written_and_else_marked_as_english(event):
    world.announcement(event, "In English alone", begins_at=day.at("09:05"))
    world.announcement(event, "In both", text_es="En los dos <b>", begins_at=day.at("09:00"))
    spanish, english = (Browser().get(path).content.decode() for path in ("/es/", "/"))
    assert '<p class="announcement-text" lang="en">In English alone</p>' in spanish
    assert '<p class="announcement-text">En los dos &lt;b&gt;</p>' in spanish
    assert "In both" not in spanish
    assert '<p class="announcement-text">In both</p>' in english


# When


def guests_page(event, olga):
    return browser_of(people.approved("guest@example.com", event, by=olga))


def at_each(moments, browser, monkeypatch):
    said = []
    for moment in moments:
        clock.moved_to(monkeypatch, moment)
        said.append(TEXT in browser.get("/").content.decode())
    return said


@pytest.fixture
def late(event):
    """To guests, from ten to twenty past ten."""
    return world.announcement(event, TEXT, Audience.INDUSTRY, begins_at=day.at("10:00"), ends_at=day.at("10:20"))


MOMENTS = [day.at("09:59"), day.at("10:00"), day.at("10:19"), day.at("10:20")]


def test_on_the_kept_private_day_it_stands_to_its_minute_at_no_query_more(
    event, late, olga, monkeypatch, django_assert_num_queries
):
    clock.moved_to(monkeypatch, MOMENTS[0])
    browser = guests_page(event, olga)
    assert at_each(MOMENTS, browser, monkeypatch) == [False, True, True, False]
    clock.moved_to(monkeypatch, day.at("10:05"))
    browser.get("/")
    with django_assert_num_queries(3):
        assert TEXT in browser.get("/").content.decode()


def test_without_its_minute_the_kept_private_day_shows_what_is_over(event, late, olga, monkeypatch):
    """The control."""
    clock.moved_to(monkeypatch, MOMENTS[0])
    browser = guests_page(event, olga)
    monkeypatch.setattr(kept_day, "next_boundary", lambda *about: None)
    assert at_each(MOMENTS[1:], browser, monkeypatch) == [True, True, True]


def test_of_a_day_that_is_over_it_is_told_as_well(event, late, olga, monkeypatch):
    event.archive()
    clock.moved_to(monkeypatch, MOMENTS[0])
    assert at_each(MOMENTS, guests_page(event, olga), monkeypatch) == [False, True, True, False]


def test_the_database_keeps_none_that_ends_before_it_begins_or_says_nothing(event):
    for wrong in ({"ends_at": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)}, {"text": ""}, {"audience": 7}):
        with pytest.raises(IntegrityError), transaction.atomic():
            world.announcement(event, **{"text": TEXT} | wrong)


# At the desk


def form_for(event, **fields):
    return {
        "event": event.pk,
        "audience": 1,
        "text": TEXT,
        "text_es": "",
        "begins_at": "2022-08-09T10:00",
        "ends_at": "2022-08-09T10:20",
    } | fields


@pytest.fixture
def morning_desk(desk, olga, monkeypatch):
    clock.moved_to(monkeypatch, day.at("09:30"))
    return browser_of(olga)


def test_it_is_written_in_the_events_zone_and_proposed_for_half_an_hour(morning_desk, event):
    page = morning_desk.get(ADD)
    form = page.context["adminform"].form
    proposed = [form[name].value() for name in ("event", "begins_at", "ends_at")]
    assert proposed == [event.pk, dt.datetime(2022, 8, 9, 9, 30), dt.datetime(2022, 8, 9, 10, 0)]  # noqa: DTZ001  # local
    assert 'type="datetime-local"' in page.content.decode()
    assert "America/Chicago" in page.content.decode()
    assert " checked" not in page.content.decode()  # for whom, somebody decides
    assert morning_desk.post(ADD, form_for(event)).status_code == 302
    made = Announcement.objects.get()
    assert (made.begins_at, made.ends_at) == (day.at("10:00"), day.at("10:20"))
    assert (made.audience, made.made_by_name) == (Audience.INDUSTRY, "Olga")
    listed = morning_desk.get(LIST).content.decode()
    assert "9 August 2022, 10:00 (America/Chicago)" in listed
    assert "to come" in listed


WRONG = {
    "without an end": ({"ends_at": ""}, "ends_at", "This field is required."),
    "for nobody": ({"audience": ""}, "audience", "This field is required."),
    "ends first": ({"ends_at": "2022-08-09T09:59"}, "ends_at", "It must end after it begins."),
    "over": ({"begins_at": "2022-08-09T08:00", "ends_at": "2022-08-09T09:00"}, "ends_at", "That time is over"),
    "no time": ({"begins_at": "2022-08-09T25:00"}, "begins_at", "Enter a date and a time"),
    "the first year": ({"begins_at": "0001-01-01T00:00"}, "begins_at", "The year must be from 2000"),
    "skipped by clocks": ({"begins_at": "2022-03-13T02:30"}, "begins_at", "Clocks go forward then"),
    "too long": ({"text": "x" * 401}, "text", "at most 400 characters"),
    "unseen": ({"text": "Ten\u202eminutes"}, "text", "cannot be seen"),
    "unseen in Spanish": ({"text_es": "Diez\u200bminutos"}, "text_es", "cannot be seen"),
    "empty": ({"text": " \u00a0"}, "text", "required"),
    "of no event": ({"event": "x"}, "event", "valid choice"),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("button", ["_save", "_preview"])
def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_is_kept(morning_desk, event, wrong, button):
    changed, field, said = WRONG[wrong]
    page = morning_desk.post(ADD, form_for(event) | changed | {button: "x"})
    form = page.context["adminform"].form
    assert set(form.errors) == {field}
    assert said in str(form.errors[field])
    assert form["text"].value() == changed.get("text", TEXT)
    assert "preview" not in page.context
    assert not Announcement.objects.exists()


def test_looking_at_it_saves_nothing_and_keeps_what_was_typed(morning_desk, event, late):
    typed = form_for(event, text="Ten <b>minutes</b>", text_es="Diez", audience=0)
    for address in (ADD, f"{LIST}{late.pk}/change/"):
        seen = morning_desk.get(address).context["adminform"].form["seen"].value()
        page = morning_desk.post(address, typed | {"seen": seen or "", "_preview": "x"})
        shown = page.content.decode()
        assert '<section class="announcement-preview"' in shown
        assert "Ten &lt;b&gt;minutes&lt;/b&gt;" in shown.partition("</section>")[0]
        assert page.context["adminform"].form["text"].value() == "Ten <b>minutes</b>"
        assert not page.context["errors"]
    assert list(Announcement.objects.values_list("text", "audience")) == [(TEXT, 1)]


def test_a_page_that_has_grown_old_changes_nothing(morning_desk, event, late):
    address = f"{LIST}{late.pk}/change/"
    seen = {"seen": morning_desk.get(address).context["adminform"].form["seen"].value()}
    assert morning_desk.post(address, form_for(event, text="Once") | seen).status_code == 302
    page = morning_desk.post(address, form_for(event, text="Twice", audience=0) | seen)
    assert "Somebody changed the" in page.content.decode()
    late.refresh_from_db()
    assert (late.text, late.audience) == ("Once", 1)


def press(desk, one, deed, seen=None):
    """As the page has it now, unless told what it had."""
    one.refresh_from_db()
    form = {"deed": deed, "seen": (seen or one.ends_at).isoformat()}
    answer = desk.post(f"{LIST}{one.pk}/time/", form, follow=True)
    one.refresh_from_db()
    return str(next(iter(answer.context["messages"])))


def test_buttons_end_it_keep_it_longer_and_take_that_back(olga, event, late, monkeypatch):
    clock.moved_to(monkeypatch, day.at("10:10"))
    desk = browser_of(olga)
    assert "15 minutes longer" in desk.get(f"{LIST}{late.pk}/change/").content.decode()
    assert press(desk, late, "longer").startswith("It stands longer. It ends, or ended, 9 August 2022, 10:35")
    assert late.ends_at == day.at("10:35")
    assert "Undo: until 9 August 2022, 10:20" in desk.get(f"{LIST}{late.pk}/change/").content.decode()
    press(desk, late, "undo")
    assert late.ends_at == day.at("10:20")
    press(desk, late, "end")
    assert (late.state, late.ends_at < day.at("10:20")) == ("over", True)
    assert TEXT not in desk.get("/").content.decode()
    assert "Nothing was done" in press(desk, late, "end")
    press(desk, late, "undo")
    assert (late.state, late.ends_at) == ("on now", day.at("10:20"))
    assert TEXT in desk.get("/").content.decode()
    clock.moved_to(monkeypatch, day.at("11:00"))
    desk = browser_of(olga)
    press(desk, late, "longer")  # one that is over comes back
    assert late.state == "on now"
    assert desk.get(f"{LIST}{late.pk}/history/").content.decode().count("It ends, or ended") == 5


@pytest.mark.parametrize("deed", ["end", "longer", "undo", "", "delete"])
def test_of_two_who_press_at_once_one_moves_it(olga, late, monkeypatch, deed):
    clock.moved_to(monkeypatch, day.at("10:10"))
    desk = browser_of(olga)
    seen = late.ends_at
    press(desk, late, "longer")
    for old in (seen, seen + dt.timedelta(days=1)):
        assert "Nothing was done" in press(desk, late, deed, seen=old)
    assert late.ends_at == day.at("10:35")
    for odd in ("", "x", "2022-08-09T10:35:00", "9" * 50):
        desk.post(f"{LIST}{late.pk}/time/", {"deed": deed, "seen": odd})
        late.refresh_from_db()
        assert late.ends_at == day.at("10:35")


# By mail


def test_it_becomes_one_draft_to_those_let_in_which_tells_how_many_before_it_leaves(desk, olga, event, late, ada):
    guest = people.approved("guest@example.com", event, by=olga)
    people.ask(ada, event)
    Announcement.objects.update(text="Late {by} ten", text_es="Diez más tarde")
    for _ in range(2):
        answer = desk.post(f"{LIST}{late.pk}/mail/")
        circular = Circular.objects.get()
        assert answer.headers["Location"] == f"/admin/registration/circular/{circular.pk}/"
    page = desk.get(f"/admin/registration/circular/{circular.pk}/")
    assert "1 person gets it" in page.content.decode()
    assert "Late (by) ten" in page.content.decode()
    assert (circular.in_language("es")[1], circular.to_whom()) == ("Diez más tarde", "Tech Track 2022: approved")
    form = {"deed": "queue", "looked_at": page.context["looked_at"]}
    for _ in range(2):
        desk.post(f"/admin/registration/circular/{circular.pk}/", form)
    assert [copy.person for copy in Copy.objects.all()] == [guest]
    assert Record.objects.filter(deed="mailed").count() == 1
    late.delete()
    circular.refresh_from_db()
    assert (circular.announcement, circular.queued_at is not None) == (None, True)


def test_what_is_for_organisers_alone_is_mailed_to_nobody(desk, event):
    one = world.announcement(event, TEXT, Audience.ORGANISER)
    assert "Write it as a mail" not in desk.get(f"{LIST}{one.pk}/change/").content.decode()
    desk.post(f"{LIST}{one.pk}/mail/")
    assert not Circular.objects.exists()
