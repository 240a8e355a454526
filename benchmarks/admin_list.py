"""Admin's list of requests, of very many and of few, fifty on the page each time."""

import sys
from contextlib import ExitStack

from .crowded import FEW, Desk, many
from .public import in_words
from .running import alone, until_steady
from .servers import load, site
from .table import Row, ratio

LIST = "/admin/registration/accessrequest/"
CONNECTIONS = 4  # organisers at work at once


def rows(settings):
    large = many(settings)
    yield from compared("all requests", f"{LIST}?state=all", settings, large, Desk(settings, FEW))
    yield from compared("as it opens", LIST, settings, large, Desk(settings, FEW, pending=True))


def compared(which, path, settings, large, small):
    """Two rows."""
    desks = {"100,000" if settings.share == 1 else "many": large, "100": small}
    what = f"admin's request list, {which}, {' against '.join(desks)}"
    yield from until_steady(lambda: [cost(f"{what}: CPU a request", path, settings, desks)], settings)
    found = [desk.queries(path) for desk in desks.values()]
    yield Row(f"{what}: queries", " against ".join(map(str, found)), "the same", len(set(found)) == 1)


def cost(what, path, settings, desks, connections=CONNECTIONS):
    """The row of two sites, the one with more first; to each its somebody who is ``SignedIn``."""
    rounds = []
    for _ in range(settings.rounds):
        with ExitStack() as stack:
            servers = {name: stack.enter_context(site(desk.data)) for name, desk in desks.items()}
            rounds.append(
                {
                    name: load(servers[name], path, desk.headers, seconds=settings.seconds, connections=connections)
                    for name, desk in desks.items()
                }
            )
    many, few = desks
    note = f"{in_words(rounds, 'cpu_ms', '{:.2f} ms')}; times {in_words(rounds, 'p50', '{:.3f} s')}"
    return ratio(what, [one[many].cpu_ms / one[few].cpu_ms for one in rounds], at_most=1.5, note=note)


if __name__ == "__main__":
    sys.exit(alone("admin_list"))
