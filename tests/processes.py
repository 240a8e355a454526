"""Starting programs of ours from a test, so that none outlives it."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import psutil

BASE_DIR = Path(__file__).resolve().parent.parent


def tied(arguments, signal_name="TERM"):
    """The command, to be told to end when the process that starts it dies, however it dies (Linux)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", signal_name, "--", *arguments] if setpriv else list(arguments)


def start(arguments, env, log: Path, **more):
    """Start a program in the project's folder; what it prints goes into ``log``. ``more`` is for ``Popen``."""
    with log.open("ab") as output:
        return subprocess.Popen(
            tied(arguments),
            cwd=BASE_DIR,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            **more,
        )


def children(process):
    """Everything that a process has started, and they, and so on."""
    return psutil.Process(process.pid).children(recursive=True)


def stop(process, patience=60, signum=signal.SIGTERM):
    """Ask it to end, wait, and return its exit status; one that does not end is killed."""
    if process.poll() is None:
        process.send_signal(signum)
    try:
        return process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def free_port():
    return free_ports(1)[0]


def free_ports(count):
    """So many, and no two the same: all are held until the last is found."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def wait_until(condition, timeout, what):
    """Wait until ``condition()`` is true and return what it gave; fails with ``what`` after ``timeout`` seconds."""
    deadline = time.monotonic() + timeout
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {timeout} s in vain: {what}")
        time.sleep(0.05)
    return result


def as_unprivileged_user():
    """Arguments for ``subprocess``: another user when we are root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
