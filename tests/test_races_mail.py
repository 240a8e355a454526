"""Two who queue the same mail at once, against the running site, on whichever database the run is on."""

import pytest
from django.utils import timezone

from registration.models import Circular, Copy, Mail

from . import people, world
from .people import approved, person
from .wire import WireBrowser, all_at_once

pytestmark = [pytest.mark.live, pytest.mark.slow]

CIRCULARS = "/admin/registration/circular/"
REQUESTS = "/admin/registration/accessrequest/"
UNLOCKED = "tests.unlocked:application"
GUESTS = 5


@pytest.fixture
def slow_site(live_site):
    """The real site, with the gaps widened in which a race could happen."""
    return live_site.start(env={"UNLOCKED": "slow"}, wsgi=UNLOCKED)


@pytest.fixture
def unlocked_site(live_site):
    return live_site.start(env={"UNLOCKED": "slow,locks"}, wsgi=UNLOCKED)


def two_organisers(url):
    olga = people.organiser("olga@techtrack.test", name="Olga")
    otto = people.organiser("otto@techtrack.test", name="Otto")
    return olga, WireBrowser(url, olga), WireBrowser(url, otto)


def queue_twice(url, rounds):
    """How many mails each of as many circulars made: two organisers, each with a double click."""
    event = world.event()
    olga, first, second = two_organisers(url)
    for number in range(GUESTS):
        approved(f"guest{number}@example.com", event, by=olga)
    counts = []
    for _ in range(rounds):
        made = Circular.objects.create(event=event, state="approved", made_by=olga, subject="S", text="T")
        page = f"{CIRCULARS}{made.pk}/"
        form = {"deed": "queue", "looked_at": made.looked_at(made.addressees())}
        posts = [(browser, browser.token(page)) for browser in (first, first.twin(), second, second.twin())]
        answers = all_at_once(*[lambda b=b, t=t: b.post(page, form, t) for b, t in posts])  # noqa: B023 -- run at once
        assert {answer.status for answer in answers} <= {302, 500}
        counts.append((Mail.objects.filter(circular=made).count(), Copy.objects.filter(circular=made).count()))
    return counts


def test_queued_four_times_at_once_each_person_gets_one(slow_site):
    assert queue_twice(slow_site.url, 4) == [(GUESTS, GUESTS)] * 4


def test_without_the_locks_some_get_two(unlocked_site):
    """The control."""
    assert any(mails > GUESTS for mails, _ in queue_twice(unlocked_site.url, 4))


def send_again_twice(url, rounds):
    """How many mails went out anew for as many requests."""
    event = world.event()
    _, first, second = two_organisers(url)
    counts = []
    for number in range(rounds):
        request = people.ask(person(f"p{number}@example.com"), event)
        Mail.objects.update(state="sent", created_at=timezone.now() - timezone.timedelta(minutes=5))
        page = f"{REQUESTS}{request.pk}/change/"
        form = {"news": request.decisions.get().pk}
        posts = [(browser, browser.token(page)) for browser in (first, first.twin(), second, second.twin())]
        all_at_once(*[lambda b=b, t=t: b.post(f"{REQUESTS}{request.pk}/mail-again/", form, t) for b, t in posts])  # noqa: B023 -- run at once
        counts.append(Mail.objects.filter(decision__request=request).count() - 1)
    return counts


def test_sent_again_four_times_at_once_one_goes_out(slow_site):
    assert send_again_twice(slow_site.url, 4) == [1] * 4


def test_without_the_locks_more_go_out(unlocked_site):
    """The control."""
    assert max(send_again_twice(unlocked_site.url, 4)) > 1
