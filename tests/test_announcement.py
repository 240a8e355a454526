"""content/cacc-2022.toml says what the announcement says, word for word."""

import re
import tomllib

import pytest

from sessions.models import Session

from .programme_files import ANNOUNCED, BASE_DIR, Desk, agenda

pytestmark = [pytest.mark.fast]

ANNOUNCEMENT = BASE_DIR.parent / "shared" / "announcement.txt"


def words(text):
    """Without the stray spaces of the print."""
    return " ".join(text.split())


@pytest.fixture
def paragraphs():
    return [words(paragraph) for paragraph in ANNOUNCEMENT.read_text("utf-8").split("\n\n")]


@pytest.fixture
def file():
    return tomllib.loads(ANNOUNCED.read_text("utf-8"))


def test_every_title_and_abstract_is_the_printed_one(file, paragraphs):
    printed = {}
    for paragraph in paragraphs[2:]:
        if re.match(r"[A-Z -]+ - ", paragraph):
            part = printed.setdefault(paragraph, [])
        elif heading := re.match(r"Session (\d): (.*)", paragraph):
            part.append((int(heading[1]), heading[2]))
        else:
            part[-1] += (paragraph,)

    morning, afternoon, reception = file["tracks"]

    def told(track):
        return [(it["number"], it["title"], words(it["abstract"])) for it in track["sessions"]]

    (wine_down,) = reception["sessions"]
    assert printed == {
        f"{morning['title'].upper()} - Private/industry only": told(morning),
        f"{afternoon['title'].upper()} - Open to all conference attendees": told(afternoon),
        f"{wine_down['title'].upper()} - {reception['title']}": [],
    }
    assert [track["audience"] for track in file["tracks"]] == ["industry", "public", "public"]


def test_the_welcome_differs_in_the_year_and_in_how_to_ask(file, paragraphs):
    day, asking = paragraphs[:2]
    assert "August 9, 2002" in day
    assert asking.endswith(" by emailing [email protected]")
    assert [words(paragraph) for paragraph in file["event"]["intro"].split("\n\n")] == [
        day.replace("2002", "2022"),
        asking.replace("by emailing [email protected]", "on this site."),
    ]


def test_nothing_is_invented(file):
    assert {*file["event"]} == {"slug", "name", "host", "conference", "city", "date", "time_zone", "intro"}
    assert {key for it in file["organisations"] for key in it} == {"name", "full_name"}
    sessions = [it for track in file["tracks"] for it in track["sessions"]]
    assert {key for it in sessions for key in it} == {"number", "slug", "title", "abstract", "kind", "organisations"}


def test_whoever_is_linked_is_named_in_the_session(file):
    for track in file["tracks"]:
        for it in track["sessions"]:
            text = f"{it['title']} {it.get('abstract', '')}".lower().replace("the tc", "the tech coalition")
            assert [who["name"] for who in it.get("organisations", []) if who["name"].lower() not in text] == []
    full_names = {it["name"]: it["full_name"] for it in file["organisations"] if "full_name" in it}
    assert full_names == {"NCMEC": "National Center for Missing and Exploited Children"}
    assert full_names["NCMEC"] in ANNOUNCEMENT.read_text("utf-8")


@pytest.mark.django_db
def test_the_file_loads_as_the_day(tmp_path):
    Desk(tmp_path).load(ANNOUNCED)
    assert agenda() == [
        ("morning", 1, "NGO Collaboration"),
        ("morning", 2, "Global Legislative Review"),
        ("morning", 3, "Understanding Grooming Violator Strategies"),
        ("morning", 4, "Viral Content Trends Discussion"),
        ("afternoon", 1, "Reporting Cycle from ESPs to NCMEC"),
        ("afternoon", 2, "“Self-produced CSAM:” Should all reports be treated equally?"),
        ("reception", None, "Wine-down with the TC"),
    ]
    people = Session.objects.in_order().values_list("key", "participations__organisation__name", "participations__role")
    assert list(people.order_by("track__position", "number", "participations__position")) == [
        ("ngo-collaboration", "Tech Coalition", "participant"),
        ("ngo-collaboration", "NCMEC", "participant"),
        ("ngo-collaboration", "Thorn", "participant"),
        ("ngo-collaboration", "ICMEC", "participant"),
        ("ngo-collaboration", "INHOPE", "participant"),
        ("global-legislative-review", None, None),
        ("grooming-violator-strategies", "Meta", "presenter"),
        ("viral-content-trends", "Flickr", "participant"),
        ("viral-content-trends", "Pinterest", "participant"),
        ("viral-content-trends", "Snap", "participant"),
        ("reporting-cycle", "Tech Coalition", "host"),
        ("reporting-cycle", "NCMEC", "presenter"),
        ("self-produced-csam", "Tech Coalition", "host"),
        ("self-produced-csam", "NCMEC", "participant"),
        ("wine-down", "Tech Coalition", "host"),
    ]
