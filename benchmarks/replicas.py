"""Two replicas behind nginx, one PostgreSQL, one Redis, two mail workers: what people notice when one of them dies.

All on this machine, with the shipped configurations; docs/scaling.md says how it is set up, and quotes these figures.
"""

import http.client
import json
import sys
import time
from contextlib import ExitStack, contextmanager
from urllib.parse import urlencode

from tests import processes, replicas
from tests.cache_server import CacheServer
from tests.mailbox import Mailbox, hold_port
from tests.nginx import Nginx
from tests.postgres import Cluster
from tests.tls import TOKEN

from .at_work import READERS, AtWork
from .crowd import PRIVATE, shows_it
from .running import alone
from .servers import BROWSER, Data, Server, ask
from .table import Row

WATCHED = 1.5  # seconds after a change
PEOPLE = """
import json
from registration.models import AccessRequest
from sessions.models import Event, Session
from tests import people, wire
event, olga = Event.objects.current(), people.organiser()
secret = Session.objects.filter(track__event=event, track__audience="industry").first()
Session.objects.filter(pk=secret.pk).update(title={title!r})
public = Session.objects.filter(track__event=event, track__audience="public").first()
guests = [people.approved(f"guest{{number}}@example.com", event, by=olga) for number in range({guests})]
asking = [people.person(f"asking{{number}}@example.com") for number in range({asking})]
print(json.dumps({{
    "guests": [wire.login_session(guest) for guest in guests],
    "requests": [AccessRequest.objects.get(person=guest).pk for guest in guests],
    "asking": [wire.login_session(person) for person in asking],
    "form": people.FORM,
    "olga": people.browser_of(olga).cookies["__Host-sessionid"].value,
    "public": [public.pk, public.title],
}}))
"""
AFTERWARDS = """
import json
from collections import Counter
from registration.models import AccessRequest, Mail
from tests.invariants import broken
asked = Counter(AccessRequest.objects.filter(person__email__startswith="asking").values_list("person", flat=True))
print(json.dumps({
    "asked": len(asked),
    "asked twice": sum(count > 1 for count in asked.values()),
    "queued": Mail.objects.filter(state="queued").count(),
    "sent": Mail.objects.filter(state="sent").count(),
    "broken": len(broken()),
}))
"""


class Everything:
    """``a``, ``b``: the replicas; ``say(code)`` runs code on the site's models and gives what it printed as JSON."""

    def __init__(self, stack, settings, part):
        self.mailbox = Mailbox(hold_port())
        self.mailbox.start()
        stack.callback(self.mailbox.stop)
        self.database = Cluster(settings.folder / f"postgres-of-{part}")
        stack.callback(self.database.stop)
        self.cache = CacheServer()
        stack.callback(self.cache.stop)
        more = {
            "CACHE_URL": self.cache.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.mailbox.port}",
            "WEB_CONCURRENCY": "2",
        }
        self.data = [Data(settings.folder, database=self.database.url, **more) for _ in range(2)]
        self.a, self.b = (stack.enter_context(replica(data)) for data in self.data)
        self.workers = [
            processes.start([sys.executable, "manage.py", "deliver_mail"], data.env, data.folder / "mail.log")
            for data in self.data
        ]
        for worker in self.workers:
            stack.callback(processes.stop, worker)
        self.nginx = Nginx(self.a.port, self.b.port)
        stack.callback(self.nginx.stop)

    def say(self, code):
        return json.loads(self.data[0].run(code).splitlines()[-1])


def replica(data):
    return Server(data.folder, ["-c", "python:cacc_techtrack.gunicorn"], data.env)


@contextmanager
def everything(settings, part):
    with ExitStack() as stack:
        yield Everything(stack, settings, part)


def rows(settings):
    with everything(settings, "replicas") as site:
        known = site.say(PEOPLE.format(title=PRIVATE, guests=40, asking=int(400 * settings.share) + 40))
        load = {
            "asking": iter(known["asking"]),
            "guests": known["guests"],
            "form": known["form"],
            "is_private": shows_it,
        }
        with AtWork(site.nginx, site.mailbox, **load) as people:
            time.sleep(settings.seconds)
            killed = kill(site.a)
            time.sleep(settings.seconds)
            back = started(site.a)
            time.sleep(settings.seconds)
        yield from after_a_replica_died(people, killed, back)
        with AtWork(site.nginx, site.mailbox, **load) as people:
            time.sleep(settings.seconds / 2)
            site.cache.kill()
            time.sleep(settings.seconds)
            site.cache.start()
            opens = seconds_until(lambda: ask(site.b.port, "/account/login/").status == 200)
            time.sleep(settings.seconds / 2)
        yield after_the_cache_died(people, opens)
        yield what_is_kept(site)
        yield revoked_on_the_other(site, known)
        yield changed_on_the_other(site, known)


def kill(server):
    begin = time.monotonic()
    replicas.kill(server)
    return time.monotonic() - begin


def started(server):
    begin = time.monotonic()
    server.start()
    return time.monotonic() - begin


def seconds_until(condition):
    begin = time.monotonic()
    while not condition() and time.monotonic() - begin < 30:
        time.sleep(0.01)
    return time.monotonic() - begin


def after_a_replica_died(people, killed, back):
    readers = people.of(*READERS)
    errors = people.of(*READERS, but=(200,))
    waited = sorted(second for kind in READERS for second in people.waited[kind])
    yield Row(
        "two replicas, one killed (kill -9) and started again under load: readers who saw an error",
        f"{errors} of {readers:,}",
        "0",
        errors == 0,
        note=f"it took no part for {killed + back:.1f} s and the pause between; 95 % of readers waited at most "
        f"{1000 * waited[int(len(waited) * 0.95)]:.0f} ms, the longest {1000 * waited[-1]:.0f} ms",
    )
    forms, good = people.of("form", "sign-in"), people.of("form", "sign-in", but=(302,))
    yield Row(
        "the same: forms that were being answered when it died (their senders are told to try again)",
        f"{good} of {forms:,}",
        "report",
        None,
        note=", ".join(
            f"{kind} {status}: {count}" for (kind, status), count in sorted(people.answers.items(), key=str)
        ),
    )


def after_the_cache_died(people, opens):
    errors = people.of(*READERS, but=(200,)) + people.of("form", but=(302,)) + people.of("sign-in", but=(302, 503))
    closed = people.answers["sign-in", 503]
    return Row(
        "the cache killed (kill -9) and started again under load: errors but for sign-in's 503",
        f"{errors} of {people.of(*READERS, 'form', 'sign-in'):,}",
        "0, and sign-in closed",
        errors == 0 and closed > 0,
        note=f"sign-in answered 503 {closed} times, and opened {1000 * opens:.0f} ms after the cache was back; "
        + people.in_words(),
    )


def what_is_kept(site):
    """Each request once, each mail once."""
    processes.wait_until(lambda: site.say(AFTERWARDS)["queued"] == 0, 120, "all mail to be delivered")
    found = site.say(AFTERWARDS)
    ids = [received.message["Message-ID"] for received in site.mailbox.messages]
    doubles = len(ids) - len(set(ids))
    wrong = doubles + found["asked twice"] + found["broken"] + abs(found["sent"] - len(set(ids)))
    return Row(
        "the same two: requests saved twice, mails lost or sent twice by two workers, invariants broken",
        str(wrong),
        "0",
        wrong == 0,
        note=f"{found['asked']} requests, {len(ids)} mails",
    )


# What one machine knows of the other


def post(server, path, form, cookie):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = BROWSER | {
        "Cookie": f"__Host-sessionid={cookie}; __Host-csrftoken={TOKEN}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": f"https://{BROWSER['Host']}",
    }
    try:
        connection.request("POST", path, urlencode(form | {"csrfmiddlewaretoken": TOKEN}), headers)
        response = connection.getresponse()
        response.read()
        if response.status != 302:
            raise RuntimeError(f"{path} was answered {response.status}")
    finally:
        connection.close()


def revoked_on_the_other(site, known):
    still = 0
    tried = 10
    for request, cookie in list(zip(known["requests"], known["guests"], strict=True))[:tried]:
        said = BROWSER | {"Accept-Encoding": "identity", "Cookie": f"__Host-sessionid={cookie}"}
        if not shows_it(ask(site.b.port, "/", said).body):
            raise RuntimeError("a guest does not see the private day")
        form = {"step": "revoke", "version": 2, "reason": "", "words": ""}
        post(site.a, f"/admin/registration/accessrequest/{request}/decide/", form, known["olga"])
        still += shows_it(ask(site.b.port, "/", said).body)
    return Row("revoked on one replica, let in by the other's next answer", f"{still} of {tried}", "0", still == 0)


def changed_on_the_other(site, known):
    key, title = known["public"]
    took = []
    for number in range(10):
        action = "hide" if number % 2 == 0 else "publish"
        # Not always at the same moment of the second after which the other looks, and while it is asked.
        old_answers_end(site.b, title, action == "hide", number / 10)
        post(site.a, "/admin/agenda/session/", {"action": action, "_selected_action": key}, known["olga"])
        shown = action == "publish"
        took.append(old_answers_end(site.b, title, shown, WATCHED))
    longest = max(took)
    return Row(
        "a session hidden or published on one replica: the last request to the other that is answered as before",
        f"at most {1000 * longest:.0f} ms",
        "≤ 1000 ms",
        longest <= 1,
        note=f"{len(took)} times, from the answer to who did it",
    )


def old_answers_end(server, title, shown, watched):
    """Seconds until the last request was begun that was answered as before; all its workers are asked all the time."""
    begin, last = time.monotonic(), 0
    while (now := time.monotonic() - begin) < watched:
        if is_shown(server, title) != shown:
            last = now
        time.sleep(0.01)
    return last


def is_shown(server, title):
    return title in ask(server.port, "/", BROWSER | {"Accept-Encoding": "identity"}).body.decode()


if __name__ == "__main__":
    sys.exit(alone("replicas"))
