"""The whole suite, on SQLite and then on PostgreSQL: ``python -m tests``. Arguments are pytest's.

Real browsers and servers stand in each other's way on a busy machine: what failed beside another test gets one second
try alone, and the closing line names how many needed it. What guards the private morning gets none.
"""

import json
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

DATABASES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
WORKERS = ["-n", "2", "--dist", "load", "--maxschedchunk", "1"]  # one test at a time: the longest come first
LIMIT = 35 * 60  # seconds for one database; each test has its own limit as well, in pyproject.toml
FAILED = 1  # pytest's status when all ran, and some failed
LAST_FAILED = Path(__file__).parent.parent / ".pytest_cache" / "v" / "cache" / "lastfailed"
ONE_TRY = re.compile("gate|leak|canar|race|fresh|kept|private|audience|life_of|fuzz")  # in the name of a module
FEW = 5  # more than these did not fail by the way


def main(arguments):
    results = {}
    for database, name in DATABASES.items():
        print(f"\nAll tests on {name}", flush=True)
        results[name] = twice(["--database", database, *arguments])
    print()
    for name, (status, closing_line) in results.items():
        print(f"{name}: {'FAILED' if status else 'passed'}: {closing_line.strip('= ')}")
    return max(status for status, _ in results.values())


def twice(arguments):
    """As ``run``; a few tests that failed beside others are run once more, alone."""
    status, closing_line = run([*WORKERS, *arguments])
    failed = sorted(json.loads(LAST_FAILED.read_text())) if status == FAILED and LAST_FAILED.exists() else []
    if not 0 < len(failed) <= FEW or any(ONE_TRY.search(test.partition("::")[0]) for test in failed):
        return status, closing_line
    print("\nOnce more, alone:", *failed, sep="\n  ", flush=True)
    status, second_line = run(["--last-failed", "--last-failed-no-failures", "none", *arguments])
    return status, f"{closing_line.strip('= ')}; those that failed, alone: {second_line.strip('= ')}"


def run(arguments):
    """pytest's exit status and the last line that it printed."""
    command = [sys.executable, "-m", "pytest", *(["--color=yes"] if sys.stdout.isatty() else []), *arguments]
    closing_line = "nothing was printed"
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        timers = [
            threading.Timer(LIMIT, process.send_signal, [signal.SIGINT]),  # tells what failed until then
            threading.Timer(LIMIT + 60, process.kill),
        ]
        for timer in timers:
            timer.start()
        for line in process.stdout:
            print(line, end="", flush=True)
            closing_line = line.strip() or closing_line
        for timer in timers:
            timer.cancel()
    return process.returncode, closing_line


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
