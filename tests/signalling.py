"""A test that writes into a running site's database is one more process that must say so (``signal_file.py``)."""

from contextlib import contextmanager

from django.db import connections, transaction
from django.db.backends.signals import connection_created

from cacc_techtrack import signal_file

READING = ("SELECT", "SAVEPOINT", "RELEASE", "BEGIN", "SET", "PRAGMA", "EXPLAIN")


@contextmanager
def writes_give_the_signal():
    """After each write that this process commits, by whichever connection it has or makes meanwhile."""
    listening = []

    def listen(connection, **_):
        if after_a_write not in connection.execute_wrappers:
            connection.execute_wrappers.append(after_a_write)
            listening.append(connection)

    for connection in connections.all(initialized_only=True):
        listen(connection)
    connection_created.connect(listen)
    signal_file.give()  # what the test before it left was emptied since
    try:
        yield
    finally:
        connection_created.disconnect(listen)
        for connection in listening:
            connection.execute_wrappers.remove(after_a_write)


def after_a_write(execute, sql, params, many, context):
    result = execute(sql, params, many, context)
    if not sql.lstrip().upper().startswith(READING):
        transaction.on_commit(signal_file.give, using=context["connection"].alias)
    return result
