"""A thousand people ask for access, all are approved at once, and their mail is delivered: how much a second.

gunicorn and the mail worker run as shipped, on each database, and what is said to be saved is on the disk: SQLite with
``synchronous=FULL``, PostgreSQL with ``fsync`` and ``synchronous_commit``. Clients and mail server are on this machine
too, and take their share of it.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from statistics import median

from tests import postgres, processes
from tests.mailbox import Mailbox, hold_port

from .replicas import post
from .running import alone
from .servers import Data, cpu_seconds, settled, site
from .table import Row, spread
from .visitors import p95

PEOPLE, CLIENTS = 1000, 16
REQUESTS_A_SECOND, MAILS_A_SECOND, BULK = 150, 100, 5  # aims; the last in seconds
PATIENCE = 600  # seconds for all mail of a round
DECIDE = "/admin/registration/accessrequest/decide/"

MAKE = """
import json
from tests import people, wire
asking = [people.person(f"p{{number}}@example.com") for number in range({first}, {first} + {count})]
print(json.dumps([people.FORM, [wire.login_session(person) for person in asking]]))
"""
OLGA = """
import json
from tests import people
print(json.dumps(people.browser_of(people.organiser()).cookies["__Host-sessionid"].value))
"""
STATE = """
import json
from registration.models import AccessRequest, Mail
count = lambda rows, **fields: rows.objects.filter(**fields).count()
print(json.dumps({
    "lines": [f"{one.pk}:{one.version}" for one in AccessRequest.objects.filter(state="pending")],
    "approved": count(AccessRequest, state="approved"),
    "mails": [count(Mail, purpose="received"), count(Mail, purpose="approved")],
    "queued": count(Mail, state="queued"),
}))
"""


class Durable(postgres.Cluster):
    settings = postgres.SETTINGS | {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


def rows(settings):
    count = max(CLIENTS, int(PEOPLE * settings.share))
    for name, database in [("SQLite", sqlite), ("PostgreSQL", postgresql)]:
        with ExitStack() as stack:
            flow = Flow(stack, settings, stack.enter_context(database(settings)), count)
            found = [flow.once() for _ in range(settings.rounds)]
        yield from table(name, count, found)


@contextmanager
def sqlite(settings):
    yield ""


@contextmanager
def postgresql(settings):
    cluster = Durable(settings.folder / "postgres-durable")
    try:
        yield cluster.url
    finally:
        cluster.stop()


class Flow:
    """``once()``: so many more people, from asking to the mail that tells them."""

    def __init__(self, stack, settings, database, count):
        self.count, self.rounds = count, 0
        self.came = []  # the moment at which each mail was taken
        self.mailbox = Mailbox(hold_port())
        self.mailbox.reply = self.take
        self.mailbox.start()
        stack.callback(self.mailbox.stop)
        self.data = Data(settings.folder, database=database, EMAIL_URL=f"smtp://127.0.0.1:{self.mailbox.port}")
        self.olga = self.say(OLGA)
        self.server = stack.enter_context(site(self.data, workers=()))

    def take(self, envelope):
        self.came.append(time.monotonic())
        return "250 accepted"

    def say(self, code):
        return json.loads(self.data.run(code).splitlines()[-1])

    def state(self):
        return self.say(STATE)

    def once(self):
        form, asking = self.say(MAKE.format(first=self.rounds * self.count, count=self.count))
        self.rounds += 1
        return self.accepted(form, asking) | self.approved() | self.delivered()

    def accepted(self, form, asking):
        def ask(cookie):
            begin = time.monotonic()
            post(self.server, "/register/", form, cookie)
            return time.monotonic() - begin

        before = settled(self.server.process)
        begin = time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as clients:
            waited = list(clients.map(ask, asking))
        seconds = time.monotonic() - begin
        cpu = settled(self.server.process) - before
        due(self.state()["mails"], [self.rounds * self.count, (self.rounds - 1) * self.count])
        return {"asked": self.count / seconds, "asked_cpu": cpu / self.count, "asked_p95": p95(waited)}

    def approved(self):
        lines = self.state()["lines"]
        due(len(lines), self.count)
        before = settled(self.server.process)
        begin = time.monotonic()
        form = {"step": "approve", "line": " ".join(lines), "reason": "", "words": ""}
        post(self.server, DECIDE, form, self.olga)
        seconds = time.monotonic() - begin
        cpu = settled(self.server.process) - before
        now = self.state()
        due([now["approved"], *now["mails"]], [self.rounds * self.count] * 3)
        return {"bulk": seconds, "bulk_cpu": cpu}

    def delivered(self):
        self.came.clear()
        expected = 2 * self.count
        worker = processes.start(
            [sys.executable, "manage.py", "deliver_mail"], self.data.env, self.data.folder / "mail.log"
        )
        try:
            processes.wait_until(lambda: self.came, PATIENCE, "the first mail")
            before = cpu_seconds(worker)
            first = len(self.came)
            processes.wait_until(lambda: len(self.came) >= expected, PATIENCE, "all mail")
            cpu = cpu_seconds(worker) - before
        finally:
            processes.stop(worker)
        due([self.state()["queued"], len(self.came)], [0, expected])
        seconds = self.came[-1] - self.came[0]
        self.mailbox._received.clear()
        return {"mails": (expected - 1) / seconds, "mails_cpu": cpu / max(1, expected - first)}


def due(found, expected):
    if found != expected:
        raise RuntimeError(f"{found} where {expected} was due")


def table(name, count, found):
    def of(key):
        return [one[key] for one in found]

    yield Row(
        f"access requests accepted, saved durably and mail queued, {CLIENTS} clients, {name}",
        f"{median(of('asked')):.0f}/s",
        f"report; aim ≥ {REQUESTS_A_SECOND}/s",
        None,
        spread(of("asked")),
        f"{1000 * median(of('asked_cpu')):.1f} ms of CPU each, "
        f"95 % answered within {1000 * median(of('asked_p95')):.0f} ms",
    )
    yield Row(
        f"bulk approval of {count:,} requests with mail queued, {name}",
        f"{median(of('bulk')):.1f} s",
        f"report; aim ≤ {BULK} s",
        None,
        spread(of("bulk")),
        f"{median(of('bulk_cpu')):.1f} s of CPU",
    )
    yield Row(
        f"mail worker against a mail server on loopback, {2 * count:,} messages, {name}",
        f"{median(of('mails')):.0f}/s",
        f"report; aim ≥ {MAILS_A_SECOND}/s",
        None,
        spread(of("mails")),
        f"{1000 * median(of('mails_cpu')):.1f} ms of CPU each",
    )


if __name__ == "__main__":
    sys.exit(alone("throughput"))
