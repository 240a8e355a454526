"""The site as ``deploy/techtrack-web.socket`` has it: its listening socket outlives its processes, as sd_listen_fds(3)
says. systemd itself is not needed: this process keeps the socket in its place.
"""

import os
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path

from cacc_techtrack import static_files

from . import processes
from .live import Site

DEPLOY = processes.BASE_DIR / "deploy"
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""


class SiteOnKeptSocket(Site):
    def find_port(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=2048)
        return self.socket.getsockname()[1]

    def start(self):
        kept = self.socket.fileno()
        hand_over = [sys.executable, "-c", HAND_OVER, str(kept)]
        self.process = processes.start([*hand_over, *self.command], self.env, self.log, pass_fds=[kept])

    def stop(self):
        super().stop()
        self.socket.close()


def restart(site):
    """What ``systemctl restart techtrack-web`` does: stop as the unit says, its ``ExecStartPre``, start."""
    processes.stop(site.process, seconds_to_stop())
    # The files are collected: the tests of one run share the folder, and nobody is to write it anew.
    (Path(site.env["DATA_DIR"]) / "static.state").write_text(static_files.state_of_sources())
    for command in commands_before():
        subprocess.run(command, env=site.env, cwd=processes.BASE_DIR, check=True, capture_output=True, timeout=120)
    site.start()


def unit():
    return (DEPLOY / "techtrack-web.service").read_text()


def seconds_to_stop():
    return int(re.search(r"^TimeoutStopSec=(\d+)$", unit(), re.M)[1])


def commands_before():
    lines = re.findall(r"^ExecStartPre=\S+/python (.+)$", unit(), re.M)
    assert lines, "the unit prepares nothing any more"
    return [[sys.executable, *shlex.split(line)] for line in lines]


def workers(site):
    return {one.pid for one in processes.children(site.process)}


def reload(site, signum):
    """Tell gunicorn, and wait until all its workers are others."""
    before = workers(site)
    os.kill(site.process.pid, signum)
    processes.wait_until(lambda: not before & workers(site) and len(workers(site)) == len(before), 60, "new workers")
