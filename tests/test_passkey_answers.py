"""SI-18: an answer of a passkey in which one thing is wrong is refused; right in all, it is taken."""

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from fido2.utils import websafe_decode

from . import people
from .people import Browser, browser_of
from .soft_key import FLAG, SoftKey
from .steps import is_signed_in, sign_in

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

SIGN_IN = "/account/second-factor/sign-in/"
ADD = "/account/second-factor/passkeys/add/"


@pytest.fixture
def boss():
    return people.organiser("boss@techtrack.test")


@pytest.fixture
def key(boss):
    return key_of(boss)


def key_of(user):
    key = SoftKey()
    Authenticator.objects.create(user=user, type="webauthn", data=key.row_data())
    return key


def asked(user):
    """A browser that is to give the second factor, and the challenge it was given."""
    browser = Browser()
    assert sign_in(browser, user.email, "/admin/")["Location"] == SIGN_IN
    return browser, challenge_on(browser.get(SIGN_IN))


def challenge_on(page):
    (found,) = re.findall(r'"challenge": "([\w-]+)"', page.content.decode())
    return websafe_decode(found)


def give(browser, answer):
    response = browser.post(SIGN_IN, {"credential": json.dumps(answer)})
    return response.status_code == 302 and is_signed_in(browser)


def test_an_answer_that_is_right_in_all_is_taken(boss, key):
    """The control of every refusal here."""
    browser, challenge = asked(boss)
    assert give(browser, key.answer(challenge))
    assert browser.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://techtrack.test"},
        {"origin": "https://techtrack.test:8443"},
        {"origin": "https://other.techtrack.test"},
        {"origin": "https://techtrack.test.evil.example"},
        {"origin": "null"},
        {"origin": "", "cross": True},
        {"cross": True},
        {"rp_id": "evil.example"},
        {"flags": FLAG.UP},
        {"flags": FLAG.UV},
        {"flags": 0},
    ],
    ids=str,
)
def test_an_answer_for_elsewhere_or_without_its_user_is_refused(boss, key, wrong):
    browser, challenge = asked(boss)
    assert not give(browser, key.answer(challenge, **wrong))
    assert not is_signed_in(browser)
    assert give(browser, key.answer(challenge_on(browser.get(SIGN_IN))))  # the same key, right in all


def test_a_replayed_answer_is_refused(boss, key):
    browser, challenge = asked(boss)
    answer = key.answer(challenge)
    assert give(browser, answer)
    again, _ = asked(boss)
    assert not give(again, answer)


def test_anothers_credential_is_refused(boss, key):
    mallory = people.organiser("mallory@techtrack.test")
    theirs = key_of(mallory)
    browser, challenge = asked(boss)
    assert not give(browser, theirs.answer(challenge))  # known here, and not the one of who signs in
    browser, challenge = asked(boss)
    assert not give(browser, key.answer(challenge, signer=theirs))  # the right name, signed by another key
    browser, challenge = asked(mallory)
    assert give(browser, theirs.answer(challenge))


def test_a_count_that_does_not_grow_is_refused(boss, key):
    browser, challenge = asked(boss)
    key.count = 7
    assert give(browser, key.answer(challenge))
    for count in (0, 5, 7):
        browser, challenge = asked(boss)
        key.count = count
        assert not give(browser, key.answer(challenge)), count
    browser, challenge = asked(boss)
    key.count = 8
    assert give(browser, key.answer(challenge))


@pytest.mark.parametrize(
    ("wrong", "is_added"),
    [
        ({}, True),
        ({"origin": "https://other.techtrack.test"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"flags": FLAG.UP}, False),
    ],
    ids=str,
)
def test_a_passkey_made_for_elsewhere_or_without_its_user_is_not_added(boss, wrong, is_added):
    browser = browser_of(boss)
    session = browser.session
    session["account_authentication_methods"][0]["reauthenticated"] = True
    session.save()
    new = SoftKey()
    browser.post(ADD, {"name": "new", "credential": json.dumps(new.added(challenge_on(browser.get(ADD)), **wrong))})
    assert Authenticator.objects.filter(user=boss, type="webauthn").exists() == is_added
