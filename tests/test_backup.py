"""P-11, P-12: a backup during writes comes back whole, and nothing that was taken from anybody comes back with it."""

import os
import subprocess
import sys
import threading
from contextlib import closing

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from cacc_techtrack.backup import archive, postgres, sealed_file
from registration import watching
from registration.mail.letters import code_in
from registration.models import AccessRequest, Backup, LoginSession, Mail, User

from . import clock, environment, people, world
from .live import database_url
from .people import Browser, browser_of, person
from .postgres import find_binaries
from .steps import ask_for_code, newest_code

pytestmark = [pytest.mark.fast, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def keys(tmp_path, settings, capsys):
    """The private key's file; the site knows the public one."""
    call_command("backup", "--new-key", tmp_path / "private-key")
    settings.BACKUP_KEY = capsys.readouterr().out.splitlines()[0].removeprefix("BACKUP_KEY=")
    settings.PG_BINDIR = str(find_binaries()) if connection.vendor == "postgresql" else ""
    return tmp_path / "private-key"


@pytest.fixture(autouse=True)
def _uploads(tmp_path, settings):
    storages = {**settings.STORAGES}
    storages["default"] = {**storages["default"], "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = storages


class Elsewhere:
    """An empty site of its own: another DATA_DIR, another database."""

    def __init__(self, folder):
        self.name = f"restored_{os.getpid()}"
        self.env = {
            **environment.without_settings(),
            **{name: os.environ[name] for name in ("SECRET_KEY", "EMAIL_URL", "DEFAULT_FROM_EMAIL")},
            "SITE_URL": environment.SITE_URL,
            "TRUSTED_PROXY_COUNT": "0",
            "DATA_DIR": str(folder),
        }
        if connection.vendor == "postgresql":
            self.server = os.environ["TEST_DATABASE_URL"].replace("postgres://", "postgresql://")
            self.on_server(f"CREATE DATABASE {self.name}")
            self.env["DATABASE_URL"] = database_url({**settings.DATABASES["default"], "NAME": self.name})
            self.env["PG_BINDIR"] = str(find_binaries())

    def on_server(self, statement):
        with closing(psycopg.connect(self.server, autocommit=True)) as server:
            server.execute(statement)

    def manage(self, *arguments):
        """``(status, what was printed)``."""
        command = [sys.executable, "manage.py", *map(str, arguments)]
        done = subprocess.run(command, env=self.env, cwd=environment.BASE_DIR, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def ask(self, code):
        status, printed = self.manage("shell", "--verbosity=0", "-c", f"from registration.models import *; {code}")
        assert status == 0, printed
        return printed.strip()

    def put_away(self):
        if connection.vendor == "postgresql":
            self.on_server(f"DROP DATABASE {self.name} WITH (FORCE)")


@pytest.fixture
def elsewhere(tmp_path):
    made = Elsewhere(tmp_path / "elsewhere")
    yield made
    made.put_away()


@pytest.fixture
def busy():
    """The site's people, one for each state, with everything that must not come back."""
    event, boss = world.event(), people.organiser()
    browser_of(boss)
    guest = people.approved("guest@example.com", event, by=boss)
    browser_of(guest)
    people.ask(person("applicant@example.com"), event)
    people.approved("revoked-since@example.com", event, by=boss)
    ask_for_code(Browser(), "canary-address@example.com")
    uploads = settings.STORAGES["default"]["OPTIONS"]["location"]
    uploads.mkdir()
    (uploads / "slides.pdf").write_bytes(b"canary-upload" * 1000)
    return event


class Writing:
    """Somebody asks, again and again, while this lasts; each request has its decision and its mail."""

    def __init__(self, event):
        self.event, self.stop, self.made = event, threading.Event(), 0
        self.thread = threading.Thread(target=self.work)

    def work(self):
        try:
            while not self.stop.is_set() and self.made < 2000:
                people.ask(person(f"writer{self.made}@example.com"), self.event)
                self.made += 1
        finally:
            connection.close()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


def test_a_backup_during_writes_comes_back_whole_and_opens_nothing(tmp_path, keys, busy, elsewhere, capsys):
    file = tmp_path / "one.backup"
    with Writing(busy) as writing:
        before = writing.made
        call_command("backup", file)
    print(capsys.readouterr().out)
    assert writing.made > before  # it was during writes
    AccessRequest.objects.get(person__email="revoked-since@example.com").revoke(by=User.objects.get(is_staff=True))

    status, printed = elsewhere.manage("restore", file, "--key-file", keys)

    assert status == 0, printed
    print(printed)
    assert "2 approved requests open nothing" in printed
    assert f"{file}" not in printed
    # The manifest's checksums were compared by the command; here, what they stand for.
    whole = elsewhere.ask(
        "r = AccessRequest.objects; "
        "print(r.filter(decisions=None).count(), Decision.objects.filter(mails=None, begin='').count(), "
        "r.filter(state='approved').count(), r.filter(state='approved', to_confirm=False).count(), "
        "LoginSession.objects.count(), SignInCode.objects.count(), EnrolmentCode.objects.count(), "
        "Mail.objects.exclude(sealed=None).count(), Mail.objects.filter(state='queued').count(), "
        "User.objects.filter(is_staff=True).count())"
    )
    assert whole == "0 0 2 0 0 0 0 0 0 0"
    opened = elsewhere.ask(
        "e = AccessRequest.objects.first().event; "
        "print(sum(AccessRequest.objects.opening(u, e).exists() for u in User.objects.all()))"
    )
    assert opened == "0"
    uploads = elsewhere.env["DATA_DIR"] + "/files/slides.pdf"
    with open(uploads, "rb") as restored:
        assert restored.read() == b"canary-upload" * 1000


def test_without_the_key_nothing_can_be_read_and_no_code_is_in_it(tmp_path, keys, busy):
    """P-12."""
    code = newest_code("canary-address@example.com")
    sealed = bytes(Mail.objects.exclude(sealed=None).first().sealed)
    assert code_in(Mail.objects.exclude(sealed=None).first()) == code
    file = tmp_path / "one.backup"
    call_command("backup", file)
    assert file.stat().st_mode & 0o777 == 0o600
    written = file.read_bytes()
    for readable in (b"canary", b"example.com", b"SQLite", b"PGDMP", code.encode()):
        assert readable not in written

    other, _ = sealed_file.new_key()
    with file.open("rb") as opened, pytest.raises(sealed_file.Unreadable):
        sealed_file.Reader(opened, sealed_file.private_key(other))

    with archive.own_folder() as folder:  # the control: with the key it is all there, and still no code
        archive.unpack(file, sealed_file.private_key(keys.read_text()), folder)
        inside = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
        if connection.vendor == "postgresql":
            dump = [postgres.program("pg_restore", 0), "--file=-", str(folder / postgres.FILE)]
            inside += subprocess.run(dump, capture_output=True, check=True).stdout
    assert b"canary-address@example.com" in inside
    assert b"canary-upload" in inside
    for absent in (sealed, code.encode(), browser_key()):
        assert absent not in inside


def browser_key():
    return LoginSession.objects.first().session_key.encode()


@pytest.mark.parametrize("harm", ["cut", "changed", "longer", "swapped"])
def test_a_damaged_backup_is_refused_before_anything_is_touched(tmp_path, keys, busy, harm):
    file = tmp_path / "one.backup"
    (settings.STORAGES["default"]["OPTIONS"]["location"] / "big").write_bytes(os.urandom(3 * sealed_file.PORTION))
    call_command("backup", file)
    written = bytearray(file.read_bytes())
    begin, portion = len(sealed_file.MAGIC) + 80, sealed_file.PORTION + 16
    if harm == "cut":
        del written[begin + portion :]
    elif harm == "changed":
        written[begin + 5] ^= 1
    elif harm == "longer":
        written += b"x"
    else:
        first, second = written[begin : begin + portion], written[begin + portion : begin + 2 * portion]
        written[begin : begin + 2 * portion] = second + first
    file.write_bytes(written)
    with pytest.raises(CommandError, match="damaged"):
        call_command("restore", file, "--key-file", keys, "--replace")
    assert User.objects.filter(email="guest@example.com").exists()


def test_it_is_refused_over_a_site_that_is_not_empty(tmp_path, keys, busy):
    file = tmp_path / "one.backup"
    call_command("backup", file)
    with pytest.raises(CommandError, match="--replace"):
        call_command("restore", file, "--key-file", keys)
    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", file)


def test_replacing_puts_the_backup_in_the_place_of_what_is_there(tmp_path, keys, busy, elsewhere):
    file = tmp_path / "one.backup"
    call_command("backup", file)
    assert elsewhere.manage("restore", file, "--key-file", keys)[0] == 0
    elsewhere.ask("User.objects.create_user('later@example.com')")
    assert elsewhere.manage("restore", file, "--key-file", keys)[0] == 1
    status, printed = elsewhere.manage("restore", file, "--key-file", keys, "--replace", "--keep-organisers")
    assert status == 0, printed
    found = "print(*User.objects.filter(email__in=['later@example.com', 'olga@techtrack.test'], is_staff=True))"
    assert elsewhere.ask(found) == "Olga"
    assert elsewhere.ask("print(User.objects.filter(email='later@example.com').count())") == "0"


def test_without_a_key_no_backup_is_made(tmp_path, settings):
    settings.BACKUP_KEY = ""
    with pytest.raises(CommandError, match="BACKUP_KEY is not set"):
        call_command("backup", tmp_path / "one")
    assert not list(tmp_path.glob("one*"))


def test_a_pg_dump_that_is_too_old_is_refused(tmp_path, settings):
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 12.3'\n")
    (fake / "pg_dump").chmod(0o755)
    settings.PG_BINDIR = str(fake)
    with pytest.raises(CommandError, match=r"PostgreSQL 999 needs a pg_dump at least as new.*pg_dump is 12"):
        postgres.program("pg_dump", 9_990_000)
    assert postgres.program("pg_dump", 120_005) == str(fake / "pg_dump")


# Confirming


def restored(event, boss, address="guest@example.com"):
    guest = people.approved(address, event, by=boss)
    AccessRequest.objects.filter(person=guest).update(to_confirm=True)
    return guest


def may_read(guest, event):
    return AccessRequest.objects.opening(guest, event).exists()


def test_a_restored_approval_opens_nothing_until_it_is_confirmed():
    event, boss = world.event(), people.organiser()
    secret = world.private_part(event, world.Canaries(), count=1).sessions.get()
    guest = restored(event, boss)
    browser, desk = browser_of(guest), browser_of(boss)
    request = AccessRequest.objects.get()
    assert browser.get(f"/sessions/{secret.slug}/").status_code == 404
    assert "Organisers are looking" in browser.get("/register/status/").content.decode()
    mails = Mail.objects.count()

    listed = desk.get("/admin/registration/accessrequest/?state=all&to_confirm__exact=1").content.decode()
    assert "approved, to confirm" in listed
    chosen = {"action": "confirm_selected", "_selected_action": [request.pk], "index": 0}
    page = desk.post("/admin/registration/accessrequest/?state=all", chosen).content.decode()
    assert "Confirm 1" in page
    form = {"step": "confirm", "line": f"{request.pk}:{request.version}", "reason": "looked it up", "words": ""}
    assert desk.post("/admin/registration/accessrequest/decide/", form).status_code == 302

    assert browser.get(f"/sessions/{secret.slug}/").status_code == 200
    confirmation = request.confirmations.get()
    assert (confirmation.actor, confirmation.actor_name, confirmation.reason) == (boss, "Olga", "looked it up")
    assert Mail.objects.count() == mails
    assert (
        "Confirmed after a backup"
        in desk.get(f"/admin/registration/accessrequest/{request.pk}/change/").content.decode()
    )
    again = desk.post("/admin/registration/accessrequest/decide/", form, follow=True).content.decode()
    assert "Nothing was changed" in again
    assert request.confirmations.count() == 1


def test_who_may_not_decide_confirms_nothing():
    event, boss = world.event(), people.organiser()
    guest = restored(event, boss)
    request = AccessRequest.objects.get()
    viewer = browser_of(people.organiser("vera@techtrack.test", permissions=people.VIEWER))
    form = {"step": "confirm", "line": f"{request.pk}:{request.version}"}
    assert viewer.post("/admin/registration/accessrequest/decide/", form).status_code == 403
    assert not may_read(guest, event)


def test_approved_anew_is_approved_and_revoked_is_revoked():
    event, boss = world.event(), people.organiser()
    guest, other = restored(event, boss), restored(event, boss, "other@example.com")
    AccessRequest.objects.get(person=other).revoke(by=boss)
    assert not may_read(other, event)
    for verb in ("revoke", "reopen", "approve"):
        getattr(AccessRequest.objects.get(person=guest), verb)(by=boss)
    assert may_read(guest, event)


def test_a_confirmation_is_never_changed_or_deleted():
    event, boss = world.event(), people.organiser()
    restored(event, boss)
    confirmation = AccessRequest.objects.get().confirm(by=boss)
    for change in (confirmation.save, confirmation.delete, type(confirmation).objects.all().delete):
        with pytest.raises(TypeError):
            change()


def test_a_backup_that_is_a_day_old_is_told(monkeypatch):
    people.organiser()
    Backup.objects.create(bytes=1, seconds=1)
    watching.look()
    assert not Mail.objects.filter(purpose="alarm-backup").exists()
    clock.moved(monkeypatch, hours=25)
    watching.look()
    assert Mail.objects.filter(purpose="alarm-backup").count() == 1
