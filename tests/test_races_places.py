"""Places given to many at once, over the running site: none twice, none too many, none lost; each with its control."""

import threading

import pytest
from django.db import connection, transaction

from registration import waiting_list
from registration.models import AccessRequest, Decision, Mail
from sessions.models import Event

from . import people, world
from .figures import report
from .invariants import broken
from .people import person
from .test_races import DESK, UNLOCKED, and_hang_up, two_organisers
from .wire import WireBrowser, all_at_once

pytestmark = [pytest.mark.live, pytest.mark.slow]

FOUR = {"WEB_CONCURRENCY": "4"}


def site_that_is(live_site, off):
    return live_site.start(env={"UNLOCKED": off, **FOUR}, wsgi=UNLOCKED)


def ask(event, count):
    return [people.ask(person(f"p{number}@example.com"), event) for number in range(count)]


def approve_forty(url, capacity, *meanwhile):
    """Forty at once, half of them in one bulk decision; with what else is done at that moment."""
    event = world.event(capacity=capacity)
    requests = ask(event, 40)
    olga, otto = two_organisers(url)
    tokens = olga.token(f"{DESK}{requests[0].pk}/change/"), otto.token(f"{DESK}{requests[0].pk}/change/")
    lines = " ".join(f"{one.pk}:1" for one in requests[:20])
    form = {"step": "approve", "version": 1, "reason": "", "words": ""}
    bulk = {"step": "approve", "line": lines, "reason": "", "words": ""}
    answers = all_at_once(
        lambda: olga.post(f"{DESK}decide/", bulk, tokens[0]),
        *[lambda one=one: otto.twin().post(f"{DESK}{one.pk}/decide/", form, tokens[1]) for one in requests[20:]],
        *[lambda one=one: and_hang_up(lambda: one(event)) for one in meanwhile],
    )
    return event, [answer.status for answer in answers if answer is not None]


def given():
    """``(approved requests, approvals, mails that tell of one)``"""
    return (
        AccessRequest.objects.filter(state="approved").count(),
        Decision.objects.filter(to="approved").count(),
        Mail.objects.filter(purpose="approved").count(),
    )


def test_of_forty_approvals_at_once_exactly_as_many_stand_as_there_are_places(live_site):
    """RACE-03, REQ-06: ten; in bulk and one by one."""
    site = site_that_is(live_site, "slow")
    _, statuses = approve_forty(site.url, 10)
    assert given() == (10, 10, 10)
    assert set(statuses) == {200, 302}
    assert broken() == []
    report("RACE-03 forty approvals at once of ten places", approved=10, mails=10, answers_of_5xx=0)


def test_without_the_locks_more_are_let_in_than_there_are_places(live_site):
    """The control."""
    site = site_that_is(live_site, "slow,locks")
    approve_forty(site.url, 10)
    assert given()[0] > 10


def test_a_capacity_lowered_in_the_middle_is_passed_by_nobody_after_that(live_site):
    """RACE-03: how many were in is looked at in the transaction that lowers it."""
    in_by_then, begun = [], threading.Event()

    def lower(event):
        begun.wait(30)
        with transaction.atomic():
            Event.objects.select_for_update().get(pk=event.pk)
            in_by_then.append(AccessRequest.objects.filter(state="approved").count())
            Event.objects.filter(pk=event.pk).update(capacity=5)

    def watch(event):
        while AccessRequest.objects.filter(state="approved").count() < 3:
            pass
        begun.set()

    site = site_that_is(live_site, "slow")
    approve_forty(site.url, 20, lower, watch)
    assert 3 <= in_by_then[0] <= 20
    approved, decisions, mails = given()
    assert approved == decisions == mails == max(5, in_by_then[0])
    assert broken() == []
    report("RACE-03 capacity lowered from 20 to 5 meanwhile", in_when_lowered=in_by_then[0], approved=approved)


def free_three_places(url, *meanwhile):
    """Three guests withdraw at once, in two tabs each; eight wait. Returns those who wait, in their order."""
    event = world.event(capacity=3, passes_places_on=True)
    boss = people.organiser()
    requests = ask(event, 11)
    guests, waiting = requests[:3], requests[3:]
    for one in guests:
        one.approve(by=boss)
    for one in waiting:
        one.wait(by=boss)
    tabs = [WireBrowser(url, one.person) for one in guests]
    tokens = [tab.token("/register/withdraw/") for tab in tabs]
    pairs = list(zip(tabs, tokens, strict=True)) * 2
    all_at_once(
        *[lambda tab=tab, token=token: tab.twin().post("/register/withdraw/", {}, token) for tab, token in pairs],
        *[lambda one=one: and_hang_up(lambda: one(event.pk)) for one in meanwhile],
    )
    return waiting


def test_three_places_freed_twice_at_once_go_to_the_first_three_in_line(live_site):
    """RACE-06: by those who withdraw, in two tabs each, and by the job run four times at once."""
    site = site_that_is(live_site, "slow")
    waiting = free_three_places(site.url, *[waiting_list.pass_on] * 4)
    waiting_list.pass_all_on()
    approved = AccessRequest.objects.filter(state="approved").order_by("pk")
    assert list(approved) == waiting[:3]
    by_the_site = Decision.objects.filter(actor=None)
    assert sorted(by_the_site.values_list("request", flat=True)) == [one.pk for one in waiting[:3]]
    assert Mail.objects.filter(decision__in=by_the_site).count() == 3
    assert broken() == []
    report("RACE-06 three places freed twice at once, the job run four times", promoted=3, twice=0, lost=0)


def test_without_the_locks_somebody_is_promoted_twice(live_site):
    """The control; a busy machine may serve them one after the other, so there are five rounds."""
    site = site_that_is(live_site, "slow,locks")
    for _ in range(5):
        free_three_places(site.url)
        by_the_site = list(Decision.objects.filter(actor=None).values_list("request", flat=True))
        if len(by_the_site) > len(set(by_the_site)):
            return
        forget_all()
    pytest.fail("Five rounds, and nobody was promoted twice: what looks for it sees nothing.")


def forget_all():
    with connection.cursor() as cursor:
        for table in ("mail", "decision", "rulesacceptance", "accessrequest"):
            cursor.execute(f"DELETE FROM registration_{table}")  # noqa: S608  # names from the line above
    type(person("nobody@example.com")).objects.all().delete()
    Event.objects.all().delete()
