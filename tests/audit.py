"""``make audit``: the public advisories of everything that is locked, asked by pip-audit.

Ends with 0 when none is known, with 1 and a table of those that are, and with 2 and one sentence when nobody could be
asked: without a network pip-audit would end in a traceback, or say that it knows none of our packages.
"""

import subprocess
import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
LOCKS = ("requirements/run.txt", "requirements/test.txt")
ASK = [Path(sys.executable).with_name("pip-audit"), "--strict", "--disable-pip", "--require-hashes"]
ASK += ["--progress-spinner", "off", "--requirement"]
KNOWN, NOBODY_ASKED = 1, 2


def ask(lock):
    """``(status, words)`` of one lock file."""
    done = subprocess.run([*ASK, lock], cwd=BASE_DIR, capture_output=True, text=True)
    if done.returncode == 0:
        return 0, f"{lock}: no advisory is known."
    if done.stdout.strip():  # the table; of a failure there is none
        return KNOWN, f"{lock}: there are advisories.\n{done.stdout.rstrip()}"
    why = (done.stderr.strip() or "it said nothing").splitlines()[-1]
    return NOBODY_ASKED, (
        f"{lock} was not audited, since the public advisories could not be asked; try again where there is a network "
        f"to them. pip-audit says: {why}"
    )


def main():
    """Stops at the first that could not be asked: the next could not either."""
    worst = 0
    for lock in LOCKS:
        status, words = ask(lock)
        print(words, file=sys.stderr if status == NOBODY_ASKED else sys.stdout, flush=True)
        worst = max(worst, status)
        if status == NOBODY_ASKED:
            break
    return worst


if __name__ == "__main__":
    sys.exit(main())
