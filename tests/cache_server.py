"""The real Redis (or Valkey), as shipped: of ``deploy/redis.conf`` only port and folder are others."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from . import processes

SHIPPED = processes.BASE_DIR / "deploy" / "redis.conf"
MISSING = "No Redis was found. Install it (Debian: apt-get install redis-server) or name one in REDIS."


def find_redis():
    for name in [os.environ["REDIS"]] if os.environ.get("REDIS") else ["redis-server", "valkey-server"]:
        if found := shutil.which(name):
            return found
    raise RuntimeError(MISSING)


class CacheServer:
    """``url`` is what CACHE_URL would be. After ``kill()``, ``start()`` begins again on the same files.

    ``changed`` is called with the configuration and gives another.
    """

    def __init__(self, changed=lambda text: text):
        self.folder = Path(tempfile.mkdtemp(prefix="redis-", dir=os.environ["TEST_RUN_DIR"]))
        self.port = processes.free_port()
        text = SHIPPED.read_text()
        password = re.search(r"^requirepass (\S+)$", text, re.M)[1]
        self.url = f"redis://:{password}@127.0.0.1:{self.port}/0"
        for pattern, instead in [
            (r"^port 6379$", f"port {self.port}"),
            (r"^dir /var/lib/redis$", f"dir {self.folder}"),
        ]:
            text, count = re.subn(pattern, instead, text, flags=re.M)
            assert count == 1, f"deploy/redis.conf has no {pattern} any more"
        (self.folder / "redis.conf").write_text(changed(text))
        self.as_user = processes.as_unprivileged_user()
        if self.as_user:
            os.chown(self.folder, self.as_user["user"], self.as_user["group"])
        self.start()

    def start(self):
        with (self.folder / "said").open("ab") as said:
            self.process = subprocess.Popen(
                processes.tied([find_redis(), self.folder / "redis.conf"]),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                **self.as_user,
            )
        processes.wait_until(self.listens, 60, "Redis listens")

    def listens(self):
        if self.process.poll() is not None:
            raise AssertionError(f"Redis ended: {(self.folder / 'said').read_text()}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        self.process.kill()
        self.process.wait(60)

    def stop(self):
        processes.stop(self.process)
