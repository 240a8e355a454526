"""P-11: who may write to where backups are kept cannot make one that is restored, nor one that escapes the cuts."""

import subprocess

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from cacc_techtrack.backup import archive, postgres, sealed_file

from . import forging
from .forging import definitions_of, restore_without, uploads_of

pytestmark = [pytest.mark.fast, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

GENUINE = b"canary-upload" * 1000


@pytest.fixture
def backup(tmp_path, busy_site):
    call_command("backup", tmp_path / "one.backup")
    return tmp_path / "one.backup"


@pytest.fixture
def restored(elsewhere, backup, backup_key):
    """A site that has something to lose; gives it."""
    assert elsewhere.manage("restore", backup, "--key-file", backup_key)[0] == 0
    return elsewhere


def open_approvals(site):
    return site.ask("print(AccessRequest.objects.filter(state='approved', to_confirm=False).count())")


def test_a_backup_without_our_seal_is_refused_whatever_is_in_it(restored, backup, backup_key):
    restored.ask("User.objects.create_user('later@example.com')")
    genuine = backup.read_bytes()
    for alter in (forging.nothing, forging.another_upload, forging.another_definition):
        backup.write_bytes(genuine)
        forging.forge(backup, backup_key, alter)
        status, printed = restored.manage("restore", backup, "--key-file", backup_key, "--replace")
        assert status == 1
        assert "Nothing was changed: This backup was not sealed with this site's SECRET_KEY" in printed
        assert "--unsealed" in printed
    assert restored.ask("print(User.objects.filter(email='later@example.com').count())") == "1"
    assert uploads_of(restored) == GENUINE


def test_the_control_where_nobody_looks_at_the_seal_it_is_restored(elsewhere, backup, backup_key):
    """The control of the seal."""
    forging.forge(backup, backup_key, forging.another_upload)
    status, printed = restore_without(elsewhere, ["seal"], backup, backup_key)
    assert status == 0, printed
    assert uploads_of(elsewhere) == b"forged"


def test_it_is_restored_when_that_is_meant_with_a_warning_and_without_its_organisers(elsewhere, backup, backup_key):
    forging.forge(backup, backup_key, forging.nothing)
    status, printed = elsewhere.manage("restore", backup, "--key-file", backup_key, "--unsealed", "--keep-organisers")
    assert (status, "No --keep-organisers" in printed) == (1, True)
    status, printed = elsewhere.manage("restore", backup, "--key-file", backup_key, "--unsealed")
    assert status == 0, printed
    assert "WARNING: this backup does not bear the seal" in printed
    assert open_approvals(elsewhere) == "0"


def test_a_site_with_a_new_secret_takes_its_own_backup_only_when_told(elsewhere, backup, backup_key):
    secret = elsewhere.env["SECRET_KEY"]
    elsewhere.env["SECRET_KEY"] = "another one, of fifty letters or more, as a real site wants"
    assert "--unsealed" in elsewhere.manage("restore", backup, "--key-file", backup_key)[1]
    elsewhere.env["SECRET_KEY"] = secret
    status, printed = elsewhere.manage("restore", backup, "--key-file", backup_key, "--unsealed")
    assert (status, "WARNING" in printed) == (0, False)


def test_a_seal_that_was_blotted_out_is_no_seal(backup, backup_key):
    key = sealed_file.private_key(backup_key.read_text())
    with backup.open("rb") as file:
        reader = sealed_file.Reader(file, key)
        while reader.read(2**16):
            pass
        assert reader.bears_our_seal()
    written = backup.read_bytes()
    place = len(sealed_file.MAGIC)
    backup.write_bytes(written[:place] + bytes(sealed_file.SEAL) + written[place + sealed_file.SEAL :])
    with archive.own_folder() as folder, pytest.raises(sealed_file.NotSealed):
        archive.unpack(backup, key, folder)


def test_with_a_trigger_in_the_database_no_backup_is_made_and_none_restored(elsewhere, busy_site, backup_key, tmp_path):
    with forging.evil_trigger():
        with pytest.raises(CommandError, match=r"No backup was made: .*does not make: trigger .*evil"):
            call_command("backup", tmp_path / "one.backup")
        assert not list(tmp_path.glob("one*"))
        with forging.without_a_look():
            call_command("backup", tmp_path / "one.backup")
    status, printed = elsewhere.manage("restore", tmp_path / "one.backup", "--key-file", backup_key)
    assert (status, "Nothing was changed: the database holds what this site does not make" in printed) == (1, True)


@pytest.mark.parametrize("definition", ["a trigger", "another one under the name of ours"])
def test_where_nobody_looks_no_definition_of_a_backup_is_run(elsewhere, busy_site, backup_key, tmp_path, definition):
    """Nor need the look be sharp: what a list of contents says is the forger's word."""
    file = tmp_path / "one.backup"
    if definition == "a trigger":
        with forging.evil_trigger(), forging.without_a_look():
            call_command("backup", file)
    else:
        call_command("backup", file)
        forging.forge(file, backup_key, forging.another_definition)
    status, printed = restore_without(elsewhere, ["seal", "look"], file, backup_key)
    assert status == 0, printed
    assert open_approvals(elsewhere) == "0"
    assert "evil" not in definitions_of(elsewhere)


def test_the_control_the_definitions_are_there_to_be_run(busy_site, backup_key, tmp_path):
    """The control of the test above: a restore by the databases' own means has them."""
    file = tmp_path / "one.backup"
    call_command("backup", file)
    forging.forge(file, backup_key, forging.another_definition)
    with archive.own_folder() as folder:
        archive.unpack(file, sealed_file.private_key(backup_key.read_text()), folder, unsealed=True)
        if connection.vendor == "postgresql":
            program = postgres.program("pg_restore", 0)
            listed = [program, "--list", str(folder / postgres.FILE)]
            assert b"evil" not in subprocess.run(listed, capture_output=True, check=True).stdout
            run = [program, "--file=-", str(folder / postgres.FILE)]
            assert forging.NO_INDEX in subprocess.run(run, capture_output=True, check=True).stdout
        else:
            assert b"evil" in (folder / "database.sqlite3").read_bytes()


def test_where_a_cut_does_not_hold_nothing_is_restored(restored, backup, backup_key):
    restored.ask("User.objects.create_user('later@example.com')")
    status, printed = restore_without(restored, ["cuts"], backup, backup_key, replace=True)
    assert status == 1
    for what in ("2 approvals that open", "mails that wait", "1 organisers"):
        assert what in printed
    assert restored.ask("print(User.objects.filter(email='later@example.com').count())") == "1"
    assert open_approvals(restored) == "0"


def test_the_control_without_that_look_the_approvals_are_open(elsewhere, backup, backup_key):
    """The control of the test above."""
    status, printed = restore_without(elsewhere, ["cuts", "proof"], backup, backup_key)
    assert status == 0, printed
    assert open_approvals(elsewhere) != "0"


def test_a_backup_of_a_version_that_is_not_known_is_refused(elsewhere, busy_site, backup_key, tmp_path):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('agenda', '9999_later', CURRENT_TIMESTAMP)"
        )
    try:
        call_command("backup", tmp_path / "one.backup")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE name = '9999_later'")
    status, printed = elsewhere.manage("restore", tmp_path / "one.backup", "--key-file", backup_key)
    assert (status, "is of a newer version of this site" in printed) == (1, True)
