"""Public pages against a bare WSGI callable that sends the same: requests, CPU, and the longest waits."""

import gzip
import re
import statistics
import sys
from contextlib import ExitStack

from .running import alone, until_steady
from .servers import BROWSER, Data, ask, floor, load, site, startproject
from .table import Row, ratio

AGENDA = "/"
SESSION = "/sessions/reporting-cycle/"
CALENDAR = "/agenda.ics"
JSON = "/schedule.json"

BYTES, REQUESTS = 40_000, 6  # of a first visit; tests/test_budgets.py has a browser keep to them


def rows(settings):
    data = Data(settings.folder)
    yield from against_the_floor("public agenda", settings, data, AGENDA, 0.85, 1.25)
    yield from against_the_floor("public agenda, conditional (304)", settings, data, AGENDA, 0.85, 1.25, again=True)
    yield from against_the_floor("public session page", settings, data, SESSION, 0.80, 1.4)
    yield from against_the_floor("public calendar", settings, data, CALENDAR, 0.80, 1.4)
    yield from against_the_floor("schedule.json", settings, data, JSON, 0.80, 1.4)
    yield from until_steady(lambda: [longest_waits(settings, data)], settings)
    large = Data(settings.folder, sessions=200)
    yield from until_steady(lambda: [how_it_grows(settings, data, large)], settings)
    yield first_visit(data)


def against_the_floor(what, settings, data, path, requests, cpu, again=False, headers=BROWSER):
    """Two rows. ``again``: as a browser asks that has the page already."""

    def measure():
        rounds = three_side_by_side(settings, data, path, again, headers=headers)
        return [
            ratio(
                f"{what}: requests/s against the floor",
                [one["site"].per_second / one["floor"].per_second for one in rounds],
                at_least=requests,
                note=in_words(rounds, "per_second", "{:,.0f}/s"),
            ),
            ratio(
                f"{what}: CPU a request against the floor",
                [one["site"].cpu_ms / one["floor"].cpu_ms for one in rounds],
                at_most=cpu,
                note=in_words(rounds, "cpu_ms", "{:.3f} ms"),
            ),
        ]

    return until_steady(measure, settings)


def longest_waits(settings, data):
    rounds = three_side_by_side(settings, data, AGENDA, connections=64)
    return ratio(
        "public agenda: p99 at 64 connections against the floor",
        [one["site"].p99 / one["floor"].p99 for one in rounds],
        at_most=1.5,
        note=in_words(rounds, "p99", "{:.4f} s"),
    )


def how_it_grows(settings, small, large):
    """Each against a floor that sends as much, so that what more bytes cost anybody is taken out."""
    rounds = []
    for _ in range(settings.rounds):
        with ExitStack() as stack:
            cost = {}
            for name, data in (("7", small), ("200", large)):
                ours = stack.enter_context(site(data))
                due = ask(ours.port, AGENDA)
                below = stack.enter_context(floor(settings.folder, due))
                cost[name] = {
                    kind: load(server, AGENDA, seconds=settings.seconds, due=due)
                    for kind, server in (("floor", below), ("site", ours))
                }
            rounds.append(cost)
    measured = [{f"{kind} with {size}": one[size][kind] for size in one for kind in one[size]} for one in rounds]
    return ratio(
        "public agenda, 200 sessions against 7: CPU a request, bytes discounted",
        [
            (one["200"]["site"].cpu_ms / one["200"]["floor"].cpu_ms)
            / (one["7"]["site"].cpu_ms / one["7"]["floor"].cpu_ms)
            for one in rounds
        ],
        at_most=1.3,
        note=in_words(measured, "cpu_ms", "{:.3f} ms"),
    )


def first_visit(data):
    """What a browser that was never here fetches, headers included, as it leaves the site; TLS comes on top of it."""
    with site(data) as server:
        page = ask(server.port, AGENDA)
        names = re.findall(r'(?:href|src)="(/static/[^"]+)"', gzip.decompress(page.body).decode())
        answers = [page, *(ask(server.port, name) for name in dict.fromkeys(names))]
    if {answer.status for answer in answers} != {200}:
        raise RuntimeError(f"a file of {names} is missing")
    size = sum(answer.size for answer in answers)
    held = size <= BYTES and len(answers) <= REQUESTS
    goal = f"≤ {BYTES / 1000:.0f} kB, ≤ {REQUESTS}"
    note = f"of which HTML {page.size / 1000:.1f} kB; with headers, without TLS"
    what = "public agenda, first visit: weight on the wire, requests"
    return Row(what, f"{size / 1000:.1f} kB, {len(answers)}", goal, held, note=note)


def three_side_by_side(settings, data, path, again=False, connections=16, headers=BROWSER):
    """A ``{name: Load}`` for each round: floor, Django and our site started afresh, then loaded one after another."""
    rounds = []
    for _ in range(settings.rounds):
        with ExitStack() as stack:
            ours = stack.enter_context(site(data))
            asked = headers | ({"If-None-Match": ask(ours.port, path)["ETag"]} if again else {})
            due = ask(ours.port, path, asked)
            if due.status != (304 if again else 200):
                raise RuntimeError(f"{path} was answered {due.status}")
            systems = {
                "floor": stack.enter_context(floor(settings.folder, due)),
                "startproject's Django": stack.enter_context(startproject(settings.folder, due)),
                "site": ours,
            }
            rounds.append(
                {
                    name: load(server, path, asked, seconds=settings.seconds, connections=connections, due=due)
                    for name, server in systems.items()
                }
            )
    return rounds


def in_words(rounds, figure, form):
    """The median of each system, for the note."""
    medians = {name: statistics.median(getattr(one[name], figure) for one in rounds) for name in rounds[0]}
    return ", ".join(f"{name} {form.format(value)}" for name, value in medians.items())


if __name__ == "__main__":
    sys.exit(alone("public"))
