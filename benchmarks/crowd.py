"""Five thousand people open the agenda within one minute, then three hundred guests the private day: the whole way.

nginx and gunicorn run as shipped (deploy/nginx.conf; gunicorn as `make run` starts it), on this machine beside
the client: what the client takes, the site does not have.
"""

import json
import sys

from tests.nginx import Nginx

from .running import alone
from .servers import BROWSER, Data, ask, cpu_seconds, site
from .table import Row
from .visitors import AS_BROWSERS_ASK, come, files_of, p95

PEOPLE, GUESTS, MINUTE = 5000, 300, 60
AT_MOST = 0.2  # seconds, of which 95 % of all answers are to be there
PRIVATE = "Title of the private morning, to be looked for"

MAKE_GUESTS = """
import json
from sessions.models import Event, Session
from tests import people, wire
event, olga = Event.objects.current(), people.organiser()
secret = Session.objects.filter(track__event=event, track__audience="industry").first()
Session.objects.filter(pk=secret.pk).update(title={title!r})
guests = [people.approved(f"guest{{number}}@example.com", event, by=olga) for number in range({count})]
print(json.dumps([wire.login_session(guest) for guest in guests]))
"""


def rows(settings):
    data = Data(settings.folder)
    people, guests, within = (max(1, int(figure * settings.share)) for figure in (PEOPLE, GUESTS, MINUTE))
    keys = json.loads(data.run(MAKE_GUESTS.format(title=PRIVATE, count=guests)).splitlines()[-1])
    with site(data, workers=()) as ours:
        nginx = Nginx(ours.port)
        try:
            yield from measured(ours, nginx, keys, people, within)
        finally:
            nginx.stop()


def measured(ours, nginx, keys, people, within):
    public = ask(ours.port, "/", BROWSER | AS_BROWSERS_ASK).body
    plain = ask(ours.port, "/", BROWSER | {"Accept-Encoding": "identity"}).body
    cookies = [f"__Host-sessionid={key}" for key in keys]
    private = ask(ours.port, "/", BROWSER | {"Cookie": cookies[0]}).body
    for what, count, page, is_due, said in [
        (f"{people:,} people open the agenda within {within} s", people, plain, public.__eq__, None),
        (f"then {len(keys):,} guests the private day", len(keys), private, shows_it, cookies),
    ]:
        before = cpu_seconds(ours.process), cpu_seconds(nginx.process)
        visits = come(nginx, count, within, files_of(page.decode()), is_due=is_due, cookies=said)
        after = cpu_seconds(ours.process), cpu_seconds(nginx.process)
        yield row(f"{what}, through nginx", visits, count, *(b - a for a, b in zip(before, after, strict=True)))


def shows_it(page):
    return PRIVATE.encode() in page


def row(what, visits, count, site_cpu, nginx_cpu):
    measured = p95(visits.every)
    errors = len(visits.failed)
    return Row(
        f"{what}: p95 of all answers",
        f"{errors or 'no'} error{'s' if errors > 1 else ''}, {1000 * measured:.0f} ms",
        f"no error, ≤ {1000 * AT_MOST:.0f} ms",
        not errors and measured <= AT_MOST,
        note=in_words(visits, count, site_cpu, nginx_cpu) + (f"; first error: {visits.failed[0]}" if errors else ""),
    )


def in_words(visits, count, site_cpu, nginx_cpu):
    requests = visits.requests or 1
    return (
        f"{visits.requests / visits.seconds:,.0f} requests/s, {requests / count:.1f} a visit, each over its own TLS "
        f"connection; the agenda with its handshake p95 {1000 * p95(visits.pages):.0f} ms, longest "
        f"{1000 * max(visits.pages, default=0):.0f} ms; all of a visit p95 {1000 * p95(visits.visits):.0f} ms; "
        f"{visits.bytes / count / 1000:.1f} kB a visit; CPU a request: site {1000 * site_cpu / requests:.2f} ms, "
        f"nginx {1000 * nginx_cpu / requests:.2f} ms; the client took {visits.cpu / visits.seconds:.2f} of a core, "
        f"late p95 {1000 * p95(visits.late):.1f} ms"
    )


if __name__ == "__main__":
    sys.exit(alone("crowd"))
