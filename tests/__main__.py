"""The whole suite, on SQLite and then on PostgreSQL: ``python -m tests``. Arguments are pytest's."""

import signal
import subprocess
import sys
import threading

DATABASES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
WORKERS = ["-n", "2", "--dist", "load", "--maxschedchunk", "1"]  # one test at a time: the longest come first
LIMIT = 35 * 60  # seconds for one database; each test has its own limit as well, in pyproject.toml


def main(arguments):
    results = {}
    for database, name in DATABASES.items():
        print(f"\nAll tests on {name}", flush=True)
        results[name] = run(["--database", database, *WORKERS, *arguments])
    print()
    for name, (status, closing_line) in results.items():
        print(f"{name}: {'FAILED' if status else 'passed'}: {closing_line.strip('= ')}")
    return max(status for status, _ in results.values())


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
