"""gunicorn's settings, chosen by measuring.

    python -m benchmarks.gunicorn_settings [--rounds 3] [--seconds 3] [--write]

Not a part of ``make bench``. Each line of the table is one way to run the same site; all are started afresh in each
round and loaded one after another, with 16 connections. ``--write`` keeps the tables in gunicorn.md.
"""

import argparse
import datetime as dt
import statistics
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import psutil

from tests.nginx import Nginx

from .results import machine, versions
from .running import Settings, run_folder
from .servers import BROWSER, Data, ask, load, site
from .table import lined_up

PAGE = Path(__file__).with_name("gunicorn.md")
KEPT = "/"  # answered from memory
MADE = "/?track=afternoon"  # made anew for each request
WAIT = "/wait/"  # waits, then answers
CLOSING = BROWSER | {"Connection": "close"}  # as nginx asks
HEAD = ("", "kept page", "CPU", "p99", "page made", "CPU", "p99", "kept, four wait", "p99", "busiest worker", "memory")


def way(workers, threads=1, *more):
    kind = "sync" if threads == 1 else "gthread"
    return (f"--workers={workers}", f"--worker-class={kind}", f"--threads={threads}", *more)


WAYS = {
    **{f"sync × {workers}": way(workers) for workers in (2, 3, 4, 5)},
    **{f"gthread × 2, {threads} threads": way(2, threads) for threads in (2, 4, 8)},
    **{f"gthread × {workers}, 4 threads": way(workers, 4) for workers in (3, 4, 5)},
    "gthread × 2, 4 threads, max_requests 1000": way(2, 4, "--max-requests=1000", "--max-requests-jitter=200"),
}
THROUGH_NGINX = {
    "as shipped: a connection for each request": lambda text: text,
    "connections to gunicorn kept": lambda text: with_connections_kept(text),
}

CHOSEN = """\
*CPU* is that of a request, and the steady figure: requests a second swing with what else the machine does.

**Chosen** (`cacc_techtrack/gunicorn.py`): gthread, four threads, twice the cores and one worker, four at most; no
`max_requests`; a connection for each request behind nginx.

- *sync* takes the least CPU, but a worker that waits, for a lock or for the disk, answers nobody: with as many requests
  waiting as there are workers the site stands still ("kept, four wait"). Threads go on answering, for up to a fifth of
  a millisecond more.
- *Four threads*: two leave too few beside four that wait; eight gain nothing over four workers of four.
- *Four workers on two cores*: a page that is made anew waits for one that is being made in the same worker; the fifth
  costs 27 MB. Whether it answers more is within what runs differ by: in one before this, 144 pages against 139.
- *max_requests* has each new worker make its kept pages again, and doubles the CPU of a request. A worker is replaced
  when it has grown instead (`MOST_OF_A_WORKER`).
- *Connections that nginx keeps* would save about 0.1 ms a request. But a form that is sent on one which gunicorn is
  just closing cannot be sent again, so each request has its own; the files of a page do not come here at all.
""".splitlines()


def main(arguments):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gunicorn_settings")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help=f"keep the tables in {PAGE.name}")
    asked = parser.parse_args(arguments)
    with run_folder() as folder:
        settings = Settings(folder, asked.rounds, asked.seconds)
        data = Data(folder)
        text = "\n".join(
            [
                "# gunicorn's settings, measured",
                "",
                f"Printed by `python -m benchmarks.gunicorn_settings` on {dt.datetime.now(dt.UTC):%d %B %Y} "
                f"(medians; rounds: {asked.rounds}, seconds: {asked.seconds}). {machine()}. {versions()}.",
                "",
                *lined_up([HEAD, *each_way(settings, data)]),
                "",
                *lined_up([("behind nginx", *HEAD[1:4], "busiest worker"), *behind_nginx(settings, data)]),
                "",
                *CHOSEN,
                "",
            ]
        )
    print(text)
    if asked.write:
        PAGE.write_text(text)


def each_way(settings, data):
    found = {name: [] for name in WAYS}
    for _ in range(settings.rounds):
        for name, options in WAYS.items():
            with site(data, "benchmarks.waiting:application", workers=options, WAITS_AT=WAIT) as server:
                shares = shares_of_workers(server.process)
                kept, made = (loaded(server, path, settings) for path in (KEPT, MADE))
                busiest = busiest_share(server.process, shares)
                with others_waiting(server, 4):
                    meanwhile = loaded(server, KEPT, settings)
                found[name].append((kept, made, meanwhile, busiest, memory_of(server.process)))
            print(f"{name}: {kept.per_second:,.0f}/s", file=sys.stderr, flush=True)
    for name, rounds in found.items():
        kept, made, meanwhile, busiest, memory = zip(*rounds, strict=True)
        yield (
            name,
            *figures(kept),
            *figures(made),
            f"{statistics.median(one.per_second for one in meanwhile):,.0f}/s",
            milliseconds(one.p99 for one in meanwhile),
            f"{max(busiest):.0%}",
            f"{statistics.median(memory) / 10**6:.0f} MB",
        )


def loaded(server, path, settings, headers=CLOSING):
    return load(server, path, headers, seconds=settings.seconds)


def figures(loads):
    yield f"{statistics.median(one.per_second for one in loads):,.0f}/s"
    yield f"{statistics.median(one.cpu_ms for one in loads):.3f} ms"
    yield milliseconds(one.p99 for one in loads)


def milliseconds(values):
    return f"{1000 * statistics.median(values):.1f} ms"


@contextmanager
def others_waiting(server, count):
    """So many requests at any time whose answers wait."""
    stop = threading.Event()

    def wait():
        while not stop.is_set():
            with suppress(OSError):
                ask(server.port, WAIT)

    threads = [threading.Thread(target=wait) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def shares_of_workers(process):
    """``{pid: CPU seconds}``"""
    workers = psutil.Process(process.pid).children()
    return {one.pid: sum(one.cpu_times()[:2]) for one in workers}


def busiest_share(process, before):
    used = [seconds - before.get(pid, 0) for pid, seconds in shares_of_workers(process).items()]
    return max(used) / sum(used)


def memory_of(process):
    """Proportional shares of all its processes, in bytes."""
    parent = psutil.Process(process.pid)
    return sum(one.memory_full_info().pss for one in [parent, *parent.children(recursive=True)])


class Plain(Nginx):
    """nginx as shipped, but for TLS, which wrk would need a name for; ``port`` speaks http."""

    def __init__(self, site_port, change):
        self.change = change
        super().__init__(site_port)

    def configuration(self, site_port):
        text = super().configuration(site_port)
        without_tls = (" ssl http2", ""), ("ssl_reject_handshake on;", ""), ("Proto $scheme", "Proto https")
        return self.change(replaced(text, *without_tls))


def with_connections_kept(text):
    return replaced(
        text,
        ("zone site 64k;", "zone site 64k; keepalive 16;"),
        ("proxy_set_header Connection close;", 'proxy_set_header Connection "";'),
    )


def replaced(text, *pairs):
    for part, instead in pairs:
        if part not in text:
            raise ValueError(f"deploy/nginx.conf has no {part} any more")
        text = text.replace(part, instead)
    return text


def behind_nginx(settings, data):
    """What a connection for each request costs, against kept ones, which a worker's end can cut under a form."""
    found = {name: [] for name in THROUGH_NGINX}
    for _ in range(settings.rounds):
        for name, change in THROUGH_NGINX.items():
            with site(data, workers=way(2, 4)) as server:
                nginx = Plain(server.port, change)
                try:
                    shares = shares_of_workers(server.process)
                    front = SimpleNamespace(port=nginx.port, process=server.process)
                    found[name].append((loaded(front, KEPT, settings, BROWSER), busiest_share(server.process, shares)))
                finally:
                    nginx.stop()
    for name, rounds in found.items():
        loads, busiest = zip(*rounds, strict=True)
        yield (name, *figures(loads), f"{max(busiest):.0%}")


if __name__ == "__main__":
    main(sys.argv[1:])
