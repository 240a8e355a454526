"""Loading a programme file that is not right: every fault is told with its place, and nothing changes."""

import datetime as dt
import random

import pytest
from django.core.management import CommandError
from django.db import transaction

from sessions.models import Event, Session

from .programme_files import (
    ANNOUNCED,
    Desk,
    everything,
    full_programme,
    programme,
    session,
    text_of,
    track,
)

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_every_fault_of_one_bad_file_is_reported_at_once_with_its_place(desk):
    bad = """
        intro = "in the wrong place"

        [event]
        slug = "cacc 2022"
        name = ""
        host = 7
        conference = "Crimes Against Children\\u0000"
        city = "Dallas\\nTexas"
        date = "2022-08-09"
        time_zone = "Chicago"
        contact_email = "nobody"
        capacity = -1
        venu = "Hall"
        registration_opens = 2022-06-02T09:00:00Z
        registration_closes = 2022-06-01T09:00:00Z

        [[organisations]]
        name = "NCMEC"
        website = "javascript:alert(1)"
        [[organisations]]
        name = "ncmec"
        email_domains = ["example.org", "not a domain"]
        [[organisations]]
        full_name = "Nameless"

        [[tracks]]
        slug = "morning"
        audience = "everyone"
        [[tracks.sessions]]
        title = "One"
        number = 1
        slug = "one"
        start = 10:00:00
        end = 09:00:00
        organisations = [{ name = "NCMC" }, { name = "Ncmec", role = "speaker" }, { name = "NCMEC" }]
        [[tracks.sessions]]
        title = "One"
        number = 1
        slug = "one"
        kind = "workshop"
        end = 11:00:00
        speakers = [{ name = "Sam" }, { name = "Sam", affiliation = "" }, "Kim"]
        [[tracks.sessions]]
        abstrct = "…"
        number = true
        start = "09:00"
        published = "no"

        [[tracks]]
        slug = "morning"
        title = "Again"
        sessions = { title = "Not in an array" }
    """
    assert desk.faults(bad) == [
        "intro: is no key here; known are event, organisations, tracks",
        "event.slug: Enter a valid “slug” consisting of letters, numbers, underscores or hyphens.",
        "event.name: must not be empty",
        "event.host: must be text in quotes; this is a whole number",
        "event.conference: must not contain the sign U+0000",
        "event.city: must not contain a line break",
        "event.date: must be a date like 2022-08-09, without quotes; this is text in quotes",
        "event.time_zone: Chicago is no IANA time zone; write it like America/Chicago.",
        "event.contact_email: Enter a valid email address.",
        "event.capacity: must be from 0 to 100000",
        "event.venu: is no key here; did you mean venue?",
        "organisations[0].website: Enter a valid URL.",
        "organisations[1].email_domains: number 2 is no domain of one organisation, like example.org",
        "organisations[2].name: is missing",
        "tracks[0].audience: 'everyone' is none of public, industry",
        "tracks[0].sessions[0].organisations[1].role: 'speaker' is none of host, presenter, participant",
        "tracks[0].sessions[1].kind: 'workshop' is none of talk, panel, discussion, break, meal, networking",
        "tracks[0].sessions[1].speakers[2]: must be a table; this is text in quotes",
        "tracks[0].sessions[2].abstrct: is no key here; did you mean abstract?",
        "tracks[0].sessions[2].number: must be a whole number; this is true or false",
        "tracks[0].sessions[2].start: must be a time like 09:00:00, without quotes; this is text in quotes",
        "tracks[0].sessions[2].published: must be true or false; this is text in quotes",
        "tracks[0].sessions[2].title: is missing",
        "tracks[0].title: is missing",
        "tracks[1].sessions: must be an array in [brackets]; this is a table",
        "organisations[1].name: stands already at organisations[0]",
        "tracks[1].slug: stands already at tracks[0]",
        "tracks[0].sessions[1].slug: stands already at tracks[0].sessions[0]",
        "tracks[0].sessions[1].number: stands already at tracks[0].sessions[0]",
        "tracks[0].sessions[0].organisations[2].name: stands already at tracks[0].sessions[0].organisations[1]",
        "tracks[0].sessions[1].speakers[1]: is the same person as tracks[0].sessions[1].speakers[0]",
        "tracks[0].sessions[0].organisations[0].name: 'NCMC' is no organisation of this file; did you mean ncmec?",
        "tracks[0].sessions[0].end: end (09:00:00) is not after start (10:00:00)",
        "tracks[0].sessions[1].end: there is an end without a start",
        "event.registration_closes: registration_closes (2022-06-01 09:00:00+00:00) is not after "
        "registration_opens (2022-06-02 09:00:00+00:00)",
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ('[event]\nslug = "a\n', "line 2, column 10: Illegal character '\\n'"),
        ("[event]\nslug =", "line 2: Invalid value (at the end of the file)"),
        ("[event]\n[event]\n", "line 2, column 7: Cannot declare ('event',) twice"),
        ("[event]\ndate = 2022-02-30\n", "line 2, column 8: Invalid date or datetime"),
        (
            "[[tracks]]\n[[tracks.sessions]]\nstart = 09:00 # early\n",
            "line 3, column 10: Expected newline or end of document after a statement; a time has seconds, "
            "like 09:00:00",
        ),
        ('[event]\nintro = """\nNo end.\n', "line 3: Unterminated string (at the end of the file)"),
        ("[event]\nname = 'Zo\u00eb'\n".encode("latin-1"), "line 2: is not UTF-8; save the file in that encoding"),
        ("", "event: is missing"),
        ("event = []", "event: must be a table; this is an array in [brackets]"),
    ],
)
def test_what_is_no_programme_is_told_by_its_line(desk, content, fault):
    assert desk.faults(content) == [fault]


@pytest.mark.parametrize("content", [f"a = {'[' * 100_000}", f"a = {'9' * 10_000}"])
def test_what_breaks_the_reader_of_toml_is_a_fault_too(desk, content):
    (fault,) = desk.faults(content)
    assert fault.startswith("file: cannot be read as TOML: ")


@pytest.mark.parametrize("name", ["missing.toml", "", "nul\0.toml"])
def test_a_file_that_cannot_be_read_is_a_fault(desk, tmp_path, name):
    desk.path = tmp_path / name
    with pytest.raises(CommandError, match="\n  file: cannot be read: "):
        desk.load(desk.path)


def test_a_byte_order_mark_and_line_ends_of_windows_do_no_harm(desk):
    data = text_of(programme(track("afternoon", session("Talk"))))
    desk.load(b"\xef\xbb\xbf" + data.replace("\n", "\r\n").encode())
    assert Session.objects.get().title == "Talk"


def test_text_may_be_as_long_as_its_column_and_no_longer(desk):
    def file(length):
        return programme(track("afternoon", session("x" * length)))

    assert desk.faults(file(301)) == [
        "tracks[0].sessions[0].title: Ensure this value has at most 300 characters (it has 301)."
    ]
    desk.load(file(300))


def test_a_title_may_stand_twice_in_a_track_only_if_each_has_a_slug(desk):
    def file(**more):
        return programme(track("afternoon", session("Break", slug="early"), session("Break", **more)))

    assert desk.faults(file()) == ["tracks[0].sessions[1].title: stands already at tracks[0].sessions[0]"]
    desk.load(file(slug="late"))
    assert "Nothing changed." in desk.load(file(slug="late"))


def test_an_end_is_held_against_the_start_that_organisers_entered(desk):
    desk.load(programme(track("afternoon", session("Talk"))))
    Session.objects.update(start=dt.time(10))
    Event.objects.update(registration_closes=dt.datetime(2022, 8, 1, tzinfo=dt.UTC))
    late = dt.datetime(2022, 8, 2, tzinfo=dt.UTC)
    bad = programme(track("afternoon", session("Talk", end=dt.time(9))), event={"registration_opens": late})
    assert desk.faults(bad) == [
        "tracks[0].sessions[0].end: end (09:00:00) is not after start (10:00:00)",
        "event.registration_opens: registration_closes (2022-08-01 00:00:00+00:00) is not after "
        "registration_opens (2022-08-02 00:00:00+00:00)",
    ]
    desk.load(programme(track("afternoon", session("Talk", end=dt.time(11)))))
    assert desk.faults(programme(track("afternoon", session("Talk", start="")))) == [
        "tracks[0].sessions[0].start: there is an end without a start",
    ]


def test_an_opening_is_told_beside_the_other_faults(desk):
    desk.load(programme(track("morning", audience="industry")))
    assert desk.faults(programme(track("morning", audience="public", titel="Morning"))) == [
        "tracks[0].titel: is no key here; did you mean title?",
        "tracks[0].audience: would make a private track public; --open-tracks allows it",
    ]


def test_a_year_that_is_a_slip_of_the_pen_is_a_fault(desk):
    opens = dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=14)))
    assert desk.faults(programme(event={"date": dt.date(2202, 8, 9), "registration_opens": opens})) == [
        "event.date: must be in the years 2000 to 2100",
        "event.registration_opens: must be in the years 2000 to 2100",
    ]


# Any file at all either loads or is refused with reasons.

ODD = [
    *("", " ", "x" * 400, "a\0b", "\u202e\x1b[2J\x7f", "NCMEC", "morning", "../..", "javascript:1", "<b>", "%(name)s"),
    *(True, 0, -1, 2**70, 1.5, float("nan"), float("inf"), [], [[]], {}, [{}], {"name": "x"}, ["x", 1]),
    *(dt.date(2022, 8, 9), dt.time(9, 30), dt.datetime(2022, 8, 9, 9), dt.datetime.max),  # noqa: DTZ001, DTZ901 -- odd on purpose
]


def places(data, path=()):
    """The path of each value in nested tables and arrays."""
    if path:
        yield path
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inside:
        yield from places(value, (*path, key))


def changed(path, change):
    """A full programme after ``change(container, key)`` at this path."""
    data = full_programme()
    container = data
    for key in path[:-1]:
        container = container[key]
    change(container, path[-1])
    return data


def drop(container, key):
    del container[key]


def double(container, key):
    if isinstance(container, list):
        container.append(container[key])
    else:
        container[f"{key}_"] = container[key]


def put(value):
    return lambda container, key: container.__setitem__(key, value)


class Outcomes:
    """Loads files, each into the database as it is now, and counts those that load and those that are refused."""

    def __init__(self, desk):
        self.desk, self.before = desk, everything()
        self.loaded = self.refused = 0

    def add(self, content):
        try:
            with transaction.atomic():
                self.desk.load(content)
                self.loaded += 1
                transaction.set_rollback(True)
        except CommandError as error:
            self.refused += 1
            _, *faults = str(error).split("\n  ")
            told = faults and all(": " in fault for fault in faults)
            changed = everything() != self.before
            if changed or not told:
                raise AssertionError(f"changed: {changed}, told: {error}") from error


@pytest.mark.slow
def test_a_file_changed_in_any_one_place_loads_or_is_refused_with_reasons(desk):
    desk.load(full_programme())
    outcomes = Outcomes(desk)
    paths = list(places(full_programme()))
    for number, path in enumerate(paths):
        some = random.Random(number).sample(ODD, 2)
        for change in (drop, double, *map(put, some)):
            outcomes.add(changed(path, change))
    assert outcomes.loaded > len(paths) / 2
    assert outcomes.refused > len(paths)


@pytest.mark.slow
def test_a_file_with_any_bytes_changed_loads_or_is_refused_with_reasons(desk):
    outcomes = Outcomes(desk)
    good = ANNOUNCED.read_bytes()
    chance = random.Random(2022)
    for _ in range(60):
        at, length = chance.randrange(len(good)), chance.choice([0, 1, 1, 30, len(good)])
        inserted = bytes(chance.choice(b'"[]{}=.,\n\\\0\xff1a ') for _ in range(chance.randrange(3)))
        outcomes.add(good[:at] + inserted + good[at + length :])
    assert outcomes.loaded > 5
    assert outcomes.refused > 5
