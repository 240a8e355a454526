"""The private day: what a guest's request costs beside the floor, how that grows, and that a revocation is at once."""

import html
import sys
import tomllib

from .admin_list import cost
from .public import AGENDA, against_the_floor
from .running import alone, until_steady
from .servers import ANNOUNCED, Data, ask, site
from .signed_in import SignedIn
from .table import Row

GUEST = "people.approved('guest@example.com', Event.objects.current(), by=people.organiser())"
REVOKE = """
from registration.models import User
administrator = User.objects.get(is_superuser=True)
User.objects.get(pk={person}).access_requests.get().revoke(by=administrator)
"""
ASKED = 50  # times, over connections of their own: each worker gets some
QUERIES = 3  # the programme's generation, the login session with its person, access


def rows(settings):
    few, many = (guest(settings, sessions) for sessions in (None, 200))
    what = "private agenda, a guest"
    yield from against_the_floor(what, settings, few.data, AGENDA, 0.20, 8, headers=few.headers)
    found = few.queries(AGENDA)
    yield Row(f"{what}: queries", str(found), f"≤ {QUERIES}", found <= QUERIES)
    days = {"200 sessions": many, "7": few}
    what = f"private agenda, {' against '.join(days)}"
    yield from until_steady(lambda: [cost(f"{what}: CPU a request", AGENDA, settings, days, connections=16)], settings)
    found = [day.queries(AGENDA) for day in days.values()]
    yield Row(f"{what}: queries", " against ".join(map(str, found)), "the same", len(set(found)) == 1)
    yield shut_out(few)


def guest(settings, sessions):
    return SignedIn(Data(settings.folder, sessions=sessions, track="morning"), GUEST)


def shut_out(guest):
    """Of those requests that begin once the revocation is saved."""
    with site(guest.data) as server:
        if not all(shown(server, guest)):
            raise RuntimeError("the guest was not shown the private day")
        guest.data.run(REVOKE.format(person=guest.person))
        still = sum(shown(server, guest))
    return Row(f"private agenda: shown after a revocation, of {ASKED} requests", str(still), "0", not still)


def shown(server, guest):
    """Of each request, whether its answer shows the private day."""
    tracks = tomllib.loads(ANNOUNCED.read_text())["tracks"]
    titles = [one["title"] for track in tracks if track["audience"] == "industry" for one in track["sessions"]]
    pages = [ask(server.port, AGENDA, guest.headers).body.decode() for _ in range(ASKED)]
    return [any(html.escape(title) in page for title in titles) for page in pages]


if __name__ == "__main__":
    sys.exit(alone("private"))
