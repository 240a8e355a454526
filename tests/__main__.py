"""The whole suite, on SQLite and then on PostgreSQL: ``python -m tests``. Arguments are pytest's."""

import subprocess
import sys

DATABASES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


def main(arguments):
    results = {}
    for database, name in DATABASES.items():
        print(f"\nAll tests on {name}", flush=True)
        results[name] = run(["--database", database, "-n", "2", "--dist", "loadgroup", *arguments])
    print()
    for name, (status, closing_line) in results.items():
        print(f"{name}: {'FAILED' if status else 'passed'}: {closing_line.strip('= ')}")
    return max(status for status, _ in results.values())


def run(arguments):
    """pytest's exit status and the last line that it printed."""
    command = [sys.executable, "-m", "pytest", *(["--color=yes"] if sys.stdout.isatty() else []), *arguments]
    closing_line = "nothing was printed"
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            closing_line = line.strip() or closing_line
    return process.returncode, closing_line


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
