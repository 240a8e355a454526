"""Counts and checksums of what a database holds, to be sure that what came back is what was put away."""

import hashlib

from .cuts import MAIL, NOT_KEPT, NOT_KEPT_OF_MAIL


def of_tables(execute, tables):
    """``{table: [rows, SHA-256]}``; ``execute(sql)`` gives a cursor that knows its columns."""
    return {table: _of_table(execute, table) for table in sorted(tables) if table not in NOT_KEPT}


def _of_table(execute, table):
    columns = [column[0] for column in execute(f'SELECT * FROM "{table}" LIMIT 0').description]  # noqa: S608  # nosec B608  # names of our own tables
    if table == MAIL:
        columns.remove(NOT_KEPT_OF_MAIL)
    names = ", ".join(f'"{column}"' for column in sorted(columns))
    checksum, count = hashlib.sha256(), 0
    for row in execute(f'SELECT {names} FROM "{table}" ORDER BY 1, {names}'):  # noqa: S608  # nosec B608  # names of our own tables
        checksum.update(repr(tuple(row)).encode() + b"\n")
        count += 1
    return [count, checksum.hexdigest()]
