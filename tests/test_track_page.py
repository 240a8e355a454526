"""A track and its sessions on one page of admin: put in order, changed, added, published, by whoever may."""

import datetime as dt
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from sessions.models import Change, Participation, Session

from . import people, world
from .html_forms import read
from .people import Browser, browser_of

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


@pytest.fixture
def afternoon(event):
    """Three sessions, the first two public and the last a draft."""
    made = world.public_part(event)
    world.session(made, "A draft", 3, published=False)
    return made


def page_of(track):
    return f"/admin/agenda/track/{track.pk}/change/"


def form_of(desk, track):
    """What a browser would send if nobody touched the form."""
    html = desk.get(page_of(track)).content.decode()
    form = next(form for form in read(html)[0] if "sessions-TOTAL_FORMS" in form.controls)
    return {
        name: control.values if control.several else control.values[0]
        for name, control in form.controls.items()
        if control.values and "__prefix__" not in name
    }


def row(track, title):
    """The prefix of this session's row: they stand by number, those without one at the end."""
    titles = [session.title for session in sorted(track.sessions.all(), key=lambda one: (one.number or 99, one.pk))]
    return f"sessions-{titles.index(title)}"


def order(track):
    return [(one.number, one.title) for one in track.sessions.order_by("number")]


def messages(answer):
    return [str(message) for message in answer.context["messages"]]


def save(desk, track, form, button="_continue"):
    return desk.post(page_of(track), form | {button: "on"}, follow=True)


def test_numbers_are_swapped_in_one_save(desk, afternoon):
    form = form_of(desk, afternoon)
    numbers = {"Reporting cycle": 3, "Should all reports be treated equally?": 1, "A draft": 2}
    for title, number in numbers.items():
        form[f"{row(afternoon, title)}-number"] = number
    save(desk, afternoon, form)
    assert order(afternoon) == sorted((number, title) for title, number in numbers.items())
    assert Change.objects.count() == 0  # a number is told to nobody


def test_one_number_twice_is_refused_and_what_was_typed_is_kept(desk, afternoon):
    before = order(afternoon)
    form = form_of(desk, afternoon) | {"sessions-0-number": 2, "sessions-0-title": "Typed with care"}
    answer = save(desk, afternoon, form)
    assert "Please correct the duplicate" in answer.content.decode()
    assert "Typed with care" in answer.content.decode()
    assert order(afternoon) == before


def test_a_number_that_somebody_gave_meanwhile_is_refused(desk, afternoon):
    form = form_of(desk, afternoon) | {"sessions-0-number": 7}
    world.session(afternoon, "Added meanwhile", 7)
    assert "added meanwhile, has that number" in save(desk, afternoon, form).content.decode()
    assert order(afternoon)[0] == (1, "Reporting cycle")


def test_a_row_is_changed_and_people_may_be_told(desk, afternoon):
    form = form_of(desk, afternoon)
    form |= {"sessions-0-room": "Landmark B", "sessions-0-start": "13:00", "sessions-0-end": "13:45"}
    answer = save(desk, afternoon, form, "_save")
    changed = Session.objects.get(slug="reporting-cycle")
    assert (changed.room, changed.start, changed.end) == ("Landmark B", dt.time(13), dt.time(13, 45))
    assert answer.redirect_chain[-1][0] == reverse("admin:agenda_track_changes", args=[afternoon.pk])
    assert "New room: Landmark B" in answer.content.decode()
    ticked = re.findall(r'name="line" value="([^"]+)"', answer.content.decode())
    desk.post(answer.redirect_chain[-1][0], {"line": ticked, "step": "publish"})
    assert {change.what for change in Change.objects.published()} == {"room", "time"}
    assert {(entry.object_repr, entry.content_type.model) for entry in LogEntry.objects.all()} == {
        ("Reporting cycle", "session"),
        ("Afternoon sessions", "track"),
    }


def test_nothing_touched_changes_nothing(desk, afternoon):
    before = list(Session.objects.values())
    save(desk, afternoon, form_of(desk, afternoon))
    assert list(Session.objects.values()) == before


def test_a_new_row_is_hidden_until_published(desk, afternoon):
    form = form_of(desk, afternoon) | {"sessions-3-title": "Added here", "sessions-3-number": 4}
    save(desk, afternoon, form)
    made = Session.objects.get(title="Added here")
    assert (made.published, made.slug, made.number) == (False, "added-here", 4)
    assert Browser().get(made.get_absolute_url()).status_code == 404
    save(desk, afternoon, form_of(desk, afternoon) | {f"{row(afternoon, 'Added here')}-published": "on"})
    assert Browser().get(made.get_absolute_url()).status_code == 200


def test_a_new_row_of_a_private_track_gets_an_opaque_address(desk, event):
    morning = world.track(event, "morning", "industry", 1)
    save(desk, morning, form_of(desk, morning) | {"sessions-0-title": "Between us"})
    assert len(Session.objects.get(title="Between us").slug) == 24


def test_a_track_that_turns_private_keeps_its_new_addresses_whatever_else_is_saved(desk, afternoon):
    form = form_of(desk, afternoon) | {"audience": "industry", "sessions-0-title": "Now between us"}
    save(desk, afternoon, form)
    closed = Session.objects.get(title="Now between us")
    assert len(closed.slug) == 24
    assert {Browser().get(f"/sessions/{slug}/").status_code for slug in ("reporting-cycle", closed.slug)} == {404}
    assert not Change.objects.filter(public=True).exists()


def test_what_a_private_track_was_called_is_not_told_as_it_opens(desk, event):
    """Renamed and opened in one save: the words from before are those of a private session."""
    morning = world.track(event, "morning", "industry", 1)
    secret = world.session(morning, "Word from before", 1)
    save(desk, morning, form_of(desk, morning) | {"audience": "public", "sessions-0-title": "Open to all"})
    for draft in Change.objects.drafts():
        draft.publish(by_name="Olga")
    secret.refresh_from_db()
    for address in ("/", "/changes/", "/changes.atom", secret.get_absolute_url()):
        assert "Word from before" not in Browser().get(address).content.decode()
    assert "Open to all" in Browser().get("/").content.decode()


def test_an_old_page_gives_nothing_back(desk, afternoon):
    """Not the tick, and not the other words of a row that somebody else changed meanwhile."""
    old = form_of(desk, afternoon)
    Session.objects.filter(slug="reporting-cycle").hide()
    answer = save(desk, afternoon, old | {"title": "Another title"})
    assert "Somebody changed the session after you opened this page" in answer.content.decode()
    afternoon.refresh_from_db()
    assert (afternoon.title, Session.objects.get(slug="reporting-cycle").published) == ("Afternoon sessions", False)

    old = form_of(desk, afternoon)
    Session.objects.filter(slug="equally").update(room="Landmark C")
    assert "Somebody changed the session" in save(desk, afternoon, old).content.decode()
    assert Session.objects.get(slug="equally").room == "Landmark C"
    save(desk, afternoon, form_of(desk, afternoon) | {"title": "Another title"})  # the control: opened anew
    afternoon.refresh_from_db()
    assert afternoon.title == "Another title"


def test_all_are_published_or_hidden_and_the_count_is_of_those_that_were_not_so(desk, afternoon):
    answer = save(desk, afternoon, form_of(desk, afternoon), "_publish")
    assert "1 session published: A draft." in messages(answer)
    assert set(afternoon.sessions.values_list("published", flat=True)) == {True}
    assert "All sessions were published already." in messages(
        save(desk, afternoon, form_of(desk, afternoon), "_publish")
    )
    answer = save(desk, afternoon, form_of(desk, afternoon), "_hide")
    assert any(message.startswith("3 sessions hidden: ") for message in messages(answer))
    assert set(afternoon.sessions.values_list("published", flat=True)) == {False}
    assert LogEntry.objects.filter(object_repr="A draft").count() == 2


def test_one_is_published_and_hidden_on_its_own_page(desk, afternoon):
    draft = Session.objects.get(title="A draft")
    address = f"/admin/agenda/session/{draft.pk}/change/"
    for button, published in (("_publish", True), ("_hide", False)):
        html = desk.get(address).content.decode()
        assert f'name="{button}"' in html
        form = next(form for form in read(html)[0] if "title" in form.controls)
        data = {name: control.values[0] for name, control in form.controls.items() if control.values}
        data = {name: value for name, value in data.items() if "__prefix__" not in name}
        desk.post(address, data | {button: "on"})
        draft.refresh_from_db()
        assert draft.published is published
    assert LogEntry.objects.filter(object_id=str(draft.pk), change_message__contains="Published").count() == 2


def test_in_bulk_those_that_are_published_already_are_not_counted(desk, afternoon):
    chosen = list(afternoon.sessions.values_list("pk", flat=True))
    for action, said in (
        ("publish", "1 session published. 2 sessions published already."),
        ("publish", "0 sessions published. 3 sessions published already."),
        ("hide", "3 sessions hidden."),
    ):
        answer = desk.post(
            "/admin/agenda/session/", {"action": action, "_selected_action": chosen, "index": 0}, follow=True
        )
        assert messages(answer) == [said]
    assert LogEntry.objects.count() == 4


def test_who_may_change_tracks_and_not_sessions_sees_the_rows_alone(event, afternoon):
    tracks_only = browser_of(
        people.organiser(
            "tracks@techtrack.test", permissions=["view_track", "change_track", "view_event", "view_session"]
        )
    )
    form = form_of(tracks_only, afternoon)
    assert "sessions-0-title" not in form
    before = list(Session.objects.values())
    forged = {**form_of(browser_of(people.organiser("boss@techtrack.test")), afternoon), "sessions-0-title": "Forged"}
    for button in ("_continue", "_publish", "_hide"):
        tracks_only.post(page_of(afternoon), forged | {button: "on"})
    assert list(Session.objects.values()) == before


def test_what_to_look_at_stands_on_the_pages_of_event_track_and_session(desk, event, afternoon):
    first, second = Session.objects.get(slug="reporting-cycle"), Session.objects.get(slug="equally")
    for session in (first, second):
        session.room, session.start, session.end = "Landmark B", dt.time(13), dt.time(14)
        session.save()
    for address in (
        f"/admin/agenda/event/{event.pk}/change/",
        page_of(afternoon),
        f"/admin/agenda/session/{first.pk}/change/",
    ):
        html = desk.get(address).content.decode()
        told = re.search(r"<strong>Two sessions in one room</strong>.*?</li>", html, re.DOTALL)[0]
        assert "Landmark B, 13:00 – 14:00" in told
        for session in (first, second):
            assert f'href="/admin/agenda/session/{session.pk}/change/"' in told


def test_a_page_asks_as_often_however_many_sessions_there_are(desk, afternoon, django_assert_max_num_queries):
    def asked():
        with django_assert_max_num_queries(40) as counted:
            desk.get(page_of(afternoon))
        return len(counted)

    few = asked()
    for number in range(10, 40):
        Participation.objects.create(
            session=world.session(afternoon, f"Session {number}", number),
            speaker=world.speaker(afternoon.event, f"Speaker {number}"),
        )
    assert asked() == few
