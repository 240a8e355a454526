"""SI-13: one code of the app, posted by many at once, with and without spaces: it serves once."""

import functools
import itertools
import time
from urllib.parse import urlencode

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value

from registration.models import LoginSession

from . import people
from .figures import report
from .wire import WireBrowser, all_at_once

pytestmark = [pytest.mark.live, pytest.mark.slow]

AGAIN = "/account/second-factor/again/?next=/admin/"
AT_ONCE = 20
ACCEPTED, REFUSED, LIMITED = (302, "/admin/"), (200, None), (429, None)


def an_organiser_with_an_app(count, url):
    """``count`` browsers in which the same organiser is to give the factor, and a function that tells the code."""
    boss = people.organiser()
    secret = generate_totp_secret()
    TOTP.activate(boss, secret)
    return [WireBrowser(url, boss) for _ in range(count)], lambda: code_of(secret)


def code_of(secret):
    """The code of the next step, which is taken as well: it is not over before the test is."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + 1))


def give(browser, token, code):
    answer = browser.post(AGAIN, {"code": code}, token)
    return answer.status, answer.headers["Location"]


def one_was_accepted(answers, *others):
    """The others were told that the code was used, or that there were too many at once."""
    return answers.count(ACCEPTED) == 1 and set(answers) <= {ACCEPTED, REFUSED, LIMITED, *others}


def gave_it():
    """How many login sessions hold the record of a factor."""
    rows = [row.get_decoded() for row in LoginSession.objects.all()]
    return sum("mfa" in str(row.get("account_authentication_methods")) for row in rows)


def give_at_once(url):
    browsers, code = an_organiser_with_an_app(AT_ONCE, url)
    tokens = [browser.token(AGAIN) for browser in browsers]
    code = code()
    spelt = itertools.cycle([code, f"{code[:3]} {code[3:]}", f" {code} ", " ".join(code)])
    return all_at_once(*[functools.partial(give, *one) for one in zip(browsers, tokens, spelt, strict=False)])


@pytest.fixture
def slow_site(live_site):
    return live_site.start(env={"UNLOCKED": "slow"}, wsgi="tests.unlocked:application")


def test_of_twenty_posts_of_one_code_of_the_app_one_succeeds(slow_site):
    """SI-13: twenty login sessions, the code spelt in four ways."""
    answers = give_at_once(slow_site.url)
    assert one_was_accepted(answers)
    assert gave_it() == 1
    report("SI-13 one code of the app at once", posts=AT_ONCE, accepted=1)


def test_twenty_posts_in_one_browser_make_one_success_too(slow_site):
    """The same form sent twenty times: each tab is told where to go, or that the code was used.

    The first success gives the browser a new cookie. A post still under way with the old one is led to sign in, and
    from there on to where it wished to go, since the browser has the new one by then.
    """
    (browser,), code = an_organiser_with_an_app(1, slow_site.url)
    token, code = browser.token(AGAIN), code()
    answers = all_at_once(*[functools.partial(give, browser.twin(), token, code) for _ in range(AT_ONCE)])
    led_to_sign_in = 302, f"/account/login/?{urlencode({'next': AGAIN})}"
    assert one_was_accepted(answers, led_to_sign_in)


def test_within_the_same_thirty_seconds_a_used_code_is_refused_however_it_is_spelt(live_site):
    (first, second, third), code = an_organiser_with_an_app(3, live_site.url)
    code = code()
    assert give(first, first.token(AGAIN), f"{code[:3]} {code[3:]}") == ACCEPTED
    assert give(second, second.token(AGAIN), code) == REFUSED
    assert give(third, third.token(AGAIN), f" {code[:2]} {code[2:]} ") == REFUSED
    assert gave_it() == 1


def test_unguarded_one_code_of_the_app_serves_several(live_site):
    """The control."""
    site = live_site.start(env={"UNLOCKED": "slow,factor"}, wsgi="tests.unlocked:application")
    assert give_at_once(site.url).count(ACCEPTED) > 1
    assert gave_it() > 1
