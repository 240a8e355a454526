"""REQ-05: strangers ask for codes without end, from one address and from many; everybody else goes on as before."""

import re
import threading
import time
from collections import Counter
from urllib.parse import urlencode

import pytest

from registration.models import AccessRequest, Mail, User
from registration.sign_in import limits

from . import crowd, people
from .figures import milliseconds, report, rounds
from .nginx import HOST, REAL
from .steps import LOGIN

pytestmark = [pytest.mark.live, pytest.mark.slow]

AT_ONCE = 4


class Flood:
    """``count`` posts of new addresses, of one domain, spread over ``networks``; ``statuses`` counts the answers."""

    def __init__(self, port, count, networks):
        self.connect = crowd.straight(port)
        self.networks = networks
        self.statuses = Counter()
        self.token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self._page()).group(1)
        self._left = iter(range(count))
        self._lock = threading.Lock()

    def _page(self):
        connection = self.connect()
        connection.request("GET", LOGIN, headers=crowd.SAYS)
        response = connection.getresponse()
        self.cookie = response.headers["Set-Cookie"].partition(";")[0]
        page = response.read().decode()
        connection.close()
        return page

    def run(self):
        begin = time.monotonic()
        threads = [threading.Thread(target=self._ask) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.seconds = time.monotonic() - begin

    def _ask(self):
        while True:
            with self._lock:
                number = next(self._left, None)
            if number is None:
                return
            network = number % self.networks
            form = {"email": f"s{self.networks}-{number}@flood.example", "csrfmiddlewaretoken": self.token}
            headers = crowd.SAYS | {
                "X-Forwarded-For": f"10.{network // 250}.{network % 250}.7",
                "Origin": f"https://{HOST}",
                "Cookie": self.cookie,
                "Content-Type": "application/x-www-form-urlencoded",
            }
            connection = self.connect()
            connection.request("POST", LOGIN, urlencode(form), headers)
            status = connection.getresponse().status
            connection.close()
            with self._lock:
                self.statuses[status] += 1


@pytest.mark.parametrize("networks", [1, 500])
def test_a_flood_of_strangers_is_limited_and_stands_in_nobodys_way(live_site, event, networks):
    """REQ-05; that the limits count can fail is shown in ``test_allowance.py``."""
    boss = people.organiser()
    people.ask(people.person("ada@example.com"), event)
    env, wsgi, at_most = REAL, None, limits.OF_STRANGERS.at_most
    if not rounds(0):  # `make test` has no time for three hundred mails
        env, wsgi, at_most = REAL | {"UNLOCKED": "few"}, "tests.unlocked:application", 10
    site = live_site.start(env, wsgi=wsgi)
    usual = crowd.for_a_while(crowd.straight(site.port), rounds(2, of_hundred=20))
    before = User.objects.count()
    flood = Flood(site.port, rounds(60, of_hundred=10_000), networks)
    with crowd.Crowd(crowd.straight(site.port)) as meanwhile:
        flood.run()
    asked, refused = flood.statuses[302], flood.statuses[429]
    assert set(flood.statuses) <= {302, 429}
    assert Mail.objects.filter(purpose=Mail.SIGN_IN_CODE).count() == asked == User.objects.count() - before
    assert asked <= at_most * (flood.seconds // 60 + 2)
    assert refused > 0
    assert (usual.failed, meanwhile.failed) == ([], [])
    page = people.browser_of(boss).get("/admin/registration/accessrequest/").content.decode()
    assert "flood.example" not in page  # only who proved their address can ask for access
    assert AccessRequest.objects.count() == 1
    report(
        f"REQ-05 strangers ask for codes, from {networks} addresses",
        asks=asked + refused,
        a_second=round((asked + refused) / flood.seconds),
        codes_mailed=asked,
        refused=refused,
        on_the_organisers_list=0,
        failed=0,
        p95=milliseconds(meanwhile.p95),
        usual_p95=milliseconds(usual.p95),
    )
