"""Restores again and again, each time with the n-th step failing or the process killed there: is all as it was?

    python -m tests.restoring FILE KEY fail|kill EVERY [FIRST]

For a process of its own, with the settings of ``elsewhere.Elsewhere``. A step is a statement, a commit, a program
that is started, or one of the calls that bring a file in place. Prints what it saw as one line of JSON. With ``FIRST``
it is the control, from that step on: the old goes first, as it would without the care that is taken.
"""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import ExitStack, nullcontext
from functools import partial
from io import StringIO
from pathlib import Path
from unittest import mock

RESTORED, REFUSED, SWALLOWED = 0, 1, 2


def main(file, key, how, every, first=1, *, carefully):
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cacc_techtrack.settings")
    django.setup()
    from django.conf import settings

    from .elsewhere import picture, uploads_in, what_lies_in

    if not carefully:
        careless()
    make_the_tables_as_they_were_made_once()
    as_it_was = picture()
    seen = {"steps": 0, "failed": 0, "changed": [], "left_lying": [], "swallowed": [], "uploads_set_aside": 0}
    n = first
    while (carefully or not seen["changed"]) and (ended := in_a_child(partial(restore, file, key), n, how)) != RESTORED:
        seen["failed"] += 1
        if ended == SWALLOWED:
            seen["swallowed"].append(n)
        rows, uploads = picture()
        aside = [uploads_in(path) for path in settings.DATA_DIR.glob("files.before-*")]
        if rows == as_it_was[0] and uploads != as_it_was[1] and how == "kill" and as_it_was[1] in aside:
            seen["uploads_set_aside"] += 1  # the one instant between two renames and the commit
            put_back(settings.DATA_DIR)
        elif (rows, uploads) != as_it_was:
            seen["changed"].append(n)
        if how == "fail" and what_lies_in(settings.DATA_DIR):
            seen["left_lying"].append(n)
        n += every
    seen["steps"] = n - 1
    seen["left_at_the_end"] = what_lies_in(settings.DATA_DIR)
    seen["restored"] = picture() != as_it_was
    print(json.dumps(seen))


def put_back(folder):
    """By hand, as docs/operations.md says."""
    (before,) = folder.glob("files.before-*")
    subprocess.run(["/bin/rm", "-rf", folder / "files"], check=True)
    before.rename(folder / "files")


def in_a_child(action, n, how):
    """The exit status of a process that does it and meets a fault at step ``n``; minus the signal that killed it."""
    pid = os.fork()
    if pid == 0:
        status = 9
        try:
            status = meeting(action, n, how)
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def restore(file, key):
    from django.core.management import CommandError, call_command

    try:
        call_command("restore", file, key_file=key, replace=True, stdout=StringIO())
    except CommandError:
        return REFUSED
    return RESTORED


def meeting(action, n, how):
    """Do it with the ``n``-th step failing, as a full disk would make it fail.

    To make the tables is one step: its many statements come before anything is touched.
    """
    from cacc_techtrack.backup import schema

    count, making, make = 0, False, schema.make

    def before(real, error):
        def step(*args, **kwargs):
            nonlocal count, making
            if making:
                return real(*args, **kwargs)
            count += 1
            if count == n:
                if how == "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
                raise error
            making = real is make
            try:
                return real(*args, **kwargs)
            finally:
                making = False

        return step

    with ExitStack() as stack:
        for owner, name, error in steps():
            stack.enter_context(mock.patch.object(owner, name, before(getattr(owner, name), error)))
        status = action()
    return SWALLOWED if status == RESTORED and count >= n else status


def make_the_tables_as_they_were_made_once():
    """All migrations take seconds, at each of some hundred restores; what they do to an empty database is the same."""
    from django.db import connection, transaction

    from cacc_techtrack.backup import postgres, schema, sqlite

    if connection.vendor == "sqlite":
        made = Path(tempfile.mkdtemp()) / "made"
        migrations = all_migrations()
        with sqlite._django_at(made):
            schema.make(migrations)
        schema.make = lambda migrations: shutil.copyfile(made, connection.settings_dict["NAME"])
        return

    statements = []

    def written_down(execute, sql, params, many, context):
        statements.append((sql, params, many))
        return execute(sql, params, many, context)

    def again(migrations):
        with connection.cursor() as cursor:
            for sql, params, many in statements:
                (cursor.executemany if many else cursor.execute)(sql, params)

    migrations = all_migrations()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {', '.join(postgres._tables(cursor))} CASCADE")
        with connection.execute_wrapper(written_down):
            schema.make(migrations)
        transaction.set_rollback(True)
    connection.close()
    schema.make = again


def all_migrations():
    from django.db import connection

    from cacc_techtrack.backup import schema

    with connection.cursor() as cursor:
        return schema.applied(cursor.execute)


def careless():
    """The old goes before the new is there."""
    from cacc_techtrack.backup import postgres, sqlite

    def put_in_place(new, place, last):
        place.unlink()
        last()
        os.replace(new, place)

    sqlite._put_in_place = put_in_place
    postgres.transaction = mock.Mock(atomic=lambda durable: nullcontext())


def steps():
    from django.db import connection

    from cacc_techtrack.backup import schema

    full = OSError(28, "No space left on device")
    yield schema, "make", full
    for name in ("replace", "rename", "link", "fsync"):
        yield os, name, full
    yield connection, "_commit", full
    if connection.vendor == "sqlite":
        from django.db.backends.sqlite3.base import SQLiteCursorWrapper

        sqlite3.connect = partial(sqlite3.connect, factory=Ours)
        error = sqlite3.OperationalError("database or disk is full")
        yield Ours, "execute", error
        yield SQLiteCursorWrapper, "execute", error
    else:
        import psycopg

        yield psycopg.Cursor, "execute", psycopg.errors.DiskFull("could not extend file: No space left on device")
        yield psycopg.Cursor, "copy", psycopg.errors.DiskFull("could not extend file: No space left on device")
        yield subprocess, "Popen", full


class Ours(sqlite3.Connection):
    """One whose methods can be wrapped."""

    def execute(self, *args):
        return super().execute(*args)


if __name__ == "__main__":
    file, key, how, every, *more = sys.argv[1:]
    main(file, key, how, int(every), *map(int, more), carefully=not more)
