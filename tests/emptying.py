"""Emptying the database after a test that committed: what the migrations left stays as they left it, all else goes.

Django's own way, ``flush``, empties every table there is, makes all content types and permissions anew, and loses what
migrations wrote: on PostgreSQL most of a second for a handful of rows, and the roles are gone after it. Here only the
tables that hold something else than the migrations left are emptied.
"""

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import TransactionTestCase

_left_by_migrations = {}  # table -> (columns, rows); tables without rows are not in it


def instead_of_flush():
    """From now on, before the first test: remember what there is, and bring the database back to it after each."""
    with connection.cursor() as cursor:
        _left_by_migrations.update({table: _content(cursor, table) for table in _filled(cursor)})
    TransactionTestCase._fixture_teardown = lambda case: empty()


def empty():
    """Twice at most is something left: when rows go, triggers may write others."""
    for _ in range(3):
        with transaction.atomic(), connection.cursor() as cursor:
            filled = set(_filled(cursor))
            kept = {table for table in filled & set(_left_by_migrations) if _is_as_left(cursor, table)}
            changed = (filled | set(_left_by_migrations)) - kept
            for table in changed & filled:
                cursor.execute(f"DELETE FROM {_quoted(table)}")  # noqa: S608 -- the database named it
            for table in changed & set(_left_by_migrations):
                _put_back(cursor, table)
        if not changed:
            return
        ContentType.objects.clear_cache()
    raise AssertionError(f"the database does not become empty: {sorted(changed)}")


def _is_as_left(cursor, table):
    return _content(cursor, table) == _left_by_migrations[table]


def _filled(cursor):
    """The names of all tables with rows, less the cache's, which is no model's."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    asked = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {_quoted(table)})"  # noqa: S608 -- Django named it
        for table in tables
    )
    return [name for (name,) in cursor.execute(asked).fetchall()]


def _content(cursor, table):
    rows = cursor.execute(f"SELECT * FROM {_quoted(table)}").fetchall()  # noqa: S608 -- the database named it
    return [column[0] for column in cursor.description], sorted(rows)


def _put_back(cursor, table):
    columns, rows = _left_by_migrations[table]
    names, places = ", ".join(map(_quoted, columns)), ", ".join(["%s"] * len(columns))
    cursor.executemany(f"INSERT INTO {_quoted(table)} ({names}) VALUES ({places})", rows)  # noqa: S608 -- likewise


def _quoted(name):
    return connection.ops.quote_name(name)
