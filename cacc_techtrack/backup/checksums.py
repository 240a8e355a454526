"""Counts and checksums of what a database holds, to be sure that what came back is what was put away."""

import hashlib

from .cuts import NOT_KEPT


def of_tables(tables, rows_of):
    """``{table: [rows, SHA-256]}``; ``rows_of(table)`` gives each row as bytes, in an order that holds anywhere."""
    return {table: _of_rows(rows_of(table)) for table in sorted(tables) if table not in NOT_KEPT}


def _of_rows(rows):
    checksum, count = hashlib.sha256(), 0
    for row in rows:
        checksum.update(row + b"\n")
        count += 1
    return [count, checksum.hexdigest()]
