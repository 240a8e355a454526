"""The generation of the programme is another after every write of it, whoever wrote and however."""

import os
import subprocess
import sys
import threading

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client

from cacc_techtrack import signal_file
from sessions import triggers
from sessions.models import Change, Event, Generation, Participation, Session, Track

from . import live, processes, world

pytestmark = [pytest.mark.fast, pytest.mark.django_db]


def now():
    return Generation.objects.now()


@pytest.fixture
def event(event):
    world.public_part(event)
    return event


def tables_without_triggers():
    postgres = "SELECT event_object_table || event_manipulation, trigger_name FROM information_schema.triggers"
    with connection.cursor() as cursor:
        cursor.execute("SELECT tbl_name, name FROM sqlite_master" if connection.vendor == "sqlite" else postgres)
        there = set(cursor.fetchall())
    wanted = {
        (table, event): (table, triggers.on_sqlite(table, event))
        if connection.vendor == "sqlite"
        else (table + event, triggers.NAME)
        for table in triggers.tables(apps)
        for event in triggers.EVENTS
    }
    return {what for what, row in wanted.items() if row not in there}


def test_every_table_of_the_programme_gives_a_new_generation():
    assert len(triggers.tables(apps)) >= 7
    assert tables_without_triggers() == set(), "end the migration that made them anew with RunPython(triggers.make)"


def test_a_table_without_its_triggers_is_noticed():
    """The control."""
    triggers.take_away(apps, connection.schema_editor())
    assert len(tables_without_triggers()) == 3 * len(triggers.tables(apps))
    triggers.make(apps, connection.schema_editor())
    assert tables_without_triggers() == set()


def bulk_create(event):
    track = event.tracks.first()
    Session.objects.bulk_create([Session(track=track, title=f"Bulk {n}", slug=f"bulk-{n}") for n in range(3)])


def create_and_ignore_conflicts(event):
    """On SQLite ``INSERT OR IGNORE``, of which a trigger's own upsert would do as little."""
    track = event.tracks.first()
    Session.objects.bulk_create([Session(track=track, title="Bulk", slug="bulk")], ignore_conflicts=True)


def bulk_update(event):
    rows = list(Session.objects.all())
    for row in rows:
        row.room = "Hall 7"
    Session.objects.bulk_update(rows, ["room"])


def raw_sql(event):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE agenda_track SET audience = 'industry'")


def raw_delete(event):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM agenda_participation")


WAYS = {
    "save": lambda event: event.save(),
    "create": lambda event: world.track(event, "evening", "public", 9),
    "verb": lambda event: event.tracks.first().change_audience(Track.Reader.INDUSTRY),
    "update": lambda event: Session.objects.update(published=False),
    "update past every override": lambda event: Session._base_manager.filter(number=1).update(room="Hall 8"),
    "delete": lambda event: Session.objects.filter(number=2).delete(),
    "who takes part": lambda event: Participation.objects.filter(organisation__isnull=False).delete(),
    "a change": lambda event: Change.objects.create(session=Session.objects.first(), what="room", public=True),
    "bulk_create": bulk_create,
    "bulk_create, ignore_conflicts": create_and_ignore_conflicts,
    "bulk_update": bulk_update,
    "raw SQL": raw_sql,
    "raw delete": raw_delete,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_no_writer_can_forget_it(event, way):
    before = now()
    way(event)
    assert {before, now()}.isdisjoint({None})
    assert now() != before


def test_reading_changes_nothing(event):
    before = now()
    for path in ("/", "/changes/", "/agenda.ics", "/sitemap.xml"):
        assert Client().get(path, secure=True).status_code == 200
    assert now() == before


def test_a_write_that_is_rolled_back_is_none(event):
    before = now()
    with transaction.atomic():
        Session.objects.update(room="Hall 9")
        assert now() != before
        transaction.set_rollback(True)
    assert now() == before


def test_no_value_comes_back(event):
    """Also not when all is emptied and filled again, as tests do, or restored, as before."""
    seen = {now()}
    for _ in range(50):
        Event.objects.update(venue="")
        assert now() not in seen
        seen.add(now())
    Generation.objects.all().delete()
    assert now() is None
    event.save()
    assert now() not in seen


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_writers_at_once_wait_for_nobody_and_are_all_noticed(event):
    """On PostgreSQL two transactions that end in the wrong order; on SQLite the second waits for the first."""
    one, other = Session.objects.order_by("pk")[:2]
    before, begun, go_on, errors = now(), threading.Event(), threading.Event(), []

    def slow_writer():
        try:
            with transaction.atomic():
                Session._base_manager.filter(pk=one.pk).update(room="Slow")
                begun.set()
                assert go_on.wait(30)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=slow_writer)
    thread.start()
    assert begun.wait(30)
    between = before
    if connection.vendor == "postgresql":
        Session._base_manager.filter(pk=other.pk).update(room="Quick")
        between = now()
        assert between != before
    go_on.set()
    thread.join(30)
    assert errors == []
    assert now() not in {before, between}
    Event.objects.update(venue="")
    assert Generation.objects.count() == 1  # what is left of two goes with the next


# The signal


def given(signal):
    return signal.stat().st_mtime_ns


@pytest.fixture
def signal(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path / signal_file.NAME


def test_a_request_that_may_have_written_gives_the_signal(signal):
    Client().post("/register/", secure=True)
    first = given(signal)
    assert oct(signal.stat().st_mode & 0o777) == "0o600"
    Client().get("/", secure=True)
    Client().head("/", secure=True)
    assert given(signal) == first
    Client(enforce_csrf_checks=True).post("/account/login/", secure=True)  # even one that is refused
    assert given(signal) != first


def test_the_signal_is_given_where_the_file_is_another_users(signal, monkeypatch):
    """Root runs a command; nobody but a file's owner may set its time."""
    signal_file.give()
    first = given(signal)
    utime, refused = os.utime, []

    def not_of_others(file, **how):
        if file == str(signal):
            refused.append(file)
            raise PermissionError
        utime(file, **how)

    monkeypatch.setattr(os, "utime", not_of_others)
    signal_file.give()
    assert refused == [str(signal)]
    assert given(signal) != first
    assert [path.name for path in signal.parent.iterdir()] == [signal_file.NAME]


def test_a_signal_that_cannot_be_given_costs_nobody_their_answer(signal, settings, log):
    settings.DATA_DIR = signal.parent / "gone"
    assert Client().post("/account/login/", {"email": "ada"}, secure=True).status_code == 200
    assert log.lines("the signal that the programme changed was not given: FileNotFoundError")


@pytest.mark.slow
@pytest.mark.parametrize("command", [["check"], ["no-such-command"]])
def test_every_command_gives_the_signal_at_its_end(tmp_path, command):
    """Also one that failed: it may have written before."""
    env = live._environment("http://localhost:8000", 8000) | {"DATA_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "manage.py", *command], env=env, cwd=processes.BASE_DIR, capture_output=True)
    assert (tmp_path / signal_file.NAME).exists()
