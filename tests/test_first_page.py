"""Admin's first page: what waits, in numbers and pictures, what the programme lacks; each part for whom it is for."""

import datetime as dt
import re

import pytest
from django.core.management import call_command
from django.utils import timezone

from cacc_techtrack.charts import Columns, Rows, Value
from registration import counting
from registration.models import AccessRequest, Mail

from . import access, clock, people, world

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

INDEX = "/admin/"
REQUESTS, BEGIN, MAIL, PROGRAMME = "Requests for", "Decide, the oldest first", "Mails refused", "still lacks"
SHOWN = {
    "viewer": {REQUESTS},
    "moderator": {REQUESTS, BEGIN, MAIL},
    "programme editor": {PROGRAMME},
    "administrator by role": {REQUESTS, BEGIN, MAIL, PROGRAMME},
    "administrator": {REQUESTS, BEGIN, MAIL, PROGRAMME},
}


def table(html, title):
    """``{name: number}`` of the table beside a chart."""
    part = re.search(rf"<figcaption[^>]*>{title}</figcaption>.*?</figure>", html, re.DOTALL)[0]
    found = re.findall(r'<th scope="row">(.*?)</th><td>([\d,]+)</td>', part)
    return {name: int(number.replace(",", "")) for name, number in found}


def fact(html, name):
    return re.search(rf"<dt>{name}</dt><dd>(?:<a [^>]*>)?(.*?)<", html)[1]


def test_each_role_sees_the_parts_that_are_for_it_and_nobody_sees_a_name():
    made = world.World()
    for role in access.ORGANISERS:
        html = made.browsers[role].get(INDEX).content.decode()
        assert {part for part in (REQUESTS, BEGIN, MAIL, PROGRAMME) if part in html} == SHOWN[role], role
        people_in_it = {group for group in made.groups() if group.startswith("requests")} | {"inside"}
        assert not made.canaries.found_in(html.encode(), people_in_it), role
        programme = {"private programme", "unpublished programme"}
        assert bool(made.canaries.found_in(html.encode(), programme)) == (PROGRAMME in SHOWN[role]), role


def test_what_waits_is_told_in_numbers(desk, event, olga):
    event.capacity = 5
    event.save()
    asked = []
    for number, verb in enumerate(["", "", "approve", "approve", "wait", "decline"]):
        asked.append(people.ask(people.person(f"p{number}@example.com"), event, kind="gaming" if number else "ngo"))
        if verb:
            getattr(asked[-1], verb)(by=olga)
    first = asked[0]
    Mail.objects.filter(purpose="declined").update(state=Mail.State.REFUSED)
    AccessRequest.objects.filter(pk=first.pk).update(asked_at=timezone.now() - dt.timedelta(days=3))
    html = desk.get(INDEX).content.decode()
    assert [fact(html, name) for name in ("To decide", "Waiting list", "Approved", "Places left", MAIL)] == [
        *("2", "1", "2", "3", "1")
    ]
    assert table(html, "Requests by state") == {
        "Pending": 2,
        "Approved": 2,
        "On the waiting list": 1,
        "Declined": 1,
        "Revoked": 0,
        "Withdrawn": 0,
    }
    kinds = table(html, "By kind of organisation")
    assert {kind: number for kind, number in kinds.items() if number} == {"Gaming": 5, "Hotline or NGO": 1}
    days = list(table(html, "Asked in the last 30 days").values())
    assert (len(days), sum(days), days[-4]) == (30, 6, 1)
    assert sum(table(html, "Asked since requests opened, by week").values()) == 6
    assert "The oldest request has waited for" in html
    assert f'href="/admin/registration/accessrequest/{first.pk}/change/">Decide, the oldest first' in html


def test_before_anybody_asked_it_says_so(desk, event):
    html = desk.get(INDEX).content.decode()
    assert "Nobody waits for a decision." in html
    assert "None yet." in html
    assert BEGIN not in html
    assert fact(html, "Places left") == "no limit"


def test_without_an_event_the_desk_opens_all_the_same(desk):
    assert "There is no event ahead." in desk.get(INDEX).content.decode()


def asked_at(event, *moments):
    for number, moment in enumerate(moments):
        request = people.ask(people.person(f"at{number}@example.com"), event)
        AccessRequest.objects.filter(pk=request.pk).update(asked_at=moment)


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [("America/Chicago", 5 * 60), ("Asia/Kathmandu", -345), ("Australia/Lord_Howe", -630), ("UTC", 0)],
)
def test_days_are_those_of_the_events_zone(event, zone, minutes):
    """``minutes``: how late the day begins there, seen from UTC, in July."""
    event.time_zone = zone
    event.save()
    midnight = dt.datetime(2022, 7, 5, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes)
    blink = dt.timedelta(seconds=1)
    asked_at(
        event, midnight - blink, midnight, midnight + dt.timedelta(days=1) - blink, midnight + dt.timedelta(days=1)
    )
    assert counting.by_day(event) == {dt.date(2022, 7, 4): 1, dt.date(2022, 7, 5): 2, dt.date(2022, 7, 6): 1}


def test_a_day_on_which_clocks_change_has_an_hour_more(event):
    fall_back = dt.datetime(2022, 11, 6, 5, tzinfo=dt.UTC)  # midnight in Chicago; the day has 25 hours
    asked_at(event, fall_back, fall_back + dt.timedelta(hours=24, minutes=59), fall_back + dt.timedelta(hours=25))
    assert counting.by_day(event) == {dt.date(2022, 11, 6): 2, dt.date(2022, 11, 7): 1}


def test_weeks_without_a_request_are_there_too():
    days = {dt.date(2022, 6, 1): 2, dt.date(2022, 6, 5): 1, dt.date(2022, 6, 20): 4}
    assert counting.weeks(days) == [
        (dt.date(2022, 5, 30), 3),
        (dt.date(2022, 6, 6), 0),
        (dt.date(2022, 6, 13), 0),
        (dt.date(2022, 6, 20), 4),
    ]


def test_other_editions_do_not_count(event, desk):
    other = world.event("cacc-2021", current=False, date=dt.date(2021, 8, 10))
    people.ask(people.person("then@example.com"), other)
    assert fact(desk.get(INDEX).content.decode(), "To decide") == "0"


def test_it_asks_as_often_however_much_there_is(event, desk, settings, django_assert_max_num_queries):
    settings.LOCAL = True
    world.public_part(event)

    def asked():
        with django_assert_max_num_queries(40) as counted:
            desk.get(INDEX)
        return len(counted)

    call_command("make_demo_data", requests=5)
    few = asked()
    call_command("make_demo_data", requests=300)
    for number in range(10, 40):
        world.session(event.tracks.first(), f"Session {number}", number)
    assert asked() == few


def test_what_is_missing_is_named_and_linked(event, desk):
    afternoon = world.public_part(event)
    hidden = world.session(afternoon, "Not shown yet", 7, published=False)
    html = desk.get(INDEX).content.decode()
    assert re.search(rf"<strong>Not published</strong>: <a href=\"/admin/agenda/session/{hidden.pk}/change/\">", html)
    for kind in ("No room", "No time, though the day is announced"):
        assert f"<strong>{kind}</strong>" in html


def test_a_past_edition_lacks_nothing_any_more(event, desk):
    world.public_part(event)
    event.archive()
    assert "There is no event ahead." in desk.get(INDEX).content.decode()


class TestCharts:
    def test_the_longest_bar_fills_the_picture_and_none_is_invisible(self):
        rows = Rows("a", "A", "Thing", (Value("one", 1), Value("many", 1000), Value("none", 0)))
        assert [bar["length"] for bar in rows.bars()] == [2, 320, 0]
        columns = Columns("b", "B", "Day", (Value("one", 5), Value("two", 10)))
        assert [(bar["x"], bar["y"], bar["length"]) for bar in columns.bars()] == [(0, 50, 50), (12, 0, 100)]

    def test_the_picture_is_told_in_words(self):
        values = (Value("Monday", 1), Value("Tuesday", 1999))
        assert Rows("a", "A", "Day", values).summary() == "2,000 in all; the most, 1,999, for Tuesday."
        assert Rows("a", "A", "Day", ()).summary() == "None."

    def test_a_drawing_has_a_name_a_description_and_a_table_and_no_style_or_script(self, event, desk):
        people.ask(people.person("one@example.com"), event)
        html = desk.get(INDEX).content.decode()
        drawings = re.findall(r'<svg class="chart.*?</svg>', html, re.DOTALL)
        assert len(drawings) == 4
        for drawing in drawings:
            name, description = re.search(r'aria-labelledby="(\S+) (\S+)"', drawing).groups()
            assert f'<title id="{name}">' in drawing
            assert f'<desc id="{description}">' in drawing
            assert 'role="img"' in drawing
            assert not re.search(r"style=|<style|<script|fill=", drawing)
        assert html.count("<summary>As a table") == 4


def test_the_last_day_is_today_in_the_events_zone(event, monkeypatch):
    clock.moved_to(monkeypatch, dt.datetime(2022, 7, 6, 3, tzinfo=dt.UTC))  # the evening before in Chicago
    days = [day for day, _ in counting.last_days(counting.by_day(event), event)]
    assert (len(days), days[0], days[-1]) == (30, dt.date(2022, 6, 6), dt.date(2022, 7, 5))
