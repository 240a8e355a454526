"""Parts of an address as the database works them out, so that an index can stand on them: of ``addresses.py`` the same.

Written without parameters, since SQLite takes an index on an expression only for the very same text.
"""

from django.db.models import Func, TextField


class DomainOf(Func):
    """``domain_of``."""

    arity = 1
    output_field = TextField()

    def as_sqlite(self, compiler, connection, **more):
        return self.as_sql(compiler, connection, template=_with("SUBSTR({}, INSTR({}, '@') + 1)"))

    def as_postgresql(self, compiler, connection, **more):
        return self.as_sql(compiler, connection, template=_with("SUBSTR({}, STRPOS({}, '@') + 1)"))


class MailboxOf(Func):
    """``mailbox_of``: without dots before the @, and without a tag after ``+``."""

    arity = 1
    output_field = TextField()

    def as_sqlite(self, compiler, connection, **more):
        return self.as_sql(compiler, connection, template=_mailbox("INSTR", "MAX"))

    def as_postgresql(self, compiler, connection, **more):
        return self.as_sql(compiler, connection, template=_mailbox("STRPOS", "GREATEST"))


def _mailbox(place, most):
    plus, at = f"{place}({{}}, '+')", f"{place}({{}}, '@')"
    end = f"CASE WHEN {plus} BETWEEN 2 AND {at} THEN {plus} ELSE {at} END"
    local = f"REPLACE(SUBSTR({{}}, 1, {most}({end} - 1, 0)), '.', '')"
    return _with(f"({local} || SUBSTR({{}}, {most}({at}, 1)))")


def _with(template):
    return template.replace("{}", "%(expressions)s")
