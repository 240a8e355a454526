"""As many requests decided at once as a page may: how long that takes, on the running site."""

import re
import time

import pytest
from allauth.account.models import EmailAddress

from registration import rules
from registration.desk.bulk import AT_ONCE, SECONDS
from registration.models import AccessRequest, Decision, Mail, RulesAcceptance, User
from registration.steps import State

from . import people, world
from .figures import report, rounds
from .invariants import broken
from .people import ANSWERS
from .test_races import DESK
from .wire import WireBrowser

pytestmark = [pytest.mark.live, pytest.mark.slow]


def crowd(event, count):
    """So many requests as the verbs would have made them, pending."""
    found = User.objects.bulk_create(User(email=f"p{number}@example.com") for number in range(count))
    EmailAddress.objects.bulk_create(EmailAddress(user=u, email=u.email, primary=True, verified=True) for u in found)
    RulesAcceptance.objects.bulk_create(RulesAcceptance(person=user, version=rules.VERSION) for user in found)
    requests = AccessRequest.objects.bulk_create(AccessRequest(event=event, person=u, **ANSWERS) for u in found)
    Decision.objects.bulk_create(
        Decision(request=one, actor=one.person, actor_name=str(one.person), to=State.PENDING) for one in requests
    )
    Mail.objects.bulk_create(
        Mail(purpose="received", person=one.request.person, decision=one, recipient=one.request.person.email)
        for one in Decision.objects.select_related("request__person")
    )
    return requests


@pytest.mark.parametrize("step", ["approve", "decline"])
def test_a_thousand_are_decided_well_within_the_time_of_a_page(live_site, step):
    """A hundred in ``make test``. What a slow machine does not reach in a page's time is left for a further step."""
    count = rounds(100, of_hundred=AT_ONCE)
    requests = crowd(world.event(capacity=count), count)
    olga = WireBrowser(live_site.url, people.organiser())
    token = olga.token(f"{DESK}{requests[0].pk}/change/")
    lines = " ".join(f"{one.pk}:1" for one in requests)
    begin = time.monotonic()
    page = olga.post(f"{DESK}decide/", {"ask": step, "line": lines}, token)
    asked_in = time.monotonic() - begin
    assert re.search(r'name="line" value="([^"]+)"', page.text).group(1).split() == lines.split()
    pages, seconds, together = 0, 0, 0
    while lines:
        begin = time.monotonic()
        answer = olga.post(f"{DESK}decide/", {"step": step, "line": lines, "reason": "", "words": "Hello"}, token)
        took = time.monotonic() - begin
        seconds, together, pages = max(seconds, took), together + took, pages + 1
        assert answer.status == 302
        left = answer.headers["Location"] == f"{DESK}decided/"
        lines = re.search(r'name="line" value="([^"]+)"', olga.get(f"{DESK}decided/").text).group(1) if left else ""
    done = {"approve": "approved", "decline": "declined"}[step]
    assert AccessRequest.objects.filter(state=done).count() == count
    assert Mail.objects.filter(purpose=done).count() == count
    assert broken() == []
    report(
        f"{step} {count} at once",
        the_page_that_asks=f"{asked_in:.1f} s",
        decided_in=f"{seconds:.1f} s",
        a_decision=f"{together / count * 1000:.1f} ms",
        pages=pages,
        a_page_may_take=f"{SECONDS} s",
    )
