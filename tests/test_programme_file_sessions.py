"""Loading a programme file: which session is which, its number, its address, and who may read it."""

import pytest

from sessions.audience import Audience
from sessions.models import Event, Session, Track

from .programme_files import Desk, agenda, programme, session, the, track

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


# Which session is which


@pytest.fixture
def two_talks(desk):
    desk.load(programme(track("afternoon", session("First"), session("Second"))))
    return {it.title: it.pk for it in Session.objects.all()}


def rows():
    return [(it.pk, it.number, it.title) for it in Session.objects.in_order()]


def test_a_session_is_known_by_its_slug_first(desk):
    desk.load(programme(track("afternoon", session("Talk", slug="talk"), session("Other"))))
    talk, other = the("Talk").pk, the("Other").pk
    desk.load(programme(track("afternoon", session("Talk", number=2), session("Other", slug="talk", number=1))))
    assert rows() == [(talk, 1, "Other"), (other, 2, "Talk")]


def test_else_by_its_track_and_number(desk, two_talks):
    desk.load(programme(track("afternoon", session("Second", number=1), session("First", number=2))))
    assert rows() == [(two_talks["First"], 1, "Second"), (two_talks["Second"], 2, "First")]


def test_else_by_its_track_and_title(desk, two_talks):
    desk.load(programme(track("afternoon", session("Second"), session("First", number=7))))
    assert rows() == [(two_talks["Second"], 2, "Second"), (two_talks["First"], 7, "First")]


def test_else_by_its_place_so_that_a_corrected_title_is_no_new_session(desk, two_talks):
    desk.load(programme(track("afternoon", session("First"), session("Second, corrected"))))
    assert rows() == [(two_talks["First"], 1, "First"), (two_talks["Second"], 2, "Second, corrected")]


def test_a_session_of_another_slug_is_another_session(desk):
    desk.load(programme(track("afternoon", session("Cancelled talk", slug="old", number=1))))
    desk.load(programme(track("afternoon", session("Its replacement", slug="new", number=1))))
    assert agenda() == [("afternoon", 1, "Its replacement"), ("afternoon", None, "Cancelled talk")]
    assert (the("Cancelled talk").slug, the("Its replacement").slug) == ("old", "new")


# Numbers


def test_numbers_follow_the_file_and_restart_in_each_track(desk):
    desk.load(
        programme(
            track("morning", session("A"), session("Lunch", kind="meal"), session("B", number=5), session("C")),
            track("afternoon", session("D"), session("Break", kind="break", number=2), session("E")),
        )
    )
    assert agenda() == [
        ("morning", 1, "A"),
        ("morning", 5, "B"),
        ("morning", 6, "C"),
        ("morning", None, "Lunch"),
        ("afternoon", 1, "D"),
        ("afternoon", 2, "Break"),
        ("afternoon", 3, "E"),
    ]


def test_two_sessions_swap_their_numbers(desk):
    def file(one, other):
        return programme(track("afternoon", session("A", slug="a", number=one), session("B", slug="b", number=other)))

    desk.load(file(1, 2))
    assert "number: 1 -> 2" in desk.load(file(2, 1))
    assert agenda() == [("afternoon", 1, "B"), ("afternoon", 2, "A")]


def test_a_session_put_in_between_moves_the_next_ones_up(desk, two_talks):
    desk.load(programme(track("afternoon", session("First"), session("New"), session("Second"))))
    assert agenda() == [("afternoon", 1, "First"), ("afternoon", 2, "New"), ("afternoon", 3, "Second")]
    assert the("Second").pk == two_talks["Second"]


def test_a_session_moves_to_another_track_with_its_number(desk):
    def file(*tracks):
        return programme(*[track(slug, *[session(it, slug=it, number=1) for it in titles]) for slug, titles in tracks])

    desk.load(file(("early", ["a"]), ("late", [])))
    known, address = the("a").pk, the("a").slug
    desk.load(file(("early", ["b"]), ("late", ["a"])))
    assert agenda() == [("early", 1, "b"), ("late", 1, "a")]
    assert (the("a").pk, the("a").slug) == (known, address)
    assert "Nothing changed." in desk.load(file(("early", ["b"]), ("late", ["a"])))


def test_tracks_stand_in_the_order_of_the_file_around_those_of_organisers(desk):
    desk.load(programme(track("a"), track("b")))
    Track.objects.filter(slug="b").update(position=3)
    Track.objects.create(event=Event.objects.get(), slug="mine", title="Mine", position=2)
    desk.load(programme(track("a"), track("b")))
    assert list(Track.objects.values_list("slug", "position")) == [("a", 1), ("mine", 2), ("b", 3)]
    desk.load(programme(track("b"), track("a")))
    assert list(Track.objects.values_list("slug", "position")) == [("mine", 2), ("b", 3), ("a", 4)]


# Addresses and audiences


def test_addresses_are_readable_in_public_tracks_and_opaque_in_private_ones(desk):
    desk.load(
        programme(
            track("morning", session("Secret", slug="secret"), audience="industry"),
            track("afternoon", session("Open talk"), session("Keyed", slug="my-talk")),
        )
    )
    assert (the("Open talk").slug, the("Keyed").slug) == ("open-talk", "my-talk")
    assert len(the("Secret").slug) == 24
    assert "secret" not in the("Secret").slug


def test_an_address_never_changes_with_the_title_or_the_slug_in_the_file(desk):
    desk.load(programme(track("afternoon", session("Talk"))))
    desk.load(programme(track("afternoon", session("Talk", slug="new-slug"))))
    desk.load(programme(track("afternoon", session("New title", slug="new-slug"))))
    assert (the("New title").slug, the("New title").key) == ("talk", "new-slug")


def test_an_address_that_another_event_has_gets_the_slug_of_its_own(desk):
    for year in ("cacc-2022", "cacc-2023"):
        desk.load(programme(track("afternoon", session("Talk", slug="talk")), event={"slug": year}))
    assert list(Session.objects.order_by("pk").values_list("slug", "key")) == [
        ("talk", "talk"),
        ("talk-cacc-2023", "talk"),
    ]


def test_a_track_without_an_audience_is_private(desk):
    desk.load(programme(track("morning", session("Talk"), audience=None)))
    assert not Session.objects.visible_to(Audience.PUBLIC).exists()


def test_a_track_that_turns_private_gives_its_sessions_new_opaque_addresses(desk):
    desk.load(programme(track("afternoon", session("Talk"), session("Of no file", number=2))))
    out = desk.load(programme(track("afternoon", session("Talk"), audience="industry")))
    assert "audience: 'public' -> 'industry'" in out
    assert "addresses of its sessions: 'those given out' -> 'new ones, opaque'" in out
    assert not Session.objects.filter(slug__in=["talk", "of-no-file"]).exists()
    assert [len(slug) for slug in Session.objects.values_list("slug", flat=True)] == [24, 24]
    assert the("Talk").slug not in out


def test_a_session_that_moves_into_a_private_track_gets_a_new_opaque_address(desk):
    def file(*, public, private):
        return programme(track("morning", *private, audience="industry"), track("afternoon", *public))

    desk.load(file(public=[session("Talk", slug="talk")], private=[]))
    desk.load(file(public=[], private=[session("Talk", slug="talk")]))
    assert len(the("Talk").slug) == 24


def test_a_file_never_makes_a_private_track_public(desk):
    private = programme(track("morning", session("Secret"), audience="industry"))
    public = programme(track("morning", session("Secret"), audience="public"))
    desk.load(private)
    assert desk.faults(public) == [
        "tracks[0].audience: would make a private track public; --open-tracks allows it",
    ]
    address = the("Secret").slug
    desk.load(public, "--open-tracks")
    assert Session.objects.visible_to(Audience.PUBLIC).get().slug == address


def test_a_file_never_moves_a_private_session_into_a_public_track(desk):
    desk.load(programme(track("morning", session("Secret", slug="secret"), audience="industry"), track("afternoon")))
    moved = programme(track("new", session("Secret", slug="secret")), track("afternoon"))
    assert desk.faults(moved) == [
        "tracks[0].sessions[0]: would move from a private track to a public one; --open-tracks allows it",
    ]
    desk.load(moved, "--open-tracks")
    assert Session.objects.visible_to(Audience.PUBLIC).get().title == "Secret"
