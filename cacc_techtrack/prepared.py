"""Queries that every request of somebody who is signed in asks: worked out once, then only filled in and asked.

Django makes a queryset and its SQL anew each time, which takes it twenty times as long as the database takes to answer.
What is prepared is an ordinary queryset all the same, so that each rule stands in one place.
"""

from django.db import connection
from django.db.models import Expression


class Blank(Expression):
    """Stands in a prepared queryset for a value that is given when it is asked."""

    def __init__(self, name, field):
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler, connection):
        return "%s", [self]

    def filled_in(self, values):
        return self.output_field.get_db_prep_value(values[self.name], connection)


class Prepared:
    """``rows(name=value, …)`` asks the database, at each call. ``queryset()`` gives one of ``values_list``."""

    def __init__(self, queryset):
        self.queryset = queryset
        self.worked_out = None

    def rows(self, **values) -> list:
        if self.worked_out is None:  # once a process: by then all models are there
            compiler = self.queryset().query.get_compiler(connection=connection)
            sql, params = compiler.as_sql()
            converters = compiler.get_converters([expression for expression, *_ in compiler.select])
            self.worked_out = sql, params, converters.items()
        sql, params, converters = self.worked_out
        with connection.cursor() as cursor:
            cursor.execute(sql, [one.filled_in(values) if isinstance(one, Blank) else one for one in params])
            return [_converted(row, converters) for row in cursor.fetchall()]


def _converted(row, converters):
    """As Django does with what a database returns: SQLite has neither dates nor truth values."""
    row = list(row)
    for position, (functions, expression) in converters:
        for convert in functions:
            row[position] = convert(row[position], expression, connection)
    return row
