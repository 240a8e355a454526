"""Running parts: what they are told, measuring again what was noisy, and what is printed and kept."""

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from .table import Row, as_table

# In the order of the table.
PARTS = ("public", "private", "admin_list", "export", "throughput", "start", "memory", "crowd", "replicas", "person")


@dataclass(frozen=True)
class Settings:
    """``rounds``: fresh starts of everything that is compared. ``seconds``: of load, for each of them in each round.

    ``share``: of the rows, messages and people that a part would make, for a quick look. ``again``: how often a row
    that is noisy is measured again. ``folder``: everything is written there, and it is gone afterwards.
    """

    folder: Path
    rounds: int = 3
    seconds: int = 4
    share: float = 1
    again: int = 3


def until_steady(measure, settings):
    """The rows that ``measure()`` returns; measured again while one of them is noisy. Of each the steadiest stands."""
    steadiest = {row.what: row for row in measure()}
    for _ in range(settings.again):
        if not any(row.noisy for row in steadiest.values()):
            break
        for row in measure():
            before = steadiest[row.what]
            if before.noisy and row.spread < before.spread:
                steadiest[row.what] = row
    return list(steadiest.values())


def measured(parts, settings):
    """Yields the rows of all parts. A part that breaks is a row that missed its goal, and does not stop the others."""
    for name in parts:
        begin = time.monotonic()
        try:
            yield from import_module(f"benchmarks.{name}").rows(settings)
        except Exception as error:
            traceback.print_exc()
            yield Row(f"part {name}", f"broke: {type(error).__name__}", "runs", False)
        print(f"({name}: {time.monotonic() - begin:.0f} s)", file=sys.stderr, flush=True)


def main(arguments, parts=PARTS, results=None):
    """Print the table; 1 when a goal was missed. ``results``: the file that keeps it, if every part has run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(parts)}; all unless some are named")
    parser.add_argument("--rounds", type=int, default=Settings.rounds, help="fresh starts (%(default)s)")
    parser.add_argument("--seconds", type=int, default=Settings.seconds, help="of load each time (%(default)s)")
    parser.add_argument("--share", type=float, default=Settings.share, help="of rows, messages, people (%(default)s)")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.parts) - set(parts):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    rows = []
    with run_folder() as folder:
        settings = Settings(folder, asked.rounds, asked.seconds, asked.share)
        for row in measured(asked.parts or parts, settings):
            rows.append(row)
            print(" · ".join(cell for cell in row.cells if cell), file=sys.stderr, flush=True)
    from .results import text_of

    print("\n".join(as_table(rows)))
    if results and not asked.parts:
        results.write_text(text_of(rows, settings))
    return int(any(row.held is False for row in rows))


def alone(name):
    """What ``python -m benchmarks.<name>`` does."""
    return main([name, *sys.argv[1:]], parts=(name,))


@contextlib.contextmanager
def run_folder():
    """A folder for all that is written; the helpers of tests/ that start servers find it in the environment."""
    folder = Path(tempfile.mkdtemp(prefix="techtrack-bench-"))
    folder.chmod(0o711)  # PostgreSQL's and nginx's user pass through
    before = os.environ.get("TEST_RUN_DIR")
    os.environ["TEST_RUN_DIR"] = str(folder)
    try:
        yield folder
    finally:
        os.environ.pop("TEST_RUN_DIR")
        if before:
            os.environ["TEST_RUN_DIR"] = before
        shutil.rmtree(folder)
