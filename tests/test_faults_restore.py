"""P-11: a restore that fails, wherever it fails, leaves the old data as they were; one that is refused does as well."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from cacc_techtrack import at_work
from cacc_techtrack.backup import sealed_file

from . import environment, processes
from .elsewhere import Elsewhere, picture, uploads_in, what_lies_in
from .figures import report, rounds
from .postgres import Cluster

pytestmark = [pytest.mark.fast, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def backup(tmp_path, busy_site):
    call_command("backup", tmp_path / "one.backup")
    return tmp_path / "one.backup"


@pytest.fixture
def settled(elsewhere, backup, backup_key):
    """Another site that was restored once and has gone on since: what it holds now must not be lost."""
    settle(elsewhere, backup, backup_key)
    return elsewhere


def settle(elsewhere, backup, backup_key):
    status, printed = elsewhere.manage("restore", backup, "--key-file", backup_key)
    assert status == 0, printed
    elsewhere.ask("User.objects.create_user('later@example.com')")
    (Path(elsewhere.env["DATA_DIR"]) / "files" / "later.pdf").write_bytes(b"later")


def state_of(elsewhere):
    """Rows and uploads, as its own process sees them."""
    return elsewhere.ask(
        "import hashlib; from tests.elsewhere import picture; "
        "print(hashlib.sha256(repr(picture()).encode()).hexdigest())"
    )


HARMS = ["cut in half", "one byte less", "one bit changed", "one byte more", "two portions swapped", "no backup at all"]


@pytest.mark.parametrize("harm", [*HARMS, "another key", "no key"])
def test_what_cannot_be_read_whole_is_refused_and_nothing_is_touched(tmp_path, settings, backup_key, busy_site, harm):
    file, key = tmp_path / "one.backup", backup_key
    uploads = Path(settings.STORAGES["default"]["OPTIONS"]["location"])
    (uploads / "big").write_bytes(os.urandom(3 * sealed_file.PORTION))
    call_command("backup", file)
    if harm == "another key":
        key = tmp_path / "another"
        key.write_text(sealed_file.new_key()[0])
    elif harm == "no key":
        key = tmp_path / "none"
        key.write_text("no key")
    else:
        file.write_bytes(harmed(file.read_bytes(), harm))
    before = picture()
    with pytest.raises(CommandError, match=r"^Nothing was changed: .*(damaged|not a backup|another key|backup key)"):
        call_command("restore", file, key_file=str(key), replace=True)
    assert picture() == before
    assert what_lies_in(settings.DATA_DIR) == []


def harmed(written, harm):
    begin, portion = len(sealed_file.MAGIC) + sealed_file.SEAL + 80, sealed_file.PORTION + 16
    first, second = written[begin : begin + portion], written[begin + portion : begin + 2 * portion]
    return {
        "cut in half": written[: len(written) // 2],
        "one byte less": written[:-1],
        "one bit changed": written[: begin + 5] + bytes([written[begin + 5] ^ 1]) + written[begin + 6 :],
        "one byte more": written + b"x",
        "two portions swapped": written[:begin] + second + first + written[begin + 2 * portion :],
        "no backup at all": b"no backup",
    }[harm]


@pytest.mark.parametrize("how", ["fail", "kill"])
def test_whichever_step_fails_the_old_data_are_as_they_were(settled, backup, backup_key, how):
    every = 5 if rounds(0) else {"sqlite": 23, "postgresql": 37}[connection.vendor]
    seen = again_and_again(settled, backup, backup_key, how, every)
    assert seen["changed"] == seen["left_lying"] == seen["swallowed"] == seen["left_at_the_end"] == []
    assert seen["restored"]
    assert seen["failed"] >= 3
    verb = "failed" if how == "fail" else "killed"
    report(
        f"P-11 restore {verb} at its n-th step",
        steps=seen["steps"],
        tried=seen["failed"],
        data_changed=0,
        uploads_set_aside=seen["uploads_set_aside"],
    )


def again_and_again(site, *arguments):
    """What ``restoring.py`` saw."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.restoring", *map(str, arguments)],
        env=site.env,
        cwd=environment.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_control_where_the_old_goes_first_it_is_found_out(settled, backup, backup_key):
    """The control of the test above; in a file the moment without the old is short, and comes near the end."""
    every, first = {"sqlite": (1, 300), "postgresql": (11, 1)}[connection.vendor]
    assert again_and_again(settled, backup, backup_key, "fail", every, first)["changed"]


@pytest.fixture
def small_disk():
    """A folder with a disk of its own, 160 MB; and a function that leaves so many bytes of it free."""
    folder = Path(os.environ["TEST_RUN_DIR"]) / f"disk-{os.getpid()}"
    folder.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() or not mount:
        pytest.skip("only root can make a small disk")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=160m,mode=0711", "tmpfs", folder], capture_output=True)
    if done.returncode:
        pytest.skip(f"no small disk can be made here: {done.stderr.decode().strip()}")

    def leave(free):
        (folder / "filler").unlink(missing_ok=True)
        if free is not None:
            with (folder / "filler").open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(folder).free - free)

    yield folder, leave
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_on_a_full_disk_the_old_data_are_as_they_were(small_disk, tmp_path, backup, backup_key, request):
    folder, leave = small_disk
    if connection.vendor == "postgresql":
        cluster = Cluster(folder / "cluster")
        request.addfinalizer(cluster.stop)
        site = Elsewhere(tmp_path / "elsewhere", server=cluster.url)
    else:
        site = Elsewhere(folder / "data")
    settle(site, backup, backup_key)
    before, refused = state_of(site), 0
    for free in (0, 2**18):
        leave(free)
        status, printed = site.manage("restore", backup, "--key-file", backup_key, "--replace")
        leave(None)
        if status == 0:
            break
        refused += 1
        assert "space" in printed or "full" in printed, printed
        assert "Traceback" not in printed
        assert state_of(site) == before
        assert what_lies_in(Path(site.env["DATA_DIR"])) == []
    assert refused
    status, printed = site.manage("restore", backup, "--key-file", backup_key, "--replace")
    assert (status, "Restored as of" in printed) == (0, True)
    report("P-11 restore on a full disk", tried=refused, data_changed=0)


def test_while_the_site_or_its_worker_runs_nothing_is_restored(settled, backup, backup_key, tmp_path):
    before = state_of(settled)
    env = {**settled.env, "PORT": str(processes.free_port())}
    for command in (["-m", "gunicorn", "-c", "python:cacc_techtrack.gunicorn"], ["manage.py", "deliver_mail"]):
        running = processes.start([sys.executable, *command], env, tmp_path / "log")
        try:
            printed = processes.wait_until(
                lambda: refused(settled.manage("restore", backup, "--key-file", backup_key)), 120, "its lock"
            )
        finally:
            processes.stop(running)
        assert "Stop them first" in printed
    assert state_of(settled) == before


def refused(result):
    """Without --replace: until the site holds its lock, the restore is refused for another reason."""
    return result[1] if "at work" in result[1] else None


def test_while_a_restore_is_at_work_nothing_starts(backup_key, busy_site, tmp_path):
    with at_work.alone():
        for command in (["tidy"], ["deliver_mail", "--once"], ["backup", tmp_path / "two.backup"]):
            with pytest.raises(CommandError, match="a restore is at work"):
                call_command(*command)
    call_command("tidy")


def test_somebody_elses_open_connection_stops_it(settled, backup, backup_key):
    before = state_of(settled)
    if connection.vendor == "postgresql":
        other = psycopg.connect(settled.env["DATABASE_URL"].replace("postgres://", "postgresql://"))
    else:
        other = sqlite3.connect(Path(settled.env["DATA_DIR"]) / "techtrack.sqlite3")
        other.execute("SELECT count(*) FROM registration_user").fetchone()
    with closing(other):
        status, printed = settled.manage("restore", backup, "--key-file", backup_key, "--replace")
    assert (status, "Stop the site" in printed) == (1, True)
    assert state_of(settled) == before
    assert settled.manage("restore", backup, "--key-file", backup_key, "--replace")[0] == 0


def test_a_database_that_is_broken_is_replaced_and_kept_beside(settled, backup, backup_key):
    if connection.vendor == "postgresql":
        assert "User.objects" not in settled.manage("check", "--database", "default")[1]
        return  # there a broken database is the server's to tell of
    file = Path(settled.env["DATA_DIR"]) / "techtrack.sqlite3"
    file.write_bytes(b"rubbish" * 5000)
    assert settled.manage("restore", backup, "--key-file", backup_key)[0] == 1
    replace = ("restore", backup, "--key-file", backup_key, "--replace")
    assert "--programme-as-it-was restores it all the same" in settled.manage(*replace)[1]
    assert file.read_bytes() == b"rubbish" * 5000
    status, printed = settled.manage(*replace, "--programme-as-it-was")
    assert status == 0, printed
    assert settled.ask("print(User.objects.filter(email='guest@example.com').count())") == "1"
    (kept,) = file.parent.glob("techtrack.sqlite3.before-*")
    assert kept.read_bytes() == b"rubbish" * 5000
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_was_there_is_set_aside(settled, backup, backup_key):
    folder = Path(settled.env["DATA_DIR"])
    assert settled.manage("restore", backup, "--key-file", backup_key, "--replace")[0] == 0
    (uploads,) = folder.glob("files.before-*")
    assert uploads_in(uploads)["later.pdf"] == b"later"
    assert "later.pdf" not in uploads_in(folder / "files")
    if connection.vendor == "sqlite":
        (kept,) = folder.glob("techtrack.sqlite3.before-*")
        with closing(sqlite3.connect(kept)) as old:
            found = old.execute("SELECT count(*) FROM registration_user WHERE email = 'later@example.com'")
            assert found.fetchone() == (1,)


def test_the_key_may_come_by_standard_input(elsewhere, backup, backup_key):
    done = subprocess.run(
        [sys.executable, "manage.py", "restore", backup, "--key-file", "-"],
        env=elsewhere.env,
        cwd=environment.BASE_DIR,
        input=backup_key.read_text(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_a_backup_of_an_older_version_is_migrated_before_it_is_put_in_place(settled, backup_key, settings, tmp_path):
    assert settled.manage("migrate", "registration", "0006", "--verbosity=0")[0] == 0
    settled.env["BACKUP_KEY"] = settings.BACKUP_KEY
    older = tmp_path / "older.backup"
    assert settled.manage("backup", older)[0] == 0
    assert settled.manage("restore", older, "--key-file", backup_key, "--replace")[0] == 0
    assert settled.manage("migrate", "--check")[0] == 0
    assert settled.ask("print(User.objects.filter(email='later@example.com').count())") == "1"
