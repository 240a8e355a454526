"""Loading a programme file: what it no longer has."""

import pytest

from sessions.models import Organisation, Session, Speaker, Track
from sessions.programme_file import loading

from .programme_files import Desk, agenda, everything, programme, session, track

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture
def old_programme(desk):
    old = programme(
        track("morning", session("Stays", speakers=[{"name": "Kim"}])),
        track("afternoon", session("Goes", speakers=[{"name": "Sam"}], organisations=[{"name": "NCMEC"}])),
        organisations=["NCMEC", "Thorn", "Meta", "Snap"],
    )
    desk.load(old)
    Organisation.objects.filter(name="Meta").update(email_domains=["meta.test"])
    Organisation.objects.filter(name="Snap").update(member=True)
    return old


@pytest.fixture
def new_programme(old_programme):
    return programme(track("morning", session("Stays")))


def names():
    return {model.__name__: sorted(map(str, model.objects.all())) for model in (Track, Session, Speaker, Organisation)}


def test_without_prune_it_is_listed_and_stays(desk, new_programme):
    before = everything()
    gone = [line for line in desk.load(new_programme).splitlines() if line.startswith("gone")]
    assert gone == [
        "gone     session afternoon / Goes: stays; --prune removes it",
        "gone     track afternoon: stays; --prune removes it",
        "gone     organisation Thorn: stays; --prune removes it",
    ]
    assert everything() == before


def test_prune_removes_it_but_no_organisation_that_organisers_need(desk, new_programme):
    gone = [line for line in desk.load(new_programme, "--prune").splitlines() if line.startswith("gone")]
    assert gone == [
        "gone     session afternoon / Goes: removed",
        "gone     track afternoon: removed",
        "gone     speaker Sam: removed",
        "gone     organisation NCMEC: removed",
        "gone     organisation Thorn: removed",
    ]
    assert names() == {
        "Track": ["Morning sessions"],
        "Session": ["Stays"],
        "Speaker": ["Kim"],
        "Organisation": ["Meta", "Snap"],
    }
    assert "Nothing changed." in desk.load(new_programme, "--prune")


def test_prune_leaves_other_events_alone(desk, new_programme):
    desk.load(programme(track("afternoon", session("Theirs")), event={"slug": "cacc-2023"}))
    desk.load(new_programme, "--prune")
    assert agenda("cacc-2023") == [("afternoon", 1, "Theirs")]


def test_prune_never_removes_a_session_that_peoples_data_hangs_on(desk, new_programme, monkeypatch):
    # Participations stand in for the people's data: any relation that is not named as a part of the session does.
    monkeypatch.setattr(loading, "PARTS_OF_A_SESSION", ())
    before = names()
    gone = [line for line in desk.load(new_programme, "--prune").splitlines() if line.startswith("gone")]
    assert gone == [
        "gone     session afternoon / Goes: stays, because of 2 participations",
        "gone     track afternoon: stays, because of 1 session",
        "gone     organisation Thorn: removed",
    ]
    before["Organisation"].remove("Thorn")
    assert names() == before


def test_what_stays_gives_its_number_to_what_the_file_adds(desk):
    desk.load(programme(track("afternoon", session("Old", slug="old"))))
    out = desk.load(programme(track("afternoon", session("New", slug="new"))))
    assert "number: 1 -> empty" in out
    assert agenda() == [("afternoon", 1, "New"), ("afternoon", None, "Old")]
