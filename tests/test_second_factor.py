"""Admin on a real site: a code by mail is not enough, and neither is holding the mailbox."""

import io
import json
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import override_settings

from registration.models import EnrolmentCode, User
from sessions.models import Session

from . import people, world
from .people import Browser, browser_of, person
from .soft_key import SoftKey
from .steps import is_signed_in, sign_in
from .test_passkey_answers import ADD, challenge_on

pytestmark = [pytest.mark.fast, pytest.mark.django_db]

BOSS = "boss@techtrack.test"
SET_UP = "/account/second-factor/set-up/"


def make_organiser(email=BOSS):
    """What ``make organiser EMAIL=…`` prints, and the enrolment code in it."""
    out = io.StringIO()
    call_command("organiser", email, stdout=out)
    found = re.search(r"\b[B-Z]{4}-[B-Z]{4}-[B-Z]{4}\b", out.getvalue())
    return out.getvalue(), found and found.group()


def totp(secret, steps=0, spare=4):
    """The app's code now, or steps of 30 s away. An old one is good for ``spare`` seconds at least."""
    left = 30 - time.time() % 30
    if steps < 0 and left < spare:
        time.sleep(left)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def secret_on(page):
    return re.search(r'<code class="secret">([A-Z2-7]+)</code>', page.content.decode()).group(1)


def enrol(browser, code):
    """With the app's code of the step before, so that the next ones are still unused."""
    secret = secret_on(browser.get(SET_UP))
    return secret, browser.post(SET_UP, {"enrolment_code": code, "code": totp(secret, -1)})


def test_the_whole_way_of_a_new_organiser():
    said, code = make_organiser()
    assert "https://techtrack.test/admin/" in said
    browser = Browser()
    led = browser.get("/admin/", follow=True)
    assert led.redirect_chain[-1][0] == "/account/login/?next=%2Fadmin%2F"
    assert sign_in(browser, BOSS, "/admin/")["Location"] == "/admin/"
    assert browser.get("/admin/", follow=True).redirect_chain[-1][0] == SET_UP

    secret, response = enrol(browser, code)
    assert response["Location"] == "/account/second-factor/"
    asked = browser.get("/admin/", follow=True)  # enrolling is not yet having used it
    assert asked.redirect_chain[-1][0] == "/account/second-factor/again/?next=%2Fadmin%2F"
    given = browser.post(asked.redirect_chain[-1][0], {"code": totp(secret)})
    assert given["Location"] == "/admin/"
    assert browser.get("/admin/").status_code == 200

    later = Browser()
    assert sign_in(later, BOSS, "/admin/")["Location"] == "/account/second-factor/sign-in/"
    assert later.get("/admin/").status_code == 302
    assert later.post("/account/second-factor/sign-in/", {"code": "000000"}).status_code == 200
    assert later.get("/admin/").status_code == 302
    later.post("/account/second-factor/sign-in/", {"code": totp(secret, 1)})
    assert later.get("/admin/").status_code == 200


def test_a_mailbox_alone_does_not_enrol():
    _, code = make_organiser()
    browser = Browser()
    sign_in(browser, BOSS)
    for wrong in ("", "BBBB-BBBB-BBBB", code[:-1] + ("C" if code[-1] == "B" else "B")):
        _, response = enrol(browser, wrong)
        assert response.status_code == 200
        assert not Authenticator.objects.exists()
    enrol(browser, code.lower().replace("-", " "))
    assert Authenticator.objects.filter(user__email=BOSS).exists()


def browsers_after_enrolling():
    """Of an organiser's, and of somebody's who reads their mail and signed in before them: who is still signed in."""
    _, code = make_organiser()
    thief, organiser = Browser(), Browser()
    sign_in(thief, BOSS)
    sign_in(organiser, BOSS)
    assert enrol(organiser, code)[1].status_code == 302
    return is_signed_in(thief), is_signed_in(organiser)


def test_setting_up_the_first_factor_ends_what_a_mailbox_alone_had_opened():
    assert browsers_after_enrolling() == (False, True)


def test_a_login_session_that_a_mailbox_had_opened_and_that_stays_is_found(monkeypatch):
    """The control."""
    monkeypatch.setattr("registration.sign_in.second_factor_views.has_second_factor", lambda user: True)
    assert browsers_after_enrolling() == (True, True)


def test_a_further_factor_ends_no_other_login_session():
    _, code = make_organiser()
    first, second = Browser(), Browser()
    sign_in(first, BOSS)
    secret, _ = enrol(first, code)
    sign_in(second, BOSS)
    second.post("/account/second-factor/sign-in/", {"code": totp(secret)})
    first.post("/account/second-factor/again/", {"code": totp(secret, 1)})
    challenge = challenge_on(first.get(ADD))
    answer = json.dumps(SoftKey().added(challenge))
    assert first.post(ADD, {"name": "key", "credential": answer})["Location"] == "/account/second-factor/"
    assert (is_signed_in(first), is_signed_in(second)) == (True, True)


def test_an_enrolment_code_works_once_for_one_person_and_seven_days(monkeypatch):
    _, code = make_organiser()
    _, others_code = make_organiser("other@techtrack.test")
    browser = Browser()
    sign_in(browser, BOSS)
    assert enrol(browser, others_code)[1].status_code == 200
    EnrolmentCode.objects.update(expires_at="2020-01-01T00:00Z")
    assert enrol(browser, code)[1].status_code == 200
    _, fresh = make_organiser()
    assert fresh != code
    assert enrol(browser, code)[1].status_code == 200
    assert enrol(browser, fresh)[1].status_code == 302
    Authenticator.objects.all().delete()
    assert enrol(browser, fresh)[1].status_code == 200


def test_the_enrolment_code_and_the_secret_stand_readable_nowhere():
    _, code = make_organiser()
    browser = Browser()
    sign_in(browser, BOSS)
    secret, _ = enrol(browser, code)
    stored = str(list(EnrolmentCode.objects.values())) + str(list(Authenticator.objects.values()))
    assert code not in stored
    assert code.replace("-", "").lower() not in stored.lower()
    assert secret not in stored


def test_promoting_somebody_forgets_what_they_had_set_up_before():
    ada = person("ada@example.com")
    browser_of(ada, second_factor=True)
    assert Authenticator.objects.filter(user=ada).exists()
    make_organiser("ada@example.com")
    assert not Authenticator.objects.filter(user=ada).exists()


def test_make_organiser_may_be_repeated_and_refuses_what_is_no_address():
    make_organiser()
    make_organiser()
    assert User.objects.count() == 1
    with pytest.raises(CommandError, match="Enter an e-mail address"):
        make_organiser("nonsense")


def test_without_the_second_factor_an_organiser_is_what_they_would_be_without_the_role():
    event = world.event()
    secret = world.private_part(event, world.Canaries()).sessions.first().get_absolute_url()
    boss = people.organiser()
    for plain in (browser_of(boss, second_factor=False), Browser()):
        assert plain.get(secret).status_code == 404
        assert plain.get("/").content.count(b"TLP:AMBER") == 0
    assert browser_of(boss).get(secret).status_code == 200  # the control
    people.ask(boss, event).approve(by=boss)
    boss.refresh_from_db()
    assert browser_of(boss, second_factor=False).get(secret).status_code == 200


def test_the_record_of_a_factor_does_not_outlive_the_factor():
    boss = people.organiser()
    browser = browser_of(boss)
    assert browser.get("/admin/").status_code == 200
    Authenticator.objects.filter(user=boss).delete()
    assert browser.get("/admin/").status_code == 302


def test_the_factor_given_by_one_person_does_not_serve_another():
    """SI-12: an organiser's half-finished sign-in, then a guest in the same browser."""
    boss = people.organiser()
    browser_of(boss)  # has a second factor set up
    browser = Browser()
    assert sign_in(browser, boss.email, "/admin/")["Location"] == "/account/second-factor/sign-in/"
    sign_in(browser, "guest@example.com")
    assert browser.get("/admin/").status_code == 404
    assert "guest@example.com" in browser.get("/register/status/").content.decode()


def test_one_code_of_the_app_serves_once():
    boss = people.organiser()
    browser = browser_of(boss)
    from allauth.mfa.utils import decrypt

    secret = decrypt(Authenticator.objects.get(user=boss).data["secret"])
    code = totp(secret)
    first, second = Browser(), Browser()
    for each in (first, second):
        sign_in(each, boss.email, "/admin/")
        each.post("/account/second-factor/sign-in/", {"code": code})
    assert (first.get("/admin/").status_code, second.get("/admin/").status_code) == (200, 302)
    assert browser.get("/admin/").status_code == 200


def secret_of(user):
    from allauth.mfa.utils import decrypt

    return decrypt(Authenticator.objects.get(user=user).data["secret"])


def test_a_used_code_of_the_app_stays_used_for_as_long_as_it_would_be_taken():
    """SI-13, and after allauth has forgotten it."""
    boss = people.organiser()
    browser_of(boss)
    code = totp(secret_of(boss), 1)
    first, second = Browser(), Browser()
    sign_in(first, boss.email, "/admin/")
    first.post("/account/second-factor/sign-in/", {"code": code})
    assert first.get("/admin/").status_code == 200
    sign_in(second, boss.email, "/admin/")
    assert cache.delete(f"allauth.mfa.totp.used?user={boss.pk}&code={code}")  # as allauth does after 30 s
    refused = second.post("/account/second-factor/sign-in/", {"code": code}).content.decode()
    assert "This code was just used" in refused
    assert second.get("/admin/").status_code == 302


def test_the_code_that_set_the_factor_up_counts_as_used():
    _, enrolment = make_organiser()
    newcomer = Browser()
    sign_in(newcomer, BOSS)
    secret, _ = enrol(newcomer, enrolment)
    again = newcomer.post("/account/second-factor/again/", {"code": totp(secret, -1)})
    assert again.status_code == 200
    assert newcomer.get("/admin/").status_code == 302


def test_a_half_finished_sign_in_does_not_survive_a_change_of_address():
    boss = people.organiser()
    browser_of(boss)
    secret = secret_of(boss)
    thief = Browser()
    assert sign_in(thief, boss.email, "/admin/")["Location"] == "/account/second-factor/sign-in/"
    boss.change_email("moved@techtrack.test")
    thief.post("/account/second-factor/sign-in/", {"code": totp(secret)})
    assert thief.get("/admin/").status_code == 302
    assert b"Sign out" not in thief.get("/").content


def test_an_organiser_whose_address_is_not_proven_does_not_enter():
    boss = people.organiser()
    browser = browser_of(boss)
    boss.emailaddress_set.update(verified=False)
    assert browser.get("/admin/").status_code == 302


def test_admins_login_page_has_no_password_form_and_leads_to_no_other_site():
    for method in ("get", "post"):
        for query in ("", "?next=//evil.example/", "?next=https://evil.example/"):
            response = getattr(Browser(), method)("/admin/login/" + query, {"username": BOSS, "password": "x"})
            assert (response.status_code, response["Location"]) == (302, "/account/login/?next=%2Fadmin%2F")


def test_a_password_opens_nothing():
    boss = people.organiser()
    User.objects.filter(pk=boss.pk).update(password="pbkdf2_sha256$1$salt$hash")
    assert not Browser().login(username=boss.email, password="x")
    assert not Browser().login(email=boss.email, password="x")


def test_on_a_real_site_the_factor_is_not_removed_from_the_browser_that_holds_it():
    boss = people.organiser()
    browser = browser_of(boss)
    session = browser.session
    session["account_authentication_methods"][0]["reauthenticated"] = True
    session.save()
    browser.post("/account/second-factor/remove/")
    assert Authenticator.objects.filter(user=boss).exists()


@override_settings(LOCAL=True)
def test_on_a_local_site_the_second_factor_is_offered_and_not_required():
    boss = people.organiser()
    browser = browser_of(boss, second_factor=False)
    assert browser.get("/admin/").status_code == 200
    assert "On this local site you can do without" in browser.get("/account/second-factor/").content.decode()
    event = world.event()
    world.private_part(event, world.Canaries())
    assert browser.get(Session.objects.first().get_absolute_url()).status_code == 200
