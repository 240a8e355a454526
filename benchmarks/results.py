"""What results.md says: the machine, the versions, the table, and how to read it."""

import datetime as dt
import os
import platform
import re
import sqlite3
import subprocess
from importlib.metadata import version
from pathlib import Path

from .table import NOISY, as_table

RESULTS = Path(__file__).with_name("results.md")
PACKAGES = ("Django", "gunicorn", "whitenoise", "brotli", "psycopg")


def text_of(rows, settings):
    missed = sum(row.held is False for row in rows)
    judged = sum(row.held is not None for row in rows)
    return "\n".join(
        [
            "# What it costs",
            "",
            f"Printed by `make bench` on {dt.datetime.now(dt.UTC):%d %B %Y} (rounds {settings.rounds}, "
            f"{settings.seconds:g} s of load for each system in each round, share {settings.share:g}).",
            "",
            f"{machine()}. {versions()}.",
            "",
            f"{judged - missed} of {judged} goals are met.",
            "",
            *as_table(rows),
            "",
            *HOW_TO_READ,
            "",
        ]
    )


HOW_TO_READ = f"""\
*Ratios* are of our figure to the floor's, both of one round: everything that is compared is started afresh in each, and
loaded one after another. The median of the rounds is printed; the *spread* is how far apart the least and the most of
them are, as a share of it. What spreads more than {NOISY:.0%} is measured again, three times at most; the steadiest
stands, and is marked noisy if it is. The *floor* is gunicorn with two sync workers and a bare WSGI callable that
returns our bytes with our headers. *CPU* is user and system time of all the server's processes over the requests
served. Load comes by wrk, from the same machine.

Why gunicorn is set as it is: [gunicorn.md](gunicorn.md).""".splitlines()


def machine():
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{os.cpu_count()} cores ({processor()}), {memory:.0f} GiB of memory, {platform.system()}"


def processor():
    try:
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.machine()


def versions():
    return ", ".join(
        [
            f"Python {platform.python_version()}",
            *(f"{package} {version(package)}" for package in PACKAGES),
            f"SQLite {sqlite3.sqlite_version}",
            wrk(),
        ]
    )


def wrk():
    command = [os.environ.get("WRK") or "wrk", "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = re.search(r"^wrk \S*?(\d[\d.]*)", said)
    return f"wrk {found[1]}" if found else "no wrk"
