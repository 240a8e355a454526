"""Several commands that live and die together.

Ours rather than a process manager's, for two promises that must hold: when this process is killed outright the
commands end too, and a command that ends by itself, however politely, is a failure of the whole.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

PATIENCE = 10  # seconds that a command has to end after it was asked to
ASKED_TO_STOP = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
PR_SET_PDEATHSIG = 1  # prctl(2)

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def end_with_parent(signum=signal.SIGTERM):
    """A ``preexec_fn`` for ``subprocess.Popen``: the child gets this signal when its parent dies, even by SIGKILL.

    Does nothing where the kernel is not Linux. Call it here, in the parent, and pass on what it returns.
    """
    parent = os.getpid()

    def in_the_child():
        if _libc is None:
            return
        _libc.prctl(PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return in_the_child


def run(commands):
    """Start the commands, ``{name: arguments}``, and wait. Returns the exit status for this process.

    0 when a signal asked us to stop; 1 when a command ended by itself. Either way none is left running.
    """
    asked = []
    before = {signum: signal.signal(signum, lambda signum, frame: asked.append(signum)) for signum in ASKED_TO_STOP}
    running = {}
    try:
        for name, arguments in commands.items():
            # A group of its own: Ctrl-C reaches us alone, and each command is told once, by us.
            running[name] = subprocess.Popen(  # noqa: S603  # the commands are the project's own
                arguments, process_group=0, preexec_fn=end_with_parent()
            )
        while not asked and all(process.poll() is None for process in running.values()):
            time.sleep(0.1)
    finally:
        ended = {name: process.returncode for name, process in running.items() if process.poll() is not None}
        _end(running.values())
        for signum, handler in before.items():
            signal.signal(signum, handler)
    if asked:
        return 0
    for name, status in ended.items():
        print(f"{name} ended by itself (status {status}); the rest was stopped.", file=sys.stderr, flush=True)
    return 1


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
