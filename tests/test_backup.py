"""P-11, P-12: a backup during writes comes back whole, and nothing that was taken from anybody comes back with it."""

import subprocess

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from cacc_techtrack.backup import archive, postgres, sealed_file
from registration import watching
from registration.mail.letters import code_in
from registration.models import AccessRequest, Backup, LoginSession, Mail, User
from sessions.models import Event

from . import clock, people
from .elsewhere import Writing
from .steps import newest_code

pytestmark = [pytest.mark.fast, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_a_backup_during_writes_comes_back_whole_and_opens_nothing(tmp_path, backup_key, busy_site, elsewhere, capsys):
    file = tmp_path / "one.backup"
    with Writing(busy_site) as writing:
        before = writing.made
        call_command("backup", file)
    print(capsys.readouterr().out)
    assert writing.made > before  # it was during writes
    assert Event.objects.filter(passes_places_on=True).exists()
    AccessRequest.objects.get(person__email="revoked-since@example.com").revoke(by=User.objects.get(is_staff=True))

    status, printed = elsewhere.manage("restore", file, "--key-file", backup_key)

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
        "User.objects.filter(is_staff=True).count(), "
        "AccessRequest.objects.filter(event__passes_places_on=True).count())"
    )
    assert whole == "0 0 2 0 0 0 0 0 0 0 0"
    opened = elsewhere.ask(
        "e = AccessRequest.objects.first().event; "
        "print(sum(AccessRequest.objects.opening(u, e).exists() for u in User.objects.all()))"
    )
    assert opened == "0"
    uploads = elsewhere.env["DATA_DIR"] + "/files/slides.pdf"
    with open(uploads, "rb") as restored:
        assert restored.read() == b"canary-upload" * 1000


def test_without_the_key_nothing_can_be_read_and_no_code_is_in_it(tmp_path, backup_key, busy_site):
    """P-12."""
    code = newest_code("canary-address@example.com")
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


def test_the_control_with_the_key_it_is_all_there_and_still_no_code(tmp_path, backup_key, busy_site):
    """The control of P-12."""
    code = newest_code("canary-address@example.com")
    sealed = bytes(Mail.objects.exclude(sealed=None).first().sealed)
    file = tmp_path / "one.backup"
    call_command("backup", file)
    with archive.own_folder() as folder:
        archive.unpack(file, sealed_file.private_key(backup_key.read_text()), folder)
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


def test_it_is_refused_over_a_site_that_is_not_empty(tmp_path, backup_key, busy_site):
    file = tmp_path / "one.backup"
    call_command("backup", file)
    with pytest.raises(CommandError, match="--replace"):
        call_command("restore", file, "--key-file", backup_key)
    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", file)


def test_replacing_puts_the_backup_in_the_place_of_what_is_there(tmp_path, backup_key, busy_site, elsewhere):
    file = tmp_path / "one.backup"
    call_command("backup", file)
    assert elsewhere.manage("restore", file, "--key-file", backup_key)[0] == 0
    elsewhere.ask("User.objects.create_user('later@example.com')")
    assert elsewhere.manage("restore", file, "--key-file", backup_key)[0] == 1
    status, printed = elsewhere.manage("restore", file, "--key-file", backup_key, "--replace", "--keep-organisers")
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


def test_a_backup_that_is_a_day_old_is_told(monkeypatch):
    people.organiser()
    Backup.objects.create(bytes=1, seconds=1)
    watching.look()
    assert not Mail.objects.filter(purpose="alarm-backup").exists()
    clock.moved(monkeypatch, hours=25)
    watching.look()
    assert Mail.objects.filter(purpose="alarm-backup").count() == 1
