"""Loading a programme file: what it adds, changes, leaves and lets go."""

import datetime as dt

import pytest

from sessions.models import Event, Organisation, Participation, Session, Speaker, Track
from sessions.models.stamps import STAMPS

from .programme_files import ANNOUNCED, Desk, everything, full_programme, programme, session, the, track

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


# Again and again


def test_loaded_twice_it_changes_nothing_and_says_so(desk):
    desk.load(ANNOUNCED)
    before = everything()
    out = desk.load(ANNOUNCED)
    assert everything() == before
    assert out.endswith(
        "0 added, 0 changed, 20 left as they were; 0 not in the file, 0 of them removed.\nNothing changed.\n"
    )
    assert not [line for line in out.splitlines()[:-2] if not line.startswith("left     ")]


def test_a_file_with_every_key_loads_twice_without_a_change(desk):
    full = full_programme()
    desk.load(full)
    before = everything()
    assert "Nothing changed." in desk.load(full)
    assert everything() == before


def test_every_key_reaches_the_database(desk):
    desk.load(full_programme())
    event = Event.objects.values().get()
    for name in ("id", *STAMPS):
        del event[name]
    assert event == {
        "slug": "cacc-2022",
        "name": "Tech Track",
        "host": "The Tech Coalition",
        "conference": "Crimes Against Children Conference (CACC)",
        "conference_url": "https://conference.test/",
        "city": "Dallas",
        "venue": "Hall",
        "venue_address": "1 Main Street",
        "date": dt.date(2022, 8, 9),
        "time_zone": "America/Chicago",
        "intro": "Welcome.",
        "contact_email": "hello@techtrack.test",
        "registration_opens": dt.datetime(2022, 6, 1, 14, tzinfo=dt.UTC),
        "registration_closes": dt.datetime(2022, 7, 31, 22, tzinfo=dt.UTC),
        "capacity": 120,
        "passes_places_on": False,
        "reminds": False,
        "reminder_with_picture": False,
        "announced": True,
        "is_current": True,
        "archived": False,
    }
    assert list(Organisation.objects.values_list("name", "full_name", "website", "email_domains", "member")) == [
        ("NCMEC", "National Center", "https://ncmec.test/", [], False),
        ("Thorn", "", "", ["thorn.test", "xn--bcher-kva.test"], True),
    ]
    assert Track.objects.values_list("slug", "title", "position", "audience", "teaser").get() == (
        "morning",
        "Morning sessions",
        1,
        "industry",
        "titles",
    )
    signals = Session.objects.values().get(key="signals")
    assert len(signals.pop("slug")) == 24
    for name in ("id", "track_id", *STAMPS):
        del signals[name]
    assert signals == {
        "number": 3,
        "key": "signals",
        "title": "Signals",
        "abstract": "One.\n\nTwo.",
        "kind": "panel",
        "start": dt.time(9),
        "end": dt.time(9, 45),
        "room": "A1",
        "tlp": "AMBER+STRICT",
        "published": False,
        "cancelled": True,
    }
    assert [f"{it.role} {it.organisation or it.speaker}" for it in the("Signals").participations.all()] == [
        "presenter NCMEC",
        "participant Thorn",
        "participant Sam, Thorn",
        "participant Kim",
    ]


def test_a_dry_run_prints_the_same_and_changes_nothing(desk):
    desk.load(programme(track("afternoon", session("Old", room="A1"), session("Gone"))))
    before = everything()
    new = programme(track("afternoon", session("Old", room="B2"), session("New", number=7)))
    rehearsed = desk.load(new, "--dry-run", "--prune")
    assert everything() == before
    done = desk.load(new, "--prune")
    assert everything() != before
    assert rehearsed == f"{done}This was a dry run: nothing of it was saved.\n"


def test_it_prints_what_was_added_changed_and_left_and_what_is_gone(desk):
    desk.load(programme(track("afternoon", session("Stays"), session("Moves", room="A1"), session("Goes", number=9))))
    changed = programme(track("afternoon", session("Stays"), session("Moves", room="B2"), session("Comes")))
    assert desk.load(changed).splitlines() == [
        "added    session afternoon / Comes",
        "changed  session afternoon / Moves",
        "           room: 'A1' -> 'B2'",
        "left     event cacc-2022",
        "left     track afternoon",
        "left     session afternoon / Stays",
        "gone     session afternoon / Goes: stays; --prune removes it",
        "1 changed of what people go by, told to nobody; --publish-changes tells it.",
        "1 added, 1 changed, 3 left as they were; 1 not in the file, 0 of them removed.",
    ]


def test_a_long_text_is_printed_where_it_differs_and_a_private_one_not_at_all(desk):
    words = "word " * 40
    both = [
        programme(
            track("morning", session("Private", abstract=f"{words}{end}"), audience="industry"),
            track("afternoon", session("Public", abstract=f"{words}{end}")),
        )
        for end in ("first.", "second.")
    ]
    desk.load(both[0])
    lines = desk.load(both[1]).splitlines()
    changes = [line.strip() for line in lines if line.startswith(" ")]
    assert changes == [
        "abstract: 206 characters -> 207 characters",
        f"abstract: '…{(words + 'first.')[-60:]}' -> '…{(words + 'second.')[-60:]}'",
    ]


# The file and the organisers


def test_a_key_that_is_absent_leaves_what_organisers_entered(desk):
    bare = programme(track("afternoon", session("Talk"), session("Other"), audience=None), organisations=["NCMEC"])
    desk.load(bare)
    Event.objects.update(venue="Hall", capacity=50, intro="Hello")
    Organisation.objects.update(full_name="National Center", member=True, email_domains=["ncmec.test"])
    Track.objects.update(audience="public", teaser="titles")
    talk = the("Talk")
    Session.objects.filter(pk=talk.pk).update(
        number=9, abstract="About", kind="panel", start=dt.time(9), end=dt.time(10), room="A1", tlp="RED", key="mine"
    )
    Session.objects.filter(pk=talk.pk).update(published=False, cancelled=True, slug="elsewhere")
    talk.participations.create(organisation=Organisation.objects.get(), role="host", position=4)
    talk.participations.create(speaker=Speaker.objects.create(event=Event.objects.get(), name="Kim"))
    before = everything()
    assert "Nothing changed." in desk.load(bare)
    assert everything() == before


def test_a_key_that_is_present_wins_even_empty(desk):
    desk.load(full_programme())
    emptied = full_programme()
    emptied["event"] |= {"venue": "", "capacity": "", "registration_opens": "", "registration_closes": "", "intro": ""}
    emptied["organisations"][1]["email_domains"] = []
    emptied["tracks"][0]["sessions"][0] |= {
        **{"number": "", "abstract": "", "start": "", "end": "", "room": "", "tlp": ""},
        **{"organisations": [], "speakers": []},
    }
    desk.load(emptied)
    event = Event.objects.get()
    assert (event.venue, event.capacity, event.registration_opens, event.registration_closes, event.intro) == (
        *("", None, None, None, ""),
    )
    assert Organisation.objects.get(name="Thorn").email_domains == []
    signals = the("Signals")
    assert (signals.number, signals.abstract, signals.start, signals.end, signals.room, signals.tlp) == (
        *(None, "", None, None, "", ""),
    )
    assert not Participation.objects.exists()


def test_the_list_of_one_kind_of_participants_leaves_the_other(desk):
    desk.load(full_programme())
    fewer = full_programme()
    fewer["tracks"][0]["sessions"][0]["organisations"] = [{"name": "THORN"}]
    del fewer["tracks"][0]["sessions"][0]["speakers"]
    out = desk.load(fewer)
    assert [str(it.organisation or it.speaker) for it in the("Signals").participations.all()] == [
        *("Thorn", "Sam, Thorn", "Kim"),
    ]
    assert "organisations: NCMEC (presenter), Thorn (participant) -> Thorn (participant)" in out


def test_what_is_added_is_published_unless_the_file_says_no(desk):
    desk.load(programme(track("afternoon", session("Shown"), session("Hidden", published=False))))
    assert (the("Shown").published, the("Hidden").published) == (True, False)
    Session.objects.filter(title="Shown").update(published=False)
    Session.objects.filter(title="Hidden").update(published=True)
    desk.load(programme(track("afternoon", session("Shown"), session("Hidden"))))
    assert (the("Shown").published, the("Hidden").published) == (False, True)


def test_an_organisation_is_known_whatever_its_case(desk):
    desk.load(programme(organisations=["THORN"]))
    known = Organisation.objects.get()
    desk.load(programme(organisations=["Thorn"]))
    assert [(it.pk, it.name) for it in Organisation.objects.all()] == [(known.pk, "Thorn")]


def test_a_speaker_is_one_person_of_one_event(desk):
    def file(slug, *speakers):
        return programme(track("afternoon", session("Talk", speakers=speakers)), event={"slug": slug})

    sam, namesake = {"name": "Sam", "affiliation": "Thorn"}, {"name": "Sam", "affiliation": "Meta"}
    for _ in range(2):
        desk.load(file("cacc-2022", sam, namesake))
        desk.load(file("cacc-2023", sam))
    assert sorted(Speaker.objects.values_list("event__slug", "name", "affiliation")) == [
        ("cacc-2022", "Sam", "Meta"),
        ("cacc-2022", "Sam", "Thorn"),
        ("cacc-2023", "Sam", "Thorn"),
    ]


# Which event is current


HIDES_THE_FRONT_PAGE = "event.announced: would hide the event that is on the front page"


def test_an_event_that_is_added_is_announced_unless_the_file_says_otherwise(desk):
    desk.load(programme(event={"slug": "cacc-2022"}))
    desk.load(programme(event={"slug": "cacc-2023", "announced": False}))
    assert list(Event.objects.values_list("slug", "announced")) == [("cacc-2023", False), ("cacc-2022", True)]
    desk.load(programme(event={"slug": "cacc-2023"}))
    assert not Event.objects.get(slug="cacc-2023").announced  # a key that is absent leaves what is there
    for hidden in ({"slug": "cacc-2022"}, {"slug": "cacc-2023", "current": True}):
        assert desk.faults(programme(event=hidden | {"announced": False})) == [HIDES_THE_FRONT_PAGE]


def test_one_edition_a_year(desk):
    desk.load(programme(event={"slug": "cacc-2022"}))
    assert desk.faults(programme(event={"slug": "another", "date": dt.date(2022, 9, 1)})) == [
        "event.date: is of the same year as cacc-2022; its address is the year"
    ]


def test_the_first_event_is_current_until_another_asks_for_it(desk):
    desk.load(programme(event={"slug": "cacc-2022"}))
    desk.load(programme(event={"slug": "cacc-2023"}))
    assert Event.objects.current().slug == "cacc-2022"
    assert "current: no -> yes" in desk.load(programme(event={"slug": "cacc-2023", "current": True}))
    assert Event.objects.current().slug == "cacc-2023"
    desk.load(programme(event={"slug": "cacc-2022"}))
    desk.load(programme(event={"slug": "cacc-2023", "current": False}))
    assert Event.objects.current().slug == "cacc-2023"
