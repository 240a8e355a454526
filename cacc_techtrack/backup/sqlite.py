"""SQLite's part: copied through its own backup API while others write, never by copying the file."""

import sqlite3
from contextlib import closing

from django.db import connection

from . import checksums, cuts

FILE = "database.sqlite3"


def dump(folder):
    """Put the database, cut, into ``folder``; returns ``(file names, checksums)``."""
    connection.ensure_connection()
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as copy:
        connection.connection.backup(copy)  # all pages in one step: one moment, and in WAL nobody waits for it
        copy.execute("PRAGMA journal_mode = DELETE")
        _run(copy, cuts.ON_BACKUP)
        copy.execute("VACUUM")  # else what was deleted would still be in the file
        return [FILE], _sums(copy)


def load(folder, expected, *, keep_organisers):
    """Check what came out of the file, cut and mark it, and only then put it in the place of what is there."""
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as copy:
        problems = [row[0] for row in copy.execute("PRAGMA integrity_check") if row[0] != "ok"]
        problems += [f"{row[0]} refers to nothing" for row in copy.execute("PRAGMA foreign_key_check")]
        if problems:
            raise ValueError("; ".join(problems[:5]))
        if _sums(copy) != expected:
            raise ValueError("the tables are not what was put away")
        _run(copy, cuts.all_cuts(keep_organisers=keep_organisers))
        connection.ensure_connection()
        copy.backup(connection.connection)
        connection.close()


def is_empty():
    return not connection.introspection.table_names()


def _run(database, statements):
    tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    database.execute("BEGIN IMMEDIATE")
    for statement in statements:
        if statement != "DELETE FROM cache" or "cache" in tables:
            database.execute(statement)
    database.execute("COMMIT")


def _sums(database):
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return checksums.of_tables(database.execute, [row[0] for row in tables])
