"""The figures that tests measure, for the table that ``make faults`` prints; and how many rounds they do.

The environment carries both, since pytest-xdist's processes inherit it: ``FAULT_ROUNDS`` (unset in ``make test``)
and ``FAULT_FIGURES``, a file that gets one JSON line a figure.
"""

import json
import os


def rounds(few, *, of_hundred=100):
    """``few`` in ``make test``; ``of_hundred`` when ``make faults`` does its hundred rounds, fewer or more with it."""
    asked = int(os.environ.get("FAULT_ROUNDS") or 0)
    return max(few, asked * of_hundred // 100) if asked else few


def within(seconds):
    """A time that is promised: held to where it is measured, and tenfold in `make test`, whose machine may be busy."""
    return seconds if os.environ.get("FAULT_ROUNDS") else 10 * seconds


def report(what, **figures):
    """Keep a line of the table: what was done, and its figures by name."""
    from django.db import connection

    line = {"database": connection.vendor, "what": what, "figures": in_words(figures)}
    print(f"{what}: {line['figures']}")
    if path := os.environ.get("FAULT_FIGURES"):
        with open(path, "a") as file:
            file.write(json.dumps(line) + "\n")


def in_words(figures):
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures.items())


def milliseconds(seconds):
    return f"{seconds * 1000:.0f} ms"
