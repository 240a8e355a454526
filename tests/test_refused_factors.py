"""ADM-04: taking away or adding a second factor that is not one's to change is refused, written down and told."""

import json
import logging

import pytest
from allauth.account.internal.flows import reauthentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from cacc_techtrack.logs import JSONLines
from registration.models import Alarm, Mail

from . import people
from .people import Browser, browser_of
from .steps import sign_in
from .test_second_factor import enrol, make_organiser

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

ADD = "/account/second-factor/passkeys/add/"
SET_UP = "/account/second-factor/set-up/"
REMOVE = "/account/second-factor/remove/"


@pytest.fixture
def boss():
    return people.organiser("boss@techtrack.test", name="Boss")


@pytest.fixture
def lines(caplog):
    """The events logged since, as a real site's lines."""
    caplog.set_level(logging.INFO)
    return lambda: [json.loads(JSONLines().format(record)) for record in caplog.records]


def said(lines, event):
    return [line for line in lines() if line["event"] == event]


def passkey_of(user):
    return Authenticator.objects.create(user=user, type="webauthn", data={"name": "key", "credential": {}})


def just_gave_it(browser):
    """As somebody who gave their own factor a moment ago."""
    session = browser.session
    session["account_authentication_methods"][0]["reauthenticated"] = True
    session.save()
    return browser


def told(cause):
    return sorted(Mail.objects.filter(purpose=cause).values_list("recipient", flat=True))


def test_anothers_factor_is_not_removed_and_administrators_are_told(boss, lines):
    mallory = people.organiser("mallory@techtrack.test", permissions=people.MODERATOR, name="Mallory")
    key = passkey_of(boss)
    theirs = just_gave_it(browser_of(mallory))
    address = f"/account/second-factor/passkeys/{key.pk}/remove/"
    refused = theirs.post(address)
    assert refused.status_code == 404
    assert refused.content == theirs.post("/account/second-factor/passkeys/999999/remove/").content
    for odd in ({"user": boss.pk}, {"pk": key.pk, "user_id": boss.pk}):
        theirs.post(REMOVE, odd)
    assert Authenticator.objects.filter(pk=key.pk).exists()
    assert Authenticator.objects.filter(user=boss).count() == 1
    (line,) = said(lines, "somebody tried to change a second factor that is not theirs")
    assert (line["level"], line["cause"], line["what"]) == ("WARNING", "alarm-tried", "removing another's")
    assert not any(word in str(line) for word in ("mallory", "boss", str(mallory.email)))
    assert told("alarm-tried") == [boss.email]


def test_no_form_adds_a_factor_to_anothers_account(boss):
    victim = people.organiser("victim@techtrack.test", permissions=people.MODERATOR, name="Victim")
    mallory = just_gave_it(browser_of(people.organiser("mallory@techtrack.test", permissions=people.MODERATOR)))
    for address in (SET_UP, ADD, "/account/second-factor/recovery-codes/"):
        mallory.post(address, {"user": victim.pk, "user_id": victim.pk, "code": "000000", "credential": "{}"})
    for address in ("/admin/mfa/authenticator/add/", f"/admin/registration/user/{victim.pk}/enrolment-code/"):
        assert mallory.post(address, {"user": victim.pk, "type": "totp"}).status_code in {403, 404}
    assert not Authenticator.objects.filter(user=victim).exists()


def test_without_giving_a_factor_none_is_added_or_removed_and_the_log_says_so(boss, lines):
    """Somebody at an organiser's open browser, who does not have the device."""
    browser = browser_of(boss)
    session = browser.session
    session["account_authentication_methods"] = [
        one | {"at": one["at"] - 3600} for one in session["account_authentication_methods"]
    ]
    session.save()
    key = passkey_of(boss)
    before = set(Authenticator.objects.values_list("pk", flat=True))
    posts = [ADD, SET_UP, REMOVE, f"/account/second-factor/passkeys/{key.pk}/remove/"]
    posts.append("/account/second-factor/recovery-codes/")
    for address in posts:
        browser.get(address)  # a link leads here: no try
        refused = browser.post(address, {"code": "000000", "credential": "{}"})
        assert (refused.status_code, "/account/second-factor/again/" in refused["Location"]) == (302, True), address
    assert set(Authenticator.objects.values_list("pk", flat=True)) == before
    refusals = said(lines, "a second factor was not changed: none was given just now")
    assert [line["level"] for line in refusals] == ["WARNING"] * len(posts)
    assert not any("boss" in str(line) for line in refusals)
    assert told("alarm-tried") == []  # a page left open leads here as well


def test_where_no_factor_is_asked_for_again_one_is_added(boss, monkeypatch):
    """The control."""
    monkeypatch.setattr(reauthentication, "is_reauthentication_required", lambda *args, **kwargs: False)
    browser = browser_of(boss)
    assert b"Recovery codes" in browser.post("/account/second-factor/recovery-codes/").content
    assert Authenticator.objects.filter(user=boss, type="recovery_codes").exists()


def test_who_tries_enrolment_codes_is_told_to_administrators(boss, lines):
    """Somebody who holds the mailbox of a new organiser. Two slips of an honest hand are told to nobody."""
    _, code = make_organiser("new@techtrack.test")
    thief = Browser()
    sign_in(thief, "new@techtrack.test")
    for number in range(4):
        assert enrol(thief, "BBBB-BBBB-BBBB")[1].status_code == 200
        assert told("alarm-tried") == ([boss.email] if number >= 2 else [])
    assert len(said(lines, "an enrolment code was refused")) == 4
    assert code not in str(lines())


def test_who_loses_a_factor_gets_one_mail_and_other_administrators_another(boss):
    other = people.organiser("other@techtrack.test", name="Other")
    TOTP.activate(other, generate_totp_secret())
    browser_of(boss).post(f"/admin/registration/user/{other.pk}/lost-device/")
    about = Mail.objects.exclude(purpose=Mail.SIGN_IN_CODE).values_list("recipient", "purpose")
    assert sorted(about) == [(boss.email, "alarm-factor"), (other.email, Mail.SECOND_FACTOR)]


def test_who_removes_one_of_their_factors_gets_one_mail(boss):
    other = people.organiser("other@techtrack.test", name="Other")
    browser = just_gave_it(browser_of(boss))
    key = passkey_of(boss)
    assert browser.post(f"/account/second-factor/passkeys/{key.pk}/remove/").status_code == 302
    assert sorted(Mail.objects.values_list("recipient", "purpose")) == [
        (boss.email, Mail.SECOND_FACTOR),
        (other.email, "alarm-factor"),
    ]
    other.authenticator_set.create(type="totp", data={})
    other.authenticator_set.all().delete()  # the same day: who was not told before is told now
    assert told("alarm-factor") == sorted([boss.email, other.email])
    assert Alarm.objects.get().times == 2
