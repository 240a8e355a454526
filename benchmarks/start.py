"""From nothing to the first answer: the server alone, as on a real site, and ``make run`` on data that is up to date.

What was read from the disk before is still in the machine's memory, and bytecode is kept, as at every start but the
first.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests import environment, processes

from .running import alone
from .servers import BROWSER, GUNICORN, Data, ask, cpu_seconds
from .table import Row, spread

AT_MOST = 1  # second; an aim
SERVE = [sys.executable, "-m", "cacc_techtrack.serve"]
PATIENCE = 120  # seconds


def rows(settings):
    data = Data(settings.folder)
    configured = ["-c", "python:cacc_techtrack.gunicorn"]
    yield row("cold start of the server to its first answer", settings, [*GUNICORN, *configured], data.env, BROWSER)
    whole = local(settings.folder)
    Started(SERVE, whole, {}).stop()  # makes what later starts find
    yield row("the same of all that `make run` starts", settings, SERVE, whole, {})


def row(what, settings, command, env, headers):
    seconds, cpu = [], []
    for _ in range(settings.rounds):
        site = Started(command, env, headers)
        seconds.append(site.seconds)
        cpu.append(site.cpu)
        site.stop()
    return Row(
        what,
        f"{statistics.median(seconds):.2f} s",
        f"report; aim ≤ {AT_MOST} s",
        None,
        spread(seconds),
        f"the agenda, whole; {statistics.median(cpu):.2f} s of CPU until then",
    )


def local(folder):
    """What somebody who types `make run` has: no settings, and a DATA_DIR of their own."""
    return {**environment.without_settings(), "DATA_DIR": tempfile.mkdtemp(prefix="local-", dir=folder)}


class Started:
    """A site that was started, and has answered once, after so many ``seconds`` and seconds of ``cpu``."""

    def __init__(self, command, env, headers):
        self.port, self.headers = processes.free_port(), headers
        self.log = Path(tempfile.mkstemp(prefix="start-", dir=os.environ["TEST_RUN_DIR"])[1])
        begin = time.monotonic()
        self.process = processes.start(command, env | {"PORT": str(self.port)}, self.log)
        try:
            while not self._answers():
                if time.monotonic() - begin > PATIENCE or self.process.poll() is not None:
                    raise RuntimeError(f"no answer: {self.log.read_text()}")
                time.sleep(0.005)
        except BaseException:
            self.stop()
            raise
        self.seconds, self.cpu = time.monotonic() - begin, cpu_seconds(self.process)

    def _answers(self):
        try:
            return self.get("/").status == 200
        except OSError:
            return False

    def get(self, path, **headers):
        return ask(self.port, path, self.headers | headers)

    def stop(self):
        processes.stop(self.process)


if __name__ == "__main__":
    sys.exit(alone("start"))
