"""SQLite's part: copied through its own backup API while others write, never by copying the file."""

import os
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path

from django.core.management import CommandError
from django.db import connection
from django.utils import timezone

from sessions import triggers

from . import checksums, cuts, schema

FILE = "database.sqlite3"


def folder():
    """Where a new database has to be made, so that it can be put in place by a rename."""
    return Path(connection.settings_dict["NAME"]).parent


def dump(folder):
    """Put the database, cut, into ``folder``; returns ``(file names, checksums)``."""
    connection.ensure_connection()
    with closing(_open(folder / FILE)) as copy:
        connection.connection.backup(copy)  # all pages in one step: one moment, and in WAL nobody waits for it
        copy.execute("PRAGMA journal_mode = DELETE")
        _run(copy, [f'DROP TRIGGER "{name}"' for name in _triggers_of_ours(copy)])  # our migrations make them
        _run(copy, cuts.ON_BACKUP)
        copy.execute("VACUUM")  # else what was deleted would still be in the file
        _refuse_what_is_strange(copy)
        return [FILE], _sums(copy), schema.applied(copy.execute)


@contextmanager
def replaced(folder, manifest, *, keep_organisers, last):
    """Django's connection leads to the restored database meanwhile; at the end, and only then, it is put in place.

    ``last()`` is called in the moment before.
    """
    with closing(_open(folder / FILE)) as put_away:
        _refuse_what_is_strange(put_away)
    new = folder / f"new-{FILE}"
    with _django_at(new):
        schema.make(manifest["migrations"])
    with closing(_open(new)) as copy:
        _fill(copy, folder / FILE)
        _whole(copy)
        if _sums(copy) != manifest["tables"] or schema.applied(copy.execute) != manifest["migrations"]:
            raise ValueError("the tables are not what was put away")
        _run(copy, cuts.all_cuts(keep_organisers=keep_organisers))
    with _django_at(new):
        yield
    with closing(_open(new)) as copy:
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
        _whole(copy)
    _put_in_place(new, Path(connection.settings_dict["NAME"]), last)


def _triggers_of_ours(database):
    names = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return [name for (name,) in names if name.startswith(triggers.NAME)]


def _refuse_what_is_strange(database):
    """Triggers, views, virtual tables; indexes are told by the table they belong to."""
    found = database.execute(
        "SELECT type, name FROM sqlite_master WHERE type NOT IN ('table', 'index') OR sql LIKE 'CREATE VIRTUAL%'"
    )
    schema.refuse([f"{kind} {name}" for kind, name in found])


def _fill(copy, put_away):
    """Take the rows of the tables of ours, and none of what is defined there."""
    copy.execute("ATTACH ? AS put_away", [str(put_away)])
    copy.execute("BEGIN IMMEDIATE")
    for table in {*_tables(copy), "sqlite_sequence"} - {*cuts.NOT_KEPT}:
        names = ", ".join(f'"{column}"' for column in _columns(copy, table))
        copy.execute(f'DELETE FROM "{table}"')  # noqa: S608  # nosec B608  # names of our own tables
        copy.execute(f'INSERT INTO "{table}" ({names}) SELECT {names} FROM put_away."{table}"')  # noqa: S608  # nosec B608  # names of our own tables
    copy.execute("COMMIT")
    copy.execute("DETACH put_away")


def is_empty():
    return not connection.introspection.table_names()


def _open(path, **options):
    return sqlite3.connect(path, isolation_level=None, **options)


@contextmanager
def _django_at(path):
    place = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = path
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = place


def _whole(database):
    """Pages, indexes, NOT NULL, UNIQUE and CHECK by the first; references by the second."""
    problems = [row[0] for row in database.execute("PRAGMA integrity_check") if row[0] != "ok"]
    problems += [f"{row[0]} refers to nothing" for row in database.execute("PRAGMA foreign_key_check")]
    if problems:
        raise ValueError("; ".join(problems[:5]))


def _put_in_place(new, place, last):
    """One rename, which happens or does not. The database that was there is kept under another name."""
    if not place.exists():
        _make_like(new, place.parent)
        _rename(new, place, last)
        return
    holds_something = _close_up(place)
    _make_like(new, place)
    before = place.with_name(f"{place.name}.before-{timezone.now():%Y%m%d-%H%M%S-%f}")
    os.link(place, before)
    try:
        for end in ("-wal", "-shm"):  # only a database that is damaged has them now; they are of no other
            beside = Path(f"{place}{end}")
            if beside.exists():
                os.rename(beside, f"{before}{end}")
        _rename(new, place, last)
    except BaseException:
        os.replace(before, place)
        for end in ("-wal", "-shm"):
            if Path(f"{before}{end}").exists():
                os.rename(f"{before}{end}", f"{place}{end}")
        raise
    if not holds_something:
        before.unlink()


def _close_up(place):
    """Have all that was written in the one file, and be sure that nobody has it open; returns whether it has tables."""
    try:
        with closing(_open(place, timeout=2)) as old:
            tables = old.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            old.execute("PRAGMA journal_mode = DELETE")  # refused while another has it open
            return tables > 0
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise CommandError("Somebody has the database open. Stop the site and its mail worker.") from None
        return True
    except sqlite3.DatabaseError:  # damaged: that is why it is replaced
        return True


def _make_like(new, other):
    """Root may restore; the site must be able to write it afterwards."""
    os.chmod(new, 0o600)
    if os.geteuid() == 0:
        os.chown(new, other.stat().st_uid, other.stat().st_gid)


def _rename(new, place, last):
    """Here or there, whatever happens to the machine meanwhile."""
    _to_disk(new)
    last()
    os.replace(new, place)
    _to_disk(place.parent)


def _to_disk(path):
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _run(database, statements):
    database.execute("BEGIN IMMEDIATE")
    for statement in cuts.for_tables(statements, _tables(database)):
        database.execute(statement)
    database.execute("COMMIT")


def _tables(database):
    rows = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return [row[0] for row in rows]


def _columns(database, table):
    return [column[0] for column in database.execute(f'SELECT * FROM "{table}" LIMIT 0').description]  # noqa: S608  # nosec B608  # names of our own tables


def _sums(database):
    def rows_of(table):
        columns = _columns(database, table)
        names = ", ".join(f'"{column}"' for column in sorted(columns) if (table, column) != cuts.NOT_KEPT_COLUMN)
        for row in database.execute(f'SELECT {names} FROM "{table}" ORDER BY 1, {names}'):  # noqa: S608  # nosec B608  # names of our own tables
            yield repr(tuple(row)).encode()

    return checksums.of_tables(_tables(database), rows_of)
