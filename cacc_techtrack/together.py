"""Several jobs that live and die together, each in a process of its own.

Ours rather than a process manager's, for two promises that must hold: when this process is killed outright the
jobs end too, and a job that ends by itself, however politely, is a failure of the whole. They are forked, not started
anew: what this process has read they need not read again, and share its memory.
"""

import contextlib
import contextvars
import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import time

PATIENCE = 10  # seconds that a job has to end after it was asked to
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15  # prctl(2)

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def run(jobs, announce):
    """Start the jobs, ``{name: (name of the process, function)}``, and wait. Returns the exit status for this process.

    0 when a signal asked us to stop, 1 when a job ended by itself; either way none is left running. Meanwhile
    ``announce`` is called until it returns True: it is the one to know when all is ready, and to say so.
    """
    asked = []
    told = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:  # nohup means what it says
        told.remove(signal.SIGHUP)
    before = {signum: signal.signal(signum, lambda signum, frame: asked.append(signum)) for signum in told}
    gc.collect()
    gc.freeze()  # looking for garbage would write to the pages that are shared
    running, announced = {}, False
    try:
        for name, (short, job) in jobs.items():
            running[name] = _begun(short, before, job)
        while not asked and all(process.is_alive() for process in running.values()):
            announced = announced or announce()
            time.sleep(0.1)
    finally:
        ended = {name: process.exitcode for name, process in running.items() if not process.is_alive()}
        _end(running.values())
    if asked:
        return 0
    for name, status in ended.items():
        print(f"{name} ended by itself (status {status}); the rest was stopped.", file=sys.stderr, flush=True)
    return 1


_Forked = multiprocessing.get_context("fork").Process


def _begun(short, handlers, job):
    """Signals wait meanwhile: in the child our own handlers would take them, and the job would not hear of them."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, handlers)
    try:
        process = _Forked(target=_in_the_child, args=(os.getpid(), short, handlers, mask, job))
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return process


def _in_the_child(parent, short, handlers, mask, job):
    """Told to end when its parent dies, even by SIGKILL (Linux alone), and else on its own feet."""
    os.setpgid(0, 0)  # Ctrl-C reaches the parent alone, and each job is told once, by it
    for signum, handler in handlers.items():
        signal.signal(signum, handler)
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        _libc.prctl(PR_SET_NAME, short.encode(), 0, 0, 0)
        if os.getppid() != parent:  # it died before the lines above
            os._exit(1)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    try:
        contextvars.Context().run(job)  # nothing of the parent's: neither its language nor the id of its log lines
    except Exception:
        sys.excepthook(*sys.exc_info())  # multiprocessing would print what is kept out of logs
        sys.exit(1)


def _end(processes):
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + PATIENCE
    for process in processes:
        process.join(max(0, deadline - time.monotonic()))
        if process.is_alive():
            process.kill()
            process.join()
        with contextlib.suppress(ProcessLookupError):  # as a rule nobody is left
            os.killpg(process.pid, signal.SIGKILL)
