"""Jobs that live and die together, where ``make run`` itself cannot be brought to the moment that is meant."""

import subprocess
import sys

import pytest

from . import environment

pytestmark = [pytest.mark.fast]

BEGIN = """
import gc, os, signal, sys, time
from cacc_techtrack import together

def ready():
    return True

def sleep():
    time.sleep(300)

def fail():
    raise ValueError("said by nobody but sys.excepthook")

"""


def run(code):
    return subprocess.run(
        [sys.executable, "-c", BEGIN + code], cwd=environment.BASE_DIR, capture_output=True, text=True, timeout=120
    )


STOPPED_WHILE_BEGINNING = """
gc.freeze = lambda: os.kill(os.getpid(), signal.SIGTERM)  # just before the first is forked
kill = together._Forked.kill
together._Forked.kill = lambda process: print("had to be killed") or kill(process)
"""


def test_asked_to_stop_while_they_begin_they_end_by_themselves():
    done = run(STOPPED_WHILE_BEGINNING + 'sys.exit(together.run({"A": ("a", sleep), "B": ("b", sleep)}, ready))')

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_signal_that_a_beginning_job_takes_for_its_parents_is_lost():
    """The control."""
    taken = STOPPED_WHILE_BEGINNING + "together.PATIENCE = 1\nsignal.pthread_sigmask = lambda how, which: set()\n"
    slowly = "together._libc.prctl = lambda *told: None\nos.setpgid = lambda *group: time.sleep(0.5)\n"
    done = run(taken + slowly + 'sys.exit(together.run({"A": ("a", sleep)}, ready))')

    assert (done.returncode, done.stdout) == (0, "had to be killed\n")


def test_a_job_that_breaks_is_told_as_a_command_would_be():
    done = run(
        "sys.excepthook = lambda kind, error, trace: print(kind.__name__, file=sys.stderr)\n"
        'sys.exit(together.run({"The first": ("a", sleep), "The second": ("b", fail)}, ready))'
    )

    assert done.returncode == 1
    told = done.stderr.splitlines()
    assert told[0] == "ValueError"
    assert "The second ended by itself" in "".join(told[1:])
    assert "said by nobody" not in done.stderr
