"""Two who merge the same two requests, and a code read out that is typed many times at once; each with its control."""

import pytest

from registration.models import AccessRequest, Record
from registration.sign_in import codes

from . import people, world
from .people import ask, person
from .test_races import DESK, UNLOCKED, ask_for_a_code, signed_in, two_organisers
from .wire import all_at_once

pytestmark = [pytest.mark.live, pytest.mark.slow]


def merge_crosswise(url, rounds):
    """How many of each pair are live, after two organisers each closed the other one at the same moment."""
    event = world.event()
    olga, otto = two_organisers(url)
    left = []
    for number in range(rounds):
        one, other = (ask(person(f"{name}{number}@example.com"), event) for name in ("ada", "lovelace"))
        page = f"{DESK}{one.pk}/merge/?with={other.pk}"
        form = {"versions": f"{one.version} {other.version}", "reason": ""}
        tokens = olga.token(page), otto.token(page)
        answers = all_at_once(
            lambda: olga.post(page, form | {"stays": one.pk}, tokens[0]),  # noqa: B023 -- run at once
            lambda: otto.post(page, form | {"stays": other.pk}, tokens[1]),  # noqa: B023 -- run at once
        )
        assert max(answer.status for answer in answers) < 500
        left.append(AccessRequest.objects.live().filter(pk__in=[one.pk, other.pk]).count())
    return left


def test_of_two_merges_at_once_one_is_done(live_site):
    site = live_site.start(env={"UNLOCKED": "slow"}, wsgi=UNLOCKED)
    assert merge_crosswise(site.url, 5) == [1] * 5
    assert Record.objects.count() == 5


def test_without_the_locks_both_requests_are_closed(live_site):
    """The control."""
    site = live_site.start(env={"UNLOCKED": "slow,locks"}, wsgi=UNLOCKED)
    assert 0 in merge_crosswise(site.url, 5)


def type_read_out(url, address):
    """Eight posts at once of a code that was read out; how many login sessions come of it."""
    browser, _, token = ask_for_a_code(url, address)
    code = codes.read_out(people.User.objects.get(email=address), by=people.organiser(f"boss.{address}"))
    before = signed_in()
    tabs = [browser.twin() for _ in range(8)]
    form = {"code": code, "next": "/register/"}
    all_at_once(*[lambda tab=tab: tab.post("/account/login/code/", form, token) for tab in tabs])
    return signed_in() - before


def test_eight_posts_of_a_code_read_out_make_one_login_session(live_site):
    assert type_read_out(live_site.url, "ada@example.com") == 1


def test_without_the_counter_eight_posts_of_one_make_several(live_site):
    """The control; a busy machine may serve them one after the other, so there are five rounds."""
    site = live_site.start(env={"UNLOCKED": "slow,codes"}, wsgi=UNLOCKED)
    assert any(type_read_out(site.url, f"p{number}@example.com") > 1 for number in range(5))
