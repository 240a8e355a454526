"""``make timing``: whether the time of an answer tells who is known (SI-02), measured on both databases.

    python -m tests.timing [--pairs 200] [--database sqlite] [pytest's arguments]

Prints the gaps that were measured and those that are allowed; exits with 1 when one is too large, or when the
control's sleep was not found.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from .__main__ import DATABASES, run
from .faults import as_table


def main(arguments):
    parser = argparse.ArgumentParser(prog="python -m tests.timing", description=__doc__.partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=200, help="200 of each kind unless told otherwise")
    parser.add_argument("--database", choices=DATABASES, action="append", help="both unless one is named")
    asked, for_pytest = parser.parse_known_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures"
        figures.touch()
        os.environ.update(TIMING_PAIRS=str(asked.pairs), FAULT_FIGURES=str(figures))
        tests = str(Path(__file__).parent / "test_timing.py")
        statuses = [
            run(["--database", database, "-q", tests, *for_pytest])[0] for database in asked.database or DATABASES
        ]
        table = as_table([json.loads(line) for line in figures.read_text().splitlines()])
    print("\n" + "\n".join(table))
    return int(any(statuses))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
