"""Recovery codes: made once, kept as hashes alone, each good once, and not to be guessed."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt

from registration.models import Tally
from registration.sign_in import recovery_codes

from . import clock, people
from .leaks_live import in_any_encoding
from .people import Browser, browser_of
from .steps import sign_in
from .test_second_factor import secret_of, totp

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

MAKE = "/account/second-factor/recovery-codes/"
GIVE = "/account/second-factor/sign-in/"


@pytest.fixture
def quick(monkeypatch):
    """Real hashes take a fifth of a second each."""
    monkeypatch.setattr(recovery_codes.HASHER, "work_factor", 2)


def codes_of(boss, **form):
    """Made on the page, by somebody who gave the second factor again just now."""
    browser = browser_of(boss)
    session = browser.session
    session["account_authentication_methods"][0]["reauthenticated"] = True
    session.save()
    answer = browser.post(MAKE, form or {"show": "1"})
    return re.findall(r"\b\d{4}-\d{4}-\d{4}\b", answer.content.decode())


def enters_with(boss, code):
    browser = Browser()
    assert sign_in(browser, boss.email, "/admin/")["Location"] == GIVE
    browser.post(GIVE, {"code": code})
    return browser.get("/admin/").status_code == 200


def kept():
    return Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)


@pytest.mark.usefixtures("quick")
def test_ten_are_made_and_each_opens_once():
    boss = people.organiser()
    codes = codes_of(boss)
    assert len(set(codes)) == recovery_codes.HOW_MANY == 10
    assert not enters_with(boss, "0000-0000-0000")
    assert enters_with(boss, codes[3])
    assert not enters_with(boss, codes[3])
    assert enters_with(boss, f" {codes[4].replace('-', ' ')} ")
    assert len(kept().wrap().get_unused_codes()) == 8


@pytest.mark.slow
def test_hashes_alone_are_kept():
    """Also for one who has the secret that other things are sealed with: no seed, and a salt for each set."""
    boss = people.organiser()
    codes = codes_of(boss, download="1")
    assert set(kept().data) == {"salt", "migrated_codes"}
    opened = [decrypt(code) for code in kept().data["migrated_codes"]]
    assert all(re.fullmatch(r"scrypt\$16384\$[\w-]{22}\$8\$5\$[\w+/=]+", one) for one in opened)
    spelt = {spelling: spelling for code in codes for spelling in (code, code.replace("-", ""))}
    assert in_any_encoding(spelt, "\n".join(opened).encode()) == set()
    assert in_any_encoding(spelt, "\n".join(codes).encode())  # the control
    first = kept().data["salt"]
    assert codes_of(boss)
    assert kept().data["salt"] != first


@pytest.mark.usefixtures("quick")
def test_new_ones_take_the_place_of_old_ones():
    boss = people.organiser()
    old, new = codes_of(boss), codes_of(boss)
    assert not enters_with(boss, old[0])
    assert enters_with(boss, new[0])


@pytest.mark.usefixtures("quick")
def test_nobody_guesses_on_and_on(monkeypatch):
    """Nor can somebody with the mailbox keep the site busy: after ten in an hour none is hashed any more."""
    boss = people.organiser()
    codes = codes_of(boss)
    monkeypatch.setattr("allauth.mfa.base.forms.check_rate_limit", lambda user: lambda: None)  # of all kinds of code
    browser = Browser()
    sign_in(browser, boss.email, "/admin/")
    answers = [browser.post(GIVE, {"code": f"0000-0000-{n:04}"}).content.decode() for n in range(10)]
    assert all("Incorrect code" in answer for answer in answers)
    with monkeypatch.context() as broken:
        broken.setattr(recovery_codes, "_hash", None)
        assert "Too many recovery codes were tried" in browser.post(GIVE, {"code": codes[0]}).content.decode()
    Tally.objects.all().delete()  # as after an hour
    assert enters_with(boss, codes[0])


def test_after_five_wrong_codes_of_any_kind_none_is_compared_for_five_minutes(monkeypatch):
    """allauth's limit for each person; only who holds the mailbox gets as far as being asked."""
    boss = people.organiser()
    browser_of(boss)
    browser = Browser()
    sign_in(browser, boss.email, "/admin/")
    for _ in range(5):
        assert "Incorrect code" in browser.post(GIVE, {"code": "000000"}).content.decode()
    refused = browser.post(GIVE, {"code": totp(secret_of(boss))})
    assert "Too many failed login attempts" in refused.content.decode()
    assert browser.get("/admin/").status_code == 302
    clock.moved(monkeypatch, minutes=5, seconds=1)
    browser.post(GIVE, {"code": totp(secret_of(boss))})
    assert browser.get("/admin/").status_code == 200
