"""Who works on the data just now: the site, in as many processes as it likes, or a restore, alone.

A lock on a file, so that it is gone with whoever held it, however they end. It knows this machine alone: whether
others are connected to a PostgreSQL, the restore asks that itself.
"""

import fcntl
import os
from contextlib import contextmanager

from django.conf import settings
from django.core.management import CommandError
from django.db import connection

CHANGES_TABLES = 7_323_871_024_446_115  # the name of a lock in PostgreSQL, like any other number


def together():
    """For a process of the site, and for commands that may run beside it. Raises ``CommandError`` during a restore."""
    return _holding(fcntl.LOCK_SH, "a restore is at work on this DATA_DIR. Wait until it is done.")


def alone():
    """For a restore. Raises ``CommandError`` while anybody else is at work; meanwhile nothing else starts."""
    return _holding(fcntl.LOCK_EX, "The site or a command of it is at work on this DATA_DIR. Stop them first.")


@contextmanager
def _holding(kind, refusal):
    file = os.open(settings.DATA_DIR / "at-work", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(refusal) from None
        yield
    finally:
        os.close(file)


@contextmanager
def one_machine_at_a_time():
    """For what changes the tables: another machine on the same PostgreSQL that wants to, waits until this one is done.

    Between processes of one machine on SQLite it does nothing.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")  # a migration may take as long as it takes
        cursor.execute("SELECT pg_advisory_lock(%s)", [CHANGES_TABLES])
        cursor.execute("RESET lock_timeout")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [CHANGES_TABLES])
