"""Memory of everything that ``make run`` starts, after people were there: proportional shares, so each page once."""

import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from tests.environment import BASE_DIR

from .running import alone
from .start import SERVE, Started, local
from .table import Row, spread

AT_MOST = 200  # MB; an aim
MB = 10**6
OPENED = (
    *("/", "/es/", "/agenda.ics", "/calendar/", "/changes/", "/my-agenda/"),
    *("/register/", "/register/status/", "/account/login/", "/privacy/"),
)
TIMES, CLIENTS = 20, 16  # so that each worker has answered each of them

GUEST = """
from sessions.models import Event
from tests import people, wire
guest = people.approved("guest@example.com", Event.objects.current(), by=people.organiser())
print(wire.login_session(guest))
"""


def rows(settings):
    env = local(settings.folder)
    Started(SERVE, env, {}).stop()
    command = [sys.executable, "manage.py", "shell", "--verbosity=0", "-c", GUEST]
    guest = subprocess.run(command, env=env, cwd=BASE_DIR, capture_output=True, text=True, check=True)
    found = [measured(env, guest.stdout.split()[-1]) for _ in range(settings.rounds)]
    begun, sums = ([sum(share for _, share in one[when]) / MB for one in found] for when in (0, 1))
    yield Row(
        "memory of the whole (`make run`: starter, server, workers, mail), proportional shares",
        f"{statistics.median(sums):.0f} MB",
        f"report; aim ≤ {AT_MOST} MB",
        None,
        spread(sums),
        ", ".join(f"{name} {share / MB:.0f}" for name, share in found[0][1])
        + f"; {statistics.median(begun):.0f} MB before anybody came",
    )


def measured(env, guest):
    """``[(name of the process, bytes), …]``, before and after."""
    site = Started(SERVE, env, {})
    try:
        begun = all_of(site)
        asked = [(path, cookie) for path in OPENED for cookie in ({}, {"Cookie": f"sessionid={guest}"})] * TIMES
        with ThreadPoolExecutor(CLIENTS) as clients:
            statuses = set(clients.map(lambda one: site.get(one[0], **one[1]).status, asked))
        if not statuses <= {200, 302}:
            raise RuntimeError(f"answered {statuses}")
        return begun, all_of(site)
    finally:
        site.stop()


def all_of(site):
    parent = psutil.Process(site.process.pid)
    return [(name_of(one), share(one.pid)) for one in (parent, *parent.children(recursive=True))]


def name_of(process):
    name = process.name().removeprefix("techtrack-")
    return name if name in {"web", "mail"} else "starter"


def share(pid):
    """Bytes: what it has alone, and of what it shares with others its part (proc(5), smaps_rollup)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) * 1024


if __name__ == "__main__":
    sys.exit(alone("memory"))
