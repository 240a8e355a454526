"""What one person costs, step by step: CPU of each part, statements in PostgreSQL, rows and bytes that stay.

Two replicas behind nginx, as docs/scaling.md has it, which works out from these figures what more people cost. One
after another, so that nobody waits for anybody; the machine may be busy with other things meanwhile.
"""

import re
import sys
import time

import psycopg

from tests.postgres import Cluster
from tests.tls import TlsBrowser

from .crowd import PRIVATE, shows_it
from .replicas import PEOPLE, everything
from .running import alone
from .servers import Data, cpu_seconds
from .table import Row
from .visitors import come, files_of

COUNT = 100  # times that each step is done to measure its CPU
FEW = 10  # while each statement is written down
WARM = 40  # before: each worker keeps pages of its own, and compiles what it shows
DEMO = 5000  # invented requests, to see what stays on disk
STATEMENT = re.compile(r"LOG:  (?:statement|execute [^:]*):")


def rows(settings):
    count = max(FEW, int(COUNT * settings.share))
    with everything(settings, "person") as site:
        known = site.say(PEOPLE.format(title=PRIVATE, guests=WARM + count + FEW, asking=1))
        steps = Steps(site, known)
        names = [
            ("a visitor opens the agenda", steps.visits),
            ("a guest opens the private day", steps.visits_of_guests),
        ]
        names += [("somebody signs in by code", steps.sign_in), ("asks for access", steps.ask)]
        names += [("an organiser approves", steps.approve)]
        for _, step in names:
            step(WARM)
        cost = {name: cpu_of(site, step, count) for name, step in names}
        said = {name: statements_of(site, step) for name, step in names}
        for name, _ in names:
            parts = {part: 1000 * seconds / count for part, seconds in cost[name].items()}
            yield Row(
                f"one person: {name}",
                f"{sum(parts.values()):.1f} ms of CPU, {said[name]:.1f} statements",
                "report",
                None,
                note=", ".join(f"{part} {ms:.2f} ms" for part, ms in parts.items()),
            )
        yield at_rest(site)
    yield on_disk(settings)


class Steps:
    """Each is done ``count`` times by others than before."""

    def __init__(self, site, known):
        self.site, self.known = site, known
        page = TlsBrowser(site.nginx).get("/")
        self.public, self.files = page.content, files_of(page.text)
        self.begun = dict.fromkeys(("visits", "signed in", "asked", "approved"), 0)
        self.people = []

    def next(self, what, count):
        first = self.begun[what]
        self.begun[what] += count
        return range(first, first + count)

    def visits(self, count):
        self._come(count, None, bool)

    def visits_of_guests(self, count):
        keys = [self.known["guests"][number] for number in self.next("visits", count)]
        self._come(count, [f"__Host-sessionid={key}" for key in keys], shows_it)

    def _come(self, count, cookies, is_due):
        visits = come(self.site.nginx, count, count / 20, self.files, is_due=is_due, cookies=cookies)
        if visits.failed:
            raise RuntimeError(visits.failed[0])

    def sign_in(self, count):
        for number in self.next("signed in", count):
            browser, address = TlsBrowser(self.site.nginx), f"somebody{number}@example.com"
            browser.get("/account/login/")
            due(302, browser.post("/account/login/", {"email": address, "next": "/register/"}))
            code = self.site.mailbox.code_for(address)
            due(302, browser.post("/account/login/code/", {"code": code, "next": "/register/"}))
            self.people.append(browser)

    def ask(self, count):
        before = len(self.site.mailbox.messages)
        for number in self.next("asked", count):
            due(200, self.people[number].get("/register/"))
            due(302, self.people[number].post("/register/", self.known["form"]))
        self._wait_for_mail(before + count)

    def approve(self, count):
        before = len(self.site.mailbox.messages)
        olga = TlsBrowser(self.site.nginx)
        olga.cookies["__Host-sessionid"] = self.known["olga"]
        first = self.known["requests"][-1] + 1
        for number in self.next("approved", count):
            page = f"/admin/registration/accessrequest/{first + number}/"
            due(200, olga.get(f"{page}change/"))
            form = {"step": "approve", "version": 1, "reason": "", "words": ""}
            due(302, olga.post(f"{page}decide/", form))
        self._wait_for_mail(before + count)

    def _wait_for_mail(self, count):
        deadline = time.monotonic() + 120
        while len(self.site.mailbox.messages) < count and time.monotonic() < deadline:
            time.sleep(0.05)


def due(status, answer):
    if answer.status_code != status:
        raise RuntimeError(f"answered {answer.status_code}, not {status}")


def parts_of(site):
    return {
        "site": [site.a.process, site.b.process],
        "PostgreSQL": [site.database.process],
        "nginx": [site.nginx.process],
        "Redis": [site.cache.process],
        "mail workers": site.workers,
    }


def cpu_now(site):
    return {part: sum(map(cpu_seconds, processes)) for part, processes in parts_of(site).items()}


def cpu_of(site, step, count):
    before = cpu_now(site)
    step(count)
    return {part: seconds - before[part] for part, seconds in cpu_now(site).items()}


def statements_of(site, step):
    """How many one does, as PostgreSQL writes them down; those of the mail workers at rest are taken out."""
    with said_aloud(site) as said:
        begin = time.monotonic()
        step(FEW)
        took = time.monotonic() - begin
        during = said()
        time.sleep(3)
        at_rest = (said() - during) / 3
    return max(0, during - at_rest * took) / FEW


class said_aloud:
    def __init__(self, site):
        self.site = site

    def __enter__(self):
        self._set("ALTER SYSTEM SET log_statement = 'all'")
        begin = self._count()
        return lambda: self._count() - begin

    def __exit__(self, *raised):
        self._set("ALTER SYSTEM RESET log_statement")

    def _set(self, statement):
        url = self.site.database.url.replace("postgres://", "postgresql://")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement)
            connection.execute("SELECT pg_reload_conf()")
        time.sleep(0.5)  # until each of its processes has heard of it

    def _count(self):
        return len(STATEMENT.findall(self.site.database.log.read_text()))


def at_rest(site, seconds=10):
    with said_aloud(site) as said:
        before = cpu_now(site)
        time.sleep(seconds)
        after, count = cpu_now(site), said()
    used = {part: 1000 * (after[part] - before[part]) / seconds for part in after}
    return Row(
        "nobody there: two replicas and two mail workers at rest, a second",
        f"{sum(used.values()):.1f} ms of CPU, {count / seconds:.1f} statements",
        "report",
        None,
        note=", ".join(f"{part} {ms:.1f} ms" for part, ms in used.items()),
    )


def on_disk(settings):
    """Of requests in every state, as `make_demo_data` makes them on a local site, on a database of its own."""
    cluster = Cluster(settings.folder / "demo")
    try:
        data = Data(settings.folder, database=cluster.url, SITE_URL="http://localhost", TRUSTED_PROXY_COUNT="0")
        count = max(200, int(DEMO * settings.share))
        before = size_of(cluster)
        data.manage("make_demo_data", "--requests", count)
        rows, octets = (later - earlier for later, earlier in zip(size_of(cluster), before, strict=True))
    finally:
        cluster.stop()
    return Row(
        "one request with its person, decisions and mails: what stays in PostgreSQL",
        f"{octets / count / 1000:.1f} kB, {rows / count:.1f} rows",
        "report",
        None,
        note=f"of {count:,} invented ones, indexes included",
    )


def size_of(cluster):
    with psycopg.connect(cluster.url.replace("postgres://", "postgresql://"), autocommit=True) as connection:
        connection.execute("ANALYZE")
        (octets,) = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        (rows,) = connection.execute(
            "SELECT sum(reltuples) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchone()
    return int(rows), octets


if __name__ == "__main__":
    sys.exit(alone("person"))
