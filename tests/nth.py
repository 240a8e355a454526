"""Making the n-th thing fail that an action asks of the world: a statement, a commit, a step of SMTP, a file write.

SQLite tests itself so (sqlite.org/testing.html, "I/O error testing"): fail the first, then the second, and so on
until the action gets through, and look each time whether all is still whole.
"""

import smtplib
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

from django.db import OperationalError, connection


class Nth:
    """Counts what is asked, and lets number ``n`` fail (0: none)."""

    def __init__(self, n):
        self.n, self.count, self.failed = n, 0, None

    def point(self, what, error):
        self.count += 1
        if self.count == self.n:
            self.failed = what
            raise error


@contextmanager
def failing(n):
    """While this lasts, the ``n``-th point fails, once, as a database, a mail server or a disk does."""
    nth = Nth(n)

    def statement(execute, sql, *arguments):
        nth.point(sql[:60], OperationalError("the database did not answer"))
        return execute(sql, *arguments)

    commit = connection._commit

    def failing_commit():
        if connection.connection is not None:
            nth.point("COMMIT", OperationalError("the database did not answer"))
        commit()

    with ExitStack() as stack:
        stack.enter_context(connection.execute_wrapper(statement))
        stack.enter_context(mock.patch.object(connection, "_commit", failing_commit))
        for owner, name in ((smtplib.SMTP, "connect"), (smtplib.SMTP, "sendmail"), (smtplib.SMTP, "quit")):
            _before(stack, nth, owner, name, smtplib.SMTPServerDisconnected("Connection unexpectedly closed"))
        _after(stack, nth, smtplib.SMTP, "sendmail", smtplib.SMTPServerDisconnected("Connection unexpectedly closed"))
        for name in ("mkdir", "write_bytes", "rename"):
            _before(stack, nth, Path, name, OSError(28, "No space left on device"))
        yield nth


def _before(stack, nth, owner, name, error):
    real = getattr(owner, name)

    def wrapped(*args, **kwargs):
        nth.point(name, error)
        return real(*args, **kwargs)

    stack.enter_context(mock.patch.object(owner, name, wrapped))


def _after(stack, nth, owner, name, error):
    real = getattr(owner, name)

    def wrapped(*args, **kwargs):
        result = real(*args, **kwargs)
        nth.point(f"the answer to {name}", error)
        return result

    stack.enter_context(mock.patch.object(owner, name, wrapped))
