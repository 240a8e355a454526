"""Exporting very many requests over HTTP: how much the server grows beyond what it holds when idle."""

import http.client
import statistics
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

from tests import processes

from .crowded import many
from .running import alone
from .servers import ask, site
from .signed_in import SECRET
from .table import Row, spread

EXPORT = "/admin/registration/accessrequest/export/?state=all"
COLUMNS = (
    *("name", "organisation", "job_title", "kind", "email", "proven", "domain", "state", "to_confirm", "registered"),
    *("reception", "why", "needs", "origin", "event", "asked", "decided"),
)
MB = 10**6
AT_MOST = 30  # MB


def rows(settings):
    desk = many(settings)
    for kind, goal in (("csv", AT_MOST), ("xlsx", None)):
        found = [measured(desk, kind) for _ in range(settings.rounds)]
        grown = [one["grown"] / MB for one in found]
        middle = statistics.median(grown)
        size, seconds = found[0]["size"] / MB, statistics.median(one["seconds"] for one in found)
        yield Row(
            f"{kind.upper()} export of {found[0]['lines']:,} requests, every column: peak memory above idle",
            f"{middle:.1f} MB",
            "report" if goal is None else f"≤ {goal} MB",
            None if goal is None else middle <= goal,
            spread(grown),
            f"{size:.1f} MB in {seconds:.1f} s; idle {found[0]['idle'] / MB:.0f} MB a worker",
        )


def measured(desk, kind):
    """One export from a server that was just started and has shown the page before it."""
    with site(desk.data) as server:
        for _ in range(8):  # each worker has read what it keeps
            if ask(server.port, EXPORT, desk.headers).status != 200:
                raise RuntimeError("the page of the export was not shown")
        workers = processes.children(server.process)
        idle = {worker.pid: _held(worker.pid, "VmRSS") for worker in workers}
        for pid in idle:
            Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak begins anew (proc(5))
        begin = time.monotonic()
        size, lines = _export(server.port, desk, kind)
        seconds = time.monotonic() - begin
        grown = {pid: _held(pid, "VmHWM") - before for pid, before in idle.items()}
    busy = max(grown, key=grown.get)
    return {"grown": grown[busy], "idle": idle[busy], "size": size, "lines": lines, "seconds": seconds}


def _held(pid, what):
    """Bytes, of /proc/PID/status: what is in memory now, or the most that ever was."""
    line = next(one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith(f"{what}:"))
    return int(line.split()[1]) * 1024


def _export(port, desk, kind):
    """How many bytes came, and how many requests: read as they come and kept nowhere."""
    form = [("step", kind), ("csrfmiddlewaretoken", SECRET), *(("column", name) for name in COLUMNS)]
    headers = desk.headers | {"Content-Type": "application/x-www-form-urlencoded", "Accept-Encoding": "identity"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    try:
        connection.request("POST", EXPORT, urlencode(form), headers)
        response = connection.getresponse()
        if response.status != 200 or "attachment" not in response.headers.get("Content-Disposition", ""):
            raise RuntimeError(f"the export was answered {response.status}")
        size = lines = 0
        while piece := response.read(65536):
            size += len(piece)
            lines += piece.count(b'"\r\n')
    finally:
        connection.close()
    return size, (lines - 1 if kind == "csv" else desk.count)


if __name__ == "__main__":
    sys.exit(alone("export"))
