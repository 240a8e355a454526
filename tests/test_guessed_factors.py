"""Somebody who holds an organiser's mailbox, and guesses at the second factor."""

import json
import logging

import pytest
from django.conf import settings

from cacc_techtrack.logs import JSONLines
from registration.models import Mail, SecondFactorNews

from . import people
from .clock import moved
from .people import Browser, browser_of
from .steps import sign_in
from .test_second_factor import secret_of, totp

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

GIVE = "/account/second-factor/sign-in/"
VICTIM = "victim@techtrack.test"


@pytest.fixture
def boss():
    return people.organiser("boss@techtrack.test", name="Boss")


@pytest.fixture
def victim(boss):
    """An organiser with an authenticator app."""
    made = people.organiser(VICTIM, permissions=people.MODERATOR, name="Victim")
    browser_of(made)
    return made


@pytest.fixture
def compared(caplog):
    """How many guesses were compared since."""
    caplog.set_level(logging.INFO)

    def count():
        lines = [json.loads(JSONLines().format(record)) for record in caplog.records]
        assert not any("victim" in str(line) for line in lines)
        return sum(line["event"] == "a second factor was refused" for line in lines)

    return count


def guess(monkeypatch, rounds, begin=0):
    """Five each seven minutes, after a new code by mail: as fast as the limits of both let one."""
    for number in range(begin, begin + rounds):
        moved(monkeypatch, minutes=7 * number)
        thief = Browser()
        sign_in(thief, VICTIM, "/admin/")
        for guessed in range(6):
            thief.post(GIVE, {"code": f"{number:03}{guessed:03}"})
    return thief


@pytest.mark.slow
def test_no_more_than_a_hundred_guesses_in_a_row_are_compared(victim, compared, monkeypatch):
    """NIST SP 800-63B, 5.2.2."""
    thief = guess(monkeypatch, 21)
    assert compared() == 100
    thief.post(GIVE, {"code": totp(secret_of(victim))})
    assert thief.get("/admin/").status_code == 302
    moved(monkeypatch, hours=28)
    owner = Browser()
    sign_in(owner, VICTIM, "/admin/")
    owner.post(GIVE, {"code": totp(secret_of(victim))})
    assert owner.get("/admin/").status_code == 200


@pytest.mark.slow
def test_without_the_longer_limit_guessing_goes_on(victim, compared, monkeypatch):
    """The control."""
    monkeypatch.setitem(settings.ACCOUNT_RATE_LIMITS, "login_failed", "10/m/ip,5/300s/key")
    guess(monkeypatch, 21)
    assert compared() == 105


def test_ten_wrong_factors_within_a_day_are_told_once_to_the_organiser_and_to_administrators(
    boss, victim, compared, monkeypatch
):
    guess(monkeypatch, 1)
    assert compared() == 5
    assert told() == []
    guess(monkeypatch, 2, begin=1)
    assert compared() == 15
    assert told() == [(boss.email, "alarm-guessed", ""), (VICTIM, Mail.SECOND_FACTOR, SecondFactorNews.GUESSED)]


def test_a_few_wrong_ones_a_day_are_told_to_nobody(victim, compared, monkeypatch):
    """The control: somebody who mistypes."""
    for day in range(3):
        guess(monkeypatch, 1, begin=day * 24 * 60 // 7 + day)
    assert compared() == 15
    assert told() == []


def told():
    mails = Mail.objects.exclude(purpose=Mail.SIGN_IN_CODE).order_by("recipient")
    return list(mails.values_list("recipient", "purpose", "about"))
