"""``make faults``: everything in ``test_faults_*.py`` on both databases, in many rounds, and its figures as a table.

    python -m tests.faults [--rounds 100] [--database sqlite] [--write] [pytest's arguments]

Exits with 1 when an invariant broke. ``--write`` keeps the table in docs/faults.md, and the N of each action
(``nth_failure.json``) as the least that the next run may see.
"""

import argparse
import datetime as dt
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

from .__main__ import DATABASES, run

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "faults.md"


def main(arguments):
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=100, help="100 unless told otherwise; shares of it for the rest")
    parser.add_argument("--database", choices=DATABASES, action="append", help="both unless one is named")
    parser.add_argument("--write", action="store_true", help="keep the table in docs/faults.md")
    asked, for_pytest = parser.parse_known_args(arguments)
    begin = dt.datetime.now(dt.UTC)
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures"
        figures.touch()
        os.environ.update(FAULT_ROUNDS=str(asked.rounds), FAULT_FIGURES=str(figures))
        if asked.write:
            os.environ["FAULT_WRITE"] = "1"
        results = {
            DATABASES[database]: run(["--database", database, "-q", *which_tests(for_pytest)])
            for database in asked.database or DATABASES
        }
        table = as_table([json.loads(line) for line in figures.read_text().splitlines()])
    took = dt.datetime.now(dt.UTC) - begin
    closing = [f"{name}: {line.strip('= ')}" for name, (_, line) in results.items()]
    text = "\n".join([*heading(begin, took, asked.rounds), "", *table, "", *closing, ""])
    print("\n" + text)
    if asked.write:
        PAGE.write_text("# Faults, and what they left behind\n\n" + text)
    return int(any(status for status, _ in results.values()))


def which_tests(arguments):
    named = [one for one in arguments if not one.startswith("-") and one.endswith(".py")]
    return [*arguments, *([] if named else sorted(str(path) for path in HERE.glob("test_faults_*.py")))]


def heading(begin, took, rounds):
    minutes = f"{took.total_seconds() / 60:.0f} minutes"
    return [
        f"Printed by `make faults ROUNDS={rounds}` on {begin:%d %B %Y}, in {minutes}, on {os.cpu_count()} cores "
        f"({platform.machine()}, {platform.system()}, Python {platform.python_version()}).",
    ]


def as_table(lines):
    if not lines:
        return ["No figures."]
    rows = [(line["what"], line["database"], line["figures"]) for line in lines]
    head = ("fault", "database", "figures")
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(2)]

    def row(cells):
        what, database, figures = cells
        return f"| {what:{widths[0]}} | {database:{widths[1]}} | {figures} |"

    return [row(head), "| --- | --- | --- |", *(row(one) for one in sorted(rows))]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
