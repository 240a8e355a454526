"""Sites with many requests, and an organiser signed in to them."""

import json

from .servers import BROWSER, Data

MANY, FEW = 100_000, 100

MAKE = """
from registration import demo
from registration.steps import State
from sessions.models import Event
if {pending}:
    demo.WAYS = {{(State.PENDING,): 1}}
demo.make(Event.objects.current(), {count})
"""
SIGN_IN = """
import json
from django.conf import settings
from tests import people
browser = people.browser_of(people.organiser())
cookies = {name: cookie.value for name, cookie in browser.cookies.items()}
print(json.dumps({"cookies": cookies, "csrf": settings.CSRF_COOKIE_NAME}))
"""
ASK = """
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests import people
from registration.models import User
browser = people.browser_of(User.objects.get(is_superuser=True))
with CaptureQueriesContext(connection) as found:
    assert browser.get({path!r}).status_code == 200
print(len(found))
"""
SECRET = "b" * 32  # of a form, as long as Django makes them

_made = {}


class Desk:
    """A site with so many invented requests; ``headers`` are those of an administrator's browser."""

    def __init__(self, settings, count, pending=False):
        self.count, self.data = count, Data(settings.folder)
        self.data.run(MAKE.format(count=count, pending=pending))
        signed_in = json.loads(self.data.run(SIGN_IN).splitlines()[-1])
        cookies = signed_in["cookies"] | {signed_in["csrf"]: SECRET}
        self.headers = BROWSER | {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "Referer": f"{self.data.env['SITE_URL']}/admin/",
        }

    def queries(self, path):
        """How many a page makes."""
        return int(self.data.run(ASK.format(path=path)).splitlines()[-1])


def many(settings):
    """The largest, made once a run, since that takes minutes."""
    if settings.folder not in _made:
        _made[settings.folder] = Desk(settings, int(MANY * settings.share))
    return _made[settings.folder]
