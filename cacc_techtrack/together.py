"""Several commands that live and die together.

Ours rather than a process manager's, for two promises that must hold: when this process is killed outright the
commands end too, and a command that ends by itself, however politely, is a failure of the whole.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time

PATIENCE = 10  # seconds that a command has to end after it was asked to
PR_SET_PDEATHSIG = 1  # prctl(2)

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def run(commands, announce):
    """Start the commands, ``{name: arguments}``, and wait. Returns the exit status for this process.

    0 when a signal asked us to stop, 1 when a command ended by itself; either way none is left running. Meanwhile
    ``announce`` is called until it returns True: it is the one to know when all is ready, and to say so.
    """
    asked = []
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signum != signal.SIGHUP or signal.getsignal(signum) != signal.SIG_IGN:  # nohup means what it says
            signal.signal(signum, lambda signum, frame: asked.append(signum))
    running, announced = {}, False
    try:
        for name, arguments in commands.items():
            # A group of its own: Ctrl-C reaches us alone, and each command is told once, by us.
            running[name] = subprocess.Popen(  # noqa: S603  # nosec B603  # the commands are the project's own
                arguments, stdin=subprocess.DEVNULL, process_group=0, preexec_fn=_end_with(os.getpid())
            )
        while not asked and all(process.poll() is None for process in running.values()):
            announced = announced or announce()
            time.sleep(0.1)
    finally:
        ended = {name: process.returncode for name, process in running.items() if process.poll() is not None}
        _end(running.values())
    if asked:
        return 0
    for name, status in ended.items():
        print(f"{name} ended by itself (status {status}); the rest was stopped.", file=sys.stderr, flush=True)
    return 1


def _end_with(parent):
    """For the child, before it becomes the command: SIGTERM when its parent dies, even by SIGKILL (Linux alone)."""

    def in_the_child():
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
            if os.getppid() != parent:  # it died before the line above
                os._exit(1)

    return in_the_child


def _end(processes):
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + PATIENCE
    for process in processes:
        try:
            process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with contextlib.suppress(ProcessLookupError):  # as a rule nobody is left
            os.killpg(process.pid, signal.SIGKILL)
