"""Somebody who is signed in to a site that is measured."""

import json

from .servers import BROWSER

SIGN_IN = """
import json
from django.conf import settings
from sessions.models import Event
from tests import people
person = {who}
cookies = {{name: cookie.value for name, cookie in people.browser_of(person).cookies.items()}}
print(json.dumps({{"person": person.pk, "cookies": cookies, "csrf": settings.CSRF_COOKIE_NAME}}))
"""
ASK = """
from django.db import connection
from django.test.utils import CaptureQueriesContext
from registration.models import User
from tests import people
browser = people.browser_of(User.objects.get(pk={person}))
for _ in range(2):
    with CaptureQueriesContext(connection) as found:
        assert browser.get({path!r}).status_code == 200
print(len(found))
"""
SECRET = "b" * 32  # of a form, as long as Django makes them


class SignedIn:
    """``headers`` are those of their browser. ``who``: what makes the person, with ``people`` and ``Event`` at hand."""

    def __init__(self, data, who):
        self.data = data
        found = json.loads(data.run(SIGN_IN.format(who=who)).splitlines()[-1])
        self.person = found["person"]
        cookies = found["cookies"] | {found["csrf"]: SECRET}
        self.headers = BROWSER | {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "Referer": f"{data.env['SITE_URL']}/admin/",
        }

    def queries(self, path):
        """How many a page makes, once it was asked for before."""
        return int(self.data.run(ASK.format(person=self.person, path=path)).splitlines()[-1])
