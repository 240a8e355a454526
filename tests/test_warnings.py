"""What the programme lacks, or has twice: told to organisers on four pages, refused nowhere."""

import datetime as dt

import pytest

from sessions import warnings
from sessions.models import Participation
from sessions.warnings import Kind

from . import world

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


def whole(track, title, number=None, **fields):
    """A session of which there is nothing to say."""
    given = {"abstract": "What it is about.", "room": f"Room of {title}", "start": dt.time(9), "end": dt.time(10)}
    return world.session(track, title, number, **given | fields)


@pytest.fixture
def morning(event):
    return world.track(event, "morning", "industry", 1)


@pytest.fixture
def afternoon(event):
    return world.track(event, "afternoon", "public", 2)


def told(event):
    return [(one.kind, [session.title for session in one.sessions], one.words) for one in warnings.of_event(event)]


def both(event, first, second):
    return [(one.kind, one.words) for one in warnings.of_event(event) if one.sessions == (first, second)]


def test_of_a_whole_session_nothing_is_told(event, morning):
    whole(morning, "Whole")
    assert told(event) == []


@pytest.mark.parametrize(
    ("times", "overlap"),
    [
        (("9:00", "10:00", "9:30", "10:30"), "09:30 – 10:00"),
        (("9:00", "10:00", "9:00", "10:00"), "09:00 – 10:00"),
        (("9:00", "12:00", "10:00", "11:00"), "10:00 – 11:00"),
        (("9:00", "10:00", "9:15", None), "at 09:15"),
        (("9:00", None, "9:00", "9:30"), "at 09:00"),
        (("9:00", "10:00", "10:00", "11:00"), None),  # one after the other
        (("9:00", None, "9:30", "10:00"), None),  # when the first ends nobody said
        ((None, None, None, None), None),
    ],
)
def test_two_sessions_in_one_room(event, morning, afternoon, times, overlap):
    start, end, other_start, other_end = [dt.time.fromisoformat(time.zfill(5)) if time else None for time in times]
    first = whole(morning, "First", room="Main  Hall", start=start, end=end)
    second = whole(afternoon, "Second", room="main hall", start=other_start, end=other_end)
    pairs = [one for one in warnings.of_event(event) if one.kind == Kind.ROOM]
    assert [(set(one.sessions), one.words.partition(", ")[2]) for one in pairs] == (
        [({first, second}, overlap)] if overlap else []
    )


def test_a_speaker_in_two_places(event, morning, afternoon):
    first, second = whole(morning, "First"), whole(afternoon, "Second")
    kim, kim_too = world.speaker(event, "Kim Example"), world.speaker(event, "Kim Example", "Elsewhere")
    Participation.objects.create(session=first, speaker=kim)
    Participation.objects.create(session=second, speaker=kim_too)
    assert both(event, first, second) == [(Kind.SPEAKER, "Kim Example, 09:00 – 10:00")]


def test_what_is_missing(event, morning):
    whole(morning, "Bare", 1, abstract="", room="", start=None, end=None)
    whole(morning, "Lunch", 2, abstract="", room="", kind="meal")
    whole(morning, "Hidden", 3, start=None, end=None, published=False)
    assert told(event) == [
        (Kind.NO_TIME, ["Bare"], ""),
        (Kind.NO_ROOM, ["Lunch", "Bare"], ""),
        (Kind.NO_ABSTRACT, ["Bare"], ""),
    ]


def test_before_the_day_is_announced_no_time_is_missed(morning, event):
    event.announced = event.is_current = False
    event.save()
    whole(morning, "Bare", start=None, end=None)
    assert told(event) == []


def test_outside_the_day(event, morning):
    whole(morning, "Slip", 1, start=dt.time(1), end=dt.time(2))
    whole(morning, "Late", 2, start=dt.time(22), end=dt.time(23, 30))
    assert told(event) == [
        (Kind.ODD_TIME, ["Slip"], "starts at 01:00"),
        (Kind.ODD_TIME, ["Late"], "ends at 23:30"),
    ]


def test_a_time_that_the_clocks_leave_out(event, morning, monkeypatch):
    monkeypatch.setattr(warnings, "EARLIEST", dt.time(0))
    event.date = dt.date(2022, 3, 13)  # clocks went from two to three in Chicago
    event.save()
    whole(morning, "Nowhere", start=dt.time(2, 30), end=dt.time(4))
    assert told(event) == [
        (
            Kind.ODD_TIME,
            ["Nowhere"],
            "02:30 does not exist on that day, since clocks are put forward",
        )
    ]


@pytest.mark.parametrize("why", ["cancelled", "archived"])
def test_of_what_does_not_take_place_any_more_nothing_is_told(event, morning, why):
    bare = whole(morning, "Bare", abstract="", room="", cancelled=why == "cancelled")
    event.archived = why == "archived"
    event.save()
    assert told(event) == []
    bare.refresh_from_db()
    assert warnings.of_session(bare) == []


def test_a_session_and_a_track_are_told_of_their_own(event, morning, afternoon):
    first = whole(morning, "First", 1, room="Hall")
    second = whole(afternoon, "Second", 1, room="Hall", abstract="")
    third = whole(afternoon, "Third", 2, abstract="")
    assert [(one.kind, set(one.sessions)) for one in warnings.of_session(first)] == [(Kind.ROOM, {first, second})]
    assert [(one.kind, one.sessions) for one in warnings.of_session(third)] == [(Kind.NO_ABSTRACT, (third,))]
    assert [one.kind for one in warnings.of_track(morning)] == [Kind.ROOM]
    assert [(one.kind, len(one.sessions)) for one in warnings.of_track(afternoon)] == [
        (Kind.ROOM, 2),
        (Kind.NO_ABSTRACT, 2),
    ]


def test_two_queries_however_long_the_day_is(event, morning, django_assert_num_queries):
    for number in range(1, 4):
        whole(morning, f"Session {number}", number, room="Hall")
    with django_assert_num_queries(2):
        assert len(warnings.of_event(event)) == 3
    for number in range(4, 60):
        whole(morning, f"Session {number}", number, room="Hall")
    with django_assert_num_queries(2):
        assert len(warnings.of_event(event)) == warnings.OVERLAPS_AT_MOST
