"""Whatever opens something is random, long enough, and not to be foretold by who knows what came before."""

import math
import random
import time

import pytest
from allauth.account.adapter import get_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret

from registration.login_sessions import SessionStore
from registration.models.people import new_login_key
from registration.sign_in import enrolment, recovery_codes

from . import people
from .people import Browser, browser_of
from .steps import sign_in
from .test_second_factor import secret_of, totp

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

GIVE = "/account/second-factor/sign-in/"
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
SMALL = "abcdefghijklmnopqrstuvwxyz0123456789"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

MAKERS = {  # how it is made, of which letters, and the bits it must have
    "sign-in code": (lambda: get_adapter().generate_login_code(), LETTERS, 20),
    "enrolment code": (lambda: enrolment.new_code(people.User.objects.get()), LETTERS, 40),
    "recovery code": (lambda: recovery_codes.make()[0][0], "0123456789", 20),
    "secret of an app": (generate_totp_secret, BASE32, 112),
    "key of a login session": (lambda: SessionStore()._get_new_session_key(), SMALL, 128),
    "key of a person's login sessions": (new_login_key, None, 128),
}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    people.organiser()
    monkeypatch.setattr(recovery_codes.HASHER, "work_factor", 2)


@pytest.mark.parametrize("what", MAKERS)
def test_what_opens_something_comes_from_the_systems_secret_source(what):
    make, *_ = MAKERS[what]
    found = set()
    for _ in range(10):
        random.seed(1)  # the ordinary generator, which can be foretold, plays no part
        found.add(make())
    assert len(found) == 10


@pytest.mark.parametrize("what", MAKERS)
def test_what_opens_something_is_long_enough(what):
    make, letters, bits = MAKERS[what]
    made = [make().replace("-", "") for _ in range(20)]
    letters = letters or SMALL + SMALL[:26].upper()
    assert set("".join(made)) <= set(letters)
    assert min(map(len, made)) * math.log2(len(letters)) >= bits


def test_an_apps_code_is_taken_one_step_early_or_late_and_no_more(monkeypatch):
    """RFC 6238, 5.2: for phones whose clock is off."""
    boss = people.User.objects.get()
    browser_of(boss)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    taken = {}
    for steps in range(-2, 3):
        browser = Browser()
        sign_in(browser, boss.email, "/admin/")
        browser.post(GIVE, {"code": totp(secret_of(boss), steps)})
        taken[steps] = browser.get("/admin/").status_code == 200
    assert taken == {-2: False, -1: True, 0: True, 1: True, 2: False}
